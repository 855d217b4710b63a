"""Training end to end on scikit-learn's digits: what is learned, written, gone on with and refused."""

import contextlib
import csv
import os
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest
import torch
from answers import check_error
from idx import write_digits
from PIL import Image
from safetensors.torch import load_file

from menet_design import build, read_recipe, train
from menet_design.datasets.labels import names
from menet_design.errors import DesignError
from menet_design.models.binarize import pattern

NETWORK, SHAPE = "8-ResNet-8", {"input": (1, 8, 8), "classes": 10}
OPTIONS = "--network 8-ResNet-8 --input 1x8x8 --classes 10"
RECIPE = """epochs = 3
batch = 20
schedule = "cosine"
crop_area = [0.8, 1.0]
flip = false
ema = 0.9
"""
# All that could go wrong where a run goes on: dropout, momentum, an average, a rate that falls.
NET = """# net.py
from torch import nn

def net():
    return nn.Sequential(
        nn.Conv2d(1, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Flatten(), nn.Dropout(0.5), nn.Linear(288, 10)
    )
"""


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    return write_digits(tmp_path_factory.mktemp("data") / "digits")


@pytest.fixture(scope="module")
def recipe(tmp_path_factory):
    path = tmp_path_factory.mktemp("recipe") / "short.toml"
    path.write_text(RECIPE)
    return path


@pytest.fixture(scope="module")
def trained(digits, recipe, tmp_path_factory):
    """A run that others begin from."""
    return train(NETWORK, digits, tmp_path_factory.mktemp("runs") / "run", recipe, **SHAPE)


def log(folder):
    """The rows of a log without the seconds, which differ."""
    with (folder / "log.csv").open(newline="") as file:
        return [{name: text for name, text in row.items() if name != "seconds"} for row in csv.DictReader(file)]


def right(model, digits):
    """How many percent of the images to test on a model gets right; read and prepared by other means."""
    import gzip

    import numpy as np

    pixels, labels = (
        np.frombuffer(gzip.decompress((digits / f"t10k-{name}-ubyte.gz").read_bytes()), np.uint8, offset=offset)
        for name, offset in (("images-idx3", 16), ("labels-idx1", 8))
    )
    images = (torch.tensor(pixels.reshape(-1, 1, 8, 8)) / 255 - 0.449) / 0.226
    with torch.no_grad():
        return 100 * (model.eval()(images).argmax(1) == torch.tensor(labels)).double().mean().item()


def test_a_network_learns_and_its_weights_are_all_that_is_needed(trained, digits):
    assert trained.epochs[-1].top1 > 90  # of ten classes; a guess is right once in ten
    assert [each.epoch for each in trained.epochs] == [1, 2, 3]
    model = build(trained.weights)
    assert model.design.name == "8-ResNet-8"
    assert right(model, digits) == pytest.approx(trained.epochs[-1].top1)
    last = f"{trained.epochs[-1].top1:.2f} % of the images to test on are right after epoch 3"
    assert str(trained) == f"8-ResNet-8, 8×8, 1 channel: {last}\n{trained.weights}"
    assert "\n" not in repr(trained)


def test_what_a_run_writes(trained):
    assert {path.name for path in trained.folder.iterdir()} == {
        "classes.txt",
        "log.csv",
        "recipe.toml",
        "state.pt",
        "weights.safetensors",
    }
    rows = log(trained.folder)
    assert [row["epoch"] for row in rows] == ["1", "2", "3"]
    assert [float(row["learning_rate"]) for row in rows] == pytest.approx([0.1, 0.075, 0.025])
    assert float(rows[-1]["top1"]) == trained.epochs[-1].top1
    assert all(float(row["top1"]) <= float(row["top5"]) <= 100 for row in rows)
    assert read_recipe(trained.folder / "recipe.toml").epochs == 3
    assert names(10, trained.labels) == tuple("0123456789")


# Going on


@pytest.fixture(scope="module")
def going_on(digits, tmp_path_factory):
    """A folder with a network and a recipe, and what an uninterrupted run of it makes there."""
    folder = tmp_path_factory.mktemp("going_on")
    (folder / "net.py").write_text(NET)
    (folder / "long.toml").write_text(RECIPE.replace("epochs = 3", "epochs = 5"))
    with contextlib.chdir(folder):
        train("net.py:net", digits, folder / "whole", folder / "long.toml", input=(1, 8, 8))
    return folder


def begin(folder, data, run):
    """The command in a process of its own, which has ended its first epoch."""
    options = f"--network net.py:net --input 1x8x8 --config long.toml --output {run}"
    process = subprocess.Popen(
        [sys.executable, "-m", "menet_design", "train", data, *options.split()],
        cwd=folder,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    wait_for(run / "log.csv", process)
    return process


def wait_for(path, process):
    while not path.exists():
        assert process.poll() is None
        time.sleep(0.01)


def check_going_on(folder, data, run):
    """The rest of an interrupted run makes what an uninterrupted one has made, bit for bit."""
    assert len(log(run)) < 5
    with contextlib.chdir(folder):
        train("net.py:net", data, run, folder / "long.toml", resume=True, input=(1, 8, 8))
    assert same(run, folder / "whole")
    assert log(run) == log(folder / "whole")


def same(one, other):
    return (one / "weights.safetensors").read_bytes() == (other / "weights.safetensors").read_bytes()


def test_a_run_that_is_killed_goes_on_bit_for_bit(digits, going_on, tmp_path):
    with begin(going_on, digits, tmp_path / "run") as process:
        process.kill()
    assert process.returncode == -signal.SIGKILL
    unfinished = tmp_path / "run" / ".menet-design-unfinished-1"  # what is left where it was killed as it wrote
    unfinished.mkdir()
    check_going_on(going_on, digits, tmp_path / "run")
    assert not unfinished.exists()


def test_ctrl_c_ends_a_run_which_goes_on_bit_for_bit(digits, going_on, tmp_path):
    with begin(going_on, digits, tmp_path / "run") as process:
        process.send_signal(signal.SIGINT)
        _, said = process.communicate()
    assert (process.returncode, said.splitlines()[-1]) == (130, "interrupted")
    check_going_on(going_on, digits, tmp_path / "run")


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_within_an_epoch_keeps_its_steps(digits, tmp_path, monkeypatch, sent):
    """The state has the steps that are done; going on takes the others, and no more."""
    from menet_design.training import loop

    taken, step, recipe = [], loop._step, read_recipe(epochs=2, batch=100)

    def counted(state, *others):
        step(state, *others)
        taken.append((state.done, state.step))
        if len(taken) == 20:  # of 14 an epoch
            os.kill(os.getpid(), sent)

    monkeypatch.setattr(loop, "_step", counted)
    with pytest.raises(KeyboardInterrupt):
        train(NETWORK, digits, tmp_path / "run", recipe, tensorboard=True, **SHAPE)
    assert len(taken) == 20
    train(NETWORK, digits, tmp_path / "run", recipe, tensorboard=True, resume=True, **SHAPE)
    assert _scalars(tmp_path / "run")["top1"] == pytest.approx([float(row["top1"]) for row in log(tmp_path / "run")])
    assert taken == [(epoch, step) for epoch in range(2) for step in range(1, 15)]
    train(NETWORK, digits, tmp_path / "whole", recipe, **SHAPE)
    assert same(tmp_path / "run", tmp_path / "whole")


@pytest.mark.slow
def test_two_processes_go_on_bit_for_bit(digits, recipe, tmp_path):
    """torchrun passes Ctrl-C on; all processes end after the same step, and the first one saves."""

    def torchrun(run, *options):
        words = f"-m torch.distributed.run --standalone --nproc-per-node 2 -m menet_design train {digits} {OPTIONS}"
        words = [*words.split(), "--config", recipe, "--output", run, *options]
        return subprocess.Popen([sys.executable, *words], stderr=subprocess.PIPE, text=True, start_new_session=True)

    with torchrun(tmp_path / "run") as process:
        wait_for(tmp_path / "run" / "log.csv", process)
        os.killpg(process.pid, signal.SIGINT)
        process.communicate()
    assert len(log(tmp_path / "run")) < 3
    for run, *options in (["run", "--resume"], ["whole"]):
        with torchrun(tmp_path / run, *options) as process:
            process.communicate()
        assert process.returncode == 0
    assert same(tmp_path / "run", tmp_path / "whole")
    assert log(tmp_path / "run") == log(tmp_path / "whole")


def test_nothing_else_that_draws_at_random_notices(digits, tmp_path):
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    train(NETWORK, digits, tmp_path / "run", read_recipe(epochs=1, batch=1000), **SHAPE)
    assert torch.rand(1) == expected


def test_a_run_that_is_over_is_left_as_it_is(trained, digits, recipe):
    before = {path: path.read_bytes() for path in trained.folder.iterdir()}
    again = train(NETWORK, digits, trained.folder, recipe, resume=True, **SHAPE)
    assert again == trained
    assert {path: path.read_bytes() for path in trained.folder.iterdir()} == before


OTHERS = {
    "recipe": ({"recipe": read_recipe(epochs=3, batch=64)}, "with batch 20, not 64. Give another --output"),
    "network": (
        {"source": "9-ResNet-8"},
        "with network 8-ResNet-8 resolution=8 channels=1, not 9-ResNet-8 res",
    ),
    "weights": ({"weights": "weights.safetensors"}, r"with weights random weights \(seed 0\), not weights of "),
}


@pytest.mark.parametrize("other", OTHERS)
def test_another_run_does_not_go_on_in_its_place(trained, digits, recipe, other, monkeypatch):
    monkeypatch.chdir(trained.folder)
    changed, cause = OTHERS[other]
    asked = {"source": NETWORK, "data": digits, "output": trained.folder, "recipe": recipe, "resume": True} | changed
    with pytest.raises(DesignError, match=rf"run holds a run {cause}"):
        train(**asked, **SHAPE)


def test_a_run_needs_a_folder_of_its_own(trained, digits, recipe, tmp_path):
    with pytest.raises(DesignError, match=r"run is not empty. Give another --output, or --resume"):
        train(NETWORK, digits, trained.folder, recipe, **SHAPE)
    (tmp_path / "recipe.toml").write_text("of my own")
    with pytest.raises(DesignError, match=r"is not empty. Give another --output$"):
        train(NETWORK, digits, tmp_path, recipe, resume=True, **SHAPE)
    assert (tmp_path / "recipe.toml").read_text() == "of my own"
    with pytest.raises(DesignError, match=r"cannot write .*none/run: No such file"):
        train(NETWORK, digits, tmp_path / "none" / "run", recipe, **SHAPE)


@pytest.mark.parametrize("content", [b"no state", b"PK\x03\x04" + bytes(100)])
def test_a_state_that_is_damaged_is_refused(digits, recipe, tmp_path, content):
    (tmp_path / "state.pt").write_bytes(content)
    with pytest.raises(DesignError, match=r"state.pt is no whole state of a run"):
        train(NETWORK, digits, tmp_path, recipe, resume=True, **SHAPE)


@pytest.mark.parametrize("step", [-1, "all"])
def test_a_state_of_no_step_is_refused(trained, digits, recipe, tmp_path, step):
    state = torch.load(trained.folder / "state.pt", weights_only=True)
    torch.save(state | {"step": step}, tmp_path / "state.pt")
    with pytest.raises(DesignError, match=r"step -1 is not a whole number|is no whole state of a run"):
        train(NETWORK, digits, tmp_path, recipe, resume=True, **SHAPE)


def test_a_state_that_unpacks_to_more_than_is_read_is_refused(digits, recipe, tmp_path, monkeypatch):
    monkeypatch.setattr("menet_design.models.stored.WEIGHTS", 10**6)
    with zipfile.ZipFile(tmp_path / "state.pt", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("state/data.pkl", bytes(10**6 + 1))
    with pytest.raises(DesignError, match=r"state.pt holds more than 1,000,000 bytes"):
        train(NETWORK, digits, tmp_path, recipe, resume=True, **SHAPE)


def test_a_state_runs_no_code(digits, recipe, tmp_path):
    class Evil:
        def __reduce__(self):
            return (Path.touch, (tmp_path / "ran",))

    torch.save({"said": Evil()}, tmp_path / "state.pt")
    with pytest.raises(DesignError, match=r"state.pt is no whole state of a run"):
        train(NETWORK, digits, tmp_path, recipe, resume=True, **SHAPE)
    assert not (tmp_path / "ran").exists()


# Weights that were trained before


def test_fine_tuning_begins_from_weights_but_for_the_layers_that_are_left(trained, digits, tmp_path):
    recipe = read_recipe(trained.folder / "recipe.toml", learning_rate=0.0, epochs=1)
    kept = train(NETWORK, digits, tmp_path / "kept", recipe, trained.weights, **SHAPE)
    assert [each.epoch for each in kept.epochs] == [0, 1]
    assert (kept.epochs[0].top1, kept.epochs[0].loss) == (trained.epochs[-1].top1, None)
    left = train(NETWORK, digits, tmp_path / "left", recipe, trained.weights, leave=["classifier"], **SHAPE)
    assert left.epochs[0].top1 < kept.epochs[0].top1
    before, after = load_file(trained.weights), load_file(left.weights)
    moved = {name for name in after if not torch.equal(before[name], after[name]) and name.endswith(("weight", "bias"))}
    assert moved == {"classifier.fc.weight", "classifier.fc.bias"}


def test_patterns_are_fixed_and_the_rest_is_trained(trained, digits, recipe, tmp_path):
    layers = ["*.residual.*"]
    tuned = train(NETWORK, digits, tmp_path / "run", recipe, trained.weights, binarize=layers, **SHAPE)
    full, first, *_, last = trained.epochs[-1].top1, *(each.top1 for each in tuned.epochs)
    assert first < full  # binarizing costs accuracy,
    assert last > first  # and fine-tuning brings some back
    before, after = load_file(trained.weights), load_file(tuned.weights)
    for name in after:
        if ".residual.conv" in name:
            assert torch.equal(after[name], pattern(before[name]))
        elif name.endswith(("weight", "bias")):
            assert not torch.equal(after[name], before[name])


def test_random_weights_are_not_binarized(digits, recipe, tmp_path):
    with pytest.raises(DesignError, match=r"patterns of random weights have nothing to keep. Give --weights"):
        train(NETWORK, digits, tmp_path / "run", recipe, binarize=True, **SHAPE)


def test_weights_that_are_not_finite_are_named_before_the_first_epoch(trained, digits, recipe, tmp_path):
    model = build(trained.weights)
    torch.nn.init.constant_(next(model.parameters()), torch.nan)
    torch.save(model.state_dict(), tmp_path / "nan.pt")
    with pytest.raises(DesignError, match=r"the loss of epoch 0 is not finite. Give other --weights"):
        train(NETWORK, digits, tmp_path / "run", recipe, tmp_path / "nan.pt", **SHAPE)


def test_a_full_disk_is_said(digits, recipe, tmp_path):
    command = [sys.executable, "-m", "menet_design", "train", digits, *OPTIONS.split(), "--config", recipe]
    done = subprocess.run(
        ["bash", "-c", 'ulimit -f 20; exec "$@"', "bash", *command, "--output", tmp_path / "run"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr.partition(": ")[2]) == (
        2,
        f"cannot write {tmp_path}/run/state.pt: File too large\n",
    )
    assert list((tmp_path / "run").iterdir()) == []


# The command


def test_the_command_says_each_epoch_and_what_came_of_it(cli, digits, recipe, tmp_path):
    run = tmp_path / "run"
    said = cli(f"train {digits} {OPTIONS} --config {recipe} --output {run} --tensorboard --workers 1")
    assert said.code == 0
    assert said.stdout.splitlines()[1] == str(run / "weights.safetensors")
    Image.new("L", (8, 8)).save(tmp_path / "grey.png")
    hint = said.stdout.splitlines()[2].replace("IMAGE", str(tmp_path / "grey.png"))
    seen = cli(hint.removeprefix("what it sees: menet-design "))
    assert seen.code == 0
    assert [line.partition(":")[0] for line in said.stderr.splitlines()] == ["epoch 1", "epoch 2", "epoch 3"]
    again = cli(f"train {digits} {OPTIONS} --config {recipe} --output {run} --resume")
    assert (again.code, again.stdout) == (0, said.stdout)
    assert _scalars(run)["top1"] == pytest.approx([float(row["top1"]) for row in log(run)], abs=1e-4)
    drawn = cli(f"plot training --points {run / 'log.csv'} --output {tmp_path / 'run.svg'}")
    assert drawn.code == 0


def _scalars(folder):
    """What TensorBoard reads there: name and the value of each epoch."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    found = EventAccumulator(str(folder))
    found.Reload()
    return {name: [each.value for each in found.Scalars(name)] for name in found.Tags()["scalars"]}


ERRORS = {
    f"{OPTIONS} --model 8-ResNet-8": "No --model here. It is --network NETWORK.",
    "--network 8-ResNet-8 --input 1x8x8 --classes 3": "8-ResNet-8, 8×8, 3 classes, 1 channel does not give 10 logits, "
    "one for each of the classes of {}. Give --classes 10 (in Python classes=10)",
    f"{OPTIONS} --config none.toml": "cannot read none.toml: No such file or directory",
    f"{OPTIONS} --only conv": "--only says what --binarize binarizes. Give --binarize too",
    f"{OPTIONS} --batch-size 3": "No --batch here. It is a part of the recipe: --config FILE.",
    f"{OPTIONS} --epochs 3": "No --epochs here. It is a part of the recipe: --config FILE.",
}


@pytest.mark.parametrize("options", ERRORS)
def test_what_cannot_be_trained_is_one_line(cli, digits, tmp_path, options):
    result = cli(f"train {digits} --output {tmp_path / 'run'} {options}")
    check_error(result, ERRORS[options].format(digits))
    assert not (tmp_path / "run").exists()


def test_a_rate_that_is_too_high_is_named(digits, tmp_path):
    with pytest.raises(DesignError, match=r"the loss of epoch . is not finite. Lower learning_rate in the recipe"):
        train(
            NETWORK,
            digits,
            tmp_path / "run",
            read_recipe(batch=20, epochs=3, learning_rate=1000, momentum=0.999),
            **SHAPE,
        )


@pytest.mark.parametrize("precision", ["bfloat16", "float16"])
def test_passes_in_half_precision_learn_too(digits, tmp_path, precision):
    recipe = read_recipe(epochs=1, batch=20, flip=False, ema=0.9, precision=precision, label_smoothing=0.1)
    found = train(NETWORK, digits, tmp_path / "run", recipe, **SHAPE)
    assert found.epochs[-1].top1 > 40
    assert {each.dtype for each in load_file(found.weights).values()} == {torch.float32, torch.int64}
