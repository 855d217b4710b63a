"""How a network is trained, as a file of TOML says it. Without torch, so that what there is not is refused at once."""

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal, get_args

from menet_design.errors import DesignError
from menet_design.files import read_file
from menet_design.values import check_known, check_number, check_type, check_whole, listed

Schedule = Literal["steps", "cosine"]
Precision = Literal["float32", "bfloat16", "float16"]
# The recipe that says every number: that of the MENet paper. Others say what differs.
PAPER = "menet"
# The most bytes of a file: a key of many dots takes memory with the square of its length.
_LARGEST = 2**14
_CHOICES = {"schedule": get_args(Schedule), "precision": get_args(Precision)}
_FLAGS = ("nesterov", "decay_norms", "decay_depthwise", "flip")
# Numbers, and the least and the largest that are taken.
_WHOLE = {
    "epochs": (1, 10**5),
    "batch": (2, 2**20),  # of one image, batch norm has no variance
    "step_epochs": (1, 10**5),
    "seed": (0, 2**32 - 1),
}
_REAL: Mapping[str, tuple[float, float]] = {
    "learning_rate": (0, 1000),
    "step_factor": (0, 1),
    "momentum": (0, 1),
    "weight_decay": (0, 1),
    "label_smoothing": (0, 1),
    "ema": (0, 1),
}
# From and to.
_RANGES: Mapping[str, tuple[float, float]] = {
    "crop_area": (0.001, 1),
    "crop_aspect": (0.01, 100),
}


@dataclass(frozen=True)
class Recipe:
    """How a network is trained; `recipes/menet.toml` has a source for each number, or says that it is an assumption.

    `epochs` over all images; `batch`: images of a step, on all processes together. `learning_rate` of stochastic
    gradient descent, which is multiplied with `step_factor` every `step_epochs` epochs, or falls to 0 as a cosine
    (`schedule`); `momentum`, and whether it is Nesterov's; `weight_decay`, of the scales and shifts of norms too if
    `decay_norms`, and of depthwise convolutions if `decay_depthwise`; `label_smoothing`, a share of 1; `ema`: decay a
    step of the exponential moving average of the weights that is tested and kept, 0 for none; `precision` of forward
    passes. `crop_area` and `crop_aspect`, width / height: least and largest of random crops, as shares of the image's;
    `flip`: every other image is mirrored; `seed` of all that is random.

    Raises DesignError for what is out of range, TypeError for what is of another type.
    """

    epochs: int
    batch: int
    learning_rate: float
    schedule: Schedule
    step_factor: float
    step_epochs: int
    momentum: float
    nesterov: bool
    weight_decay: float
    decay_norms: bool
    decay_depthwise: bool
    label_smoothing: float
    ema: float
    precision: Precision
    crop_area: tuple[float, float]
    crop_aspect: tuple[float, float]
    flip: bool
    seed: int

    def __post_init__(self) -> None:
        for name, known in _CHOICES.items():
            check_known(name, getattr(self, name), known)
        for name in _FLAGS:
            check_type(name, getattr(self, name), bool, "true or false")
        for name, limits in _WHOLE.items():
            check_whole(name, getattr(self, name), *limits)
        for name, (least, most) in _REAL.items():
            _check_real(name, getattr(self, name), least, most)
        for name, (least, most) in _RANGES.items():
            self._check_range(name, least, most)
        if self.nesterov and not self.momentum:
            raise DesignError("Nesterov's momentum needs one", "Give momentum, or nesterov = false")

    def _check_range(self, name: str, least: float, most: float) -> None:
        values = getattr(self, name)
        check_type(name, values, (list, tuple), "a list of two numbers")
        for value in values:
            _check_real(name, value, least, most)
        if not (len(values) == 2 and values[0] <= values[1]):
            raise DesignError(f"{name} {listed(values)} is not a least and a largest", "Write it as [0.25, 1.0]")
        object.__setattr__(self, name, tuple(map(float, values)))

    def __repr__(self) -> str:
        return f"Recipe({self.epochs} epochs, batch {self.batch}, learning rate {self.learning_rate:g} {self.schedule})"

    def to_toml(self) -> str:
        """The recipe as a file that says every number."""
        return "".join(f"{name} = {_toml(value)}\n" for name, value in asdict(self).items())


def read_recipe(source: str | Path = PAPER, **numbers: Any) -> Recipe:
    """The recipe of a file of TOML, or one that is shipped ("menet", "fashion-mnist"), with some other numbers.

    What it leaves out is as in the paper's. Raises DesignError for a file that cannot be read or says what no recipe
    has, for an unknown name and for what is out of range.

    >>> read_recipe()
    Recipe(120 epochs, batch 256, learning rate 0.1 steps)
    >>> read_recipe("menet", epoch=3)
    Traceback (most recent call last):
        ...
    menet_design.errors.DesignError: a recipe has no epoch. Nearest: epochs
    """
    check_type("a recipe", source, (str, Path), "a name or a path")
    said = _said(PAPER) | _said(source) | numbers
    names = [each.name for each in fields(Recipe)]
    for name in said:
        if name not in names:
            nearest = get_close_matches(name, names, 1, 0.5) or names
            raise DesignError(f"a recipe has no {name:.40}", f"Nearest: {listed(nearest)}", nearest)
    try:
        return Recipe(**said)
    except TypeError as error:
        raise DesignError(f"no recipe: {error}") from None


def shipped() -> list[str]:
    """The names of the recipes that come with the package."""
    return sorted(each.name.removesuffix(".toml") for each in (files(__package__) / "recipes").iterdir())


def _said(source: str | Path) -> dict[str, Any]:
    """The table of a recipe's file."""
    text = str(source)
    if isinstance(source, str) and "." not in text and "/" not in text:
        check_known("recipe", text, shipped())
        content = (files(__package__) / "recipes" / f"{text}.toml").read_bytes()
    else:
        content = read_file(Path(source), _LARGEST)
    try:
        return tomllib.loads(content.decode())
    except (ValueError, RecursionError) as error:  # of what is no UTF-8, no TOML, or a number of too many digits
        raise DesignError(f"{text} is no file of TOML: {error}") from None


def _check_real(name: str, value: Any, least: float, most: float) -> None:
    check_number(name, value)
    if not least <= value <= most:
        raise DesignError(f"{name} {value!s:.20} is not a number from {least:g} to {most:g}")


def _toml(value: Any) -> str:
    """A value of a recipe as TOML writes it."""
    if isinstance(value, bool | str):
        return f'"{value}"' if isinstance(value, str) else str(value).lower()
    return f"[{', '.join(map(repr, value))}]" if isinstance(value, tuple) else repr(value)
