"""What holds for each family: its names, its legal values, its formula, and its architecture on arrays."""

from functools import partial

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from strategies import OF_FAMILY

from menet_design import count, families, formula, parse
from menet_design.errors import DesignError, IllegalDesign
from menet_design.families.architectures import architecture, of_numbers
from menet_design.families.formula import letters
from menet_design.families.notation import plain

PUBLISHED = [design for design, _ in families.published()]
every_family = pytest.mark.parametrize("family", families.FAMILIES)


def test_designs_of_every_family_are_drawn():
    assert set(OF_FAMILY) == set(families.FAMILIES)


# Names


@every_family
@given(data=st.data())
def test_every_name_of_a_design_means_it(family, data):
    design = data.draw(OF_FAMILY[family])
    beside = {key: getattr(design, key) for key in ("stem", "resolution", "classes") if design.has(key)}
    for text in (design.name, design.title, design.identifier):
        assert parse(text, **beside) == design


@pytest.mark.parametrize("design", PUBLISHED, ids=str)
def test_every_published_network_is_what_its_names_mean_to_its_family_alone(design):
    names = (design.name, design.title, design.identifier)
    assert [parse(name) for name in names] == [design] * 3
    for family in families.FAMILIES:
        assert all((families.family(family)._read(plain(name)) is None) == (family != design.family) for name in names)


@every_family
def test_a_family_is_found_with_its_hyphens_and_without(family):
    found = families.family(family)
    assert found is families.family(family.replace("-", "")) is families.family(family.upper())
    assert found in families.named_in(found.example)


def test_an_unknown_family_names_the_known_ones():
    for find in (families.family, formula):
        with pytest.raises(DesignError, match=r"family 'yourenet' is not known. Known: menet, shufflenet"):
            find("yourenet")


# Legal values


@every_family
def test_every_quantity_has_legal_values_and_no_other_number_has(family):
    found = families.family(family)
    numbers = next(iter(found.published)).numbers()
    assert all(found.legal_values(quantity, numbers).indices for quantity in found.quantities)
    with pytest.raises(DesignError, match=r"quantity 'depth' is not known\. Known: resolution") as caught:
        found.legal_values("depth", numbers)
    assert set(found.quantities) <= set(caught.value.nearest)


# Formula


@every_family
@settings(max_examples=12)
@given(data=st.data())
def test_the_formula_is_the_count(family, data):
    design = data.draw(OF_FAMILY[family])
    step = design.smallest_resolution()
    design = design.but(resolution=-(-design.resolution // step) * step)
    found = formula(design.name)
    letters = {letter: getattr(design, field) for letter, field in found.fields.items()}
    cost, numbers = count(design), found.at(**letters)
    assert (numbers.macs, numbers.params, numbers.symbols) == (cost.macs, cost.params, {})
    for metric in ("macs", "params"):
        value, expected = found.compile(metric)(**letters), getattr(cost, metric)
        assert (value, type(value)) == (expected, int)
        assert sum(part[metric] for part in numbers.parts.values()) == expected


# Arrays


def element(value, index):
    """An operation, or whatever it holds, with one element of each array."""
    if isinstance(value, tuple):
        return tuple(element(each, index) for each in value)
    return int(value[index]) if isinstance(value, np.ndarray) else value


@every_family
@settings(max_examples=12)
@given(data=st.data())
def test_a_network_of_arrays_is_the_array_of_its_networks(family, data):
    one, other = data.draw(OF_FAMILY[family]), data.draw(OF_FAMILY[family])
    # What no letter stands for decides how a network is built, and is one for all; so is a fraction, and the stem that
    # decides whether MobileNetV2's first block adds its input.
    varied = letters(families.family(family)).keys() - {"expansion", *(["stem"] if family == "mobilenet-v2" else [])}
    fixed = one.numbers().keys() - varied
    try:
        other = other.but(**{key: getattr(one, key) for key in fixed})
    except IllegalDesign:
        assume(False)
    numbers = one.numbers(), other.numbers()
    pairs = {key: (numbers[0][key], numbers[1][key]) for key in numbers[0]}
    together = {key: pair[0] if pair[0] == pair[1] else np.array(pair) for key, pair in pairs.items()}
    network = partial(of_numbers, family)
    operations = list(network(**together).operations())
    for index, alone in enumerate(numbers):
        assert [(name, element(op, index)) for name, op in operations] == list(network(**alone).operations())


@pytest.mark.parametrize(
    ("family", "numbers", "widths"),
    [
        ("menet", {"fusion": 12, "expansion": 1, "groups": 3, "stem": 24}, (228, 230)),
        ("mobilenet", {}, (64, 65)),
        ("effnet", {}, (8, 9)),
        ("effnet-shufflenet", {}, (8, 12)),
        ("resnet15", {"stem": 24}, (48, 51)),
        ("xception15", {"stem": 24}, (72, 51)),
        ("resnext15", {"stem": 24, "cardinality": 16, "stage2_groups": 8}, (48, 51)),
    ],
)
def test_one_illegal_width_in_an_array_is_refused(family, numbers, widths):
    with pytest.raises(IllegalDesign, match="is not whole"):
        architecture(family).network(width=np.array(widths), **numbers)
