"""What `connectivity` answers: the JSON contract, forms that agree, proofs, trained weights, files, wrong use."""

import csv
import io
import json
import re
from itertools import combinations
from pathlib import Path
from types import SimpleNamespace

import pytest

DATA = Path(__file__).resolve().parents[2] / ".." / "shared" / "data"
AUTHORS = DATA / "108-MENet-8x1-group-3.pth.tar"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="the authors' weights are not beside this checkout")
TABLE_I = "228-MENet-12x1/3 256-MENet-12x1/4 352-MENet-12x1/8"
# 9 channels and 3 groups in stage 2, as in Fig. 1; few classes and few pixels cost little time.
NINE = "36-MENet-1x1/3 --resolution 32 --classes 5"

# The contract of the JSON output.
NETWORK = {"network": str, "blocks_to_full": int, "shares": dict, "blocks": list}
BLOCK = {
    "name": str,
    "groups": int,
    "channels": int,
    "possible": int,
    "kept": int,
    "loss_ratio": float,
    "exact_loss_ratio": float,
    "without_shuffle": int,
    "with_fusion": int,
    "macs_per_recovered": float,
    "params_per_recovered": float,
    "blocks_to_full": int,
    "shares": dict,
}
SHARES = dict.fromkeys(("connected", "linear", "gated", "no_shuffle", "no_fusion", "neither"), float)
PROOF = {"agrees", "pairs_compared", "first_difference"}
# Table I: modules of stages 2 to 4, the downsampling one included.
MODULES = [f"stage{stage}.{index}" for stage, modules in ((2, 4), (3, 8), (4, 4)) for index in range(modules)]


def results_of(cli, command: str, *arguments: object) -> list[dict]:
    """The results that a command prints as strict JSON: NaN and Infinity are none."""
    printed = cli(f"{command} --format json", *arguments)
    assert (printed.code, printed.stderr) == (0, "")
    document = json.loads(printed.stdout, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    assert document["schema"] == "menet-design/connectivity/1"
    return document["results"]


def rows_of(cli, command: str, *arguments: object) -> list[dict[str, str]]:
    """The rows that a command prints as CSV, after TSV has said the same."""
    tables = []
    for form, delimiter in (("csv", ","), ("tsv", "\t")):
        printed = cli(f"{command} --format {form}", *arguments)
        assert (printed.code, printed.stderr) == (0, "")
        tables.append(list(csv.DictReader(io.StringIO(printed.stdout), delimiter=delimiter)))
    assert tables[0] == tables[1]
    return tables[0]


def text(value: object) -> str:
    """A JSON value as CSV writes it: null is empty."""
    return "" if value is None else str(value)


def types_of(entry: dict) -> dict[str, type]:
    return {key: type(value) for key, value in entry.items()}


def block_of(cli, design: str, name: str) -> dict:
    (result,) = results_of(cli, f"connectivity {design}")
    return next(block for block in result["blocks"] if block["name"] == name)


# The JSON contract


@pytest.mark.parametrize("by", ["", "--by block", "--by pair"])
def test_json_has_the_keys_and_types_of_the_contract(cli, by):
    results = results_of(cli, f"connectivity 352-MENet-12x1/8 228-MENet-12x1-add/3 {by}")
    assert [result["network"] for result in results] == ["352-MENet-12x1/8", "228-MENet-12x1-add/3"]
    for result in results:
        assert types_of(result) == NETWORK
        assert types_of(result["shares"]) == SHARES
        assert [block["name"] for block in result["blocks"]] == MODULES
        first, *others = result["blocks"]
        # The paper does not group the first convolution of stage 2: nothing is lost, nothing is recovered.
        nothing = dict.fromkeys(("macs_per_recovered", "params_per_recovered"), type(None))
        assert types_of(first) == BLOCK | nothing
        assert [types_of(block) for block in others] == [BLOCK] * 15
        assert [types_of(block["shares"]) for block in result["blocks"]] == [SHARES] * 16


# By hand. 88 channels in 8 groups of 11: after the shuffle each group holds two channels of three groups and one of
# five. 57 in 3 groups of 19: seven channels of one group, six of the two others. Pairs across groups are squares less
# squares, halved. The fusion branch: 1×1 to 12 channels, 3×3 among them, 1×1 back; a batch norm has two parameters a
# channel.
BY_HAND = {
    "352-MENet-12x1/8": {
        "groups": 8,
        "channels": 352 // 4,
        "possible": 88 * 77 // 2,
        "kept": 8 * (11**2 - 3 * 2**2 - 5) // 2,
        "loss_ratio": 7 / 8,
        "exact_loss_ratio": 1 - 416 / 3388,
        "without_shuffle": 0,
        "with_fusion": 3388,
        "macs_per_recovered": 28**2 * (88 * 12 + 9 * 12 * 12 + 12 * 88) / (3388 - 416),
        "params_per_recovered": (88 * 12 + 9 * 12 * 12 + 12 * 88 + 2 * (12 + 12 + 88)) / (3388 - 416),
    },
    "228-MENet-12x1/3": {
        "groups": 3,
        "channels": 228 // 4,
        "possible": 57 * 38 // 2,
        "kept": 3 * (19**2 - 7**2 - 2 * 6**2) // 2,
        "loss_ratio": 2 / 3,
        "exact_loss_ratio": 1 - 360 / 1083,
        "without_shuffle": 0,
        "with_fusion": 1083,
        "macs_per_recovered": 28**2 * (57 * 12 + 9 * 12 * 12 + 12 * 57) / (1083 - 360),
        "params_per_recovered": (57 * 12 + 9 * 12 * 12 + 12 * 57 + 2 * (12 + 12 + 57)) / (1083 - 360),
    },
}


@pytest.mark.parametrize("design", BY_HAND)
def test_the_pair_of_convolutions_around_a_shuffle_is_as_counted_by_hand(cli, design):
    block = block_of(cli, design, "stage2.1")
    assert {key: block[key] for key in BY_HAND[design]} == pytest.approx(BY_HAND[design], rel=1e-14)


def test_the_cost_follows_the_stride(cli):
    # Merging at 28×28, the strided 3×3 and matching at 14×14. 176 in 8 groups of 22: three channels of six groups,
    # two of two.
    block = block_of(cli, "352-MENet-12x1/8", "stage3.0")
    recovered = 176 * 154 // 2 - 8 * (22**2 - 6 * 3**2 - 2 * 2**2) // 2
    macs = 28**2 * 176 * 12 + 14**2 * (9 * 12 * 12 + 12 * 176)
    assert block["macs_per_recovered"] == pytest.approx(macs / recovered, rel=1e-14)


# In the order of SHARES: connected, linear, gated, without the shuffle, without fusion, without both.
SHARES_BY_HAND = {
    # All but 24 of the 352 outputs hear all 24 inputs, the others the one that is concatenated; the compress
    # convolution is not grouped, so neither shuffle nor fusion makes a difference.
    "stage2.0": (329 / 352, 329 / 352, 328 / 352, 329 / 352, 329 / 352, 329 / 352),
    # Eight groups that stay apart hear an eighth.
    "stage2.1": (1, 1, 1, 1, 1, 1 / 8),
    # Half of the 704 outputs are the 352 inputs, each hearing itself; a group of inputs has 44.
    "stage3.0": (353 / 704, 353 / 704, 1 / 2, 353 / 704, 353 / 704, (44 + 1) / 704),
}


@pytest.mark.parametrize("name", SHARES_BY_HAND)
def test_shares_of_connected_pairs_are_as_counted_by_hand(cli, name):
    block = block_of(cli, "352-MENet-12x1/8", name)
    assert list(block["shares"]) == list(SHARES)
    assert tuple(block["shares"].values()) == pytest.approx(SHARES_BY_HAND[name], rel=1e-14)
    # What is concatenated hears itself only, until the next module mixes it.
    assert block["blocks_to_full"] == (2 if name.endswith(".0") else 1)


def test_an_added_fusion_branch_passes_no_gate(cli):
    (result,) = results_of(cli, "connectivity 228-MENet-12x1-add/3")
    assert {block["shares"]["gated"] for block in result["blocks"]} == {0}
    assert all(block["shares"]["linear"] == block["shares"]["connected"] for block in result["blocks"])


def shuffled_groups(channels: int, groups: int) -> list[list[int]]:
    """The channels in each group after the shuffle: Fig. 1, channels dealt out group by group."""
    size = channels // groups
    dealt = [group * size + index for index in range(size) for group in range(groups)]
    return [dealt[start : start + size] for start in range(0, channels, size)]


def test_every_module_is_as_counted_pair_by_pair(cli):
    for result in results_of(cli, "connectivity 36-MENet-1x1/3 48-MENet-2x1/4 60-MENet-2x1/5"):
        _, *grouped = result["blocks"]
        for block in grouped:
            channels, groups = block["channels"], block["groups"]
            size = channels // groups
            apart = [
                pair
                for group in shuffled_groups(channels, groups)
                for pair in combinations(group, 2)
                if pair[0] // size != pair[1] // size
            ]
            everywhere = [pair for pair in combinations(range(channels), 2) if pair[0] // size != pair[1] // size]
            assert (block["kept"], block["possible"]) == (len(set(apart)), len(everywhere))


# Forms that agree


@pytest.mark.parametrize("by", ["", "--by block", "--by pair"])
def test_separated_values_are_the_blocks_of_the_json(cli, by):
    command = f"connectivity 352-MENet-12x1/8 24-MENet-2x1/1 {by}"
    expected = [
        {"network": result["network"]}
        | {key: text(value) for key, value in block.items() if key != "shares"}
        | {f"share_{key}": text(share) for key, share in block["shares"].items()}
        for result in results_of(cli, command)
        for block in result["blocks"]
    ]
    assert rows_of(cli, command) == expected


def test_groups_in_json_are_those_that_the_shuffle_deals_out(cli):
    for result in results_of(cli, "connectivity 36-MENet-1x1/3 352-MENet-12x1/8 --by group"):
        _, *grouped = result["blocks"]
        for block in grouped:
            groups, size = block["groups"], block["channels"] // block["groups"]
            dealt = shuffled_groups(block["channels"], groups)
            assert block["heard"] == {
                "kept": [[sum(channel // size == of for channel in group) for of in range(groups)] for group in dealt],
                "without_shuffle": [[size * (of == group) for of in range(groups)] for group in range(groups)],
                "with_fusion": [[size] * groups] * groups,
            }


def test_groups_in_separated_values_are_those_of_the_json(cli):
    command = "connectivity 36-MENet-1x1/3 24-MENet-2x1/1 --by group"
    expected = [
        {
            "network": result["network"],
            "block": block["name"],
            "group": str(group),
            "of_group": str(of),
            "channels": str(block["channels"] // block["groups"]),
        }
        | {name: str(matrix[group][of]) for name, matrix in block["heard"].items()}
        for result in results_of(cli, command)
        for block in result["blocks"]
        for group in range(len(block["heard"]["kept"]))
        for of in range(block["groups"])
    ]
    assert rows_of(cli, command) == expected


def table_rows(printed: str, start: str) -> list[list[str]]:
    """The cells of the lines of a plain table that begin with something."""
    return [re.split(r"\s{2,}", line) for line in printed.splitlines() if re.match(start, line)]


def test_several_designs_in_total_are_the_sums_of_their_blocks(cli):
    command = f"connectivity {TABLE_I}"
    rows = table_rows(cli(command).stdout, r"\d+-MENet")
    for row, result in zip(rows, results_of(cli, command), strict=True):
        possible, kept, fused = (
            sum(block[key] for block in result["blocks"]) for key in ("possible", "kept", "with_fusion")
        )
        assert row[:5] == [result["network"], str(result["blocks_to_full"]), f"{possible:,}", f"{kept:,}", f"{fused:,}"]
        assert row[5] == f"{100 * (possible - kept) / possible:.1f} %"


def test_the_table_by_pair_shows_what_the_json_holds(cli):
    printed = cli("connectivity 352-MENet-12x1/8 --by pair").stdout
    row = next(row for row in table_rows(printed, "stage") if row[0] == "stage2.1-3")
    assert row == ["stage2.1-3", "8", "88", "3,388", "416", "3,388", "87.5 %", "87.7 %", "899.0", "1.22"]


def test_rows_of_alike_modules_name_every_stage(cli):
    # 4² divides 64, 128 and 256, and 16, 32 and 64: every module but the first loses exactly 3/4.
    printed = cli("connectivity 256-MENet-12x1/4 64-MENet-4x1/4 --by pair").stdout
    names = " ".join(row[0] for row in table_rows(printed, "stage"))
    assert [stage for stage in ("stage2", "stage3", "stage4") if stage not in names] == []


# Side by side, designs show one figure each: the connected pairs, or the lost connections.
NOT_SHOWN = {"block": ["linear", "gating", "to full"], "pair": ["N_total", "MACs"]}


@pytest.mark.parametrize("by", NOT_SHOWN)
def test_notes_explain_no_column_that_is_not_there(cli, by):
    printed = cli(f"connectivity {TABLE_I} --by {by}").stdout
    assert [column for column in NOT_SHOWN[by] if column in printed] == []


SHOWN = {
    "352-MENet-12x1/8": ["linear", "gating", "no shuffle", "no fusion", "neither", "to full"],
    "352-MENet-12x1/8 --by pair": ["N_total", "kept", "fusion", "lost", "counted", "MACs", "params"],
    TABLE_I: ["to full", "N_total", "kept", "fusion", "counted", "MACs", "params"],
}


@pytest.mark.parametrize("command", SHOWN)
def test_every_column_is_explained_below(cli, command):
    *_, table, notes = cli(f"connectivity {command}").stdout.split("\n\n")
    assert [column for column in SHOWN[command] if column not in table.splitlines()[0]] == []
    explained = notes.partition("prove it")[0].replace("parameters", "params")
    assert [column for column in SHOWN[command] if not re.search(rf"\b{column}\b", explained)] == []


# A note that is broken to fit a terminal: how it begins, and how it ends.
BROKEN_NOTES = {
    "": ("shares of (input channel", "without these parts"),
    "--by pair": ("N_total: pairs", "Eq. 1, 2)"),
    "--by group": ("channels that a group", "of the one before it"),
}


@pytest.mark.parametrize("by", BROKEN_NOTES)
def test_a_sentence_is_one_paragraph_of_markdown(cli, by):
    start, end = BROKEN_NOTES[by]
    paragraphs = cli(f"connectivity 352-MENet-12x1/8 {by} --format markdown").stdout.split("\n\n")
    assert [start in paragraph and end in paragraph for paragraph in paragraphs].count(True) == 1


@pytest.mark.parametrize("form", ["markdown", "latex"])
@pytest.mark.parametrize("command", ["24-MENet-2x1/1 --by group", "24-MENet-2x1/1 28-MENet-2x1/1 --by pair"])
def test_without_groups_a_table_still_has_its_columns(cli, command, form):
    """There is nothing to lose, and a table without rows has to be well-formed."""
    printed = cli(f"connectivity {command} --format {form}")
    assert printed.code == 0
    if form == "latex":
        aligns = re.search(r"\\begin\{tabular\}\{(\w*)\}", printed.stdout)
        header = re.search(r"\\toprule\n(.*)\\\\", printed.stdout)
        assert aligns is None or len(aligns[1]) == header[1].count("&") + 1
    else:
        assert "---" in printed.stdout or "|" not in printed.stdout


@pytest.mark.parametrize("designs", ["'228-MENet-9x(4/3)/3'", "36-MENet-1x1/3 24-MENet-2x1-add/2 --stem 6 --classes 9"])
def test_the_next_command_is_one_to_paste(cli, monkeypatch, designs):
    asked = []

    def probe(design):
        asked.append(design)
        return SimpleNamespace(design=design, agrees=True, pairs=1, paths=1, first_difference=None)

    monkeypatch.setattr("menet_design.verification.influence.probe", probe)
    assert cli(f"connectivity {designs} --prove").code == 0
    first, asked[:] = list(asked), []
    for command in re.findall("prove it: menet-design (.*)", cli(f"connectivity {designs}").stdout):
        assert cli(command).code == 0
    assert asked == first


# Proofs


def test_a_proof_in_json(cli):
    (result,) = results_of(cli, "connectivity 24-MENet-2x1/2 --resolution 32 --classes 5 --prove")
    assert types_of({key: value for key, value in result.items() if key != "proof"}) == NETWORK
    assert set(result["proof"]) == PROOF
    assert (result["proof"]["agrees"], result["proof"]["first_difference"]) == (True, None)
    # With fusion and without: 16 modules, chains of two from each downsampling module, all modules, and in each what
    # leads to the shuffle and what leads around it.
    modules = 12 * 24 + 3 * 24**2 + 24 * 48 + 7 * 48**2 + 48 * 96 + 3 * 96**2
    chains = 12 * 24 + 24 * 48 + 48 * 96 + 12 * 96
    shuffles = 6 * 12 + 3 * 6 * 24 + 12 * 24 + 7 * 12 * 48 + 24 * 48 + 3 * 24 * 96
    before = 12 * 6 + 3 * 24 * 6 + 24 * 12 + 7 * 48 * 12 + 48 * 24 + 3 * 96 * 24
    assert result["proof"]["pairs_compared"] == 2 * (modules + chains + before + shuffles)


@pytest.fixture
def dense_expand(monkeypatch):
    """A model whose convolution after the first shuffle with groups is not grouped."""
    from torch import nn

    from menet_design.models import build

    def build_broken(design):
        model = build(design)
        model.get_submodule("stage2.1.residual").expand = nn.Conv2d(9, 36, 1, bias=False)
        return model

    monkeypatch.setattr("menet_design.verification.influence.build", build_broken)


# By Fig. 1 the first group after the shuffle holds the first channel of each group before it: 0, 3 and 6.
DIFFERENCE = (
    "stage2.1.residual.compress to stage2.1.residual.expand without fusion: "
    "output channel 0 hears input channel 1 in the model, not in the bit-sets"
)


@pytest.mark.usefixtures("dense_expand")
def test_a_failed_proof_exits_with_1_and_names_the_first_pair(cli):
    result = cli(f"connectivity {NINE} --prove")
    assert (result.code, result.stderr) == (1, "")
    assert result.stdout.splitlines()[-1] == f"36-MENet-1×1 (g = 3): NOT proven. First difference: {DIFFERENCE}"


@pytest.fixture
def second_fails(monkeypatch):
    """A probe that finds a difference in designs of 3 groups only."""
    difference = "stage2.1: output channel 4 hears input channel 0 in the model, not in the bit-sets"

    def probe(design):
        first = difference if design.groups == 3 else None
        return SimpleNamespace(design=design, agrees=first is None, pairs=10, paths=2, first_difference=first)

    monkeypatch.setattr("menet_design.verification.influence.probe", probe)
    return difference


@pytest.mark.parametrize("form", ["table", "json", "csv", "tsv", "markdown", "latex"])
def test_no_form_hides_a_failed_proof(cli, second_fails, tmp_path, form):
    command = f"connectivity 24-MENet-2x1/2 36-MENet-1x1/3 --prove --format {form}"
    printed = cli(command)
    assert printed.code == 1
    if form == "json":
        proofs = [result["proof"] for result in json.loads(printed.stdout)["results"]]
        differences = [(proof["agrees"], proof["first_difference"]) for proof in proofs]
        assert differences == [(True, None), (False, second_fails)]
    elif form not in ("csv", "tsv"):
        verdicts = [line for line in printed.stdout.splitlines() if "proven" in line]
        assert [("NOT proven" in line, second_fails in line) for line in verdicts] == [(False, False), (True, True)]
    # An answer that is asked for is written whether the proof holds or not.
    assert cli(f"{command} --output", tmp_path / "answer") == (1, "", f"wrote {tmp_path / 'answer'}\n")
    assert (tmp_path / "answer").read_text(encoding="utf-8") == printed.stdout


@pytest.mark.usefixtures("second_fails")
@pytest.mark.parametrize("by", ["", "--by block", "--by pair", "--by group"])
def test_a_proof_takes_the_place_of_the_hint_by_any_grouping(cli, by):
    alone = cli(f"connectivity 24-MENet-2x1/2 {by} --prove")
    assert (alone.code, "prove it" in alone.stdout) == (0, False)
    assert "24-MENet-2×1 (g = 2): proven" in alone.stdout.splitlines()[-1]
    assert "prove it" in cli(f"connectivity 24-MENet-2x1/2 {by}").stdout


# Trained weights


@pytest.fixture(scope="module")
def measured():
    """The authors' weights, measured once on the images that the command line takes by itself."""
    from menet_design import parse
    from menet_design.verification.pictures import synthetic
    from menet_design.verification.trained import trained

    return trained(parse("108-MENet-8x1/3", resolution=32), AUTHORS, synthetic(32))


@pytest.fixture
def authors(cli, monkeypatch, measured):
    """Run connectivity with the authors' weights as they were measured."""
    monkeypatch.setattr("menet_design.verification.trained.trained", lambda *_, **__: measured)
    return lambda options="": cli(f"connectivity 108-MENet-8x1/3 --resolution 32 {options} --weights", AUTHORS)


@needs_data
def test_trained_weights_in_json_are_those_that_are_measured(authors, measured):
    (result,) = json.loads(authors("--format json").stdout)["results"]
    assert types_of(result) == NETWORK | {"trained": dict}
    found = result["trained"]
    assert set(found) == {"images", "blocks", "logits"}
    assert found["images"] == measured.images
    assert [block["name"] for block in found["blocks"]] == MODULES
    assert [ablation["name"] for ablation in found["logits"]] == ["frozen", "removed"]
    for block, expected in zip(found["blocks"], measured.blocks, strict=True):
        assert set(block) == {"name", "lost_channels", "listening", "gates", "logits"}
        # 27, 54 and 108 channels in 3 groups: the shuffle brings a third of them to each.
        assert block["lost_channels"] == pytest.approx(2 / 3)
        assert block["gates"] == pytest.approx(expected.gates._asdict())
        assert block["listening"]["energy"] == [pytest.approx(row) for row in expected.listening.energy]
        assert [sum(row) for row in block["listening"]["energy"]] == [pytest.approx(1)] * 3


@needs_data
@pytest.mark.parametrize("form", ["table", "markdown", "latex"])
@pytest.mark.parametrize("by", ["", "--by block", "--by group"])
def test_trained_weights_are_printed_for_people(authors, measured, by, form):
    printed = authors(f"{by} --format {form}")
    assert (printed.code, printed.stderr) == (0, "")
    lost = [block.listening.lost for block in measured.blocks]
    range_of_lost = f"{100 * min(lost):.1f} % to {100 * max(lost):.1f} %"
    assert f"108-MENet-8×1 (g = 3): {range_of_lost} of what a group hears" in printed.stdout
    assert "108-MENet-8x1-group-3.pth.tar, over 16 synthetic images" in printed.stdout
    assert "stage4.3" in printed.stdout
    if form == "latex":
        body = "\n".join(line for line in printed.stdout.splitlines() if not line.startswith("%"))
        assert body.isascii()  # pdflatex knows few other signs


@needs_data
@pytest.mark.parametrize("by", ["", "--by group"])
def test_what_is_measured_fits_into_80_columns(authors, by):
    assert [line for line in authors(by).stdout.splitlines() if len(line) > 80] == []


@needs_data
def test_trained_weights_in_separated_values(authors, measured):
    def run(command, *_):
        return authors(command.partition("--weights")[2])

    expected = [
        {
            "network": "108-MENet-8x1/3",
            "block": block.name,
            "lost_channels": str(block.lost_channels),
            "lost_energy": str(block.listening.lost),
            "fusion_energy": str(block.listening.fusion),
        }
        | {f"gate_{key}": str(value) for key, value in block.gates._asdict().items()}
        | {f"{ablation.name}_change": str(ablation.change) for ablation in block.alone}
        for block in measured.blocks
    ]
    assert rows_of(run, "--weights") == expected
    by_group = [
        {
            "network": "108-MENet-8x1/3",
            "block": block.name,
            "group": str(group),
            "of_group": str(of),
            "energy": str(block.listening.energy[group][of]),
            "linear_energy": str(block.listening.linear[group][of]),
        }
        for block in measured.blocks
        for group, row in enumerate(block.listening.energy)
        for of in range(len(row))
    ]
    assert rows_of(run, "--weights --by group") == by_group


@needs_data
@pytest.mark.parametrize("by", ["", "--by group"])
def test_what_is_measured_is_drawn(authors, tmp_path, by):
    assert authors(f"{by} --plot '{tmp_path / 'trained.svg'}'").code == 0
    drawn = (tmp_path / "trained.svg").read_text(encoding="utf-8")
    assert drawn.startswith("<?xml")
    # matplotlib notes each text that it draws in a comment.
    assert ("<!-- stage4.3 -->" if by else "<!-- 4.3 -->") in drawn


@pytest.fixture(scope="module")
def weights():
    from menet_design import build, parse

    return build(parse("36-MENet-1x1/3", classes=5)).state_dict()


@pytest.fixture
def pictures(tmp_path):
    from PIL import Image

    folder = tmp_path / "pictures"
    folder.mkdir()
    for index in range(2):
        Image.effect_noise((50 + 20 * index, 40), 60).save(folder / f"{index}.png")
    (folder / "notes.txt").write_text("junk beside pictures is left alone")
    return folder


@pytest.fixture
def measure(cli, tmp_path, pictures):
    """Write weights into a file and have connectivity measure them on two pictures."""

    def run(content, options="", design=NINE):
        import torch

        torch.save(content, tmp_path / "weights.pth")
        return cli(f"connectivity {design} {options} --images '{pictures}' --weights", tmp_path / "weights.pth")

    return run


def test_pictures_of_a_folder_are_what_is_measured_on(measure, weights, pictures):
    (result,) = json.loads(measure(weights, "--format json").stdout)["results"]
    assert result["trained"]["images"] == len(list(pictures.glob("*.png"))) == 2
    assert all(0 < block["gates"]["mean"] < 1 for block in result["trained"]["blocks"])


def test_a_single_picture_is_no_plural(measure, weights, pictures):
    (pictures / "1.png").unlink()
    assert "over 1 picture of pictures\n" in measure(weights).stdout


def check_error(result, says: str) -> None:
    assert (result.code, result.stdout) == (2, "")
    (line,) = result.stderr.splitlines()
    assert line.startswith("error: ")
    assert says in line


def large() -> bytes:
    from PIL import Image

    saved = io.BytesIO()
    Image.new("1", (100, 100)).save(saved, "png")
    return saved.getvalue()


BAD_PICTURES = {
    "text": lambda path: path.write_text("no picture"),
    "a folder": lambda path: path.mkdir(),
    "a bomb": lambda path: path.write_bytes(large()),
}


@pytest.mark.parametrize("spoil", BAD_PICTURES.values(), ids=BAD_PICTURES)
def test_a_picture_that_cannot_be_read_is_named(measure, weights, pictures, monkeypatch, spoil):
    monkeypatch.setattr("PIL.Image.MAX_IMAGE_PIXELS", 70 * 40)  # Pillow refuses more than twice as many
    spoil(pictures / "bad.png")
    result = measure(weights)
    check_error(result, "bad.png")
    assert "Errno" not in result.stderr


def test_images_that_are_no_folder_of_pictures_are_an_error(cli, pictures):
    command = f"connectivity {NINE} --weights any.pth --images"
    check_error(cli(command, pictures / "nowhere"), "there is no folder")
    for path in pictures.glob("*.png"):
        path.unlink()
    check_error(cli(command, pictures), "holds no pictures. Give a folder of .jpg or .png files")


def test_a_picture_in_the_place_of_a_folder_is_not_said_to_be_missing(cli, pictures):
    result = cli(f"connectivity {NINE} --weights any.pth --images", pictures / "0.png")
    check_error(result, "0.png")
    assert "there is no" not in result.stderr


@pytest.mark.parametrize("options", ["", "--by group --format json"])
def test_weights_that_do_not_fit_are_an_error_and_draw_nothing(measure, weights, tmp_path, options):
    options = f"{options} --plot '{tmp_path / 'figure.svg'}'"
    check_error(measure(weights, options, "24-MENet-2x1/2 --classes 5"), "does not fit the design")
    assert not (tmp_path / "figure.svg").exists()


@pytest.mark.parametrize(("number", "form"), [(0, "json"), (float("nan"), "table")])
def test_weights_that_give_no_numbers_give_no_nonsense(measure, weights, number, form):
    """Zeros have no energy to share out; NaN is no number, and no JSON either."""
    spoilt = {key: value * number if value.is_floating_point() else value for key, value in weights.items()}
    printed = measure(spoilt, f"--format {form}").stdout
    assert re.findall(r"\b(?:nan|inf|NaN|Infinity)\b", printed) == []


@pytest.fixture(scope="module")
def without_groups():
    from menet_design import build, parse

    return build(parse("24-MENet-2x1/1", classes=5)).state_dict()


@pytest.mark.parametrize("options", ["", "--by group"])
def test_without_groups_weights_are_measured_and_drawn_too(measure, without_groups, tmp_path, options):
    drawn = f"--plot '{tmp_path / 'figure.svg'}'"
    result = measure(without_groups, f"{options} {drawn}", "24-MENet-2x1/1 --resolution 32 --classes 5")
    assert result.code in (0, 2)
    if result.code == 2:
        check_error(result, "group")
    else:
        assert (tmp_path / "figure.svg").read_text(encoding="utf-8").startswith("<?xml")


# Files


def test_the_figure_is_written_beside_the_answer(cli, tmp_path):
    files = tmp_path / "connections.svg", tmp_path / "answer.json"
    result = cli("connectivity 36-MENet-1x1/3 --format json --plot", files[0], "--output", files[1])
    assert result == (0, "", f"wrote {files[1]}\n")
    drawn = files[0].read_text(encoding="utf-8")
    # Fig. 1: of 27 pairs of different groups, the shuffle keeps 9.
    assert [title for title in ("0 of 27", "9 of 27", "27 of 27") if f"{title} -->" not in drawn] == []
    assert json.loads(files[1].read_text())["results"][0]["blocks"][1]["kept"] == 9


@pytest.mark.parametrize("link", [False, True])
def test_the_figure_and_the_answer_cannot_be_one_file(cli, tmp_path, link):
    figure = answer = tmp_path / "one.svg"
    if link:
        answer = tmp_path / "other.txt"
        answer.symlink_to(figure)
    check_error(cli("connectivity 36-MENet-1x1/3 --plot", figure, "--output", answer), "Give two names")
    assert not figure.exists()


@pytest.mark.parametrize("existing", ["figure.svg", "answer.txt"])
def test_existing_files_are_refused_before_any_work_and_left_alone(cli, tmp_path, monkeypatch, existing):
    monkeypatch.setattr("menet_design.verification.influence.probe", lambda _: pytest.fail("the proof was begun"))
    (tmp_path / existing).write_text("mine")
    files = "--plot", tmp_path / "figure.svg", "--output", tmp_path / "answer.txt"
    check_error(cli("connectivity 36-MENet-1x1/3 --prove", *files), "--force")
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {existing: "mine"}


def test_force_replaces_both_files(cli, tmp_path):
    files = [tmp_path / "figure.svg", tmp_path / "answer.txt"]
    for file in files:
        file.write_text("before")
    assert cli("connectivity 36-MENet-1x1/3 --force --plot", files[0], "--output", files[1]).code == 0
    assert [file.read_text(encoding="utf-8")[:5] for file in files] == ["<?xml", "36-ME"]


def test_an_answer_that_cannot_be_written_after_all_leaves_nothing_half_written(cli, tmp_path, monkeypatch):
    answer, figure = tmp_path / "answer.txt", tmp_path / "figure.svg"
    answer.write_text("mine")
    replace = Path.replace

    def replaced(self: Path, target: Path) -> Path:
        if Path(target).name == "answer.txt":
            raise PermissionError(13, "Permission denied")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", replaced)
    check_error(cli("connectivity 36-MENet-1x1/3 --force --plot", figure, "--output", answer), "Permission denied")
    assert answer.read_text() == "mine"
    assert {path.name for path in tmp_path.iterdir()} <= {"answer.txt", "figure.svg"}
    assert not figure.exists() or figure.read_text(encoding="utf-8").rstrip().endswith("</svg>")


def test_a_figure_that_cannot_be_drawn_leaves_nothing(cli, tmp_path, monkeypatch):
    from matplotlib.figure import Figure

    def full(self: Figure, file: Path, **_: object) -> None:
        file.write_bytes(b"half of ")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Figure, "savefig", full)
    files = "--plot", tmp_path / "figure.svg", "--output", tmp_path / "answer.txt"
    check_error(cli("connectivity 36-MENet-1x1/3", *files), "No space left on device")
    assert list(tmp_path.iterdir()) == []
