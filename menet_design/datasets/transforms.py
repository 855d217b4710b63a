"""What is made of a picture before a network takes it."""

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import torch
from torch import Tensor

if TYPE_CHECKING:
    from PIL import Image

# Mean and standard deviation of the channels over ImageNet, by which images are normalised; of grey, those of
# the three on average.
MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
GREY_MEAN, GREY_DEVIATION = (0.449,), (0.226,)
# The part of the shorter edge that is seen. Images of small sides, as those of CIFAR, have nothing to be cut off.
_SEEN, _SMALL = Fraction(7, 8), 96


@dataclass(frozen=True)
class Evaluation:
    """The centre of a picture in the shape (channels, height, width) that a network takes, normalised.

    The shorter edge becomes 1 / `seen` of the network's side, bilinearly: 256 pixels for 224, and the longer edge what
    keeps their ratio best. By default networks for less than 96 pixels see all of it.

    >>> from PIL import Image
    >>> Evaluation((3, 224, 224))(Image.new("RGB", (500, 375))).shape
    torch.Size([3, 224, 224])
    """

    shape: tuple[int, int, int]
    seen: Fraction | None = None

    def __call__(self, picture: "Image.Image") -> Tensor:
        """The tensor of a picture of as many channels."""
        return normalised(self._cropped(picture))

    def __str__(self) -> str:
        _, height, width = self.shape
        edge = round(min(height, width) / self._seen)
        return f"shorter edge {edge}, centre crop {height}×{width}, normalised by ImageNet's mean and deviation"

    @property
    def _seen(self) -> Fraction:
        return self.seen or (_SEEN if min(self.shape[1:]) >= _SMALL else Fraction(1))

    def _cropped(self, picture: "Image.Image") -> "Image.Image":
        """The crop, made at once: nothing outside of it is resized, however long the picture is."""
        from PIL import Image

        _, height, width = self.shape
        scale = max(
            Fraction(round(side / self._seen), has) for side, has in zip((width, height), picture.size, strict=True)
        )
        spans = [_span(side, has, scale) for side, has in zip((width, height), picture.size, strict=True)]
        (left, right), (top, bottom) = spans
        return picture.resize((width, height), Image.Resampling.BILINEAR, (left, top, right, bottom))


def _span(side: int, has: int, scale: Fraction) -> tuple[float, float]:
    """From where to where, in pixels of a picture's edge, the middle of the resized edge lies."""
    edge = round(has * scale)
    first = (edge - side) // 2
    return first * has / edge, (first + side) * has / edge


def normalised(picture: "Image.Image") -> Tensor:
    """A picture's levels, from 0 to 1, less ImageNet's mean over its deviation, of shape (channels, height, width)."""
    channels = len(picture.getbands())
    usual = (MEAN, DEVIATION) if channels == len(MEAN) else (GREY_MEAN, GREY_DEVIATION)
    mean, deviation = (torch.tensor(each)[:, None, None] for each in usual)
    pixels = torch.frombuffer(bytearray(picture.tobytes()), dtype=torch.uint8)
    levels: Tensor = pixels.view(picture.height, picture.width, channels).permute(2, 0, 1) / 255
    return (levels - mean) / deviation
