"""What can go wrong, and the nearest thing that cannot."""

import os
import re
from collections.abc import Iterable
from typing import Any

# The most characters of a message's part that are shown.
_LONGEST = 500


def printable(text: str) -> str:
    """A text, whoever wrote it, for one line of a terminal: cut short, and what is not printable escaped."""
    shown = text if len(text) <= _LONGEST else f"{text[: _LONGEST - 100]} … {text[-100:]}"
    return escaped(re.sub(r"\s+", " ", shown))


def escaped(text: str) -> str:
    """A text, whoever wrote it, with what is not printable escaped."""
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in text)


class DesignError(ValueError):
    """A request that cannot be met: its cause in one line and what to ask for instead.

    `cause` says what is wrong, `nearest` holds the nearest legal values (empty where there are none),
    `remedy` is the sentence that names them. `str()` joins cause and remedy.
    """

    def __init__(self, cause: str, remedy: str = "", nearest: Iterable[Any] = ()) -> None:
        self.cause, self.remedy = printable(cause), printable(remedy)
        self.nearest = tuple(nearest)
        super().__init__(f"{self.cause}. {self.remedy}" if remedy else self.cause)


class NotationError(DesignError):
    """A name or a model config that says no design; `nearest` holds names that are meant perhaps."""


class IllegalDesign(DesignError):
    """Numbers that make no network; `nearest` holds the legal values around the offending one."""


class ImpossibleBudget(DesignError):
    """A budget that no legal design meets; `nearest` holds the design that comes closest."""


class CheckpointError(DesignError):
    """A file of weights that cannot be read safely, or that does not fit the model."""


class ImageError(DesignError):
    """A picture that cannot be read, or not safely."""


class MissingPackage(DesignError):
    """An optional package that this call needs is not installed."""


# What installs a package, if not the extra for models.
_TORCH = "'menet-design[torch]'"
_INSTALLED = {
    "pandas": "pandas",
    "tensorboard": "'menet-design[tensorboard]'",
    **dict.fromkeys(("onnx", "onnxruntime", "onnxscript"), "'menet-design[onnx]'"),
    **dict.fromkeys(("joblib", "moocore"), "'menet-design[search]'"),
}


def missing(error: ModuleNotFoundError) -> MissingPackage:
    """What to install where an optional package is not there."""
    package = (error.name or "").partition(".")[0]
    return MissingPackage(f"this needs {package}, which is not installed", f"Install {_INSTALLED.get(package, _TORCH)}")


def lines_of(error: Exception) -> list[str]:
    """What somebody else's error says, line by line, each cut off where it goes on and on; its type if nothing."""
    return [line[:160] for line in str(error).strip().splitlines()] or [type(error).__name__]


def check_memory(what: str, needed: float, remedy: str) -> None:
    """Raise DesignError before the machine runs out of memory: `needed` bytes, more or less, are more than it has."""
    present = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") if hasattr(os, "sysconf") else needed
    if needed > present:
        has = f"this machine has {present / 1e9:.0f} GB"
        raise DesignError(f"{what} needs about {needed / 1e9:.0f} GB of memory, {has}", remedy)
