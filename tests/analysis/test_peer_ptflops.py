"""The closed form against both backends of ptflops, run on every published network."""

from functools import partial

import peers
import pytest
from peers import every_network

BACKENDS = ["pytorch", "aten"]


@every_network
def test_ptflops_reports_it(design):
    model, images = peers.model_of(design), peers.images_for(design)
    reported = {f"ptflops_{backend}": peers.ptflops(backend, model, images) for backend in BACKENDS}
    assert reported.items() <= peers.expected(design).items()


@pytest.mark.parametrize("backend", BACKENDS)
def test_ptflops_reports_it_of_all_kinds(backend):
    assert peers.of_all_kinds(partial(peers.ptflops, backend)) == peers.by_hand(f"ptflops_{backend}")
