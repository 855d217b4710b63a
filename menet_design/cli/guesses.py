"""First guesses: the words that other tools have for what is here, and answers where nothing here is called so."""

import re
from collections.abc import Sequence

# Commands and options by the names that they have in torchinfo, timm, fvcore, mmengine and Keras.
COMMANDS = {
    **dict.fromkeys(("count", "summary", "params", "macs", "profile", "info", "show"), "flops"),
    **dict.fromkeys(("list", "ls", "models"), "networks"),
    "compare": "diff",
    "solve": "budget",
    "draw": "picture",
    **dict.fromkeys(("bench", "benchmark", "speed", "time"), "latency"),
    **dict.fromkeys(("fit", "finetune", "fine-tune"), "train"),
    **dict.fromkeys(("predict", "infer", "inference"), "classify"),
    **dict.fromkeys(("eval", "validate", "val"), "evaluate"),
    **dict.fromkeys(("find", "optimize", "pareto"), "search"),
}
OPTIONS = {
    "--num-classes": "--classes",
    **dict.fromkeys(("--img-size", "--image-size"), "--resolution"),
    **dict.fromkeys(("--input-size", "--input-shape"), "--input"),
    "--batch-size": "--batch",
    "--checkpoint": "--weights",
    **dict.fromkeys(("--topk", "--top-k"), "--top"),
    "--num-workers": "--workers",
    "--minimize": "--minimise",
    "--maximize": "--maximise",
    **{f"--{form}": f"--format={form}" for form in ("json", "csv", "tsv", "markdown")},
}
_BUILD = "In Python, menet_design.build(NAME) makes the PyTorch model"
# What there is instead of a command, and instead of an option of some commands.
_COMMANDS = {
    "build": f"{_BUILD}; verify builds and proves it",
}
_IN_RECIPE = {"train": "It is a part of the recipe: --config FILE"}
_RECIPE = (
    *("--batch", "--epochs", "--lr", "--learning-rate", "--sched", "--momentum", "--weight-decay", "--wd"),
    *("--smoothing", "--amp", "--model-ema", "--seed"),
)
_LAYERS = dict.fromkeys(("flops", "diff", "memory", "latency"), "--by layer shows every operation")
_SEEN = dict.fromkeys(("classify", "evaluate"), "7/8 of an image's shorter edge are seen, normalised as ImageNet is")
_NETWORK_BY_OPTION = ("classify", "evaluate", "train")
_OPTIONS = {
    **dict.fromkeys(("--crop-pct", "--crop-size", "--mean", "--std"), _SEEN),
    "--model": dict.fromkeys(_NETWORK_BY_OPTION, "It is --network NETWORK"),
    "--device": dict.fromkeys(("classify", "evaluate"), "Networks run on the CPU"),
    "--detector": {"flops": "It is a command: menet-design detector faster-rcnn NETWORK"},
    **dict.fromkeys(_RECIPE, _IN_RECIPE),
    "--data-dir": {"train": "The folder of images is the argument: menet-design train DIR"},
    "--pretrained": {"train": "Weights come from a file: --weights FILE"},
    **dict.fromkeys(("--per-layer", "--verbose"), _LAYERS),
}


def instead_of(word: str, command: str) -> str | None:
    """What there is instead of a word that is no command, or no option of a command; None where nothing is known."""
    if word.startswith("-"):
        return _OPTIONS.get(word, {}).get(command)
    from menet_design.families.notation import read_or_none
    from menet_design.importing import is_source

    is_network = is_source(word) or read_or_none(word) is not None
    return f"It is a network: menet-design flops {word} counts it" if is_network else _COMMANDS.get(word)


def out_of_place(words: Sequence[str], command: str) -> str | None:
    """What to write instead of one argument too many, where a command takes its network by an option."""
    from menet_design.families.notation import read_or_none

    network = next((word for word in words if read_or_none(word)), None) if command in _NETWORK_BY_OPTION else None
    return f"The network is an option: --network {network}" if network else None


def translated(arguments: Sequence[str]) -> list[str]:
    """Arguments in the words of this command line: commands, options, hyphens in both, and shapes in one word."""
    match list(arguments):
        case ["help", *others]:
            return [*translated(others), "--help"]
        case ["version"]:
            return ["--version"]
        case [command, *others]:
            spelled = command.replace("_", "-") if command.isidentifier() else command
            words = [re.sub("^--[^=]+", _option, word) for word in others]
            return [COMMANDS.get(spelled, spelled), *_with_shapes(words)]
    return []


def _option(found: re.Match[str]) -> str:
    """The name of an option as it is called here; "--num_classes" is "--classes"."""
    spelled = found[0].replace("_", "-")
    return OPTIONS.get(spelled, spelled)


def _with_shapes(words: list[str]) -> list[str]:
    """Words in which a shape in several, 3 224 224, is one: 3x224x224."""
    found: list[str] = []
    for word in words:
        if word.isdecimal() and _is_shape(*found[-2:]):
            found[-1] += f"x{word}"
        else:
            found.append(word)
    return found


def _is_shape(option: str = "", value: str = "") -> bool:
    return option == "--input" and re.fullmatch(r"\d+(x\d+)*", value) is not None
