"""Images to run a trained model on: photographs from a folder, or synthetic ones that need nothing."""

import warnings
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from menet_design.errors import DesignError
from menet_design.families.design import Size, sides
from menet_design.files import WEIGHTS, open_file

# Mean and standard deviation of the channels over ImageNet, by which images are normalised.
_MEAN, _DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
_SYNTHETIC = 16
# The longest a picture may be, in terms of its shorter edge.
_SLIMMEST = 1000


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
    from PIL import Image

    if not folder.is_dir():
        cause = f"{folder} is no folder" if folder.exists() else f"there is no folder {folder}"
        raise DesignError(cause, "Give a folder of .jpg or .png files")
    known = {ending for ending, form in Image.registered_extensions().items() if form in Image.OPEN}
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in known)
    if not paths:
        raise DesignError(f"{folder} holds no pictures", "Give a folder of .jpg or .png files")
    return torch.stack([_photograph(path, sides(resolution)) for path in paths])


def _photograph(path: Path, size: Size) -> Tensor:
    from PIL import Image

    try:
        with warnings.catch_warnings(), open_file(path, WEIGHTS) as file, Image.open(file) as opened:
            warnings.simplefilter("ignore")  # of what can be read all the same
            picture = _in_colour(opened)
    except Exception as error:  # a damaged file can make the reader raise anything
        reason = getattr(error, "strerror", None) or error
        raise DesignError(f"{path} cannot be read as a picture: {reason}") from None
    if max(picture.size) > _SLIMMEST * min(picture.size):  # it would become a huge one
        raise DesignError(f"{path} is not a picture to crop: it has {picture.size[0]}×{picture.size[1]} pixels")
    height, width = size
    wanted = [round(side * 256 / 224) for side in (width, height)]
    scale = max(side / has for side, has in zip(wanted, picture.size, strict=True))
    edges = [max(side, round(has * scale)) for side, has in zip(wanted, picture.size, strict=True)]
    picture = picture.resize(edges, Image.Resampling.BILINEAR)
    left, top = (picture.width - width) // 2, (picture.height - height) // 2
    picture = picture.crop((left, top, left + width, top + height))
    pixels = torch.frombuffer(bytearray(picture.tobytes()), dtype=torch.uint8).view(height, width, 3)
    mean, deviation = (torch.tensor(each)[:, None, None] for each in (_MEAN, _DEVIATION))
    return (pixels.permute(2, 0, 1) / 255 - mean) / deviation


def _in_colour(picture: Any) -> Any:
    """Red, green and blue of 8 bits; what is transparent shows its colour."""
    if picture.mode.startswith("I"):  # whole numbers of 16 bits, of which 8 are the lower ones
        return picture.convert("I").point(lambda level: level * (1 / 257)).convert("L").convert("RGB")
    return (picture.convert("RGBA") if "transparency" in picture.info else picture).convert("RGB")
