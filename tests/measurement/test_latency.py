"""Measuring: who runs when, under which conditions, what is left behind, and which part is charged with what."""

import sys
from typing import ClassVar

import pytest
import torch
from onnx import TensorProto, helper
from torch import nn
from torch.nn import functional

from menet_design import build, count, network
from menet_design.errors import DesignError, MissingPackage
from menet_design.measurement import engines, machine, parts
from menet_design.measurement.conditions import Conditions
from menet_design.measurement.engines import prepare
from menet_design.measurement.latency import FEWEST, WARM_UP, interleaved, latency


@pytest.fixture(autouse=True)
def _small(monkeypatch):
    """Peaks of small matrices and copies: how high they are is not asked here."""
    monkeypatch.setattr(machine, "_SIDE", 16)
    monkeypatch.setattr(machine, "_COPIED", 16)


# Turns


class Clock:
    """A clock that only runs when something works."""

    def __init__(self):
        self.now, self.log = 0.0, []

    def __call__(self):
        return self.now

    def worker(self, name, seconds):
        def run():
            self.log.append(name)
            self.now += seconds

        return run


def test_in_a_round_each_runs_twice_and_the_second_is_timed():
    clock = Clock()
    runs = [clock.worker(name, seconds) for name, seconds in (("a", 1), ("b", 2), ("c", 4))]
    assert interleaved(runs, 0, clock=clock) == [(1,) * FEWEST, (2,) * FEWEST, (4,) * FEWEST]
    turns = [clock.log[index : index + 6] for index in range(0, len(clock.log), 6)]
    assert len(turns) == FEWEST
    assert all(turn[::2] == turn[1::2] and sorted(turn[::2]) == ["a", "b", "c"] for turn in turns)
    assert len({tuple(turn) for turn in turns}) > 2  # nobody always runs behind the same one


def test_rounds_go_on_until_the_time_is_over():
    clock, told = Clock(), []
    ((*seconds,),) = interleaved([clock.worker("a", 1)], 100, told.append, clock=clock)
    assert len(seconds) == 50  # of 2 seconds each
    assert told[-1] == "measuring: round 50"


# Conditions


class Watching(nn.Module):
    """Notes how it is run."""

    seen: ClassVar[list] = []  # by copies, too

    def __init__(self):
        super().__init__()
        self.conv, self.norm = nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4)

    def forward(self, x):
        last = x.is_contiguous(memory_format=torch.channels_last)
        self.seen.append((tuple(x.shape), x.dtype, last, self.training, torch.get_num_threads(), x.requires_grad))
        assert self.conv.weight.dtype == x.dtype
        return self.norm(self.conv(x))


def test_a_copy_of_the_model_runs_under_the_conditions_and_nothing_is_left_behind():
    model = Watching().train()
    before = torch.get_num_threads(), torch.is_grad_enabled(), torch.get_rng_state()
    conditions = Conditions("eager", 3, channels_last=True, precision="bfloat16", seconds=0)
    found = latency([(network(model, input=(3, 8, 8), batch=5), model)], conditions)
    timed = model.seen[-WARM_UP - 2 * FEWEST :]  # before these is the one that recorded the network
    assert set(timed) == {((5, 3, 8, 8), torch.bfloat16, True, False, 3, False)}
    assert len(found.timed[0].seconds) == FEWEST
    assert found.timed[0].traffic.dtype == "bfloat16"
    after = torch.get_num_threads(), torch.is_grad_enabled(), torch.get_rng_state()
    assert (before[:2], model.training, model.conv.weight.dtype) == (after[:2], True, torch.float32)
    assert torch.equal(before[2], after[2])
    assert not model._forward_hooks


def test_threads_are_put_back_where_a_model_fails():
    before = torch.get_num_threads()
    model = nn.Conv2d(4, 4, 1)
    with pytest.raises(DesignError, match=r"does not run in eager, float32: .*channels"):
        latency([(network("32-MENet-8x1/4", resolution=32), model)], Conditions(threads=5, seconds=0))
    assert torch.get_num_threads() == before


@pytest.mark.parametrize(
    ("conditions", "says"),
    [
        ({"engine": "tensorrt"}, "eager, compiled, onnxruntime"),
        ({"precision": "int8"}, "float32, bfloat16, float16"),
        ({"threads": 0}, "threads 0 is not a whole number"),
        ({"engine": "onnxruntime", "precision": "float16"}, "onnxruntime chooses its layout itself"),
        ({"engine": "onnxruntime", "channels_last": True}, "onnxruntime chooses its layout itself"),
        ({"seconds": -1}, "-1 seconds are no time"),
        ({"seconds": float("nan")}, "nan seconds are no time"),
        ({"by": "block"}, "layer, type"),
        ({"engine": "compiled", "by": "layer"}, "compiled joins layers"),
        ({"engine": "onnxruntime", "by": "layer"}, "onnxruntime joins layers"),
    ],
)
def test_conditions_that_there_are_not_are_refused(conditions, says):
    with pytest.raises(DesignError, match=says):
        Conditions(**conditions)


def test_so_is_a_measurement_of_nothing():
    with pytest.raises(DesignError, match="there is nothing to measure"):
        latency([], Conditions())


# Engines


def archive():
    """A 1×1 convolution of 3 channels with weights of 1, as ONNX."""
    shapes = {"x": (1, 3, 4, 4), "y": (1, 3, 4, 4)}
    x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in shapes.items())
    weights = helper.make_tensor("w", TensorProto.FLOAT, (3, 3, 1, 1), [1.0] * 9)
    graph = helper.make_graph([helper.make_node("Conv", ["x", "w"], ["y"], "conv")], "net", [x], [y], [weights])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10).SerializeToString()


def test_onnxruntime_runs_what_was_exported_and_times_its_kernels(monkeypatch):
    monkeypatch.setattr(engines, "exported", lambda model, inputs: archive())
    model = nn.Conv2d(3, 3, 1, bias=False)
    prepared = prepare(model, [(3, 4, 4)], 1, Conditions("onnxruntime"))
    (made,) = prepared.run()
    assert torch.tensor(made).allclose(prepared.inputs[0].sum(1, keepdim=True).expand(1, 3, 4, 4))
    (timed,) = latency(
        [(network(model, input=(3, 4, 4)), model)], Conditions("onnxruntime", seconds=0, by="type")
    ).timed
    assert "Conv" in [part.name for part in timed.parts]
    assert all(part.seconds > 0 and not part.movements for part in timed.parts)
    assert timed.traffic.fused


@pytest.mark.slow  # torch's exporter takes ten seconds, its compiler a minute
@pytest.mark.parametrize("engine", ["onnxruntime", "compiled"])
def test_engines_compute_what_the_model_does(engine):
    model = build("32-MENet-8x1/4", resolution=32).eval()
    with torch.inference_mode():
        prepared = prepare(model, [(3, 32, 32)], 2, Conditions(engine))
        made, expected = prepared.run(), model(*prepared.inputs)
        made = torch.tensor(made[0]) if engine == "onnxruntime" else made
    assert torch.allclose(made, expected, atol=1e-5)


@pytest.mark.parametrize("package", ["onnxruntime", "onnxscript"])
def test_a_package_that_lacks_is_named_with_what_installs_it(monkeypatch, package):
    import menet_design

    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingPackage, match=rf"{package}, which is not installed. Install 'menet-design\[onnx\]'"):
        menet_design.latency(nn.Conv2d(3, 3, 1), input=(3, 4, 4), engine="onnxruntime", seconds=0)


# Parts

NAME, SETTINGS = "32-MENet-8x1/4", {"resolution": 32}


def test_every_operation_belongs_to_one_layer():
    found = network(NAME, **SETTINGS)
    (timed,) = latency([(found, build(NAME, **SETTINGS))], Conditions(seconds=0, by="layer")).timed
    by_name = {part.name: part for part in timed.parts}
    assert len(by_name) == len(timed.parts)
    rows = [row.name for part in timed.parts for row in part.rows]
    assert sorted(rows) == sorted(name for name, _ in found.operations())
    assert sum(part.macs for part in timed.parts) == count(found).macs
    assert sum(part.bytes for part in timed.parts) == timed.traffic.bytes
    # A layer is called as everywhere; what functions do between layers stands under the module that calls them.
    assert [row.name for row in by_name["stage2.1.residual.compress"].rows] == ["stage2.1.residual.compress"]
    assert [row.kind for row in by_name["stage2.1.residual.shuffle"].rows] == ["shuffle"]
    assert {row.kind for row in by_name["stage2.1"].rows} == {"activation", "add"}
    assert all(part.seconds >= 0 for part in timed.parts)


class Inner(nn.Module):
    def forward(self, x):
        return functional.relu(x)


class Outer(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.inner, self.conv = Inner(), nn.Conv2d(width, width, 1)

    def forward(self, x):
        return self.conv(self.inner(x)) + self.inner(x)


def test_a_module_is_charged_with_its_time_without_that_of_modules_inside(monkeypatch):
    model, reads = Outer(3), iter([0, 1, 4, 5, 11, 20, 22, 30])
    # inner runs from 1 to 4 and from 20 to 22, conv from 5 to 11, all of it from 0 to 30.
    monkeypatch.setattr(parts, "perf_counter", lambda: float(next(reads)))
    with parts._clocked(model) as clock:
        model(torch.ones(1, 3, 2, 2))
    assert clock.own == {"inner": 3 + 2, "conv": 6, "": 30 - 5 - 6}


def test_types_gather_layers_of_a_kind_and_the_functions_between_them():
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Conv2d(4, 4, 3), Outer(4))
    (timed,) = latency([(network(model, input=(3, 8, 8)), model)], Conditions(seconds=0, by="type")).timed
    macs = {part.name: part.macs for part in timed.parts}
    assert macs == {"3×3 conv": 36 * 27 * 4 + 16 * 36 * 4, "1×1 conv": 16 * 16, "activation": 0, "functions": 0}
    assert [part.seconds for part in timed.parts] == sorted((part.seconds for part in timed.parts), reverse=True)
