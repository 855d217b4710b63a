"""What networks are fed, and free structure: figures of fvcore and torch on the real models, and properties."""

import json

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch.utils.flop_counter import FlopCounterMode

from menet_design import build, count, network, parse, probe, reconcile, solve, verify
from menet_design.errors import DesignError, IllegalDesign, NotationError
from menet_design.families import FAMILIES, family, published
from menet_design.families.configs import read_config, write_config

SMALL = {"resolution": 32, "classes": 10, "small_images": True}
# Multiply-adds and parameters that fvcore and FlopCounterMode report of the models, taken down with the request.
KNOWN = [
    ("1x-MobileNet", {"channels": 1}, 561_515_008, 4_231_400),
    ("1x-MobileNet", {"resolution": (240, 320)}, 877_911_040, 4_231_976),
    ("228-MENet-12x1/3", {"resolution": (240, 320)}, 222_480_960, 1_806_568),
    ("228-MENet-12x1/3", SMALL, 44_771_232, 902_698),
    ("108-MENet-8x1/3", SMALL, 11_369_952, 225_846),
    ("ShuffleNet-1x/3", SMALL, 42_590_592, 914_338),
    ("1.3x-MobileNet", {"round_to": 1}, 946_483_376, 6_718_156),
    ("1.4x-MobileNet", {"round_to": 1}, 1_094_373_002, 7_671_481),
    ("1.3x-MobileNet", {"round_to": 8}, 946_269_480, 6_703_624),
    ("1.4x-MobileNet", {"round_to": 8}, 1_102_089_992, 7_704_152),
]


def counted_by_torch(design):
    with torch.device("meta"):
        model = build(design).eval()
    height, width = design.resolution if isinstance(design.resolution, tuple) else (design.resolution,) * 2
    with FlopCounterMode(display=False) as counter:
        model(torch.empty(1, design.channels, height, width, device="meta"))
    return counter.get_total_flops() // 2, sum(parameter.numel() for parameter in model.parameters())


@pytest.mark.parametrize(("name", "numbers", "macs", "params"), KNOWN)
def test_known_figures_come_out(name, numbers, macs, params):
    design = parse(name, **numbers)
    cost = count(design)
    assert (cost.macs, cost.params) == counted_by_torch(design) == (macs, params)


def test_a_batch_counts_as_many_times_and_says_so(cli):
    one, eight = count("228-MENet-12x1/3"), count("228-MENet-12x1/3", batch=8)
    assert (eight.macs, eight.params, eight.activations) == (1_152_738_816, one.params, 8 * one.activations)
    assert sum(row.macs for row in eight.rows) == eight.macs
    assert "a batch of 8" in cli("flops 228-MENet-12x1/3 --batch 8").stdout
    found = reconcile("108-MENet-8x1/3", batch=3)
    assert all(total == 3 * reconcile("108-MENet-8x1/3").counters[name] for name, total in found.counters.items())
    assert verify("108-MENet-8x1/3", batch=2, resolution=32).agrees
    with pytest.raises(IllegalDesign, match="batch 0"):
        network("108-MENet-8x1/3", batch=0)


def test_counters_count_a_batch_as_it_is_foretold():
    from fvcore.nn import FlopCountAnalysis

    design = parse("108-MENet-8x1/3", resolution=32, classes=10)
    foretold, model = reconcile(design, batch=3).counters, build(design).eval()
    analysis = FlopCountAnalysis(model, torch.rand(3, 3, 32, 32)).unsupported_ops_warnings(False)
    assert analysis.total() == foretold["fvcore"]
    with FlopCounterMode(display=False) as counter:
        model(torch.rand(3, 3, 32, 32))
    assert counter.get_total_flops() == foretold["torch"]


@pytest.mark.parametrize("name", FAMILIES)
def test_every_family_takes_other_heights_widths_and_channels(name):
    design = next(iter(family(name).published)).but(channels=2, classes=7)
    step = design.smallest_resolution()
    design = design.but(resolution=(3 * step, 2 * step))
    assert (count(design).macs, count(design).params) == counted_by_torch(design)


@pytest.mark.parametrize("name", FAMILIES)
def test_a_model_takes_images_of_other_sizes_or_says_both(name):
    design = next(iter(family(name).published)).but(classes=5)
    step = design.smallest_resolution()
    design = design.but(resolution=2 * step)
    model = build(design).eval()
    images = torch.rand(2, 3, 3 * step, 4 * step)
    if name == "vgg" or name.startswith("effnet"):
        with pytest.raises(ValueError, match=r"made for a map of \d×\d, this is \d×\d"):
            model(images)
        return
    other = build(design.but(resolution=(3 * step, 4 * step))).eval()
    other.load_state_dict(model.state_dict())
    with torch.no_grad():
        assert torch.equal(model(images), other(images))  # the whole map is averaged, whatever its size


@pytest.mark.parametrize("name", FAMILIES)
def test_torchscript_and_fx_take_every_model(name):
    design = next(iter(family(name).published))
    design = design.but(resolution=max(32, design.smallest_resolution()), classes=3)
    model = build(design).eval()
    images = torch.rand(1, 3, design.resolution, design.resolution)
    with torch.no_grad():
        torch.testing.assert_close(torch.jit.script(model)(images), model(images))
        assert torch.equal(torch.fx.symbolic_trace(model)(images), model(images))


@pytest.mark.parametrize("name", ["ResNet-602", "PreResNet-1001"])
def test_deep_models_begin_with_finite_logits(name):
    with torch.no_grad():
        assert build(parse(name)).eval()(torch.rand(1, 3, 32, 32)).isfinite().all()


# Free structure


@st.composite
def structures(draw):
    """Small networks of either family with other blocks, widths, fusion widths and shuffles."""
    groups = draw(st.integers(1, 4))
    step = 4 * groups
    widths = [step * each for each in sorted(draw(st.sets(st.integers(3, 9), min_size=3, max_size=3)))]
    shuffles = [each for each in range(1, 9) if all(width // 4 % each == 0 for width in widths)]
    numbers = {
        "blocks": tuple(draw(st.lists(st.integers(1, 2), min_size=3, max_size=3))),
        "widths": tuple(widths),
        "shuffle_groups": draw(st.sampled_from(shuffles)),
        "stem": groups,
        "classes": 3,
        "resolution": 32,
        "small_images": draw(st.booleans()),
    }
    if draw(st.booleans()):
        return parse(f"{widths[0]}-ShuffleNet/{groups}", **numbers)
    fusions = tuple(draw(st.lists(st.integers(1, 3), min_size=3, max_size=3)))
    return parse(f"{widths[0]}-MENet-{fusions[0]}x1/{groups}", **numbers, fusions=fusions)


@settings(max_examples=15)
@given(structures())
def test_free_structures_are_counted_proven_and_written(design):
    cost = count(design)
    assert (cost.macs, cost.params) == counted_by_torch(design)
    described = network(design)
    sizes = [len(blocks) for stage, blocks in described.stages.items() if stage in ("stage2", "stage3", "stage4")]
    assert sizes == [1 + each for each in design.blocks]
    assume(design.family == "menet")
    kind, numbers = read_config(json.loads(json.dumps(write_config(design))))
    assert kind(**numbers) == design


def test_a_free_structure_is_proven_solved_and_drawn(cli, tmp_path):
    options = (
        "--widths 48,84,120 --blocks 1,2,1 --fusions 2,3,5 --shuffle-groups 1 --stem 12 --resolution 32 --classes 3"
    )
    design = parse("48-MENet-2x1/3", widths=(48, 84, 120), blocks=(1, 2, 1), fusions=(2, 3, 5), shuffle_groups=1,
                   stem=12, resolution=32, classes=3)  # fmt: skip
    assert verify(design).agrees
    assert probe(design).agrees
    printed = cli(f"flops 48-MENet-2x1/3 {options}").stdout
    assert printed.startswith("48-MENet-2×1 (g = 3), 32×32, 3 classes, blocks 1, 2, 1, widths 48, 84, 120,")
    (hint,) = (line for line in printed.splitlines() if line.startswith("prove it: "))
    assert cli(hint.removeprefix("prove it: menet-design ")).code == 0
    assert cli(f"picture 48-MENet-2x1/3 {options} --output", tmp_path / "menet.svg").code == 0
    assert solve(20e6, 3, blocks=(1, 1, 1)).choice.blocks == (1, 1, 1)


@pytest.mark.parametrize(
    ("numbers", "cause"),
    [
        ({"widths": (228, 400, 900)}, "400 has to be a multiple of 4 × 3, larger than 228. Nearest: 396"),
        ({"widths": (228, 228, 456)}, "228 has to be a multiple of 4 × 3, larger than 228. Nearest: 240"),
        ({"widths": (240, 456, 912)}, "widths 240, 456, 912 do not begin with the width 228"),
        ({"fusions": (8, 8, 8)}, "fusions 8, 8, 8 do not begin with the fusion width 12"),
        ({"blocks": (3, 7)}, "blocks are 3 numbers, one a stage, not 2"),
        ({"blocks": (3, 0, 3)}, "blocks 0 is not a whole number"),
        ({"shuffle_groups": 5}, "57 channels does not split into 5 groups of a shuffle. Nearest: 3"),
        ({"resolution": (224, 16)}, "resolution 16 is too small for 5 halvings. The smallest is 32"),
        ({"channels": 0}, "number of input channels 0 is not a whole number"),
    ],
)
def test_illegal_structures_are_explained(numbers, cause):
    with pytest.raises(IllegalDesign, match=cause):
        parse("228-MENet-12x1/3", **numbers)


@pytest.mark.parametrize("numbers", [{"widths": "228"}, {"blocks": 3}, {"small_images": 1}, {"resolution": (1, 2, 3)}])
def test_what_is_no_structure_is_a_type_error(numbers):
    with pytest.raises(TypeError):
        parse("228-MENet-12x1/3", **numbers)


def test_what_is_given_is_not_solved_for():
    with pytest.raises(DesignError, match="widths are given and width is solved for"):
        solve(140e6, 3, widths=(228, 456, 912))


# What a design says of itself


def test_a_design_says_what_it_is_fed(cli, tmp_path):
    design = parse("352-MENet-12x1/8", resolution=(96, 160), channels=1, classes=10)
    assert str(design) == "352-MENet-12x1/8, 96×160, 10 classes, 1 channel"
    assert design.title == "352-MENet-12×1 (g = 8), 96×160, 10 classes, 1 channel"
    assert parse(str(design)) == parse(design.title) == design
    options = "--resolution 96x160 --channels 1 --classes 10"
    for command in (f"flops 352-MENet-12x1/8 {options}", f"table 352-MENet-12x1/8 {options} --format latex"):
        assert "10 classes" in cli(command).stdout
    assert cli(f"picture 352-MENet-12x1/8 {options} --output", tmp_path / "menet.svg").code == 0
    assert design.title in (tmp_path / "menet.svg").read_text(encoding="utf-8")
    path = tmp_path / "menet.json"
    assert cli(f"config 352-MENet-12x1/8 {options} --output", path).code == 0
    assert count(path).rows == count(design).rows


@pytest.mark.parametrize(("command", "shape"), [("--input 3x240x320", ""), ("--resolution 240x320", "")])
def test_input_and_resolution_say_the_same(cli, command, shape):
    assert "222.48 MFLOPs" in cli(f"flops 228-MENet-12x1/3 {command}").stdout
    assert count("228-MENet-12x1/3", input=(3, 240, 320)).macs == 222_480_960


# The authors' configs, and what they count (arXiv 1803.09127's authors' repository).
CONFIGS = [
    ({"name": "mobilenet", "width_mul": 0.25, "init_mode": "fan_in"}, 41_030_272, 470_072),
    (
        {"name": "shufflenet_group_3", "init_mul": 0.5, "width_mul": 0.5, "init_mode": "fan_out"},
        37_589_856,
        718_324,
    ),
]


@pytest.mark.parametrize(("config", "macs", "params"), CONFIGS)
def test_the_authors_configs_of_other_families_are_read_and_written(config, macs, params, tmp_path):
    path = tmp_path / "model.json"
    path.write_text(json.dumps(config), encoding="utf-8")
    cost = count(path)
    assert (cost.macs, cost.params) == (macs, params)
    kind, numbers = read_config(config)
    assert write_config(kind(**numbers)) == config


@pytest.mark.parametrize("design", [each for each, _ in published() if each.family in ("menet", "mobilenet")], ids=str)
def test_configs_of_published_networks_are_read_back(design):
    if getattr(design, "combine", "product") == "add":
        with pytest.raises(NotationError, match="element-wise addition"):
            write_config(design)
        return
    kind, numbers = read_config(write_config(design))
    assert kind(**numbers) == design
