"""The idx files of MNIST's kind: what is in them, and what is refused before it is unpacked."""

import gzip
import struct

import pytest
from idx import FASHION, idx, with_fashion, write_part

from menet_design.datasets import open_dataset, open_part
from menet_design.datasets.idx import IdxImages, read_idx
from menet_design.errors import DesignError

# Two images of 2×3 pixels, by hand.
IMAGES, LABELS = [[[0, 1, 2], [3, 4, 5]], [[10, 20, 30], [40, 50, 60]]], [2, 0]


def same(picture):
    return picture


@pytest.fixture
def folder(tmp_path):
    write_part(tmp_path / "mnist", "test", IMAGES, LABELS)
    return tmp_path / "mnist"


def test_images_have_their_labels(folder):
    found = open_dataset(folder, same, 1)
    assert (len(found), found.classes, repr(found)) == (2, ("0", "1", "2"), "IdxImages(2 images of 3 classes)")
    picture, label = found[1]
    assert (picture.size, picture.mode, list(picture.tobytes()), label) == ((3, 2), "L", [10, 20, 30, 40, 50, 60], 0)
    assert open_dataset(folder, same, 3)[0][0].getpixel((2, 1)) == (5, 5, 5)


def test_files_need_not_be_packed(folder, tmp_path):
    plain = tmp_path / "plain"
    plain.mkdir()
    for path in folder.iterdir():
        (plain / path.stem).write_bytes(gzip.decompress(path.read_bytes()))
    found = open_part(plain, "test", same, 1)
    assert [found[n][0].tobytes() for n in (0, 1)] == [bytes(range(6)), bytes(range(10, 70, 10))]


def test_a_part_that_is_not_there_is_named(folder):
    cause = "holds no images to learn from. Give one that has class folders in train, or the idx files of MNIST's kind"
    with pytest.raises(DesignError, match=cause):
        open_part(folder, "train", same, 1)


def head(*sides, kind=8):
    return struct.pack(f">BBBB{len(sides)}I", 0, 0, kind, len(sides), *sides)


# What a file holds, and what is said of it.
REFUSED = {
    "text": (b"images", "is no idx file of bytes in 3 dimensions"),
    "nothing": (b"", "is no idx file of bytes in 3 dimensions"),
    "floats": (head(1, 1, 1, kind=13) + bytes(4), "is no idx file of bytes in 3 dimensions"),
    "labels": (idx(LABELS), "is no idx file of bytes in 3 dimensions"),
    "cut": (idx(IMAGES)[:-1], "says that it holds 12 bytes, and has 11"),
    "more": (idx(IMAGES) + b"\0", "says that it holds 12 bytes, and has more"),
    "huge": (head(2**32 - 1, 2**32 - 1, 2**32 - 1), "and at most 1,073,741,824 are read"),
    "claims": (head(2**10, 2**10, 2**10), "says that it holds 1,073,741,824 bytes, and has 0"),
    "cut gzip": (gzip.compress(idx(IMAGES))[:-9], "is not a whole file of gzip"),
    "damaged gzip": (gzip.compress(idx(IMAGES))[:-8] + bytes(8), "is not a whole file of gzip"),
    "bad gzip": (b"\x1f\x8b\x08\0\0\0\0\0\0\0" + b"\xff" * 20, "is not a whole file of gzip"),
    "bomb": (gzip.compress(idx(IMAGES) + bytes(2**24)), "says that it holds 12 bytes, and has more"),
}


@pytest.mark.parametrize(("content", "cause"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_such_file_is_refused(tmp_path, content, cause):
    (tmp_path / "file").write_bytes(content)
    with pytest.raises(DesignError, match=cause):
        read_idx(tmp_path / "file", 3)


def test_no_more_is_unpacked_than_the_sides_say(tmp_path, monkeypatch):
    unpacked = []
    (tmp_path / "file").write_bytes(gzip.compress(idx(IMAGES) + bytes(2**26)))
    read = gzip.GzipFile.read
    monkeypatch.setattr(gzip.GzipFile, "read", lambda self, size=-1: unpacked.append(size) or read(self, size))
    with pytest.raises(DesignError, match="has more"):
        read_idx(tmp_path / "file", 3)
    assert unpacked == [16, 13]


def test_images_and_labels_belong_together(tmp_path):
    write_part(tmp_path, "test", IMAGES, [1, 2, 3])
    with pytest.raises(DesignError, match=r"t10k-images\S+ has 2 images, \S+t10k-labels\S+ 3 labels"):
        open_dataset(tmp_path, same, 1)
    write_part(tmp_path, "test", [[[]]], [1])
    with pytest.raises(DesignError, match="has no images"):
        open_dataset(tmp_path, same, 1)


@with_fashion
def test_fashion_mnist_has_6000_images_of_each_class():
    """The counts that its README gives: github.com/zalandoresearch/fashion-mnist."""
    for part, number in (("train", 6000), ("test", 1000)):
        found = open_part(FASHION, part, same, 1)
        assert isinstance(found, IdxImages)
        assert [found.labels.count(label) for label in range(10)] == [number] * 10
        assert found[0][0].size == (28, 28)
