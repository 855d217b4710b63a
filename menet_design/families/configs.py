"""The JSON model configs of MENet's authors, of MENet, MobileNet and ShuffleNet, read and written.

Their keys are kept; `resolution`, `in_channels` and the like, which the authors' have not, say what else a design has.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

from menet_design.errors import DesignError, NotationError
from menet_design.families.design import Design
from menet_design.families.menet import MENet
from menet_design.families.mobilenet import WIDTH, MobileNet
from menet_design.families.shufflenet import WIDTHS, ShuffleNet
from menet_design.families.staged import BLOCKS, STAGES
from menet_design.files import TEXT, read_file, unique
from menet_design.values import as_fraction, listed, reduced

# The stem of the authors' ShuffleNet at 1×.
_STEM = 24
# Numbers of designs that any config may have, by their keys in it.
_COMMON = {
    "num_classes": "classes",
    "resolution": "resolution",
    "in_channels": "channels",
    "small_images": "small_images",
    "round_to": "round_to",
    "shuffle_groups": "shuffle_groups",
}
Numbers = dict[str, Any]


def load_config(path: Path) -> tuple[type[Design], Numbers]:
    """The family and the numbers that the authors' model config in a file gives; NotationError where it is none."""
    import json

    text = read_file(path, TEXT, NotationError)
    try:
        config = json.loads(text.decode("utf-8-sig"), object_pairs_hook=unique)
    except DesignError as error:
        raise NotationError(f"{path} is no model config: {error}") from None
    except (RecursionError, ValueError):
        raise NotationError(f"{path} is not JSON") from None
    return read_config(config)


def read_config(config: Any) -> tuple[type[Design], Numbers]:
    """The family and the numbers that an authors' model config, already parsed from JSON, gives."""
    name = config.get("name") if isinstance(config, Mapping) else None
    for pattern, family, keys, read in _KINDS:
        named = re.fullmatch(pattern, name) if isinstance(name, str) else None
        if named:
            common = {key: field for key, field in _COMMON.items() if family.has(field)}
            _check_keys(config, {"name", "init_mode", *keys, *common}, family)
            numbers = read(config, *map(int, named.groups()))
            return family, numbers | {field: _plain(config[key]) for key, field in common.items() if key in config}
    known = '"name": "menet", "mobilenet" or "shufflenet_group_3"'
    raise NotationError("this is not a model config of a known family", f"The authors' have {known}")


def write_config(design: Design) -> dict[str, Any]:
    """The authors' JSON model config of a design; NotationError where they have none."""
    write = next((write for kind, write in _WRITERS.items() if type(design) is kind), None)
    if write is None:
        remedy = f"The authors have those of {listed(kind.example for kind in _WRITERS)}"
        raise NotationError(f"there is no model config for {design.name}", remedy)
    numbers, usual = vars(design), design.defaults()
    fields = {key: field for key, field in _COMMON.items() if design.has(field)}
    return write(design) | {key: numbers[field] for key, field in fields.items() if numbers[field] != usual[field]}


def _read_menet(config: Mapping[str, Any]) -> Numbers:
    widths, fusions = _triple(config, "block_channels"), _triple(config, "side_channels")
    expansion = Fraction(fusions[1], fusions[0])
    grows = fusions[2] == fusions[0] * expansion**2
    return {
        "width": widths[0],
        "widths": tuple(widths),
        "fusion": fusions[0],
        "expansion": expansion if grows else Fraction(1),
        "fusions": tuple(fusions),
        "blocks": _blocks(config),
        "stem": _whole(config, "init_c"),
        "groups": _whole(config, "groups"),
    }


def _write_menet(design: MENet) -> dict[str, Any]:
    if design.combine == "add":
        raise NotationError(f"the authors' model config has no word for element-wise addition ({design.name})")
    grown = tuple(int(design.fusion * design.expansion**stage) for stage in range(STAGES))
    return {
        "name": "menet",
        "block_channels": list(design.widths or (design.width * 2**stage for stage in range(STAGES))),
        "block_layers": list(design.blocks),
        "init_c": design.stem,
        "side_channels": list(design.fusions or grown),
        "groups": design.groups,
        "init_mode": "fan_out",
    }


def _read_mobilenet(config: Mapping[str, Any]) -> Numbers:
    return {"width": reduced(WIDTH * _multiplier(config, "width_mul"))}


def _write_mobilenet(design: MobileNet) -> dict[str, Any]:
    return {"name": "mobilenet", "width_mul": float(Fraction(design.width, WIDTH)), "init_mode": "fan_in"}


def _read_shufflenet(config: Mapping[str, Any], groups: int) -> Numbers:
    if groups not in WIDTHS:
        raise NotationError(f"the paper scales no ShuffleNet of {groups} groups", f"Known: {listed(WIDTHS)}")
    width = reduced(WIDTHS[groups] * _multiplier(config, "width_mul"))
    stem = reduced(_STEM * _multiplier(config, "init_mul"))
    return {"width": width, "groups": groups, "stem": stem, "blocks": _blocks(config)}


def _write_shufflenet(design: ShuffleNet) -> dict[str, Any]:
    if design.groups not in WIDTHS or design.widths or design.variant != "paper":
        raise NotationError(f"the authors' model config has no words for {design.name}")
    written = {
        "name": f"shufflenet_group_{design.groups}",
        "init_mul": float(Fraction(design.stem, _STEM)),
        "width_mul": float(Fraction(design.width, WIDTHS[design.groups])),
        "init_mode": "fan_out",
    }
    return written | ({} if design.blocks == BLOCKS else {"block_layers": list(design.blocks)})


# By the pattern of a config's name: whose it is, the keys that it has beside the common ones, and how they are read.
_KINDS: tuple[tuple[str, type[Design], tuple[str, ...], Callable[..., Numbers]], ...] = (
    ("menet", MENet, ("block_channels", "block_layers", "init_c", "side_channels", "groups"), _read_menet),
    ("mobilenet", MobileNet, ("width_mul",), _read_mobilenet),
    (r"shufflenet_group_(\d{1,3})", ShuffleNet, ("init_mul", "width_mul", "block_layers"), _read_shufflenet),
)
_WRITERS: Mapping[type[Design], Callable[[Any], dict[str, Any]]] = {
    MENet: _write_menet,
    MobileNet: _write_mobilenet,
    ShuffleNet: _write_shufflenet,
}


def _check_keys(config: Mapping[str, Any], known: Iterable[str], family: type[Design]) -> None:
    unknown = sorted(set(config) - set(known))
    if unknown:
        cause = f"the model config of a network like {family.example} has no {unknown[0]!r:.40}"
        raise NotationError(cause, f"Known: {', '.join(sorted(known))}")


def _plain(value: Any) -> Any:
    """A value of JSON as a design takes it."""
    return tuple(value) if isinstance(value, list) else value


def _whole(config: Mapping[str, Any], key: str) -> int:
    value = config.get(key)
    if type(value) is int:
        return value
    raise NotationError(f"the model config needs a whole number {key!r}")


def _multiplier(config: Mapping[str, Any], key: str) -> Fraction:
    value = config.get(key, 1)
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 10**6:
        return as_fraction(value)
    raise NotationError(f"{key!r} of the model config is not a number above 0")


def _blocks(config: Mapping[str, Any]) -> tuple[int, ...]:
    return tuple(_triple(config, "block_layers")) if "block_layers" in config else BLOCKS


def _triple(config: Mapping[str, Any], key: str) -> list[int]:
    values = config.get(key)
    if isinstance(values, list) and len(values) == STAGES and all(type(v) is int and v > 0 for v in values):
        return values
    raise NotationError(f"the model config needs {key!r}, {STAGES} whole numbers")
