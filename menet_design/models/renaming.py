"""The names of our layers by those that others give them in their checkpoints."""

import re
from collections.abc import Mapping


def normed(modules: Mapping[str, str]) -> dict[str, str]:
    """The layers of modules that are a convolution and a batch norm."""
    layers = {"conv": "conv", "bn": "norm"}
    return {f"{theirs}.{a}": f"{ours}.{b}" for theirs, ours in modules.items() for a, b in layers.items()}


# pytorchcv's names, outside of blocks and in a residual branch.
PYTORCHCV = normed({"features.init_block": "stage1"}) | {"output": "classifier.fc"}
RESIDUAL_BRANCH = {
    "compress_conv1": "residual.compress",
    "compress_bn1": "residual.compress_norm",
    "dw_conv2": "residual.depthwise",
    "dw_bn2": "residual.depthwise_norm",
    "expand_conv3": "residual.expand",
    "expand_bn3": "residual.expand_norm",
}
# The second block of the first stage is stage1.unit2 in pytorchcv, stage_1_2 in the files of MENet's authors.
_BLOCK = re.compile(r"features\.stage_?(\d+)(?:_|\.unit)(\d+)\.(.+)")


def renamed(key: str, blocks: Mapping[str, str], others: Mapping[str, str] = PYTORCHCV, first_stage: int = 2) -> str:
    """A key of a state dict by our name of its layer, inside a block or not; a key that no table has, as it is.

    Their stages of blocks begin with 1, ours with `first_stage`; their blocks begin with 1, ours with 0.
    """
    layer, _, tensor = key.rpartition(".")
    found = _BLOCK.fullmatch(layer)
    if found and found[3] in blocks:
        return f"stage{int(found[1]) + first_stage - 1}.{int(found[2]) - 1}.{blocks[found[3]]}.{tensor}"
    return f"{others[layer]}.{tensor}" if layer in others else key
