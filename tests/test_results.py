"""Results are values that print in a line: frozen, without the methods of tuples, and with no bit-set in sight."""

from dataclasses import FrozenInstanceError, fields, is_dataclass

import pytest
import torch
from PIL import Image

import menet_design as md
from menet_design.analysis.layout import layout
from menet_design.families.effnet import EffNet

# The network of the longest assumptions, and one of many channels and blocks.
SAID, LARGE, SMALL = "GoogLeNet-3x3", "456-MENet-24x1/3", EffNet(width=8)


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    path = tmp_path_factory.mktemp("weights") / "weights.pth"
    torch.save(md.build(md.parse("24-MENet-2x1/3", resolution=32)).state_dict(), path)
    (path.parent / "val" / "n02124075").mkdir(parents=True)
    Image.effect_noise((40, 40), 60).save(path.parent / "val" / "n02124075" / "cat.png")
    return path


RESULTS = {
    "Network": lambda _: md.network(SAID),
    "Cost": lambda _: md.count(SAID),
    "Group": lambda _: md.count(LARGE).by("stage")[0],
    "Connectivity": lambda _: md.connectivity(LARGE),
    "BlockConnectivity": lambda _: md.connectivity(LARGE).blocks[0],
    "Pair": lambda _: md.connectivity(LARGE).pairs[0],
    "Connections": lambda _: md.connections(8, 88),
    "Reconciliation": lambda _: md.reconcile(SAID),
    "Difference": lambda _: md.diff(SAID, LARGE),
    "StoredSize": lambda _: md.size(SAID, "pattern+int8"),
    "Memory": lambda _: md.memory(SAID, "float16", in_place=True),
    "Latency": lambda _: md.latency(SMALL, seconds=0),
    "Solution": lambda _: md.solve(140e6, 8),
    "Detection": lambda _: md.detect(LARGE),
    "Layout": lambda _: layout([md.count(LARGE), md.count("228-MENet-12x1/3")]),
    "Formula": lambda _: md.formula("mobilenet"),
    "Agreement": lambda _: md.verify(SMALL),
    "Probe": lambda _: md.probe(SMALL),
    "Classified": lambda path: md.classify(
        path.parent / "val" / "n02124075" / "cat.png", path, "24-MENet-2x1/3", resolution=32
    ),
    "Evaluated": lambda path: md.evaluate(path.parent / "val", path, "24-MENet-2x1/3", resolution=32),
    "Trained": lambda path: md.trained(md.parse("24-MENet-2x1/3", resolution=32), path, torch.rand(2, 3, 32, 32)),
}


@pytest.mark.parametrize(("name", "make"), RESULTS.items(), ids=RESULTS)
def test_a_result_is_a_value_that_prints_in_a_line(name, make, weights):
    result = make(weights)
    assert type(result).__name__ == name
    assert "\n" not in repr(result)
    assert len(repr(result)) < 300, repr(result)
    assert is_dataclass(result)
    assert not isinstance(result, tuple)
    assert not hasattr(result, "index")
    with pytest.raises(FrozenInstanceError):
        setattr(result, fields(result)[0].name, None)
