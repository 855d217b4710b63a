"""menet-design errata: what the papers' tables contradict."""

from menet_design.cli.options import Force, Form, Output
from menet_design.cli.output import emit


def run(form: Form = "table", output: Output = None, force: Force = False) -> None:
    """List what the tables of the papers contradict, in themselves and in each other, found by checks over them.

    Example: menet-design errata
    """
    from menet_design.report import papers
    from menet_design.search.errata import errata

    emit(papers.errata(errata()), form, output, force)
