"""Both counters on models small enough to count by hand, and on models that they must refuse or leave alone."""

import contextlib
import subprocess
import sys

import pytest
import torch
from torch import nn
from torch.nn import functional
from torch.utils.flop_counter import FlopCounterMode

from menet_design.errors import DesignError
from menet_design.graph.operation import UnknownOperation
from menet_design.verification.counters import count_with_fvcore, count_with_torch

IMAGES = torch.rand(1, 3, 8, 8, generator=torch.Generator().manual_seed(0))


def by_fvcore(model):
    return count_with_fvcore(model, IMAGES)


def by_torch(model):
    return count_with_torch(model, IMAGES).counted


both_counters = pytest.mark.parametrize("counted", [by_fvcore, by_torch])


class Small(nn.Module):
    """Two convolutions, a classifier, and whatever `extra` does to the logits."""

    def __init__(self, extra=None):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, stride=2, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(8)
        self.block = nn.Sequential(nn.Conv2d(8, 4, 1, groups=2), nn.ReLU(), nn.AvgPool2d(4))
        self.fc = nn.Linear(4, 10)
        self.extra = extra
        self.eval()

    def forward(self, x):
        logits = self.fc(self.block(self.norm(self.conv(x))).flatten(1))
        return self.extra(logits) if self.extra else logits


@both_counters
def test_multiply_adds_are_counted_layer_by_layer(counted):
    assert counted(Small()).macs == {
        "conv": 4 * 4 * 8 * 3 * 3 * 3,  # 4×4 pixels of 8 channels, each a sum over 3×3 of 3 channels
        "block.0": 4 * 4 * 4 * (8 // 2),  # each of 4 channels reads one of the two groups of 8; its bias is no product
        "fc": 4 * 10,
    }


@both_counters
def test_the_total_is_the_sum_over_the_layers(counted):
    assert counted(Small()).total == 3456 + 256 + 40


def test_fvcore_counts_two_flops_for_each_element_of_a_batch_norm():
    assert count_with_fvcore(Small(), IMAGES).others == {"batch_norm": 2 * 8 * 4 * 4}


def test_the_shape_of_every_module_is_recorded():
    assert count_with_torch(Small(), IMAGES).shapes == {
        "conv": (8, 4, 4),
        "norm": (8, 4, 4),
        "block": (4, 1, 1),
        "block.0": (4, 4, 4),
        "block.1": (4, 4, 4),
        "block.2": (4, 1, 1),
        "fc": (10, 1, 1),
    }


def test_the_output_of_the_one_forward_pass_is_kept():
    model = Small()
    with torch.no_grad():
        assert torch.equal(count_with_torch(model, IMAGES).output, model(IMAGES))


@both_counters
def test_a_layer_that_runs_twice_counts_twice(counted):
    model = Small()
    model.block[1] = model.block[2] = nn.Identity()
    shared = nn.Conv2d(8, 8, 1, bias=False)
    model.block[0] = nn.Sequential(shared, shared, nn.Conv2d(8, 4, 4))
    assert counted(model).macs["block.0.0"] == 2 * 4 * 4 * 8 * 8


# Nothing is silently zero


@both_counters
@pytest.mark.parametrize(
    "operation",
    [
        lambda x: x.cumsum(1),
        functional.gelu,
        functional.hardswish,
        lambda x: x.softmax(1),
        lambda x: x - x.mean(),
        lambda x: functional.interpolate(x[..., None, None], scale_factor=2.0)[..., 0, 0],
        lambda x: functional.prelu(x, x.new_ones(1)),
        lambda x: torch.cdist(x, x) + x,
    ],
    ids=["cumsum", "gelu", "hardswish", "softmax", "mean", "interpolate", "prelu", "cdist"],
)
def test_an_operation_that_nobody_has_classified_is_refused(counted, operation):
    with pytest.raises(UnknownOperation, match="does not count"):
        counted(Small(operation))


def test_the_refusal_names_the_counter_and_the_operation():
    with pytest.raises(UnknownOperation) as fvcore:
        count_with_fvcore(Small(functional.gelu), IMAGES)
    assert str(fvcore.value).startswith("fvcore does not count gelu,")
    with pytest.raises(UnknownOperation) as torchs:
        count_with_torch(Small(functional.gelu), IMAGES)
    assert str(torchs.value).startswith("torch's counter does not count gelu,")


@pytest.mark.parametrize("operation", [lambda x: x.clamp(max=6), lambda x: torch.maximum(x, x)])
def test_what_fvcore_itself_ignores_is_refused_by_torchs_count(operation):
    with pytest.raises(UnknownOperation):
        count_with_torch(Small(operation), IMAGES)


# 10 logits times a 10×10 matrix, 10 × 1×1 convolutions of them: 100 multiply-adds that belong to no layer.
MATRIX = torch.eye(10)


@both_counters
@pytest.mark.parametrize(
    "operation",
    [
        lambda x: functional.linear(x, MATRIX),
        lambda x: functional.conv2d(x[..., None, None], MATRIX[..., None, None]).flatten(1),
        lambda x: x @ MATRIX,
        lambda x: torch.einsum("bi,io->bo", x, MATRIX),
    ],
    ids=["linear", "conv2d", "matmul", "einsum"],
)
def test_multiply_adds_outside_of_layers_are_counted_or_refused(counted, operation):
    try:
        total = counted(Small(operation)).total
    except UnknownOperation:
        return
    assert total == 3456 + 256 + 40 + 100


# Nothing of the model changes


def condition(model):
    """All that counting could leave behind in a model."""
    hooks = [
        sum(map(len, (m._forward_hooks, m._forward_pre_hooks, m._backward_hooks, m._backward_pre_hooks)))
        for m in model.modules()
    ]
    flags = [(m.training, "forward" in vars(m)) for m in model.modules()]
    gradients = [(p.requires_grad, p.grad) for p in model.parameters()]
    return hooks, flags, gradients


def raises(logits):
    raise RuntimeError("the model itself fails")


@both_counters
@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("extra", [None, functional.gelu, raises], ids=["counted", "refused", "failing"])
def test_a_model_is_as_it_was_after_it_was_counted(counted, training, extra):
    model = Small(extra).train(training)
    weights, before = {key: tensor.clone() for key, tensor in model.state_dict().items()}, condition(model)
    with contextlib.suppress(DesignError, RuntimeError):
        counted(model)
    assert condition(model) == before
    assert [key for key, tensor in model.state_dict().items() if not torch.equal(tensor, weights[key])] == []


@both_counters
def test_the_mode_of_gradients_is_as_it_was(counted):
    counted(Small())
    assert torch.is_grad_enabled()


def test_torchs_counter_works_as_ever_afterwards():
    count_with_torch(Small(), IMAGES)
    with FlopCounterMode(display=False) as counter:
        Small()(IMAGES)
    assert counter.get_total_flops() == 2 * (3456 + 256 + 40)


FRESH_PROCESS = """
import inspect, sys, warnings
warnings.simplefilter("ignore")  # fvcore scripts a function when it is imported, which torch deprecates
import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import FlopCounterMode
from menet_design.graph.operation import UnknownOperation
from menet_design.verification import counters

raw = [inspect.unwrap(mode.__torch_dispatch__) for mode in TorchDispatchMode.__subclasses__()]
images = torch.rand(1, 3, 8, 8)
for extra in (nn.Identity(), nn.GELU()):
    try:
        counters.count_with_torch(nn.Sequential(nn.Conv2d(3, 8, 3), extra).eval(), images)
    except UnknownOperation:
        print("refused")
    assert "torch._dynamo" not in sys.modules
    assert not any("__dynamo_disable" in vars(dispatch) for dispatch in raw)

with FlopCounterMode(display=False) as counter:
    nn.Conv2d(3, 8, 3)(images)
assert counter.get_total_flops() == 2 * 6 * 6 * 8 * 27
"""


def test_counting_does_not_import_torchs_compiler_and_leaves_no_mark_to_keep_it_away():
    """In a process of its own: torch marks its modes for good where anything has used one without the counters."""
    done = subprocess.run([sys.executable, "-c", FRESH_PROCESS], capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "refused\n"
