"""The closed form against thop, torchinfo, torch and the rules of DeepSpeed, run on every published network."""

import peers
import pytest
from peers import every_network

COUNTED = {
    "torch": peers.torch_counter,
    "deepspeed": peers.deepspeed,
    "torchinfo": peers.torchinfo,
    "thop": peers.thop,  # last: it leaves buffers in the model
}


@every_network
def test_the_peers_report_it(design):
    model, images = peers.model_of(design), peers.images_for(design)
    reported = {name: peer(model, images) for name, peer in COUNTED.items()}
    assert reported.items() <= peers.expected(design).items()


@pytest.mark.parametrize("name", COUNTED)
def test_the_peers_report_it_of_all_kinds(name):
    assert peers.of_all_kinds(COUNTED[name]) == peers.by_hand(name)
