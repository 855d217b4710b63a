"""The figure of the loss ratio: the same bytes each time, the paper's points, whole files."""

import re
from fractions import Fraction
from functools import partial

import pytest
from drawings import capture, faults

from menet_design.report import figures

LOSSES = {groups: Fraction(groups - 1, groups) for groups in range(1, 17)}


@pytest.mark.parametrize("suffix", [".svg", ".pdf", ".png"])
def test_the_same_figure_is_the_same_file(tmp_path, suffix):
    first, second = (tmp_path / f"{name}{suffix}" for name in ("first", "second"))
    figures.loss_ratio(LOSSES, [3, 8], first, force=False)
    figures.loss_ratio(LOSSES, [3, 8], second, force=False)
    assert first.read_bytes() == second.read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == [first.name, second.name]


@pytest.mark.parametrize(
    ("suffix", "start"), [(".svg", b"<?xml"), (".pdf", b"%PDF"), (".eps", b"%!PS-Adobe"), (".png", b"\x89PNG")]
)
def test_the_ending_says_the_format(tmp_path, suffix, start):
    figures.loss_ratio(LOSSES, [3, 8], tmp_path / f"loss{suffix}", force=False)
    assert (tmp_path / f"loss{suffix}").read_bytes().startswith(start)


@pytest.mark.parametrize(
    ("asked", "names"),
    # Section III-A quotes the first two; (G − 1)/G of the others is worked out by hand.
    [([3, 8], ["G = 3: 66.7 %", "G = 8: 87.5 %"]), ([4], ["G = 4: 75.0 %"])],
)
def test_the_figure_marks_the_groups_that_are_asked_for_and_fits_a_column(tmp_path, asked, names):
    figures.loss_ratio(LOSSES, asked, tmp_path / "loss.svg", force=False)
    text = (tmp_path / "loss.svg").read_text(encoding="utf-8")
    assert re.findall(r">([^<>]*%)</text>", text) == names
    assert ">groups G</text>" in text
    width = float(re.search(r'<svg .*?width="([\d.]+)pt"', text, re.DOTALL)[1])
    assert width == pytest.approx(3.5 * 72)


@pytest.mark.parametrize("asked", [[3, 8], [3, 4, 5, 6, 7, 8], list(range(1, 17))], ids=str)
def test_no_word_is_cut_or_hides_another(tmp_path, monkeypatch, asked):
    draw = partial(figures.loss_ratio, LOSSES, asked, tmp_path / "loss.svg", force=False)
    assert [faults(figure) for figure in capture(monkeypatch, draw)] == [([], [])]


def test_the_figure_is_black_and_white(tmp_path):
    figures.loss_ratio(LOSSES, [3, 8], tmp_path / "loss.svg", force=False)
    colours = set(re.findall(r"#[0-9a-f]{6}", (tmp_path / "loss.svg").read_text(encoding="utf-8")))
    assert {colour for colour in colours if len({colour[1:3], colour[3:5], colour[5:7]}) > 1} == set()


def test_no_figure_stays_open(tmp_path, monkeypatch):
    from matplotlib import pyplot
    from matplotlib.figure import Figure

    pyplot.close("all")
    figures.loss_ratio(LOSSES, [3, 8], tmp_path / "loss.svg", force=False)
    assert pyplot.get_fignums() == []

    def broken(self: Figure, file: object, **_: object) -> None:
        file.write_bytes(b"half of ")
        raise RuntimeError("no font")

    monkeypatch.setattr(Figure, "savefig", broken)
    with pytest.raises(RuntimeError):
        figures.loss_ratio(LOSSES, [3, 8], tmp_path / "other.svg", force=False)
    assert [path.name for path in tmp_path.iterdir()] == ["loss.svg"]
    assert pyplot.get_fignums() == []


def test_settings_of_matplotlib_are_left_alone(tmp_path):
    import matplotlib

    before = dict(matplotlib.rcParams)
    figures.loss_ratio(LOSSES, [3, 8], tmp_path / "loss.svg", force=False)
    assert {key for key, value in before.items() if matplotlib.rcParams[key] != value} <= {"backend"}
