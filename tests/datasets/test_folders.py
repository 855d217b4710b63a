"""Class folders as a data set: what is in it, in which order, and what is refused."""

import pickle

import pytest
import torch
from PIL import Image

from menet_design.datasets import open_dataset
from menet_design.datasets.folders import ImageFolder
from menet_design.datasets.transforms import Evaluation
from menet_design.errors import DesignError, ImageError

CROP = Evaluation((3, 8, 8))


def paint(path, level=0):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (8, 8), (level,) * 3).save(path)


@pytest.fixture
def folder(tmp_path):
    """Two classes, written in another order than that of their names."""
    for name, level in (("dog/1.png", 3), ("cat/z.png", 1), ("cat/more/a.JPG", 2)):
        paint(tmp_path / name, level)
    return tmp_path


def test_classes_are_sorted_and_images_have_their_index(folder):
    found = open_dataset(folder, CROP)
    assert found.classes == ("cat", "dog")
    names = [(path.removeprefix(f"{folder}/"), label) for path, label in found.samples]
    assert names == [("cat/more/a.JPG", 0), ("cat/z.png", 0), ("dog/1.png", 1)]
    assert (len(found), repr(found)) == (3, f"ImageFolder({str(folder)!r}: 3 images of 2 classes)")
    image, label = found[2]
    torch.testing.assert_close((image, label), (CROP(Image.new("RGB", (8, 8), (3, 3, 3))), 1))


def test_pictures_have_the_channels_that_are_asked_for(folder):
    image, _ = open_dataset(folder, Evaluation((1, 8, 8)), channels=1)[0]
    assert image.shape == (1, 8, 8)


def test_what_is_hidden_or_no_image_is_not_looked_at(folder):
    paint(folder / ".cache/1.png")
    paint(folder / "cat/.trash/1.png")
    paint(folder / "cat/._z.png")
    (folder / "cat/boxes.txt").write_text("0 0 8 8")
    (folder / "words.txt").write_text("cat")
    assert len(open_dataset(folder, CROP)) == 3


def test_a_loop_of_links_ends(folder):
    (folder / "cat" / "all").symlink_to(folder)
    (folder / "third").symlink_to(folder / "dog")
    found = open_dataset(folder, CROP)
    assert (len(found), found.classes) == (4, ("cat", "dog", "third"))


def test_workers_may_be_other_processes(folder):
    found = pickle.loads(pickle.dumps(open_dataset(folder, CROP)))
    torch.testing.assert_close(found[0], open_dataset(folder, CROP)[0])


def test_a_bad_image_is_named_when_it_is_asked_for(folder):
    (folder / "dog" / "1.png").write_text("no picture")
    found = open_dataset(folder, CROP)
    assert len(found) == 3
    with pytest.raises(ImageError, match=r"dog/1\.png cannot be read as a picture"):
        found[2]


def refused(path, says):
    with pytest.raises(DesignError, match=says) as refusal:
        ImageFolder(path, CROP)
    assert str(path) in str(refusal.value)


def test_folders_without_classes_or_images_are_refused(folder):
    refused(folder / "none", "there is no folder")
    refused(folder / "dog" / "1.png", "is no folder")
    refused(folder / "dog", "holds no class folders. Give one that holds a folder of images for each class")
    (folder / "mouse").mkdir()
    refused(folder, "the class folder .*mouse holds no images")
