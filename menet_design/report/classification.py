"""Classes of images and accuracies: the answers of `classify` and `evaluate`."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from menet_design.errors import escaped
from menet_design.report.tables import Column, Document, Record, Table, headed, picked, scalars, text_column, unnested
from menet_design.report.units import percent, thousands

if TYPE_CHECKING:
    from menet_design.classification.classifier import Classifier
    from menet_design.classification.classify import Classified, Prediction
    from menet_design.classification.evaluate import Evaluated


def classify(found: "Classified", hints: Sequence[str] = ()) -> Document:
    """The most probable classes of images; `hints` are the next commands."""
    images: list[dict[str, Any]] = [
        {"image": escaped(path), "predictions": [_prediction(each) for each in predictions]}
        for path, predictions in found.images
    ]
    rows = [row for each in images for row in headed("image", each["image"], each["predictions"])]
    columns = (
        text_column("image"),
        Column("class", "class"),
        text_column("name"),
        Column("probability", "probability", percent),
    )
    breaks = [index for index, row in enumerate(rows) if row["image"] and index]
    return Document(
        "classify",
        [{**_classifier(found.classifier), "images": images}],
        Table(columns, rows, breaks=breaks),
        _seen(found),
        [*_how(found.classifier), *hints],
        unnested(images, "predictions", ("image",)),
        keys=("image", "class", "name", "probability"),
    )


def _prediction(found: "Prediction") -> dict[str, Any]:
    name = None if found.name is None else escaped(found.name)
    return {"class": found.number, "name": name, "probability": found.probability}


def _seen(found: "Classified") -> str:
    """The answer: what is seen on one image, or by whom on several."""
    if len(found.images) != 1:
        return f"{len(found.images):,} images, as {found.classifier.title} sees them"
    ((path, (first, *_)),) = found.images
    name = f"class {first.number}" if first.name is None else escaped(first.name)
    return f"{escaped(path)}: {name}, {percent(first.probability)}"


def _classifier(found: "Classifier") -> dict[str, Any]:
    """What saw the images, for machines."""
    weights = found.weights and escaped(found.weights)
    named = {"network": found.name, "weights": weights, "engine": found.engine}
    return {**named, "input": found.shape, "classes": found.classes}


def _how(found: "Classifier") -> list[str]:
    return [f"{found.title}, {escaped(found.origin)}, run by {found.engine.split()[0]}", str(found.transform)]


def evaluate(found: "Evaluated", hints: Sequence[str] = ()) -> Document:
    """How often a network is right; `hints` are the next commands."""
    accuracies = _accuracies(found)
    result = {
        **_classifier(found.classifier),
        "folder": escaped(found.folder),
        **picked(found, "images", "seen", "evaluated"),
        "accuracies": accuracies,
        "skipped": list(map(escaped, found.skipped)),
    }
    notes = [
        "95 %: the interval of Wilson, for images like these",
        *(f"left out: {each}" for each in result["skipped"]),
        *_how(found.classifier),
        *hints,
    ]
    rows = [{**scalars(result), **each} for each in accuracies]
    return Document("evaluate", [result], Table(_COLUMNS, list(map(_row, accuracies))), _right(found), notes, rows)


def _accuracies(found: "Evaluated") -> list[dict[str, Any]]:
    """Top-1 and, where there are more classes, top-5."""
    counts = {"top-1": found.top1} | ({"top-5": found.top5} if found.classifier.classes > 5 else {})
    return [
        {"metric": name, "right": right, "accuracy": found.accuracy(right), **_interval(found, right)}
        for name, right in counts.items()
    ]


def _interval(found: "Evaluated", right: int) -> dict[str, float | None]:
    low, high = found.interval(right) or (None, None)
    return {"low": low, "high": high}


_COLUMNS = (
    text_column("metric"),
    Column("right", "right", thousands),
    Column("accuracy", "accuracy", percent),
    Column("interval", "95 %"),
)


def _row(accuracy: Record) -> dict[str, Any]:
    has = accuracy["low"] is not None
    return {**accuracy, "interval": f"{percent(accuracy['low'])} to {percent(accuracy['high'])}" if has else None}


def _right(found: "Evaluated") -> str:
    """The answer: the accuracies, and of which images."""
    shares = ", ".join(f"{each['metric']} {percent(each['accuracy'] or 0)}" for each in _accuracies(found))
    seen = f"{found.evaluated:,} images of {escaped(found.folder)}"
    if found.seen < found.images:
        return f"interrupted after {found.seen:,} of {found.images:,} images: {shares}"
    return f"{found.classifier.title}: {shares} on {seen}"
