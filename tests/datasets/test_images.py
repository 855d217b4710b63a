"""Image files as pictures: upright, of so many channels, and bounded; what is none is one line that names the file."""

import os
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from menet_design.datasets.images import FORMATS, open_image
from menet_design.errors import DesignError, ImageError


def refused(path, says, channels=3):
    with pytest.raises(ImageError, match=says) as refusal:
        open_image(path, channels)
    message = str(refusal.value)
    assert path.name in message
    assert len(message.splitlines()) == 1


@pytest.mark.parametrize("ending", ["jpg", "png", "gif", "webp", "bmp", "tiff", "ppm"])
def test_each_format_is_read(tmp_path, ending):
    Image.new("RGB", (8, 6), (200, 100, 50)).save(tmp_path / f"a.{ending}")
    picture = open_image(tmp_path / f"a.{ending}")
    assert (picture.mode, picture.size) == ("RGB", (8, 6))
    np.testing.assert_allclose(np.asarray(picture)[3, 3], (200, 100, 50), atol=3)


def test_one_channel_is_grey_and_other_numbers_are_refused(tmp_path):
    Image.new("RGB", (2, 2), (255, 0, 0)).save(tmp_path / "red.png")
    assert open_image(tmp_path / "red.png", 1).getpixel((0, 0)) == 76  # 0.299 of 255, as BT.601 weighs red
    with pytest.raises(DesignError, match="3 channels or 1, and the network takes 4"):
        open_image(tmp_path / "red.png", 4)


def test_a_picture_stands_upright(tmp_path):
    """Orientation 6 of EXIF: the camera was turned, and the top of the scene is the right side of what is stored."""
    picture = Image.new("RGB", (4, 2))
    picture.putpixel((3, 0), (255, 255, 255))
    exif = Image.Exif()
    exif[0x0112] = 6
    picture.save(tmp_path / "turned.png", exif=exif)
    upright = open_image(tmp_path / "turned.png")
    assert upright.size == (2, 4)
    assert [place for place in np.ndindex(4, 2) if upright.getpixel(place[::-1])[0]] == [(3, 1)]


def test_levels_of_16_bits_become_those_of_8_and_fractions_are_refused(tmp_path):
    Image.fromarray(np.array([[0, 257 * 128, 65535]], np.uint16)).save(tmp_path / "deep.png")
    assert [open_image(tmp_path / "deep.png", 1).getpixel((x, 0)) for x in range(3)] == [0, 128, 255]
    Image.fromarray(np.array([[0.5]], np.float32)).save(tmp_path / "fractions.tif")
    refused(tmp_path / "fractions.tif", "its levels are no whole numbers")


def test_the_first_of_many_frames_is_seen(tmp_path):
    first, *rest = (Image.new("RGB", (4, 4), (level,) * 3) for level in (10, 200, 90))
    first.save(tmp_path / "moving.gif", save_all=True, append_images=rest)
    assert open_image(tmp_path / "moving.gif").getpixel((0, 0)) == (10, 10, 10)


# Files of strangers


def chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(width, height, content):
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(content)) + chunk(b"IEND", b"")


@pytest.mark.parametrize(("width", "height"), [(50_000, 50_000), (10_000, 10_000)], ids=["many", "a few too many"])
def test_a_picture_of_too_many_pixels_is_refused_before_it_is_decoded(tmp_path, monkeypatch, width, height):
    """Both are small files; of the second Pillow only warns."""
    (tmp_path / "bomb.png").write_bytes(png(width, height, bytes(1000)))
    monkeypatch.setattr(Image.Image, "convert", lambda *_: pytest.fail("it was decoded"))
    refused(tmp_path / "bomb.png", "decompression bomb")


def test_text_that_decompresses_without_bound_is_refused(tmp_path):
    bomb = chunk(b"zTXt", b"comment\0\0" + zlib.compress(bytes(2**27), 9))
    whole = png(1, 1, bytes(4))
    (tmp_path / "bomb.png").write_bytes(whole[:33] + bomb + whole[33:])
    refused(tmp_path / "bomb.png", "too large")


@pytest.mark.parametrize("ending", ["jpg", "png", "gif", "tiff", "bmp"])
def test_a_file_that_is_cut_short_is_refused(tmp_path, ending):
    path = tmp_path / f"cut.{ending}"
    Image.effect_noise((64, 64), 50).convert("RGB").save(path)
    path.write_bytes(path.read_bytes()[:-2000])
    refused(path, "cannot be read as a picture")


@pytest.mark.parametrize(
    "content",
    [
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n(/tmp/owned) (w) file closefile\n",
        b'<svg xmlns="http://www.w3.org/2000/svg" xmlns:x="http://www.w3.org/1999/xlink">'
        b'<image x:href="file:///etc/passwd"/></svg>',
        b"",
    ],
    ids=["PostScript", "SVG", "empty"],
)
def test_other_formats_are_not_even_tried(tmp_path, content):
    (tmp_path / "a.png").write_bytes(content)
    refused(tmp_path / "a.png", f"none of {', '.join(FORMATS)}")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no FIFOs here")
def test_what_is_no_file_is_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    refused(tmp_path / "pipe.png", "not a regular file")
    refused(tmp_path, "Is a directory")
    refused(tmp_path / "none.png", "No such file")


def test_signs_in_names_that_a_terminal_would_obey_are_escaped(tmp_path):
    (tmp_path / "\x1b[2J.png").write_text("no picture")
    with pytest.raises(ImageError, match=r"\\x1b\[2J.png cannot be read"):
        open_image(tmp_path / "\x1b[2J.png")
