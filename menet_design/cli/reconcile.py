"""menet-design reconcile: from the paper's count to what every other counter reports."""

from typing import Annotated

import typer

from menet_design.cli.answer import Answer
from menet_design.cli.explain import explained
from menet_design.cli.hints import words
from menet_design.cli.options import Deployable, Names
from menet_design.cli.parsing import refuse
from menet_design.cli.spreading import command


@command
def run(
    names: Names,
    settings: Deployable,
    answer: Answer,
    earlier: Annotated[bool, typer.Option("--earlier", help="What counters of earlier years report, too.")] = False,
    figure: Annotated[str | None, typer.Option(help="A printed figure, such as 148.93M: see explain.")] = None,
) -> None:
    """Reconcile counts: from the multiply-adds, step by step, to what fvcore, ptflops, thop and others report.

    Example: menet-design reconcile 228-MENet-12x1/3
    """
    from menet_design.analysis.counters import ALL, COUNTERS
    from menet_design.analysis.reconciliation import reconcile
    from menet_design.report import reconciliation

    found = settings.of(*names)
    if figure is not None:
        refuse(len(found) > 1, "--figure is printed of one network", "Give one of them")
        answer.give(explained(figure, found[0], settings))
        return
    ways = [reconcile(each.network, ALL if earlier else COUNTERS) for each in found]
    told = [each for each, way in zip(found, ways, strict=True) if way.counters["fvcore"] is not None]
    hints = [f"count that way: menet-design flops {line} --convention fvcore" for line in words(*told)]
    answer.give(reconciliation.reconcile(ways, hints))
