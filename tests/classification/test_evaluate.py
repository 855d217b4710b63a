"""Accuracy over folders of images: counted right, whole after any interruption, and never that of something else."""

import json
import os
from itertools import islice

import pytest
import torch
from PIL import Image
from torch import nn

import menet_design as md
from menet_design.classification.classifier import of_model
from menet_design.classification.evaluate import Evaluated, _labels, evaluate_all
from menet_design.datasets import open_dataset
from menet_design.datasets.labels import imagenet
from menet_design.errors import DesignError, ImageError


class Grey(nn.Module):
    """Sees how bright an image is: class c is 25 c, and the nearest levels are the most probable."""

    def __init__(self, classes=10):
        super().__init__()
        self.register_buffer("levels", (25 * torch.arange(classes) / 255 - 0.449) / 0.226)

    def forward(self, images):
        return -(images.mean((1, 2, 3))[:, None] - self.levels).abs()


CLASSIFIER = of_model((Grey(), [(1, 8, 8)]), None, {})


@pytest.fixture
def folder(tmp_path):
    """Ten classes of three images: of the level of the class, two levels off, and at the other end.

    So one of three is right, and two are among five: those are at most two levels off but at the ends, where they are
    the first or the last five.
    """
    for label in range(10):
        (tmp_path / "val" / f"c{label}").mkdir(parents=True)
        for image, level in enumerate((label, label + 2 if label < 8 else label - 2, 9 if label < 5 else 0)):
            Image.new("L", (8, 8), 25 * level).save(tmp_path / "val" / f"c{label}" / f"{image}.png")
    return tmp_path / "val"


def evaluated(folder, classifier=CLASSIFIER, **options):
    return evaluate_all(classifier, open_dataset(folder, classifier.transform, 1), **options)


def counts(found):
    return found.seen, found.evaluated, found.top1, found.top5


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("batch", [1, 7, 100])
def test_right_answers_are_counted(folder, monkeypatch, batch, workers):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0}, raising=False)  # more workers than that: torch warns
    *_, found = evaluated(folder, batch=batch, workers=workers)
    assert counts(found) == (30, 30, 10, 20)
    assert found.accuracy(found.top1) == pytest.approx(1 / 3)
    assert (found.images, found.folder) == (30, str(folder))


def test_the_interval_is_wilsons():
    """8 of 10 by hand: z² = 3.8415, (0.8 + 0.19207 ± √(0.38415·0.16 + 0.036892)) / 1.38415."""
    low, high = Evaluated(CLASSIFIER, "", 10, 10).interval(8)
    assert (low, high) == (pytest.approx(0.4902, abs=1e-4), pytest.approx(0.9433, abs=1e-4))
    assert Evaluated(CLASSIFIER, "", 10).interval(0) is None
    assert Evaluated(CLASSIFIER, "", 10, 10).interval(10)[1] == pytest.approx(1)


def test_classes_are_in_the_order_of_names_or_imagenets():
    assert _labels(["a", "b", "c"], 3).tolist() == [0, 1, 2]
    assert _labels(["n02124075", "n01440764"], 1000).tolist() == [285, 0]
    assert _labels(sorted(imagenet()), 1000).tolist() == list(range(1000))
    with pytest.raises(
        DesignError, match=r"the data set is of 2 classes, from cat on, and the network of 1,000\. Names"
    ):
        _labels(["cat", "n01440764"], 1000)
    with pytest.raises(DesignError, match=r"of 2 classes, from n01440764 on, and the network of 10$"):
        _labels(["n01440764", "n02124075"], 10)


# Interruptions


@pytest.mark.parametrize("batches", [0, 1, 3])
def test_what_was_interrupted_goes_on_and_counts_nothing_twice(folder, tmp_path, batches):
    *_, whole = evaluated(folder)
    path = tmp_path / "progress.json"
    stopped = list(islice(evaluated(folder, batch=7, resume=path), batches + 1))
    assert counts(stopped[-1])[0] == 7 * batches
    first, *_, last = evaluated(folder, batch=7, resume=path)
    assert counts(first) == counts(stopped[-1])
    assert last == whole
    (again,) = evaluated(folder, batch=7, resume=path)  # nothing is left to do
    assert again == whole


def test_the_file_is_replaced_and_never_half_written(folder, tmp_path):
    """Another name of the file still has what stood in it."""
    list(islice(evaluated(folder, batch=7, resume=tmp_path / "progress.json"), 2))
    os.link(tmp_path / "progress.json", tmp_path / "before.json")
    list(evaluated(folder, batch=7, resume=tmp_path / "progress.json"))
    seen = [json.loads((tmp_path / name).read_text())["seen"] for name in ("before.json", "progress.json")]
    assert seen == [7, 30]


def change_weights(folder):
    return of_model((Grey().apply(lambda each: each.levels.add_(1)), [(1, 8, 8)]), None, {})


def change_image(folder):
    Image.new("L", (9, 8)).save(folder / "c3" / "1.png")


def change_name(folder):
    (folder / "c3" / "1.png").rename(folder / "c3" / "9.png")


def change_label(folder):
    (folder / "c3" / "1.png").rename(folder / "c4" / "9.png")


@pytest.mark.parametrize(
    ("change", "what"),
    [(change_weights, "weights"), (change_image, "images"), (change_name, "images"), (change_label, "images")],
)
def test_the_progress_of_others_is_refused_and_kept(folder, tmp_path, change, what):
    path = tmp_path / "progress.json"
    list(islice(evaluated(folder, batch=7, resume=path), 2))
    before = path.read_bytes()
    with pytest.raises(DesignError, match=f"progress.json is the progress of other {what}. Give another file"):
        next(evaluated(folder, change(folder) or CLASSIFIER, resume=path))
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "change",
    [
        {"schema": "menet-design/evaluate-progress/0"},
        {"seen": 31},
        {"seen": 7.0},
        {"top1": 6},
        {"top1": -1},
        {"top5": 8},
        {"skipped": ["x"] * 3},
        {"skipped": 3},
        {"skipped": [["x"]]},
        {"more": 1},
        {"weights": None},
    ],
    ids=str,
)
def test_a_file_that_is_no_progress_is_refused_and_kept(folder, tmp_path, change):
    path = tmp_path / "progress.json"
    list(islice(evaluated(folder, batch=7, resume=path), 2))
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    before = path.read_bytes()
    with pytest.raises(DesignError, match=r"progress.json is (not )?the progress of"):
        next(evaluated(folder, resume=path))
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b"\xff", b"[" * 10**5, b'{"schema": 1, "schema": 2}'], ids=repr)
def test_so_is_any_other_file(folder, tmp_path, content):
    (tmp_path / "other").write_bytes(content)
    with pytest.raises(DesignError, match="other is not the progress of an evaluation"):
        next(evaluated(folder, resume=tmp_path / "other"))
    assert (tmp_path / "other").read_bytes() == content


# Bad images


@pytest.mark.parametrize("workers", [0, 2])
def test_a_bad_image_is_named_and_left_out_if_that_is_asked_for(folder, tmp_path, workers):
    (folder / "c0" / "0.png").write_text("no image")
    (folder / "c5" / "9.png").symlink_to("nowhere")
    path = tmp_path / "progress.json"
    with pytest.raises(ImageError, match=r"c0/0\.png cannot be read as a picture: .* With --skip-bad it is left out"):
        list(evaluated(folder, batch=7, workers=workers, resume=path))
    *_, found = evaluated(folder, batch=7, workers=workers, resume=path, skip_bad=True)
    assert counts(found) == (31, 29, 9, 19)
    assert [name in said for name, said in zip(("c0/0.png", "c5/9.png"), found.skipped, strict=True)] == [True, True]


def test_a_data_set_of_bad_images_has_no_accuracy(tmp_path):
    for label in range(10):
        (tmp_path / str(label)).mkdir()
        (tmp_path / str(label) / "x.png").write_text("no image")
    *_, found = evaluated(tmp_path, skip_bad=True)
    assert (counts(found), found.accuracy(0)) == ((10, 0, 0, 0), None)


def test_random_numbers_go_on_as_if_nothing_had_been(folder):
    torch.manual_seed(5)
    before = torch.get_rng_state()
    list(evaluated(folder))
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize(
    ("options", "says"),
    [({"batch": 0}, "batch 0 is not a whole number"), ({"workers": -1}, "workers -1 is not a whole number")],
)
def test_numbers_are_checked(folder, options, says):
    with pytest.raises(DesignError, match=says):
        next(evaluated(folder, **options))


def test_a_module_is_evaluated_with_its_own_weights(folder):
    found = md.evaluate(folder, network=Grey(), input=(1, 8, 8))
    assert (found.top1, found.top5, found.classifier.weights) == (10, 20, None)
    with pytest.raises(DesignError, match=r"has weights\. Give weights=FILE"):
        md.evaluate(folder, network="VGG-16")
