"""The closed vocabulary: every table has a row for each kind and variant, and what has none is one error."""

import gc
import pkgutil
from importlib import import_module

import pytest

import menet_design
from menet_design.analysis.connectivity import connectivity
from menet_design.analysis.cost import count
from menet_design.analysis.counters import COUNTERS
from menet_design.analysis.dependence import itself, through
from menet_design.analysis.detector import detect
from menet_design.analysis.difference import difference
from menet_design.analysis.reconciliation import reconcile
from menet_design.analysis.size import size
from menet_design.graph.builder import BlockBuilder
from menet_design.graph.network import chain
from menet_design.graph.operation import VOCABULARY, Operation, Rules, UnknownOperation, kinds_and_variants
from menet_design.report.picture import picture

ALL = dict.fromkeys(VOCABULARY, "any")
KINDS_AND_VARIANTS = list(kinds_and_variants())


def operation(kind, variant=""):
    """An operation of some kind on one channel."""
    return Operation("strange", kind, ("input",), ((1, 4, 4),), (1, 4, 4), variant, (1, 1), (1, 1))


def test_a_table_has_a_row_for_every_kind_or_for_each_of_its_variants():
    rules = Rules("words", ALL | {("activation", "relu"): "one"})
    assert {rules.of(operation(*each)) for each in KINDS_AND_VARIANTS if each != ("activation", "relu")} == {"any"}
    assert rules.of(operation("activation", "relu")) == "one"


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ({kind: row for kind, row in ALL.items() if kind != "pad"}, r"words: no row for \[\('pad', ''\)\]"),
        (
            {kind: row for kind, row in ALL.items() if kind != "pool"} | {("pool", "max"): "one"},
            r"no row for \[\('pool', 'average'\)",
        ),
        (ALL | {"warp": "one"}, r"rows for the unknown \['warp'\]"),
        (ALL | {("activation", "swish"): "one"}, r"rows for the unknown \[\('activation', 'swish'\)\]"),
    ],
    ids=["a kind short", "a variant short", "a kind too many", "a variant too many"],
)
def test_a_table_that_does_not_cover_the_vocabulary_is_not_made(rows, says):
    with pytest.raises(ValueError, match=says):
        Rules("words", rows)


def test_every_table_of_the_package_has_every_row():
    for module in pkgutil.walk_packages(menet_design.__path__, "menet_design."):
        if not module.name.endswith("__main__"):
            import_module(module.name)
    tables = [found for found in gc.get_objects() if type(found) is Rules]
    # Costs, dependences and stored parts, and the eleven steps of other counters, at least.
    assert len(tables) >= 14
    assert all(table.of(operation(*each)) is not None for table in tables for each in KINDS_AND_VARIANTS)


# Everything that is asked of a network.
QUESTIONS = {
    "cost": count,
    **{name: lambda network, rules=rules: count(network, rules) for name, rules in COUNTERS.items()},
    "dependence": lambda network: through(network.blocks, itself(1)),
    "connectivity": connectivity,
    "reconciliation": reconcile,
    "size": size,
    "difference": lambda network: difference(network, network),
    "detector": lambda network: detect(network, lambda *_: network),
    "picture": lambda network: picture([network]),
}


@pytest.mark.parametrize(
    ("kind", "variant", "words"), [("warp", "", "warp"), ("activation", "swish", "swish activation")]
)
@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
def test_what_has_no_row_is_one_error_that_names_the_operation(question, kind, variant, words):
    builder = BlockBuilder(1, 4, 4)
    builder.conv("conv", builder.norm("norm", builder.input), 1)
    block = builder.block()
    block = block._replace(operations=(*block.operations, operation(kind, variant)))
    with pytest.raises(UnknownOperation, match=f"strange is a '{words}', of which the .* are not known"):
        question(chain((1, 4, 4), {"stage1": block, "stage2": block, "stage3": block}))
