"""The closed form against the counters that it speaks of, run on every published network at its own resolution.

fvcore and torch are run on them by the proof: tests/verification/test_zoo.py. DeepSpeed and calflops are too heavy to
install for a test: heavy_peers.json holds what they reported themselves. It was made with torch 2.13.0 for the CPU, for
each published design, from model = build(design) and shape = (1, 3, design.resolution, design.resolution):

    deepspeed.profiling.flops_profiler.get_model_profile(model, shape, print_profile=False, as_string=False)[0]
    calflops.calculate_flops(model, shape, print_results=False, output_as_string=False)[0]
"""

import json
from functools import partial
from pathlib import Path

import peers
import pytest
import torch

from menet_design import build, families, reconcile
from menet_design.analysis.counters import VERSIONS

# Each line that these tests reach others reach too; tracing lines would double their time.
pytestmark = pytest.mark.no_cover

PUBLISHED = [design for design, _ in families.published()]
COUNTED = {
    "ptflops_pytorch": partial(peers.ptflops, "pytorch"),
    "ptflops_aten": partial(peers.ptflops, "aten"),
    "deepspeed": peers.deepspeed,
    "torchinfo": peers.torchinfo,
    "thop": peers.thop,  # last: it leaves buffers in the model
}
PROVEN = {"fvcore": peers.fvcore, "torch": peers.torch_counter}
RECORDED = json.loads(Path(__file__).with_name("heavy_peers.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("design", PUBLISHED, ids=str)
def test_the_peers_report_it(design):
    model, images = build(design), torch.zeros(1, 3, design.resolution, design.resolution)
    reported = {name: peer(model, images) for name, peer in COUNTED.items()}
    assert reported == {name: reconcile(design).counters[name] for name in COUNTED}


@pytest.mark.parametrize(("name", "peer"), {**COUNTED, **PROVEN}.items(), ids=[*COUNTED, *PROVEN])
def test_the_peers_report_it_of_all_kinds(name, peer):
    assert peers.of_all_kinds(peer) == peers.by_hand(name)


@pytest.mark.parametrize("name", ["deepspeed", "calflops"])
def test_the_heavy_peers_reported_it(name):
    flops = {str(design): reconcile(design).counters[name] for design in PUBLISHED}
    assert flops == RECORDED[name]["flops"]
    assert VERSIONS[name] == RECORDED[name]["version"]
