"""Text ⇄ design: every way the papers, the authors and model collections write a network's name."""

import re
from pathlib import Path
from typing import Any

from menet_design import families
from menet_design.errors import DesignError, NotationError
from menet_design.families.design import Design

_ASCII = {"×": "x", "\\times": "x", "$": "", "{": "", "}": "", "−": "-", "–": "-", "‑": "-"}
# What tables add to a name: a reference, and whose network or training it is.
# Networks of which others are made than here, however near their names come to one that is built in.
_ELSEWHERE = re.compile(
    r"(?:wide[-_]?)?resnet[-_]?(?:18|34|50|101|152|200)|resnext[-_]?(?:50|101)|se[-_]?res|densenet|efficientnet|ghostnet"
    r"|mobilenet[-_]?v[34]|shufflenet[-_]?v2[-_]|regnet|convnext|vit[-_]|deit|swin|inception|squeezenet|alexnet|mnasnet|igcv"
)
_ASIDES = re.compile(r"\[[0-9]+\]|,?(?:ours|re-impl\.)")


def plain(text: str) -> str:
    """A name in lower-case ASCII without spaces, LaTeX marks or typographic signs."""
    for sign, substitute in _ASCII.items():
        text = text.replace(sign, substitute)
    return "".join(text.lower().split())


def read(text: str | Path) -> tuple[type[Design], dict[str, Any]]:
    """The family and the numbers that a name, or the path of a model config (.json), gives.

    Numbers that the text does not give are None or absent. Raises NotationError, with the published names
    that come nearest, where the text names no network.
    """
    if not isinstance(text, str | Path):
        raise NotationError(f"{text!r} is not a name of a network", "Write it as text: 228-MENet-12x1/3")
    text = str(text).strip()
    if text.lower().endswith(".json"):
        from menet_design.families.configs import load_config

        return load_config(Path(text))
    name = _ASIDES.sub("", plain(text))
    for family in families.named_in(name):
        numbers = family.read(name)
        if numbers is not None:
            return family, numbers
    raise _unknown(text)


def read_or_none(text: str) -> tuple[type[Design], dict[str, Any]] | None:
    """The same, None where the text names no network."""
    try:
        return read(text)
    except NotationError:
        return None


def family_of(text: str) -> tuple[type[Design], dict[str, Any]]:
    """The family that a text names, and the numbers that it gives where it is a network's name.

    "resnet-15" gives none, "96-ResNet-15-concat" a width and how units downsample. Raises DesignError, naming the
    families, for any other text.
    """
    try:
        return families.family(text), {}
    except DesignError as unknown:
        try:
            return read(text)
        except NotationError:
            raise unknown from None


def _unknown(text: str) -> NotationError:
    shown = text if len(text) <= 60 else f"{text[:60]}…"
    if _ELSEWHERE.match(plain(text)):
        return NotationError(f"{shown!r} names no network that is built in", "timm:NAME or net.py:Net counts it")
    nearest = suggestions(text)
    remedy = f"Did you mean {', '.join(nearest)}?" if nearest else _spelled(text)
    return NotationError(f"{shown!r} names no network", remedy, nearest)


def _spelled(text: str) -> str:
    """How a network of the family that a text speaks of is written, of the first family where it speaks of none."""
    spoken = next(families.named_in(plain(text)), None)
    if spoken is not None:
        return f"Write it as in {spoken.example}"
    first = families.family(next(iter(families.FAMILIES)))
    return f"Write it as in {first.example}; menet-design networks lists others, net.py:Net and timm:NAME count yours"


def suggestions(text: str) -> list[str]:
    """Names of published networks that come nearest to a mistyped one, best first."""
    import difflib

    spelled = {
        plain(name): design.name for design, _ in families.published() for name in (design.name, design.identifier)
    }
    close = difflib.get_close_matches(plain(text)[:60], spelled, n=2, cutoff=0.7)
    return list(dict.fromkeys(spelled[name] for name in close))
