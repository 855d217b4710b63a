"""Images to run a trained model on: photographs from a folder, or synthetic ones that need nothing."""

from fractions import Fraction
from pathlib import Path

import torch
from torch import Tensor

from menet_design.datasets.images import endings, open_image
from menet_design.datasets.transforms import Evaluation
from menet_design.errors import DesignError
from menet_design.families.design import Size, sides

_SYNTHETIC = 16


def synthetic(resolution: int | Size, channels: int = 3) -> Tensor:
    """Sixteen images of noise whose amplitude falls as 1/f, as that of natural images does; always the same.

    Of shape (16, channels, height, width), normalised to mean 0 and deviation 1.

    >>> synthetic(32).shape
    torch.Size([16, 3, 32, 32])
    """
    height, width = sides(resolution)
    generator = torch.Generator().manual_seed(0)
    noise = torch.randn(_SYNTHETIC, channels, height, width, generator=generator)
    rows, columns = torch.fft.fftfreq(height)[:, None], torch.fft.rfftfreq(width)
    frequency = (rows**2 + columns**2).sqrt().clamp(min=1 / max(height, width))
    images: Tensor = torch.fft.irfft2(torch.fft.rfft2(noise) / frequency, s=(height, width))
    normalised: Tensor = (images - images.mean((2, 3), keepdim=True)) / images.std((2, 3), keepdim=True)
    return normalised


def photographs(folder: Path, resolution: int | Size) -> Tensor:
    """The pictures of a folder: resized, a centre crop of them, ImageNet normalisation.

    The shorter edge becomes 256/224 of a square's, as is usual. Of shape (pictures, 3, height, width), in the order of
    their names. Raises DesignError for a folder without pictures and for a file that looks like one and cannot be read.

    >>> photographs(Path("holiday"), 224)
    Traceback (most recent call last):
        ...
    menet_design.errors.DesignError: there is no folder holiday. Give a folder of .jpg or .png files
    """
    if not folder.is_dir():
        cause = f"{folder} is no folder" if folder.exists() else f"there is no folder {folder}"
        raise DesignError(cause, "Give a folder of .jpg or .png files")
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in endings())
    if not paths:
        raise DesignError(f"{folder} holds no pictures", "Give a folder of .jpg or .png files")
    crop = Evaluation((3, *sides(resolution)), seen=Fraction(7, 8))
    return torch.stack([crop(open_image(path)) for path in paths])
