"""The fit of latency: its terms and held-out errors by hand, exact sums of them, and scipy's solver beside ours."""

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from menet_design.analysis.latency_fit import Terms, fit, least_squares, terms
from menet_design.errors import DesignError
from menet_design.graph.builder import BlockBuilder
from menet_design.graph.network import chain
from menet_design.resolving import network


def line(pixels):
    """A 1×1 convolution of one channel on so many pixels: as many multiply-adds."""
    builder = BlockBuilder(1, 1, pixels)
    builder.conv("conv", builder.input, 1)
    return chain((1, 1, pixels), {"stage": builder.block()})


def test_the_terms_of_a_block():
    builder = BlockBuilder(4, 8, 8)
    conv = builder.relu("relu", builder.norm("norm", builder.conv("conv", builder.input, 4)))
    builder.add("add", conv, builder.conv("group", conv, 4, groups=2))
    own = chain((4, 8, 8), {"stage": builder.block()})
    maps = 4 * 64
    macs = 4 * maps + 2 * maps
    # Convolutions read a map and 16 or 8 weights, and write a map; the sum reads two maps and writes one. Norm and ReLU
    # read a map and write one, with two numbers a channel of the norm, or, fused, are not run.
    fused, plain = 4 * (7 * maps + 16 + 8), 4 * (11 * maps + 16 + 8 + 8)
    assert terms(own, fused=True) == (3, macs, fused)
    assert terms(own) == (5, macs, plain)
    assert terms(own, "float16").bytes == plain / 2


def test_the_images_of_a_batch_run_together():
    one, two = (terms(network("48-ResNet-15", resolution=32, batch=batch)) for batch in (1, 2))
    assert (two.operations, two.macs) == (one.operations, 2 * one.macs)
    assert one.bytes < two.bytes < 2 * one.bytes


def test_held_out_errors_by_hand():
    """Five runs of the same convolution, of which the last took twice as long.

    Where the last is held out, the others foretell half of it. Where another one is, of t = 1, 1, 1, 2 the time a is
    sought with the least 3 (a − 1)² + (a/2 − 1)²: a = (3 + 1/2) / (3 + 1/4) = 14/13. Of all five it is 18/17.
    """
    found = fit([line(100)] * 5, [1, 1, 1, 1, 2])
    assert found.errors == pytest.approx([1 / 13] * 4 + [1 / 2])
    assert (found.median_error, found.largest_error) == (pytest.approx(1 / 13), pytest.approx(1 / 2))
    assert (found.networks, found.macs) == (5, (100, 100))
    assert found.of(line(100)) == pytest.approx(18 / 17)


def test_an_exact_sum_is_found():
    seconds = Terms(4e-6, 3e-11, 7e-11)
    names = ["24-MENet-2x1/2", "48-MENet-8x1/3", "64-MENet-8x1/8", "48-ResNet-15", "0.25x-MobileNet-32", "VGG-16-CIFAR"]
    networks = [network(name) for name in names]
    takes = [sum(a * b for a, b in zip(seconds, terms(own, fused=True), strict=True)) for own in networks]
    found = fit(networks, takes, fused=True)
    assert found.seconds == pytest.approx(seconds)
    assert found.largest_error < 1e-9
    assert [found.of(own) for own in networks] == pytest.approx(takes)


def test_too_few_networks_are_refused():
    with pytest.raises(DesignError, match=r"4 designs are too few for a fit of latency. Measure 5 or more"):
        fit([line(pixels) for pixels in range(1, 5)], [1] * 4)


AMOUNTS = st.floats(0.01, 100)


@settings(max_examples=25, deadline=None)
@given(rows=st.integers(1, 4).flatmap(lambda n: st.lists(st.tuples(*[AMOUNTS] * n), min_size=n + 1, max_size=9)))
def test_no_coefficients_fit_better(rows):
    optimize = pytest.importorskip("scipy.optimize")
    shares = numpy.array(rows)
    found = least_squares(shares)
    assert (found >= 0).all()
    assert numpy.linalg.norm(shares @ found - 1) == pytest.approx(optimize.nnls(shares, numpy.ones(len(rows)))[1])
