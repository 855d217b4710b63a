"""The proof: it holds for random legal designs, and names what is wrong with a model that is not the design's."""

import functools
import os

import pytest
import torch
from torch import nn
from torch.nn import functional

from menet_design import build, count, verify
from menet_design.errors import CheckpointError, DesignError
from menet_design.families.menet import MENet
from menet_design.graph.operation import UnknownOperation
from menet_design.models.layers import Classifier
from menet_design.models.menet import MEModule
from menet_design.models.menet import MENet as Model
from menet_design.verification.agreement import verify_model

SMALL = MENet(width=48, fusion=4, groups=3, stem=12, resolution=64, classes=10)


# Designs and their own models


def test_every_layer_is_compared():
    # 16 modules of 6 convolutions, 6 norms and a shuffle, 3 average pools; conv, norm and pool of stage 1; pool and
    # classifier.
    assert verify(SMALL).layers_compared == 16 * 13 + 3 + 3 + 2


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


def conv(*sizes, **options):
    return nn.Conv2d(*sizes, bias=False, **options)


def put(model, parts):
    """Put other layers, or other numbers of layers, in the places of a model, by their full names."""
    for name, part in parts.items():
        module, _, attribute = name.rpartition(".")
        setattr(model.get_submodule(module), attribute, part)


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


def extra_module(model):
    model.stage4.append(build(SMALL).stage4[3])


def pooled_too_early(model):
    """By a function, after the last layer of the block."""
    override(model.stage4[3], forward=lambda self, x: functional.avg_pool2d(MEModule.forward(self, x), 2))
    model.classifier = Classifier(192, (1, 1), 10)


def output(model):
    override(model, forward=lambda self, x: Model.forward(self, x).view(10, 1))


def not_a_number(model):
    nn.init.constant_(model.stage2[1].residual.expand.weight, float("nan"))


GROUPS = {"stage2.0.residual.compress": conv(12, 12, 1, groups=3)}
BIAS = {"stage3.2.residual.depthwise": nn.Conv2d(24, 24, 3, 1, 1, groups=24)}
CLASSES = {"classifier.fc": nn.Linear(192, 11)}
FVCORE = "MACs (fvcore)"
BROKEN = {
    # 16×16 pixels: 12 channels to 12, in 3 groups instead of one.
    "groups": (GROUPS, "stage2.0.residual.compress", FVCORE, 256 * 144, 256 * 144 // 3),
    # 4×4 pixels: a bottleneck of 24 channels to 96, in one group instead of 3.
    "no groups": (
        {"stage3.4.residual.expand": conv(24, 96, 1)},
        *("stage3.4.residual.expand", FVCORE, 16 * 24 * 96 // 3, 16 * 24 * 96),
    ),
    "another fusion width": (
        {
            "stage4.2.fusion.merge": conv(48, 5, 1),
            "stage4.2.fusion.merge_norm": nn.BatchNorm2d(5).eval(),
            "stage4.2.fusion.evolve": conv(5, 4, 3, 1, 1),
        },
        *("stage4.2.fusion.merge", FVCORE, 4 * 48 * 4, 4 * 48 * 5),
    ),
    "kernel": (
        {"stage3.0.residual.depthwise": conv(24, 24, 5, 2, 2, groups=24)},
        *("stage3.0.residual.depthwise", FVCORE, 16 * 9 * 24, 16 * 25 * 24),
    ),
    # Late: the convolution at full size, the pool to a fourth. 3 channels to 12 on 64×64 pixels instead of 32×32.
    "stride": (
        {"stage1.conv.stride": (1, 1), "stage1.pool.stride": 4},
        *("stage1.conv", FVCORE, 32 * 32 * 9 * 3 * 12, 64 * 64 * 9 * 3 * 12),
    ),
    # Early: stage 2 does not downsample, the pool of stage 1 to a fourth did.
    "pool stride": (
        {
            "stage1.pool.stride": 4,
            "stage2.0.residual.depthwise.stride": (1, 1),
            "stage2.0.fusion.evolve.stride": (1, 1),
            "stage2.0.identity.stride": 1,
        },
        *("stage1.pool", "output shape", (12, 16, 16), (12, 8, 8)),
    ),
    "bias": (BIAS, "stage3.2.residual.depthwise", "parameters", 9 * 24, 9 * 24 + 24),
    "classes": (CLASSES, "classifier.fc", FVCORE, 1920, 192 * 11),
    "no bias": ({"classifier.fc": nn.Linear(192, 10, bias=False)}, "classifier.fc", "parameters", 1930, 1920),
    "no convolution": (
        {"stage3.2.fusion.evolve": nn.Identity()},
        *("stage3.2.fusion.evolve", FVCORE, 16 * 9 * 4 * 4, 0),
    ),
    "no norm": ({"stage3.2.fusion.evolve_norm": nn.Identity()}, "stage3.2.fusion.evolve_norm", "parameters", 8, 0),
    "no module": (no_module, "stage4.3.residual.compress", FVCORE, 4 * 192 * 48 // 3, 0),
    "passed over": (passed_over, "stage3.2.residual.expand_norm", "output shape", (96, 4, 4), "not executed"),
    "twice": (twice, "stage3.2.residual.depthwise", FVCORE, 16 * 9 * 24, 2 * 16 * 9 * 24),
    "shared": (shared, "stage3.2.residual.compress", FVCORE, 16 * 96 * 24 // 3, 2 * 16 * 96 * 24 // 3),
    "extra": (
        {"classifier.pool": nn.Sequential(nn.AvgPool2d(2), conv(192, 192, 1))},
        *("classifier.pool.1", FVCORE, "none", 192 * 192),
    ),
    "an extra module": (extra_module, "stage4.4.residual.compress", FVCORE, "none", 4 * 192 * 48 // 3),
    "idle": ({"stage2.0.spare": conv(12, 1, 1)}, "stage2.0.spare", "parameters", "none", 12),
    "pooled too early": (pooled_too_early, "stage4.3", "output shape", (192, 2, 2), (192, 1, 1)),
    "output": (output, "output", "shape", (1, 10), (10, 1)),
    "not a number": (not_a_number, "output", "logits", "finite", "not finite"),
    "two faults": (CLASSES | GROUPS, "stage2.0.residual.compress", FVCORE, 256 * 144, 256 * 144 // 3),
}


@pytest.mark.parametrize(("fault", "layer", "quantity", "closed_form", "executed"), BROKEN.values(), ids=BROKEN)
def test_the_first_layer_that_is_wrong_is_named(fault, layer, quantity, closed_form, executed):
    model = build(SMALL)
    put(model, fault) if isinstance(fault, dict) else fault(model)
    agreement = verify_model(count(SMALL), model)
    assert agreement.first_disagreement == (layer, quantity, closed_form, executed)
    assert not agreement.agrees


def test_a_disagreement_is_a_sentence():
    model = build(SMALL)
    put(model, BIAS)
    disagreement = verify_model(count(SMALL), model).first_disagreement
    assert str(disagreement) == "stage3.2.residual.depthwise: parameters should be 216, in the model 240"


def test_multiply_adds_of_a_function_inside_a_module_are_not_overlooked():
    model = build(SMALL)
    kernel = torch.rand(48, 48, 1, 1)
    override(model.stage2[1], forward=lambda self, x: MEModule.forward(self, x) + functional.conv2d(x, kernel))
    assert not verify_model(count(SMALL), model).agrees


def test_weights_that_two_layers_share_are_parameters_once():
    model = build(SMALL)
    model.stage3[2].residual.compress.weight = model.stage3[1].residual.compress.weight
    assert not verify_model(count(SMALL), model).agrees


def test_an_operation_that_nobody_has_classified_is_an_error_and_no_disagreement():
    model = build(SMALL)
    override(model.stage2[1], forward=lambda self, x: functional.gelu(MEModule.forward(self, x)))
    with pytest.raises(UnknownOperation, match="gelu"):
        verify_model(count(SMALL), model)


def test_comparing_changes_nothing_of_the_model():
    model = build(SMALL)
    before = {key: tensor.clone() for key, tensor in model.state_dict().items()}
    verify_model(count(SMALL), model)
    assert all(torch.equal(tensor, before[key]) for key, tensor in model.state_dict().items())
    assert all(module.training for module in model.modules())
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in model.modules())


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
