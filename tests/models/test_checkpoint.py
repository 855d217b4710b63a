"""Weights from files: the authors' own give the published logits, and no file does harm or half a job."""

import argparse
import gzip
import json
import os
import pickle
import random
import warnings
from pathlib import Path

import numpy
import pytest
import torch
from twins import from_file

from menet_design import build, load_checkpoint, parse
from menet_design.errors import CheckpointError
from menet_design.families.menet import MENet

DATA = Path(__file__).resolve().parents[2] / ".." / "shared" / "data"
AUTHORS = DATA / "108-MENet-8x1-group-3.pth.tar"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="the authors' weights are not beside this checkout")

SMALL = MENet(width=48, fusion=4, groups=3, stem=12, resolution=32, classes=10)
WEIGHT = "stage3.1.residual.expand.weight"


@pytest.fixture
def model():
    return build(SMALL)


@pytest.fixture
def weights():
    """Weights for the model, none of which it holds already: a half-done load would show."""
    return {key: tensor + 1 for key, tensor in build(SMALL).state_dict().items()}


@pytest.fixture
def file(tmp_path):
    return tmp_path / "weights.pth"


def saved(content, path, legacy=False):
    torch.save(content, path, _use_new_zipfile_serialization=not legacy)
    return path


def refused(model, path, **reading):
    """The message of the refusal, which is one line that names the file and leaves the model as it was."""
    before = {key: tensor.clone() for key, tensor in model.state_dict().items()}
    with pytest.raises(CheckpointError) as refusal:
        load_checkpoint(model, path, **reading)
    after = model.state_dict()
    assert [key for key in before if not torch.equal(before[key], after[key])] == []
    message = str(refusal.value)
    assert len(message.splitlines()) == 1
    assert str(path) in message
    return message


def holds(model, weights):
    state = model.state_dict()
    return state.keys() == weights.keys() and all(torch.equal(state[key], weights[key]) for key in weights)


# Files that load


@needs_data
def test_the_authors_weights_give_the_published_logits():
    published = json.loads((DATA / "108-MENet-8x1-group-3.logits.json").read_text(encoding="utf-8"))
    assert published["input"] == "sin(0.001*i), i=0..150527, reshaped to (1,3,224,224), float64"
    images = torch.sin(0.001 * torch.arange(150528, dtype=torch.float64)).view(1, 3, 224, 224)
    model = load_checkpoint(build(parse("108-MENet-8x1/3")), AUTHORS).double().eval()
    with torch.no_grad():
        logits = model(images)[0]
    expected = torch.tensor(published["logits"], dtype=torch.float64)
    torch.testing.assert_close(logits, expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize("path_type", [Path, str])
def test_our_own_state_dict_loads_into_the_same_model_which_is_returned(model, weights, file, path_type):
    assert load_checkpoint(model, path_type(saved(weights, file))) is model
    assert holds(model, weights)


def trained_once(model):
    """The state of an optimizer after a step, which holds tensors too."""
    optimizer = torch.optim.SGD(model.parameters(), 0.1, momentum=0.9)
    model(torch.zeros(2, 3, 32, 32)).sum().backward()
    optimizer.step()
    return optimizer.state_dict()


@pytest.mark.parametrize(
    "wrapped",
    [
        lambda weights: {"state_dict": weights, "epoch": 3, "name": "menet"},
        lambda weights: {"model": weights, "optimizer": trained_once(build(SMALL)), "scaler": {"scale": 1.0}},
        lambda weights: {"net": weights, "acc": 91.2, "mean": torch.zeros(3), "seen": torch.tensor(7)},
        lambda weights: {"params": weights},
        lambda weights: {"model_state_dict": weights, "loss": torch.tensor(0.3)},
        lambda weights: {"state_dict_ema": weights, "state_dict": None},
        lambda weights: {"callbacks": {}, "trainer": {"best": {"weights": weights}}},
    ],
)
def test_a_state_dict_loads_from_inside_a_training_checkpoint(model, weights, file, wrapped):
    load_checkpoint(model, saved(wrapped(weights), file))
    assert holds(model, weights)


@pytest.mark.parametrize("prefix", ["module.", "model.", "backbone.", "_orig_mod.", "_orig_mod.module.", "a.b.c."])
@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_what_stands_before_all_names_is_seen_through(model, weights, tmp_path, prefix, suffix):
    from_file(tmp_path / f"weights{suffix}")(model, {f"{prefix}{key}": tensor for key, tensor in weights.items()})
    assert holds(model, weights)


def test_an_averaged_model_loads(model, weights, file):
    averaged = torch.optim.swa_utils.AveragedModel(build(SMALL), use_buffers=True)
    averaged.module.load_state_dict(weights)
    load_checkpoint(model, saved(averaged.state_dict(), file))
    assert holds(model, weights)


def test_of_several_state_dicts_one_is_chosen(model, weights, file):
    both = {"state_dict": build(SMALL).state_dict(), "state_dict_ema": weights}
    assert "several state dicts: state_dict, state_dict_ema. Choose one with --key" in refused(model, saved(both, file))
    assert "'weights'" in refused(model, file, key="weights")
    load_checkpoint(model, file, key="state_dict_ema")
    assert holds(model, weights)


# All but some layers


OTHER_NAMES = {"classifier.fc": "output", "stage1.conv": "features.init.conv", "stage1.norm": "features.init.bn"}


def renamed(weights, names=OTHER_NAMES):
    return {
        next((f"{new}{key[len(old) :]}" for old, new in names.items() if key.startswith(old)), f"features.{key}"): each
        for key, each in weights.items()
    }


@pytest.mark.parametrize(
    "change",
    [lambda weights: weights, lambda weights: {f"module.{key}": each for key, each in weights.items()}, renamed],
)
def test_all_but_the_classifier(model, file, change):
    """Weights for 20 classes in a network for 10, under names of ours and of others."""
    others, before = build(SMALL.but(classes=20)).state_dict(), model.state_dict()["classifier.fc.weight"].clone()
    load_checkpoint(model, saved(change(others), file), leave=["classifier"])
    state = model.state_dict()
    assert torch.equal(state["classifier.fc.weight"], before)
    assert all(torch.equal(each, others[key]) for key, each in state.items() if not key.startswith("classifier"))


def test_weights_without_a_classifier_are_all_but_the_classifier(model, weights, file):
    features = {key: tensor for key, tensor in weights.items() if not key.startswith("classifier")}
    assert "it has no classifier.fc.weight" in refused(model, saved(features, file))
    load_checkpoint(model, file, leave=["classifier"])
    assert holds(model, weights | {key: each for key, each in model.state_dict().items() if "classifier" in key})


def test_what_the_file_has_beside_the_network_is_left(model, weights, file):
    saved(weights | {"auxiliary.fc.weight": torch.zeros(10, 7), "auxiliary.fc.bias": torch.zeros(10)}, file)
    assert "the design has no auxiliary.fc.weight" in refused(model, file)
    load_checkpoint(model, file, leave=["auxiliary"])
    assert holds(model, weights)


def test_layers_that_neither_has_are_not_left(model, weights, file):
    assert "neither has a layer 'clasifier'" in refused(model, saved(weights, file), leave=["clasifier"])


# Names that are given


def test_names_are_given_by_whole_names_and_by_parts(model, weights, file):
    others = {
        key.replace("compress_norm", "first").replace("stage1.conv.", "stem."): each for key, each in weights.items()
    }
    load_checkpoint(model, saved(others, file), rename={"first": "compress_norm", "stem": "stage1.conv"})
    assert holds(model, weights)


def test_a_name_that_is_given_is_kept_to(model, weights, file):
    """Two norms of 12 channels, of which each is given the other's name."""
    one, other = (f"stage2.0.residual.{norm}" for norm in ("compress_norm", "depthwise_norm"))
    rename = {f"features.{one}": "aside", f"features.{other}": one, "aside": other}
    load_checkpoint(model, saved(renamed(weights, {"classifier.fc": "z"}), file), rename=rename)
    exchanged = {key.replace(one, "?").replace(other, one).replace("?", other): each for key, each in weights.items()}
    assert holds(model, exchanged)


@pytest.mark.parametrize(
    ("rename", "says"),
    [
        ({"nothing": "stage1.conv"}, "it has no 'nothing' to rename"),
        ({"stage1.conv": "stage1.norm"}, "it has two tensors for stage1.norm.weight"),
        ({"stage1.conv": "classifier.fc"}, "it has two tensors for classifier.fc.weight"),
    ],
)
def test_names_that_cannot_be_given(model, weights, file, rename, says):
    assert says in refused(model, saved(weights, file), rename=rename)


def test_files_of_before_torch_1_6_load(model, weights, file):
    load_checkpoint(model, saved(weights, file, legacy=True))
    assert holds(model, weights)


def test_batch_counters_which_old_versions_of_torch_did_not_keep_may_be_missing(model, weights, file):
    old = {key: tensor for key, tensor in weights.items() if not key.endswith("num_batches_tracked")}
    assert len(old) < len(weights)
    load_checkpoint(model, saved(old, file))
    assert holds(model, old | {key: model.state_dict()[key] for key in weights.keys() - old.keys()})


# Files that cannot be read


def test_a_missing_file_and_a_directory_are_refused(model, file, tmp_path):
    assert "No such file" in refused(model, file)
    refused(model, tmp_path)


@pytest.mark.parametrize("kept", [0, 1, 3, 4, 100, 0.01, 0.3, 0.9, -1000, -1])
@pytest.mark.parametrize("legacy", [False, True], ids=["zip", "legacy"])
def test_a_truncated_file_is_refused_as_damaged(model, weights, file, legacy, kept):
    whole = saved(weights, file, legacy).read_bytes()
    file.write_bytes(whole[: int(kept * len(whole)) if isinstance(kept, float) else kept])
    assert "could run code" not in refused(model, file)


@needs_data
@pytest.mark.parametrize("kept", [1, 1000, 20_000, 1_000_000, -1])
def test_the_authors_file_is_refused_where_it_is_truncated(file, kept):
    file.write_bytes(AUTHORS.read_bytes()[:kept])
    assert "could run code" not in refused(build(parse("108-MENet-8x1/3")), file)


WEB_PAGE = b"<!DOCTYPE html>\n<html><body>Not found</body></html>\n"


@pytest.mark.parametrize("size", [1, 10, 1000, 100_000])
def test_random_bytes_are_refused(model, file, size):
    file.write_bytes(random.Random(size).randbytes(size))
    refused(model, file)


@pytest.mark.parametrize("content", [random.Random(1000).randbytes(1000), WEB_PAGE, b"hello, world\n"])
def test_what_is_no_checkpoint_at_all_is_not_called_dangerous(model, file, content):
    file.write_bytes(content)
    assert "could run code" not in refused(model, file)


def torchscript(path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch.jit is deprecated
        torch.jit.script(torch.nn.Conv2d(3, 4, 1)).save(str(path))


def gzipped(path):
    path.write_bytes(gzip.compress(b"weights"))


KINDS = {
    "HTML page": lambda path: path.write_bytes(WEB_PAGE),
    "an HTML page": lambda path: path.write_bytes(b"\n  <html><head>"),
    "XML document": lambda path: path.write_bytes(b'<?xml version="1.0"?><Error><Code>NoSuchKey</Code></Error>'),
    # As github.com/git-lfs/git-lfs/blob/main/docs/spec.md has it.
    "pointer of Git LFS": lambda path: path.write_bytes(
        b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a2146\nsize 12345\n"
    ),
    "HDF5": lambda path: path.write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(100)),
    "gzip": gzipped,
    "TorchScript": torchscript,
    "is empty": lambda path: path.write_bytes(b""),
    "not a whole file of safetensors": lambda path: path.write_bytes((2).to_bytes(8, "little") + b"{x"),
    "state of an optimizer": lambda path: torch.save(trained_once(build(SMALL)), path),
    "the keys 'epoch', 'best'": lambda path: torch.save({"epoch": 3, "best": 0.7}, path),
    "but a list": lambda path: torch.save([1, 2], path),
}


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_no_checkpoint_is_called_what_it_is(model, file, kind):
    KINDS[kind](file)
    assert kind in refused(model, file)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no FIFOs here")
def test_a_fifo_is_refused_and_not_waited_for(model, file):
    os.mkfifo(file)
    assert "not a regular file" in refused(model, file)


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no endless device here")
def test_a_link_to_an_endless_device_is_refused(model, file):
    file.symlink_to("/dev/zero")
    assert "not a regular file" in refused(model, file)


def test_a_file_that_is_too_large_is_refused_unread(model, file):
    with file.open("wb") as large:
        large.truncate(2**33 + 1)
    assert "at most 8,589,934,592 are read" in refused(model, file)


# Files that would do harm


class Payload:
    """Unpickles by running a shell command."""

    def __init__(self, command):
        self.command = command

    def __reduce__(self):
        return os.system, (self.command,)


@pytest.mark.parametrize("container", ["zip", "legacy", "pickle"])
@pytest.mark.parametrize("where", ["whole", "state_dict", "tensor"])
def test_a_malicious_file_is_refused_before_it_runs_anything(model, weights, file, container, where):
    marker = file.with_name("marker")
    payload = Payload(f'echo > "{marker}"')
    content = {"whole": payload, "state_dict": {"state_dict": payload}, "tensor": {**weights, WEIGHT: payload}}[where]
    if container == "pickle":
        file.write_bytes(pickle.dumps(payload, protocol=2))
    else:
        saved(content, file, legacy=container == "legacy")
    assert "could run code" in refused(model, file)
    assert not marker.exists()
    pickle.loads(pickle.dumps(payload))
    assert marker.exists()  # the payload is a real one


@pytest.mark.parametrize("legacy", [False, True], ids=["zip", "legacy"])
def test_a_pickled_model_is_refused(model, file, legacy):
    message = refused(model, saved(model, file, legacy))
    assert "could run code" in message
    assert "whole pickled module" in message or legacy
    assert "--trust" not in message


def test_what_training_scripts_store_beside_weights_is_trusted_by_name(model, weights, file):
    saved({"state_dict": weights, "args": argparse.Namespace(lr=0.1)}, file)
    assert refused(model, file).endswith("Load it with --trust argparse.Namespace")
    load_checkpoint(model, file, trust=["argparse.Namespace"])
    assert holds(model, weights)


def test_numbers_of_numpy_are_trusted_by_name(model, weights, file):
    saved({"state_dict": weights, "acc": numpy.float64(0.7), "top5": numpy.float32(0.9)}, file)
    trust = []
    for _ in range(4):
        try:
            load_checkpoint(model, file, trust=trust)
            break
        except CheckpointError as error:
            trust += error.remedy.split("--trust ")[1:]
            trust = [each.strip() for each in trust]
    assert "numpy.dtype" in trust
    assert holds(model, weights)


def test_what_runs_code_is_not_offered(model, weights, file):
    saved({**weights, "args": argparse.Namespace(), "x": Payload("true")}, file)
    message = refused(model, file, trust=["argparse.Namespace"])
    assert "system" in message
    assert "--trust" not in message


@pytest.mark.parametrize("name", ["Namespace", "argparse.", "..x", "argparse.Nothing", "no such module.x", ""])
def test_what_is_trusted_has_to_be_there(model, weights, file, name):
    with pytest.raises(CheckpointError, match="to trust"):
        load_checkpoint(model, saved(weights, file), trust=[name])


def test_nothing_but_the_refusal_is_said(model, file):
    """Pickle protocols above 2 make torch warn, which would put two more lines on stderr."""
    file.write_bytes(pickle.dumps({"a": 1}, protocol=4))
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        refused(model, file)
    assert said == []


# Files that hold something else


@pytest.mark.parametrize(
    "content",
    [[1, 2], torch.zeros(3), {}, {"epoch": 3}, {"state_dict": None}, {"state_dict": {}}, {5: torch.zeros(3)}],
    ids=repr,
)
def test_what_is_no_state_dict_is_refused(model, file, content):
    assert "no state dict" in refused(model, saved(content, file))


EXOTIC = {
    "sparse": lambda tensor: tensor.to_sparse(),
    "complex": lambda tensor: tensor.to(torch.complex64),
    "quantized": lambda tensor: torch.quantize_per_tensor(tensor, 0.1, 0, torch.qint8),
    "without data": lambda tensor: tensor.to("meta"),
    "nested": lambda tensor: torch.nested.nested_tensor(list(tensor)),
    "in bits": lambda tensor: torch.empty(tensor.shape, dtype=torch.bits8),
}


# torch warns that it is about to drop quantization and storages with types, and that nested tensors are a prototype.
@pytest.mark.filterwarnings("ignore:.*[qQ]uantize:UserWarning")
@pytest.mark.filterwarnings("ignore:TypedStorage is deprecated:UserWarning")
@pytest.mark.filterwarnings("ignore:.*nested tensors is in prototype:UserWarning")
@pytest.mark.parametrize("exotic", EXOTIC.values(), ids=EXOTIC)
def test_tensors_that_are_no_dense_numbers_are_refused(model, weights, file, exotic):
    weights[WEIGHT] = exotic(weights[WEIGHT])
    assert "not a whole checkpoint" not in refused(model, saved(weights, file))


# Files of another network


@pytest.mark.parametrize(
    ("other", "says"),
    [
        # The first module of stage 2 compresses the 12 channels of the stem to 60/4 = 15 there, to 48/4 = 12 here.
        ({"width": 60}, "stage2.0.residual.compress.weight is (15, 12, 1, 1) there, (12, 12, 1, 1) in the design"),
        (
            {"classes": 9},
            "classifier.fc.weight is (9, 192) there, (10, 192) in the design. "
            "All others fit: --except classifier.fc leaves it as it is",
        ),
    ],
    ids=str,
)
def test_weights_of_another_design_are_refused_with_the_first_layer_that_does_not_fit(model, file, other, says):
    assert refused(model, saved(build(SMALL.but(**other)).state_dict(), file)).endswith(says)


@needs_data
def test_the_authors_weights_do_not_fit_another_published_design():
    assert "does not fit the design" in refused(build(parse("128-MENet-8x1/4")), AUTHORS)


ANY = torch.zeros(1)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda weights: weights.pop(WEIGHT), f"it has no {WEIGHT}"),
        (
            lambda weights: weights.update({"stage5.0.residual.expand.weight": ANY}),
            "has no stage5.0.residual.expand.weight",
        ),
        (lambda weights: weights.update({"first\nsecond": ANY}), ""),  # the message stays one line
        # Two tensors for one layer are not chosen from.
        (lambda weights: weights.update({f"module.{WEIGHT}": weights[WEIGHT] + 1}), WEIGHT),
    ],
    ids=["one is missing", "one too many", "a line break", "twice"],
)
def test_weights_with_other_tensors_are_refused(model, weights, file, change, says):
    change(weights)
    assert says in refused(model, saved(weights, file))
