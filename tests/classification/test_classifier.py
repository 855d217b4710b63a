"""A network with its weights, by torch and by onnxruntime: which it is, that both agree, and what is refused."""

import json
import shutil
from importlib.util import find_spec
from pathlib import Path

import pytest
import torch
from onnx import TensorProto, helper, save_model
from torch import nn

import menet_design as md
from menet_design.classification.classifier import of_model, of_onnx, source_of
from menet_design.classification.classify import classify
from menet_design.classification.session import session
from menet_design.errors import DesignError, NotationError

DATA = Path(__file__).parents[3] / "shared" / "data"
AUTHORS = DATA / "108-MENet-8x1-group-3.pth.tar"
needs_data = pytest.mark.skipif(not DATA.exists(), reason="the authors' weights are not beside this checkout")
SMALL = md.parse("24-MENet-2x1/3", resolution=32, classes=10)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """The same random weights as a file of each kind."""
    folder = tmp_path_factory.mktemp("files")
    model = md.build(SMALL)
    torch.save({"state_dict": model.state_dict()}, folder / "best.pth.tar")
    md.export(model, folder / "net.safetensors")
    md.export(model, folder / "net.onnx")
    md.export(model, folder / "open.onnx", dynamic="batch")
    return folder


def test_engines_and_files_agree(files):
    model = md.load_checkpoint(md.build(SMALL), files / "best.pth.tar").eval()
    images = torch.rand(5, 3, 32, 32)
    with torch.no_grad():
        expected = model(images)
    found = [of_model(SMALL, files / "best.pth.tar", {}), of_model(SMALL, files / "net.safetensors", {})]
    found += [of_onnx(md.network(files / name), files / name) for name in ("net.onnx", "open.onnx")]
    for each in found:
        assert (each.shape, each.classes) == ((3, 32, 32), 10)
        torch.testing.assert_close(each.logits(images), expected, rtol=1e-4, atol=1e-5)
    assert len({each.fingerprint for each in found}) == 3  # two have the same weights, however they are written
    assert [each.engine.split()[0] for each in found] == ["torch", "torch", "onnxruntime", "onnxruntime"]


def test_a_file_says_its_network_or_its_name_does(files):
    assert source_of(files / "net.safetensors") == str(files / "net.safetensors")
    assert source_of(Path("a/108-MENet-8x1-group-3.pth.tar")) == "108-MENet-8x1-group-3"
    assert source_of(Path("menet228_12x1_g3.PTH")) == "menet228_12x1_g3"
    assert source_of(Path("best.pth"), "VGG-16") == "VGG-16"
    assert source_of(Path("b.onnx")) == "b.onnx"


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (("best.pth",), "best.pth does not say which network its weights belong to. Name it with --network"),
        (("none.safetensors",), "none.safetensors does not say which network"),
        (("b.onnx", "VGG-16"), "b.onnx holds its network itself. Leave out --network"),
        (("b.pt2",), "b.pt2 is a program of torch, which would unpickle it to run. Export it to .onnx"),
    ],
)
def test_a_file_that_says_no_network_is_refused(tmp_path, monkeypatch, asked, says):
    monkeypatch.chdir(tmp_path)
    path, *network = asked
    Path(path).touch()
    with pytest.raises(NotationError) as refusal:
        source_of(Path(path), *network)
    assert says in str(refusal.value)


class Bad(nn.Module):
    def __init__(self, forward):
        super().__init__()
        self.forward = forward


@pytest.mark.parametrize(
    ("forward", "shapes", "says"),
    [
        (lambda x: x, [(3, 8, 8)], "Bad is no classifier"),
        (lambda x: (x.flatten(1), x), [(3, 8, 8)], "Bad is no classifier"),
        (lambda x: x.flatten(1) @ x, [(3, 8, 8)], "Bad does not run on an image of 3×8×8: "),
        (lambda x, y: x, [(3, 8, 8), (3, 8, 8)], "Bad takes no image: its inputs are 3×8×8, 3×8×8"),
    ],
)
def test_what_is_no_classifier_is_refused(forward, shapes, says):
    with pytest.raises(DesignError) as refusal:
        of_model((Bad(forward), shapes), None, {})
    assert says in str(refusal.value)


def test_logits_that_are_not_finite_are_no_answer():
    found = of_model((Bad(lambda x: x.mean((2, 3)) / x.sum()), [(3, 8, 8)]), None, {})
    with pytest.raises(DesignError, match="Bad gives logits that are not finite, with its own weights"):
        found.logits(torch.zeros(1, 3, 8, 8))


def test_a_module_stays_as_it_is():
    module = nn.Sequential(nn.Dropout(), nn.Flatten(), nn.Linear(12, 4))
    found = of_model((module, [(3, 2, 2)]), None, {})
    images = torch.rand(3, 3, 2, 2)
    torch.testing.assert_close(found.logits(images), found.logits(images))
    assert module.training
    assert module[2].weight.requires_grad
    with torch.no_grad():
        module[2].weight.zero_()
    assert found.logits(images).std() > 0


# The authors' weights


@needs_data
def test_the_authors_network_gives_the_logits_that_its_own_code_gave():
    found = of_model(md.parse("108-MENet-8x1/3"), AUTHORS, {})
    image = torch.sin(0.001 * torch.arange(150528, dtype=torch.float64)).reshape(1, 3, 224, 224)
    expected = json.loads(next(DATA.glob("*.logits.json")).read_text())["logits"]
    torch.testing.assert_close(found.logits(image.float())[0], torch.tensor(expected), rtol=1e-4, atol=1e-4)


@needs_data
def test_the_authors_network_sees_an_egyptian_cat(tmp_path):
    # Located, not imported: scikit-image ships the picture, and is slow to import.
    shutil.copy(Path(find_spec("skimage").origin).with_name("data") / "chelsea.png", tmp_path)
    (image,) = md.classify(tmp_path / "chelsea.png", AUTHORS).images
    first, *others = image[1]
    assert (first.number, first.name) == (285, "Egyptian cat")
    assert first.probability == pytest.approx(0.59, abs=0.005)
    assert [each.name for each in others[:2]] == ["tiger cat", "tabby"]
    probabilities = [each.probability for each in image[1]]
    assert sorted(probabilities, reverse=True) == probabilities


def test_probabilities_are_the_softmax_of_the_logits(tmp_path):
    """Of a white image a network that passes its three channels on gives what white is after normalisation."""
    from PIL import Image

    Image.new("RGB", (8, 8), (255, 255, 255)).save(tmp_path / "white.png")
    found = of_model((Bad(lambda x: x.mean((2, 3))), [(3, 8, 8)]), None, {})
    logits = torch.tensor([(1 - 0.485) / 0.229, (1 - 0.456) / 0.224, (1 - 0.406) / 0.225])
    ((_, predictions),) = classify(found, [tmp_path / "white.png"], ("red", "green", "blue")).images
    assert [(each.number, each.name) for each in predictions] == [(2, "blue"), (1, "green"), (0, "red")]
    expected = torch.exp(logits) / torch.exp(logits).sum()
    assert [each.probability for each in predictions] == pytest.approx(expected.tolist()[::-1], abs=1e-6)
    found = of_model((Bad(lambda x: x.mean((2, 3)).softmax(1)), [(3, 8, 8)]), None, {})  # which has done it already
    ((_, again),) = classify(found, [tmp_path / "white.png"], ("red", "green", "blue")).images
    assert [each.probability for each in again] == pytest.approx(expected.tolist()[::-1], abs=1e-6)


def test_a_program_that_takes_nothing_is_refused(tmp_path):
    weights = helper.make_tensor("w", TensorProto.FLOAT, (1, 10), bytes(40), raw=True)
    given = helper.make_tensor_value_info("y", TensorProto.FLOAT, (1, 10))
    graph = helper.make_graph([helper.make_node("Identity", ["w"], ["y"])], "graph", [], [given], [weights])
    save_model(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10), tmp_path / "a.onnx"
    )
    with pytest.raises(DesignError, match=r"a\.onnx is no classifier"):
        session(tmp_path / "a.onnx")
