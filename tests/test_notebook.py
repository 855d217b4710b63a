"""The notebook of the docs is executed, and prints what it shows."""

from pathlib import Path

import pytest

NOTEBOOK = Path(__file__).parents[1] / "docs" / "afternoon.ipynb"


def shown(cell):
    """What a cell prints, as text, and in which other forms it shows itself."""
    return [(each.get("text") or each["data"]["text/plain"], sorted(each.get("data", ()))) for each in cell["outputs"]]


def test_the_notebook_of_the_docs_prints_what_it_shows(monkeypatch):
    nbformat, nbclient = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")
    monkeypatch.setenv("PYTHONPATH", str(NOTEBOOK.parents[1]), prepend=":")
    book = nbformat.read(NOTEBOOK, as_version=4)
    stored = [shown(cell) for cell in book.cells if cell.cell_type == "code"]
    nbclient.NotebookClient(book, timeout=300, coalesce_streams=True).execute()
    assert [shown(cell) for cell in book.cells if cell.cell_type == "code"] == stored
    assert {form for cell in stored for _, forms in cell for form in forms} >= {
        "text/html",
        "text/markdown",
        "text/latex",
        "image/svg+xml",
    }
