"""Machine formats hold exact data and nothing else; LaTeX compiles; Markdown has its columns."""

import csv
import io
import json
import re
from itertools import combinations
from pathlib import Path

import paper
import pytest
from answers import results_of, rows_of

SLIM = Path(__file__).parents[1] / "papers/slim_mobilenet_v1.csv"
COMMANDS = {
    "flops": "flops 352-MENet-12x1/8",
    "flops several": "flops 352-MENet-12x1/8 228-MENet-12x1-add/3",
    "flops several --by": "flops 352-MENet-12x1/8 '228-MENet-9x(4/3)/3' --by branch",
    "flops --by layer": "flops 228-MENet-12x2.5/3 --by layer",
    "flops --by operation": "flops 228-MENet-12x2.5/3 --by operation",
    "budget": "budget 140 --groups 8",
    "budget several": "budget 140 --groups 3,4,8",
    "budget expansion": "budget 160 --groups 3 --solve expansion --width 228 --fusion 9",
    "table": "table 228-MENet-12x1/3 256-MENet-12x1-add/4 352-MENet-12x1/8",
    "table one": "table 228-MENet-12x1/3",
    "formula": "formula",
    "formula --at": "formula --at w=352,k=12,alpha=3/2,g=8",
    "loss-ratio": "loss-ratio --groups 3",
    "loss-ratio several": "loss-ratio --groups 1-8",
    "loss-ratio --channels": "loss-ratio --groups 3,8 --channels 120",
    "loss-ratio --derive": "loss-ratio --groups 3 --derive",
    "loss-ratio --derive --channels": "loss-ratio --groups 3,8 --channels 120 --derive",
    "connectivity": "connectivity 352-MENet-12x1/8",
    "connectivity --by pair": "connectivity 228-MENet-12x1-add/3 --by pair",
    "connectivity --by group": "connectivity 228-MENet-12x1/3 --by group",
    "connectivity several": "connectivity 352-MENet-12x1/8 '228-MENet-9x(4/3)/3'",
    "connectivity several --by": "connectivity 352-MENet-12x1/8 24-MENet-2x1/1 --by pair",
    "networks": "networks",
    "size": "size SEP-Net",
    "size several": "size ResNet-20 GoogLeNet --scheme pattern",
    "memory": "memory 352-MENet-12x1/8",
    "memory several": "memory ResNet-20 228-MENet-12x1/3 --dtype int8 --in-place",
    "memory --by layer": "memory 352-MENet-12x1/8 --by layer",
    "memory several --by tensor": "memory ResNet-20 GoogLeNet --by tensor",
    "diff": "diff 228-MENet-12x1/3 VGG-16",
    "diff --by layer": "diff 228-MENet-12x1/3 ShuffleNet-1x/3 --by layer",
    "budget --neighbours": "budget 140 --groups 3,8 --neighbours",
    "reconcile": "reconcile 228-MENet-12x1/3",
    "reconcile several": "reconcile 228-MENet-12x1/3 352-MENet-12x1/8",
    "flops --convention": "flops 228-MENet-12x1/3 --by layer --convention ptflops-pytorch",
    "budget --convention": "budget 150 --groups 3 --convention fvcore",
    "verify": "verify 108-MENet-8x1/3 --resolution 32",
    "detector": "detector faster-rcnn VGG-16",
    "detector several": "detector faster-rcnn 352-MENet-12x1/8 GoogLeNet",
    "flops of families": "flops 228-MENet-12x1/3 GoogLeNet 1x-MobileNetV2-224",
    "errata": "errata",
    "explain": "explain 148.93M 228-MENet-12x1/3",
    "explain resolutions": "explain 418M 1x-MobileNet-224",
    "explain --table": f"explain --table {SLIM}",
}
every_command = pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)

# The contract of the JSON output.
DESIGN = {
    "network",
    "family",
    "width",
    "fusion",
    "expansion",
    "groups",
    "stem",
    "combine",
    "resolution",
    "classes",
}
COST = DESIGN | {"macs", "params", "activations", "convention"}
ROW = {"name", "operation", "macs", "params", "activations", "output"}
BUDGET = {"budget", "metric", "fit", "groups", "choice", "under", "over"}
FORMULA = {"family", "symbols", "macs", "params"}
RATIO = {"groups", "numerator", "denominator", "loss_ratio"}
CHANNELS = {"channels", "possible", "kept", "exact_loss_ratio"}
VERIFY = {"network", "agrees", "closed_form", "fvcore", "torch", "params", "layers_compared", "first_disagreement"}
WHOLE = COST - {"network", "family", "expansion", "combine", "convention"}
WHOLE |= {"bits", "binarized_weights", "conv_weights", "weights", "numbers", "bits_each", "numerator", "denominator"}
WHOLE |= {"channels", "possible", "kept", "with_branch", "mixing_depth", "closed_form", "fvcore", "torch", "budget"}
WHOLE |= {"layers_compared", "peak", "stored_bytes", "total", "bytes"}


def entries(value: object) -> list[tuple[str, object]]:
    """Every key of a JSON document with its value, at any depth."""
    if isinstance(value, dict):
        return [*value.items(), *(found for each in value.values() for found in entries(each))]
    return [found for each in value for found in entries(each)] if isinstance(value, list) else []


@every_command
def test_json_has_its_schema_a_list_of_results_and_whole_numbers(cli, command):
    results = results_of(cli, command)
    assert results
    single = [(key, value) for key, value in entries(results) if not isinstance(value, (str, dict, list))]
    assert [(key, value) for key, value in single if key in WHOLE and type(value) is not int] == []


def test_flops_as_json(cli):
    (result,) = results_of(cli, "flops 352-MENet-12x1/8")
    assert set(result) == COST | {"rows"}
    assert all(set(row) == ROW for row in result["rows"])
    # From the authors' released model.
    assert (result["network"], result["macs"], result["params"]) == ("352-MENet-12x1/8", 144281024, 2272872)
    assert (result["stem"], result["convention"]) == (24, "paper")
    # 3×3 convolution from 3 to 24 channels with stride 2, on 224×224.
    weights = 3 * 3 * 3 * 24
    first = {"name": "stage1.conv", "operation": "conv", "macs": weights * 112**2, "params": weights}
    assert result["rows"][0] == first | {"activations": 24 * 112**2, "output": [24, 112, 112]}


def test_a_network_has_the_numbers_of_its_family_and_no_others(cli):
    for name, numbers in {
        "1x-MobileNetV2-224": {"width", "expansion", "stem", "head", "variant"},
        "VGG-16": {"width", "depth", "norm"},
        "ResNet-20": {"width", "depth", "unit", "order", "shortcut"},
    }.items():
        (result,) = results_of(cli, f"flops {name}")
        described = set(result) - {"rows", "assumptions", "network", "family", "resolution", "classes"}
        assert described - {"macs", "params", "activations", "convention"} == numbers


@pytest.mark.parametrize("grouping", ["layer", "block", "stage", "branch", "operation"])
def test_rows_of_any_grouping_sum_to_the_totals(cli, grouping):
    for result in results_of(cli, f"flops 352-MENet-12x1/8 228-MENet-12x1.5/3 --by {grouping}"):
        for total in ("macs", "params", "activations"):
            assert sum(row[total] for row in result["rows"]) == result[total]


def test_budget_as_json(cli):
    (result,) = results_of(cli, "budget 140 --groups 8")
    assert set(result) == BUDGET
    assert (result["budget"], result["metric"], result["fit"], result["groups"]) == (140_000_000, "macs", "nearest", 8)
    assert [set(result[side]) for side in ("choice", "under", "over")] == [COST] * 3
    # The network of Table I; 4g = 32 divides a legal width.
    assert result["choice"]["network"] == "352-MENet-12x1/8"
    assert [result[side]["width"] for side in ("under", "over")] == [352 - 32, 352 + 32]


def test_a_budget_at_the_edge_has_a_null_neighbour(cli):
    (smallest,) = results_of(cli, "budget 11.5 --groups 8")
    # Stem 12 rounds up to 16 for 8 groups, and the smallest multiple of 4g above it is 32.
    assert (smallest["choice"]["width"], smallest["under"]) == (32, None)
    # At 16384×16384, the largest, its 142.9 million of convolutions at 224×224 grow (16384/224)² = 5350 times.
    (largest,) = results_of(cli, "budget 764000 --groups 8 --solve resolution --width 352")
    assert (largest["choice"]["resolution"], largest["over"]) == (2**14, None)


def test_formula_as_json_gives_the_count_of_the_released_model(cli):
    import sympy

    (result,) = results_of(cli, "formula")
    assert set(result) == FORMULA
    assert list(result["symbols"]) == ["w", "k", "alpha", "g", "c", "r", "n"]
    numbers = {"w": 352, "k": 12, "alpha": 1, "g": 8, "c": 24, "r": 224, "n": 1000}
    macs, params = (sympy.sympify(result[metric]).subs(numbers) for metric in ("macs", "params"))
    assert (macs, params) == (144281024, 2272872)


def test_loss_ratio_as_json(cli):
    (result,) = results_of(cli, "loss-ratio --groups 8 --channels 88")
    assert set(result) == RATIO | CHANNELS
    assert (result["numerator"], result["denominator"], result["loss_ratio"]) == (7, 8, 0.875)
    # 88 channels have 88·77/2 pairs across groups. After the shuffle each group of 11 holds two channels of three
    # groups and one of five: (11² - 3·2² - 5·1²)/2 = 52 pairs.
    assert (result["possible"], result["kept"]) == (3388, 8 * 52)
    assert result["exact_loss_ratio"] == pytest.approx(1 - 416 / 3388, abs=1e-15)
    assert [set(each) for each in results_of(cli, "loss-ratio --groups 2-4")] == [RATIO] * 3


def test_a_derivation_as_json_keeps_the_keys_of_loss_ratio(cli):
    (result,) = results_of(cli, "loss-ratio --groups 3 --derive")
    assert set(result) >= RATIO


def test_a_derivation_with_channels_holds_both_in_json(cli):
    import sympy

    results = results_of(cli, "loss-ratio --groups 8,4 --channels 88 --derive")
    assert [set(result) for result in results] == [RATIO | CHANNELS | {"derivation"}] * 2
    # 22 = 4·5 + 2: Eq. 2 less 2·(4 - 2)/2.
    assert [result["kept"] for result in results] == [416, 88**2 * 3 // (2 * 16) - 2]
    assert results[0]["derivation"] == results[1]["derivation"]
    # 88/8 = 8·1 + 3.
    values = {"G": 8, "q": 1, "s": 3, "C": 88}
    numbers = {step["name"]: sympy.sympify(step["right"]).subs(values) for step in results[0]["derivation"]}
    expected = {"N_total": 3388, "N_actual": 423.5, "lost": 7 / 8, "N_exact": 416, "excess": 7.5, "bound": 8}
    assert {name: float(number) for name, number in numbers.items()} == expected | {"share": pytest.approx(8 / 3388)}


SUM = r"C = (\d+), G = (\d+): (.*) = (\S+), (\S+) below Eq\. 2 \(≤ (\S+)\)"


@pytest.mark.parametrize(
    ("groups", "channels"), [("8", 88), ("3", 57), ("4", 56), ("4", 64), ("1", 7), ("6", 6), ("1-6", 60)]
)
def test_the_exact_sum_in_numbers_is_the_count_through_a_real_shuffle(cli, groups, channels):
    printed = cli(f"loss-ratio --groups {groups} --channels {channels} --derive").stdout
    found = re.findall(SUM, printed)
    assert len(found) == (6 if "-" in groups else 1)
    for number, each, total, value, below, most in found:
        assert int(number) == channels
        kept = kept_by_a_shuffle(int(each), channels)
        assert int(value.replace(",", "")) == kept
        # Whoever reads the sum can compute it.
        assert eval(total.replace("·", "*").replace("²", "**2").replace("−", "-")) == kept
        assert float(below) == channels**2 * (int(each) - 1) / (2 * int(each) ** 2) - kept
        assert float(below) <= float(most) == pytest.approx(int(each) ** 2 / 8, abs=0.05)


def kept_by_a_shuffle(groups: int, channels: int) -> int:
    """Pairs of channels of different groups that are dealt into one group, as in Fig. 1: one by one."""
    size = channels // groups
    dealt = [group for _ in range(size) for group in range(groups)]
    hands = [dealt[start : start + size] for start in range(0, channels, size)]
    return sum(one != other for hand in hands for one, other in combinations(hand, 2))


def test_a_derivation_without_channels_has_no_numbers_of_its_own(cli):
    both, without = (cli(f"loss-ratio --groups 8 --derive {option}").stdout for option in ("--channels 88", ""))
    assert both.startswith(without)
    assert re.findall(SUM, without) == []
    # What the paper says, and what goes beyond it.
    assert re.findall(r"^(Eq\. \d|exact) ", without, re.MULTILINE) == ["Eq. 1", "Eq. 2", "Eq. 3", *["exact"] * 4]


def test_verify_as_json(cli):
    (result,) = results_of(cli, "verify 108-MENet-8x1/3")
    assert set(result) == VERIFY
    # From the authors' released model.
    assert [result[count] for count in ("closed_form", "fvcore", "torch")] == [38287440] * 3
    assert (result["params"], result["agrees"], result["first_disagreement"]) == (654516, True, None)


def test_budget_with_its_proof_as_json(cli):
    (result,) = results_of(cli, "budget 40 --groups 3 --verify")
    assert set(result) == BUDGET | {"proof"}
    assert (set(result["proof"]), result["proof"]["network"]) == (VERIFY, "108-MENet-8x1/3")  # Table IV


@pytest.mark.parametrize(("form", "delimiter"), [("csv", ","), ("tsv", "\t")])
@every_command
def test_separated_values_are_a_whole_table_of_exact_values(cli, command, form, delimiter):
    printed = cli(f"{command} --format {form}")
    assert (printed.code, printed.stderr) == (0, "")
    header, *rows = csv.reader(io.StringIO(printed.stdout), delimiter=delimiter)
    assert rows
    assert {len(row) for row in rows} == {len(header)}
    assert len(set(header)) == len(header)
    assert "" not in header
    assert not any("{" in cell or "[" in cell for row in rows for cell in row)
    if not command.startswith(("formula", "table")):
        values = {value for row in rows for key, value in zip(header, row, strict=True) if key in WHOLE}
        assert {value for value in values if value and not value.isdecimal()} == set()


def test_csv_and_json_say_the_same(cli):
    command = "flops 352-MENet-12x1/8 228-MENet-12x1.5/3"
    for row, result in zip(rows_of(cli, command), results_of(cli, command), strict=True):
        assert row == {key: str(result[key]) for key in COST}


def test_csv_of_several_designs_holds_every_layer(cli):
    command = "flops 352-MENet-12x1/8 228-MENet-12x1.5/3 --by layer"
    expected = [
        (result["network"], row["name"], str(row["macs"]), "x".join(map(str, row["output"])))
        for result in results_of(cli, command)
        for row in result["rows"]
    ]
    assert [(row["network"], row["name"], row["macs"], row["output"]) for row in rows_of(cli, command)] == expected


# Table I with its last line.
TABLE_I = [*paper.TABLE_I, paper.FLOPS]
TITLES = ["228-MENet-12×1 (g = 3)", "256-MENet-12×1 (g = 4)", "352-MENet-12×1 (g = 8)"]
TABLE_COMMAND = "table 228-MENet-12x1/3 256-MENet-12x1/4 352-MENet-12x1/8"


def test_the_plain_table_is_table_i(cli):
    printed = [line for line in cli(TABLE_COMMAND).stdout.splitlines() if line and not line.startswith("─")]
    names, groups, *lines = (re.split(r"\s{2,}", line.strip()) for line in printed[: len(TABLE_I) + 2])
    assert [f"{name} {group}" for name, group in zip(names[-3:], groups[-3:], strict=True)] == TITLES
    expected = [[cell for cell in (stage, size, *cells) if cell] for stage, size, cells in TABLE_I]
    # A stage and its size may stand one space apart.
    assert [" ".join(line) for line in lines] == [" ".join(line) for line in expected]


def test_the_markdown_table_is_table_i(cli):
    lines = [line for line in cli(f"{TABLE_COMMAND} --format markdown").stdout.splitlines() if line.startswith("|")]
    header, _, *rows = ([cell.strip() for cell in line.strip("|").split("|")] for line in lines)
    assert header == ["Stage", "Output size", *TITLES]
    assert [(stage, size, [cell for cell in cells if cell]) for stage, size, *cells in rows] == TABLE_I


def test_the_latex_table_is_table_i(cli):
    text = cli(f"{TABLE_COMMAND} --format latex").stdout
    text = re.sub(r"\$(g = \d+)\$", r"\1", re.sub(r"\$(\d+) \\times 10\^\{6\}\$", r"\1 × 10⁶", text)).replace(
        r"$\times$", "×"
    )
    header, *rows = re.findall(r"^(.*) \\\\$", text, re.MULTILINE)
    assert re.findall(r"\\textbf\{(.*?)\}", header) == TITLES
    cells = [[re.sub(r"\\multicolumn\{3\}\{c\}\{(.*)\}", r"\1", cell) for cell in row.split(" & ")] for row in rows]
    assert [(stage, size, own) for stage, size, *own in ([c.strip() for c in row] for row in cells)] == TABLE_I


def test_the_table_in_machine_formats_is_table_i_with_exact_costs(cli):
    *expected, _ = TABLE_I
    lines = [(stage, size, cells if len(cells) == 3 else cells * 3) for stage, size, cells in expected]
    macs = [144092352, 140842560, 144281024]  # from the authors' released models
    results = results_of(cli, TABLE_COMMAND)
    assert [result["macs"] for result in results] == macs
    for index, result in enumerate(results):
        own = [(line["stage"], line["output"], line["layer"]) for line in result["lines"]]
        assert own == [(stage, size, cells[index]) for stage, size, cells in lines]
    _, *rows = csv.reader(io.StringIO(cli(f"{TABLE_COMMAND} --format csv").stdout))
    assert rows == [*([*line[:2], *line[2]] for line in lines), ["macs", "paper", *map(str, macs)]]


def test_an_architecture_table_of_one_design_has_its_own_stem_and_classes(cli):
    (result,) = results_of(cli, "table 456-MENet-24x1/3 --classes 10 --resolution 64")
    lines = {(line["stage"], line["output"], line["layer"]) for line in result["lines"]}
    # Stem 48 from the authors' released model; 64 is halved once, thrice, four and five times.
    assert lines >= {("Stage 1", "32×32", "3×3 conv, 48, /2"), ("Stage 2", "8×8", "ME module, 456, /2")}
    assert lines >= {
        ("Stage 4", "2×2", "ME module, 1824, /2"),
        ("Classifier", "1×1", "global average pool, 10-d fc, softmax"),
    }


@every_command
def test_markdown_tables_have_as_many_cells_in_every_line(cli, command):
    printed = cli(f"{command} --format markdown")
    assert (printed.code, printed.stderr) == (0, "")
    table = [line for line in printed.stdout.splitlines() if line.startswith("|")]
    assert len({line.count("|") for line in table}) == (1 if table else 0)
    assert all(line.endswith("|") for line in table)


@every_command
def test_markdown_takes_no_product_for_emphasis(cli, command):
    """4*n*w would be printed as 4nw in italics."""
    text = re.sub(r"`[^`]*`|\$[^$]*\$", "", cli(f"{command} --format markdown").stdout)
    assert "*" not in text.replace(r"\*", "")


@every_command
def test_latex_is_well_formed(cli, command):
    printed = cli(f"{command} --format latex")
    assert (printed.code, printed.stderr) == (0, "")
    body = "\n".join(line for line in printed.stdout.splitlines() if not line.startswith("%"))
    assert body.isascii()  # pdflatex knows few other signs
    bare = re.sub(r"\\[{}%&_#$\\]", " ", body)  # escaped signs and line ends aside
    assert "%" not in bare
    assert is_balanced(bare)
    text = re.sub(r"\$[^$]*\$", "", re.sub(r"\\begin\{align\*\}.*?\\end\{align\*\}", "", bare, flags=re.DOTALL))
    assert not set("_^#$~") & set(text)
    for columns, rows in re.findall(r"\\begin\{tabular\}\{(\w+)\}(.*?)\\end\{tabular\}", body, re.DOTALL):
        assert {cells(row) for row in re.findall(r"^(.*)\\\\$", rows, re.MULTILINE)} == {len(columns)}
        text = text.replace(columns, "")
    assert "&" not in re.sub(r"\\begin\{tabular\}.*?\\end\{tabular\}", "", text, flags=re.DOTALL)


def is_balanced(text: str) -> bool:
    """Whether braces, \\left and \\right, and environments close in the order in which they open."""
    open_ones: list[str] = []
    for begun, ended, sign in re.findall(
        r"\\begin\{([\w*]+)\}|\\end\{([\w*]+)\}|(\\left(?!arrow)|\\right(?!arrow)|[{}])", text
    ):
        if begun or sign in ("{", r"\left"):
            open_ones.append(begun or sign)
        elif not open_ones or open_ones.pop() != {"}": "{", r"\right": r"\left"}.get(sign, ended):
            return False
    return not open_ones


def cells(row: str) -> int:
    """The columns that a line of a tabular fills."""
    spanned = sum(int(span) - 1 for span in re.findall(r"\\multicolumn\{(\d+)\}", row))
    return len(re.findall(r"(?<!\\)&", row)) + 1 + spanned


@pytest.mark.parametrize("form", ["json", "csv", "tsv", "markdown", "latex", "table"])
def test_output_writes_what_would_be_printed(cli, tmp_path, form):
    command = f"budget 140 --groups 8 --format {form}"
    file = tmp_path / "answer"
    assert cli(f"{command} --output", file) == (0, "", f"wrote {file}\n")
    assert file.read_text(encoding="utf-8") == cli(command).stdout
    assert [path.name for path in tmp_path.iterdir()] == ["answer"]


@pytest.mark.parametrize(
    ("ending", "form"), {"tex": "latex", "md": "markdown", "json": "json", "csv": "csv", "tsv": "tsv"}.items()
)
@pytest.mark.parametrize("command", ["table --paper IV", "flops ResNet-20", "formula vgg"])
def test_the_ending_of_a_file_says_its_format(cli, tmp_path, command, ending, form):
    asked, said = tmp_path / "asked.txt", tmp_path / f"said.{ending}"
    cli(f"{command} --format {form} --output", asked)
    cli(f"{command} --output", said)
    assert said.read_text() == asked.read_text()


def test_a_plot_is_written_beside_the_answer(cli, tmp_path):
    file = tmp_path / "loss.svg"
    printed = cli("loss-ratio --groups 3 --format json --plot", file)
    assert json.loads(printed.stdout)["results"][0]["numerator"] == 2
    assert file.read_text(encoding="utf-8").startswith("<?xml")
