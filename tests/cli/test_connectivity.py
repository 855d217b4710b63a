"""What `connectivity` answers: the JSON contract, forms that agree, proofs, files."""

import json
import re
from itertools import combinations

import pytest
from answers import check_error, results_of, rows_of, text

from menet_design import network

TABLE_I = "228-MENet-12x1/3 256-MENet-12x1/4 352-MENet-12x1/8"
# 9 channels and 3 groups in stage 2, as in Fig. 1; few classes and few pixels cost little time.
NINE = "36-MENet-1x1/3 --resolution 32 --classes 5"

# The contract of the JSON output.
NETWORK = {"network": str, "mixing_depth": int, "shares": dict, "blocks": list}
PRICES = {"macs_per_recovered": float, "params_per_recovered": float}
BLOCK = {"name": str, "pairs": list, **PRICES, "mixing_depth": int, "shares": dict}
PAIR = {
    "first": str,
    "second": str,
    "groups": int,
    "channels": int,
    "possible": int,
    "kept": int,
    "loss_ratio": float,
    "exact_loss_ratio": float,
    "without_shuffle": int,
    "with_branch": int,
}
SHARES = dict.fromkeys(("connected", "linear", "gated", "without_shuffle", "without_branch", "without_both"), float)
# Table I: modules of stages 2 to 4, the downsampling one included.
MODULES = [f"stage{stage}.{index}" for stage, modules in ((2, 4), (3, 8), (4, 4)) for index in range(modules)]


def types_of(entry):
    return {key: type(value) for key, value in entry.items()}


def block_of(cli, design, name):
    (result,) = results_of(cli, f"connectivity {design}")
    return next(block for block in result["blocks"] if block["name"] == name)


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
        assert types_of(first) == BLOCK | dict.fromkeys(PRICES, type(None))
        assert [types_of(block) for block in others] == [BLOCK] * 15
        assert [list(map(types_of, block["pairs"])) for block in result["blocks"]] == [[PAIR]] * 16
        assert [types_of(block["shares"]) for block in result["blocks"]] == [SHARES] * 16


# 88 channels in 8 groups of 11: after the shuffle each group holds two channels of three groups and one of five. 57 in
# 3 groups of 19: seven channels of one group, six of the two others. Pairs across groups are squares less squares,
# halved.
KEPT = {"352-MENet-12x1/8": 8 * (11**2 - 3 * 2**2 - 5) // 2, "228-MENet-12x1/3": 3 * (19**2 - 7**2 - 2 * 6**2) // 2}


@pytest.mark.parametrize(("design", "channels", "groups"), [("352-MENet-12x1/8", 88, 8), ("228-MENet-12x1/3", 57, 3)])
def test_the_convolutions_around_a_shuffle_are_as_counted_by_hand(cli, design, channels, groups):
    block, possible = block_of(cli, design, "stage2.1"), channels * (channels - channels // groups) // 2
    (pair,) = block["pairs"]
    # The fusion branch: 1×1 to 12 channels, 3×3 among them, 1×1 back; a batch norm has two parameters a channel.
    weights, recovered = channels * 12 + 9 * 12 * 12 + 12 * channels, possible - KEPT[design]
    assert pair == {
        "first": "residual.compress",
        "second": "residual.expand",
        "groups": groups,
        "channels": channels,
        "possible": possible,
        "kept": KEPT[design],
        "loss_ratio": (groups - 1) / groups,
        "exact_loss_ratio": pytest.approx(1 - KEPT[design] / possible, rel=1e-14),
        "without_shuffle": 0,
        "with_branch": possible,
    }
    assert block["macs_per_recovered"] == pytest.approx(28**2 * weights / recovered, rel=1e-14)
    assert block["params_per_recovered"] == pytest.approx((weights + 2 * (12 + 12 + channels)) / recovered, rel=1e-14)


def test_the_cost_follows_the_stride(cli):
    # Merging at 28×28, the strided 3×3 and matching at 14×14. 176 in 8 groups of 22: three channels of six groups,
    # two of two.
    block = block_of(cli, "352-MENet-12x1/8", "stage3.0")
    recovered = 176 * 154 // 2 - 8 * (22**2 - 6 * 3**2 - 2 * 2**2) // 2
    macs = 28**2 * 176 * 12 + 14**2 * (9 * 12 * 12 + 12 * 176)
    assert block["macs_per_recovered"] == pytest.approx(macs / recovered, rel=1e-14)


# In the order of SHARES.
SHARES_BY_HAND = {
    # All but 24 of the 352 outputs depend on all 24 inputs, the others on the one that is concatenated; the compress
    # convolution is not grouped, so neither shuffle nor fusion makes a difference.
    "stage2.0": (329 / 352, 329 / 352, 328 / 352, 329 / 352, 329 / 352, 329 / 352),
    # Eight groups that stay apart depend on an eighth.
    "stage2.1": (1, 1, 1, 1, 1, 1 / 8),
    # Half of the 704 outputs are the 352 inputs, each of which depends on itself; a group of inputs has 44.
    "stage3.0": (353 / 704, 353 / 704, 1 / 2, 353 / 704, 353 / 704, (44 + 1) / 704),
}


@pytest.mark.parametrize("name", SHARES_BY_HAND)
def test_shares_of_connected_pairs_are_as_counted_by_hand(cli, name):
    block = block_of(cli, "352-MENet-12x1/8", name)
    assert list(block["shares"]) == list(SHARES)
    assert tuple(block["shares"].values()) == pytest.approx(SHARES_BY_HAND[name], rel=1e-14)
    # What is concatenated depends on itself only, until the next module mixes it.
    assert block["mixing_depth"] == (2 if name.endswith(".0") else 1)


def shuffled_groups(channels, groups):
    """The channels in each group after the shuffle: Fig. 1, channels dealt out group by group."""
    size = channels // groups
    dealt = [group * size + index for index in range(size) for group in range(groups)]
    return [dealt[start : start + size] for start in range(0, channels, size)]


@pytest.mark.parametrize("design", ["36-MENet-1x1/3", "48-MENet-2x1/4", "60-MENet-2x1/5"])
def test_every_module_is_as_counted_pair_by_pair(cli, design):
    (result,) = results_of(cli, f"connectivity {design} --by group")
    for pair in (pair for block in result["blocks"][1:] for pair in block["pairs"]):
        channels, groups, size = pair["channels"], pair["groups"], pair["channels"] // pair["groups"]
        dealt = shuffled_groups(channels, groups)
        met = {two for group in dealt for two in combinations(group, 2) if two[0] // size != two[1] // size}
        possible = [two for two in combinations(range(channels), 2) if two[0] // size != two[1] // size]
        assert (pair["kept"], pair["possible"]) == (len(met), len(possible))
        assert pair["sources"] == {
            "kept": [[sum(channel // size == of for channel in group) for of in range(groups)] for group in dealt],
            "without_shuffle": [[size * (of == group) for of in range(groups)] for group in range(groups)],
            "with_branch": [[size] * groups] * groups,
        }


# Forms that agree


@pytest.mark.parametrize("by", ["", "--by block", "--by pair"])
@pytest.mark.parametrize("designs", ["352-MENet-12x1/8 24-MENet-2x1/1", "VGG-16"])
def test_separated_values_are_the_pairs_and_blocks_of_the_json(cli, designs, by):
    command = f"connectivity {designs} {by}"
    expected = [
        {"network": result["network"], "name": block["name"]}
        | {key: text(value) for key, value in pair.items()}
        | {key: text(value) for key, value in block.items() if key not in ("name", "pairs", "shares")}
        | {f"share_{key}": text(share) for key, share in block["shares"].items()}
        for result in results_of(cli, command)
        for block in result["blocks"]
        for pair in block["pairs"] or [dict.fromkeys(PAIR)]
    ]
    assert rows_of(cli, command) == expected


def test_groups_in_separated_values_are_those_of_the_json(cli):
    command = "connectivity 36-MENet-1x1/3 24-MENet-2x1/1 --by group"
    expected = [
        {
            "network": result["network"],
            "block": block["name"],
            "first": pair["first"],
            "second": pair["second"],
            "group": str(group),
            "of_group": str(of),
            "channels": str(pair["channels"] // pair["groups"]),
        }
        | {name: str(matrix[group][of]) for name, matrix in pair["sources"].items()}
        for result in results_of(cli, command)
        for block in result["blocks"]
        for pair in block["pairs"]
        for group in range(len(pair["sources"]["kept"]))
        for of in range(pair["groups"])
    ]
    assert rows_of(cli, command) == expected


def table_rows(printed, start):
    """The cells of the lines of a plain table that begin with something."""
    return [re.split(r"\s{2,}", line) for line in printed.splitlines() if re.match(start, line)]


def test_several_designs_in_total_are_the_sums_of_their_pairs(cli):
    command = f"connectivity {TABLE_I} --by network"
    rows = table_rows(cli(command).stdout, r"\d+-MENet")
    for row, result in zip(rows, results_of(cli, command), strict=True):
        pairs = [pair for block in result["blocks"] for pair in block["pairs"]]
        possible, kept, joined = (sum(pair[key] for pair in pairs) for key in ("possible", "kept", "with_branch"))
        assert row[:5] == [result["network"], str(result["mixing_depth"]), f"{possible:,}", f"{kept:,}", f"{joined:,}"]
        assert row[5] == f"{100 * (possible - kept) / possible:.1f} %"


# Columns of a table, which the notes below explain. Side by side, designs show one figure each.
COLUMNS = {
    "352-MENet-12x1/8": ["connected"],
    TABLE_I: ["depth"],
    "352-MENet-12x1/8 --by block": ["linear", "gating", "no shuffle", "no fusion", "neither", "depth"],
    "352-MENet-12x1/8 --by pair": ["N_total", "kept", "fusion", "lost", "counted", "MACs", "params"],
    f"{TABLE_I} --by network": ["depth", "N_total", "kept", "fusion", "counted", "MACs", "params"],
    "ShuffleNet-1x/3 --by block": ["linear", "gating", "depth"],
    "ShuffleNet-1x/3 --by pair": ["N_total", "kept", "lost", "counted"],
    f"{TABLE_I} --by block": [],
    f"{TABLE_I} --by pair": [],
}
EVERY_COLUMN = {*COLUMNS["352-MENet-12x1/8 --by block"], *COLUMNS["352-MENet-12x1/8 --by pair"]}


@pytest.mark.parametrize("command", COLUMNS)
def test_notes_explain_the_columns_that_are_there_and_no_others(cli, command):
    *_, table, notes = cli(f"connectivity {command}").stdout.split("\n\n")
    header, explained = table.splitlines()[0], re.split("in full|prove it", notes)[0].replace("parameters", "params")
    assert [column for column in COLUMNS[command] if column not in header] == []
    assert [column for column in COLUMNS[command] if not re.search(rf"\b{column}\b", explained)] == []
    assert [column for column in EVERY_COLUMN - {*COLUMNS[command]} if f"{column}: " in explained] == []


@pytest.mark.parametrize("form", ["table", "markdown", "latex"])
@pytest.mark.parametrize("command", ["24-MENet-2x1/1 --by group", "24-MENet-2x1/1 28-MENet-2x1/1 --by pair"])
def test_without_groups_there_is_nothing_to_lose_and_it_is_said(cli, command, form):
    printed = cli(f"connectivity {command} --format {form}")
    assert printed.code == 0
    assert "no shuffle stands between group convolutions" in printed.stdout.replace("\n%", "")


# Proofs


def test_a_proof_in_json(cli):
    (result,) = results_of(cli, "connectivity 24-MENet-2x1/2 --resolution 32 --classes 5 --prove")
    assert types_of(result) == NETWORK | {"proof": dict}
    # With fusion and without: 16 modules, chains of two from each downsampling module, all modules, and in each what
    # leads to the shuffle and what leads around it.
    modules = 12 * 24 + 3 * 24**2 + 24 * 48 + 7 * 48**2 + 48 * 96 + 3 * 96**2
    chains = 12 * 24 + 24 * 48 + 48 * 96 + 12 * 96
    shuffles = 6 * 12 + 3 * 6 * 24 + 12 * 24 + 7 * 12 * 48 + 24 * 48 + 3 * 24 * 96
    before = 12 * 6 + 3 * 24 * 6 + 24 * 12 + 7 * 48 * 12 + 48 * 24 + 3 * 96 * 24
    compared = 2 * (modules + chains + before + shuffles)
    assert result["proof"] == {"agrees": True, "pairs_compared": compared, "first_mismatch": None}


def test_a_failed_proof_exits_with_1_and_names_the_first_pair(cli, monkeypatch):
    """A model whose convolution after the first shuffle with groups is not grouped."""
    from torch import nn

    from menet_design.models import build

    def build_broken(design):
        model = build(design)
        model.get_submodule("stage2.1.residual").expand = nn.Conv2d(9, 36, 1, bias=False)
        return model

    monkeypatch.setattr("menet_design.verification.gradients.build", build_broken)
    result = cli(f"connectivity {NINE} --prove")
    assert (result.code, result.stderr) == (1, "")
    # By Fig. 1 the first group after the shuffle holds the first channel of each group before it: 0, 3 and 6.
    assert " ".join(result.stdout.split()).endswith(
        "36-MENet-1×1 (g = 3), 32×32, 5 classes: NOT proven. First mismatch: "
        "stage2.1.residual.compress to stage2.1.residual.expand without fusion: "
        "output channel 0 depends on input channel 1 in the model, not in the bit-sets"
    )


@pytest.fixture
def probed(monkeypatch):
    """The designs of which a proof was asked for; that of designs of 3 groups fails."""
    from menet_design.verification.gradients import Mismatch, Probe

    asked = []

    def probe(design):
        asked.append(design)
        return Probe(network(design), 2, 10, Mismatch("stage2.1", 4, 0, True) if design.groups == 3 else None)

    monkeypatch.setattr("menet_design.verification.gradients.probe", probe)
    return asked


@pytest.mark.parametrize("form", ["table", "json", "csv", "tsv", "markdown", "latex"])
def test_no_form_hides_a_failed_proof(cli, probed, tmp_path, form):
    command = f"connectivity 24-MENet-2x1/2 36-MENet-1x1/3 --prove --format {form}"
    printed = cli(command)
    assert (printed.code, len(probed)) == (1, 2)
    mismatch = "stage2.1: output channel 4 depends on input channel 0 in the model, not in the bit-sets"
    if form == "json":
        proofs = [result["proof"] for result in json.loads(printed.stdout)["results"]]
        assert [(proof["agrees"], proof["first_mismatch"]) for proof in proofs] == [(True, None), (False, mismatch)]
    elif form in ("csv", "tsv"):
        assert mismatch in printed.stdout
    else:
        said = re.sub(r"\n(% )?", " ", printed.stdout)
        assert (said.count("proven"), f"NOT proven. First mismatch: {mismatch}" in said) == (2, True)
    # An answer that is asked for is written whether the proof holds or not.
    assert cli(f"{command} --output", tmp_path / "answer") == (1, "", f"wrote {tmp_path / 'answer'}\n")
    assert (tmp_path / "answer").read_text(encoding="utf-8") == printed.stdout


@pytest.mark.parametrize("designs", ["'224-MENet-9x(4/3)/4'", "40-MENet-1x1/2 24-MENet-2x1-add/2 --stem 6 --classes 9"])
def test_the_next_command_is_one_to_paste(cli, probed, designs):
    assert cli(f"connectivity {designs} --prove").code == 0
    first, probed[:] = list(probed), []
    for command in re.findall("prove it: menet-design (.*)", cli(f"connectivity {designs}").stdout):
        assert cli(command).code == 0
    assert probed == first


# Files


def test_the_figure_is_written_beside_the_answer(cli, tmp_path):
    files = tmp_path / "connections.svg", tmp_path / "answer.json"
    result = cli("connectivity 36-MENet-1x1/3 --format json --plot", files[0], "--output", files[1])
    assert result == (0, "", f"wrote {files[1]}\n")
    drawn = files[0].read_text(encoding="utf-8")
    # Fig. 1: of 27 pairs of different groups, the shuffle keeps 9.
    assert [title for title in ("0 of 27", "9 of 27", "27 of 27") if f">{title}<" not in drawn] == []
    assert json.loads(files[1].read_text())["results"][0]["blocks"][1]["pairs"][0]["kept"] == 9
    # Both are replaced where that is asked for.
    for file in files:
        file.write_text("before")
    assert cli("connectivity 36-MENet-1x1/3 --force --plot", files[0], "--output", files[1]).code == 0
    assert [file.read_text(encoding="utf-8")[:5] for file in files] == ["<?xml", '{\n  "']


def test_the_figure_and_the_answer_cannot_be_one_file(cli, tmp_path):
    figure, answer = tmp_path / "one.svg", tmp_path / "other.txt"
    answer.symlink_to(figure)
    check_error(cli("connectivity 36-MENet-1x1/3 --plot", figure, "--output", answer), "Give two names")
    assert not figure.exists()


@pytest.mark.parametrize("existing", ["figure.svg", "answer.txt"])
def test_existing_files_are_refused_before_any_work_and_left_alone(cli, probed, tmp_path, existing):
    (tmp_path / existing).write_text("mine")
    files = "--plot", tmp_path / "figure.svg", "--output", tmp_path / "answer.txt"
    check_error(cli("connectivity 36-MENet-1x1/3 --prove", *files), "--force")
    assert probed == []
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {existing: "mine"}
