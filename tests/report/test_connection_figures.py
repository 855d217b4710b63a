"""Pictures of connections: each line and cell is one of Fig. 1's, and a column of a paper holds them legibly."""

import base64
import contextlib
import io
import re
from dataclasses import replace

import numpy as np
import pytest
from drawings import capture, faults, words
from matplotlib import pyplot
from PIL import Image

from menet_design import connectivity, network
from menet_design.analysis.pairs import Pair
from menet_design.errors import DesignError
from menet_design.families.menet import MENet
from menet_design.report import connection_figures as figures
from menet_design.verification.jacobian import Strength
from menet_design.verification.trained import Gates, Trained, TrainedBlock

NINE = connectivity(MENet(width=36, fusion=1, groups=3, stem=6))
EIGHTY_EIGHT = connectivity("352-MENet-12x1/8")
FIFTY_SEVEN = connectivity("228-MENet-12x1-add/3")
SIXTY_GROUPS = connectivity(MENet(width=1200, fusion=4, groups=60, stem=60))
NO_GROUPS = connectivity(MENet(width=64, fusion=2, groups=1, stem=4))
WITHOUT_SHUFFLE = replace(FIFTY_SEVEN, blocks=tuple(replace(block, pairs=()) for block in FIFTY_SEVEN.blocks))

GATES = Gates(0.5, 0.1, 0.8, 0.0)


def trained_blocks(*names, fusion=0.3, lost=0.2, groups=3, gates=GATES):
    energy = [[(1 + (row + column) % groups) / 6 for column in range(groups)] for row in range(3)]
    return tuple(TrainedBlock(name, 2 / 3, Strength(energy, energy, fusion, lost), gates, ()) for name in names)


MODULES = [f"stage{stage}.{index}" for stage, modules in ((2, 4), (3, 8), (4, 4)) for index in range(modules)]
TRAINED = Trained(NINE.network, 3, trained_blocks(*MODULES), ())


@pytest.fixture
def drawn(tmp_path, monkeypatch):
    """The figure that a function of `figures` draws, laid out."""

    def draw(function, found):
        (figure,) = capture(monkeypatch, lambda: function(found, tmp_path / "figure.png", force=True))
        return figure

    return draw


def written(function, found, path):
    function(found, path, force=False)
    return path


# Files


@pytest.mark.parametrize("suffix", [".svg", ".pdf"])
def test_the_same_connections_are_the_same_file(tmp_path, suffix):
    first, second = (
        written(figures.connections, [NINE, EIGHTY_EIGHT], tmp_path / f"{name}{suffix}") for name in ("first", "second")
    )
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize("function", [figures.trained, figures.strength])
def test_the_same_measurements_are_the_same_file(tmp_path, function):
    first, second = (written(function, TRAINED, tmp_path / f"{name}.svg") for name in ("first", "second"))
    assert first.read_bytes() == second.read_bytes()


# Channels as dots (Fig. 1)


def panels(row):
    """The axes of a design by the first line of their titles."""
    return {axes.get_title().split("\n")[0]: axes for axes in row.axes}


def rows(figure):
    """What is drawn of each design."""
    above, _ = figure.subfigs
    return list(above.subfigs)


def segments(axes):
    """Lines from a channel above to a foot below, and the bars of groups, as pairs of places."""
    lines = [line.get_xydata().tolist() for line in axes.lines]
    down = [(above[0], below[0]) for above, below in lines if above[1] != below[1]]
    bars = sorted((left[0], right[0]) for left, right in lines if left[1] == right[1])
    return down, bars


def reached_by_group(axes):
    """The channels, counted from the left, that have a line to each bar."""
    down, bars = segments(axes)
    places = sorted({above for above, _ in down})
    return [sorted(places.index(above) for above, foot in down if left < foot < right) for left, right in bars]


def test_nine_channels_in_three_groups_are_figure_1(drawn):
    (row,) = rows(drawn(figures.connections, [NINE]))
    found = panels(row)
    assert {name: reached_by_group(axes) for name, axes in found.items()} == {
        "no shuffle": [[0, 1, 2], [3, 4, 5], [6, 7, 8]],
        "shuffle": [[0, 3, 6], [1, 4, 7], [2, 5, 8]],
        "shuffle and fusion": [list(range(9))] * 3,
    }
    # 27 possible, of which the shuffle keeps 9 (Eq. 1 and 2).
    assert [axes.get_title().split("\n")[1] for axes in found.values()] == ["0 of 27", "9 of 27", "27 of 27"]


def test_channels_of_neighbouring_groups_have_other_tones(drawn):
    (row,) = rows(drawn(figures.connections, [NINE]))
    for axes in row.axes:
        tones = axes.collections[0].get_facecolors()[:, :3]
        assert all(len(set(tone)) == 1 for tone in tones)  # grey
        assert len({tuple(tone) for tone in tones}) == 3
        assert all((tones[start : start + 3] == tones[start]).all() for start in (0, 3, 6))


# Channels as the rows and columns of a matrix


def fig_1_order(channels, groups):
    """The channels after the shuffle: written by rows of a group each, read by columns."""
    return np.arange(channels).reshape(groups, -1).T.flatten()


def tones(channels, groups, met):
    """1 for channels of one group, else 2 where some group after the shuffle depends on both of them, else 0."""
    expected = np.zeros((channels, channels), dtype=int)
    for group in met:
        expected[np.ix_(group, group)] = 2
    for group in np.arange(channels).reshape(groups, -1):
        expected[np.ix_(group, group)] = 1
    return expected


@pytest.mark.parametrize(
    ("found", "channels", "groups", "kept"),
    # Counted by hand: C = 57, G = 3 keeps 360 of 1,083; C = 88, G = 8 keeps 416 of 3,388. Of 300 channels in 60
    # groups each group depends on 5 of 5 groups, which are 60 times 10 pairs.
    [(FIFTY_SEVEN, 57, 3, 360), (EIGHTY_EIGHT, 88, 8, 416), (SIXTY_GROUPS, 300, 60, 600)],
    ids=["57 in 3", "88 in 8", "300 in 60"],
)
def test_cells_are_black_where_channels_of_two_groups_are_connected(drawn, found, channels, groups, kept):
    (row,) = rows(drawn(figures.connections, [found]))
    cells = {name: np.asarray(axes.images[0].get_array()) for name, axes in panels(row).items()}
    order = fig_1_order(channels, groups).reshape(groups, -1)
    np.testing.assert_array_equal(cells["no shuffle"], tones(channels, groups, []))
    np.testing.assert_array_equal(cells["shuffle"], tones(channels, groups, order))
    np.testing.assert_array_equal(cells["shuffle and fusion"], tones(channels, groups, [np.arange(channels)]))
    assert (cells["shuffle"] == 2).sum() == 2 * kept
    assert f"{kept:,} of" in panels(row)["shuffle"].get_title()


def test_vector_figures_hold_every_cell(tmp_path):
    """Fewer pixels than channels would leave out connections, and not the same on both sides of the diagonal."""
    path = written(figures.connections, [SIXTY_GROUPS], tmp_path / "cells.svg")
    pictures = re.findall(r"data:image/png;base64,([^\"]+)", path.read_text(encoding="utf-8"))
    sizes = [Image.open(io.BytesIO(base64.b64decode(picture))).size for picture in pictures]
    assert len(sizes) == 3
    assert [size for size in sizes if min(size) < 300] == []


# Designs without a shuffle between groups


def shares_of(block):
    """By convolutions alone, with shuffles, with branches, in percent."""
    shares = block.shares
    return [100 * float(share) for share in (shares.without_both, shares.without_branch, shares.connected)]


@pytest.mark.parametrize("without", [NO_GROUPS, WITHOUT_SHUFFLE], ids=["one group", "no shuffle"])
def test_where_one_has_no_shuffle_all_are_drawn_as_shares_of_connected_pairs(drawn, without):
    two = [without, EIGHTY_EIGHT]
    figure = drawn(figures.connections, two)
    for row, found in zip(rows(figure), two, strict=True):
        (axes,) = row.axes
        assert axes.get_title() == found.network.title
        tops = [[bar.get_y() + bar.get_height() for bar in layer] for layer in axes.containers]
        np.testing.assert_allclose(np.transpose(tops), [shares_of(block) for block in found.blocks])
        assert axes.get_xlabel()
        assert axes.get_ylabel().endswith("(%)")


def test_plain_convolutions_connect_every_pair(drawn):
    (row,) = rows(drawn(figures.connections, [connectivity("VGG-16")]))
    (axes,) = row.axes
    assert {bar.get_height() for bar in axes.containers[0]} == {100}


# What tones are


def test_a_line_below_says_what_tones_are(drawn):
    said = [text for text, _ in words(drawn(figures.connections, [EIGHTY_EIGHT]))]
    assert said[-3:] == ["connected", "channels of one group", "not connected"]
    assert "circles" in words(drawn(figures.connections, [NINE]))[-1][0]
    assert words(drawn(figures.connections, [NO_GROUPS]))[-1][0] == "by convolutions alone"


def test_axes_are_named(drawn):
    (row,) = rows(drawn(figures.connections, [EIGHTY_EIGHT]))
    assert {(axes.get_xlabel(), axes.get_ylabel()) for axes in row.axes} == {("channel", "channel")}
    figure = drawn(figures.strength, TRAINED)
    assert (figure.get_supxlabel(), figure.get_supylabel()) == ("group before the shuffle", "group after it")
    assert [axes.get_xlabel() for axes in figure.axes if axes.get_xlabel()] == [
        "share of the energy of a group after the shuffle"
    ]


# Several designs, side by side


def test_designs_are_drawn_in_their_order_each_with_its_name(drawn):
    three = [FIFTY_SEVEN, EIGHTY_EIGHT, NINE]
    figure = drawn(figures.connections, three)
    for row, found in zip(rows(figure), three, strict=True):
        assert row.get_suptitle().startswith(f"{found.network.title}, stage")
    assert figure.get_size_inches().tolist() == pytest.approx([3.5, 3 * 1.55 + 0.22])


@pytest.mark.parametrize("count", [5, 6, 12])
@pytest.mark.parametrize("found", [EIGHTY_EIGHT, NINE, NO_GROUPS], ids=["matrices", "circles", "shares"])
def test_many_designs_stand_in_a_grid_that_fits_a_page_in_panels_of_one_size(drawn, count, found):
    figure = drawn(figures.connections, [found, FIFTY_SEVEN] * (count // 2) + [found] * (count % 2))
    width, height = figure.get_size_inches()
    assert width == (3.5 if count == 5 else 7)
    assert height <= 9
    assert len([row for row in rows(figure) if row.axes]) == count
    sizes = np.array([axes.get_window_extent().size for row in rows(figure) for axes in row.axes])
    assert np.ptp(sizes, axis=0) == pytest.approx(0, abs=0.01 * sizes.max())
    assert faults(figure) == ([], [])


def test_kinds_are_not_mixed(drawn):
    for row in rows(drawn(figures.connections, [NINE, EIGHTY_EIGHT])):
        assert all(axes.images and not axes.lines for axes in row.axes)


def test_more_than_a_page_holds_are_refused(tmp_path):
    with pytest.raises(DesignError, match=r"13 networks do not fit a page\. Draw up to 12"):
        figures.connections([NINE] * 13, tmp_path / "figure.svg", force=False)
    assert list(tmp_path.iterdir()) == []


def test_a_figure_is_a_column_wide_and_black_and_white(tmp_path):
    for function, found in (
        (figures.connections, [NINE, NO_GROUPS]),
        (figures.trained, TRAINED),
        (figures.strength, TRAINED),
    ):
        path = written(function, found, tmp_path / f"{function.__name__}.svg")
        text = path.read_text(encoding="utf-8")
        assert float(re.search(r'<svg .*?width="([\d.]+)pt"', text, re.DOTALL)[1]) == pytest.approx(3.5 * 72)
        colours = set(re.findall(r"#[0-9a-f]{6}", text))
        assert {colour for colour in colours if len({colour[1:3], colour[3:5], colour[5:7]}) > 1} == set()


# Words


def with_channels(channels, groups):
    """A network whose first shuffle has so many channels, without the work of all of its modules."""
    size, order = channels // groups, fig_1_order(channels, groups).tolist()
    thirds = [order[start : start + size] for start in range(0, channels, size)]
    own = [((1 << size) - 1) << start for start in range(0, channels, size)]
    shuffled = [sum(1 << channel for channel in third) for third in thirds]
    everything = [(1 << channels) - 1] * groups
    pair = Pair("residual.compress", "residual.expand", groups, channels, shuffled, own, everything)
    block = replace(NINE.blocks[1], pairs=(pair,))
    design = MENet(width=4 * channels, fusion=12, groups=groups, stem=24)
    return replace(NINE, network=network(design), blocks=(block,))


FIVE = [FIFTY_SEVEN, NINE, EIGHTY_EIGHT, SIXTY_GROUPS, NO_GROUPS]


@pytest.mark.parametrize(
    "found",
    [[NINE], [EIGHTY_EIGHT, FIFTY_SEVEN], [SIXTY_GROUPS], FIVE, [with_channels(1024, 4)], [with_channels(2048, 8)]],
    ids=["9 channels", "two", "60 groups", "five", "1024 channels", "2048 channels"],
)
def test_no_word_is_cut_or_hides_another(drawn, found):
    figure = drawn(figures.connections, found)
    assert len(words(figure)) >= 3 * len(found)
    assert faults(figure) == ([], [])


@pytest.mark.parametrize("function", [figures.trained, figures.strength])
def test_no_word_of_measurements_is_cut_or_hides_another(drawn, function):
    assert faults(drawn(function, TRAINED)) == ([], [])


@pytest.mark.parametrize(("fusion", "lost"), [(0.0, 0.0), (0.63, 0.4)])
def test_the_names_of_lines_that_end_close_to_each_other_can_be_read(drawn, fusion, lost):
    blocks = trained_blocks(*MODULES, fusion=fusion, lost=lost)
    assert faults(drawn(figures.trained, Trained(NINE.network, 3, blocks, ()))) == ([], [])


# Measurements


def test_lines_are_the_shares_and_points_the_gates(drawn):
    above, below = drawn(figures.trained, TRAINED).axes
    assert [set(line.get_ydata().round(6)) for line in above.lines] == [{30.0}, {20.0}, {66.666667}]
    assert [line.get_xdata().tolist() for line in above.lines] == [list(range(16))] * 3
    assert [text.get_text() for text in above.texts] == ["through fusion", "from lost channels", "lost channels"]
    (points, caps, _) = below.containers[0]
    assert points.get_ydata().tolist() == [0.5] * 16
    assert sorted({round(float(y), 6) for cap in caps for y in cap.get_ydata()}) == [0.4, 0.6]
    assert [label.get_text() for label in below.get_xticklabels()][:5] == ["2.0", "2.1", "2.2", "2.3", "3.0"]


@pytest.mark.parametrize("names", [MODULES, MODULES[:1]], ids=["all", "one"])
def test_modules_without_gates_are_drawn(drawn, names):
    figure = drawn(figures.trained, Trained(FIFTY_SEVEN.network, 3, trained_blocks(*names, gates=None), ()))
    assert [len(line.get_ydata()) for line in figure.axes[0].lines] == [len(names)] * 3
    assert all(any(len(line.get_ydata()) for line in axes.lines) for axes in figure.axes)  # no empty panel
    assert faults(figure) == ([], [])


def test_strength_is_a_matrix_for_every_module_with_groups(drawn):
    blocks = trained_blocks("stage2.0", groups=1) + trained_blocks(*MODULES[1:])
    figure = drawn(figures.strength, Trained(NINE.network, 3, blocks, ()))
    drawn_axes = [axes for axes in figure.axes if axes.images]
    assert [axes.get_title() for axes in drawn_axes] == MODULES[1:]
    for axes, block in zip(drawn_axes, blocks[1:], strict=True):
        np.testing.assert_array_equal(axes.images[0].get_array(), block.strength.energy)
        assert axes.images[0].get_clim() == (0, 1)


@pytest.mark.parametrize("function", [figures.trained, figures.strength])
@pytest.mark.parametrize("blocks", [(), trained_blocks(*MODULES, groups=1)], ids=["no shuffle", "one group"])
def test_where_there_is_nothing_to_draw_it_is_drawn_or_said(tmp_path, function, blocks):
    pyplot.close("all")
    with contextlib.suppress(DesignError):
        function(Trained(NO_GROUPS.network, 3, blocks, ()), tmp_path / "figure.svg", force=False)
    assert pyplot.get_fignums() == []
