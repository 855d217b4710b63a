"""The names of classes: those of ImageNet, and those that a file lists."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from menet_design.errors import DesignError
from menet_design.files import TEXT, read_file


@cache
def imagenet() -> Mapping[str, str]:
    """The names of the 1000 classes of ILSVRC2012 by their synsets, in the order in which networks number them.

    >>> list(imagenet().items())[285]
    ('n02124075', 'Egyptian cat')
    """
    lines = Path(__file__).with_name("imagenet.txt").read_text(encoding="utf-8").splitlines()
    pairs = (line.partition(" ")[::2] for line in lines if not line.startswith("#"))
    return dict(pairs)


def names(classes: int, file: str | Path | None = None) -> tuple[str, ...] | None:
    """The names of so many classes: those of a file, one a line, ImageNet's of a thousand, None of any other number.

    Raises DesignError for a file that cannot be read, or has another number of names.
    """
    if file is None:
        return tuple(imagenet().values()) if classes == len(imagenet()) else None
    try:
        found = read_file(Path(file), TEXT).decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise DesignError(f"{file} is not text in UTF-8", "Write the name of a class on each line") from None
    if len(found) != classes:
        raise DesignError(f"{file} has {len(found):,} lines, and the network {classes:,} classes")
    return tuple(found)
