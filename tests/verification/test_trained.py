"""What is measured of trained weights, on weights for which the answer is known or computed a second time."""

import json
import math
import shutil
from dataclasses import asdict, astuple
from importlib.util import find_spec
from pathlib import Path
from statistics import mean

import pytest
import torch
from torch import nn
from torch.autograd.functional import jacobian
from torch.nn import functional

from menet_design import build, load_checkpoint, network, parse
from menet_design.errors import CheckpointError, DesignError
from menet_design.families.menet import MENet
from menet_design.verification import trained as measuring
from menet_design.verification.pictures import photographs
from menet_design.verification.trained import trained

DATA = Path(__file__).resolve().parents[2] / ".." / "shared" / "data"
AUTHORS = DATA / "108-MENet-8x1-group-3.pth.tar"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="the authors' weights are not beside this checkout")

NINE = MENet(width=36, fusion=6, groups=3, stem=6, resolution=32, classes=7)
ADDED = NINE.but(combine="add")
# Table I: modules of stages 2 to 4, the downsampling one included.
MODULES = [f"stage{stage}.{index}" for stage, modules in ((2, 4), (3, 8), (4, 4)) for index in range(modules)]


def images(count, resolution=32):
    return torch.randn(count, 3, resolution, resolution, generator=torch.Generator().manual_seed(1))


def weights_of(design):
    """Random weights; norms with scales and shifts of their own, and with the statistics of 32 images."""
    torch.manual_seed(2)
    model = build(design)
    for norm in (module for module in model.modules() if isinstance(module, nn.BatchNorm2d)):
        norm.momentum = None
        nn.init.uniform_(norm.weight, 0.5, 2)
        nn.init.uniform_(norm.bias, 0, 1)
    nn.init.normal_(model.classifier.fc.weight)
    with torch.no_grad():
        model(images(32))
    return model.state_dict()


def saved(weights, folder):
    path = folder / "weights.pth"
    torch.save(weights, path)
    return path


def loaded(design, weights):
    model = build(design).eval()
    model.load_state_dict(weights)
    return model


@pytest.fixture(scope="module")
def nine(tmp_path_factory):
    """Ten images: two portions of what is run at a time."""
    weights = weights_of(NINE)
    path = saved(weights, tmp_path_factory.mktemp("nine"))
    return weights, path, trained(NINE, path, images(10))


@pytest.fixture(scope="module")
def added(tmp_path_factory):
    weights = weights_of(ADDED)
    return weights, trained(ADDED, saved(weights, tmp_path_factory.mktemp("added")), images(4))


def test_every_module_is_measured(nine, added):
    for found, count in ((nine[-1], 10), (added[-1], 4)):
        assert [block.name for block in found.blocks] == MODULES
        assert found.images == count
    assert (nine[-1].network, added[-1].network) == (network(NINE), network(ADDED))


def test_weights_of_another_design_are_refused(nine):
    with pytest.raises(CheckpointError, match="does not fit the design"):
        trained(NINE.but(classes=8), nine[1], images(1))


def test_the_same_weights_and_images_give_the_same_numbers(nine):
    torch.manual_seed(3)
    assert trained(NINE, nine[1], images(10)) == nine[-1]


def test_images_may_be_run_in_other_portions(nine, monkeypatch):
    monkeypatch.setattr(measuring, "_AT_A_TIME", 3)
    again = trained(NINE, nine[1], images(10))
    for one, other in zip(again.blocks, nine[-1].blocks, strict=True):
        assert astuple(one.gates) == pytest.approx(astuple(other.gates), abs=1e-5)
        assert same_ablations(one.alone, other.alone)
    assert same_ablations(again.ablations, nine[-1].ablations)
    # Energies are estimated in other random directions: alike over all modules.
    one, other = (mean(block.strength.branch for block in found.blocks) for found in (again, nine[-1]))
    assert one == pytest.approx(other, abs=0.05)


def same_ablations(found, expected):
    return [each.name for each in found] == [each.name for each in expected] and all(
        astuple(one)[1:] == pytest.approx(astuple(other)[1:], rel=1e-4, abs=1e-5)
        for one, other in zip(found, expected, strict=True)
    )


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_weights_with_which_nothing_can_be_measured_are_refused(nine, tmp_path, value):
    weights = nine[0] | {"stage2.0.residual.expand.weight": torch.full((30, 3, 1, 1), value)}
    with pytest.raises(DesignError):
        trained(NINE, saved(weights, tmp_path), images(1))


# Gates


def fusion_results(design, weights, taken):
    """What each fusion branch makes, as (images, channels, height, width), by the name of its module."""
    model, made = loaded(design, weights).double(), {}
    for name in MODULES:
        hook = lambda *call, name=name: made.update({name: call[-1]})  # noqa: E731
        model.get_submodule(f"{name}.fusion").register_forward_hook(hook)
    with torch.no_grad():
        model(taken.double())
    return made


def test_gates_have_the_statistics_of_the_fusion_branches_sigmoids(nine):
    weights, _, found = nine
    made = fusion_results(NINE, weights, images(10))
    for block in found.blocks:
        gates = 1 / (1 + torch.exp(-made[block.name]))
        spread = gates.std(correction=0)
        within = torch.stack([gates[:, channel].var(correction=0) for channel in range(gates.shape[1])]).mean()
        saturated = ((gates < 0.05) | (gates > 0.95)).double().mean()
        expected = (gates.mean(), spread, within / spread**2, saturated)
        assert astuple(block.gates) == pytest.approx(tuple(map(float, expected)), abs=1e-4)
    assert 0 < max(block.gates.saturated for block in found.blocks) < 1


def test_a_branch_that_is_added_is_no_gate(added):
    assert {block.gates for block in added[-1].blocks} == {None}


BIASES = (-10, -5, -3, -2.9, -2, -1, -0.5, -0.1, 0, 0.3, 1, 2, 2.9, 3, 10, 100)


@pytest.fixture(scope="module")
def constant(tmp_path_factory):
    """Gates that know nothing of the image, one value in all of a module; in stage4.3 one value a channel.

    There are so many that their squares do not add up without rounding.
    """
    weights = weights_of(NINE)
    for name, bias in zip(MODULES, BIASES, strict=True):
        weights[f"{name}.fusion.match_norm.weight"].fill_(0)
        weights[f"{name}.fusion.match_norm.bias"].fill_(bias)
    weights["stage4.3.fusion.match_norm.bias"] = torch.linspace(-4, 4, 36)
    return trained(NINE.but(resolution=96), saved(weights, tmp_path_factory.mktemp("constant")), images(7, 96))


def test_constant_gates_are_the_sigmoid_of_the_bias_and_do_not_spread(constant):
    for block, bias in zip(constant.blocks[:-1], BIASES, strict=False):
        assert block.gates.mean == pytest.approx(1 / (1 + math.exp(-bias)), abs=1e-6)
        assert block.gates.spread == pytest.approx(0, abs=1e-6)
        # Within 0.05 of 0 or 1: beyond ±log 19 = ±2.94.
        assert block.gates.saturated == (abs(bias) > 2.945)


def test_constant_gates_do_not_move(constant):
    moving = {block.name: block.gates.moving for block in constant.blocks}
    assert {name: share for name, share in moving.items() if not abs(share) <= 1e-6} == {}


def test_gates_that_differ_between_channels_alone_spread_and_do_not_move(constant):
    values = torch.linspace(-4, 4, 36, dtype=torch.float64).sigmoid()
    gates = constant.blocks[-1].gates
    assert gates.mean == pytest.approx(0.5, abs=1e-6)
    assert gates.spread == pytest.approx(float(values.std(correction=0)), abs=1e-6)
    assert gates.moving == pytest.approx(0, abs=1e-6)


def test_where_gates_are_constant_nothing_comes_by_way_of_fusion_or_from_lost_channels(constant):
    for block in constant.blocks:
        assert block.strength.branch == 0
        assert block.strength.lost == 0
        assert block.strength.energy == block.strength.linear


def test_freezing_constant_gates_changes_nothing(constant):
    for ablations in (constant.ablations, *(block.alone for block in constant.blocks)):
        frozen = ablations[0]
        assert frozen.name == "frozen"
        assert frozen.same_top1 == 1
        assert frozen.change == pytest.approx(0, abs=1e-4)


# Altered fusion branches


def with_constant_fusion(weights, values):
    """The weights with fusion branches that make one value a channel: norms with scale 0."""
    altered = dict(weights)
    for name, value in values.items():
        altered[f"{name}.fusion.match_norm.weight"] = torch.zeros_like(value).float()
        altered[f"{name}.fusion.match_norm.bias"] = value.float()
    return altered


def means(made, names, of=torch.clone):
    return {name: of(made[name]).transpose(0, 1).flatten(1).mean(1) for name in names}


def ablation(name, design, weights, values, taken):
    """An Ablation's numbers, by the definition."""
    with torch.no_grad():
        intact = loaded(design, weights)(taken)
        altered = loaded(design, with_constant_fusion(weights, values))(taken)
    about_mean, moved = (logits - logits.mean(dim=1, keepdim=True) for logits in (intact, altered))
    first = intact.argmax(dim=1)
    same = (altered.argmax(dim=1) == first).double().mean()
    change = ((moved - about_mean) ** 2).sum().sqrt() / (about_mean**2).sum().sqrt()
    exponentials = (altered - altered.max(dim=1, keepdim=True).values).exp()
    confidence = (exponentials[torch.arange(len(first)), first] / exponentials.sum(dim=1)).mean()
    return measuring.Ablation(name, float(same), float(change), float(confidence))


@pytest.mark.parametrize("names", [MODULES, ["stage3.2"]], ids=["all", "one"])
@pytest.mark.parametrize("design", [NINE, ADDED], ids=["gates", "added"])
def test_branches_are_frozen_to_their_channels_means_or_removed(nine, added, design, names):
    weights, found = (nine[0], nine[-1]) if design is NINE else added
    taken = images(found.images)
    made = fusion_results(design, weights, taken)
    if design is NINE:
        frozen = {name: torch.logit(value) for name, value in means(made, names, torch.sigmoid).items()}
        # Removed, a gate is one; in float32 the sigmoid of 100 is.
        removed = {name: torch.full_like(value, 100) for name, value in frozen.items()}
    else:
        frozen = means(made, names)
        removed = {name: torch.zeros_like(value) for name, value in frozen.items()}
    expected = [
        ablation(name, design, weights, values, taken) for name, values in (("frozen", frozen), ("removed", removed))
    ]
    altered = found.ablations if names == MODULES else next(b.alone for b in found.blocks if [b.name] == names)
    assert same_ablations(altered, expected)
    assert expected[0].change > 0.01  # the branches say something
    assert design is ADDED or expected[1].same_top1 < 1


# How strongly groups depend on which channels


def test_a_group_loses_all_channels_but_one_in_g(nine):
    # A group of the convolution after the shuffle takes a Gth of the channels, and each is another.
    assert [block.lost_channels for block in nine[-1].blocks] == pytest.approx([2 / 3] * 16)


def test_strengths_are_shares_of_all_that_a_group_depends_on(nine, added):
    for found in (nine[-1], added[-1]):
        for block in found.blocks:
            # The first convolution of stage 2 is not grouped: its channels are one group.
            before = 1 if block.name == "stage2.0" else 3
            for shares in (block.strength.energy, block.strength.linear):
                assert [len(row) for row in shares] == [before] * 3
                assert [sum(row) for row in shares] == pytest.approx([1, 1, 1])
                assert all(share >= 0 for row in shares for share in row)


def test_energies_are_those_of_the_exact_jacobian(tmp_path, monkeypatch):
    """The estimate over 32 images, in which channels before and after each shuffle have a spread of one."""
    monkeypatch.setattr(measuring, "_AT_A_TIME", 32)
    weights = uneven_weights()
    found = {block.name: block for block in trained(NINE, saved(weights, tmp_path), images(32)).blocks}
    model = loaded(NINE, weights)
    for name, width in (("stage3.3", 72), ("stage4.0", 144)):
        whole, linear, fusion = exact_energies(model, name)
        size = width // 4 // 3
        # Fig. 1: the columns of the table whose rows are the groups, in thirds of so many channels.
        order = torch.arange(width // 4).view(3, size).T.flatten()
        kept = torch.stack([torch.isin(torch.arange(width // 4), part) for part in order.chunk(3)])
        strength = found[name].strength
        expected = by_group(whole)
        assert max(max(row) for row in expected) > 0.5  # equal shares would not tell rows from columns
        torch.testing.assert_close(torch.tensor(strength.energy), torch.tensor(expected), rtol=0, atol=0.15)
        torch.testing.assert_close(torch.tensor(strength.linear), torch.tensor(by_group(linear)), rtol=0, atol=0.15)
        share = float(fusion.sum() / (fusion.sum() + linear.sum()))
        assert 0.1 < share < 0.9
        assert strength.branch == pytest.approx(share, abs=0.1)
        assert strength.lost == pytest.approx(float(whole[~kept].sum() / whole.sum()), abs=0.1)
        assert float(linear[~kept].sum()) == 0


def uneven_weights():
    """Weights with which groups depend unevenly, and on fusion much; what is measured between has a spread of one."""
    torch.manual_seed(4)
    model = build(NINE).eval()
    for name in MODULES:
        module = model.get_submodule(name)
        nn.init.uniform_(module.fusion.match_norm.weight, 1, 4)
        with torch.no_grad():
            module.residual.depthwise.weight *= torch.logspace(-0.5, 0.5, len(module.residual.depthwise.weight))[
                torch.randperm(len(module.residual.depthwise.weight)), None, None, None
            ]
            module.residual.compress.register_forward_hook(rescale)
            module.residual.expand.register_forward_hook(rescale)
    with torch.no_grad():
        model(images(32))
    return model.state_dict()


def rescale(conv, _, made):
    """Weights by which every channel has a standard deviation of one."""
    spread = made.std(dim=(0, 2, 3), keepdim=True)
    conv.weight.data /= spread.view(-1, 1, 1, 1)
    return made / spread


def exact_energies(model, name):
    """Squared norms of the Jacobian around a shuffle, as (groups after, channels before), summed over the images.

    The channels before it have a spread of one; those after it are divided by theirs.
    """
    taken = []
    model.get_submodule(f"{name}.residual.compress").register_forward_hook(lambda *call: taken.append(call[-1]))
    with torch.no_grad():
        model(images(32))
    module = model.get_submodule(name)
    with torch.no_grad():
        spread = around_shuffle(module, taken[0], False).std(dim=(0, 2, 3), correction=0)
    whole, linear = (
        jacobian(lambda x, fixed=fixed: around_shuffle(module, x, fixed).sum(dim=0), taken[0], vectorize=True)
        for fixed in (False, True)
    )
    # Of shape (channels after, height, width, images, channels before, height, width).
    energies = [part.square().sum(dim=(1, 2, 3, 5, 6)) for part in (whole, linear, whole - linear)]
    return [(energy / spread.square()[:, None]).unflatten(0, (3, -1)).sum(1) for energy in energies]


def around_shuffle(module, x, fixed):
    """From the output of the first convolution to that of the last (Eq. 4 to 7)."""
    residual = module.residual
    x = functional.relu(residual.compress_norm(x))
    x = x.unflatten(1, (3, -1)).transpose(1, 2).flatten(1, 2)
    gate = torch.sigmoid(module.fusion(x))
    return residual.expand(residual.depthwise_norm(residual.depthwise(x)) * (gate.detach() if fixed else gate))


def by_group(energies):
    groups = energies.unflatten(1, (3, -1)).sum(dim=2)
    return (groups / groups.sum(dim=1, keepdim=True)).tolist()


@pytest.mark.parametrize(("layer", "channels"), [("compress", 18), ("expand", 72)])
def test_how_channels_are_scaled_before_their_norm_says_nothing(nine, tmp_path, layer, channels):
    """A norm undoes any scale of the convolution before it: the network and its strengths stay the same."""
    weights, _, found = nine
    scaled = dict(weights)
    scale = torch.ones(channels)
    scale[: channels // 6] = 8  # half of the channels of the first of three groups
    before = f"stage3.2.residual.{layer}"
    scaled[f"{before}.weight"] = weights[f"{before}.weight"] * scale.view(-1, 1, 1, 1)
    scaled[f"{before}_norm.running_mean"] = weights[f"{before}_norm.running_mean"] * scale
    scaled[f"{before}_norm.running_var"] = (weights[f"{before}_norm.running_var"] + 1e-5) * scale**2 - 1e-5
    with torch.no_grad():
        logits = [loaded(NINE, state)(images(10)) for state in (weights, scaled)]
    torch.testing.assert_close(*logits, rtol=1e-3, atol=1e-3)
    one, other = (
        next(block.strength for block in each.blocks if block.name == "stage3.2")
        for each in (found, trained(NINE, saved(scaled, tmp_path), images(10)))
    )
    for row, expected in zip(other.energy, one.energy, strict=True):
        assert row == pytest.approx(expected, rel=0.01)
    assert (other.lost, other.branch) == pytest.approx((one.lost, one.branch), rel=0.01)


# Weights with which nothing is to be divided by


@pytest.fixture(scope="module")
def barren(tmp_path_factory):
    """No groups and one class; a module whose residual branch is dead, another whose last convolution is."""
    design = NINE.but(groups=1, classes=1)
    weights = weights_of(design)
    for name in ("stage2.2.residual.depthwise_norm.weight", "stage2.2.residual.depthwise_norm.bias"):
        weights[name].fill_(0)
    weights["stage3.4.residual.expand.weight"].fill_(0)
    return trained(design, saved(weights, tmp_path_factory.mktemp("barren")), images(2))


@pytest.mark.parametrize("part", ["gates", "strength", "alone"])
def test_no_number_is_infinite_or_missing(barren, part):
    """JSON knows neither."""
    values = {block.name: json.dumps(asdict(block)[part]) for block in barren.blocks}
    assert [name for name, value in values.items() if "NaN" in value or "Infinity" in value] == []


def test_without_groups_nothing_is_lost(barren):
    for block in (block for block in barren.blocks if block.name not in ("stage2.2", "stage3.4")):
        assert block.lost_channels == 0
        assert block.strength.lost == 0
        assert block.strength.energy == block.strength.linear == [[1.0]]


# The authors' weights


@needs_data
def test_the_authors_network_sees_a_cat(tmp_path):
    # Located, not imported: scikit-image ships the picture, and is slow to import.
    shutil.copy(Path(find_spec("skimage").origin).with_name("data") / "chelsea.png", tmp_path)
    model = load_checkpoint(build(parse("108-MENet-8x1/3")), AUTHORS).eval()
    with torch.no_grad():
        probabilities = model(photographs(tmp_path, 224)).softmax(dim=1)[0]
    # Egyptian cat, with p = 0.59
    assert int(probabilities.argmax()) == 285
    assert float(probabilities.max()) == pytest.approx(0.59, abs=0.005)


@needs_data
def test_the_authors_network_depends_on_lost_channels_less_than_on_those_that_the_shuffle_brings(tmp_path):
    shutil.copy(Path(find_spec("skimage").origin).with_name("data") / "chelsea.png", tmp_path)
    found = trained(parse("108-MENet-8x1/3"), AUTHORS, photographs(tmp_path, 224))
    for block in found.blocks:
        assert 0 < block.strength.lost < block.lost_channels / 2
