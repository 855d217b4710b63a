"""The closed form against the counters that it speaks of, run on every published network at its own resolution.

fvcore and torch are run on them by the proof: tests/verification/test_zoo.py. DeepSpeed and calflops are too heavy to
install for a test, and those of earlier years do not stand beside what is installed: heavy_peers.json holds what they
reported themselves. It was made with torch 2.13.0 for the CPU, for
each published design, from model = build(design) and shape = (1, 3, design.resolution, design.resolution):

    deepspeed.profiling.flops_profiler.get_model_profile(model, shape, print_profile=False, as_string=False)[0]
    calflops.calculate_flops(model, shape, print_results=False, output_as_string=False)[0]
    thop.profile(model, (torch.zeros(shape),))[0]
    mmcv/cnn/utils/flops_counter.py: get_model_complexity_info(model, shape[1:], as_strings=False)[0]
    torchstat.statistics.ModelStat(model, shape[1:])._analyze_model(): the sums of Flops and of MAdd
"""

import json
from functools import partial
from pathlib import Path

import peers
import pytest
import torch

from menet_design import build, families, reconcile
from menet_design.analysis.counters import EARLIER, VERSIONS

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
    model, images = build(design).eval(), torch.zeros(1, 3, design.resolution, design.resolution)
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


@pytest.mark.parametrize("name", EARLIER)
def test_counters_of_earlier_years_reported_it(name):
    flops = {str(design): reconcile(design, earlier=True).counters[name] for design in PUBLISHED}
    # thop added in float32 until April 2020.
    within = 1e-6 if name in ("thop_1912", "thop_2001") else 0
    assert flops == pytest.approx(RECORDED[name]["flops"], rel=within, abs=0)
    assert f" {RECORDED[name]['version']} " in EARLIER[name].statement
