"""`budget --neighbours`: published networks beside the design, with quoted accuracies and never one of the design."""

import pytest
from answers import results_of, rows_of

from menet_design import count, families

# The networks of Tables II, IV and VII next to 144.28 MFLOPs, with their top-1 and top-5 accuracies.
NEXT_TO_144 = {
    "144-Xception-15": (64.9, None, "Table II"),
    "96-ResNeXt-15": (65.7, None, "Table II"),
    "96-ResNet-15": (61.3, None, "Table II"),
    "228-MENet-12x1/3": (66.43, 86.72, "Table IV"),
    "228-MENet-12x1-add/3": (66.27, 86.25, "Table VII"),
    "352-MENet-12x1/8": (66.69, 86.92, "Table IV"),
}
COMMAND = "budget 140 --groups 8 --neighbours"


def result_of(cli, command):
    (result,) = results_of(cli, command)
    return result


def test_neighbours_in_json_are_quoted(cli):
    found = result_of(cli, COMMAND)["neighbours"]
    assert {each["network"]: (each["top1"], each["top5"], each["source"]) for each in found} == NEXT_TO_144
    assert {each["dataset"] for each in found} == {"ILSVRC 2012"}


def test_no_accuracy_is_given_to_the_design(cli):
    for command in (COMMAND, "budget 141 --groups 3 --fusion 13 --neighbours"):
        result = result_of(cli, command)
        assert all("top1" not in result[side] for side in ("choice", "under", "over"))
        (row,) = (line for line in cli(command).stdout.splitlines() if "← designed" in line)
        assert len(row.split("← designed")[0].split()) == 4  # name, MFLOPs and the deviation, "+3.1 %"


@pytest.mark.parametrize(
    "command", ["budget 40 --groups 3", "budget 300 --groups 4", "budget 60 --family shufflenet -g 3"]
)
def test_no_other_published_network_is_nearer(cli, command):
    result = result_of(cli, f"{command} --neighbours")
    macs = result["choice"]["macs"]
    shown = [abs(each["macs"] - macs) for each in result["neighbours"]]
    every = sorted(
        abs(count(design).macs - macs)
        for design, figures in families.published()
        if design.classes == 1000 and any(figure.top1 for figure in figures)
    )
    assert sorted(shown) == every[: len(shown)]


def test_accuracies_are_those_on_data_of_as_many_classes(cli):
    command = "budget 5 --groups 3 --resolution 32 --classes 10 --neighbours"
    assert {each["dataset"] for each in result_of(cli, command)["neighbours"]} == {"CIFAR-10"}
    command = "budget 0.4 --family effnet --classes 43 --neighbours"
    assert {each["dataset"] for each in result_of(cli, command)["neighbours"]} == {"GTSRB"}


def test_neighbours_are_counted_as_the_design_is(cli):
    result = result_of(cli, "budget 150 --groups 3 --convention fvcore --neighbours")
    (same,) = (each for each in result["neighbours"] if each["network"] == result["choice"]["network"])
    assert same["convention"] == "fvcore"
    assert same["macs"] == result["choice"]["macs"]


def test_people_read_one_table_of_80_columns_in_the_order_of_mflops(cli):
    printed = cli("budget 140 --groups 3,4,8 --neighbours").stdout
    assert [line for line in printed.splitlines() if len(line) > 80 and ": menet-design " not in line] == []
    body = printed.split("\n\n")[1].splitlines()[1:]
    assert len(set(body)) == len(body)
    amounts = [float(line.split()[1]) for line in body]
    assert amounts == sorted(amounts)
    assert printed.count("← designed") == 3
    assert "quoted" in printed


def test_csv_has_them_below_the_choice_only_if_asked_for(cli):
    rows = rows_of(cli, COMMAND)
    assert [row["side"] for row in rows] == ["choice", "under", "over", *["neighbour"] * len(NEXT_TO_144)]
    assert [row["top1"] for row in rows[:3]] == [""] * 3
    quoted = {row["network"]: (row["top1"], row["top5"], row["source"]) for row in rows[3:]}
    assert quoted == {name: (str(top1), str(top5 or ""), source) for name, (top1, top5, source) in NEXT_TO_144.items()}
    plain = cli("budget 140 --groups 8 --format csv").stdout
    assert "top1" not in plain
    assert "neighbours" not in result_of(cli, "budget 140 --groups 8")


def test_neighbours_of_a_budget_in_parameters_are_near_in_parameters(cli):
    result = result_of(cli, "budget 1.3 --metric params --family mobilenet --neighbours")
    params = result["choice"]["params"]
    shown = [each["params"] for each in result["neighbours"]]
    assert shown == sorted(shown)
    every = [
        count(design).params
        for design, figures in families.published()
        if design.classes == 1000 and any(figure.top1 for figure in figures) and design.family != "sepnet"
    ]
    assert sorted(abs(each - params) for each in shown) == sorted(abs(each - params) for each in every)[: len(shown)]


def test_a_reconstruction_has_no_accuracy(cli):
    found = result_of(cli, "budget 840 --groups 3 --neighbours")["neighbours"]
    assert "SEP-Net" not in {each["network"] for each in found}


def test_all_accuracies_are_on_the_data_of_the_nearest_network(cli):
    command = "budget 5 --family effnet --neighbours"
    assert {each["dataset"] for each in result_of(cli, command)["neighbours"]} == {"CIFAR-10"}
    assert "quoted, on CIFAR-10;" in cli(command).stdout
