"""The design that a file of safetensors says in its metadata that its weights belong to, read without the weights."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from menet_design.errors import DesignError, NotationError
from menet_design.files import WEIGHTS, open_file, unique

_ENDING = ".safetensors"
# The key in a file's metadata under which its design stands: an object of JSON, the name and the numbers beside it.
_KEY = "menet-design"
# The most bytes that are read of a file's header, which has a line for each tensor.
_HEADER = 2**23
# Numbers of which there is one for each of so many stages.
_BY_STAGE, _STAGES = ("blocks", "widths", "fusions"), 3


def stored(source: Any) -> Path | None:
    """The path of such a file that a source is; None for any other source."""
    is_path = isinstance(source, str | Path) and str(source).strip().lower().endswith(_ENDING)
    return Path(str(source).strip()) if is_path else None


def written(name: str, numbers: Mapping[str, Any]) -> dict[str, str]:
    """The metadata that say a design: its name, and the numbers that the name leaves to be other ones."""
    import json

    return {_KEY: json.dumps({"name": name, **numbers})}


def said(path: Path) -> tuple[str, dict[str, Any]]:
    """The name and the numbers that a file of safetensors says of its design; NotationError where it says none."""
    import json

    try:
        config = json.loads(_metadata(path)[_KEY], object_pairs_hook=unique)
        name = config.pop("name")
    except (AttributeError, KeyError, TypeError):
        remedy = f"Name the network, and give --weights {path}"
        raise NotationError(f"{path} does not say which network its weights belong to", remedy) from None
    except (DesignError, RecursionError, ValueError):
        raise NotationError(f"{path} says no design in its metadata") from None
    is_name = isinstance(name, str) and not name.lower().endswith((".json", _ENDING))
    if not (is_name and all(_is_plain(*each) for each in config.items())):
        raise NotationError(f"{path} says no design in its metadata")
    return name, {key: tuple(value) if isinstance(value, list) else value for key, value in config.items()}


def _metadata(path: Path) -> Any:
    """The metadata in the header of a file; NotationError for what is no file of safetensors."""
    import json

    with open_file(path, WEIGHTS, NotationError) as file:
        length = int.from_bytes(file.read(8), "little")
        head = file.read(length) if length <= _HEADER else b""
    try:
        return json.loads(head, object_pairs_hook=unique).get("__metadata__", {})
    except (AttributeError, DesignError, RecursionError, ValueError):
        raise NotationError(f"{path} is not a file of safetensors") from None


def _is_plain(key: str, value: Any) -> bool:
    """Whether a value of JSON is of the type that the number of a design has: whole, or one a stage or a side."""
    sides = 2 if key == "resolution" and isinstance(value, list) else _STAGES if key in _BY_STAGE else 0
    if not sides:
        return type(value) is (bool if key == "small_images" else int)
    return isinstance(value, list) and len(value) == sides and all(type(each) is int for each in value)
