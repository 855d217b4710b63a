"""The closed form against fvcore, run on every published network."""

import peers
from peers import every_network


@every_network
def test_fvcore_reports_it(design):
    assert peers.fvcore(peers.model_of(design), peers.images_for(design)) == peers.expected(design)["fvcore"]


def test_fvcore_reports_it_of_all_kinds():
    assert peers.of_all_kinds(peers.fvcore) == peers.by_hand("fvcore")
