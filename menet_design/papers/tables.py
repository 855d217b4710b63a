"""The tables of the papers as they are printed, misprints included, and what their texts say of them.

Tables I to VIII: MENet, arXiv 1803.09127. effnet: arXiv 1801.06434, its tables for CIFAR-10, SVHN and GTSRB.
sep-net: arXiv 1706.03912, its ImageNet networks, its ResNets on CIFAR-10, whose accuracies it prints as shares, and
its GoogLeNets.
"""

from collections.abc import Mapping, Sequence
from itertools import starmap
from types import MappingProxyType
from typing import NamedTuple

from menet_design.values import check_known


class Printed(NamedTuple):
    """A row: its label, the design that it means, if any is known, and its figures by column, as printed.

    `origin` is the paper from which the row is quoted, "" where the authors measured; `others` are the network's
    names under other assumptions; `reason` says why there is no design, or what its count does not prove. `scheme` is
    how the network is stored, `layers` are the names of those that are binarized then, None for all with k×k kernels.
    """

    label: str
    name: str | None
    figures: Mapping[str, str]
    origin: str = ""
    others: tuple[str, ...] = ()
    reason: str = ""
    scheme: str = "float32"
    layers: tuple[str, ...] | None = None


class CountedColumn(NamedTuple):
    """What is counted beside the rows of a table, and the column, if any, whose figures a count must reproduce.

    `kind` is "macs", "params", "bytes" (those of the parameters), "patterns" (binarized weights) or "detector"
    (multiply-adds of the detector on one image). `unit` is what the figures are multiples of, `factor` how often
    the column counts each.
    """

    kind: str = "macs"
    column: str | None = None
    unit: int = 10**6
    factor: int = 1


_MFLOPS = (CountedColumn("macs", "MFLOPs"),)


class PaperTable(NamedTuple):
    """A table: its rows in the groups that rules set off, the header of its first column, and what is counted beside.

    `title` is what a reader calls it, `paper` the number on arXiv, `accuracies` what its other figures are. A table of
    architectures prints `layers`: those of the stages of blocks, by design.
    """

    key: str
    title: str
    caption: str
    groups: Sequence[Sequence[Printed]]
    counted: Sequence[CountedColumn] = _MFLOPS
    paper: str = "1803.09127"
    header: str = "Models"
    accuracies: str = "accuracies are quoted, in percent"
    layers: Mapping[str, Sequence[str]] = MappingProxyType({})

    @property
    def rows(self) -> list[Printed]:
        """The rows of all groups."""
        return [row for group in self.groups for row in group]


class Claim(NamedTuple):
    """A difference that a text states: by how much `better` surpasses `worse` in a column of a table."""

    where: str
    table: str
    better: str
    worse: str
    column: str
    printed: str


def find(key: str) -> PaperTable:
    """A table by its key, in any case. Raises DesignError, naming the keys, where there is none."""
    known = {_bare(each): each for each in TABLES}.get(_bare(key), key)
    check_known("table of a paper", known, tuple(TABLES))
    return TABLES[known]


def _bare(key: str) -> str:
    return key.lower().replace("-", "")


# The papers that rows are quoted from.
_PAPERS = {
    "": "",
    "ShuffleNet": "the ShuffleNet paper (arXiv 1707.01083)",
    "MobileNet": "the MobileNet paper (arXiv 1704.04861)",
}


def _groups(text: str) -> list[list[Printed]]:
    """The rows of a table below the line that names its columns, in groups with a blank line between them.

    Bars set off a row's label, the design that it means, its figures, "-" for none, and the paper from which they are
    quoted, with the design's names under other assumptions; of a row without a design, the reason why it has none.
    """
    head, _, rows = text.strip().partition("\n")
    _, _, columns = head.split("|")
    return [[_row(columns, line) for line in group.splitlines()] for group in rows.split("\n\n")]


def _row(columns: str, line: str) -> Printed:
    label, name, figures, *more = (cell.strip() for cell in line.split("|"))
    if not name:
        return Printed(label, None, _figures(columns, figures), reason=more[0])
    origin, *others = more or [""]
    return Printed(label, name, _figures(columns, figures), _PAPERS[origin], tuple(others))


def _figures(columns: str, figures: str) -> dict[str, str]:
    """Figures by column; "-" is none."""
    columns_and_figures = zip(columns.split(), figures.split(), strict=True)
    return {column: text for column, text in columns_and_figures if text != "-"}


_M108, _M228, _M256 = "108-MENet-8x1/3", "228-MENet-12x1/3", "256-MENet-12x1/4"
_M348, _M352, _M456 = "348-MENet-12x1/3", "352-MENet-12x1/8", "456-MENet-24x1/3"

_TABLE_I = [
    [
        Printed("228-MENet-12×1 (g = 3)", _M228, {"FLOPs": "144 × 10⁶"}),
        Printed("256-MENet-12×1 (g = 4)", _M256, {"FLOPs": "140 × 10⁶"}),
        Printed("352-MENet-12×1 (g = 8)", _M352, {"FLOPs": "144 × 10⁶"}),
    ],
]

# The stages of blocks in Table I, a column a network.
_LAYERS = {
    _M228: ("228, /2", "228, ×3", "456, /2", "456, ×7", "912, /2", "912, ×3"),
    _M256: ("256, /2", "256, ×3", "512, /2", "512, ×7", "1024, /2", "1024, ×3"),
    _M352: ("352, /2", "352, ×3", "704, /2", "704, ×7", "1408, /2", "1408, ×3"),
}

_TABLE_II = _groups("""
    label                        | design           | MFLOPs Top-1 Top-5
    VGG-16 [2]                   | VGG-16           | 15300  71.5  89.8  | MobileNet
    GoogLeNet [4]                | GoogLeNet        | 1550   69.8  89.6  | MobileNet | GoogLeNet-3x3
    456-MENet-24×1 (g = 3, ours) | 456-MENet-24x1/3 | 551    71.6  90.2

    ResNet-15 [3]                | 96-ResNet-15     | 140    61.3  -     | ShuffleNet
    Xception-15 [29]             | 144-Xception-15  | 140    64.9  -     | ShuffleNet
    RexNeXt-15 [30]              | 96-ResNeXt-15    | 140    65.7  -     | ShuffleNet
    352-MENet-12×1 (g = 8, ours) | 352-MENet-12x1/8 | 144    66.7  86.9

    ResNet-15 [3]                | 48-ResNet-15     | 38     51.1  -     | ShuffleNet
    Xception-15 [29]             | 72-Xception-15   | 38     53.9  -     | ShuffleNet
    RexNeXt-15 [30]              | 48-ResNeXt-15    | 38     53.7  -     | ShuffleNet
    108-MENet-8×1 (g = 3, ours)  | 108-MENet-8x1/3  | 38     56.1  79.2
""")

_TABLE_III = _groups("""
    label                                | design           | MFLOPs Top-1 Top-5
    ShuffleNet 1× (g = 3) [13]           | ShuffleNet-1x/3  | 137    65.9  -     | ShuffleNet
    ShuffleNet 1× (g = 4) [13]           | ShuffleNet-1x/4  | 134    65.7  -     | ShuffleNet
    ShuffleNet 1× (g = 8) [13]           | ShuffleNet-1x/8  | 138    65.3  -     | ShuffleNet

    ShuffleNet 1× (g = 3, re-impl.) [13] | ShuffleNet-1x/3  | 137    65.7  86.3
    ShuffleNet 1× (g = 4, re-impl.) [13] | ShuffleNet-1x/4  | 134    65.5  86.2
    ShuffleNet 1× (g = 8, re-impl.) [13] | ShuffleNet-1x/8  | 138    65.4  86.3

    228-MENet-12×1 (g = 3, ours)         | 228-MENet-12x1/3 | 144    66.4  86.7
    256-MENet-12×1 (g = 4, ours)         | 256-MENet-12x1/4 | 140    66.6  86.7
    352-MENet-12×1 (g = 8, ours)         | 352-MENet-12x1/8 | 144    66.7  86.9
""")

_TABLE_IV = _groups("""
    label                        | design              | MFLOPs Top-1 Top-5
    1× MobileNet-224 [12]        | 1x-MobileNet-224    | 569    70.73 89.72
    ShuffleNet 2× (g = 3) [13]   | ShuffleNet-2x/3     | 524    70.79 89.80
    456-MENet-24×1 (g = 3, ours) | 456-MENet-24x1/3    | 551    71.60 90.07

    0.75× MobileNet-224 [12]     | 0.75x-MobileNet-224 | 325    68.60 88.33
    ShuffleNet 1.5× (g = 3) [13] | ShuffleNet-1.5x/3   | 292    68.85 88.41
    348-MENet-12×1 (g = 3, ours) | 348-MENet-12x1/3    | 299    69.91 89.08

    0.5× MobileNet-224 [12]      | 0.5x-MobileNet-224  | 149    64.74 85.63
    ShuffleNet 1× (g = 3) [13]   | ShuffleNet-1x/3     | 137    65.69 86.29
    228-MENet-12×1 (g = 3, ours) | 228-MENet-12x1/3    | 144    66.43 86.72
    352-MENet-12×1 (g = 8, ours) | 352-MENet-12x1/8    | 144    66.69 86.92

    0.25× MobileNet-224 [12]     | 0.25x-MobileNet-224 | 41     53.71 77.04
    ShuffleNet 0.5× (g = 3) [13] | ShuffleNet-0.5x/3   | 38     55.40 78.70
    108-MENet-8×1 (g = 3, ours)  | 108-MENet-8x1/3     | 38     56.08 79.24
""")

_TABLE_V = _groups("""
    label                  | design           | MFLOPs Top-1 Top-5
    228-MENet-10×1 (g = 3) | 228-MENet-10x1/3 | 140    66.37 86.70
    228-MENet-12×1 (g = 3) | 228-MENet-12x1/3 | 144    66.43 86.72
    228-MENet-14×1 (g = 3) | 228-MENet-14x1/3 | 148    66.56 86.95
    228-MENet-16×1 (g = 3) | 228-MENet-16x1/3 | 153    66.86 87.19
""")

_TABLE_VI = _groups("""
    label                    | design             | MFLOPs Top-1 Top-5
    228-MENet-12×1 (g = 3)   | 228-MENet-12x1/3   | 144    66.43 86.72
    228-MENet-12×1.5 (g = 3) | 228-MENet-12x1.5/3 | 152    66.71 87.14
    228-MENet-12×2 (g = 3)   | 228-MENet-12x2/3   | 163    67.25 87.30
    228-MENet-12×2.5 (g = 3) | 228-MENet-12x2.5/3 | 179    67.51 87.66
""")

_TABLE_VII = _groups("""
    label                       | design               | MFLOPs Top-1 Top-5
    228-MENet-12×1 (g = 3)      | 228-MENet-12x1/3     | -      66.43 86.77
    228-MENet-12×1 (add, g = 3) | 228-MENet-12x1-add/3 | -      66.27 86.25

    256-MENet-12×1 (g = 4)      | 256-MENet-12x1/4     | -      66.53 86.82
    256-MENet-12×1 (add, g = 4) | 256-MENet-12x1-add/4 | -      65.48 86.30
""")

_TABLE_VIII = _groups("""
    label | design | \
        mAP areo bike bird boat bottle bus car cat chair cow table dog horse mbike person plant sheep sofa train tv
    0.5× MobileNet-224 | 0.5x-MobileNet-224 | \
        54.8 59.4 65.4 52.7 36.3 30.1 57.2 71.3 64.4 31.1 64.4 47.5 62.5 70.8 68.8 64.2 27.6 53.2 51.8 61.8 54.9
    ShuffleNet 1× (g = 3) | ShuffleNet-1x/3 | \
        56.6 57.4 64.6 55.4 37.7 30.4 60.1 72.1 66.8 29.9 64.0 50.3 65.7 73.5 68.6 66.9 34.2 58.5 50.0 65.7 60.0
    352-MENet-12×1 (g = 8) | 352-MENet-12x1/8 | \
        58.9 64.2 64.1 59.0 44.6 34.6 64.1 73.8 70.0 32.8 69.1 52.5 64.3 75.3 69.4 67.7 35.3 59.5 50.6 66.9 60.5

    1× MobileNet-224 | 1x-MobileNet-224 | \
        62.4 65.1 69.0 59.9 51.4 40.1 66.2 75.7 76.7 40.0 69.3 52.9 72.9 75.2 68.3 71.2 35.3 64.8 58.1 70.0 66.8
    ShuffleNet 2× (g = 3) | ShuffleNet-2x/3 | \
        63.5 68.4 69.7 58.8 49.7 38.2 70.5 76.4 77.0 38.7 73.0 54.7 73.8 79.0 71.1 72.0 36.1 65.8 60.2 71.4 64.7
    456-MENet-24×1 (g = 3) | 456-MENet-24x1/3 | \
        65.5 69.2 72.6 66.5 52.1 42.3 70.8 79.4 78.9 41.3 75.7 56.3 78.0 77.4 71.9 74.4 38.0 66.8 58.2 72.2 67.4
""")

# The classes of PASCAL VOC 2007 as Table VIII prints them.
CLASSES = tuple(_TABLE_VIII[0][0].figures)[1:]
# As PASCAL VOC itself calls them, in the same order.
_VOC = (
    "aeroplane bicycle bird boat bottle bus car cat chair cow diningtable dog horse motorbike person pottedplant "
    "sheep sofa train tvmonitor"
)
VOC_CLASSES = tuple(_VOC.split())

_EFFNET = _groups("""
    label                   | design                     | FLOPs  Top-1
    Baseline (CIFAR-10)     | EffNet-baseline-CIFAR-10   | 80.3M  82.78
    EffNet large (CIFAR-10) |                            | 79.8M  85.02 | the paper does not say how wide it is
    MobileNet (CIFAR-10)    | EffNet-MobileNet-CIFAR-10  | 5.8M   77.48
    ShuffleNet (CIFAR-10)   | EffNet-ShuffleNet-CIFAR-10 | 4.7M   77.30
    EffNet (CIFAR-10)       | EffNet-CIFAR-10            | 11.4M  80.20

    Baseline (SVHN)         | EffNet-baseline-SVHN       | -      91.08
    EffNet large (SVHN)     |                            | -      91.12 | the paper does not say how wide it is
    MobileNet (SVHN)        | EffNet-MobileNet-SVHN      | 773.4k 85.64
    ShuffleNet (SVHN)       | EffNet-ShuffleNet-SVHN     | -      82.73
    EffNet (SVHN)           | EffNet-SVHN                | 517.6k 88.51

    Baseline (GTSRB)        | EffNet-baseline-GTSRB      | -      94.48
    EffNet large (GTSRB)    |                            | -      94.82 | the paper does not say how wide it is
    MobileNet (GTSRB)       | EffNet-MobileNet-GTSRB     | 533.0k 88.15
    ShuffleNet (GTSRB)      | EffNet-ShuffleNet-GTSRB    | -      88.99
    EffNet (GTSRB)          | EffNet-GTSRB               | 344.1k 91.79
""")


def _stored(label: str, name: str | None, figures: str, reason: str, scheme: str = "float32") -> Printed:
    """A row of SEP-Net's table: parameters, megabytes and accuracy."""
    return Printed(label, name, _figures("Params MB Top-1", figures), reason=reason, scheme=scheme)


_RECONSTRUCTED = "after module 4 the network is a reconstruction, made to come near these figures"
_SAME = "taken to be SEP-Net-R's network, stored otherwise: the paper prints no layers of its own"
_SEPNET = [
    [
        _stored("SEP-Net-R", "SEP-Net", "1.3M 5.2 65.8", _RECONSTRUCTED),
        _stored("SEP-Net-B", "SEP-Net", "- 4.2 63.7", _SAME, "pattern"),
        _stored("SEP-Net-BQ", "SEP-Net", "- 1.3 63.5", _SAME, "pattern+int8"),
    ],
    [
        _stored("MobileNet", "0.5x-MobileNet-224", "1.3M 5.2 63.7", "taken to be the 0.5× one"),
        _stored("SqueezeNet", None, "1.2M 4.8 60.4", "SqueezeNet is not among the families here"),
    ],
]


def _resnet(name: str, figures: str) -> Printed:
    """Top-1 in floating point, with the residual branches binarized, and these fine-tuned."""
    printed = _figures("Top-1 binarized fine-tuned", figures)
    return Printed(name, f"{name}-3x3", printed, scheme="pattern", layers=("*.residual.*",))


def _googlenet(kernels: str, layers: tuple[str, ...], figures: str) -> Printed:
    """Accuracies after fine-tuning, by the kernels of the Inception modules that are binarized."""
    printed = _figures("Top-1 Top-5", figures)
    return Printed(f"GoogLeNet, {kernels}", "GoogLeNet", printed, scheme="pattern", layers=layers)


_SEPNET_RESNETS = [
    [
        _resnet("ResNet-20", ".9118 .1546 .8649"),
        _resnet("ResNet-32", ".9276 .2634 .9021"),
        _resnet("ResNet-44", ".9283 .4825 .9145"),
        _resnet("ResNet-56", ".9375 .5382 .9302"),
    ]
]

_CONV3, _CONV5 = "*.branch3x3.conv", "*.branch5x5.conv"
_POINTWISE = _row(
    "Top-1 Top-5", "GoogLeNet, 1×1 | | .6117 .8395 | patterns are of k×k kernels: no scheme binarizes 1×1 ones"
)
_SEPNET_GOOGLENETS = [
    [
        _POINTWISE,
        _googlenet("3×3", (_CONV3,), ".680 .8827"),
        _googlenet("5×5", (_CONV5,), ".6917 .8904"),
        _googlenet("3×3 + 5×5", (_CONV3, _CONV5), ".6694 .8550"),
    ]
]

_ILSVRC = "ILSVRC 2012 accuracy (%)"
_MACS, _TWICE = (CountedColumn(),), (CountedColumn("macs", "FLOPs", factor=2),)
_STORED = (CountedColumn("params", "Params"), CountedColumn("bytes", "MB"))


def _patterns(key: str, title: str, caption: str, groups: Sequence[Sequence[Printed]]) -> PaperTable:
    """A table of SEP-Net's paper, whose accuracies are those of networks with binarized weights."""
    counted = (CountedColumn("patterns"),)
    return PaperTable(key, title, caption, groups, counted, "1706.03912", accuracies="accuracies are quoted, as shares")


_TABLES = (
    PaperTable(
        "I",
        "Table I",
        "MENet architecture for ImageNet under the computational budget of 140 MFLOPs",
        _TABLE_I,
        (CountedColumn("macs", "FLOPs"),),
        accuracies="",
        layers=_LAYERS,
    ),
    PaperTable("II", "Table II", f"{_ILSVRC} comparison with state-of-the-art network structures", _TABLE_II),
    PaperTable("III", "Table III", f"{_ILSVRC} comparison with ShuffleNet", _TABLE_III),
    PaperTable("IV", "Table IV", f"{_ILSVRC} comparison with ShuffleNet and MobileNet", _TABLE_IV),
    PaperTable("V", "Table V", f"{_ILSVRC} of different fusion widths", _TABLE_V),
    PaperTable("VI", "Table VI", f"{_ILSVRC} of different expansion rates", _TABLE_VI),
    PaperTable("VII", "Table VII", f"{_ILSVRC} of element-wise product and element-wise addition", _TABLE_VII, _MACS),
    PaperTable(
        "VIII",
        "Table VIII",
        "comparison of mAP (%) and AP (%) on PASCAL VOC 2007 test set",
        _TABLE_VIII,
        (CountedColumn("detector"),),
        header="Backbone",
        accuracies="precisions are quoted, in percent",
    ),
    PaperTable("effnet", "EffNet", "CIFAR-10, SVHN and GTSRB", _EFFNET, _TWICE, paper="1801.06434"),
    PaperTable("sep-net", "SEP-Net", "ImageNet networks and their sizes", _SEPNET, _STORED, paper="1706.03912"),
    _patterns("sep-net-resnets", "SEP-Net, ResNets", "CIFAR-10, residual branches binarized", _SEPNET_RESNETS),
    _patterns(
        "sep-net-googlenets",
        "SEP-Net, GoogLeNets",
        "ImageNet, kernels of Inception modules binarized, fine-tuned",
        _SEPNET_GOOGLENETS,
    ),
)
TABLES = {table.key: table for table in _TABLES}

# The computational budgets, in MFLOPs, that the MENet paper names.
BUDGETS = (40, 140, 300, 550)

# "We use the first 28 layers as the R-CNN base network and the remaining 4 layers as the R-CNN subnet."
SPLIT = ("Section IV-B", "1x-MobileNet-224", (28, 4))

# "The number 15 indicates the number of building blocks in the network."
BLOCKS = ("footnote 1", 15)

# How the text of Section IV-A spells the networks that it compares.
SPELLINGS = {"Section IV-A": ("ResNet-15", "Xception-15", "RexNeXt-15", "ResNeXt-15")}

_TOP1, _SN1, _MN05 = "Top-1", "ShuffleNet-1x/3", "0.5x-MobileNet-224"
_CLAIMS = (
    ("Abstract", "IV", _M352, _SN1, _TOP1, "1"),
    ("Abstract", "IV", _M352, _MN05, _TOP1, "1.95"),
    ("Abstract", "VIII", _M352, _SN1, "mAP", "2.3"),
    ("Abstract", "VIII", _M352, _MN05, "mAP", "4.1"),
    ("Section IV-A2", "II", _M456, "GoogLeNet", _TOP1, "1.8"),
    ("Section IV-A2", "II", _M456, "VGG-16", _TOP1, "0.1"),
    ("Section IV-A2", "II", _M352, "96-ResNet-15", _TOP1, "5.4"),
    ("Section IV-A2", "II", _M352, "144-Xception-15", _TOP1, "1.8"),
    ("Section IV-A2", "II", _M352, "96-ResNeXt-15", _TOP1, "1"),
    ("Section IV-A2", "II", _M108, "48-ResNet-15", _TOP1, "5.0"),
    ("Section IV-A2", "II", _M108, "72-Xception-15", _TOP1, "2.2"),
    ("Section IV-A2", "II", _M108, "48-ResNeXt-15", _TOP1, "2.3"),
    ("Section IV-A3", "IV", _M228, _SN1, _TOP1, "0.74"),
    ("Section IV-A3", "IV", _M352, _SN1, _TOP1, "1"),
    ("Section IV-A3", "IV", _M352, _MN05, _TOP1, "1.95"),
    ("Section IV-A3", "IV", _M108, "ShuffleNet-0.5x/3", _TOP1, "0.68"),
    ("Section IV-A3", "IV", _M108, "0.25x-MobileNet-224", _TOP1, "2.37"),
    ("Section IV-A3", "IV", _M348, "ShuffleNet-1.5x/3", _TOP1, "1.06"),
    ("Section IV-A3", "IV", _M348, "0.75x-MobileNet-224", _TOP1, "1.31"),
    ("Section IV-A3", "IV", _M456, "ShuffleNet-2x/3", _TOP1, "0.81"),
    ("Section IV-A3", "IV", _M456, "1x-MobileNet-224", _TOP1, "0.87"),
    ("Section IV-A4", "VII", _M228, "228-MENet-12x1-add/3", _TOP1, "0.16"),
    ("Section IV-A4", "VII", _M256, "256-MENet-12x1-add/4", _TOP1, "1.05"),
    ("Section IV-B", "VIII", _M352, _SN1, "mAP", "2.3"),
    ("Section IV-B", "VIII", _M352, _MN05, "mAP", "4.1"),
    ("Section IV-B", "VIII", _M352, _SN1, "boat", "6.9"),
    ("Section IV-B", "VIII", _M352, _SN1, "bottle", "4.2"),
    ("Section IV-B", "VIII", _M352, _SN1, "table", "2.2"),
    ("Section IV-B", "VIII", _M352, _SN1, "plant", "1.1"),
    ("Section IV-B", "VIII", _M352, _SN1, "tv", "0.5"),
    ("Section IV-B", "VIII", _M456, "ShuffleNet-2x/3", "mAP", "2"),
    ("Section IV-B", "VIII", _M456, "1x-MobileNet-224", "mAP", "3.1"),
)
CLAIMS = tuple(starmap(Claim, _CLAIMS))
