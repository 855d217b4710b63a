"""Every published network of every family, proven layer by layer as it is, and reconciled with both counters.

One of each family by default, all of them in the long lists.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from menet_design import families, reconcile, verify

# Each line that these tests reach others reach too; tracing lines would double their time.
pytestmark = pytest.mark.no_cover


def published() -> Iterator[Any]:
    """All of them; those behind the first of their family are marked."""
    seen: set[str] = set()
    for design, _ in families.published():
        yield pytest.param(design, id=str(design), marks=[pytest.mark.slow] if design.family in seen else [])
        seen.add(design.family)


@pytest.mark.parametrize("design", list(published()))
def test_a_published_network_is_proven(design):
    agreement = verify(design)
    assert agreement.first_disagreement is None
    assert agreement.closed_form == agreement.fvcore == agreement.torch
    assert agreement.closed_form_params == agreement.params
    counters = reconcile(design).counters
    assert agreement.fvcore + sum(agreement.fvcore_others.values()) == counters["fvcore"]
    assert 2 * agreement.torch == counters["torch"]
