"""The images of a run: crops as the recipe says, the same ones however many processes take them."""

from random import Random

import pytest
import torch
from idx import write_digits
from PIL import Image

from menet_design import read_recipe
from menet_design.datasets.transforms import normalised
from menet_design.errors import DesignError, ImageError
from menet_design.training.data import Crop, Images
from menet_design.training.processes import Processes

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    return write_digits(tmp_path_factory.mktemp("digits"))


def alone(count=1, rank=0):
    return Processes(count, rank, CPU)


def test_a_crop_has_the_area_and_the_aspect_that_are_asked_for():
    crop, drawn = Crop((3, 8, 8), (0.25, 0.5), (0.5, 2.0), flip=False), Random(0)
    boxes = [crop._box(200, 100, drawn) for _ in range(300)]
    sizes = [(right - left, bottom - top) for left, top, right, bottom in boxes]
    areas, aspects = [w * h / 20000 for w, h in sizes], [w / h for w, h in sizes]
    assert all(left >= 0 and top >= 0 and right <= 200 and bottom <= 100 for left, top, right, bottom in boxes)
    # To the pixel; all of the range is drawn.
    assert min(areas) == pytest.approx(0.25, abs=0.02)
    assert max(areas) == pytest.approx(0.5, abs=0.02)
    assert min(aspects) == pytest.approx(0.5, abs=0.1)
    assert max(aspects) == pytest.approx(2.0, abs=0.1)


def test_a_picture_into_which_no_crop_fits_is_taken_whole():
    assert Crop((3, 8, 8), (1, 1), (0.5, 0.5), flip=False)._box(30, 20, Random(0)) == (0, 0, 30, 20)


def test_every_other_image_is_mirrored():
    picture = Image.linear_gradient("L").rotate(90).resize((8, 8))
    crop, drawn = Crop((1, 8, 8), (1, 1), (1, 1), flip=True), Random(0)
    as_it_is, mirrored = normalised(picture), normalised(picture).flip(2)
    found = [crop(picture, drawn) for _ in range(400)]
    straight = sum(torch.equal(each, as_it_is) for each in found)
    assert 150 < straight < 250
    assert straight + sum(torch.equal(each, mirrored) for each in found) == 400


def batches(digits, processes, first=0, epoch=1, workers=0, **numbers):
    images = Images(digits, (1, 8, 8), read_recipe(batch=64, **numbers), workers)
    return list(images.batches(epoch, first, processes))


def test_an_epoch_has_each_image_once_but_for_those_that_fill_no_batch(digits):
    whole = {"crop_area": [1, 1], "crop_aspect": [1, 1], "flip": False}
    found = batches(digits, alone(), **whole)
    assert [len(labels) for _, labels in found] == [64] * 21  # of 1,400 images
    seen = torch.cat([images for images, _ in found]).flatten(1).unique(dim=0)
    assert len(seen) == 21 * 64


@pytest.mark.parametrize("workers", [0, 2])
def test_crops_follow_from_seed_and_epoch_however_they_are_made(digits, workers):
    once = batches(digits, alone())
    torch.testing.assert_close(batches(digits, alone(), workers=workers), once, rtol=0, atol=0)
    torch.testing.assert_close(batches(digits, alone(), first=20, workers=workers), once[20:], rtol=0, atol=0)
    for other in (batches(digits, alone(), epoch=2), batches(digits, alone(), seed=1)):
        assert not torch.equal(other[0][0], once[0][0])


def test_processes_share_a_batch(digits):
    def rows(found):
        return torch.cat([images.flatten(1) for images in found]).unique(dim=0)

    once = batches(digits, alone())
    shared = zip(*(batches(digits, alone(2, rank)) for rank in (0, 1)), strict=True)
    for (images, _), parts in zip(once, shared, strict=True):
        assert [len(labels) for _, labels in parts] == [32, 32]
        assert torch.equal(rows([images]), rows([part for part, _ in parts]))


def test_processes_share_the_images_to_test_on(digits):
    images = Images(digits, (1, 8, 8), read_recipe())
    labels = [sum(len(each) for _, each in images.tests(alone(3, rank))) for rank in range(3)]
    assert labels == [133, 132, 132]  # of 397


@pytest.mark.parametrize("workers", [0, 1])
def test_a_bad_image_is_named(tmp_path, workers):
    for name in ("train/cat/1", "train/cat/2", "val/cat/1"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (8, 8)).save(tmp_path / f"{name}.png")
    (tmp_path / "train" / "cat" / "2.png").write_bytes(b"no image")
    images = Images(tmp_path, (3, 8, 8), read_recipe(batch=2), workers)
    with pytest.raises(
        ImageError, match=rf"^{tmp_path}/train/cat/2.png cannot be read as a picture: it is none of .*$"
    ):
        list(images.batches(1, 0, alone()))
    assert len(list(images.tests(alone()))) == 1


def test_what_does_not_go_together_is_refused(digits, tmp_path):
    with pytest.raises(DesignError, match=r"has 1,400 images to learn from, and a batch 2,000. Write batch = 1400"):
        Images(digits, (1, 8, 8), read_recipe(batch=2000))
    with pytest.raises(DesignError, match=r"images have 3 channels or 1, and the network takes 4"):
        Images(digits, (4, 8, 8), read_recipe())
    for name in ("train/cat", "train/dog", "val/cat", "val/mouse"):
        (tmp_path / name).mkdir(parents=True)
        Image.new("RGB", (8, 8)).save(tmp_path / name / "1.png")
    with pytest.raises(DesignError, match=r"has other classes to test on than to learn: see 'dog'"):
        Images(tmp_path, (3, 8, 8), read_recipe(batch=2))
