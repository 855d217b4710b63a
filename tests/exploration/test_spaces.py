"""Lattices of designs, and metrics of all their designs at once, against designs made and counted one by one."""

from fractions import Fraction
from itertools import product

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import OF_FAMILY

from menet_design import count, memory, size
from menet_design.errors import DesignError
from menet_design.exploration.closed_forms import ClosedForm
from menet_design.exploration.evaluation import OnPlane
from menet_design.exploration.metrics import metric
from menet_design.exploration.space import Space
from menet_design.families import FAMILIES, family
from menet_design.families.design import Design

# What a design costs, by the functions that count one network.
COUNTED = {
    ("macs", False): lambda design: count(design).macs,
    ("params", False): lambda design: count(design).params,
    ("activations", False): lambda design: count(design).activations,
    ("memory", False): lambda design: memory(design, "int8").peak,
    ("memory", True): lambda design: memory(design, "int8", in_place=True).peak,
    ("size", False): lambda design: size(design, "pattern+int8").bytes,
    ("fusion_share", False): lambda design: count(design).share("fusion"),
    ("loss", False): lambda design: Fraction(design.groups - 1, design.groups),
}
HAVING = {"fusion_share": ("menet",), "loss": ("menet", "shufflenet")}


def around(design: Design) -> Space:
    """The designs around one: some widths below its own, its resolution, which is made whole, and twice that."""
    side = design.smallest_resolution() * max(1, design.resolution // design.smallest_resolution() // 2)
    fixed = {name: (value,) for name, value in design.numbers().items() if name not in ("stage2_groups", "channels")}
    return Space(
        design.family,
        {**fixed, "width": range(max(1, design.width - 16), design.width + 1), "resolution": (side, 2 * side)},
    )


def brute_force(space: Space) -> list[Design]:
    """Every design that can be made of the candidates."""
    found = []
    for values in product(*space.axes.values()):
        try:
            found.append(family(space.family)(**dict(zip(space.axes, values, strict=True))))
        except DesignError:
            continue
    return found


@pytest.mark.parametrize("name", FAMILIES)
@settings(max_examples=4, deadline=None)
@given(data=st.data())
def test_the_legal_designs_are_all_that_can_be_made_and_cost_what_each_costs_by_itself(name, data):
    space = around(data.draw(OF_FAMILY[name]))
    space.check()
    assert {*map(space.at, range(space.legal))} == {*brute_force(space)}
    boxes = list(space.boxes(0, space.legal))
    assert sum(box.size for box in boxes) == space.legal
    box = data.draw(st.sampled_from(boxes))
    place = data.draw(st.integers(0, box.size - 1))
    design = space.at(box.start + place)
    for (each, in_place), counted in COUNTED.items():
        if name in HAVING.get(each, FAMILIES):
            asked = metric(each, "int8", in_place, "pattern+int8")
            values = OnPlane(space, box.plane).in_box(asked, box, box.grid())
            assert numpy.broadcast_to(values, box.shape).reshape(-1)[place] == float(counted(design)), asked.name
            assert asked.of(design) == counted(design)


@pytest.mark.parametrize("name", [name for name in FAMILIES if name != "resnext15"])
@settings(max_examples=3, deadline=None)
@given(data=st.data())
def test_what_is_said_to_grow_with_the_width_does(name, data):
    design = data.draw(OF_FAMILY[name])
    legal = design.legal_values("width", design.numbers())
    place = data.draw(st.integers(1, 20))
    two = [design.but(width=legal.value(legal.indices[index])) for index in (place - 1, place)]
    for each in ("macs", "params", "activations", "memory", "size"):
        asked = metric(each, "float16", in_place=True, scheme="pattern+int8")
        below, above = map(asked.of, two)
        assert asked.grows
        assert below < above if asked.climbs else below <= above


def test_maxima_of_numbers_and_of_arrays_are_exact():
    for widths, sides in ((2, (32, 64)), (range(2, 30, 2), (32,)), (14, (32,))):
        space = Space("effnet", {"width": widths if isinstance(widths, range) else (widths,), "resolution": sides})
        (box,) = space.boxes(0, space.legal)
        values = OnPlane(space, box.plane).in_box(metric("macs"), box, box.grid())
        designs = map(space.at, range(space.legal))
        assert numpy.broadcast_to(values, box.shape).reshape(-1).tolist() == [count(each).macs for each in designs]


def test_a_plane_with_longer_rows_than_a_box_is_exact():
    space = Space(
        "menet",
        {"groups": (1,), "stem": (8,), "width": range(9, 14), "fusion": range(1, 40_001), "classes": range(1, 4)},
    )
    *_, box = space.boxes(0, space.legal)
    values = OnPlane(space, box.plane).in_box(metric("macs"), box, box.grid())
    assert values.reshape(-1)[-1] == count(space.at(space.legal - 1)).macs
    assert space.legal == 40_000 * 3  # of the widths 12 alone


def test_a_plane_is_cut_into_boxes_whose_indices_follow_each_other():
    space = Space("menet", {"groups": (1, 2), "stem": (24,), "fusion": range(1, 400), "width": range(28, 2000)})
    ends = [(box.start, box.start + box.size) for box in space.boxes(0, space.legal)]
    assert [stop for _, stop in ends] == [*(start for start, _ in ends[1:]), space.legal]
    assert len(ends) > 4
    # Multiples of 4 from 28, and of 8 from 32, below 2000, by 399 fusion widths.
    assert space.legal == 399 * (493 + 246)
    assert space.considered == 2 * 399 * 1972


@pytest.mark.parametrize(("stop", "dtype"), [(2**52, "float64"), (2**60, "int64")])
def test_large_whole_numbers_are_exact(stop, dtype):
    form = ClosedForm(("x",), ({(1,): 1, (0,): 1},)).at({}, {"x": stop})
    assert form.dtype == dtype
    assert form.values({"x": numpy.array([stop])}).tolist() == [stop + 1]


def test_what_may_be_beyond_2_to_the_63_is_refused():
    with pytest.raises(DesignError, match="beyond 2\\^63"):
        ClosedForm(("x",), ({(2,): 3},)).at({}, {"x": 2**31})
