"""Weights with the design that they belong to: all that loading needs, and nothing that could run."""

import json
import struct

import pytest
import torch
from answers import check_error
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors import safe_open
from safetensors.torch import save_file
from strategies import OF_FAMILY, smallest
from torch import nn

from menet_design import build, export, families, load_checkpoint, parse
from menet_design.errors import DesignError, NotationError
from menet_design.families.metadata import written
from menet_design.families.naming import options

SMALL = "24-MENet-4x1/3"
NUMBERS = {"resolution": 32, "classes": 10, "blocks": (1, 1, 1)}


def file_of(path, header, length=None):
    """A file of safetensors with a header, and no tensors."""
    head = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(head) if length is None else length) + head)
    return path


def saying(path, said):
    """A file of safetensors that says something of its design."""
    return file_of(path, {"__metadata__": {"menet-design": said if isinstance(said, str) else json.dumps(said)}})


def assert_alike(one, other):
    assert one.state_dict().keys() == other.state_dict().keys()
    assert all(torch.equal(tensor, other.state_dict()[name]) for name, tensor in one.state_dict().items())


LARGE = ("vgg", "vgg-cifar", "googlenet")


@pytest.mark.parametrize(
    "family", [pytest.param(each, marks=[pytest.mark.slow] * (each in LARGE)) for each in families.FAMILIES]
)
def test_a_file_is_all_that_loading_needs(family, tmp_path):
    torch.manual_seed(4)
    design, path = smallest(family), tmp_path / "model.safetensors"
    model = build(design)
    export(model, path)
    loaded = build(path)
    assert loaded.design == design
    assert_alike(loaded, model)
    assert_alike(load_checkpoint(build(design), path), model)


@settings(max_examples=60)
@given(data=st.data())
def test_every_legal_design_is_read_back(data, tmp_path_factory):
    family, channels = data.draw(st.sampled_from(sorted(families.FAMILIES))), data.draw(st.sampled_from([1, 3]))
    design = data.draw(OF_FAMILY[family]).but(channels=channels)
    path = tmp_path_factory.getbasetemp() / "said.safetensors"
    assert parse(file_of(path, {"__metadata__": written(design.name, options(design))})) == design


def test_others_read_the_tensors_under_our_names(tmp_path):
    path = tmp_path / "model.safetensors"
    export(SMALL, path, **NUMBERS)
    with safe_open(path, framework="pt") as file:
        assert set(file.keys()) == set(build(SMALL, **NUMBERS).state_dict())
        said = {"name": "24-MENet-4x1/3", "stem": 12, "resolution": 32, "classes": 10, "blocks": [1, 1, 1]}
        assert json.loads(file.metadata()["menet-design"]).items() <= said.items()


def test_random_weights_follow_from_their_seed_and_leave_torchs_own_generator(tmp_path):
    before = torch.get_rng_state()
    files = [tmp_path / f"{index}.safetensors" for index in range(3)]
    for path, seed in zip(files, (0, 0, 1), strict=True):
        assert f"random weights (seed {seed})" in str(export(SMALL, path, seed=seed, **NUMBERS))
    first, same, other = (path.read_bytes() for path in files)
    assert first == same != other
    assert torch.equal(torch.get_rng_state(), before)


def test_weights_are_those_of_a_checkpoint_read_as_others_are(cli, tmp_path):
    model, weights, path = build(SMALL, **NUMBERS), tmp_path / "theirs.pth", tmp_path / "ours.safetensors"
    torch.save({"model": {f"module.{name}": each for name, each in model.state_dict().items()}}, weights)
    sizes = "--resolution 32 --classes 10 --blocks 1,1,1"
    done = cli(f"export {SMALL} {sizes} --weights", weights, "--output", path)
    assert done.stdout.splitlines()[1] == f"weights of theirs.pth; {path.stat().st_size:,} bytes"
    assert_alike(build(path), model)
    check_error(cli(f"export {SMALL} {sizes} --key ema --weights", weights, "-o", tmp_path / "a.pt2"), "no state dict")


def test_a_file_of_weights_is_a_network_for_every_command(cli, tmp_path):
    path, again = tmp_path / "model.safetensors", tmp_path / "again.safetensors"
    export(SMALL, path, seed=5, **NUMBERS)
    assert cli("flops", path).stdout == cli(f"flops {SMALL} --resolution 32 --classes 10 --blocks 1,1,1").stdout
    assert cli("export", path, "--output", again).stdout.splitlines()[1].startswith("weights of model.safetensors")
    assert again.read_bytes() == path.read_bytes()
    assert cli("export", path, "--output", tmp_path / "net.py").code == 0
    check_error(cli("flops --classes 20", path), "says classes 10, classes 20 is asked for")


def test_weights_of_another_module_stand_alone(tmp_path):
    tied = nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 4))
    tied[1].weight = tied[0].weight
    path = tmp_path / "tied.safetensors"
    assert "the module's own weights" in str(export(tied, path, input=(4,)))
    assert_alike(load_checkpoint(nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 4)), path), tied)
    with pytest.raises(NotationError, match="does not say which network its weights belong to"):
        parse(path)


ODD = {
    "nothing": "",
    "no object": "[]",
    "a number": "3",
    "a key twice": '{"name": "VGG-16", "name": "VGG-11"}',
    "no name": {"classes": 10},
    "no text": {"name": 16},
    "a deep list": '{"name": "VGG-16", "classes": ' + "[" * 100000,
    "a long number": '{"name": "VGG-16", "classes": ' + "9" * 10000 + "}",
    "a path": {"name": "/etc/model.json"},
    "itself": {"name": "model.safetensors"},
    "code": {"name": "net.py:Net"},
    "no network": {"name": "LeNet"},
    "a number of none": {"name": "VGG-16", "groups": 3},
    "a method": {"name": "VGG-16", "read": 3},
    "half a class": {"name": "VGG-16", "classes": 0.5},
    "no class": {"name": "VGG-16", "classes": 0},
    "too many": {"name": "VGG-16", "classes": 10**12},
    "words": {"name": "VGG-16", "classes": "ten"},
    "many sides": {"name": "VGG-16", "resolution": [32, 32, 32]},
    "an object": {"name": "VGG-16", "classes": {"n": 1}},
    "two blocks": {"name": "228-MENet-12x1/3", "blocks": [1, 1]},
    "blocks of words": {"name": "228-MENet-12x1/3", "blocks": ["a", "b", "c"]},
    "no blocks": {"name": "228-MENet-12x1/3", "blocks": 3},
    "small and large": {"name": "1x-MobileNet-224", "small_images": 3},
    "a class": {"name": "VGG-16", "classes": True},
    "endless blocks": {"name": "228-MENet-12x1/3", "blocks": [10**9] * 3},
}


@pytest.mark.parametrize("said", ODD.values(), ids=ODD)
def test_what_a_stranger_says_of_a_design_is_one_error(said, cli, tmp_path):
    check_error(cli("flops", saying(tmp_path / "model.safetensors", said)), "")


HEADERS = {
    "empty": (b"", 0),
    "shorter than it says": (b"{}", 100),
    "as long as memory": (b"{}", 2**63),
    "no JSON": (b"\x80\x04\x95", None),
    "a list": (b"[]", None),
    "metadata of numbers": (b'{"__metadata__": 3}', None),
    "metadata of no text": (b'{"__metadata__": {"menet-design": 3}}', None),
}


@pytest.mark.parametrize(("header", "length"), HEADERS.values(), ids=HEADERS)
def test_so_is_a_header_that_is_none(header, length, cli, tmp_path):
    check_error(cli("flops", file_of(tmp_path / "model.safetensors", header, length)), "model.safetensors")


def test_a_file_whose_tensors_are_not_its_designs_is_refused(tmp_path):
    path = tmp_path / "model.safetensors"
    torch.manual_seed(0)
    save_file(build(SMALL, **NUMBERS).state_dict(), path, written(SMALL, NUMBERS | {"classes": 9}))
    with pytest.raises(DesignError, match="does not fit the design"):
        build(path)
