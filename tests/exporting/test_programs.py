"""Programs for torch and ONNX: compared with the model, read back, open where asked, written whole or not at all."""

import sys
from itertools import count as counter

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from answers import check_error
from exported import randomized
from strategies import smallest
from torch import nn
from twins import randomise, settle

from menet_design import DesignError, build, count, export, families
from menet_design.models.menet import MEModule

EFFNET = "8-EffNet-baseline"
UNIT = {"in_channels": 24, "channels": 24, "fusion": 4, "groups": 3}


@pytest.fixture
def unit():
    """A unit with a shuffle, no two of whose parameters are alike."""
    torch.manual_seed(0)
    return randomized(MEModule(**UNIT))


def run_onnx(path, images):
    """The first output of an `.onnx` file."""
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return torch.tensor(session.run(None, {session.get_inputs()[0].name: images.numpy()})[0])


def ranks(path):
    """The dimensions of the tensors that a `.pt2` file's operations make."""
    nodes = torch.export.load(path).graph.nodes
    return {node.meta["val"].dim() for node in nodes if node.op == "call_function"}


def shapes(values):
    return [[side.dim_param or side.dim_value for side in each.type.tensor_type.shape.dim] for each in values]


@torch.no_grad()
def test_an_onnx_file_runs_and_costs_what_its_design_costs(cli, tmp_path):
    path = tmp_path / "net.onnx"
    done = cli(f"export {EFFNET} --seed 3 --dynamic batch --output", path)
    title, weights, difference = done.stdout.splitlines()
    assert title == f"{path}: EffNet's baseline (w = 8)"
    assert weights == f"random weights (seed 3); {path.stat().st_size:,} bytes"
    assert difference.startswith(f"onnxruntime {onnxruntime.__version__} and torch differ by ")
    torch.manual_seed(3)
    model, images = build(EFFNET).eval(), torch.rand(5, 3, 32, 32)
    torch.testing.assert_close(run_onnx(path, images), model(images))
    graph = onnx.load(path).graph
    assert (graph.input[0].name, graph.output[0].name) == ("images", "logits")
    assert shapes([*graph.input, *graph.output]) == [["batch", 3, 32, 32], ["batch", 10]]
    assert [each.name for each in tmp_path.iterdir()] == ["net.onnx"]
    assert count(path, input=(3, 32, 32)).macs == count(EFFNET).macs


@torch.no_grad()
def test_size_and_batch_of_a_program_may_be_open(unit, tmp_path):
    path = tmp_path / "unit.pt2"
    export(unit, path, dynamic="size", input=(24, 8, 8))
    images = torch.rand(3, 24, 7, 13)
    torch.testing.assert_close(torch.export.load(path).module()(images), unit(images))
    with pytest.raises(DesignError, match="takes images of this size alone"):
        export(EFFNET, tmp_path / "net.pt2", dynamic="size")


@torch.no_grad()
@pytest.mark.parametrize(("shuffle", "most"), [("5d", 5), ("4d", 4), ("conv", 4)])
def test_shuffles_are_written_as_runtimes_want_them(unit, shuffle, most, tmp_path):
    path, images = tmp_path / "unit.pt2", torch.rand(1, 24, 8, 8)
    export(unit, path, shuffle=shuffle, input=(24, 8, 8))
    assert max(ranks(path)) == most
    assert torch.equal(torch.export.load(path).module()(images), unit(images))
    # A permutation is a convolution to whoever counts: 6 × 6 channels on 8 × 8 pixels.
    assert count(path).macs - count(unit, input=(24, 8, 8)).macs == (6 * 6 * 8 * 8 if shuffle == "conv" else 0)
    assert type(unit.residual.shuffle).__name__ == "ChannelShuffle"


class Deciding(nn.Linear):
    """A module whose way depends on its input's numbers, which no program can follow."""

    def forward(self, x):
        return super().forward(x) if x.sum() > 0 else x


class Counting(nn.Linear):
    """A module that does another thing each time."""

    def __init__(self):
        super().__init__(4, 4)
        self.calls = counter()

    def forward(self, x):
        return super().forward(x) + next(self.calls)


FAILING = {
    "no program": (Deciding(4, 4), "torch cannot export Deciding: "),
    "not the model": (Counting(), "the exported Counting is not the model: "),
    "no numbers": (
        nn.Linear(4, 4).apply(lambda each: nn.init.constant_(each.bias, np.nan)),
        "Linear gives outputs that are not finite",
    ),
}


@pytest.mark.parametrize(("module", "says"), FAILING.values(), ids=FAILING)
def test_what_cannot_be_written_leaves_nothing_and_keeps_what_was(module, says, tmp_path):
    path = tmp_path / "net.pt2"
    path.write_text("before")
    for force, reason in ((False, "exists"), (True, says)):
        with pytest.raises(DesignError, match=reason):
            export(module, path, force=force, input=(4,))
    assert [each.name for each in tmp_path.iterdir()] == ["net.pt2"]
    assert path.read_text() == "before"


class InverseErrorFunction(nn.Module):
    def forward(self, x):
        return torch.erfinv(x)


def test_an_operation_that_onnx_has_not_is_named(tmp_path):
    with pytest.raises(DesignError, match="cannot export InverseErrorFunction to ONNX: No ONNX function found for"):
        export(InverseErrorFunction(), tmp_path / "net.onnx", input=(4,), allow="erfinv")
    assert list(tmp_path.iterdir()) == []


WRONG = {
    "108-MENet-8x1/3 -o net.exe": ".exe says no format. Known: .safetensors, .pt2, .onnx, .py, .json",
    "108-MENet-8x1/3 -o net": "net says no format",
    "108-MENet-8x1/3 -o nowhere/net.py": "there is no folder nowhere",
    "108-MENet-8x1/3 -o net.py --weights w.pth": "a .py file takes no --weights. Files that do: .safetens",
    "108-MENet-8x1/3 -o net.json --shuffle 4d": "a .json file takes no --shuffle. Files that do: .pt2, .onnx, .py",
    "108-MENet-8x1/3 -o net.safetensors --batch 2": "takes no --batch. Files that do: .pt2, .onnx",
    "108-MENet-8x1/3 -o net.safetensors --dynamic batch": "takes no --dynamic",
    "108-MENet-8x1/3 -o net.safetensors --weights none.pth": "cannot read none.pth",
    "108-MENet-8x1/3 -o net.safetensors --weights evil.pth": "it could run code",
    "108-MENet-8x1/3 -o net.pt2 --key ema": "Give --weights too",
    "108-MENet-8x1/3 -o net.pt2 --seed -1": "seed",
    "VGG-16 -o net.json": "there is no model config for VGG-16",
    "torch.nn:Flatten --input 3x4x4 --allow flatten -o net.py": "Flatten has no design",
    # Its last map has one pixel, and that of a program of open sizes more than one.
    "16-MENet-4x1/1 --resolution 32 --dynamic size -o net.pt2": "does not run: Guard failed",
    "net.pt2 -o net.onnx": "net.pt2",
}


class Evil:
    """What runs code where it is unpickled."""

    def __reduce__(self):
        return open, ("ran", "w")


@pytest.mark.parametrize("command", WRONG)
def test_wrong_use_is_one_line_and_nothing_is_written(cli, tmp_path, monkeypatch, command):
    monkeypatch.chdir(tmp_path)
    torch.save({"weight": Evil()}, "evil.pth")
    check_error(cli(f"export {command}"), WRONG[command])
    assert [each.name for each in tmp_path.iterdir()] == ["evil.pth"]


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"dynamic": "width"}, "choice of what is dynamic 'width' is not known. Known: batch, size"),
        ({"shuffle": "3d"}, "shuffle '3d' is not known. Known: 5d, 4d, conv"),
        ({"batch": 0}, "batch 0 is not"),
        ({"seed": -1}, "seed -1 is not"),
    ],
)
def test_choices_and_numbers_are_checked(wrong, says, tmp_path):
    with pytest.raises(DesignError) as refused:
        export(EFFNET, tmp_path / "net.pt2", **wrong)
    assert says in str(refused.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("package", ["onnx", "onnxruntime", "onnxscript"])
def test_a_missing_package_is_named_with_its_extra(cli, tmp_path, monkeypatch, package):
    monkeypatch.setitem(sys.modules, package, None)
    done = cli(f"export {EFFNET} --output", tmp_path / "net.onnx")
    check_error(done, f"this needs {package}, which is not installed. Install 'menet-design[onnx]'")


def test_a_model_config_is_what_config_writes(cli, tmp_path):
    path = tmp_path / "net.json"
    assert cli("export 108-MENet-8x1/3 --classes 10 --output", path).stdout.startswith(f"{path}: 108-MENet-8×1 (g = 3)")
    assert path.read_text() == cli("config 108-MENet-8x1/3 --classes 10").stdout


@pytest.mark.slow
@torch.no_grad()
@pytest.mark.parametrize("ending", ["pt2", "onnx"])
@pytest.mark.parametrize("family", families.FAMILIES)
def test_programs_of_every_family(family, ending, tmp_path):
    design, path = smallest(family), tmp_path / f"net.{ending}"
    torch.manual_seed(0)
    images = torch.rand(1, 3, design.resolution, design.resolution)
    model = settle(randomise(build(design)), torch.rand(4, 3, design.resolution, design.resolution))
    for shuffle in ("5d", "4d") if "shuffle" in family or family == "menet" else ("5d",):
        export(model, path, shuffle=shuffle, force=True)
        run = torch.export.load(path).module() if ending == "pt2" else lambda images: run_onnx(path, images)
        expected = model(images)
        torch.testing.assert_close(run(images), expected, rtol=1e-4, atol=1e-4 * float(expected.abs().max()))
        assert count(path).macs == count(design).macs
