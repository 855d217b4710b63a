"""menet-design verify: the proof on real PyTorch models."""

from menet_design.cli.answer import Answer
from menet_design.cli.options import Deployable, Names, Weights
from menet_design.cli.spreading import command


@command
def run(names: Names, settings: Deployable, weights: Weights, answer: Answer) -> None:
    """Build models, count them with fvcore and torch, and compare every layer with the closed form.

    Exits with 1 where a layer disagrees. Example: menet-design verify 352-MENet-12x1/8
    """
    from menet_design.cli.proof import exit_unless_proven, prove
    from menet_design.report import proofs

    answer.check()
    agreements = prove(settings.of(*names), weights.weights, **weights.reading())
    answer.give(proofs.verify(agreements, weights.weights))
    exit_unless_proven(agreements)
