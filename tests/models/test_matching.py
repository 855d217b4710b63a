"""Layers found by structure, shapes and order: what follows from these, and that nothing else is guessed."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from twins import shapes

from menet_design import build, families
from menet_design.models.matching import Ambiguous, Layer, NoMatch, alike, layers, match


def conv(name, out, into, kernel=3):
    return Layer(name, {"weight": (out, into, kernel, kernel)})


def norm(name, channels):
    return Layer(name, dict.fromkeys(("weight", "bias", "running_mean", "running_var"), (channels,)))


def linear(name, out, into):
    return Layer(name, {"weight": (out, into), "bias": (out,)})


OURS = [
    conv("stem.conv", 8, 3),
    norm("stem.norm", 8),
    conv("unit.conv1", 16, 8),
    norm("unit.norm1", 16),
    conv("unit.conv2", 16, 16),
    norm("unit.norm2", 16),
    conv("unit.shortcut.conv", 16, 8, 1),
    norm("unit.shortcut.norm", 16),
    linear("fc", 10, 16),
]
NAMES = [each.name for each in OURS]


def like(names, order=None):
    """Theirs, named so as ours stand, in some order."""
    theirs = [Layer(name, our.tensors) for name, our in zip(names, OURS, strict=True)]
    return [theirs[index] for index in order or range(len(theirs))]


FLAT = ["c0", "b0", "c1", "b1", "c2", "b2", "short", "short_b", "fc"]
NESTED = ["a.0", "a.1", "u.c1", "u.b1", "u.c2", "u.b2", "u.down.0", "u.down.1", "out"]
INSIDE = ["a.0", "a.1", "u.c1", "u.b1", "u.c2", "u.b2", "u.short", "u.short_b", "out"]


@pytest.mark.parametrize(
    ("names", "order"),
    [
        (FLAT, None),
        (NESTED, None),
        (NESTED, [0, 1, 6, 7, 2, 3, 4, 5, 8]),  # the shortcut is defined first
        (NESTED, [0, 1, 2, 4, 3, 5, 6, 7, 8]),  # convolutions before norms
        (INSIDE, [0, 1, 6, 7, 2, 3, 4, 5, 8]),  # the shortcut first, without a module of its own
        ([f"layers.{index}" for index in range(9)], None),
        ([f"x.y.{name}" for name in NESTED], None),
    ],
)
def test_the_order_of_definition_or_pairs_or_numbers_say_which_is_which(names, order):
    assert match(OURS, like(names, order)) == dict(zip(names, NAMES, strict=True))


@pytest.mark.parametrize("names", [NESTED, [f"layers.{index}" for index in range(9)]])
def test_names_alone_say_it_where_their_numbers_do(names):
    """As in a file of safetensors, which sorts names."""
    theirs = sorted(like(names), key=lambda each: each.name)
    assert match(OURS, theirs, ordered=False) == dict(zip(names, NAMES, strict=True))


def test_numbers_are_read_as_numbers():
    ours = [norm(f"n{index}", 4) for index in range(12)]
    names = [f"layer{index}" for index in range(12)]
    theirs = [norm(name, 4) for name in sorted(names)]
    assert [each.name for each in theirs][:3] == ["layer0", "layer1", "layer10"]
    assert match(ours, theirs, ordered=False) == {name: our.name for name, our in zip(names, ours, strict=True)}


@pytest.mark.parametrize(
    ("names", "order", "ordered"),
    [
        (["stem", "stem_b", "one", "one_b", "two", "two_b", "short", "short_b", "out"], None, False),
        # Numbers that contradict the order of their definition say nothing.
        (NESTED, [0, 1, 2, 5, 4, 3, 6, 7, 8], True),
        # Nothing says which of the norms at the end is of which convolution.
        (INSIDE, [0, 1, 6, 2, 4, 7, 3, 5, 8], True),
    ],
)
def test_what_is_open_is_refused_and_named(names, order, ordered):
    with pytest.raises(Ambiguous, match=r"its \S+ or \S+ may be unit\.\S+$"):
        match(OURS, like(names, order), ordered=ordered)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda theirs: theirs[:-1], r"it has no layer like fc \(weight 10×16, bias 10\)"),
        (lambda theirs: [*theirs, norm("more", 7)], r"the design has no layer like its more \(weight 7, "),
        (lambda theirs: [*theirs[:-1], linear("out", 9, 16)], r"it has no layer like fc "),
    ],
)
def test_what_does_not_fit_is_named(change, says):
    with pytest.raises(NoMatch, match=says):
        match(OURS, change(like([f"layers.{index}" for index in range(9)])))


def test_where_no_order_fits_the_first_layer_that_is_missed_is_named():
    """The convolutions are the other way round than their numbers say."""
    theirs = like(NESTED)
    theirs[2], theirs[4] = Layer("u.c1", theirs[4].tensors), Layer("u.c2", theirs[2].tensors)
    with pytest.raises(NoMatch, match=r"no order of its layers fits unit\.conv1 "):
        match(OURS, theirs)


def test_a_free_layer_is_any_and_gets_none():
    theirs = [*like(NESTED)[:-1], linear("head", 1000, 16)]
    found = match(OURS, theirs, free={"fc"})
    assert found == dict(zip(NESTED[:-1], NAMES[:-1], strict=True))


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ((10, 16), (10, 16, 1, 1), True),
        ((4096, 25088), (4096, 512, 7, 7), True),  # timm's VGG
        ((10, 16, 1, 3), (10, 16, 3, 1), False),
        ((10, 16, 1, 3), (10, 48), True),
        ((10, 48, 1, 1), (10, 16, 1, 3), True),
        ((10, 16), (16, 10), False),
        ((10,), (10, 1), False),
    ],
)
def test_a_fully_connected_layer_is_a_convolution(one, other, expected):
    assert alike(one, other) == alike(other, one) == expected


def test_names_without_an_end_are_refused():
    for names in (["a." * 5000 + "x", "a." * 5000 + "y"], [".", ".."]):
        with pytest.raises(NoMatch, match="nested too deeply"):
            match([norm("a", 4), norm("b", 4)], [norm(name, 4) for name in names])


def test_numbers_may_be_long():
    names = ["9" * 5000, "9" * 5001]
    assert match([norm("a", 4), norm("b", 4)], [norm(name, 4) for name in names], ordered=False) == dict(
        zip(names, "ab", strict=True)
    )


def test_a_search_without_an_end_is_given_up():
    """24 layers that nothing tells apart, and at the end one that does not fit."""
    letters = [f"{'ab'[index % 2] * (index + 1)}" for index in range(24)]
    ours = [norm(str(index), 4) for index in range(24)] + [conv("c", 4, 4), conv("d", 5, 4)]
    theirs = [norm(name, 4) for name in letters] + [
        conv("m.x", 5, 4),
        conv("m.y", 4, 4),
    ]
    with pytest.raises(NoMatch):
        match(ours, [theirs[-1], *theirs[:-1]], ordered=False)


# Every family's layers, under names without meaning.


PUBLISHED = [next(iter(families.family(name).published), None) for name in families.FAMILIES if name != "vgg"]


@pytest.fixture(scope="module", params=[design for design in PUBLISHED if design], ids=str)
def network(request):
    return layers(shapes(build(request.param).state_dict()))


def disguised(network, draw, numbered):
    """The same layers with other names: each part another, in the order of the file or with its number."""
    names = {}

    def word(path):
        if path not in names:
            siblings = len([each for each in names if each[:-1] == path[:-1]])
            names[path] = f"x{siblings}" if numbered else f"{'abcdefghij'[draw.randrange(10)]}{'z' * siblings}"
        return names[path]

    parts = [tuple(layer.name.split(".")) for layer in network]
    return [
        Layer(".".join(word(path[: depth + 1]) for depth in range(len(path))), layer.tensors)
        for path, layer in zip(parts, network, strict=True)
    ]


@pytest.mark.parametrize("numbered", [False, True])
def test_a_network_in_its_own_order_is_found_by_any_names(network, numbered):
    theirs = disguised(network, random.Random(0), numbered)
    expected = {their.name: our.name for our, their in zip(network, theirs, strict=True)}
    assert match(network, theirs) == expected
    if numbered:
        mixed = random.Random(1).sample(theirs, len(theirs))
        assert match(network, mixed, ordered=False) == expected


@settings(max_examples=60, deadline=None)
@given(st.permutations(range(len(OURS))), st.sampled_from([FLAT, NESTED, INSIDE]), st.booleans())
def test_layers_with_numbers_are_found_or_refused_in_whatever_order_they_stand(order, names, ordered):
    """Numbers of the kinds c1, c2, b1, b2 are true; only where they are against the file's order nothing is."""
    numbered = [
        name.replace("short_b", "b3").replace("short", "c3").replace("down.0", "c3").replace("down.1", "b3")
        for name in names
    ]
    try:
        found = match(OURS, like(numbered, order), ordered=ordered)
    except NoMatch:
        return
    assert found == dict(zip(numbered, NAMES, strict=True))
