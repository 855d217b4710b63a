"""Optimizer, schedule and average, against what recipes, papers and hand computation say."""

import pytest
import torch
from torch import nn

from menet_design import build, read_recipe
from menet_design.training.optimisation import average, optimizer, schedule

MODEL = build("24-MENet-4x1/3", resolution=32, classes=3)


def undecayed(**numbers):
    """The names of the parameters that do not decay."""
    recipe = read_recipe(**numbers)
    found = optimizer(MODEL, recipe)
    decays = {parameter: group["weight_decay"] for group in found.param_groups for parameter in group["params"]}
    assert set(decays.values()) <= {0.0, recipe.weight_decay}
    assert len(decays) == len(list(MODEL.parameters()))
    return {name for name, parameter in MODEL.named_parameters() if not decays[parameter]}


def test_everything_decays_unless_the_recipe_says_otherwise():
    names = {name for name, _ in MODEL.named_parameters()}
    norms = {name for name in names if "norm" in name}
    depthwise = {name for name in names if name.endswith("depthwise.weight")}
    assert norms
    assert depthwise
    assert undecayed() == set()
    assert undecayed(decay_norms=False) == norms
    assert undecayed(decay_depthwise=False) == depthwise
    assert undecayed(decay_norms=False, decay_depthwise=False) == norms | depthwise


def rates(**numbers):
    recipe = read_recipe(**numbers)
    sgd = optimizer(nn.Linear(1, 1), recipe)
    steps = schedule(sgd, recipe)
    found = []
    for _ in range(recipe.epochs):
        found.append(sgd.param_groups[0]["lr"])
        sgd.step()
        steps.step()
    return found


def test_the_paper_divides_the_rate_by_10_every_30_epochs():
    assert rates() == pytest.approx([0.1] * 30 + [0.01] * 30 + [0.001] * 30 + [0.0001] * 30)


def test_a_cosine_falls_from_the_rate_towards_0():
    """(1 + cos(π · epoch / epochs)) / 2 of the rate, arXiv 1608.03983, Eq. 5, at whole quarters."""
    expected = [0.1, 0.1 * (2 + 2**0.5) / 4, 0.05, 0.1 * (2 - 2**0.5) / 4]
    assert rates(schedule="cosine", epochs=4) == pytest.approx(expected)


def test_an_average_warms_up():
    """After n steps the decay is (1 + n) / (10 + n) at most: 2/11, 3/12, and then the 0.25 that is asked for."""
    model = nn.Linear(1, 1, bias=False)
    found = average(model, 0.25)
    seen = []
    for value in (1.0, 12.0, 24.0, 36.0):
        nn.init.constant_(model.weight, value)
        found.update_parameters(model)
        seen.append(found.module.weight.item())
    first = 1.0  # of the first weights nothing is left
    second = first * 2 / 11 + 12 * 9 / 11
    third = second * 0.25 + 24 * 0.75
    assert seen == pytest.approx([first, second, third, third * 0.25 + 36 * 0.75])


def test_an_average_is_of_what_norms_have_seen_too():
    norm = nn.BatchNorm2d(1)
    found = average(norm, 0.5)
    for value in (4.0, 8.0):
        norm.running_mean.fill_(value)
        norm.num_batches_tracked += 1
        found.update_parameters(norm)
    # The second of them counts 9/11, as above.
    assert found.module.running_mean.item() == pytest.approx(4 * 2 / 11 + 8 * 9 / 11)
    assert found.module.num_batches_tracked == torch.tensor(2)
