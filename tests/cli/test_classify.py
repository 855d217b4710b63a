"""`classify` and `evaluate`: what they print and write, what is next to others' words, interruptions, and refusals."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from answers import check_error, one_paragraph, results_of, rows_of
from PIL import Image

import menet_design as md
from menet_design.classification import evaluate as evaluating

SMALL = {"resolution": 32, "classes": 10}
NETWORK = "--network 24-MENet-2x1/3 --resolution 32 --classes 10"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A data set of ten classes and two images of each, weights of every kind, and names of the classes."""
    folder = tmp_path_factory.mktemp("folder")
    torch.manual_seed(0)
    model = md.build("24-MENet-2x1/3", **SMALL)
    torch.save(model.state_dict(), folder / "best.pth")
    md.export(model, folder / "net.safetensors")
    md.export(model, folder / "net.onnx")
    for label in range(10):
        (folder / "val" / f"c{label}").mkdir(parents=True)
        for level in (10 * label, 25 * label + 5):
            Image.new("RGB", (40, 40), (level, 255 - level, 128)).save(folder / "val" / f"c{label}" / f"{level}.png")
    (folder / "labels.txt").write_text("".join(f"thing {label}\n" for label in range(10)))
    return folder


@pytest.fixture(autouse=True)
def _inside(folder, monkeypatch):
    monkeypatch.chdir(folder)


WAYS = (f"--weights best.pth {NETWORK}", "--weights net.safetensors", "--weights net.onnx")


def test_every_file_of_the_weights_gives_the_same_answer(cli):
    first, *others = (rows_of(cli, f"classify val/c3/30.png val/c9/230.png --top 3 {way}") for way in WAYS)
    assert [row["image"] for row in first] == ["val/c3/30.png"] * 3 + ["val/c9/230.png"] * 3
    for rows in others:
        assert [row["class"] for row in rows] == [row["class"] for row in first]
        ours, theirs = ([float(row["probability"]) for row in each] for each in (rows, first))
        assert ours == pytest.approx(theirs, abs=1e-5)
    results = [results_of(cli, f"evaluate val {way}")[0] for way in WAYS]
    assert len({json.dumps(each["accuracies"]) for each in results}) == 1
    assert [each["engine"].split()[0] for each in results] == ["torch", "torch", "onnxruntime"]


def test_people_read_what_is_seen_first(cli):
    printed = cli("classify val/c3/30.png --weights net.safetensors --labels labels.txt --top 2").stdout
    (row, _) = rows_of(cli, "classify val/c3/30.png --weights net.safetensors --labels labels.txt --top 2")
    assert row["name"] == f"thing {row['class']}"
    share = f"{100 * float(row['probability']):.1f} %"
    assert printed.startswith(f"val/c3/30.png: {row['name']}, {share}\n")
    assert "24-MENet-2×1 (g = 3), 32×32, 10 classes, weights of net.safetensors, run by torch" in one_paragraph(printed)
    assert "shorter edge 32, centre crop 32×32" in printed
    nameless = cli("classify val/c3/30.png --weights net.safetensors --top 1").stdout
    assert nameless.startswith(f"val/c3/30.png: class {row['class']}, {share}\n")


@pytest.mark.parametrize("form", ["markdown", "latex", "table"])
def test_people_read_accuracies_first(cli, form):
    printed = cli(f"evaluate val --weights net.safetensors --format {form}")
    assert (printed.code, printed.stderr) == (0, "")
    (result,) = results_of(cli, "evaluate val --weights net.safetensors")
    top1, top5 = (f"{100 * each['accuracy']:.1f}" for each in result["accuracies"])
    text = one_paragraph(printed.stdout.replace("\\%", "%"))
    assert f"top-1 {top1} %, top-5 {top5} % on 20 images of val" in text


def test_a_bad_image_ends_it_or_is_named(cli, folder):
    bad = folder / "val" / "c1" / "bad.jpg"
    bad.write_text("no image")
    try:
        check_error(cli("evaluate val --weights net.safetensors"), "val/c1/bad.jpg cannot be read as a picture")
        (result,) = results_of(cli, "evaluate val --weights net.safetensors --skip-bad")
        assert (result["images"], result["seen"], result["evaluated"], len(result["skipped"])) == (21, 21, 20, 1)
        printed = one_paragraph(cli("evaluate val --weights net.safetensors --skip-bad").stdout)
        assert "left out: val/c1/bad.jpg cannot be read as a picture" in printed
    finally:
        bad.unlink()


@pytest.mark.parametrize("words", ["predict val/c3/30.png", "infer val/c3/30.png"])
def test_words_of_others_mean_classify(cli, words):
    assert cli(f"{words} --weights net.safetensors") == cli("classify val/c3/30.png --weights net.safetensors")


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ("classify val/c3/30.png", "Give --weights FILE"),
        ("classify val/c3/30.png --weights best.pth", "best.pth does not say which network. Name it"),
        ("classify val/c3/30.png --weights best.pth --network VGG-16", "does not fit the design"),
        ("classify val/c3/30.png --weights net.onnx --key ema", "Leave out --rename, --except, --key and --trust"),
        ("classify val/c3/30.png --weights net.onnx --network VGG-16", "Leave out --network"),
        ("classify val/c3/30.png --weights net.onnx --input 3x64x64", "net.onnx has an input of 3×32×32"),
        ("classify val/c3/30.png --weights net.safetensors --top 11", "top 11 is not a whole number from 1 to 10"),
        ("classify val/c3/30.png --weights net.safetensors --labels best.pth", "best.pth"),
        ("classify none.png --weights net.safetensors", "cannot read none.png: No such file"),
        ("classify val/c3/30.png --weights none.pth", "cannot read none.pth: No such file"),
        ("classify VGG-16 val/c3/30.png --weights best.pth", "VGG-16 is a network, and no image. Write --network"),
        ("classify val/c3/30.png --weights best.pth --crop-pct 0.9", "No --crop-pct here. 7/8 of an image's"),
        ("evaluate val --weights net.safetensors --resume p.json --output p.json", "cannot be one file"),
        ("classify val --weights net.safetensors", "cannot read val: Is a directory"),
        (f"classify val/c3/30.png --weights best.pth {NETWORK} --channels 2", "does not fit the design"),
        ("evaluate none --weights net.safetensors", "there is no folder none"),
        ("evaluate VGG-16 val --weights best.pth", "The network is an option: --network VGG-16"),
        ("evaluate val c3 --weights best.pth", "unexpected extra argument"),
        ("evaluate val/c3 --weights net.safetensors", "val/c3 holds no class folders"),
        ("evaluate . --weights net.safetensors", "of 1 classes, from val on, and the network of 10"),
        ("evaluate val --weights net.safetensors --resume labels.txt", "labels.txt is not the progress"),
        ("evaluate val --weights net.safetensors --resume none/p.json", "there is no folder none"),
        ("evaluate val --weights net.safetensors --output labels.txt", "labels.txt exists"),
    ],
)
def test_they_refuse(cli, command, says):
    check_error(cli(command), says.replace("which network.", "which network its weights belong to."))


@pytest.mark.parametrize("package", ["onnx", "onnxruntime"])
def test_a_missing_engine_is_named_with_its_extra(cli, monkeypatch, package):
    monkeypatch.setitem(sys.modules, package, None)
    done = cli("classify val/c3/30.png --weights net.onnx")
    check_error(done, f"this needs {package}, which is not installed. Install 'menet-design[onnx]'")


# Interruptions


def test_an_interrupted_evaluation_says_what_it_found_and_goes_on(cli, monkeypatch, tmp_path):
    whole = results_of(cli, "evaluate val --weights net.safetensors --batch 3")
    counted = evaluating._counted

    def interrupted(found, *batch):
        if found.seen == 9:
            raise KeyboardInterrupt
        return counted(found, *batch)

    asked = f"evaluate val --weights net.safetensors --batch 3 --resume '{tmp_path}/progress.json'"
    with monkeypatch.context() as patched:
        patched.setattr(evaluating, "_counted", interrupted)
        result = cli(f"{asked} --output '{tmp_path}/answer.txt'")
    assert not (tmp_path / "answer.txt").exists()  # the same command would refuse to replace it
    assert (result.code, result.stderr) == (130, "interrupted\n")
    assert result.stdout.startswith("interrupted after 9 of 20 images: top-1 ")
    assert "go on from there: the same command again" in result.stdout
    assert results_of(cli, asked) == whole


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGINT])
def test_a_process_that_is_ended_leaves_what_the_same_command_goes_on_from(cli, folder, tmp_path, end):
    """A thousand links to two images of each class, one at a time, take seconds."""
    for label in range(10):
        (tmp_path / "val" / f"c{label}").mkdir(parents=True)
        for path in (folder / "val" / f"c{label}").iterdir():
            for copy in range(50):
                os.link(path, tmp_path / "val" / f"c{label}" / f"{path.stem}-{copy}.png")
    words = f"evaluate {tmp_path}/val --weights net.safetensors --batch 1 --workers 1".split()
    kept = tmp_path / "progress.json"
    command = [sys.executable, "-m", "menet_design", *words, "--resume", str(kept)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        while not kept.exists() and running.poll() is None:
            time.sleep(0.01)
        running.send_signal(end)
        printed, said = running.communicate()
    assert running.returncode == (-end if end == signal.SIGKILL else 130)
    assert (printed[:18], said) == (("", "") if end == signal.SIGKILL else ("interrupted after ", "interrupted\n"))
    assert sorted(path.name for path in tmp_path.iterdir() if "unfinished" not in path.name) == ["progress.json", "val"]
    seen = json.loads(kept.read_text())["seen"]
    assert 0 < seen < 1000
    whole = results_of(cli, f"evaluate '{tmp_path}/val' --weights net.safetensors")
    assert results_of(cli, f"evaluate '{tmp_path}/val' --weights net.safetensors --resume '{kept}'") == whole


def test_names_that_a_terminal_would_obey_are_escaped(cli, tmp_path):
    name = tmp_path / "\x1b[2Jcat.png"
    Image.new("RGB", (40, 40)).save(name, "png")
    labels = tmp_path / "labels.txt"
    labels.write_text("".join(f"\x1b[31mred {label}\n" for label in range(10)))
    for form in ("table", "json", "csv", "markdown", "latex"):
        printed = cli(f"classify --weights net.safetensors --labels '{labels}' --format {form}", name)
        assert printed.code == 0
        assert "\x1b" not in printed.stdout
        assert "x1b[" in printed.stdout.replace("{[}", "[").replace("\\", "")
    assert Path(name).exists()
