"""Recipes: the paper's numbers, and files of one's own, of which nothing is guessed."""

import tomllib

import pytest

from menet_design import Recipe, read_recipe
from menet_design.errors import DesignError
from menet_design.training.recipe import shipped

# arXiv 1803.09127, Section IV-A, 1).
PAPER = {
    "epochs": 120,
    "batch": 256,
    "momentum": 0.9,
    "weight_decay": 4e-5,
    "learning_rate": 0.1,
    "schedule": "steps",
    "step_factor": 0.1,
    "step_epochs": 30,
}


def test_the_recipe_that_is_shipped_is_the_papers():
    assert vars(read_recipe()).items() >= PAPER.items()
    assert repr(read_recipe()) == "Recipe(120 epochs, batch 256, learning rate 0.1 steps)"


def test_every_recipe_that_is_shipped_is_one_and_survives_being_written():
    assert shipped() == ["fashion-mnist", "menet"]
    for name in shipped():
        recipe = read_recipe(name)
        assert Recipe(**tomllib.loads(recipe.to_toml())) == recipe


def test_a_file_says_what_differs(tmp_path):
    (tmp_path / "mine.toml").write_text('epochs = 3\nschedule = "cosine"\ncrop_area = [0.5, 1]\n')
    found = read_recipe(tmp_path / "mine.toml", seed=5)
    assert vars(found) == vars(read_recipe()) | {
        "epochs": 3,
        "schedule": "cosine",
        "crop_area": (0.5, 1.0),
        "seed": 5,
    }


REFUSED = {
    "epoch = 3": "a recipe has no epoch. Nearest: epochs",
    "lr = 3": "a recipe has no lr. Nearest: epochs, batch, ",
    "epochs = 0": "epochs 0 is not a whole number from 1 to 100,000",
    "epochs = 1.5": "epochs 1.5 is not a whole number",
    "epochs = true": "no recipe: epochs is a number, not bool",
    "batch = 1": "batch 1 is not a whole number from 2",
    'learning_rate = "0.1"': "no recipe: learning_rate is a number, not str",
    "learning_rate = nan": "learning_rate nan is not a number from 0 to 1000",
    "momentum = -0.1": "momentum -0.1 is not a number from 0 to 1",
    'schedule = "linear"': "schedule 'linear' is not known. Known: steps, cosine",
    'precision = "int8"': "precision 'int8' is not known. Known: float32, bfloat16, float16",
    "flip = 1": "no recipe: flip is true or false, not int",
    "nesterov = true\nmomentum = 0": "Nesterov's momentum needs one",
    "crop_area = 0.5": "no recipe: crop_area is a list of two numbers, not float",
    "crop_area = [0.5]": "crop_area 0.5 is not a least and a largest. Write it as [0.25, 1.0]",
    "crop_area = [1.0, 0.5]": "crop_area 1.0, 0.5 is not a least and a largest",
    "crop_area = [0.5, 2.0]": "crop_area 2.0 is not a number from 0.001 to 1",
    "[optimizer]\nepochs = 3": "a recipe has no optimizer",
    "epochs": "is no file of TOML: ",
    "epochs = 3\nepochs = 4": "is no file of TOML: ",
    f"epochs = {'9' * 5000}": "is no file of TOML: ",
    f"{'a.' * 10**4}a = 1": "and at most 16,384 are read",
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_no_recipe_is_refused_with_what_is_nearest(tmp_path, text):
    (tmp_path / "mine.toml").write_text(text)
    with pytest.raises(DesignError) as refused:
        read_recipe(tmp_path / "mine.toml")
    assert REFUSED[text] in str(refused.value)


def test_a_name_is_a_recipe_that_is_shipped_and_all_else_a_path():
    with pytest.raises(DesignError, match=r"recipe 'imagenet' is not known. Known: fashion-mnist, menet"):
        read_recipe("imagenet")
    with pytest.raises(DesignError, match=r"cannot read imagenet: No such file"):
        read_recipe("./imagenet")
