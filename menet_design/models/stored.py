"""State dicts from files, read without running anything that the file may hold."""

import contextlib
import re
import warnings
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import torch
from torch import Tensor

from menet_design.errors import CheckpointError, missing
from menet_design.files import WEIGHTS, open_file

_NUMBERS = (torch.float16, torch.bfloat16, torch.float32, torch.float64)
_COUNTERS = (torch.int64, torch.int32)
# How deep a state dict may lie in what a file holds.
_DEPTH = 4
# What files are by their first bytes where they are none of weights, and what to do then.
_OTHERS = {
    rb"(?i)\s*(\xef\xbb\xbf)?\s*<(!doctype html|html)": ("is an HTML page", "Download the file that it shows"),
    rb"\s*<\?xml": ("is an XML document, which servers send in place of a file", "Download it anew"),
    rb"version https://git-lfs\.github\.com/spec/": ("is a pointer of Git LFS", "Get its content: git lfs pull"),
    rb"\x89HDF\r\n\x1a\n": ("is an HDF5 file", "Write it with torch.save in PyTorch"),
    rb"\x1f\x8b": ("is packed by gzip", "Unpack it"),
    rb"": ("is empty", ""),
}
# Members by which archives are known that no torch.save wrote, and what to do then.
_ARCHIVES = {
    "constants.pkl": ("is a TorchScript archive, which holds code", "Save torch.jit.load(…).state_dict()"),
    "models/model.json": ("is an archive of torch.export", "Save torch.export.load(…).state_dict"),
}
# What may be made of a file without harm, and training scripts often store beside weights.
_DATA = re.compile(
    r"argparse\.Namespace|collections\.\w+|datetime\.\w+|pathlib\.\w+|types\.SimpleNamespace"
    r"|numpy\.(dtype|ndarray|dtypes\.\w+|_?core\.multiarray\.(scalar|_reconstruct))"
)
_REFUSED = re.compile(r"GLOBAL ([\w.]+)|but got <class '([\w.]+)'>")


class State(NamedTuple):
    """The tensors of a file by name, and whether they stand in the order in which their layers were defined."""

    tensors: dict[str, Tensor]
    ordered: bool


def read_state(path: Path, key: str = "", trust: Iterable[str] = ()) -> State:
    """The one state dict of a file of torch.save or of safetensors, wherever it lies in it; `key` chooses of several.

    Only tensors are unpickled (`weights_only`), on the CPU, and what is named in `trust`. Raises CheckpointError,
    which says what the file is, for anything else.
    """
    with open_file(path, WEIGHTS, CheckpointError) as file:
        head = file.read(256)
        is_safe = head[8:9] == b"{" and int.from_bytes(head[:8], "little") < WEIGHTS
        check_kind(head, file, path)
        file.seek(0)
        content = _safe(file, path) if is_safe else _unpickled(file, path, trust)
    tensors = _chosen(content, key, path)
    tensors.pop("n_averaged", None)  # AveragedModel counts in it
    for name, tensor in tensors.items():
        if not _is_dense(name, tensor):
            raise CheckpointError(f"{path} holds no state dict of dense tensors of numbers: see {name!r:.60}")
    return State(tensors, not is_safe)


def check_kind(head: bytes, file: BinaryIO, path: Path) -> None:
    """Raise CheckpointError for a file of a kind that is known and no checkpoint, or that holds too much."""
    for start, (kind, remedy) in _OTHERS.items():
        if re.match(start, head) and (start or not head):
            raise CheckpointError(f"{path} {kind}, no checkpoint" if head else f"{path} {kind}", remedy)
    with contextlib.suppress(zipfile.BadZipFile), zipfile.ZipFile(file) as archive:
        members = archive.infolist()
        if sum(each.file_size for each in members) > WEIGHTS:
            raise CheckpointError(f"{path} holds more than {WEIGHTS:,} bytes")
        for ending, (kind, remedy) in _ARCHIVES.items():
            if any(each.filename.endswith(ending) for each in members):
                raise CheckpointError(f"{path} {kind}, no checkpoint", remedy)


def _safe(file: BinaryIO, path: Path) -> dict[str, Tensor]:
    try:
        from safetensors.torch import load
    except ModuleNotFoundError as error:
        raise missing(error) from None
    try:
        return load(file.read())
    except Exception:  # what is damaged may raise anything, there as in torch
        raise CheckpointError(f"{path} is not a whole file of safetensors") from None


def _unpickled(file: BinaryIO, path: Path, trust: Iterable[str]) -> Any:
    trusted: list[Any] = [(_imported(name), name) for name in trust]
    try:
        with warnings.catch_warnings(), torch.serialization.safe_globals(trusted):
            warnings.simplefilter("ignore")  # torch warns of foreign pickles, which are refused below
            return torch.load(file, map_location="cpu", weights_only=True)
    except Exception as error:
        refused = _REFUSED.findall(str(error))
        if not refused:
            raise CheckpointError(f"{path} is not a whole checkpoint of PyTorch") from None
        raise _more_than_tensors(path, sorted({"".join(refused[0]), *_globals(file)} - set(trust))) from None


def _imported(name: str) -> Any:
    """What a dotted name means: a person trusts it."""
    module, _, attribute = name.rpartition(".")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # numpy warns of its old names
            return getattr(import_module(module), attribute)
    except (ImportError, AttributeError, TypeError, ValueError):
        raise CheckpointError(f"there is no {name!r:.60} to trust", "Write it as in argparse.Namespace") from None


def _globals(file: BinaryIO) -> list[str]:
    """What else of Python a file asks for; nothing is known of the files of before torch 1.6."""
    file.seek(0)
    with contextlib.suppress(Exception):
        return torch.serialization.get_unsafe_globals_in_checkpoint(file)
    return []


def _more_than_tensors(path: Path, names: list[str]) -> CheckpointError:
    """What a file holds that would have to be made by its own code, and the way on where that is harmless."""
    if any(name.startswith("torch.nn.modules.") for name in names):
        cause = f"{path} is a whole pickled module and is not loaded: it could run code"
        return CheckpointError(cause, "Who trusts it saves its state_dict()")
    cause = f"{path} holds more than tensors and is not loaded: it could run code ({', '.join(names):.200})"
    is_harmless = all(map(_DATA.fullmatch, names))
    return CheckpointError(cause, f"Load it with --trust {' --trust '.join(names)}" if is_harmless else "")


def _chosen(content: Any, key: str, path: Path) -> dict[str, Tensor]:
    """The state dict of a key, or the only one."""
    found = dict(_state_dicts(content))
    if len(found) > 1 and not key:
        names = ", ".join(f"{name:.40}" for name in found)
        raise CheckpointError(f"{path} holds several state dicts: {names:.200}", "Choose one with --key")
    if not found or (key and key not in found):
        what = f"at {key!r:.40}" if found else _described(content)
        raise CheckpointError(f"{path} holds no state dict of dense tensors of numbers {what}")
    return dict(found[key] if key else next(iter(found.values())))


def _state_dicts(content: Any, at: tuple[str, ...] = ()) -> Iterator[tuple[str, Mapping[str, Tensor]]]:
    """The state dicts in what a file holds, by the keys that lead there; those of optimizers are none."""
    if not isinstance(content, Mapping) or "param_groups" in content or len(at) > _DEPTH:
        return
    if content and all(isinstance(key, str) and isinstance(value, Tensor) for key, value in content.items()):
        if any(value.dim() > 1 for value in content.values()):
            yield ".".join(at), content
        return
    for key, value in content.items():
        yield from _state_dicts(value, (*at, str(key)))


def _described(content: Any) -> str:
    """What there is in place of a state dict."""
    if not isinstance(content, Mapping):
        return f"but a {type(content).__name__}"
    if "param_groups" in content:
        return "but the state of an optimizer"
    return f"but the keys {', '.join(f'{key!r:.40}' for key in content):.200}" if content else "but an empty dict"


def _is_dense(name: str, tensor: Tensor) -> bool:
    """Whether the numbers of a tensor stand in memory, and are such as a layer has."""
    if tensor.is_nested or tensor.layout != torch.strided or tensor.device.type != "cpu":
        return False
    return tensor.dtype in (_COUNTERS if name.endswith("num_batches_tracked") else _NUMBERS)
