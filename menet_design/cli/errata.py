"""menet-design errata: what the papers' tables contradict."""

from menet_design.cli.answer import Answer
from menet_design.cli.spreading import command


@command
def run(answer: Answer) -> None:
    """List what the tables of the papers contradict, in themselves and in each other, found by checks over them.

    Example: menet-design errata
    """
    from menet_design.papers.errata import errata
    from menet_design.report import papers

    answer.give(papers.errata(errata()))
