"""SEP-Net: its names, what is legal in it, what its paper figures, and that its end is labelled a reconstruction."""

import pytest

from menet_design import count, parse, solve
from menet_design.errors import DesignError, IllegalDesign
from menet_design.families.sepnet import SEPNet


@pytest.mark.parametrize(
    ("text", "width"),
    [
        ("SEP-Net", 64),
        ("sepnet", 64),
        ("SEP-Net-R", 64),  # one network under three storage schemes
        ("SEP-Net-B", 64),
        ("sep-net-bq", 64),
        ("32-SEP-Net", 32),
        ("sepnet_w96", 96),
    ],
)
def test_spellings(text, width):
    assert parse(text) == SEPNet(width=width)


def test_an_unknown_sep_net_suggests_the_known_one():
    with pytest.raises(DesignError, match="SEP-Net"):
        parse("SEP-Net-X")


# The second block of a module has a quarter of its channels, in 4 groups: 16 divides the width.
@pytest.mark.parametrize(("width", "nearest"), [(40, (32, 48)), (1, (16,)), (63.5, (48, 64)), (65537, (5888,))])
def test_an_illegal_width_names_the_nearest(width, nearest):
    with pytest.raises(IllegalDesign, match="Nearest legal widths") as error:
        SEPNet(width=width)
    assert error.value.nearest == nearest


def test_it_has_the_printed_parameters():
    assert round(count(SEPNet()).params / 1e6, 1) == 1.3


def test_a_budget_recovers_the_width():
    assert solve(1_300_000, family="sepnet", metric="params").choice == SEPNet()


def test_what_is_no_published_part_is_said_to_be_a_reconstruction(cli):
    head, _ = SEPNet(width=32).assumptions
    assert (head.question, head.answer, head.instead) == ("head", "356", ("32-SEP-Net-head1024",))  # 712 · 32/64
    assert "after module 4 are not published" in head.remark
    for command in ("flops", "size", "table", "budget 840 --family"):
        printed = " ".join(cli(f"{command} SEP-Net").stdout.split())
        assert all(f"assumption: {assumption}" in printed for assumption in SEPNet().assumptions)


def test_another_head_is_another_network():
    other = parse("SEP-Net-head1024")
    assert (other.width, other.head) == (64, 1024)
    # 312 more channels: 256 weights and a batch norm each, and a weight for each of 1000 classes.
    assert count(other).params - count(SEPNet()).params == 312 * (256 + 2 + 1000)
    assert parse("SEP-Net-head712") == SEPNet()
    assert other.but(width=128).head == 1024
    assert SEPNet().but(width=128).head == 1424
