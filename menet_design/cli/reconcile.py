"""menet-design reconcile: from the paper's count to what every other counter reports."""

from menet_design.cli.options import Classes, Force, Form, Groups, Names, Output, Resolution, Stem, designs, words
from menet_design.cli.output import emit


def run(
    names: Names,
    groups: Groups = None,
    stem: Stem = None,
    resolution: Resolution = None,
    classes: Classes = None,
    form: Form = "table",
    output: Output = None,
    force: Force = False,
) -> None:
    """Reconcile counts: from the multiply-adds, step by step, to what fvcore, ptflops, thop and others report.

    Example: menet-design reconcile 228-MENet-12x1/3
    """
    from menet_design.analysis.counters import reconcile
    from menet_design.report import reconciliation

    found = designs(names, groups, stem, resolution, classes)
    hints = [f"count that way: menet-design flops {line} --convention fvcore" for line in words(*found)]
    emit(reconciliation.reconcile([reconcile(design) for design in found], hints), form, output, force)
