"""Every published network of every family, proven layer by layer."""

import pytest

from menet_design import verify, zoo
from menet_design.design import MIN_RESOLUTION


# At the smallest resolution, so that VGG-16 has room: what a layer costs at any other is its formula's to say.
@pytest.mark.parametrize("design", [design for design, _ in zoo.published()], ids=str)
def test_a_published_network_is_proven(design):
    agreement = verify(design.but(resolution=MIN_RESOLUTION))
    assert agreement.first_disagreement is None
    assert agreement.closed_form == agreement.fvcore == agreement.torch
    assert agreement.closed_form_params == agreement.params
