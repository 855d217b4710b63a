"""Image files, whoever wrote them, as pictures of Pillow."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from menet_design.errors import DesignError, ImageError
from menet_design.files import open_file

if TYPE_CHECKING:
    from PIL import Image

# What is read. Pillow knows more formats, EPS among them, which it would have Ghostscript run.
FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF", "PPM")
# The most bytes that are read of an image: what Pillow lets a picture have in pixels, uncompressed, takes fewer.
_LARGEST = 2**30
_MODES = {1: "L", 3: "RGB"}


def open_image(path: str | Path, channels: int = 3) -> "Image.Image":
    """The picture in a file, upright as its EXIF data say, in colour or, with one channel, in grey, of 8 bits.

    What is transparent shows its colour, what moves its first frame. Raises ImageError for a file that cannot be read
    or is cut short, for formats other than FORMATS, and for more pixels than `PIL.Image.MAX_IMAGE_PIXELS`, before they
    are decoded.

    >>> open_image("cat.jpg")
    Traceback (most recent call last):
        ...
    menet_design.errors.ImageError: cannot read cat.jpg: No such file or directory
    """
    from PIL import Image, ImageOps

    wanted = mode(channels)
    try:
        with (
            _bounded(),
            open_file(Path(path), _LARGEST, ImageError) as file,
            Image.open(file, formats=FORMATS) as opened,
        ):
            return ImageOps.exif_transpose(_of_bytes(opened)).convert(wanted)
    except ImageError:
        raise
    except Exception as error:  # a damaged file can make the reader raise anything
        raise ImageError(f"{path} cannot be read as a picture: {_reason(error)}") from None


@contextmanager
def _bounded() -> Iterator[None]:
    """Let what Pillow warns of as a decompression bomb be an error, and nothing else that can be read all the same."""
    from PIL import Image

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        yield


def mode(channels: int) -> str:
    """What Pillow calls pictures of so many channels. Raises DesignError unless these are 3 or 1."""
    if channels not in _MODES:
        raise DesignError(f"images have 3 channels or 1, and the network takes {channels}")
    return _MODES[channels]


@cache
def endings() -> frozenset[str]:
    """How the names of such files end: ".jpg"."""
    from PIL import Image

    return frozenset(ending for ending, form in Image.registered_extensions().items() if form in FORMATS)


def _of_bytes(picture: Any) -> Any:
    """A picture whose levels have 8 bits, and what is transparent its colour."""
    if picture.mode == "F":
        raise ValueError("its levels are no whole numbers, and nothing says which of them is white")
    if picture.mode.startswith("I"):  # whole numbers of 16 bits, of which 8 are the lower ones
        return picture.convert("I").point(lambda level: level * (1 / 257)).convert("L")
    return picture.convert("RGBA") if "transparency" in picture.info else picture


def _reason(error: Exception) -> str:
    from PIL import UnidentifiedImageError

    known = f"it is none of {', '.join(FORMATS)}"
    return known if isinstance(error, UnidentifiedImageError) else getattr(error, "strerror", None) or str(error)
