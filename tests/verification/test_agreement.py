"""The proof: it holds for random legal designs, and names what is wrong with a model that is not the design's."""

import functools
import os

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import designs
from torch import nn
from torch.nn import functional

from menet_design import build, count, formula, parse, verify
from menet_design.errors import CheckpointError, DesignError
from menet_design.models.menet import MEModule
from menet_design.models.menet import MENet as Model
from menet_design.verification.agreement import compare
from menet_design.verification.counters import UnknownOperation
from menet_design.zoo.menet import MENet

SMALL = MENet(width=48, fusion=4, groups=3, stem=12, resolution=64, classes=10)


# Designs and their own models


@settings(max_examples=6)
@given(designs(resolutions=st.integers(32, 96)))
def test_closed_form_fvcore_and_torch_agree_on_every_legal_design(design):
    cost, agreement = count(design), verify(design)
    assert agreement.first_disagreement is None
    assert agreement.agrees
    assert agreement.closed_form == agreement.fvcore == agreement.torch == sum(row.macs for row in cost.rows)
    assert agreement.closed_form_params == agreement.params == sum(p.numel() for p in build(design).parameters())


@settings(max_examples=3)
@given(designs(resolutions=st.integers(1, 3).map(lambda multiple: 32 * multiple)))
def test_the_formula_gives_what_is_executed(design):
    letters = {letter: getattr(design, field) for letter, field in formula("menet").fields.items()}
    agreement = verify(design)
    assert formula("menet").compile("macs")(**letters) == agreement.fvcore == agreement.torch
    assert formula("menet").compile("params")(**letters) == agreement.params


# Multiply-adds, parameters and fvcore 0.1.5's own total, counted on the models that the authors released.
# fvcore costs a batch norm 2 an element in evaluation mode: M + 2B.
RELEASED = {
    "108-MENet-8x1/3": (38_287_440, 654_516, 41_601_800),
    "228-MENet-12x1/3": (144_092_352, 1_806_568, 150_931_968),
    "352-MENet-12x1/8": (144_281_024, 2_272_872, 154_365_224),
    "456-MENet-24x1/3": (551_048_928, 5_304_784, 564_728_160),
}


@pytest.mark.parametrize(("name", "figures"), RELEASED.items(), ids=RELEASED)
def test_released_networks_agree_and_make_up_the_total_that_fvcore_prints(name, figures):
    agreement = verify(parse(name))
    assert agreement.first_disagreement is None
    assert (agreement.fvcore, agreement.params) == figures[:2]
    assert agreement.fvcore_others.keys() == {"batch_norm"}
    assert agreement.closed_form + sum(agreement.fvcore_others.values()) == figures[2]


def test_every_layer_is_compared():
    # 16 modules of 6 convolutions and 6 norms, 3 average pools; conv, norm and pool of stage 1; pool and classifier.
    assert verify(SMALL).layers_compared == 16 * 12 + 3 + 3 + 2


def test_a_proof_can_be_given_with_weights(tmp_path):
    weights = {key: tensor * 0.5 for key, tensor in build(SMALL).state_dict().items() if tensor.is_floating_point()}
    torch.save(weights, tmp_path / "weights.pth")
    assert verify(SMALL, tmp_path / "weights.pth").agrees
    torch.save({**weights, "classifier.fc.bias": torch.full((10,), float("inf"))}, tmp_path / "infinite.pth")
    assert str(verify(SMALL, tmp_path / "infinite.pth").first_disagreement).startswith("output: logits")
    with pytest.raises(CheckpointError, match="No such file"):
        verify(SMALL, tmp_path / "missing.pth")


# Models that are not the design's, each with the layer and the quantity that must be named


def override(module, **methods):
    """Give one module methods of its own; unlike attributes, they survive the copy that is counted."""
    module.__class__ = type(type(module).__name__, (type(module),), methods)


def groups(model):
    model.stage2[0].residual.compress = nn.Conv2d(12, 12, 1, groups=3, bias=False)


def no_groups(model):
    model.stage3[4].residual.expand = nn.Conv2d(24, 96, 1, bias=False)


def other_fusion_width(model):
    model.stage4[2].fusion.merge = nn.Conv2d(48, 5, 1, bias=False)
    model.stage4[2].fusion.merge_norm = nn.BatchNorm2d(5).eval()
    model.stage4[2].fusion.evolve = nn.Conv2d(5, 4, 3, 1, 1, bias=False)


def kernel(model):
    model.stage3[0].residual.depthwise = nn.Conv2d(24, 24, 5, 2, 2, groups=24, bias=False)


def stride(model):
    """Late: the convolution at full size, the pool to a fourth."""
    model.stage1.conv.stride = (1, 1)
    model.stage1.pool.stride = 4


def pool_stride(model):
    """Early: stage 2 does not downsample, the pool of stage 1 to a fourth did."""
    model.stage1.pool.stride = 4
    down = model.stage2[0]
    down.residual.depthwise.stride = down.fusion.evolve.stride = (1, 1)
    down.identity.stride = 1


def bias(model):
    model.stage3[2].residual.depthwise = nn.Conv2d(24, 24, 3, 1, 1, groups=24)


def classes(model):
    model.classifier.fc = nn.Linear(192, 11)


def no_classifier_bias(model):
    model.classifier.fc = nn.Linear(192, 10, bias=False)


def no_convolution(model):
    model.stage3[2].fusion.evolve = nn.Identity()


def no_norm(model):
    model.stage3[2].fusion.evolve_norm = nn.Identity()


def no_module(model):
    del model.stage4[3]


def passed_over(model):
    """A norm that is there but is not run."""
    residual = model.stage3[2].residual
    residual.recover = functools.partial(residual.expand)  # the convolution alone would be taken for a new layer


def twice(model):
    override(
        model.stage3[2].residual,
        transform=lambda self, x: self.depthwise_norm(self.depthwise(self.depthwise(x))),
    )


def shared(model):
    model.stage3[2] = model.stage3[3]


def extra(model):
    model.classifier.pool = nn.Sequential(nn.AvgPool2d(2), nn.Conv2d(192, 192, 1, bias=False))


def extra_module(model):
    model.stage4.append(build(SMALL).stage4[3])


def idle(model):
    model.stage2[0].spare = nn.Conv2d(12, 1, 1, bias=False)


def pooled_too_early(model):
    """By a function, after the last layer of the block."""
    override(model.stage4[3], forward=lambda self, x: functional.avg_pool2d(MEModule.forward(self, x), 2))
    model.classifier.pool = nn.AvgPool2d(1)


def output(model):
    override(model, forward=lambda self, x: Model.forward(self, x).view(10, 1))


def not_a_number(model):
    nn.init.constant_(model.stage2[1].residual.expand.weight, float("nan"))


def two_faults(model):
    classes(model)
    groups(model)


BROKEN = [
    # 16×16 pixels: 12 channels to 12, in 3 groups instead of one.
    (groups, "stage2.0.residual.compress", "MACs (fvcore)", 256 * 144, 256 * 144 // 3),
    # 4×4 pixels: a bottleneck of 24 channels to 96, in one group instead of 3.
    (no_groups, "stage3.4.residual.expand", "MACs (fvcore)", 16 * 24 * 96 // 3, 16 * 24 * 96),
    (other_fusion_width, "stage4.2.fusion.merge", "MACs (fvcore)", 4 * 48 * 4, 4 * 48 * 5),
    (kernel, "stage3.0.residual.depthwise", "MACs (fvcore)", 16 * 9 * 24, 16 * 25 * 24),
    # 3 channels to 12 on 32×32 pixels, instead on 64×64.
    (stride, "stage1.conv", "MACs (fvcore)", 32 * 32 * 9 * 3 * 12, 64 * 64 * 9 * 3 * 12),
    (pool_stride, "stage1.pool", "output shape", (12, 16, 16), (12, 8, 8)),
    (bias, "stage3.2.residual.depthwise", "parameters", 9 * 24, 9 * 24 + 24),
    (classes, "classifier.fc", "MACs (fvcore)", 1920, 192 * 11),
    (no_classifier_bias, "classifier.fc", "parameters", 1930, 1920),
    (no_convolution, "stage3.2.fusion.evolve", "MACs (fvcore)", 16 * 9 * 4 * 4, 0),
    (no_norm, "stage3.2.fusion.evolve_norm", "parameters", 8, 0),
    (no_module, "stage4.3.residual.compress", "MACs (fvcore)", 4 * 192 * 48 // 3, 0),
    (passed_over, "stage3.2.residual.expand_norm", "output shape", (96, 4, 4), "not executed"),
    (twice, "stage3.2.residual.depthwise", "MACs (fvcore)", 16 * 9 * 24, 2 * 16 * 9 * 24),
    (shared, "stage3.2.residual.compress", "MACs (fvcore)", 16 * 96 * 24 // 3, 2 * 16 * 96 * 24 // 3),
    (extra, "classifier.pool.1", "MACs (fvcore)", "none", 192 * 192),
    (extra_module, "stage4.4.residual.compress", "MACs (fvcore)", "none", 4 * 192 * 48 // 3),
    (idle, "stage2.0.spare", "parameters", "none", 12),
    (pooled_too_early, "stage4.3", "output shape", (192, 2, 2), (192, 1, 1)),
    (output, "output", "shape", (1, 10), (10, 1)),
    (not_a_number, "output", "logits", "finite", "not finite"),
    (two_faults, "stage2.0.residual.compress", "MACs (fvcore)", 256 * 144, 256 * 144 // 3),
]


@pytest.mark.parametrize(
    ("fault", "layer", "quantity", "closed_form", "executed"), BROKEN, ids=[fault.__name__ for fault, *_ in BROKEN]
)
def test_the_first_layer_that_is_wrong_is_named(fault, layer, quantity, closed_form, executed):
    model = build(SMALL)
    fault(model)
    agreement = compare(count(SMALL), model)
    assert agreement.first_disagreement == (layer, quantity, closed_form, executed)
    assert not agreement.agrees


def test_a_disagreement_is_a_sentence():
    model = build(SMALL)
    bias(model)
    disagreement = compare(count(SMALL), model).first_disagreement
    assert str(disagreement) == "stage3.2.residual.depthwise: parameters should be 216, in the model 240"


def test_multiply_adds_of_a_function_inside_a_module_are_not_overlooked():
    model = build(SMALL)
    kernel = torch.rand(48, 48, 1, 1)
    override(model.stage2[1], forward=lambda self, x: MEModule.forward(self, x) + functional.conv2d(x, kernel))
    assert not compare(count(SMALL), model).agrees


def test_weights_that_two_layers_share_are_parameters_once():
    model = build(SMALL)
    model.stage3[2].residual.compress.weight = model.stage3[1].residual.compress.weight
    assert not compare(count(SMALL), model).agrees


def test_an_operation_that_nobody_has_classified_is_an_error_and_no_disagreement():
    model = build(SMALL)
    override(model.stage2[1], forward=lambda self, x: functional.gelu(MEModule.forward(self, x)))
    with pytest.raises(UnknownOperation, match="gelu"):
        compare(count(SMALL), model)


def test_comparing_changes_nothing_of_the_model():
    model = build(SMALL)
    before = {key: tensor.clone() for key, tensor in model.state_dict().items()}
    compare(count(SMALL), model)
    assert all(torch.equal(tensor, before[key]) for key, tensor in model.state_dict().items())
    assert not any(module.training or module._forward_hooks or module._forward_pre_hooks for module in model.modules())


# Designs that cannot be executed


def test_a_design_too_large_for_memory_is_refused_before_it_is_built(monkeypatch):
    monkeypatch.setattr("menet_design.verification.agreement.build", lambda design: pytest.fail("was built"))
    # Stage 4 of 262,080 channels merges a quarter of them into 32,768: 2·10⁹ weights in one layer of hundreds.
    huge = MENet(width=65_520, fusion=32_768, groups=3, stem=24, resolution=16_384)
    with pytest.raises(
        DesignError, match=r"65520-MENet-32768x1/3 needs about \d+ GB of memory, this machine has \d+ GB"
    ):
        verify(huge)


def test_where_the_memory_is_not_known_the_proof_is_tried(monkeypatch):
    monkeypatch.delattr(os, "sysconf")
    assert verify(SMALL).agrees
