"""A family is three files and a line: with these alone, every command takes it."""

import json
import re
import sys
from dataclasses import dataclass
from types import ModuleType
from typing import ClassVar

import pytest
from torch import nn

from menet_design import families
from menet_design.exploration import neighbours
from menet_design.families.design import Design, PublishedFigure, check_legal
from menet_design.families.legal import LegalRules, multiples
from menet_design.families.spelling import NUMBER, parts
from menet_design.graph.builder import BlockBuilder
from menet_design.graph.network import Assumption, chain

SPELLINGS = (re.compile(rf"(?P<width>{NUMBER})-toynet"), re.compile(rf"toynet_w(?P<width>{NUMBER})"))


@dataclass(frozen=True, kw_only=True)
class ToyNet(Design):
    """A grouped 3×3 convolution with stride 2 and a classifier."""

    family: ClassVar[str] = "toy-net"
    example: ClassVar[str] = "8-ToyNet"
    _halvings: ClassVar[int] = 1
    _legal: ClassVar[LegalRules] = {"width": multiples(3)}

    width: int

    def __post_init__(self):
        super().__post_init__()
        self._keep("width", check_legal(self, "width", lambda: f"width {self.width} does not split into 3 groups"))

    @property
    def name(self):
        return f"{self.width}-ToyNet"

    heading = name

    @property
    def identifier(self):
        return f"toynet_w{self.width}"

    @property
    def assumptions(self):
        return (Assumption("purpose", "none", "nobody has published it"),)

    @classmethod
    def _read(cls, text):
        said = parts(text, SPELLINGS)
        return said and {"width": int(said["width"])}


ToyNet.published = {ToyNet(width=12): (PublishedFigure("Table 0", 3.0, 12.3, 45.6),)}


def network(*, width, image=(3, 224, 224), classes=1000):
    stem = BlockBuilder(*image)
    x = stem.relu("relu", stem.norm("norm", stem.conv("conv", stem.input, width, kernel=3, stride=2, groups=3)))
    end = BlockBuilder(*x.output)
    end.linear("fc", end.global_pool("pool", end.input), classes)
    return chain(image, {"stem": stem.block(), "classifier": end.block()})


class Stem(nn.Sequential):
    def __init__(self, width):
        super().__init__()
        self.conv = nn.Conv2d(3, width, 3, 2, 1, groups=3, bias=False)
        self.norm = nn.BatchNorm2d(width)
        self.relu = nn.ReLU()


class Classifier(nn.Sequential):
    def __init__(self, width, size, classes):
        super().__init__()
        self.pool, self.flatten, self.fc = nn.AvgPool2d(size), nn.Flatten(), nn.Linear(width, classes)


class Model(nn.Sequential):
    def __init__(self, design):
        super().__init__()
        self.stem = Stem(design.width)
        self.classifier = Classifier(design.width, -(-design.resolution // 2), design.classes)


MODULES = {
    "families.toy_net": {"DESIGN": ToyNet},
    "families.architectures.toy_net": {
        "LETTERS": {"width": "w", "resolution": "r", "classes": "n"},
        "MULTIPLES": {"width": (3,)},
        "network": network,
    },
    "models.toy_net": {"MODEL": Model},
}


@pytest.fixture(autouse=True)
def _toys(monkeypatch):
    """The three files, and the line that says the family and its word."""
    neighbours._published.cache_clear()
    monkeypatch.setitem(families.FAMILIES, "toy-net", "toynet")
    for name, contents in MODULES.items():
        module = ModuleType(f"menet_design.{name}")
        vars(module).update(contents)
        monkeypatch.setitem(sys.modules, module.__name__, module)
    yield
    neighbours._published.cache_clear()


@pytest.mark.parametrize(
    ("command", "expected"),
    {
        # 12 channels of 9 weights on 112² pixels, and 12 weights for each of 1000 classes.
        "flops 12-ToyNet": "12-ToyNet: 1.37 MFLOPs, 0.0131 M parameters",
        "flops toynet_w12 228-MENet-12x1/3 --by stage": "stem",
        "budget 1.3 --family toy-net": "← published: Table 0",
        "budget 1.3 --family toynet --neighbours": "12.30   45.60  Table 0",
        "budget 1.3 --family toynet --verify": "12-ToyNet: proven",
        "networks toy": "Table 0",
        "table 12-ToyNet": "3×3 conv, 12, g = 3, /2",
        "verify 12-ToyNet": "proven, closed form = fvcore = torch",
        "formula toy-net": "9*r**2*w/4   (stem)",
        "size 12-ToyNet": "k×k kernels",
        "diff 12-ToyNet 15-ToyNet": "15-ToyNet against 12-ToyNet",
        "reconcile 12-ToyNet": "+ batch norm, 2 an element",
        "connectivity 12-ToyNet --prove": "12-ToyNet: proven, gradients = bit-sets",
        "picture 12-ToyNet --output -": "3×3 GConv, g = 3, /2",
    }.items(),
)
def test_every_command_takes_it(cli, command, expected):
    result = cli(command)
    assert (result.code, result.stderr) == (0, "")
    assert expected in result.stdout


def test_its_assumptions_are_said(cli):
    assert "assumption: purpose = none, nobody has published it" in cli("flops 12-ToyNet").stdout
    (result,) = json.loads(cli("flops 12-ToyNet --format json").stdout)["results"]
    assert [each["question"] for each in result["assumptions"]] == ["purpose"]


@pytest.mark.parametrize(
    ("command", "error"),
    {
        "flops 10-ToyNet": "width 10 does not split into 3 groups. Nearest legal widths: 9, 12",
        "flops toynet": "Did you mean 12-ToyNet?",
        "flops 12-ToyNet --stem 24": "a network like 8-ToyNet has no stem",
        "detector faster-rcnn 12-ToyNet": "12-ToyNet has no stages of which one could run on each proposal",
        "budget 0.0001 --family toy-net": "The smallest, 3-ToyNet",
    }.items(),
)
def test_bad_input_is_refused_as_for_every_family(cli, command, error):
    result = cli(command)
    assert (result.code, result.stdout) == (2, "")
    assert error in result.stderr
    assert result.stderr.count("\n") == 1
