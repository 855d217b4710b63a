"""The figures of docs/trained.md, measured again with the authors' weights on the same photographs."""

import re
import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
WEIGHTS = ROOT.parent / "shared" / "data" / "108-MENet-8x1-group-3.pth.tar"


def numbers(line: str) -> list[float]:
    return [float(number.replace(",", "")) for number in re.findall(r"(?<![\w.])[0-9][0-9.,]*(?![\w.×])", line)]


@pytest.mark.skipif(not WEIGHTS.exists(), reason="the authors' weights are not at hand")
def test_the_page_says_what_is_measured(cli, tmp_path, monkeypatch):
    page = (ROOT / "docs" / "trained.md").read_text(encoding="utf-8")
    printed = page.partition("```text\n")[2].partition("\n```")[0]
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(ROOT / "docs" / "photographs.py"))["copy"](Path("photographs"))
    measured = cli(f"connectivity 108-MENet-8x1/3 --weights '{WEIGHTS}' --images photographs").stdout.strip()
    wordless = re.compile(r"[0-9.,]+")
    assert [wordless.sub("", line).split() for line in measured.splitlines()] == [
        wordless.sub("", line).split() for line in printed.splitlines()
    ]
    # Another processor sums in another order; which class comes first may change for one image of thirteen.
    for ours, theirs in zip(measured.splitlines(), printed.splitlines(), strict=True):
        tolerance = 8 if "keep their first class" in ours else 0.11
        assert numbers(ours) == pytest.approx(numbers(theirs), rel=0.01, abs=tolerance)
