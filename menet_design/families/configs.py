"""The JSON model configs of MENet's authors, read and written."""

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

from menet_design.errors import NotationError
from menet_design.families.design import Design
from menet_design.families.menet import BLOCK_LAYERS, STAGES, MENet

_KEYS = {"name", "block_channels", "block_layers", "init_c", "side_channels", "groups", "init_mode"}


def load_config(path: Path) -> tuple[type[Design], dict[str, Any]]:
    """The family and the numbers that the authors' model config in a file gives; NotationError where it is none."""
    import json

    try:
        config = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise NotationError(f"cannot read the model config {path}: {error.strerror}") from None
    except (RecursionError, ValueError):
        raise NotationError(f"{path} is not JSON") from None
    return read_config(config)


def read_config(config: Any) -> tuple[type[Design], dict[str, Any]]:
    """The family and the numbers that an authors' model config, already parsed from JSON, gives."""
    if not isinstance(config, Mapping) or config.get("name") != MENet.family:
        remedy = f'The authors\' have "name": "{MENet.family}"'
        raise NotationError("this is not a model config of a known family", remedy)
    unknown = sorted(set(config) - _KEYS)
    if unknown:
        cause = f"the model config of a MENet has no {unknown[0]!r}"
        raise NotationError(cause, f"Known: {', '.join(sorted(_KEYS))}")
    widths, sides = _triple(config, "block_channels"), _triple(config, "side_channels")
    if _triple({"block_layers": list(BLOCK_LAYERS), **config}, "block_layers") != list(BLOCK_LAYERS):
        raise NotationError("block_layers of a MENet are [3, 7, 3] (Table I)")
    if widths != [widths[0] * 2**stage for stage in range(STAGES)]:
        raise NotationError(f"block_channels {widths} do not double from stage to stage")
    expansion = Fraction(sides[1], sides[0])
    if sides[2] != sides[0] * expansion**2:
        raise NotationError(f"side_channels {sides} do not grow by one factor from stage to stage")
    numbers = {"width": widths[0], "fusion": sides[0], "expansion": expansion}
    return MENet, numbers | {"stem": _entry(config, "init_c"), "groups": _entry(config, "groups")}


def write_config(design: Design) -> dict[str, Any]:
    """The authors' JSON model config of a design; NotationError where they have none."""
    if not isinstance(design, MENet):
        raise NotationError(f"there is no model config for {design.name}", "The authors' config knows MENet")
    if design.combine == "add":
        raise NotationError(f"the authors' model config has no word for element-wise addition ({design.name})")
    return {
        "name": design.family,
        "block_channels": [design.width * 2**stage for stage in range(STAGES)],
        "block_layers": list(BLOCK_LAYERS),
        "init_c": design.stem,
        "side_channels": [int(design.fusion * design.expansion**stage) for stage in range(STAGES)],
        "groups": design.groups,
        "init_mode": "fan_out",
    }


def _entry(config: Mapping[str, Any], key: str) -> Any:
    if type(config.get(key)) is int:
        return config[key]
    raise NotationError(f"the model config of a MENet needs a whole number {key!r}")


def _triple(config: Mapping[str, Any], key: str) -> list[int]:
    values = config.get(key)
    if isinstance(values, list) and len(values) == STAGES and all(type(v) is int and v > 0 for v in values):
        return values
    raise NotationError(f"the model config of a MENet needs {key!r}, {STAGES} whole numbers")
