"""Golden outputs of every command. After a wanted change: pytest --regenerate-golden, then read the difference."""

import re
from decimal import Decimal
from itertools import takewhile
from pathlib import Path

import pytest

GOLDEN = Path(__file__).parents[1] / "golden"
TABLE_I = "228-MENet-12x1/3 256-MENet-12x1/4 352-MENet-12x1/8"
COMMANDS = {
    "flops": "flops 352-MENet-12x1/8",
    "flops-several": f"flops {TABLE_I}",
    "flops-stem": "flops '228-MENet-12×1 (g = 3)' --stem 12 --resolution 160 --classes 10",
    "flops-layer": "flops 108-MENet-8x1/3 --by layer",
    "flops-block": "flops 108-MENet-8x1/3 --by block",
    "flops-stage": "flops 108-MENet-8x1/3 --by stage",
    "flops-branch": "flops 228-MENet-12x1/3 --by branch",
    "flops-operation": "flops 228-MENet-12x1/3 --by operation",
    "flops-several-by-stage": f"flops {TABLE_I} --by stage",
    "flops-several-by-operation": "flops 228-MENet-12x1/3 228-MENet-12x1-add/3 --by operation",
    "flops-convention": "flops 228-MENet-12x1/3 --convention ptflops-pytorch",
    "flops-markdown": "flops 352-MENet-12x1/8 --format markdown",
    "flops-latex": "flops 352-MENet-12x1/8 --format latex",
    "flops-csv": f"flops {TABLE_I} --format csv",
    "table": f"table {TABLE_I}",
    "table-one": "table 456-MENet-24x1/3",
    "table-markdown": f"table {TABLE_I} --format markdown",
    "table-latex": f"table {TABLE_I} --format latex",
    "table-json": "table 228-MENet-12x1/3 --format json",
    "budget": "budget 140 --groups 8",
    "budget-several": "budget 140 --groups 3,4,8",
    "budget-several-unpublished": "budget 140 --groups 1-4 --resolution 192",
    "budget-under": "budget 140 --groups 8 --fit under",
    "budget-params": "budget 2 --groups 3 --metric params",
    "budget-memory": "budget 2.5 --groups 8 --metric memory",
    "budget-memory-several": "budget 2.45 --groups 3,4,8 --metric memory",
    "budget-fusion": "budget 150 --groups 3 --solve fusion --width 228",
    "budget-expansion": "budget 160 --groups 3 --solve expansion --width 228",
    "budget-resolution": "budget 100 --groups 3 --solve resolution --width 228",
    "budget-smallest": "budget 11.5 --groups 8",
    "budget-json": "budget 140 --groups 8 --format json",
    "budget-csv": "budget 140 --groups 3,4,8 --format csv",
    "budget-convention": "budget 150 --groups 3 --convention fvcore",
    "budget-neighbours": "budget 140 --groups 3 --neighbours",
    "budget-verify": "budget 140 --groups 8 --verify",
    "formula": "formula",
    "formula-at": "formula --at g=3,c=24,r=224,n=1000",
    "formula-at-all": "formula --at w=352,k=12,alpha=1,g=8,c=24,r=224,n=1000",
    "formula-latex": "formula --latex",
    "formula-python": "formula --python",
    "formula-markdown": "formula --format markdown",
    "loss-ratio": "loss-ratio --groups 3",
    "loss-ratio-one": "loss-ratio --groups 1",
    "loss-ratio-several": "loss-ratio --groups 2,3,4,8",
    "loss-ratio-channels": "loss-ratio --groups 8 --channels 88",
    "loss-ratio-channels-exact": "loss-ratio --groups 4 --channels 64",
    "loss-ratio-channels-several": "loss-ratio --groups 2,3,4 --channels 144",
    "loss-ratio-derive": "loss-ratio --groups 3 --derive",
    "loss-ratio-derive-latex": "loss-ratio --groups 3 --derive --format latex",
    "loss-ratio-derive-channels": "loss-ratio --groups 8,4 --channels 88 --derive",
    "connectivity": "connectivity 352-MENet-12x1/8",
    "connectivity-block": "connectivity 352-MENet-12x1/8 --by block",
    "connectivity-several-by-network": f"connectivity {TABLE_I} --by network",
    "connectivity-add": "connectivity 228-MENet-12x1-add/3",
    "connectivity-pair": "connectivity 352-MENet-12x1/8 --by pair",
    "connectivity-group": "connectivity 228-MENet-12x1/3 --by group",
    "connectivity-one-group": "connectivity 24-MENet-2x1/1",
    "connectivity-several": f"connectivity {TABLE_I}",
    "connectivity-several-by-block": f"connectivity {TABLE_I} --by block",
    "connectivity-several-by-pair": f"connectivity {TABLE_I} --by pair",
    "connectivity-several-by-group": "connectivity 24-MENet-2x1/2 36-MENet-1x1/3 --by group",
    "connectivity-prove": "connectivity 24-MENet-2x1/2 --resolution 32 --classes 5 --prove",
    "connectivity-markdown": "connectivity 228-MENet-12x1/3 --by pair --format markdown",
    "connectivity-latex": f"connectivity {TABLE_I} --format latex",
    "connectivity-csv": "connectivity 228-MENet-12x1/3 --format csv",
    "networks": "networks 'menet*'",
    "networks-markdown": "networks '228-*' --format markdown",
    "size": "size SEP-Net",
    "size-several": "size SEP-Net ResNet-20 GoogLeNet 228-MENet-12x1/3",
    "size-only": "size ResNet-20-3x3 --only '*.residual.*' --scheme pattern",
    "size-latex": "size SEP-Net --format latex",
    "search": "search --max-macs 140M --max-params 2M --max-memory 1.5MB --in-place --max-loss 0.8",
    "search-front": "search --min-macs 138.6M --max-macs 141.4M --minimise loss --minimise params",
    "search-none": "search --max-macs 60M --max-memory 50kB --dtype int8 --resolution 96-160 --classes 2",
    "search-csv": "search --family mobilenet --max-macs 150M --resolution 160-224 --top 3 --format csv",
    "memory": "memory 352-MENet-12x1/8",
    "memory-layer": "memory 228-MENet-12x1/3 --by layer --in-place",
    "memory-several": f"memory {TABLE_I} --dtype int8 --in-place",
    "memory-several-by-tensor": "memory 228-MENet-12x1/3 ShuffleNet-1x/3 --by tensor",
    "detector": "detector faster-rcnn VGG-16",
    "detector-several": "detector faster-rcnn 352-MENet-12x1/8 ShuffleNet-1x/3 0.5MobileNet-224 1x-MobileNetV2-224",
    "detector-csv": "detector faster-rcnn 352-MENet-12x1/8 GoogLeNet --format csv",
    "connectivity-shufflenet": "connectivity ShuffleNet-1x/3 --by pair",
    "diff": "diff 228-MENet-12x1/3 ShuffleNet-1x/3",
    "diff-layer": "diff 108-MENet-8x1/3 ShuffleNet-0.5x/3 --by layer",
    "diff-markdown": "diff 228-MENet-12x1/3 VGG-16 --format markdown",
    "reconcile": "reconcile 228-MENet-12x1/3",
    "reconcile-several": f"reconcile {TABLE_I}",
    "reconcile-latex": "reconcile 228-MENet-12x1/3 --format latex",
    "explain": "explain 148.93M 228-MENet-12x1/3",
    "explain-several": "explain 569M 1x-MobileNet-224",
    "explain-params": "explain '2.59M params' 0.75x-MobileNet-224",
    "explain-markdown": "explain 0.149G 228-MENet-12x1/3 --format markdown",
    "config": "config 228-MENet-12x1.5/3",
    "verify": "verify 352-MENet-12x1/8",
    "verify-several": "verify 108-MENet-8x1/3 108-MENet-8x1-add/3 --resolution 64",
}
GROUPINGS = ("layer", "block", "stage", "branch", "operation")
WITH_TOTAL = ["size", "detector", "flops", "flops-stem", "flops-several-by-stage", "flops-several-by-operation"]
WITH_TOTAL += [f"flops-{grouping}" for grouping in GROUPINGS]
# Polynomials, code and commands are lines to copy; machine formats, Markdown and LaTeX are not for reading.
MAY_BE_WIDE = re.compile("formula.*|.*-(csv|json|markdown|latex)")


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_prints_its_golden_output(cli, golden, name):
    result = cli(COMMANDS[name])
    assert (result.code, result.stderr) == (0, "")
    golden(name, f"$ menet-design {COMMANDS[name]}\n{result.stdout}")


def test_every_golden_file_belongs_to_a_command():
    assert {path.stem for path in GOLDEN.iterdir()} == set(COMMANDS)


@pytest.mark.parametrize("name", WITH_TOTAL)
def test_the_columns_of_a_golden_table_sum_to_its_total(name):
    columns = numeric_columns((GOLDEN / f"{name}.txt").read_text(encoding="utf-8"))
    assert columns
    for header, (*parts, total) in columns.items():
        # Each number is off by at most half its last digit; whole numbers are exact.
        digits = -total.as_tuple().exponent
        rounding = Decimal(5).scaleb(-digits - 1) * (len(parts) + 1) if digits else 0
        assert abs(sum(parts) - total) <= rounding, header


@pytest.mark.parametrize("name", [name for name in COMMANDS if not MAY_BE_WIDE.fullmatch(name)])
def test_what_people_read_fits_into_80_columns(name):
    _, *lines = (GOLDEN / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if len(line) > 80 and ": menet-design " not in line] == []


def numeric_columns(text: str) -> dict[str, list[Decimal]]:
    """The right-aligned columns of a plain table that its total row fills, each with its total last."""
    _, *lines = text.splitlines()
    last = next(index for index, line in enumerate(lines) if line.startswith("total"))
    body = list(takewhile(bool, reversed(lines[: last + 1])))[::-1]  # from the header, below a blank line
    _, *headers = re.finditer(r"\S+( \S+)*", body[0])
    ends = {header[0]: header.end() for header in headers if cell(body[-1], header.end())}
    return {header: [number(cell(line, end)) for line in body[1:]] for header, end in ends.items()}


def cell(line: str, end: int) -> str:
    """The cell of a right-aligned column that ends at a position."""
    return line[:end].rsplit("  ", 1)[-1].strip() if len(line) >= end else ""


def number(text: str) -> Decimal:
    return Decimal(text.removesuffix(" %").replace(",", "") or 0)
