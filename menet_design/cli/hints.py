"""The next commands: the words that mean the same networks again."""

import shlex
from collections.abc import Iterable, Sequence

from menet_design.cli.options import Given


def words(*found: Given) -> list[str]:
    """The words of the command line that mean these very networks: names, and the options that they need.

    Networks that need the same options share a line of words.
    """
    names: dict[str, list[str]] = {}
    for each in found:
        names.setdefault(each.options, []).append(shlex.quote(each.name))
    return [" ".join(line) + needed for needed, line in names.items()]


def next_steps(found: Sequence[Given], convention: str) -> list[str]:
    """The next commands after a count: a proof of the paper's, the steps that lead to any other."""
    if convention == "paper":
        return to_prove("prove it: menet-design verify", found)
    from menet_design.analysis.counters import convention as named

    return step_by_step(found, [named(convention).name])


def step_by_step(found: Sequence[Given], conventions: Iterable[str]) -> list[str]:
    """The commands that show the steps of some conventions."""
    from menet_design.analysis.counters import EARLIER

    option = "" if EARLIER.keys().isdisjoint(conventions) else " --earlier"
    return [f"step by step: menet-design reconcile {line}{option}" for line in words(*found)]


def to_prove(step: str, found: Sequence[Given], options: str = "") -> list[str]:
    """The commands that prove something of networks: of those that can be run."""
    return [f"{step} {line}{options}" for line in words(*(each for each in found if each.has_code))]
