"""menet-design table: architecture tables laid out as Table I."""

from menet_design.cli.options import Classes, Force, Form, Groups, Names, Output, Resolution, Stem, designs
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
    """Print an architecture table laid out as Table I of the paper, a column a design.

    Example: menet-design table 228-MENet-12x1/3 256-MENet-12x1/4 352-MENet-12x1/8
    """
    from menet_design.report import architecture

    emit(architecture.table(designs(names, groups, stem, resolution, classes)).document(), form, output, force)
