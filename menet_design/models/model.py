"""What every model has beside its layers: its design, and the parts of a forward pass by the names that timm uses."""

from typing import NamedTuple, cast

import torch
from torch import Tensor, nn
from torch.func import functional_call

from menet_design.families.design import Design
from menet_design.models.layers import Ending
from menet_design.values import MAX_CLASSES, check_whole

_ENDING = "classifier"


class StageInfo(NamedTuple):
    """A stage whose map a network gives: its module, the map's channels, and how many pixels of the input are one."""

    module: str
    channels: int
    stride: int


class Features(nn.Sequential):
    """The stages of a model, with its weights: (batch, input channels, h, w) to a map of each stage.

    `feature_info` says of each map, (batch, channels, h / stride, w / stride), its stage, channels and stride.
    """

    def __init__(self, model: "Model") -> None:
        super().__init__()
        names = [name for name, _ in model.named_children()]
        self.is_stage = [name.startswith("stage") for name in names]
        self.is_stage = self.is_stage[: len(names) - self.is_stage[::-1].index(True)]
        for name, _ in zip(names, self.is_stage, strict=False):
            self.add_module(name, model.get_submodule(name))
        self.feature_info = self._described(model.design)

    def forward(self, x: Tensor) -> list[Tensor]:
        """(batch, input channels, h, w) to the map of each stage."""
        maps: list[Tensor] = []
        for index, module in enumerate(self):
            x = module(x)
            if self.is_stage[index]:
                maps.append(x)
        return maps

    def _described(self, design: Design) -> list[StageInfo]:
        """Channels and strides, from a pass over images without numbers, which no division leaves a rest of."""
        side = 2 * design.smallest_resolution()
        images = torch.empty(2, design.channels, side, side, device="meta")
        weights = {name: tensor.to("meta") for name, tensor in self.state_dict().items()}
        with torch.no_grad():
            maps = functional_call(self, weights, (images.to(next(self.parameters()).dtype),))
        stages = [name for (name, _), is_stage in zip(self.named_children(), self.is_stage, strict=True) if is_stage]
        return [StageInfo(name, each.shape[1], side // each.shape[2]) for name, each in zip(stages, maps, strict=True)]


class Model(nn.Sequential):
    """A network of stages and a classifier: (batch, input channels, h, w) to (batch, classes) logits.

    `design` is what it was built from, `num_classes` the number of its logits, 0 where it gives features.
    """

    __jit_unused_properties__ = ("num_features", "head_hidden_size")

    def __init__(self, design: Design) -> None:
        super().__init__()
        self.design = design
        self.num_classes = design.classes

    @property
    def num_features(self) -> int:
        """The channels of the last map."""
        return self._ending().num_features

    @property
    def head_hidden_size(self) -> int:
        """The features of an image, of which its logits are made."""
        return self._ending().head_hidden_size

    def forward_features(self, x: Tensor) -> Tensor:
        """(batch, input channels, h, w) to the last map, (batch, num_features, h / stride, w / stride)."""
        for name, module in self.named_children():
            if name != _ENDING:
                x = module(x)
        return self._ending().finish(x)

    def forward_head(self, x: Tensor, pre_logits: bool = False) -> Tensor:
        """The last map to (batch, classes) logits, or with `pre_logits` to (batch, head_hidden_size) features."""
        ending = self._ending()
        return ending.features(x) if pre_logits else ending.logits(x)

    def get_classifier(self) -> nn.Module:
        """The layer that makes logits of features."""
        ending = self._ending()
        return ending.get_submodule(ending.last)

    def reset_classifier(self, num_classes: int) -> None:
        """Put a fresh layer for so many classes in the place of the last one; for 0, logits are the features.

        The design follows, but for 0. Raises IllegalDesign for a number of classes that is not whole or below 0.
        """
        self.num_classes = check_whole("number of classes", num_classes, 0, MAX_CLASSES)
        like, ending = next(self.parameters()), self._ending()
        layer = ending.layer(num_classes) if num_classes else nn.Identity()
        ending.add_module(ending.last, layer.to(like.device, like.dtype).train(self.training))
        self.design = self.design.but(classes=num_classes) if num_classes else self.design

    def features_only(self) -> Features:
        """The stages alone, which give a map each and share this model's weights."""
        return Features(self)

    def _ending(self) -> Ending:
        return cast(Ending, self.get_submodule(_ENDING))
