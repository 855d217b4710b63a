"""plot: figures of any networks, which fit a column, and in which every word can be read."""

import re

import pytest
from answers import check_error
from drawings import capture, faults, hidden_points

NET = """# net.py
from torch import nn

class Net(nn.Module):
    def __init__(self, width=16):
        super().__init__()
        self.stem = nn.Conv2d(3, width, 3, 2, 1)
        self.layer1 = nn.Conv2d(width, 2 * width, 1)
        self.fc = nn.Linear(2 * width, 10)

    def forward(self, x):
        return self.fc(self.layer1(self.stem(x)).mean((2, 3)))
"""


@pytest.fixture
def plot(cli, tmp_path, monkeypatch):
    """Draw; returns the figure, laid out, and what was said."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "run.csv").write_text(LOG)

    def drawn(command):
        said = []
        (figure,) = capture(monkeypatch, lambda: said.append(cli(f"plot {command} --force -o figure.png")))
        assert (said[0].code, said[0].stdout) == (0, "")
        assert said[0].stderr.endswith("wrote figure.png\n")
        return figure, said[0].stderr

    return drawn


COMMANDS = [
    "accuracy",
    "accuracy --data CIFAR-10",
    "accuracy --data GTSRB",
    "accuracy 228-MENet-12x1/3 352-MENet-12x1/8 348-MENet-12x1/3 --point GoogLeNet-3x3=70.1 --published",
    "accuracy 228-MENet-10x1/3 228-MENet-12x1/3 228-MENet-14x1/3 228-MENet-16x1/3 256-MENet-12x1/4 352-MENet-12x1/8",
    "accuracy ShuffleNet-1x/3 ShuffleNet-1x/4 ShuffleNet-1x/8 0.5x-MobileNet-224 --convention fvcore",
    "cost 228-MENet-12x1/3 VGG-16",
    "cost 228-MENet-12x1/3 352-MENet-12x1/8 1x-MobileNet-224 1x-MobileNetV2-224 ShuffleNet-1x/3 --by type",
    "cost 228-MENet-12x1/3 GoogLeNet 1x-MobileNetV2-224 ResNet-20 --by branch --shares",
    "cost VGG-16 --by stage --metric params --convention torch",
    "cost EffNet-SVHN --metric activations",
    "width 228-MENet-12x1/3 352-MENet-12x1/8 --budget 140",
    "width VGG-16 GoogLeNet --budget 20G --convention fvcore",
    "width EffNet-SVHN --metric params",
    "groups 352-MENet-12x1/8 --budget 140",
    "groups ShuffleNet-1x/3 --metric params",
    "sensitivity 352-MENet-12x1/8",
    "sensitivity 0.5x-MobileNet-224",
    "training --points run.csv",
    "figure-4",
]
LOG = """epoch,learning_rate,loss,test_loss,top1,top5,seconds
0,,,2.5,10.0,50.0,1
1,0.1,1.5,1.25,60.5,95.0,9
2,0.05,0.75,0.5,80.25,99.0,9
"""


@pytest.mark.parametrize("command", COMMANDS)
def test_a_figure_is_a_column_wide_and_each_word_can_be_read(plot, command):
    figure, _ = plot(command)
    assert figure.get_figwidth() == 3.5
    assert faults(figure) == ([], [])
    assert [hidden for axes in figure.axes for hidden in hidden_points(axes)] == []
    for axes in figure.axes:
        assert any(other.get_xlabel() for other in axes.get_shared_x_axes().get_siblings(axes))
        assert axes.get_ylabel() or command.startswith(("cost", "sensitivity"))


# Accuracy


def test_every_published_network_is_drawn_or_left_out_with_the_reason(plot):
    from menet_design import families

    figure, said = plot("accuracy")
    known = {design.name for design, figures in families.published() if any(each.top1 for each in figures)}
    left_out = [line.removeprefix("left out: ") for line in said.splitlines() if line.startswith("left out: ")]
    names = {name for line in left_out for name in line.partition(": ")[0].split(", ")}
    drawn = [point for line in figure.axes[0].lines if line.get_linestyle() == "None" for point in line.get_xydata()]
    assert len(drawn) + len(names) == len(known)
    assert names < known
    assert "SEP-Net: its accuracy is that of its authors' network, of which this is a reconstruction" in left_out
    assert {(round(macs), top1) for macs, top1 in drawn} >= {(144, 66.43), (144, 66.69), (301, 72.0), (1583, 69.8)}


def test_every_family_has_a_marker_and_a_name_of_its_own(plot):
    figure, _ = plot("accuracy")
    (axes,) = figure.axes
    marked = [line.get_marker() for line in axes.lines if line.get_linestyle() == "None"]
    assert len(set(marked)) == len(marked) == len([text for text in axes.texts if text.get_text()])


def test_points_of_ones_own_stand_where_they_are_measured(plot, tmp_path):
    (tmp_path / "mine.csv").write_text("network,top1,mflops\nVGG-16,71.5,\nMine,70,250.5\n")
    (tmp_path / "net.py").write_text(NET)
    figure, _ = plot("accuracy 228-MENet-12x1/3 --point net.py:Net=12.5 --points mine.csv --input 3x224x224")
    (axes,) = figure.axes
    found = dict(zip([text.get_text() for text in axes.texts if text.get_text()], axes.lines, strict=True))
    points = {name: line.get_xydata().tolist()[0] for name, line in found.items()}
    # Table IV; VGG-16 by the count of its table; the net by hand: 112²·(27·16 + 16·32) + 32·10.
    assert points["228-MENet-12×1 (g = 3)"] == pytest.approx([144.09, 66.43], abs=0.01)
    assert points["Net"] == pytest.approx([(112**2 * (27 * 16 + 16 * 32) + 320) / 1e6, 12.5])
    assert points["VGG-16"] == pytest.approx([15470.26, 71.5], abs=0.01)
    assert points["Mine"] == [250.5, 70]


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ("network,top1\nVGG-16,710\n", "row 2 of mine.csv: '710' is no accuracy in percent"),
        ("network,top1\nVGG-16,\n", "row 2 of mine.csv has no top1. Write the columns network, top1"),
        ("network,top1,mflops\nMine,70,a\n", "'a' is no number of MFLOPs"),
        ("network,top1\nMine,70\n", "'Mine'"),
        ("network,top1\n", "mine.csv has no rows"),
    ],
)
def test_a_table_of_points_that_is_none_is_an_error(cli, tmp_path, monkeypatch, rows, says):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.csv").write_text(rows)
    check_error(cli("plot accuracy --points mine.csv -o figure.pdf"), says)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.csv"]


# Cost


def bars(figure):
    """By part, the lengths of its bars; and the sums beside them."""
    (axes,) = figure.axes
    (legend,) = figure.legends
    assert {text.get_text() for text in legend.get_texts()} == {each.get_label() for each in axes.containers}
    lengths = {each.get_label(): [bar.get_width() for bar in each] for each in axes.containers}
    return lengths, [text.get_text() for text in axes.texts]


def test_bars_are_stacked_of_parts_and_have_their_sum_beside_them(plot):
    lengths, sums = bars(plot("cost 228-MENet-12x1/3 VGG-16 --by branch")[0])
    # The MENet paper, Table I, and 13.1 % of it in the fusion branch.
    assert sums == ["144.09", "15,470.26"]
    assert [sum(each) for each in zip(*lengths.values(), strict=True)] == pytest.approx([144.092, 15470.264], abs=1e-3)
    assert lengths["fusion"] == pytest.approx([0.131 * 144.09, 0], abs=0.1)


def test_layer_types_of_a_network_are_those_that_can_be_counted_by_hand(plot, tmp_path):
    (tmp_path / "net.py").write_text(NET)
    lengths, _ = bars(plot("cost net.py:Net --input 3x224x224 --by type --shares")[0])
    by_hand = {"3×3 conv": 112**2 * 27 * 16, "1×1 conv": 112**2 * 16 * 32}
    assert lengths["3×3 conv"] == pytest.approx([100 * by_hand["3×3 conv"] / (sum(by_hand.values()) + 320)])


def test_small_parts_are_drawn_together(plot):
    lengths, _ = bars(plot("cost GoogLeNet 1x-MobileNetV2-224 ResNet-20 VGG-16 --by branch --shares")[0])
    assert len(lengths) <= 8
    assert [sum(each) for each in zip(*lengths.values(), strict=True)] == pytest.approx([100] * 4)


# Width and groups


def test_each_legal_width_has_a_mark_and_the_designs_own_is_named(plot):
    figure, _ = plot("width 352-MENet-12x1/8 --budget 140")
    (axes,) = figure.axes
    # Multiples of 4g above the stem of 24, to half as much again as 352.
    assert axes.lines[0].get_xdata().tolist() == list(range(32, 529, 32))
    assert axes.lines[1].get_xydata()[0].tolist() == pytest.approx([352, 144.281], abs=1e-3)
    assert list(axes.lines[2].get_ydata()) == [140, 140]
    assert {"352-MENet-12×1 (g = 8)", "budget 140"} <= {text.get_text() for text in axes.texts}


def test_the_width_nearest_to_a_budget_is_named_for_each_number_of_groups(plot):
    figure, _ = plot("groups 228-MENet-12x1/3 --budget 140")
    (axes,) = figure.axes
    found = dict(zip([tick.get_text() for tick in axes.get_xticklabels()], sorted(widths(axes)), strict=True))
    # Table III of the paper has these three at about 140 million; stem 24 does not split into 5 or 7.
    assert {groups: found[groups][1] for groups in ("3", "4", "8")} == {"3": "228", "4": "256", "8": "352"}
    assert list(found) == ["1", "2", "3", "4", "6", "8"]


def test_the_bars_of_a_sensitivity_are_what_the_next_legal_values_cost(plot):
    figure, _ = plot("sensitivity 352-MENet-12x1/8")
    axes = figure.axes[0]
    assert [tick.get_text() for tick in axes.get_yticklabels()][:3] == [
        "width 352 → 384",
        "fusion 12 → 13",
        "expansion 1 → 1.5",
    ]
    macs, params, _ = ([bar.get_width() for bar in each] for each in axes.containers)
    # As `budget 140 --groups 8` prints them: 144.28 and 165.72 MFLOPs, 2.27 and 2.55 million parameters.
    assert macs[0] == pytest.approx(100 * (165.72 / 144.28 - 1), abs=0.01)
    assert params[0] == pytest.approx(100 * (2.55 / 2.27 - 1), abs=0.5)


def widths(axes):
    return [(text.xy[0], text.get_text()) for text in axes.texts if re.fullmatch("[0-9]+", text.get_text())]


def test_an_argument_of_somebody_elses_network_is_varied(plot, tmp_path):
    (tmp_path / "net.py").write_text(NET)
    figure, _ = plot("width net.py:Net --vary width=8:24:8 --input 3x32x32")
    (line,) = figure.axes[0].lines
    assert line.get_xydata().tolist() == [
        [width, (16**2 * (27 * width + 2 * width**2) + 20 * width) / 1e6] for width in (8, 16, 24)
    ]
    assert figure.axes[0].get_xlabel().startswith("width")


# What cannot be drawn

WRONG = {
    "accuracy 240-MENet-12x1/3": "Give --point '240-MENet-12x1/3=72.5'",
    "accuracy SEP-Net": "reconstruction",
    "accuracy --data MNIST": "Known: ILSVRC 2012, CIFAR-10, SVHN, GTSRB",
    "accuracy --point VGG-16": "Write NETWORK=72.5",
    "accuracy --point VGG-16=700": "'700' is no accuracy in percent",
    "accuracy --budget 140": "--budget is not for accuracy. It is for width and groups",
    "accuracy --by stage": "It is for cost",
    "cost": "Name a design",
    "cost 230-MENet-12x1/3": "228, 240",
    "width VGG-16 --budget nan": "no amount",
    "width VGG-16 --budget -5": "no amount",
    "groups VGG-16": "has no groups",
    "groups 228-MENet-12x1/3 352-MENet-12x1/8": "Draw one design at a time",
    "groups 228-MENet-12x1/3 --budget 1e9": "Give another budget",
    "width missing.py:Net --vary width=1:2:1": "missing.py",
    "figure-4 VGG-16": "plot accuracy",
    "sensitivity 228-MENet-12x1/3 352-MENet-12x1/8": "Draw one design at a time",
    "sensitivity 228-MENet-12x1/3 --budget 140": "--budget is not for sensitivity",
    "figure-5": "Known: accuracy, cost, width, groups, sensitivity, latency, training, figure-4",
}


@pytest.mark.parametrize("command", WRONG)
def test_what_cannot_be_drawn_is_one_line(cli, tmp_path, monkeypatch, command):
    monkeypatch.chdir(tmp_path)
    check_error(cli(f"plot {command} -o figure.pdf"), WRONG[command])
    assert list(tmp_path.iterdir()) == []


def test_more_names_than_a_page_has_room_for_are_refused(cli, tmp_path):
    points = "\n".join(f"Network number {index},70,100" for index in range(300))
    (tmp_path / "mine.csv").write_text(f"network,top1,mflops\n{points}")
    check_error(cli("plot accuracy --points", tmp_path / "mine.csv", "-o", tmp_path / "a.pdf"), "do not fit")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.csv"]


@pytest.mark.parametrize("suffix", [".svg", ".pdf", ".png"])
@pytest.mark.parametrize("command", ["accuracy", "cost VGG-16 ResNet-20", "width ResNet-20", "groups 352-MENet-12x1/8"])
def test_the_same_figure_is_the_same_file(cli, tmp_path, command, suffix):
    first, second = (tmp_path / f"{name}{suffix}" for name in ("first", "second"))
    assert [cli(f"plot {command} -o", path).code for path in (first, second)] == [0, 0]
    assert first.read_bytes() == second.read_bytes()


def test_text_stays_text_and_everything_is_grey(cli, tmp_path):
    cli("plot cost 228-MENet-12x1/3 VGG-16 -o", tmp_path / "cost.svg")
    drawn = (tmp_path / "cost.svg").read_text(encoding="utf-8")
    assert {"VGG-16", "15,470.26"} <= set(re.findall(r">([^<>]+)</text>", drawn))
    colours = set(re.findall(r"#[0-9a-f]{6}", drawn))
    assert {colour for colour in colours if len({colour[1:3], colour[3:5], colour[5:7]}) > 1} == set()


# Training


def test_a_run_is_drawn_epoch_by_epoch(plot):
    figure, _ = plot("training --points run.csv")
    above, below = figure.axes
    assert above.lines[0].get_xydata().tolist() == [[0, 10.0], [1, 60.5], [2, 80.25]]
    losses = [line.get_xydata().tolist() for line in below.lines]
    assert losses == [[[0, 2.5], [1, 1.25], [2, 0.5]], [[1, 1.5], [2, 0.75]]]
    words = [text.get_text() for axes in figure.axes for text in axes.texts if text.get_text()]
    assert words == ["80.25", "test", "training"]


def test_a_run_is_drawn_from_its_log_alone(cli, tmp_path):
    for options, cause in (("", "there is nothing to draw. Give --points run/log.csv"), ("VGG-16", "the log of a run")):
        check_error(cli(f"plot training {options} -o", tmp_path / "run.png"), cause)
