"""Results of the library as the documents of their commands, by type, and what notebooks and pandas make of these."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from menet_design.errors import missing
from menet_design.papers.binarized import PrintedSize
from menet_design.report import (
    budgets,
    classification,
    connectivity,
    costs,
    detectors,
    differences,
    explanations,
    formulas,
    latency,
    memory,
    proofs,
    reconciliation,
    searches,
    sizes,
)
from menet_design.report.export import as_html, records, render
from menet_design.report.tables import Document

_DOCUMENTS: Mapping[str, Callable[[Any], Document]] = {
    "ArchitectureTable": lambda found: found.document(),
    "Agreement": lambda found: proofs.verify([found]),
    "Classified": classification.classify,
    "Connectivity": lambda found: connectivity.connectivity([found]),
    "Cost": lambda found: costs.flops([found]),
    "Detection": lambda found: detectors.detectors([found]),
    "Difference": differences.diff,
    "Evaluated": classification.evaluate,
    "ExplainedTable": explanations.table,
    "Explanation": explanations.explain,
    "Formula": formulas.formula,
    "Found": searches.search,
    "Latency": latency.latency,
    "Memory": lambda found: memory.memory([found]),
    "Probe": connectivity.proof,
    "Reconciliation": lambda found: reconciliation.reconcile([found]),
    "Solution": lambda found: budgets.budget([budgets.Choice(found)]),
    "StoredSize": lambda found: sizes.size([[PrintedSize(found, None)]]),
}


# Of results that commands sum up by default: what they answer in full.
_IN_FULL: Mapping[str, Callable[[Any], Document]] = {"Cost": lambda found: costs.flops([found], "layer")}


def text(result: Any) -> str:
    """What a result's command prints of it, without the hints."""
    return render(_document(result), "table").rstrip("\n")


def html(result: Any) -> str | None:
    """The same for a notebook: a table between paragraphs; None where what people read is no plain table."""
    document = _document(result)
    return None if "markdown" in document.bodies else as_html(document)


def markdown(result: Any) -> str:
    """The same in Markdown."""
    return render(_document(result), "markdown")


def as_dict(result: Any) -> dict[str, Any]:
    """The one result of a document, in the numbers, lists and dicts of JSON."""
    (found,) = json.loads(render(_document(result, in_full=True), "json"))["results"]
    return dict(found)


def as_frame(result: Any) -> Any:
    """The records of a document as a DataFrame of pandas, a column for each key. Raises MissingPackage without it."""
    try:
        from pandas import DataFrame
    except ModuleNotFoundError as error:
        raise missing(error) from None
    return DataFrame(records(_document(result, in_full=True)))


def _document(result: Any, in_full: bool = False) -> Document:
    name = type(result).__name__
    return (_IN_FULL.get(name, _DOCUMENTS[name]) if in_full else _DOCUMENTS[name])(result)
