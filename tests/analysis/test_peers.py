"""The closed form against the counters that it speaks of, run on every published network at its own resolution.

fvcore and torch are run on them by the proof: tests/verification/test_zoo.py.
"""

from functools import partial

import peers
import pytest
import torch

from menet_design import build, zoo
from menet_design.analysis.counters import reconcile

# Each line that these tests reach others reach too; tracing lines would double their time.
pytestmark = pytest.mark.no_cover

PUBLISHED = [design for design, _ in zoo.published()]
COUNTED = {
    "ptflops_pytorch": partial(peers.ptflops, "pytorch"),
    "ptflops_aten": partial(peers.ptflops, "aten"),
    "deepspeed": peers.deepspeed,
    "torchinfo": peers.torchinfo,
    "thop": peers.thop,  # last: it leaves buffers in the model
}
PROVEN = {"fvcore": peers.fvcore, "torch": peers.torch_counter}


@pytest.mark.parametrize("design", PUBLISHED, ids=str)
def test_the_peers_report_it(design):
    model, images = build(design), torch.zeros(1, 3, design.resolution, design.resolution)
    reported = {name: peer(model, images) for name, peer in COUNTED.items()}
    assert reported == {name: reconcile(design).counters[name] for name in COUNTED}


@pytest.mark.parametrize(("name", "peer"), {**COUNTED, **PROVEN}.items(), ids=[*COUNTED, *PROVEN])
def test_the_peers_report_it_of_all_kinds(name, peer):
    assert peers.of_all_kinds(peer) == peers.by_hand(name)
