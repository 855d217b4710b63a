"""menet-design reconcile: from the paper's count to what every other counter reports."""

from menet_design.cli.options import Answer, Names, Settings, command, words


@command
def run(names: Names, settings: Settings, answer: Answer) -> None:
    """Reconcile counts: from the multiply-adds, step by step, to what fvcore, ptflops, thop and others report.

    Example: menet-design reconcile 228-MENet-12x1/3
    """
    from menet_design.analysis.reconciliation import reconcile
    from menet_design.report import reconciliation

    found = settings.of(*names)
    ways = [reconcile(each.network) for each in found]
    told = [each for each, way in zip(found, ways, strict=True) if way.counters["fvcore"] is not None]
    hints = [f"count that way: menet-design flops {line} --convention fvcore" for line in words(*told)]
    answer.give(reconciliation.reconcile(ways, hints))
