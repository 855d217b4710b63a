"""The tables of the papers as they are printed, misprints included, and what their texts say of them.

Tables I to VIII: MENet, arXiv 1803.09127. effnet: arXiv 1801.06434, its tables for CIFAR-10, SVHN and GTSRB.
sep-net: arXiv 1706.03912, its ImageNet networks and its ResNets on CIFAR-10, whose accuracies it prints as shares.
"""

from collections.abc import Mapping, Sequence
from itertools import starmap
from typing import NamedTuple

from menet_design.design import check_known


class Printed(NamedTuple):
    """A row: its label, the design that it means, if any is known, and its figures by column, as printed.

    `origin` is the paper from which the row is quoted, "" where the authors measured; `others` are further readings
    of the network; `reason` says why there is no design, or what its count does not prove.
    """

    label: str
    name: str | None
    figures: Mapping[str, str]
    origin: str = ""
    others: tuple[str, ...] = ()
    reason: str = ""


class PaperTable(NamedTuple):
    """A table: `joined` is the column that a count must reproduce, if any; `unit` what its figures are multiples of.

    `counts` is what that column counts, "macs" or "params"; `factor` how often it counts each.
    """

    key: str
    caption: str
    rows: Sequence[Printed]
    joined: str | None = "MFLOPs"
    unit: int = 10**6
    counts: str = "macs"
    factor: int = 1

    @property
    def title(self) -> str:
        """The table as a reader calls it."""
        return {"effnet": "EffNet", "sep-net": "SEP-Net"}.get(self.key, f"Table {self.key}")

    @property
    def paper(self) -> str:
        """The paper that prints the table, by its number on arXiv."""
        return {"effnet": "1801.06434", "sep-net": "1706.03912"}.get(self.key, "1803.09127")


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
    known = {each.lower(): each for each in TABLES}.get(key.lower(), key)
    check_known("table of a paper", known, tuple(TABLES))
    return TABLES[known]


_SHUFFLENET = "the ShuffleNet paper (arXiv 1707.01083)"
_MOBILENET = "the MobileNet paper (arXiv 1704.04861)"


def _row(label: str, name: str | None, mflops: str, top1: str, top5: str = "-", origin: str = "") -> Printed:
    """A row of Tables II to VII; "-" and "" are no figures."""
    printed = {"MFLOPs": mflops, "Top-1": top1, "Top-5": top5}
    return Printed(label, name, {column: text for column, text in printed.items() if text.strip("-")}, origin)


_M108, _M228, _M256, _M348, _M352, _M456 = (
    "108-MENet-8x1/3",
    "228-MENet-12x1/3",
    "256-MENet-12x1/4",
    "348-MENet-12x1/3",
    "352-MENet-12x1/8",
    "456-MENet-24x1/3",
)

_TABLE_I = [
    Printed("228-MENet-12×1 (g = 3)", _M228, {"FLOPs": "144 × 10⁶"}),
    Printed("256-MENet-12×1 (g = 4)", _M256, {"FLOPs": "140 × 10⁶"}),
    Printed("352-MENet-12×1 (g = 8)", _M352, {"FLOPs": "144 × 10⁶"}),
]

# The stages of Table I, a column a network.
LAYERS = {
    _M228: ("228, /2", "228, ×3", "456, /2", "456, ×7", "912, /2", "912, ×3"),
    _M256: ("256, /2", "256, ×3", "512, /2", "512, ×7", "1024, /2", "1024, ×3"),
    _M352: ("352, /2", "352, ×3", "704, /2", "704, ×7", "1408, /2", "1408, ×3"),
}

_TABLE_II = [
    _row("VGG-16 [2]", "VGG-16", "15300", "71.5", "89.8", _MOBILENET),
    _row("GoogLeNet [4]", "GoogLeNet", "1550", "69.8", "89.6", _MOBILENET)._replace(others=("GoogLeNet-3x3",)),
    _row("456-MENet-24×1 (g = 3, ours)", _M456, "551", "71.6", "90.2"),
    _row("ResNet-15 [3]", "96-ResNet-15", "140", "61.3", origin=_SHUFFLENET),
    _row("Xception-15 [29]", "144-Xception-15", "140", "64.9", origin=_SHUFFLENET),
    _row("RexNeXt-15 [30]", "96-ResNeXt-15", "140", "65.7", origin=_SHUFFLENET),
    _row("352-MENet-12×1 (g = 8, ours)", _M352, "144", "66.7", "86.9"),
    _row("ResNet-15 [3]", "48-ResNet-15", "38", "51.1", origin=_SHUFFLENET),
    _row("Xception-15 [29]", "72-Xception-15", "38", "53.9", origin=_SHUFFLENET),
    _row("RexNeXt-15 [30]", "48-ResNeXt-15", "38", "53.7", origin=_SHUFFLENET),
    _row("108-MENet-8×1 (g = 3, ours)", _M108, "38", "56.1", "79.2"),
]

_TABLE_III = [
    _row("ShuffleNet 1× (g = 3) [13]", "ShuffleNet-1x/3", "137", "65.9", origin=_SHUFFLENET),
    _row("ShuffleNet 1× (g = 4) [13]", "ShuffleNet-1x/4", "134", "65.7", origin=_SHUFFLENET),
    _row("ShuffleNet 1× (g = 8) [13]", "ShuffleNet-1x/8", "138", "65.3", origin=_SHUFFLENET),
    _row("ShuffleNet 1× (g = 3, re-impl.) [13]", "ShuffleNet-1x/3", "137", "65.7", "86.3"),
    _row("ShuffleNet 1× (g = 4, re-impl.) [13]", "ShuffleNet-1x/4", "134", "65.5", "86.2"),
    _row("ShuffleNet 1× (g = 8, re-impl.) [13]", "ShuffleNet-1x/8", "138", "65.4", "86.3"),
    _row("228-MENet-12×1 (g = 3, ours)", _M228, "144", "66.4", "86.7"),
    _row("256-MENet-12×1 (g = 4, ours)", _M256, "140", "66.6", "86.7"),
    _row("352-MENet-12×1 (g = 8, ours)", _M352, "144", "66.7", "86.9"),
]

_TABLE_IV = [
    _row("1× MobileNet-224 [12]", "1x-MobileNet-224", "569", "70.73", "89.72"),
    _row("ShuffleNet 2× (g = 3) [13]", "ShuffleNet-2x/3", "524", "70.79", "89.80"),
    _row("456-MENet-24×1 (g = 3, ours)", _M456, "551", "71.60", "90.07"),
    _row("0.75× MobileNet-224 [12]", "0.75x-MobileNet-224", "325", "68.60", "88.33"),
    _row("ShuffleNet 1.5× (g = 3) [13]", "ShuffleNet-1.5x/3", "292", "68.85", "88.41"),
    _row("348-MENet-12×1 (g = 3, ours)", _M348, "299", "69.91", "89.08"),
    _row("0.5× MobileNet-224 [12]", "0.5x-MobileNet-224", "149", "64.74", "85.63"),
    _row("ShuffleNet 1× (g = 3) [13]", "ShuffleNet-1x/3", "137", "65.69", "86.29"),
    _row("228-MENet-12×1 (g = 3, ours)", _M228, "144", "66.43", "86.72"),
    _row("352-MENet-12×1 (g = 8, ours)", _M352, "144", "66.69", "86.92"),
    _row("0.25× MobileNet-224 [12]", "0.25x-MobileNet-224", "41", "53.71", "77.04"),
    _row("ShuffleNet 0.5× (g = 3) [13]", "ShuffleNet-0.5x/3", "38", "55.40", "78.70"),
    _row("108-MENet-8×1 (g = 3, ours)", _M108, "38", "56.08", "79.24"),
]

_TABLE_V = [
    _row("228-MENet-10×1 (g = 3)", "228-MENet-10x1/3", "140", "66.37", "86.70"),
    _row("228-MENet-12×1 (g = 3)", _M228, "144", "66.43", "86.72"),
    _row("228-MENet-14×1 (g = 3)", "228-MENet-14x1/3", "148", "66.56", "86.95"),
    _row("228-MENet-16×1 (g = 3)", "228-MENet-16x1/3", "153", "66.86", "87.19"),
]

_TABLE_VI = [
    _row("228-MENet-12×1 (g = 3)", _M228, "144", "66.43", "86.72"),
    _row("228-MENet-12×1.5 (g = 3)", "228-MENet-12x1.5/3", "152", "66.71", "87.14"),
    _row("228-MENet-12×2 (g = 3)", "228-MENet-12x2/3", "163", "67.25", "87.30"),
    _row("228-MENet-12×2.5 (g = 3)", "228-MENet-12x2.5/3", "179", "67.51", "87.66"),
]

_TABLE_VII = [
    _row("228-MENet-12×1 (g = 3)", _M228, "", "66.43", "86.77"),
    _row("228-MENet-12×1 (add, g = 3)", "228-MENet-12x1-add/3", "", "66.27", "86.25"),
    _row("256-MENet-12×1 (g = 4)", _M256, "", "66.53", "86.82"),
    _row("256-MENet-12×1 (add, g = 4)", "256-MENet-12x1-add/4", "", "65.48", "86.30"),
]

# The classes of PASCAL VOC 2007 as Table VIII prints them.
_CLASSES = "areo bike bird boat bottle bus car cat chair cow table dog horse mbike person plant sheep sofa train tv"
CLASSES = tuple(_CLASSES.split())


def _detector(label: str, name: str, precisions: str) -> Printed:
    """A row of Table VIII: the mean average precision, then that of each class."""
    return Printed(label, name, dict(zip(("mAP", *CLASSES), precisions.split(), strict=True)))


_TABLE_VIII = [
    _detector(
        "0.5× MobileNet-224",
        "0.5x-MobileNet-224",
        "54.8 59.4 65.4 52.7 36.3 30.1 57.2 71.3 64.4 31.1 64.4 47.5 62.5 70.8 68.8 64.2 27.6 53.2 51.8 61.8 54.9",
    ),
    _detector(
        "ShuffleNet 1× (g = 3)",
        "ShuffleNet-1x/3",
        "56.6 57.4 64.6 55.4 37.7 30.4 60.1 72.1 66.8 29.9 64.0 50.3 65.7 73.5 68.6 66.9 34.2 58.5 50.0 65.7 60.0",
    ),
    _detector(
        "352-MENet-12×1 (g = 8)",
        _M352,
        "58.9 64.2 64.1 59.0 44.6 34.6 64.1 73.8 70.0 32.8 69.1 52.5 64.3 75.3 69.4 67.7 35.3 59.5 50.6 66.9 60.5",
    ),
    _detector(
        "1× MobileNet-224",
        "1x-MobileNet-224",
        "62.4 65.1 69.0 59.9 51.4 40.1 66.2 75.7 76.7 40.0 69.3 52.9 72.9 75.2 68.3 71.2 35.3 64.8 58.1 70.0 66.8",
    ),
    _detector(
        "ShuffleNet 2× (g = 3)",
        "ShuffleNet-2x/3",
        "63.5 68.4 69.7 58.8 49.7 38.2 70.5 76.4 77.0 38.7 73.0 54.7 73.8 79.0 71.1 72.0 36.1 65.8 60.2 71.4 64.7",
    ),
    _detector(
        "456-MENet-24×1 (g = 3)",
        _M456,
        "65.5 69.2 72.6 66.5 52.1 42.3 70.8 79.4 78.9 41.3 75.7 56.3 78.0 77.4 71.9 74.4 38.0 66.8 58.2 72.2 67.4",
    ),
]


def _small(label: str, dataset: str, top1: str, flops: str = "", called: str | None = None) -> Printed:
    """A row of the EffNet paper's table for a data set; `called` are its networks' names without the data set."""
    figures = {"FLOPs": flops, "Top-1": top1}
    figures = {column: text for column, text in figures.items() if text}
    row = Printed(f"{label} ({dataset})", f"{called}-{dataset}" if called else None, figures)
    return row if called else row._replace(reason="the paper does not say how wide it is")


_EFFNET = [
    _small("Baseline", "CIFAR-10", "82.78", "80.3M", "EffNet-baseline"),
    _small("EffNet large", "CIFAR-10", "85.02", "79.8M"),
    _small("MobileNet", "CIFAR-10", "77.48", "5.8M", "EffNet-MobileNet"),
    _small("ShuffleNet", "CIFAR-10", "77.30", "4.7M", "EffNet-ShuffleNet"),
    _small("EffNet", "CIFAR-10", "80.20", "11.4M", "EffNet"),
    _small("Baseline", "SVHN", "91.08", called="EffNet-baseline"),
    _small("EffNet large", "SVHN", "91.12"),
    _small("MobileNet", "SVHN", "85.64", "773.4k", "EffNet-MobileNet"),
    _small("ShuffleNet", "SVHN", "82.73", called="EffNet-ShuffleNet"),
    _small("EffNet", "SVHN", "88.51", "517.6k", "EffNet"),
    _small("Baseline", "GTSRB", "94.48", called="EffNet-baseline"),
    _small("EffNet large", "GTSRB", "94.82"),
    _small("MobileNet", "GTSRB", "88.15", "533.0k", "EffNet-MobileNet"),
    _small("ShuffleNet", "GTSRB", "88.99", called="EffNet-ShuffleNet"),
    _small("EffNet", "GTSRB", "91.79", "344.1k", "EffNet"),
]


def _stored(label: str, name: str | None, params: str, megabytes: str, top1: str, reason: str = "") -> Printed:
    printed = {"Params": params, "MB": megabytes, "Top-1": top1}
    return Printed(label, name, {column: text for column, text in printed.items() if text}, reason=reason)


_SMALLER = "a smaller SEP-Net, of which the paper prints no layers"
_RECONSTRUCTED = "past its third stage the network is a reconstruction that was made to come near this figure"
_SEPNET = [
    _stored("SEP-Net-R", "SEP-Net", "1.3M", "5.2", "65.8", _RECONSTRUCTED),
    _stored("SEP-Net-B", None, "", "4.2", "63.7", _SMALLER),
    _stored("SEP-Net-BQ", None, "", "1.3", "63.5", _SMALLER),
    _stored("MobileNet", "0.5x-MobileNet-224", "1.3M", "5.2", "63.7"),
    _stored("SqueezeNet", None, "1.2M", "4.8", "60.4", "SqueezeNet is not among the families here"),
    _stored("ResNet-20", "ResNet-20", "", "", "91.18"),
    _stored("ResNet-32", "ResNet-32", "", "", "92.76"),
    _stored("ResNet-44", "ResNet-44", "", "", "92.83"),
    _stored("ResNet-56", "ResNet-56", "", "", "93.75"),
]

TABLES = {
    table.key: table
    for table in (
        PaperTable("I", "MENet architecture for ImageNet under 140 MFLOPs", _TABLE_I, "FLOPs"),
        PaperTable("II", "comparison with state-of-the-art network structures", _TABLE_II),
        PaperTable("III", "comparison with ShuffleNet", _TABLE_III),
        PaperTable("IV", "comparison with ShuffleNet and MobileNet", _TABLE_IV),
        PaperTable("V", "fusion widths", _TABLE_V),
        PaperTable("VI", "expansion rates", _TABLE_VI),
        PaperTable("VII", "element-wise product and element-wise addition", _TABLE_VII, None),
        PaperTable("VIII", "detection on the PASCAL VOC 2007 test set", _TABLE_VIII, None),
        PaperTable("effnet", "CIFAR-10, SVHN and GTSRB", _EFFNET, "FLOPs", factor=2),
        PaperTable("sep-net", "ImageNet, and ResNets on CIFAR-10", _SEPNET, "Params", counts="params"),
    )
}

# The computational budgets, in MFLOPs, that the MENet paper names.
BUDGETS = (40, 140, 300, 550)

# "The number 15 indicates the number of building blocks in the network."
BLOCKS = ("footnote 1", 15)

# How the text of Section IV-A spells the networks that it compares.
SPELLINGS = {"Section IV-A": ("ResNet-15", "Xception-15", "RexNeXt-15", "ResNeXt-15")}

_TOP1, _SN1, _MN05 = "Top-1", "ShuffleNet-1x/3", "0.5x-MobileNet-224"
CLAIMS = tuple(
    starmap(
        Claim,
        (
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
        ),
    )
)
