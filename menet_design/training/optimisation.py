"""What a recipe means in torch: optimizer, schedule and average of the weights."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.optim import SGD
from torch.optim.lr_scheduler import CosineAnnealingLR, LRScheduler, StepLR
from torch.optim.swa_utils import AveragedModel

from menet_design.training.recipe import Recipe

_NORMS = (nn.modules.batchnorm._BatchNorm, nn.LayerNorm, nn.GroupNorm)


def optimizer(model: nn.Module, recipe: Recipe) -> SGD:
    """Stochastic gradient descent on what is not fixed, part of which does not decay."""
    free = _undecayed(model, recipe)
    parameters = [each for each in model.parameters() if each.requires_grad]
    groups = [
        {"params": [each for each in parameters if each not in free], "weight_decay": recipe.weight_decay},
        {"params": [each for each in parameters if each in free], "weight_decay": 0.0},
    ]
    return SGD(groups, recipe.learning_rate, recipe.momentum, nesterov=recipe.nesterov)


def _undecayed(model: nn.Module, recipe: Recipe) -> set[nn.Parameter]:
    """The parameters that do not decay."""
    kept = () if recipe.decay_norms else _NORMS
    return {
        parameter
        for module in model.modules()
        if isinstance(module, kept) or (_is_depthwise(module) and not recipe.decay_depthwise)
        for parameter in module.parameters(recurse=False)
    }


def _is_depthwise(module: nn.Module) -> bool:
    """Whether a module is a convolution with a kernel or more for each channel by itself."""
    return isinstance(module, nn.Conv2d) and 1 < module.in_channels == module.groups


def schedule(optimizer: SGD, recipe: Recipe) -> LRScheduler:
    """The learning rate, epoch by epoch."""
    if recipe.schedule == "cosine":
        return CosineAnnealingLR(optimizer, recipe.epochs)
    return StepLR(optimizer, recipe.step_epochs, recipe.step_factor)


def average(model: nn.Module, decay: float) -> AveragedModel:
    """The exponential moving average of a model's parameters and of what its norms have seen.

    After n steps it decays by (1 + n) / (10 + n) at most: first weights, which are random, are soon forgotten.
    """
    return AveragedModel(model, avg_fn=_warmed(decay), use_buffers=True)


def _warmed(decay: float) -> Callable[[Tensor, Tensor, Tensor | int], Tensor]:
    def averaged(average: Tensor, now: Tensor, steps: Tensor | int) -> Tensor:
        if not now.is_floating_point():
            return now
        n = int(steps)
        return torch.lerp(average, now, 1 - min(decay, (1 + n) / (10 + n)))

    return averaged
