"""Layers that take as many channels as the fast kernels of onnxruntime do: maps are padded for them, and cut again.

Its convolutions of one channel each and its average pools are fast where channels stand in blocks of 16, and several
times slower for any other number of them.
"""

from typing import Any

from torch import Tensor, nn
from torch.nn import functional

from menet_design.deployment import is_hooked

_BLOCK = 16


def align(model: nn.Module) -> None:
    """Put layers that pad in the place of a model's depthwise convolutions and average pools; it computes the same.

    >>> model = nn.Sequential(nn.Conv2d(57, 57, 3, padding=1, groups=57))
    >>> align(model)
    >>> model
    Sequential(
      (0): AlignedConv(64, 64, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1), groups=64)
    )
    """
    for name, module in list(model.named_modules()):
        if is_hooked(module):
            continue
        if type(module) is nn.AvgPool2d:
            model.set_submodule(name, _pool(module))
        elif type(module) is nn.Conv2d and 1 < module.in_channels == module.out_channels == module.groups:
            model.set_submodule(name, _convolution(module))


class _Aligned(nn.Module):
    """A layer that works on each channel by itself, on zeros beside the channels that there are."""

    def forward(self, x: Tensor) -> Any:
        """(batch, channels, h, w) to as many channels; of maps without a batch, too."""
        channels = x.shape[-3]
        if channels % _BLOCK == 0:
            return super().forward(x)
        padded = functional.pad(x, (0, 0, 0, 0, 0, -channels % _BLOCK))
        return super().forward(padded)[..., :channels, :, :]


class AlignedPool(_Aligned, nn.AvgPool2d):
    """An average pool whose channels are padded."""


class AlignedConv(_Aligned, nn.Conv2d):
    """A depthwise convolution whose channels are padded."""


def _pool(module: nn.AvgPool2d) -> nn.Module:
    return AlignedPool(**_same(module, "kernel_size stride padding ceil_mode count_include_pad divisor_override"))


def _convolution(module: nn.Conv2d) -> nn.Module:
    extra = -module.groups % _BLOCK
    channels = module.groups + extra
    same = _same(module, "kernel_size stride padding dilation padding_mode")
    made = AlignedConv(channels, channels, groups=channels, bias=module.bias is not None, device="meta", **same)
    for name, values in module.named_parameters():
        sides = (0, 0) * (values.dim() - 1)
        setattr(made, name, nn.Parameter(functional.pad(values, (*sides, 0, extra)), False))
    return made


def _same(module: nn.Module, names: str) -> dict[str, Any]:
    """What a layer was made with."""
    return {name: getattr(module, name) for name in names.split()}
