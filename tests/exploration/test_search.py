"""Searches against brute force, bisection against sweeping, shards against the whole, and what is refused."""

import json
from fractions import Fraction
from itertools import product

import joblib
import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from menet_design import DesignError, MENet, connectivity, count, memory, merge, search
from menet_design.exploration import search as searching
from menet_design.exploration.asking import ask
from menet_design.exploration.found import search_all
from menet_design.exploration.kept import nondominated
from menet_design.exploration.shards import Shard, shard, written

SMALL = {"groups": "1-4", "width": "40-120", "stem": "8,12", "fusion": "6-8", "resolution": "32,64"}


def small_designs():
    """All designs of SMALL, made one by one."""
    found = []
    for groups, width, stem, fusion, side in product(range(1, 5), range(40, 121), (8, 12), range(6, 9), (32, 64)):
        try:
            found.append(MENet(groups=groups, width=width, stem=stem, fusion=fusion, resolution=side))
        except DesignError:
            continue
    return found


@pytest.fixture(scope="module")
def counted():
    """The designs of SMALL with their multiply-adds, parameters and connection loss."""
    costs = {design: count(design) for design in small_designs()}
    return {
        design: (cost.macs, cost.params, Fraction(design.groups - 1, design.groups)) for design, cost in costs.items()
    }


def test_a_search_finds_what_counting_every_design_finds(counted):
    found = search(**SMALL, max_macs="2M", min_params=400_000, max_loss="70%", top=7)
    fit = {
        design: macs
        for design, (macs, params, loss) in counted.items()
        if macs <= 2e6 and params >= 400_000 and loss <= 0.7
    }
    assert (found.considered, found.legal, found.feasible) == (4 * 81 * 2 * 3 * 2, len(counted), len(fit))
    assert [count(design).macs for design in found.designs] == sorted(fit.values(), reverse=True)[:7]
    assert all(design in fit for design in found.designs)


def test_a_front_is_what_no_design_beats(counted):
    found = search(**SMALL, max_macs="3M", minimise=["params", "loss"], maximise="macs")
    goals = {design: (-macs, params, loss) for design, (macs, params, loss) in counted.items() if macs <= 3e6}
    assert set(found.designs) == {
        design
        for design, own in goals.items()
        if not any(other != own and all(a <= b for a, b in zip(other, own, strict=True)) for other in goals.values())
    }


def test_a_predicate_sees_numbers_and_metrics_as_arrays(counted):
    found = search(**SMALL, where=lambda d: (d.width == 5 * d.stem) & (d.macs < d.params * 4), every=True)
    fit = {
        design for design, (macs, params, _) in counted.items() if design.width == 5 * design.stem and macs < 4 * params
    }
    assert set(found.designs) == fit
    assert fit


def test_what_has_no_closed_form_is_counted_last():
    asked = {"groups": "4,8", "width": "64,128", "stem": 16, "fusion": "4,8", "resolution": 32}
    found = search(**asked, max_mixing_depth=2, every=True)
    everything = search(**asked, every=True).designs
    assert set(found.designs) == {each for each in everything if (connectivity(each).mixing_depth or 99) <= 2}


def test_the_counted_loss_is_that_of_the_shuffle_that_loses_most():
    asked = {"groups": "3-5", "width": "100-140", "stem": "12,15,20", "fusion": 4, "resolution": 32, "max_macs": "2M"}
    found = search(**asked, minimise="exact_loss", top=3)
    losses = {
        each: max(pair.exact_loss_ratio for pair in connectivity(each).pairs)
        for each in search(**asked, every=True).designs
    }
    assert [losses[each] for each in found.designs] == sorted(losses.values())[:3]
    assert len(losses) > 3


def test_where_nothing_fits_it_is_said_what_binds_and_by_how_much(counted):
    found = search(**SMALL, max_macs="10M", max_params=100_000)
    (binding,) = found.binding
    least = min(params for _, params, _ in counted.values())
    assert (found.feasible, binding.constraint.name, binding.needed) == (0, "max_params", least)
    assert count(binding.design).params == least
    assert str(found).startswith("none of 3,888 designs fits: the number of parameters is what binds; ")


def test_where_several_limits_bind_the_least_of_each_is_said(counted):
    found = search(**SMALL, max_macs=1000, max_params=1000)
    assert {each.constraint.name: each.needed for each in found.binding} == {
        "max_macs": min(macs for macs, _, _ in counted.values()),
        "max_params": min(params for _, params, _ in counted.values()),
    }
    assert str(found).startswith("none of 3,888 designs fits: params and macs have to give\n")


def test_a_limit_that_is_within_reach_does_not_have_to_give():
    found = search(**SMALL, max_macs=1000, max_params=1000, max_loss=0.9)
    assert {each.constraint.name: each.alone for each in found.binding} == {"max_macs": False, "max_params": False}


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"where": lambda d: d.width < 0, "groups": 1}, "where holds for none of the"),
        ({"where": lambda d: d.width > 100, "max_macs": "1M"}, "one of macs, where has to give"),
        ({"where": lambda d: d.width < 0, "max_macs": 9}, "macs and another limit have to give"),
    ],
)
def test_a_predicate_that_holds_nowhere_is_named(asked, said):
    assert f"fits: {said}" in str(search(**SMALL | asked)).splitlines()[0]


def test_families_are_searched_together():
    found = search(["menet", "mobilenet"], max_macs="50M", max_memory="500kB", dtype="int8", in_place=True, every=True)
    assert {design.family for design in found.designs} == {"menet", "mobilenet"}
    assert all(memory(design, "int8", in_place=True).peak <= 500_000 for design in found.designs[::40])


LIMITS = st.fixed_dictionaries(
    {},
    optional={
        "max_macs": st.integers(10**5, 10**7),
        "min_macs": st.integers(10**5, 10**6),
        "max_params": st.integers(10**5, 10**6),
        "max_memory": st.integers(10**4, 10**6),
        "max_loss": st.sampled_from([0.5, 0.7]),
        "max_size": st.integers(10**5, 10**7),
    },
)


@settings(max_examples=15, deadline=None)
@given(limits=LIMITS, minimises=st.booleans(), goal=st.sampled_from(["macs", "params"]), top=st.integers(1, 5))
def test_bisected_lines_give_the_answer_of_a_sweep(limits, minimises, goal, top):
    if limits.get("min_macs", 0) > limits.get("max_macs", 10**9):
        del limits["min_macs"]
    asked = {**SMALL, **limits, "minimise" if minimises else "maximise": goal, "top": top}
    bisected, swept = (searching.search_part(ask(**asked, sweep=sweep), 0, 10**9) for sweep in (False, True))
    assert bisected[:2] == swept[:2]
    assert bisected.kept.indices.tolist() == swept.kept.indices.tolist()
    assert bisected.kept.columns[0].tolist() == swept.kept.columns[0].tolist()


@settings(max_examples=60, deadline=None)
@given(points=st.integers(2, 4).flatmap(lambda n: st.lists(st.tuples(*[st.integers(0, 6)] * n), min_size=1)))
def test_a_point_is_on_the_front_unless_another_is_nowhere_worse_and_somewhere_better(points):
    columns = [numpy.array(column) for column in zip(*points, strict=True)]
    assert nondominated(columns).tolist() == [
        not any(other != own and all(a <= b for a, b in zip(other, own, strict=True)) for other in points)
        for own in points
    ]


GOALS = [{"top": 5}, {"minimise": ["params", "loss"], "maximise": "macs"}, {"every": True, "minimise": "fusion_share"}]


@settings(max_examples=4, deadline=None)
@given(of=st.integers(1, 12), goal=st.sampled_from(GOALS), limit=st.sampled_from(["1.5M", 1000]), data=st.data())
def test_the_shards_of_a_search_merge_into_the_whole(of, goal, limit, data, tmp_path_factory):
    asked = {**SMALL, "max_macs": limit, **goal}
    folder, question = tmp_path_factory.mktemp("shards"), ask(**asked)
    paths = [folder / f"{place}.json" for place in range(1, of + 1)]
    for place, path in enumerate(paths, 1):
        part = Shard(place, of)
        *_, found = search_all(question, 1, part.range(question))
        path.write_text(written(asked, found, part))
    merged, whole = merge(data.draw(st.permutations(paths))), search(**asked)
    assert (merged.searched, merged.feasible, merged.designs) == (whole.legal, whole.feasible, whole.designs)
    assert merged.to_dict() == whole.to_dict()


def write_shards(folder, of=3, **changes):
    asked = {**SMALL, "max_macs": "1M", **changes}
    for place in range(1, of + 1):
        *_, found = search_all(ask(**asked), 1, Shard(place, of).range(ask(**asked)))
        (folder / f"{place}.json").write_text(written(asked, found, Shard(place, of)))
    return [folder / f"{place}.json" for place in range(1, of + 1)]


def test_what_does_not_make_one_search_is_not_merged(tmp_path):
    paths, others = write_shards(tmp_path), tmp_path / "others"
    others.mkdir()
    other = write_shards(others, max_macs="2M")[1]
    broken = {**json.loads(paths[0].read_text()), "indices": [2**40], "values": [[1]]}
    (tmp_path / "broken.json").write_text(json.dumps(broken))
    (tmp_path / "tampered.json").write_text(json.dumps({**broken, "search": {"where": "os.system"}}))
    for given_paths, cause in {
        (): "nothing to merge",
        (paths[0], paths[2]): "1 of 3 shards is missing: 2/3. Run",
        (paths[0], paths[0]): "are both shard 1/3",
        (paths[0], other, paths[2]): "is a shard of another search than",
        (tmp_path / "none.json",): "cannot read",
        (__file__,): "is no result of search --shard",
        (tmp_path / "broken.json", *paths[1:]): "is no result of search --shard",
        (tmp_path / "tampered.json", *paths[1:]): "where is not a number",
    }.items():
        with pytest.raises(DesignError, match=cause):
            merge(given_paths)


def test_processes_and_threads_find_what_one_core_finds():
    asked = {**SMALL, "max_macs": "2M", "minimise": ["params", "loss"]}
    with joblib.parallel_config("threading"):
        assert search(**asked, jobs=2).to_dict() == search(**asked).to_dict()


@pytest.mark.slow
def test_a_dask_cluster_finds_what_one_core_finds():
    distributed = pytest.importorskip("distributed")
    asked = {**SMALL, "max_macs": "2M", "minimise": ["params", "loss"]}
    with (
        distributed.LocalCluster(n_workers=2, dashboard_address=None) as cluster,
        distributed.Client(cluster),
        joblib.parallel_config("dask"),
    ):
        found = search(**asked, jobs=2)
    assert found.to_dict() == search(**asked).to_dict()


REFUSED = {
    "groups 8-2 runs backwards": {"groups": "8-2"},
    "groups 0-3 does not lie between 1 and 65,536": {"groups": "0-3"},
    "groups has no values": {"groups": []},
    "width '48-inf' is no number and no range": {"width": "48-inf"},
    "width 'nan' is no number": {"width": float("nan")},
    "width '1e3' is no number": {"width": "1e3"},
    "groups 'abc' is no number and no range": {"groups": "abc"},
    "more than 100,000 designs are to be kept": {"fusion": "1-400", "every": True},
    "top 200000 is not a whole number from 1 to 100,000": {"top": 200_000},
    "resolution 150 is not a multiple of 32. Nearest: 128, 160": {"resolution": "150"},
    "resolution 100-120 holds no multiple of 32": {"resolution": "100-120"},
    "macs '140MB' is not a number": {"max_macs": "140MB"},
    "macs 'inf' is not a number": {"max_macs": float("inf")},
    "memory '-3' is not an amount of bytes": {"max_memory": "-3"},
    "memory '3 parsecs' is not an amount": {"max_memory": "3 parsecs"},
    "loss 1.5 is more than all": {"max_loss": "1.5"},
    "metric 'speed' is not known": {"max_speed": 3},
    "0 is no number of processes. Write 1, or 4, or -1": {"jobs": 0},
    "1.5 is no number of processes": {"jobs": 1.5},
    "min_macs is more than max_macs": {"min_macs": 4, "max_macs": 3},
    "macs is an objective twice": {"minimise": "macs", "maximise": "macs"},
    "the front of several objectives is never cut": {"minimise": ["macs", "loss"], "top": 3},
    "top and all contradict each other": {"top": 3, "every": True},
    "0.5x-MobileNet-224 has no groups, and so no loss": {"family": "mobilenet", "max_loss": 0.5},
    "a network like 0.5x-MobileNet-224 has no groups": {"family": "mobilenet", "minimise": "groups"},
    "0.5x-MobileNet-224 has no fusion branch": {"family": "mobilenet", "min_fusion_share": 0.5},
    "0.5x-MobileNet-224 has no fusion to search. It has resolution": {"family": "mobilenet", "fusion": 3},
    "has no blocks to search": {"blocks": "3,7,3"},
    "combinations of groups, stem, tier are more than 131,072": {"groups": "1-65536", "stem": "1-65536"},
    "are more than 2^63": {"classes": "1-1048576", "width": "1-65536", "fusion": "1-65536", "resolution": "32-16384"},
    "none of 3 designs is legal; of the first, combine 'foo'": {"combine": "foo", "width": "228", "groups": 3},
    "width 230 is not legal": {"width": "230", "groups": 3},
    "Nearest legal widths: 228, 240": {"width": "230", "groups": 3},
}


@pytest.mark.parametrize(("message", "asked"), REFUSED.items(), ids=REFUSED)
def test_what_cannot_be_searched_is_one_line(message, asked):
    with pytest.raises(DesignError) as caught:
        search(**asked)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("message", "asked"),
    {
        "every, all in a file, is true or false, not str": {"every": "no"},
        "in_place is true or false, not int": {"in_place": 1},
        "a limit is a number, not bool": {"max_macs": True},
        "where is a function of arrays, as lambda d: d.width > 100, not int": {"where": 3},
        "where gave float64 of shape ()": {"where": lambda d: 0.5},
        "where gave bool of shape (7,)": {"where": lambda d: numpy.ones(7, bool)},
        "exact_loss has no closed form": {"where": lambda d: d.exact_loss > 0.5},
        "width 'True' is no number": {"width": [True]},
    }.items(),
)
def test_what_is_of_another_type_is_said(message, asked):
    with pytest.raises((DesignError, TypeError, AttributeError)) as caught:
        search(**asked)
    assert message in str(caught.value)


@pytest.mark.parametrize("written", ["1.5e7", "15000000", "15e6", "0.015G", "15M", 15 * 10**6, 1.5e7])
def test_amounts_are_exact_however_they_are_written(written):
    (limit,) = ask(max_macs=written).constraints
    assert (limit.limit, type(limit.limit)) == (15_000_000, int)


def test_names_are_listed_as_ranges_are():
    apart = search(["menet", "shufflenet"], groups=3, minimise=["loss", "params"], max_macs="20M")
    assert search("menet,shufflenet", groups=3, minimise="loss,params", max_macs="2e7").to_dict() == apart.to_dict()


def test_numbers_of_numpy_and_whatever_can_be_gone_through_are_taken():
    asked = {"family": ["menet", "shufflenet"], "groups": 4}
    theirs = {"width": (16 * each for each in (4, 4.5, 5)), "max_macs": numpy.int64(10**7)}
    arrays = {"width": numpy.array([64, 72, 80]), "max_macs": numpy.float32(10**7)}
    ours = search(**asked, width="64,72,80", max_macs="10M").to_dict()
    assert search(**asked, **theirs).to_dict() == search(**asked, **arrays).to_dict() == ours


@pytest.mark.parametrize("text", ["", "3", "0/3", "4/3", "1/0", "a/b", "1/3/5", "-1/3"])
def test_a_shard_is_one_of_several(text):
    with pytest.raises(DesignError, match="is not a part of several"):
        shard(text)
