"""The idx files of MNIST's kind, written as http://yann.lecun.com/exdb/mnist describes them."""

import gzip
import os
import struct
from pathlib import Path

import numpy as np
import pytest

FASHION = Path(os.environ.get("FASHION_MNIST", "/usr/share/datasets/fashion-mnist"))
NAMES = {"train": "train", "test": "t10k"}

with_fashion = pytest.mark.skipif(not FASHION.is_dir(), reason="Fashion-MNIST: Debian's package dataset-fashion-mnist")


def idx(array) -> bytes:
    """An array of bytes, dimension by dimension, as a file has it."""
    array = np.asarray(array, dtype=np.uint8)
    return struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes()


def write_part(folder: Path, part: str, images, labels) -> None:
    """The two files of a part."""
    folder.mkdir(exist_ok=True)
    for kind, array in (("images-idx3", images), ("labels-idx1", labels)):
        (folder / f"{NAMES[part]}-{kind}-ubyte.gz").write_bytes(gzip.compress(idx(array), 1))


def write_digits(folder: Path) -> Path:
    """The 1,797 real digits of 8×8 pixels that scikit-learn ships, the last 397 to test on."""
    from sklearn.datasets import load_digits

    images, labels = load_digits(return_X_y=True)
    images = (images * 15.9375).reshape(-1, 8, 8)  # from levels up to 16 to bytes
    write_part(folder, "train", images[:1400], labels[:1400])
    write_part(folder, "test", images[1400:], labels[1400:])
    return folder
