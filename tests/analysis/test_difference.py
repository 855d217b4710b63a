"""Two networks aligned by full name: whose rows, in which order, and that the changes sum to those of the totals."""

import pytest

from menet_design import count, diff
from menet_design.analysis.cost import GROUPINGS
from menet_design.analysis.difference import METRICS, Change

MENET, SHUFFLENET = "228-MENet-12x1/3", "ShuffleNet-1x/3"
PAIRS = [(MENET, SHUFFLENET), (SHUFFLENET, MENET), (MENET, "VGG-16"), ("0.5x-MobileNet-224", MENET)]
SMALL = "108-MENet-8x1/3"


@pytest.mark.parametrize("grouping", GROUPINGS)
@pytest.mark.parametrize(("a", "b"), PAIRS)
def test_the_changes_sum_to_those_of_the_totals(a, b, grouping):
    found = diff(a, b)
    for metric in METRICS:
        total = getattr(count(b), metric) - getattr(count(a), metric)
        assert sum(change.amount(metric) for change in found.by(grouping)) == found.amount(metric) == total


@pytest.mark.parametrize(("a", "b"), PAIRS)
def test_every_layer_of_both_stands_once_and_those_of_each_in_its_order(a, b):
    found = diff(a, b)
    changes = found.by("layer")
    first, second = found.a.rows, found.b.rows
    assert tuple(change.a for change in changes if change.a) == first
    assert {change.b.name for change in changes if change.b} == {row.name for row in second}
    assert len(changes) == len({row.name for row in (*first, *second)})


def test_what_only_menet_has_is_its_fusion_branch():
    """Fig. 3 of the paper: the residual branches of the two units have the same layers."""
    changes = diff(MENET, SHUFFLENET).by("layer")
    assert {change.name.split(".")[2] for change in changes if change.b is None} == {"fusion"}
    assert [change for change in changes if change.a is None] == []
    # The other way round, a layer that only b has follows the one that it follows there.
    assert [change.name for change in diff(SHUFFLENET, MENET).by("layer")] == [row.name for row in count(MENET).rows]


def test_the_change_of_a_layer():
    """The classifier of 108-MENet has 432 inputs, that of 228-MENet 912; it has 1000 outputs with a bias each."""
    (classifier,) = (change for change in diff(SMALL, MENET).by("layer") if change.name == "classifier.fc")
    assert [classifier.amount(metric) for metric in METRICS] == [480_000, 480_000, 0]
    # What is not there costs nothing.
    row = count(SMALL).rows[0]
    assert Change(row.name, row, None).amount("macs") == -row.macs
    assert Change(row.name, None, row).amount("params") == row.params


def test_a_network_does_not_differ_from_itself():
    assert all(change.is_none and change.a == change.b for change in diff(SMALL, SMALL).by("layer"))
    assert not all(change.is_none for change in diff(SMALL, MENET).by("layer"))
