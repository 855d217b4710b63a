"""What a design or a module is written as: one file a format, chosen by the ending of what is written."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from menet_design.errors import DesignError
from menet_design.exporting import config, onnx, program, source, weights
from menet_design.exporting.difference import Difference
from menet_design.exporting.subject import Subject
from menet_design.files import check_writable, write_whole
from menet_design.values import MAX_CHANNELS, check_known, check_whole

_MAX_SEED = 2**63 - 1


class Format(NamedTuple):
    """What writes a subject into a file, and which of its fields count there; others are refused.

    What runs is compared with the model, and the difference returned.
    """

    write: Callable[[Subject, Path], Difference | None]
    takes: tuple[str, ...] = ()


FORMATS: Mapping[str, Format] = {
    ".safetensors": Format(weights.write, ("weights",)),
    ".pt2": Format(program.write, ("weights", "shuffle", "dynamic", "batch", "deploy")),
    ".onnx": Format(onnx.write, ("weights", "shuffle", "dynamic", "batch", "deploy")),
    ".py": Format(source.write, ("shuffle",)),
    ".json": Format(config.write),
}


@dataclass(frozen=True)
class Exported:
    """A file that was written: of which network, where its weights come from, if it has any, and its difference."""

    path: Path
    title: str
    bytes: int
    weights: str | None
    difference: Difference | None

    def __str__(self) -> str:
        size = self.weights and f"{self.weights}; {self.bytes:,} bytes"
        return "\n".join(str(line) for line in (f"{self.path}: {self.title}", size, self.difference) if line)


def export(subject: Subject, path: Path, force: bool = False) -> Exported:
    """Write a subject into a file, whole or not at all, in the format that its ending says.

    Raises DesignError for another ending, for what has no place in such a file, where the file cannot be written or
    exists while `force` is false, and where what is written is not the model.
    """
    found = _format(path)
    _check_taken(subject, path, found)
    _check_numbers(subject)
    check_writable(path, force)
    differences: list[Difference | None] = []
    write_whole(lambda temporary: differences.append(found.write(subject, temporary)), path, force)
    origin = subject.origin if "weights" in found.takes else None
    return Exported(path, subject.title, path.stat().st_size, origin, differences[0])


def _check_numbers(subject: Subject) -> None:
    check_whole("seed", subject.seed, 0, _MAX_SEED)
    check_whole("batch", subject.batch, 1, MAX_CHANNELS)
    if subject.dynamic is not None:
        check_known("choice of what is dynamic", subject.dynamic, tuple(program.OPEN))


def _format(path: Path) -> Format:
    ending = path.suffix.lower()
    if ending not in FORMATS:
        raise DesignError(f"{ending or path.name} says no format", f"Known: {', '.join(FORMATS)}")
    return FORMATS[ending]


def _check_taken(subject: Subject, path: Path, found: Format) -> None:
    """Refuse what was asked for and has no place in a file of a format."""
    for name, usual in {"weights": None, "shuffle": "5d", "dynamic": None, "batch": 1, "deploy": False}.items():
        if getattr(subject, name) != usual and name not in found.takes:
            having = ", ".join(ending for ending, each in FORMATS.items() if name in each.takes)
            raise DesignError(f"a {path.suffix.lower()} file takes no --{name}", f"Files that do: {having}")
