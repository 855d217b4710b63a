"""Images to measure on: photographs as ImageNet networks take them, and synthetic ones with the spectrum of natural."""

import random
import shutil
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from menet_design.errors import DesignError
from menet_design.verification.pictures import photographs, synthetic

# Mean and standard deviation of ImageNet's channels, as every model zoo figures them.
MEAN = np.array([0.485, 0.456, 0.406])
DEVIATION = np.array([0.229, 0.224, 0.225])


def normalised(levels):
    """Levels 0 to 255 of shape (..., 3) as the network takes them."""
    return (np.asarray(levels) / 255 - MEAN) / DEVIATION


def channels_last(images):
    return images.permute(0, 2, 3, 1).double().numpy()


def ramp(width, height):
    """Red is the column, green the row, both in levels from 0; blue is constant."""
    columns, rows = np.meshgrid(np.arange(width), np.arange(height))
    return np.stack([columns, rows, np.full_like(rows, 200)], axis=2)


def save(levels, path):
    Image.fromarray(np.asarray(levels, dtype=np.uint8)).save(path)


# Photographs


@pytest.mark.parametrize(("width", "height"), [(256, 256), (301, 256), (256, 301)])
def test_a_picture_whose_shorter_edge_is_256_is_cropped_at_its_centre(tmp_path, width, height):
    levels = ramp(width, height) % 256
    save(levels, tmp_path / "ramp.png")
    left, top = (width - 224) // 2, (height - 224) // 2
    expected = normalised(levels[top : top + 224, left : left + 224])
    found = photographs(tmp_path, 224)
    assert found.dtype == torch.float32
    assert found.shape == (1, 3, 224, 224)
    np.testing.assert_allclose(channels_last(found)[0], expected, atol=1e-5)


@pytest.mark.parametrize("resolution", [32, 33, 112, 160, 224])
def test_the_crop_is_seven_eighths_of_the_shorter_edge_at_every_resolution(tmp_path, resolution):
    """A ramp scaled by s is a ramp of slope 1/s: levels say where the crop begins and ends."""
    save(ramp(250, 200), tmp_path / "ramp.png")
    image = channels_last(photographs(tmp_path, resolution))[0]
    assert image.shape == (resolution, resolution, 3)
    red, green, _ = np.moveaxis((image * DEVIATION + MEAN) * 255, 2, 0)
    # Pixel i of n of a crop of 7/8 of 200 about a centre c stands at c + 175 (i + 1/2 - n/2)/n - 1/2.
    places = 175 * (np.arange(resolution) + 0.5 - resolution / 2) / resolution - 0.5
    # Levels and the place of the crop are rounded to whole ones.
    tolerance = 1 + 200 / resolution
    np.testing.assert_allclose(red, np.broadcast_to(125 + places, red.shape), atol=tolerance)
    np.testing.assert_allclose(green, np.broadcast_to(100 + places[:, None], green.shape), atol=tolerance)


def test_a_picture_that_is_made_smaller_is_smoothed(tmp_path):
    """Black and white pixels in turns, twice as many as are wanted, are grey; where pixels are dropped they are not."""
    save(255 * (ramp(512, 512).sum(axis=2, keepdims=True) % 2).repeat(3, axis=2), tmp_path / "checkerboard.png")
    found = channels_last(photographs(tmp_path, 224))
    np.testing.assert_allclose(found, np.broadcast_to(normalised([127.5] * 3), found.shape), atol=0.05)


@pytest.mark.parametrize("size", [(1, 1000), (1000, 1), (1, 1), (5, 7)])
def test_tiny_pictures_are_enlarged(tmp_path, size):
    Image.new("RGB", size, (10, 20, 30)).save(tmp_path / "tiny.png")
    expected = np.broadcast_to(normalised([10, 20, 30]), (1, 32, 32, 3))
    np.testing.assert_allclose(channels_last(photographs(tmp_path, 32)), expected, atol=1e-5)


def grey(levels):
    return Image.fromarray(levels[:, :, 0]), np.repeat(levels[:, :, :1], 3, axis=2)


def black_and_white(levels):
    bits = np.repeat(levels[:, :, :1] > 100, 3, axis=2)
    return Image.fromarray(bits[:, :, 0]), 255 * bits


def palette(levels):
    """Every colour is that of the column in a table of 256."""
    table = np.stack([np.arange(256)[::-1], np.arange(256), np.full(256, 7)], axis=1)
    picture = Image.fromarray(levels[:, :, 0]).convert("P")
    picture.putdata(levels[:, :, 0].flatten().tolist())
    picture.putpalette(table.astype(np.uint8).tobytes())
    return picture, table[levels[:, :, 0]]


def transparent_palette(levels):
    picture, colours = palette(levels)
    picture.info["transparency"] = bytes([255] * 128 + [254] * 128)
    return picture, colours


MODES = {
    "grey": grey,
    "opaque": lambda levels: (Image.fromarray(levels).convert("RGBA"), levels),
    "black and white": black_and_white,
    "palette": palette,
    "transparent palette": transparent_palette,
    "16 bits": lambda levels: (Image.fromarray(levels[:, :, 0].astype(np.uint16) * 257), grey(levels)[1]),
}


@pytest.mark.parametrize("mode", MODES.values(), ids=MODES)
def test_pictures_of_other_modes_have_the_colours_that_they_show(tmp_path, mode):
    """At a resolution of 28 a picture of 32×32 is cropped and not resized."""
    picture, colours = mode(ramp(32, 32).astype(np.uint8) * 8)
    picture.save(tmp_path / "picture.png")
    found = channels_last(photographs(tmp_path, 28))[0]
    np.testing.assert_allclose(found, normalised(colours[2:30, 2:30]), atol=0.02)


def test_pictures_come_in_the_order_of_their_names(tmp_path):
    # Written in another order, of several formats.
    for level, name in ((200, "c.png"), (100, "b.jpeg"), (0, "a.PNG"), (150, "b2.bmp")):
        Image.new("RGB", (40, 40), (level,) * 3).save(tmp_path / name)
    (tmp_path / "a.txt").write_text("no picture")
    (tmp_path / "folder").mkdir()
    found = channels_last(photographs(tmp_path, 32))
    assert found.shape == (4, 32, 32, 3)
    expected = [normalised([level] * 3) for level in (0, 100, 150, 200)]
    np.testing.assert_allclose(found[:, 16, 16], expected, atol=0.02)


def test_the_photographs_of_scikit_image_are_read(tmp_path):
    # Located, not imported: scikit-image ships the pictures, and is slow to import.
    data = Path(find_spec("skimage").origin).with_name("data")
    for name in ("astronaut.png", "camera.png", "rocket.jpg"):
        shutil.copy(data / name, tmp_path)
    found = photographs(tmp_path, 64)
    assert found.shape == (3, 3, 64, 64)
    # No level is beyond black and white.
    assert channels_last(found).min() >= normalised([0, 0, 0]).min() - 1e-5
    assert channels_last(found).max() <= normalised([255, 255, 255]).max() + 1e-5
    red, green, blue = ((found[1] * torch.tensor(DEVIATION)[:, None, None]) + torch.tensor(MEAN)[:, None, None]).float()
    torch.testing.assert_close(red, green)  # the second is grey
    torch.testing.assert_close(red, blue)


# Folders that are none, or hold something else


def refused(folder):
    """The message of the refusal, which is one line and names the folder or the file in it."""
    with pytest.raises(DesignError) as refusal:
        photographs(folder, 32)
    message = str(refusal.value)
    assert len(message.splitlines()) == 1
    assert str(folder) in message
    return message


def test_what_is_no_folder_of_pictures_is_refused(tmp_path):
    assert "no folder" in refused(tmp_path / "missing")
    assert "no pictures" in refused(tmp_path)
    (tmp_path / "notes.txt").write_text("no picture")
    assert "no pictures" in refused(tmp_path)
    save(ramp(40, 40), tmp_path / "picture.png")
    assert "no folder" in refused(tmp_path / "picture.png")


@pytest.mark.parametrize("content", [b"", b"not a picture\n", b"\x89PNG\r\n\x1a\n"], ids=["empty", "text", "header"])
def test_a_file_that_only_looks_like_a_picture_is_named(tmp_path, content):
    save(ramp(40, 40), tmp_path / "a.png")
    (tmp_path / "b.png").write_bytes(content)
    assert str(tmp_path / "b.png") in refused(tmp_path)


def test_a_folder_that_is_named_like_a_picture_is_named(tmp_path):
    (tmp_path / "b.png").mkdir()
    assert str(tmp_path / "b.png") in refused(tmp_path)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".gif", ".tiff"])
def test_damaged_pictures_are_read_or_refused_and_nothing_else(tmp_path, suffix):
    draw = random.Random(0)
    path = tmp_path / f"picture{suffix}"
    save(ramp(40, 40) * 6, path)
    whole, refusals = path.read_bytes(), 0
    for _ in range(40):
        damaged = bytearray(whole[: draw.randrange(len(whole))] if draw.random() < 0.3 else whole)
        for _ in range(min(len(damaged), 3)):
            damaged[draw.randrange(len(damaged))] = draw.randrange(256)
        path.write_bytes(damaged)
        try:
            assert photographs(tmp_path, 32).shape == (1, 3, 32, 32)
        except DesignError as refusal:
            refusals += str(path) in str(refusal)
    assert refusals > 0


def test_a_picture_that_pillow_takes_for_a_bomb_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 700)
    save(ramp(40, 40), tmp_path / "large.png")  # more than twice as many: an error
    assert str(tmp_path / "large.png") in refused(tmp_path)


def test_documents_beside_the_pictures_are_no_pictures(tmp_path):
    """Pillow knows .pdf as a format that it writes; it cannot read any."""
    save(ramp(40, 40), tmp_path / "a.png")
    (tmp_path / "paper.pdf").write_bytes(b"%PDF-1.4\n")
    assert photographs(tmp_path, 32).shape == (1, 3, 32, 32)


# Synthetic images


@pytest.fixture(scope="module", params=[32, 33, 224])
def noise(request):
    return synthetic(request.param)


def test_sixteen_images_have_mean_0_and_deviation_1_in_every_channel(noise):
    resolution = noise.shape[-1]
    assert noise.shape == (16, 3, resolution, resolution)
    assert noise.dtype == torch.float32
    torch.testing.assert_close(noise.mean(dim=(2, 3)), torch.zeros(16, 3), rtol=0, atol=1e-5)
    torch.testing.assert_close(noise.std(dim=(2, 3)), torch.ones(16, 3), rtol=0, atol=1e-3)


def test_no_two_channels_are_alike(noise):
    correlations = torch.corrcoef(noise.flatten(0, 1).flatten(1)) - torch.eye(48)
    assert float(correlations.abs().max()) < 0.99


def test_amplitudes_fall_as_one_over_the_frequency(noise):
    resolution = noise.shape[-1]
    amplitudes = np.abs(np.fft.fft2(noise.double().numpy())).mean(axis=(0, 1))
    each = np.fft.fftfreq(resolution)
    frequencies = np.hypot(*np.meshgrid(each, each))
    within = (frequencies > 0) & (frequencies <= 0.5)
    slope, _ = np.polyfit(np.log(frequencies[within]), np.log(amplitudes[within]), 1)
    assert slope == pytest.approx(-1, abs=0.1)
    # As much along rows as along columns.
    assert amplitudes[0, 1:].mean() == pytest.approx(amplitudes[1:, 0].mean(), rel=0.2)


def test_they_are_always_the_same_and_leave_random_numbers_alone(noise):
    torch.manual_seed(5)
    state = torch.get_rng_state()
    assert torch.equal(synthetic(noise.shape[-1]), noise)
    assert torch.equal(torch.get_rng_state(), state)
