"""Every published network of every family, proven layer by layer at its own resolution."""

import pytest

from menet_design import verify, zoo


@pytest.mark.parametrize("design", [design for design, _ in zoo.published()], ids=str)
def test_a_published_network_is_proven(design):
    agreement = verify(design)
    assert agreement.first_disagreement is None
    assert agreement.closed_form == agreement.fvcore == agreement.torch
    assert agreement.closed_form_params == agreement.params
