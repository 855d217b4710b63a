"""Average pools of as many channels as onnxruntime's fast kernel takes: maps are padded for them, and cut again.

Its pools are fast where channels stand in blocks of 16, and ten times slower for any other number of them. Nothing that
is counted changes. Depthwise convolutions would gain as well, but cost multiply-adds that the network does not have.
"""

from torch import Tensor, nn
from torch.nn import functional

from menet_design.deployment import is_hooked

_BLOCK = 16


def align(model: nn.Module) -> None:
    """Put pools that pad in the place of a model's average pools; it computes the same.

    >>> model = nn.Sequential(nn.AvgPool2d(3, 2, 1))
    >>> align(model)
    >>> model
    Sequential(
      (0): AlignedPool(kernel_size=3, stride=2, padding=1)
    )
    """
    for name, module in list(model.named_modules()):
        if type(module) is nn.AvgPool2d and not is_hooked(module):
            model.set_submodule(name, AlignedPool.like(module))


class AlignedPool(nn.AvgPool2d):
    """An average pool on zeros beside the channels that there are."""

    @classmethod
    def like(cls, pool: nn.AvgPool2d) -> "AlignedPool":
        """The same pool as another."""
        sizes = pool.kernel_size, pool.stride, pool.padding
        return cls(*sizes, pool.ceil_mode, pool.count_include_pad, pool.divisor_override)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, channels, h, w) to as many channels; of maps without a batch, too."""
        channels = x.shape[-3]
        if channels % _BLOCK == 0:  # padding by nothing would be a copy in the file
            return super().forward(x)
        padded = functional.pad(x, (0, 0, 0, 0, 0, -channels % _BLOCK))
        return super().forward(padded)[..., :channels, :, :]
