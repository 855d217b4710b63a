"""Names are read by the first spelling that fits all of them."""

import re

import pytest

from menet_design.families.spelling import DECIMAL, NUMBER, parts

SPELLINGS = (
    re.compile(rf"(?P<width>{NUMBER})-net(?:/(?P<groups>{NUMBER}))?"),
    re.compile(rf"net-?(?P<scale>{DECIMAL})x"),
    re.compile("(?P<nothing>/3)?"),
)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("24-net/3", {"width": "24", "groups": "3"}),
        ("24-net", {"width": "24"}),  # what it does not say is absent
        ("net1.5x", {"scale": "1.5"}),
        ("24-net/3x", None),
        ("net1.x", None),
        ("9999999999-net", None),  # ten digits
        ("", {}),  # says nothing
    ],
)
def test_a_name_says_its_parts(text, said):
    assert parts(text, SPELLINGS) == said
