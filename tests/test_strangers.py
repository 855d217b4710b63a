"""Files of strangers, one of each kind, given to every command that reads them: one line, and nothing has run.

That each reader refuses every variant is tested beside it: tests/models/test_checkpoint.py, tests/importing/test_pt2.py
and test_onnx.py, tests/datasets/test_images.py.
"""

import os
import pickle
import struct
import warnings
import zipfile
import zlib

import pytest
import torch
from answers import check_error
from onnx import TensorProto, helper, load_model, save_model
from PIL import Image
from safetensors.torch import save
from torch import nn

import menet_design as md

NETWORK = "24-MENet-2x1/3 --resolution 32 --classes 10"
ASKED = f"--network {NETWORK}"


class Payload:
    """Unpickles by writing a file."""

    def __reduce__(self):
        return os.system, ("echo ran > ran",)


@pytest.fixture
def inside(tmp_path, monkeypatch):
    """An empty folder in another one, with a network's weights and a data set of one image."""
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    for label in range(10):
        (here / "val" / str(label)).mkdir(parents=True)
        Image.new("RGB", (8, 8)).save(here / "val" / str(label) / "a.png")
    return here


def ran(inside):
    """Whether the payload has run; as a check of itself, it does where it is unpickled."""
    found = (inside / "ran").exists()
    pickle.loads(pickle.dumps(Payload()))
    assert (inside / "ran").exists()
    return found


COMMANDS = ("classify val/0/a.png --weights {}", "evaluate val --weights {}")


@pytest.mark.parametrize("command", [*(f"{each} {ASKED}" for each in COMMANDS), f"verify {NETWORK} --weights {{}}"])
def test_a_checkpoint_runs_nothing(cli, inside, command):
    torch.save({"state_dict": {"conv.weight": torch.ones(2, 2), "payload": Payload()}}, "evil.pth")
    check_error(
        cli(command.format("evil.pth")), "evil.pth holds more than tensors and is not loaded: it could run code"
    )
    assert not ran(inside)


@pytest.mark.parametrize("command", [*COMMANDS, f"verify {NETWORK} --weights {{}}", "flops {}"])
def test_a_program_of_torch_runs_nothing(cli, inside, command):
    """All that is pickled in it is a payload; `flops` reads its JSON alone."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.export.save(torch.export.export(nn.Linear(3, 5), (torch.ones(1, 3),)), "good.pt2")
    pickled = 0
    with zipfile.ZipFile("good.pt2") as good, zipfile.ZipFile("evil.pt2", "w") as evil:
        for name in good.namelist():
            is_pickled = name.endswith(".pt")
            pickled += is_pickled
            evil.writestr(name, pickle.dumps(Payload()) if is_pickled else good.read(name))
    assert pickled
    done = cli(command.format("evil.pt2"))
    if command.startswith("flops"):
        assert done.code == 0
    else:
        check_error(done, "evil.pt2 is a")  # program, or archive of torch.export
    assert not ran(inside)


@pytest.mark.parametrize("command", COMMANDS)
def test_weights_of_a_few_bytes_do_not_take_terabytes(cli, inside, command):
    """VGG-16 on images of 16,384 pixels a side has 512·512²·4096 weights in its first fully connected layer: 2.2 TB."""
    said = {"menet-design": '{"name": "VGG-16", "resolution": 16384}'}
    (inside / "evil.safetensors").write_bytes(save({"a": torch.ones(2, 2)}, said))
    check_error(cli(command.format("evil.safetensors")), "VGG-16, 16384×16384 needs about 2")


# Programs of ONNX, whose weights may lie in other files


@pytest.fixture
def outside(inside):
    """A program of ONNX that sees ten classes, and what puts its weights into another file."""
    weights = helper.make_tensor("w", TensorProto.FLOAT, (192, 10), bytes(7680), raw=True)
    nodes = [helper.make_node("Flatten", ["x"], ["y"]), helper.make_node("MatMul", ["y", "w"], ["z"])]
    values = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
        for name, shape in (("x", (1, 3, 8, 8)), ("z", (1, 10)))
    ]
    graph = helper.make_graph(nodes, "graph", values[:1], values[1:], [weights])
    save_model(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10), "net.onnx")

    def put(location):
        model = load_model("net.onnx")
        (tensor,) = model.graph.initializer
        tensor.ClearField("raw_data")
        tensor.data_location = TensorProto.EXTERNAL
        tensor.external_data.add(key="location", value=location)
        save_model(model, "outside.onnx")

    return put


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("location", ["../secret", "{folder}/secret", "beside", "link"])
def test_a_program_reads_no_other_file(cli, inside, outside, command, location):
    """Nor one in its own folder: what a file names is not what a person named."""
    secret = inside.parent / "secret"
    secret.write_bytes(bytes(7680))
    (inside / "beside").write_bytes(bytes(7680))
    (inside / "link").symlink_to(secret)
    outside(location.format(folder=inside.parent))
    assert cli(command.format("net.onnx")).code == 0
    check_error(cli(command.format("outside.onnx")), "outside.onnx has weights in another file, which is not read")


def test_weights_that_a_node_holds_may_not_lie_outside_either(cli, inside):
    value = TensorProto(dims=(1, 10), data_type=TensorProto.FLOAT, data_location=TensorProto.EXTERNAL)
    value.external_data.add(key="location", value="../secret")
    nodes = [
        helper.make_node("Constant", [], ["c"], value=value),
        helper.make_node("ReduceMean", ["x"], ["m"], axes=[1, 2, 3], keepdims=0),
        helper.make_node("Unsqueeze", ["m"], ["u"], axes=[1]),
        helper.make_node("Add", ["u", "c"], ["z"]),
    ]
    values = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
        for name, shape in (("x", (1, 3, 8, 8)), ("z", (1, 10)))
    ]
    graph = helper.make_graph(nodes, "graph", values[:1], values[1:])
    save_model(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 11)], ir_version=8), "held.onnx")
    check_error(cli("classify val/0/a.png --weights held.onnx"), "held.onnx has weights in another file")


# Images


def bomb():
    """A PNG of 2.5 thousand million pixels in a hundred bytes."""

    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 50_000, 50_000, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(bytes(99))) + chunk(b"IEND", b"")


IMAGES = {
    "bomb": (bomb(), "decompression bomb"),
    "PostScript": (
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 8 8\n(ran) (w) file closefile\n",
        "it is none of JPEG",
    ),
    "SVG": (b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>', "it is none of JPEG"),
    "pickle": (pickle.dumps(Payload()), "it is none of JPEG"),
}


@pytest.mark.parametrize("kind", IMAGES)
def test_an_image_is_refused_in_a_line_that_names_it(cli, inside, kind):
    content, says = IMAGES[kind]
    (inside / "val" / "3" / "evil.png").write_bytes(content)
    md.export("24-MENet-2x1/3", "net.safetensors", resolution=32, classes=10)
    for command in (
        "classify val/3/evil.png --weights net.safetensors",
        "evaluate val --weights net.safetensors",
        f"connectivity {NETWORK} --images val/3 --weights net.safetensors",
    ):
        done = cli(command)
        check_error(done, says)
        assert "val/3/evil.png cannot be read as a picture" in done.stderr
    assert not ran(inside)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no FIFOs here")
def test_nobody_waits_for_a_fifo(cli, inside):
    md.export("24-MENet-2x1/3", "net.safetensors", resolution=32, classes=10)
    for name in ("val/3/pipe.png", "pipe.pth", "pipe.onnx", "pipe.json"):
        os.mkfifo(name)
    for command in (
        "classify val/3/pipe.png --weights net.safetensors",
        "evaluate val --weights net.safetensors",
        f"classify val/0/a.png --weights pipe.pth {ASKED}",
        "classify val/0/a.png --weights pipe.onnx",
        "classify val/0/a.png --weights net.safetensors --labels pipe.json",
        "evaluate val --weights net.safetensors --resume pipe.json",
    ):
        check_error(cli(command), "is not a regular file")
