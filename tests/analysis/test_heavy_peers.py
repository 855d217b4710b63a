"""The closed form against what DeepSpeed and calflops, too heavy to install for a test, reported by themselves.

heavy_peers.json was made with torch 2.13.0 for the CPU, for each published design, from model = build(design) and
shape = (1, 3, design.resolution, design.resolution):

    deepspeed.profiling.flops_profiler.get_model_profile(model, shape, print_profile=False, as_string=False)[0]
    calflops.calculate_flops(model, shape, print_results=False, output_as_string=False)[0]
"""

import json
from pathlib import Path

import pytest

from menet_design import zoo
from menet_design.analysis.counters import VERSIONS, reconcile

RECORDED = json.loads(Path(__file__).with_name("heavy_peers.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", ["deepspeed", "calflops"])
def test_it_reported_the_closed_form_of_every_published_network(name):
    flops = {str(design): reconcile(design).counters[name] for design, _ in zoo.published()}
    assert flops == RECORDED[name]["flops"]
    assert VERSIONS[name] == RECORDED[name]["version"]
