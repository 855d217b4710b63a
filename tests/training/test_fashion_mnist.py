"""Fashion-MNIST: real images, on which a network made for CIFAR has to learn what it can in a minute.

A subset of it: the 12,800 first images to learn from, and all 10,000 to test on.
"""

import subprocess
import sys

import numpy as np
import pytest
from idx import FASHION, with_fashion, write_part

from menet_design.datasets import open_part

LEARNED = 12_800
# Percent of the 10,000 images; a guess is right once in ten.
LEAST = 75


RECIPE = """epochs = 2
batch = 64
schedule = "cosine"
ema = 0.99
crop_area = [0.7, 1.0]
"""


@pytest.fixture(scope="module")
def subset(tmp_path_factory):
    folder = tmp_path_factory.mktemp("fashion")
    for part, number in (("train", LEARNED), ("test", 10_000)):
        found = open_part(FASHION, part, lambda picture: picture, 1)
        pixels = np.frombuffer(found.pixels, np.uint8).reshape(-1, 28, 28)
        write_part(folder, part, pixels[:number], list(found.labels[:number]))
    return folder


@with_fashion
@pytest.mark.slow
@pytest.mark.parametrize("processes", [1, 2])
def test_two_epochs_reach_what_is_stated_in_one_process_and_in_two(subset, tmp_path, processes):
    (tmp_path / "short.toml").write_text(RECIPE)
    launcher = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"] if processes > 1 else []
    options = "--network ResNet-8 --input 1x28x28 --classes 10 --config short.toml --output run"
    done = subprocess.run(
        [sys.executable, *launcher, "-m", "menet_design", "train", subset, *options.split()],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    epochs = [line for line in done.stderr.splitlines() if line.startswith("epoch ")]
    assert len(epochs) == 2  # one process speaks
    (answer,) = [line for line in done.stdout.splitlines() if line.startswith("ResNet-8")]
    top1 = float(answer.partition(": ")[2].partition(" %")[0])
    assert top1 >= LEAST
    assert f"{top1:.2f} % right" in epochs[-1]
