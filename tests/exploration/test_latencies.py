"""Searches by measured latency: designs that a table has, a fit for the others, and tables that are none."""

import json
from fractions import Fraction

import pytest

from menet_design import DesignError, count, network, parse, search
from menet_design.analysis.latency_fit import Terms, terms
from menet_design.exploration.asking import ask
from menet_design.exploration.found import search_all
from menet_design.exploration.latencies import read
from menet_design.exploration.regions import region
from menet_design.exploration.shards import Shard, merge, written
from menet_design.report import searches

SPACE = {"groups": "1-4", "width": "24-72", "stem": 12, "fusion": "4,8", "resolution": 32}
NAMES = ["24-MENet-4x1/2", "32-MENet-8x1/2", "48-MENet-4x1/4", "48-MENet-8x1/3", "64-MENet-8x1/4", "60-MENet-8x1/3"]
NAMES += ["36-MENet-4x1/1", "72-MENet-4x1/2"]
UNDER = {"engine": "onnxruntime", "threads": 1, "batch": 1, "channels_last": False, "precision": "float32"}
HEADER = "network,family,resolution,stem,macs,ms,ms_q1,ms_q3," + ",".join(UNDER)

EACH = Terms(operations=5e-6, macs=3e-11, bytes=6e-11)


def row(name, ms, resolution=32, stem=12, **under):
    family = "menet" if "MENet" in name else "other"
    cells = [name, family, resolution, stem, 10**6, ms, ms, ms, *{**UNDER, **under}.values()]
    return ",".join(map(str, cells))


@pytest.fixture
def table(tmp_path):
    """Writes rows to a table."""

    def write(*rows):
        path = tmp_path / "measured.csv"
        path.write_text("\n".join([HEADER, *rows]) + "\n")
        return path

    return write


def seconds(design):
    """What a design would take if terms added up exactly."""
    return sum(a * b for a, b in zip(EACH, terms(network(design), fused=True), strict=True))


def test_designs_that_the_table_has_are_within_the_limit(table):
    others = [row("24-MENet-4x1/2", 1, resolution=64), row("48-MENet-12x1/3", 1), row("timm:resnet18", 1)]
    path = table(*(row(name, index + 1) for index, name in enumerate(NAMES)), *others)
    found = search(**SPACE, latencies=path, max_latency="5ms", minimise="latency")
    assert [design.name for design in found.designs] == NAMES[:5]
    assert [each.values["latency"] for each in found.fitting] == [Fraction(place, 1000) for place in range(1, 6)]
    assert (found.feasible, found.measured, found.latencies.conditions["engine"]) == (5, len(NAMES), "onnxruntime")
    macs = {name: count(name, resolution=32, stem=12).macs for name in NAMES[:5]}
    second = sorted(macs, key=macs.get)[1]
    largest = search(**SPACE, latencies=path, max_latency=0.005, max_macs=macs[second])
    assert (largest.feasible, largest.designs[0].name) == (2, second)


def test_a_stem_or_a_batch_of_its_own_is_another_design(table):
    path = table(row("48-MENet-8x1/3", 1, stem=24))
    assert search(**SPACE, latencies=path, minimise="latency").designs == ()
    found = search(**{**SPACE, "stem": 24}, latencies=path, minimise="latency")
    assert found.designs == (parse("48-MENet-8x1/3", stem=24, resolution=32),)


def test_where_no_measured_design_fits_it_is_said_by_how_much(table):
    path = table(*(row(name, index + 2) for index, name in enumerate(NAMES)))
    (binding,) = search(**SPACE, latencies=path, max_latency="1ms").binding
    assert (binding.constraint.name, binding.needed, binding.design.name) == (
        "max_latency",
        Fraction(2, 1000),
        NAMES[0],
    )


def test_an_exact_fit_ranks_all_designs(table):
    designs = [parse(name, resolution=32, stem=12) for name in NAMES]
    path = table(*(row(design.name, repr(1e3 * seconds(design))) for design in designs))
    found = search(**SPACE, latencies=path, fit_latency=True, minimise="latency", every=True)
    everything = search(**SPACE, every=True).designs
    assert list(found.designs) == sorted(everything, key=seconds)
    assert found.latencies.fit.largest_error < 1e-6
    limit = seconds(found.designs[len(everything) // 2]) * (1 + 1e-6)
    within = search(**SPACE, latencies=path, fit_latency=True, max_latency=limit, every=True)
    assert within.feasible == len(everything) // 2 + 1
    assert [each for each in within.designs if not within.is_fitted(each)] == [
        each for each in within.designs if each in designs
    ]


def test_every_answer_by_a_fit_says_its_error_and_marks_what_is_fitted(table):
    ms = [1, 2, 3, 4, 5, 6, 7, 9]
    path = table(*(row(name, value) for name, value in zip(NAMES, ms, strict=True)))
    found = search(**SPACE, latencies=path, fit_latency=True, max_latency="4ms", minimise="latency", top=3)
    fit = found.latencies.fit
    text = " ".join(str(found).split())
    errors = f"{100 * fit.median_error:.1f} % in the median and {100 * fit.largest_error:.1f} % at most"
    assert (
        f"of each of its 8 designs of 0.25 to 0.78 MFLOPs, held out, the fit to the others is off by {errors}" in text
    )
    assert f"measured.csv, which has 8 of the {found.legal} legal designs; ≈: by a fit to it" in text
    assert "measured with onnxruntime, threads 1, batch 1, float32" in text
    (result,) = searches.search(found).results
    assert [each["fitted"] for each in result["designs"]] == [each.name not in NAMES for each in found.designs]
    assert result["latencies"]["fit"]["largest_error"] == fit.largest_error


def test_the_shards_of_a_search_know_its_table(table, tmp_path):
    path = table(*(row(name, index + 1) for index, name in enumerate(NAMES)))
    asked = {**SPACE, "latencies": str(path), "minimise": "latency"}
    parts = [tmp_path / f"{place}.json" for place in (1, 2)]
    for place, part in enumerate(parts, 1):
        question = ask(**asked)
        *_, found = search_all(question, 1, Shard(place, 2).range(question))
        part.write_text(written(asked, found, Shard(place, 2)))
    assert merge(parts).to_dict() == search(**asked).to_dict()
    table(*(row(name, index + 2) for index, name in enumerate(NAMES)))
    with pytest.raises(DesignError, match="is of another search than it says"):
        merge(parts)


TABLES = {
    "row 3 of measured.csv was measured with threads 2, row 2 of measured.csv with 1. Give a table of": {"threads": 2},
    "row 3 of measured.csv was measured with engine eager, row 2": {"engine": "eager"},
    "row 3 of measured.csv was measured with batch 8, row 2": {"batch": 8},
    "row 3 of measured.csv: 48-MENet-8x1/3, 32×32 stands in the table twice": {},
    "row 3 of measured.csv: resolution 8 is too small": {"resolution": 8},
}


@pytest.mark.parametrize(("message", "under"), TABLES.items())
def test_a_table_of_two_kinds_is_refused(table, message, under):
    path = table(row("48-MENet-8x1/3", 1), row("48-MENet-8x1/3", 1, **under))
    with pytest.raises(DesignError) as error:
        read(path)
    assert message in str(error.value)


def test_what_is_no_table_of_designs_is_refused(table):
    with pytest.raises(DesignError, match=r"measured.csv has no built-in design. Write one: menet-design latency"):
        read(table(row("timm:resnet18", 1)))
    with pytest.raises(DesignError, match="is not a whole number from 1 to"):
        read(table(row("48-MENet-8x1/3", 1, batch="many")))
    with pytest.raises(DesignError, match="precision 'float8' is not known"):
        read(table(row("48-MENet-8x1/3", 1, precision="float8"))).fitted()
    with pytest.raises(DesignError, match=r"row 2 of measured\.csv has no ms"):
        read(table(row("48-MENet-8x1/3", "")))


REFUSED = {
    "latency is measured, not counted. Give a table": {"max_latency": "2ms"},
    "latencies are for a limit on latency, or a goal": {"latencies": True},
    "there is nothing to fit latency to": {"fit_latency": True},
    "latency '2' is not a time. Write 20ms or 0.02s": {"latencies": True, "max_latency": "2"},
    "latency '-2' is not a time": {"latencies": True, "max_latency": -2},
    "1 designs are too few for a fit": {"latencies": True, "max_latency": "2ms", "fit_latency": True},
}


@pytest.mark.parametrize(("message", "asked"), REFUSED.items(), ids=REFUSED)
def test_a_search_by_latency_that_makes_no_sense_is_refused(table, message, asked):
    path = table(row("48-MENet-8x1/3", 1))
    with pytest.raises(DesignError) as error:
        search(**SPACE, **asked | ({"latencies": path} if "latencies" in asked else {}))
    assert message in str(error.value)


def test_a_region_needs_the_latency_of_all_designs(table):
    path = table(row("48-MENet-8x1/3", 1))
    with pytest.raises(DesignError, match="Give --fit-latency too"):
        region(ask(groups=3, stem=12, fusion=8, width="24-72", resolution="32,64", latencies=path, max_latency="2ms"))


def test_times_are_read_with_their_unit(table):
    path = str(table(row("48-MENet-8x1/3", 2)))
    for limit in ("2ms", "0.002 s", "2000us", 0.002, Fraction(2, 1000)):
        assert search(**SPACE, latencies=path, max_latency=limit).feasible == 1
    assert search(**SPACE, latencies=path, max_latency="1999us").feasible == 0
    assert json.loads(json.dumps(search(**SPACE, latencies=path, max_latency="2ms").to_dict()))
