"""Deployed models: the same logits in float64, and costs that are exact, of every family and of modules of others."""

import copy

import onnx
import pytest
import torch
from answers import check_error
from peers import fvcore, ptflops, torch_counter, torchinfo
from strategies import smallest
from torch import nn
from twins import randomise

from menet_design import build, count, deploy, export, network, reconcile, verify
from menet_design.families import FAMILIES
from menet_design.graph.deployed import deployed

MENET = {"source": "24-MENet-4x1/3", "resolution": 32, "classes": 10}


UNKNOWN = """
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.norm = nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4)

    def forward(self, x):
        return torch.erfinv(self.norm(self.conv(x)).tanh() / 2)
"""


class Others(nn.Module):
    """Batch norms of which some can be folded: those named `folds`."""

    def __init__(self):
        super().__init__()
        self.conv, self.folds = nn.Conv2d(3, 6, 3, padding=1, bias=True), nn.BatchNorm2d(6)
        self.up, self.folds_up = nn.ConvTranspose2d(6, 4, 2, 2), nn.BatchNorm2d(4)
        self.grouped_up, self.behind_groups = nn.ConvTranspose2d(4, 4, 2, 2, groups=2), nn.BatchNorm2d(4)
        self.read_twice, self.of_two = nn.Conv2d(4, 4, 1), nn.BatchNorm2d(4)
        self.run_twice, self.twice = nn.Conv2d(4, 4, 1), nn.BatchNorm2d(4)
        self.normed = nn.utils.parametrizations.weight_norm(nn.Conv2d(4, 4, 1))
        self.behind_weight_norm, self.of_images = nn.BatchNorm2d(4), nn.BatchNorm2d(4)
        self.plain = nn.Conv2d(4, 4, 1)
        self.fc, self.folds_fc = nn.Linear(4, 5), nn.BatchNorm1d(5)

    def forward(self, x):
        x = self.folds_up(self.up(self.folds(self.conv(x))))
        x = self.read_twice(self.behind_groups(self.grouped_up(x)))
        x = x + self.of_two(x)
        x = self.twice(self.run_twice(self.run_twice(x)))
        x = self.of_images(self.plain(self.behind_weight_norm(self.normed(x))))
        return self.folds_fc(self.fc(x.mean((2, 3))))


class Entangled(nn.Module):
    """Norms behind a layer each, of which only `folds` can be changed, and `view`, which takes maps one by one."""

    def __init__(self):
        super().__init__()
        self.first, self.folds = nn.Conv2d(3, 4, 3, padding=1), nn.BatchNorm2d(4)
        self.same_first, self.same_norm = self.first, self.folds
        self.one, self.two = nn.Conv2d(4, 4, 1, bias=False), nn.Conv2d(4, 4, 1, bias=False)
        self.shared = nn.BatchNorm2d(4)
        self.lent, self.behind_lent = nn.Conv2d(4, 4, 1), nn.BatchNorm2d(4)
        self.plain, self.lends = nn.Conv2d(4, 4, 1), nn.BatchNorm2d(4)

    def forward(self, x):
        x = self.same_norm(self.same_first(x))
        x = self.shared(self.two(self.shared(self.one(x))))
        x = self.behind_lent(self.lent(x)) + nn.functional.conv2d(x, self.lent.weight)
        return (self.lends(self.plain(x)) * self.lends.bias.sum()).view(len(x), -1)


@pytest.fixture
def others():
    """A module of others, no two of whose parameters are alike."""
    torch.manual_seed(0)
    module = randomise(Others())
    module.of_images = nn.BatchNorm2d(4, track_running_stats=False)
    module.folds_up.weight = module.folds_up.bias = None
    return module.eval()


def apart(model, other, images):
    """The largest difference of two models in float64, as a share of the largest output."""
    with torch.no_grad():
        one, two = copy.deepcopy(model).double().eval()(images), other(images)
    return ((one - two).abs().max() / one.abs().max()).item()


@pytest.mark.parametrize("family", FAMILIES)
def test_the_logits_are_the_same_and_every_layer_is_proven(family):
    design = smallest(family)
    torch.manual_seed(0)
    model = randomise(build(design)).double()
    before = sum(isinstance(each, nn.BatchNorm2d) for each in model.modules())
    fast, images = deploy(model), torch.rand(2, *network(design).inputs[0], dtype=torch.float64)
    assert apart(model, fast, images) < 1e-12
    proof = verify(design, deploy=True)
    assert proof.agrees, proof.first_disagreement
    norms = [op for _, op in proof.network.operations() if op.kind == "norm"]
    assert len(norms) == sum(isinstance(each, nn.BatchNorm2d) for each in fast.modules())
    assert sum(isinstance(each, nn.BatchNorm2d) for each in model.modules()) == before  # the model stays as it is


def test_a_norm_becomes_weights_and_a_bias():
    conv, norm = nn.Conv2d(1, 1, 1, bias=False), nn.BatchNorm2d(1, eps=0.25)
    for parameter, value in ((conv.weight, 3.0), (norm.weight, 5.0), (norm.bias, 7.0)):
        nn.init.constant_(parameter, value)
    norm.running_mean.fill_(11.0)
    norm.running_var.fill_(3.75)  # (3 x - 11) / 2 · 5 + 7
    folded = deploy(nn.Sequential(conv, norm), input=(1, 2, 2))
    assert (folded[0].weight.item(), folded[0].bias.item()) == (7.5, -20.5)
    assert isinstance(folded[1], nn.Identity)


def test_a_count_has_biases_in_the_place_of_norms():
    """108-MENet: 97 layers have a norm; 2 parameters a channel become 1, and multiply-adds stay."""
    plain, found = count("108-MENet-8x1/3"), count("108-MENet-8x1/3", deploy=True)
    channels = sum(row.operation.channels for row in plain.rows if row.kind == "norm")
    assert (found.macs, found.params) == (plain.macs, plain.params - channels)
    assert not any(row.kind == "norm" for row in found.rows)


def test_what_cannot_be_folded_stays(others):
    fast, images = deploy(others, input=(3, 8, 8)), torch.rand(2, 3, 8, 8, dtype=torch.float64)
    left = {name for name, each in fast.named_modules() if isinstance(each, nn.modules.batchnorm._BatchNorm)}
    assert left == {"behind_groups", "of_two", "twice", "behind_weight_norm", "of_images"}
    assert apart(others, deploy(copy.deepcopy(others).double(), input=(3, 8, 8)), images) < 1e-12


def test_what_others_share_stays():
    torch.manual_seed(0)
    entangled, images = randomise(Entangled()).double(), torch.rand(2, 3, 8, 8, dtype=torch.float64)
    fast = deploy(entangled, input=(3, 8, 8))
    left = {name for name, each in fast.named_modules() if isinstance(each, nn.BatchNorm2d)}
    assert left == {"shared", "behind_lent", "lends"}
    assert apart(entangled, fast, images) < 1e-12


def test_maps_of_three_sides_are_deployed_too():
    torch.manual_seed(0)
    module = randomise(nn.Sequential(nn.Conv3d(2, 3, 3), nn.BatchNorm3d(3))).double()
    fast = deploy(module, input=(2, 4, 4, 4))
    assert isinstance(fast[1], nn.Identity)
    assert apart(module, fast, torch.rand(2, 2, 4, 4, 4, dtype=torch.float64)) < 1e-12


def test_a_deployed_network_is_deployed_already():
    once = deployed(network("EffNet-CIFAR-10"))
    again = deployed(once)
    assert (again.title, again.assumptions) == (once.title, once.assumptions)


def test_an_operation_that_is_not_known_is_allowed_everywhere(cli, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.py").write_text(UNKNOWN)
    options = "net.py:Net --input 3x8x8 --allow erfinv --deploy"
    for command in ("flops", "verify", "latency --seconds 0", "export --output net.pt2"):
        printed = cli(f"{command} {options}")
        assert (printed.code, printed.stderr) == (0, "")


def test_the_network_of_a_deployed_module_is_the_deployed_network_of_the_module(others):
    ours = count(deployed(network(others, input=(3, 8, 8))))
    theirs = count(deploy(others, input=(3, 8, 8)), input=(3, 8, 8))
    assert [(row.name, row.kind, row.amounts) for row in ours.rows if row.kind != "constant"] == [
        (row.name, row.kind, row.amounts) for row in theirs.rows if row.kind != "constant"
    ]
    assert verify(others, input=(3, 8, 8), deploy=True).agrees


def test_counters_report_of_a_deployed_model_what_is_said_of_the_network():
    model, images = deploy(build(MENET["source"], resolution=32, classes=10)), torch.rand(1, 3, 32, 32)
    reported = {"fvcore": fvcore(model, images), "torch": torch_counter(model, images)}
    reported |= {"torchinfo": torchinfo(model, images), "ptflops_aten": ptflops("aten", model, images)}
    said = reconcile(MENET["source"], resolution=32, classes=10, deploy=True).counters
    assert {name: said[name] for name in reported} == reported


@pytest.mark.parametrize("ending", ["pt2", "onnx"])
def test_an_exported_file_has_no_norms_and_is_compared_with_the_plain_model(ending, tmp_path):
    model = randomise(build(MENET["source"], resolution=32, classes=10))
    path = tmp_path / f"deployed.{ending}"
    difference = export(model, path, deploy=True).difference
    assert difference.largest <= 1e-5 * difference.output
    assert not any(op.kind == "norm" for _, op in network(path).operations())


def test_an_onnx_file_pools_16_channels_or_a_multiple_and_costs_what_the_network_does(tmp_path):
    ours = count("36-MENet-4x1/3", resolution=32, classes=10, deploy=True)
    export(randomise(build("36-MENet-4x1/3", resolution=32, classes=10)), tmp_path / "net.onnx", deploy=True)
    found = count(tmp_path / "net.onnx")
    assert (found.macs, found.params, found.activations) == (ours.macs, ours.params, ours.activations)
    pools = [[op.channels for _, op in each.network.operations() if op.variant == "average"] for each in (ours, found)]
    assert pools == [[12, 36, 72, 144], [16, 48, 80, 144]]
    assert [node.op_type for node in onnx.load(tmp_path / "net.onnx").graph.node].count("Pad") == 3


def test_average_pools_of_any_kind_are_exported_as_they_compute(tmp_path):
    model = nn.Sequential(
        nn.AvgPool2d(3, 2, 1, ceil_mode=True, count_include_pad=False), nn.AvgPool2d((2, 1)), nn.Conv2d(5, 10, 3)
    )
    difference = export(model, tmp_path / "net.onnx", input=(5, 32, 32), deploy=True).difference
    assert difference.largest <= 1e-5 * difference.output


def test_other_files_take_no_deployed_model(cli, tmp_path):
    path = tmp_path / "weights.safetensors"
    check_error(cli(f"export 24-MENet-4x1/3 --deploy --output {path}"), "takes no --deploy. Files that do: .pt2, .onnx")
    assert not path.exists()


def test_a_module_says_which_input_it_needs():
    with pytest.raises(ValueError, match=r"does not say its input. Give input=\(3, 224, 224\)"):
        deploy(nn.Sequential(nn.Conv2d(3, 3, 1)))


@pytest.mark.parametrize("command", ["flops", "verify", "memory", "size", "reconcile"])
def test_commands_ask_for_the_deployed_network_by_one_option(command, cli):
    printed = cli(f"{command} 24-MENet-4x1/3 --resolution 32 --deploy")
    assert (printed.code, printed.stderr) == (0, "")
    assert "24-MENet-4×1 (g = 3), 32×32, deployed" in printed.stdout
    assert "batch norm = folded into the layer before it" in " ".join(printed.stdout.split())
