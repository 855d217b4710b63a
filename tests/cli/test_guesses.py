"""What people type who know other tools: the same answers, or the right word."""

import pytest
import typer

from menet_design.cli import COMMANDS as CLI
from menet_design.cli import build
from menet_design.cli.guesses import COMMANDS, OPTIONS, translated

SAME = {
    "summary 352-MENet-12x1/8": "flops 352-MENet-12x1/8",
    "compare 228-MENet-12x1/3 ShuffleNet-1x/3": "diff 228-MENet-12x1/3 ShuffleNet-1x/3",
    "loss_ratio --groups 3": "loss-ratio --groups 3",
    "flops 352-MENet-12x1/8 --json": "flops 352-MENet-12x1/8 --format json",
    "flops 352-MENet-12x1/8 --csv": "flops 352-MENet-12x1/8 --format csv",
    "flops 352-MENet-12x1/8 --num-classes 10 --img_size=160": "flops 352-MENet-12x1/8 --classes 10 --resolution 160",
    "flops 352-MENet-12x1/8 --input-size 3 96 128": "flops 352-MENet-12x1/8 --input 3x96x128",
    "flops --input-size 3 96 128 --batch-size 2 VGG-16": "flops VGG-16 --input 3x96x128 --batch 2",
    "version": "--version",
    "help flops": "flops --help",
    "help summary": "flops --help",
    "flops VGG-16 --input-size 1 3 96 128": "flops VGG-16 --input 3x96x128",
    "flops VGG-16 --input-size '(3, 96, 128)'": "flops VGG-16 --input 3x96x128",
}


@pytest.mark.parametrize("guess", SAME)
def test_a_first_guess_is_answered_as_what_is_meant(cli, guess):
    meant = cli(SAME[guess])
    assert meant.code == 0
    assert cli(guess) == meant


def test_numbers_that_are_no_shape_stay_as_they_are():
    words = ["budget", "140", "--groups", "3", "--classes", "10"]
    assert translated(words) == words


def test_no_guess_hides_a_command_or_an_option_and_each_means_one():
    known, options = {command for names in CLI.values() for command in names}, set()
    for command in known:
        click = typer.main.get_command(build([command])).commands[command]
        options |= {name for parameter in click.params for name in parameter.opts}
    assert known.isdisjoint(COMMANDS)
    assert known >= set(COMMANDS.values())
    assert options.isdisjoint(OPTIONS)
    assert options >= {meant.partition("=")[0] for meant in OPTIONS.values()}
