"""The gradient probe: it agrees for every family's own models, and finds what is wired otherwise, where it is."""

from functools import partial

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.autograd.functional import jacobian

from menet_design import build, connectivity, network, parse, probe
from menet_design.errors import DesignError
from menet_design.families import FAMILIES
from menet_design.families.menet import MENet
from menet_design.verification import gradients
from menet_design.verification.gradients import Mismatch, probe_model

# Fig. 1 in stage 2: 9 channels, 3 groups. The shuffle brings a channel of each group to each group.
NINE = MENet(width=36, fusion=3, groups=3, stem=6, resolution=32, classes=3)
# 8 channels, 4 groups in stage 2: the shuffle brings channels of two groups only, so that modules lose connections.
EIGHT = MENet(width=32, fusion=4, groups=4, stem=4, resolution=32, classes=3)
# A small design of each family. A family that is missing here fails its test.
SMALL = """
    24-ShuffleNet/3 8-MobileNet-32 8-FD-MobileNet-32 0.1x-MobileNetV2-32 2-VGG-16 2-VGG-11-CIFAR 8-GoogLeNet-3x3
    8-ResNet-15 16-Xception-15 16-ResNeXt-15/4 8-EffNet 4-EffNet-baseline 4-EffNet-MobileNet 8-EffNet-ShuffleNet
    ResNet-20 16-SEP-Net
"""
OF_FAMILY = {design.family: design for design in (EIGHT, *(parse(name, classes=3) for name in SMALL.split()))}


# Designs and their own models


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_agrees_with_its_own_models(family):
    found = probe(OF_FAMILY[family])
    assert found.first_mismatch is None
    assert found.agrees
    assert found.network.source == family


def test_a_fusion_branch_that_is_added_agrees():
    assert probe(EIGHT.but(combine="add")).first_mismatch is None


@st.composite
def small_designs(draw):
    """MENets of up to 48 channels in stage 2, legal by construction; where G² divides the bottleneck or does not."""
    groups = draw(st.integers(1, 6))
    quarter = groups * draw(st.integers(1, 12 // groups))
    return MENet(
        width=4 * quarter,
        fusion=draw(st.integers(1, 3)),
        groups=groups,
        stem=groups * draw(st.integers(1, min(3, 4 * quarter // groups - 1))),
        combine=draw(st.sampled_from(["product", "add"])),
        resolution=draw(st.integers(32, 512)),
    )


@settings(max_examples=2, deadline=None)
@given(small_designs())
def test_random_designs_agree(design):
    assert probe(design).first_mismatch is None


def test_every_module_every_chain_and_every_shuffle_is_probed_with_fusion_and_without():
    agreeing = probe(NINE.but(resolution=40))
    assert agreeing.network == network(NINE.but(resolution=40))
    # 16 modules; a downsampling module concatenates its input, so that it takes the next to mix everything: 3 chains
    # of two; all 16 modules; 16 ways to a shuffle, and 16 around one.
    assert agreeing.paths == 16 + 3 + 1 + 16 + 16
    modules = 6 * 36 + 3 * 36 * 36 + 36 * 72 + 7 * 72 * 72 + 72 * 144 + 3 * 144 * 144
    chains = 6 * 36 + 36 * 72 + 72 * 144 + 6 * 144
    # From the bottleneck to what the module emits: less by its input where that is concatenated.
    shuffles = 9 * 30 + 3 * 9 * 36 + 18 * 36 + 7 * 18 * 72 + 36 * 72 + 3 * 36 * 144
    before = 6 * 9 + 3 * 36 * 9 + 36 * 18 + 7 * 72 * 18 + 72 * 36 + 3 * 144 * 36
    assert agreeing.pairs == 2 * (modules + chains + before + shuffles)


# Bit-sets against reverse-mode gradients, taken by other means than the probe's


@pytest.mark.parametrize(("index", "fusion_adds"), [(0, False), (1, True)], ids=["first, dense", "standard"])
def test_the_jacobian_of_a_module_has_the_support_of_its_bit_sets(index, fusion_adds):
    found = connectivity(EIGHT).blocks[index]
    module = build(EIGHT).stage2[index].double()
    torch.manual_seed(0)
    for weight in module.parameters():
        weight.data = 0.01 + 0.1 * torch.rand_like(weight)
    assert support(module) == [
        [bool(bits >> channel & 1) for channel in range(inputs(module))] for bits in found.sources
    ]
    module.fusion.register_forward_hook(lambda *call: call[-1].detach())
    linear = support(module)
    assert sum(map(sum, linear)) == found.shares.without_branch * len(linear) * len(linear[0])
    assert (found.shares.without_branch < found.shares.connected) == fusion_adds


def inputs(module):
    return module.residual.compress.in_channels


def support(module):
    """Whether each output channel's derivative by each input channel is other than zero anywhere."""
    derivatives = jacobian(module, torch.rand(1, inputs(module), 4, 4, dtype=torch.float64))
    return (derivatives != 0).any(dim=7).any(dim=6).any(dim=3).any(dim=2)[0, :, 0].tolist()


# Models that are wired otherwise, each with what Fig. 1 and Fig. 3 make of its wiring


def mixed(sets, channels, groups):
    """What the outputs of a convolution depend on, channel by channel."""
    return [
        set().union(*(read for i, read in enumerate(sets) if i * groups // len(sets) == o * groups // channels))
        for o in range(channels)
    ]


def shuffled(sets, groups):
    """The table of Fig. 1: written by rows of a group each, read by columns."""
    rows = [sets[start : start + len(sets) // groups] for start in range(0, len(sets), len(sets) // groups)]
    return [row[column] for column in range(len(rows[0])) for row in rows]


def standard(width, compress, shuffle, expand):
    """What a standard module of some width depends on without fusion, with so many groups in each of its parts."""
    start = [{channel} for channel in range(width)]
    squeezed = shuffled(mixed(start, width // 4, compress), shuffle)
    return [read | {channel} for channel, read in enumerate(mixed(squeezed, width, expand))]


def everything(width):
    return [set(range(width))] * width


def first_mismatch(where, model, bit_sets):
    """The first in row order, by trying all of them."""
    for output, (one, other) in enumerate(zip(model, bit_sets, strict=True)):
        for channel in sorted(one ^ other):
            return Mismatch(where, output, channel, channel in one)
    raise AssertionError("there is none")


def shuffle(module, groups):
    module.residual.shuffle.groups = groups


def dense(module, name):
    replaced = getattr(module.residual, name)
    setattr(module.residual, name, nn.Conv2d(replaced.in_channels, replaced.out_channels, 1, bias=False))


def no_fusion(module):
    module.fusion.register_forward_hook(lambda *call: call[-1].detach())


def grouped_fusion(module):
    """Merging by groups is mixed again by what follows it: all three convolutions have to be grouped."""
    module.fusion.merge = nn.Conv2d(8, 4, 1, groups=4, bias=False)
    module.fusion.evolve = nn.Conv2d(4, 4, 3, 1, 1, groups=4, bias=False)
    module.fusion.match = nn.Conv2d(4, 8, 1, groups=4, bias=False)


dense_expand = partial(dense, name="expand")
WIRED_OTHERWISE = {
    "no shuffle": (partial(shuffle, groups=1), "stage3.2 without fusion", NINE, (72, 3, 1, 3), (72, 3, 3, 3)),
    "another shuffle": (partial(shuffle, groups=2), "stage3.6 without fusion", NINE, (72, 3, 2, 3), (72, 3, 3, 3)),
    "dense compress": (partial(dense, name="compress"), "stage2.1 without fusion", EIGHT, (32, 1, 4, 4), (32, 4, 4, 4)),
    "dense expand": (dense_expand, "stage2.3 without fusion", EIGHT, (32, 4, 4, 1), (32, 4, 4, 4)),
    "no fusion": (no_fusion, "stage2.2", EIGHT, (32, 4, 4, 4), None),
    "grouped fusion": (grouped_fusion, "stage2.1", EIGHT, (32, 4, 4, 4), None),
}


def rewired(design, rewire, name):
    model = build(design)
    rewire(model.get_submodule(name))
    return model


@pytest.mark.parametrize(
    ("rewire", "where", "design", "in_model", "bit_sets"), WIRED_OTHERWISE.values(), ids=WIRED_OTHERWISE
)
def test_a_module_that_is_wired_otherwise_is_found(rewire, where, design, in_model, bit_sets):
    found = probe_model(network(design), rewired(design, rewire, where.split()[0]))
    expected = standard(*bit_sets) if bit_sets else everything(in_model[0])
    assert not found.agrees
    assert found.first_mismatch == first_mismatch(where, standard(*in_model), expected)


@pytest.mark.parametrize("at_a_time", [5, 32])
def test_channels_may_be_probed_in_portions(monkeypatch, at_a_time):
    model = rewired(EIGHT, dense_expand, "stage2.1")
    whole = probe_model(network(EIGHT), model)
    monkeypatch.setattr(gradients, "_AT_A_TIME", at_a_time)
    assert probe_model(network(EIGHT), model) == whole


def test_a_fusion_branch_is_missed_where_the_shuffle_connects_everything_too():
    """In stage 2 of NINE the module depends on every input without fusion; not so the convolution after the shuffle."""
    assert standard(36, 3, 3, 3) == everything(36)
    around = "stage2.1.residual.compress to stage2.1.residual.expand"
    after = mixed(shuffled([{channel} for channel in range(9)], 3), 36, 3)
    found = probe_model(network(NINE), rewired(NINE, no_fusion, "stage2.1"))
    assert found.first_mismatch == first_mismatch(around, after, [set(range(9))] * 36)


def test_a_concatenation_the_other_way_round_is_found():
    model = build(NINE)
    down = model.stage3[0]
    down._join = lambda residual, identity: torch.cat((identity, residual), dim=1)
    # With fusion the residual branch depends on everything; what is concatenated, channel 0 first, itself alone.
    assert probe_model(network(NINE), model).first_mismatch == Mismatch("stage3.0", 0, 1, in_model=False)


def test_modules_that_the_model_chains_otherwise_are_found():
    """Every module is as it should be, but takes other channels: the chain has to be the model's, not the probe's."""
    design = MENet(width=32, fusion=2, groups=8, stem=8, resolution=32, classes=3)
    model = build(design)

    def forward(self, x):
        first, *others = self
        x = first(x).roll(5, dims=1)
        for module in others:
            x = module(x)
        return x

    model.stage3.__class__ = type("Stage", (nn.Sequential,), {"forward": forward})
    found = probe_model(network(design), model).first_mismatch
    assert found is not None
    # With the fusion branches, the second module mixes everything of whatever it is given.
    assert found.where == "stage3.0 to stage3.1 without fusion"


# What is said of a mismatch


@pytest.mark.parametrize(
    ("mismatch", "sentence"),
    [
        (
            Mismatch("stage2.1", 4, 0, in_model=True),
            "stage2.1: output channel 4 depends on input channel 0 in the model, not in the bit-sets",
        ),
        (
            Mismatch("stage2.1 without fusion", 0, 31, in_model=False),
            "stage2.1 without fusion: output channel 0 depends on input channel 31 in the bit-sets, not in the model",
        ),
    ],
)
def test_a_mismatch_is_a_sentence(mismatch, sentence):
    assert str(mismatch) == sentence


def test_paths_are_counted_up_to_the_mismatch_with_fusion_and_without_as_one():
    found = probe_model(network(EIGHT), rewired(EIGHT, dense_expand, "stage2.3"))
    assert found.paths == 4


# The model that is passed in


def test_the_model_stays_as_it_is_and_its_weights_and_mode_do_not_matter():
    model = build(NINE)
    model.stage2[1].eval()
    for tensor in model.state_dict().values():
        tensor.fill_(0)
    training = [module.training for module in model.modules()]
    assert probe_model(network(NINE), model).agrees
    assert not any(tensor.any() for tensor in model.state_dict().values())
    assert {tensor.dtype for tensor in model.state_dict().values()} == {torch.float32, torch.int64}
    assert [module.training for module in model.modules()] == training
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in model.modules())
    assert all(parameter.grad is None and parameter.requires_grad for parameter in model.parameters())


def test_hooks_of_the_model_stay_where_a_mismatch_is_found():
    model = rewired(EIGHT, no_fusion, "stage2.2")
    probe_model(network(EIGHT), model)
    hooked = [name for name, module in model.named_modules() if module._forward_hooks or module._forward_pre_hooks]
    assert hooked == ["stage2.2.fusion"]


OTHERS = {
    "narrower": lambda design: build(design.but(width=24)),
    "wider": lambda design: build(design.but(width=48)),
    "a larger stem": lambda design: build(design.but(stem=24)),
    "a smaller stem": lambda design: build(design.but(stem=3)),
    "without a module": lambda design: _without_the_last(build(design)),
}


def _without_the_last(model):
    del model.stage4[3]
    return model


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS)
def test_a_model_of_other_channels_or_modules_is_refused(other):
    design = NINE.but(stem=12)
    with pytest.raises(DesignError) as refusal:
        probe_model(network(design), other(design))
    assert len(str(refusal.value).splitlines()) == 1
