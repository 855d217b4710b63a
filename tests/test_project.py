"""What stands around the code: links of the pages that no docs build reads, and the version to cite."""

import re
from importlib.metadata import version
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"])
def test_links_lead_to_files(page):
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", (ROOT / page).read_text(encoding="utf-8"))
    assert [link for link in links if not link.startswith("https://") and not (ROOT / link).is_file()] == []


def test_the_version_to_cite_is_this_one():
    assert f"\nversion: {version('menet-design')}\n" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")
