"""menet-design merge: the answer of a search that was spread over machines."""

from pathlib import Path
from typing import Annotated

import typer

from menet_design.cli.answer import Answer
from menet_design.cli.spreading import command


@command
def run(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="What search --shard wrote, of all shards.")],
    answer: Answer,
) -> None:
    """Merge the shards of a search into its answer, exactly as if it had been searched in one go.

    Example: menet-design merge shard-1.json shard-2.json --output answer.json
    """
    from menet_design.cli.search import next_commands
    from menet_design.exploration.shards import merge
    from menet_design.report import searches

    answer.check()
    found = merge(files)
    answer.give(searches.search(found, next_commands(found)))
