"""Names of networks elsewhere: what they mean, and what is said where they mean nothing."""

import textwrap

import pytest

from menet_design import count, network
from menet_design.errors import DesignError
from menet_design.importing import is_source
from menet_design.importing.libraries import having

NET = """
    import torch
    from torch import nn
    print("chatter")

    class Net(nn.Module):
        def __init__(self, width=8, groups=2, bias=True):
            super().__init__()
            self.conv, self.fc = nn.Conv2d(3, width, 3, 2, 1, groups=1, bias=bias), nn.Linear(width, 10)
            self.mix = nn.Conv2d(width, width, 1, groups=groups)

        def forward(self, x):
            return self.fc(self.mix(self.conv(x)).mean((2, 3)))

    class Two(nn.Module):
        def forward(self, x, y):
            return x + y

    class Fails(nn.Module):
        def forward(self, x):
            raise ValueError("first\\nthe last line")

    def needs(width):
        return Net(width)

    def nothing():
        return 3

    made = Net(4)
"""


@pytest.fixture
def net(tmp_path):
    path = tmp_path / "net.py"
    path.write_text(textwrap.dedent(NET), encoding="utf-8")
    return str(path)


def test_a_file_makes_a_network_with_settings_and_any_input(net, capsys):
    cost = count(f"{net}:Net", input=(3, 20, 30), width=12, groups=3, bias=False)
    # 27 · 12 weights on 10 × 15 pixels, 12 · 12 / 3 on the same, 12 · 10 for the classifier.
    assert (cost.macs, cost.params) == (150 * (324 + 48) + 120, 324 + 48 + 12 + 130)
    assert count(f"{net}:made").network.inputs == ((3, 224, 224),)
    assert capsys.readouterr().out == ""


def test_several_inputs(net):
    assert network(f"{net}:Two", input=[(2, 3, 3), (2, 3, 3)]).inputs == ((2, 3, 3), (2, 3, 3))


@pytest.mark.parametrize(
    ("source", "options", "error"),
    [
        ("{net}:Nett", {}, "there is no 'Nett'. It has Net"),
        ("{net}:needs", {}, "It takes width: give --set NAME=VALUE"),
        ("{net}:Net", {"width": 7}, "cannot be built: ValueError"),
        ("{net}:Net", {"depth": 7}, "unexpected keyword argument 'depth'"),
        ("{net}:nothing", {}, "makes a int, not an nn.Module"),
        ("{net}:Fails", {}, "the forward pass fails in Fails: the last line"),
        ("{net}:Two", {}, "missing 1 required positional argument"),
        ("{net}:Net", {"input": (1, 8, 8)}, "the forward pass fails in conv (Conv2d)"),
        ("nowhere.py:Net", {}, "there is no file nowhere.py"),
        ("sys:exit", {}, "ends the program"),
        (":Net", {}, "names no model"),
        ("..net:Net", {}, "names no model"),
        ("{net}:Net", {"input": (-3, 8, 8)}, "side of an input -3"),
        ("{net}:Net", {"input": (3, 2**22, 2**22)}, "of memory"),
        ("no.such.package:Net", {}, "No module named 'no'"),
        ("nowhere.pt2", {}, "cannot read nowhere.pt2"),
        ("timm:resnet5O", {}, "timm has no model 'resnet5O'. Did you mean timm:resnet50"),
    ],
)
def test_what_means_nothing_is_one_line(net, source, options, error):
    with pytest.raises(DesignError) as caught:
        network(source.format(net=net), **options)
    assert error in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_name_that_a_library_knows_is_answered_with_it():
    with pytest.raises(DesignError, match=r"resnet50 is not built in.*pytorchcv:resnet50 counts it"):
        network("resnet50")
    assert "pytorchcv" in list(having("shufflenetv2_w1"))


@pytest.mark.parametrize("source", [3, None, ["228-MENet-12x1/3"]])
def test_what_is_no_source_is_a_type_error(source):
    with pytest.raises(TypeError, match=r"a network is a name, a path, a Design, a Network or an nn.Module"):
        network(source)


def test_what_is_written_as_a_source():
    assert is_source("net.py:Net")
    assert is_source("Model.PT2")
    assert not is_source("228-MENet-12x1/3")
