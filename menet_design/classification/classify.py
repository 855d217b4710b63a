"""The classes that a network finds most probable on images."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from torch import Tensor

from menet_design.classification.classifier import Classifier
from menet_design.datasets.images import open_image
from menet_design.display import Displayed
from menet_design.values import check_whole

_TOP = 5
_ROUNDING = 1e-4  # by which a sum of probabilities in float32 may differ from 1


@dataclass(frozen=True)
class Prediction:
    """A class by its number, from 0, its name, if it is known, and its probability: the softmax of the logits."""

    number: int
    name: str | None
    probability: float


@dataclass(frozen=True)
class Classified(Displayed):
    """Images by path and, of each, the most probable classes, the first one first."""

    classifier: Classifier
    images: tuple[tuple[str, tuple[Prediction, ...]], ...] = field(repr=False)


def classify(
    classifier: Classifier, paths: Iterable[str | Path], names: Sequence[str] | None = None, top: int | None = None
) -> Classified:
    """The `top` classes of the image in each file, by default five, if there are so many, with the names of classes.

    Raises ImageError for what cannot be read as an image, and DesignError where a network gives no finite logits.
    """
    kept = min(_TOP, classifier.classes) if top is None else check_whole("top", top, 1, classifier.classes)
    return Classified(classifier, tuple((str(path), _predictions(classifier, path, names, kept)) for path in paths))


def _predictions(
    classifier: Classifier, path: str | Path, names: Sequence[str] | None, top: int
) -> tuple[Prediction, ...]:
    image = classifier.transform(open_image(path, classifier.shape[0]))
    found = _probabilities(classifier.logits(image[None])[0].double()).topk(top)
    pairs = zip(found.indices.tolist(), found.values.tolist(), strict=True)
    return tuple(Prediction(number, names[number] if names else None, share) for number, share in pairs)


def _probabilities(logits: Tensor) -> Tensor:
    """The softmax of logits (classes,), or they themselves, where a network ends in a softmax of its own."""
    is_done = bool((logits >= 0).all()) and abs(float(logits.sum()) - 1) < _ROUNDING
    return logits if is_done else logits.softmax(0)
