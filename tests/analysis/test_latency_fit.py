"""The fit of latency: its terms and held-out errors by hand, exact sums of them, and scipy's solver beside ours."""

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from menet_design.analysis.latency_fit import _fitted, fit, terms
from menet_design.api import network
from menet_design.errors import DesignError
from menet_design.graph.builder import BlockBuilder
from menet_design.graph.network import chain

OPERATIONS, OTHER = "operations", "bytes of other operations"
DENSE, GROUP, DEPTHWISE = (f"multiply-adds of {kind}convolutions" for kind in ("", "group ", "depthwise "))


def line(pixels):
    """One 1×1 convolution of a channel on so many pixels: as many multiply-adds."""
    builder = BlockBuilder(1, 1, pixels)
    builder.conv("conv", builder.input, 1)
    return chain((1, 1, pixels), {"stage": builder.block()})


def test_the_terms_of_a_block():
    builder = BlockBuilder(4, 8, 8)
    dense = builder.relu("relu", builder.norm("norm", builder.conv("dense", builder.input, 4)))
    depthwise = builder.conv("depthwise", dense, 4, kernel=3, groups=4)
    builder.add("add", dense, builder.conv("group", depthwise, 4, groups=2))
    own = chain((4, 8, 8), {"stage": builder.block()})
    macs = {DENSE: 4 * 4 * 64, DEPTHWISE: 9 * 4 * 64, GROUP: 2 * 4 * 64}
    # The sum reads two maps and writes one. Fused, norm and ReLU are not run; otherwise each reads a map and writes one.
    fused, plain = 4 * (3 * 4 * 64), 4 * (3 * 4 * 64 + 2 * 2 * 4 * 64 + 2 * 4)
    assert terms(own, fused=True) == macs | {OTHER: fused, OPERATIONS: 4}
    assert terms(own) == macs | {OTHER: plain, OPERATIONS: 6}
    assert terms(own, "float16", fused=True)[OTHER] == fused / 2


def test_held_out_errors_by_hand():
    """1, 2 and 3 multiply-adds take 1, 2 and 4 seconds; each of the networks is one operation.

    Without the third, a second for each multiply-add fits the others, and foretells 3: an error of 1/4. Without the
    first, 2 seconds each and −2 would fit; with none below 0 it is a second for a = (1/1 + 3/4)/(1 + 9/16) = 28/25 of
    them in (a − 1)² + (3a/4 − 1)², which foretells 28/25; without the second the same sum, for the double of it.
    """
    found = fit([line(1), line(2), line(3)], [1, 2, 4])
    assert found.errors == pytest.approx((3 / 25, 3 / 25, 1 / 4))
    assert (found.median_error, found.largest_error, found.networks) == (pytest.approx(0.12), pytest.approx(0.25), 3)
    # Of all three: (a − 1)² + (a − 1)² + (3a/4 − 1)² is least at a = 44/41; the constant is 0.
    assert found.coefficients == {DENSE: pytest.approx(44 / 41), OPERATIONS: 0}
    assert found.seconds(line(41)) == pytest.approx(44)


NAMES = ["24-MENet-2x1/2", "32-MENet-4x1/2", "48-MENet-4x1/4", "48-MENet-8x1/3", "64-MENet-8x1/8", "60-MENet-6x1/5"]
NAMES += ["96-MENet-8x1/3", "108-MENet-8x1/3", "48-ResNet-15", "0.25x-MobileNet-32"]


def test_an_exact_sum_of_terms_is_found():
    networks = [network(name, resolution=32) for name in NAMES]
    each = {DENSE: 2e-11, GROUP: 5e-11, DEPTHWISE: 3e-10, OTHER: 7e-11, OPERATIONS: 4e-6}
    seconds = [sum(each[term] * amount for term, amount in terms(own, fused=True).items()) for own in networks]
    found = fit(networks, seconds, fused=True)
    assert found.coefficients == pytest.approx(each)
    assert found.largest_error < 1e-9


def test_the_images_of_a_batch_cost_together():
    one = network("48-ResNet-15", resolution=32)
    batch = network("48-ResNet-15", resolution=32, batch=2)
    assert terms(batch)[DENSE] == 2 * terms(one)[DENSE]
    assert terms(batch)[OPERATIONS] == terms(one)[OPERATIONS]


def test_what_cannot_be_fitted_is_said():
    networks = [network(name, resolution=32) for name in NAMES]
    with pytest.raises(DesignError, match=r"5 designs are too few to fit 5 terms to: .*\. Measure 6 or more"):
        fit(networks[:5], [1] * 5)
    found = fit([line(1), line(2), line(3)], [1, 2, 3])
    with pytest.raises(DesignError, match=f"24-MENet-2x1/2 has .*{GROUP}.*, which no design"):
        found.seconds(networks[0])


AMOUNTS = st.floats(0.01, 100)


@settings(max_examples=25, deadline=None)
@given(rows=st.integers(1, 4).flatmap(lambda n: st.lists(st.tuples(*[AMOUNTS] * n), min_size=n + 1, max_size=9)))
def test_no_other_coefficients_fit_better(rows):
    optimize = pytest.importorskip("scipy.optimize")
    shares = numpy.array(rows)
    found = _fitted(shares)
    assert (found >= 0).all()
    assert numpy.linalg.norm(shares @ found - 1) == pytest.approx(optimize.nnls(shares, numpy.ones(len(rows)))[1])
