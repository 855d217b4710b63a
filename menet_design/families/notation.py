"""Text ⇄ design: every way the papers, the authors and model collections write a network's name."""

import re
from collections import Counter
from fractions import Fraction
from pathlib import Path
from typing import Any

from menet_design import families
from menet_design.errors import DesignError, NotationError
from menet_design.families.design import Design
from menet_design.families.metadata import said, stored
from menet_design.families.spelling import NUMBER, size
from menet_design.values import check_type

_ASCII = {"×": "x", "\\times": "x", "$": "", "{": "", "}": "", "−": "-", "–": "-", "‑": "-"}
# Networks of which others are made than here, however near their names come to one that is built in.
_ELSEWHERE = re.compile(
    r"(?:wide[-_]?)?resnet[-_]?(?:18|34|50|101|152|200)|resnext|se[-_]?(?:res|net)|preact|densenet|efficientnet|ghostnet"
    r"|mobilenet[-_]?v[34]|shufflenet[-_]?v2[-_]|regnet|convnext|vit[-_]|deit|swin|inception|squeezenet|alexnet|mnasnet|igcv"
)
# What tables add to a name: a reference, and whose network or training it is.
# What stands behind a title: ", 160×160, 10 classes, 1 channel".
_FED = re.compile(
    rf"(?=,)(?:,(?P<resolution>{NUMBER}x{NUMBER}))?(?:,(?P<classes>{NUMBER})class(?:es)?)?"
    rf"(?:,(?P<channels>{NUMBER})channels?)?(?:,(?P<small_images>smallimages))?$"
)
_ASIDES = re.compile(r"\[[0-9]+\]|,?(?:ours|re-impl\.)")


def plain(text: str) -> str:
    """A name in lower-case ASCII without spaces, LaTeX marks or typographic signs."""
    for sign, substitute in _ASCII.items():
        text = text.replace(sign, substitute)
    return "".join(text.lower().split())


def read(text: str | Path) -> tuple[type[Design], dict[str, Any]]:
    """The family and the numbers that a name gives, or the path of a model config (.json) or weights (.safetensors).

    Numbers that the text does not give are None or absent. Raises NotationError, with the published names
    that come nearest, where the text names no network.
    """
    check_type("the name of a network", text, (str, Path), "text or a path")
    text = str(text).strip()
    if text.lower().endswith(".json"):
        from menet_design.families.configs import load_config

        return load_config(Path(text))
    if path := stored(text):
        return _said_in(path)
    name = _ASIDES.sub("", plain(text))
    fed = _FED.search(name)
    name = name[: fed.start()] if fed else name
    for family in families.named_in(name):
        numbers = family._read(name)
        if numbers is not None:
            return family, numbers | (_said_of_input(fed) if fed else {})
    raise _unknown(text)


def _said_in(path: Path) -> tuple[type[Design], dict[str, Any]]:
    """The family and the numbers that a file of weights says of its design."""
    name, others = said(path)
    family, numbers = read(name)
    for field in others:
        family.check_has(field)
    return family, numbers | others


def _said_of_input(fed: re.Match[str]) -> dict[str, Any]:
    """The numbers of input and classes that stand behind a title."""
    said = {part: number for part, number in fed.groupdict().items() if number}
    return {part: part == "small_images" or size(number) for part, number in said.items()}


def read_or_none(text: str) -> tuple[type[Design], dict[str, Any]] | None:
    """The same, None where the text names no network."""
    try:
        return read(text)
    except NotationError:
        return None


def family_of(text: str | Design | type[Design]) -> tuple[type[Design], dict[str, Any]]:
    """The family that a text names, and the numbers that it gives where it is a network's name.

    "resnet-15" gives none, "96-ResNet-15-concat" a width and how units downsample. A design gives its own numbers, its
    class none. Raises DesignError, naming the families, for any other text, TypeError for anything else.
    """
    if isinstance(text, Design):
        return type(text), text.numbers()
    if isinstance(text, type) and issubclass(text, Design):
        return text, {}
    check_type("a family", text, str, "the name of one or of a network, a Design or its class")
    try:
        return families.family(text), {}
    except DesignError as unknown:
        try:
            return read(text)
        except NotationError:
            raise unknown from None


def _unknown(text: str) -> NotationError:
    shown = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
    if _ELSEWHERE.match(plain(text)):
        return NotationError(f"{shown!r} names no network that is built in", "timm:NAME or net.py:Net counts it")
    nearest = suggestions(text)
    remedy = f"Did you mean {', '.join(nearest)}?" if nearest else spelled(text)
    return NotationError(f"{shown!r} names no network", remedy, nearest)


def spelled(text: str) -> str:
    """How networks of the families that a text speaks of are written, or which families there are."""
    spoken = list(families.named_in(plain(text)))
    if not spoken:
        known = ", ".join(families.FAMILIES)
        return f"Families: {known}; timm:NAME and net.py:Net count others"
    if plain(text).replace("-", "") == spoken[0].family.replace("-", ""):
        return f"Published: {', '.join(design.name for design in list(spoken[0].published)[:3])}, …"
    return f"Write it as in {' or '.join(each.example for each in spoken)}"


def suggestions(text: str) -> list[str]:
    """Names that a mistyped one perhaps means, best first: none of another family, nor without one of its numbers."""
    import difflib

    known = {plain(name): each.name for each, _ in families.published() for name in (each.name, each.identifier)}
    repaired = _repaired(plain(text)[:_LONGEST])
    if repaired:
        return list(dict.fromkeys(known.get(name, name) for name in repaired))
    near = {
        known_name: name
        for known_name, name in known.items()
        if not _numbers(text) - _numbers(known_name) and _are_alike(_letters(text), _letters(known_name))
    }
    close = difflib.get_close_matches(plain(text)[:_LONGEST], near, n=2, cutoff=0.7)
    return list(dict.fromkeys(near[name] for name in close))


def _repaired(name: str) -> list[str]:
    """The names that come of a text with a family's word in place of one that is like it."""
    words = {_letters(word) for word in families.FAMILIES.values()}
    written = max(re.findall("[a-z]+", name), key=len, default="")
    candidates = (name.replace(written, word) for word in sorted(words - {written}) if _are_alike(written, word))
    return [each for each in candidates if any(family._read(each) for family in families.named_in(each))]


def _are_alike(one: str, other: str) -> bool:
    """Whether the letters of two names differ by a slip of the hand at most: MNet is like MENet, SqueezeNet is not."""
    from difflib import SequenceMatcher

    return SequenceMatcher(None, one, other).ratio() >= _LIKE


_LIKE = 0.8
_LONGEST = 60  # of a text that is compared or echoed


def _letters(text: str) -> str:
    """The letters of a name alone, which its family has whatever its numbers are."""
    return re.sub("[^a-z]", "", plain(text)[:_LONGEST])


def _numbers(text: str) -> Counter[Fraction]:
    """The numbers of a name, as often as they are written."""
    return Counter(map(Fraction, re.findall(r"[0-9]+(?:\.[0-9]+)?", plain(text)[:_LONGEST])))
