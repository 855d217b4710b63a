"""What metrics are called in a sentence."""

from typing import NamedTuple


class Words(NamedTuple):
    """What amounts of a metric are called, the metric itself, and the best of it where it is minimised or maximised."""

    amounts: str
    itself: str
    least: str
    most: str


def _counted(amounts: str) -> Words:
    return Words(amounts, f"the number of {amounts}", f"fewest {amounts}", f"most {amounts}")


_WORDS = {
    "macs": _counted("multiply-adds"),
    "params": _counted("parameters"),
    "activations": _counted("activations"),
    "memory": Words("bytes of peak memory", "memory", "least peak memory", "most peak memory"),
    "size": Words("bytes of stored parameters", "size", "smallest size", "largest size"),
    "loss": _counted("lost connections")._replace(itself="the share of lost connections"),
    "exact_loss": _counted("lost connections, counted")._replace(itself="the counted share of lost connections"),
    "fusion_share": Words(
        "of multiply-adds in the fusion branch",
        "the share of the fusion branch",
        "smallest share of the fusion branch",
        "largest share of the fusion branch",
    ),
    "latency": Words("of latency", "latency", "lowest latency", "highest latency"),
    "mixing_depth": Words("blocks of mixing depth", "mixing depth", "smallest mixing depth", "largest mixing depth"),
}


def words(metric: str) -> Words:
    """What a metric is called; of the numbers of a design, as their fields."""
    return _WORDS.get(metric, Words(metric, metric, f"smallest {metric}", f"largest {metric}"))
