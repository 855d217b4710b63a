"""Recorded modules: counts against torch's own counter, shuffles in every spelling, the module untouched."""

import pytest
import torch
from einops import rearrange
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from menet_design import connectivity, count, network
from menet_design.analysis.training import count_training
from menet_design.errors import DesignError
from menet_design.graph.operation import UnknownOperation


def counted_by_torch(module, *shapes, backward=False):
    """Multiply-adds by torch's counter, with attention as products of matrices."""
    images = [torch.ones(1, *shape) for shape in shapes]
    with sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
        made = module.eval()(*images)
        if backward:
            made.sum().backward()
    return counter.get_total_flops() // 2


def parameters(module):
    return sum(parameter.numel() for parameter in module.parameters())


class UNet(nn.Module):
    """Down, up again by a transposed convolution and by interpolation, and a skip connection."""

    def __init__(self):
        super().__init__()
        self.down, self.middle = nn.Conv2d(3, 8, 3, 2, 1), nn.Conv2d(8, 16, 3, 2, 1, groups=2)
        self.up, self.last = nn.ConvTranspose2d(16, 6, 2, 2, groups=2), nn.Conv2d(14, 5, 1)

    def forward(self, x):
        first = functional.gelu(self.down(x))
        joined = torch.cat([self.up(functional.silu(self.middle(first))), first], 1)
        return functional.interpolate(self.last(joined), scale_factor=2)


class Transformer(nn.Module):
    """Patches, a class token, attention, and layers on tokens."""

    def __init__(self):
        super().__init__()
        self.patches, self.token = nn.Conv2d(3, 16, 8, 8), nn.Parameter(torch.zeros(1, 1, 16))
        self.qkv, self.norm, self.head = nn.Linear(16, 48), nn.LayerNorm(16), nn.Linear(16, 7)

    def forward(self, x):
        x = self.patches(x).flatten(2).transpose(1, 2)
        x = self.norm(torch.cat([self.token.expand(len(x), -1, -1), x], 1))
        q, k, v = self.qkv(x).reshape(1, -1, 3, 4, 4).permute(2, 0, 3, 1, 4)
        x = x + functional.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2)
        return self.head(torch.einsum("btc,cd->btd", x, torch.eye(16))[:, 0])


class Reused(nn.Module):
    """A layer that is called twice, a layer that nobody calls, and two layers that share their weights."""

    def __init__(self):
        super().__init__()
        self.conv, self.idle = nn.Conv2d(4, 4, 3, padding=1), nn.Linear(3, 5)
        self.one, self.other = nn.Conv2d(4, 4, 1), nn.Conv2d(4, 4, 1)
        self.other.weight = self.one.weight

    def forward(self, x):
        return self.other(self.one(self.conv(self.conv(x))))


MODULES = {
    "unet": (UNet, (3, 16, 24)),
    "transformer": (Transformer, (3, 32, 32)),
    "reused": (Reused, (4, 6, 8)),
    "conv1d": (lambda: nn.Sequential(nn.Conv1d(2, 6, 3, groups=2), nn.ReLU(), nn.Conv1d(6, 4, 1)), (2, 20)),
    "conv3d": (lambda: nn.Sequential(nn.Conv3d(2, 4, 3, 2), nn.BatchNorm3d(4), nn.AdaptiveAvgPool3d(1)), (2, 9, 9, 9)),
}


@pytest.mark.parametrize("name", MODULES)
def test_counts_are_those_of_torch(name):
    make, shape = MODULES[name]
    module = make()
    cost = count(module, input=shape)
    assert (cost.macs, cost.params) == (counted_by_torch(module, shape), parameters(module))
    assert count_training(cost.network).macs == counted_by_torch(module, shape, backward=True)


def test_a_layer_that_is_called_twice_counts_twice_and_has_its_parameters_once():
    rows = {row.name: row for row in count(Reused(), input=(4, 6, 8)).rows}
    assert (rows["conv"].macs, rows["conv"].params) == (4 * 4 * 9 * 48, 4 * 4 * 9 + 4)
    assert (rows["conv.2"].macs, rows["conv.2"].params) == (4 * 4 * 9 * 48, 0)
    assert (rows["other"].params, rows["idle.constant"].params) == (4, 3 * 5 + 5)


def test_a_module_that_computes_nothing_is_refused():
    with pytest.raises(DesignError, match="Identity computes nothing: its forward pass calls no operation"):
        count(nn.Identity(), input=(3, 8, 8))


def test_the_module_stays_as_it_was():
    module = nn.Sequential(nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4), nn.Dropout(), nn.Sequential(nn.Conv2d(4, 2, 1)))
    module[3].eval()
    before = {name: tensor.clone() for name, tensor in module.state_dict().items()}
    modes, state = [each.training for each in module.modules()], torch.random.get_rng_state()
    network(module, input=(3, 8, 8))
    assert [each.training for each in module.modules()] == modes
    assert torch.equal(torch.random.get_rng_state(), state)
    assert all(torch.equal(tensor, before[name]) for name, tensor in module.state_dict().items())
    assert not any(each._forward_hooks or each._forward_pre_hooks for each in module.modules())


class Spelled(nn.Module):
    """Two convolutions of 4 groups around a shuffle of 2 groups, 64 channels, in one of its spellings."""

    def __init__(self, shuffle):
        super().__init__()
        self.first, self.second = nn.Conv2d(64, 64, 1, groups=4), nn.Conv2d(64, 64, 1, groups=4)
        self.shuffle = shuffle

    def forward(self, x):
        return self.second(functional.relu(self.shuffle(self.first(x))))


ORDER = torch.arange(64).view(2, 32).t().reshape(-1)
SPELLINGS = {
    "view": lambda x: x.view(1, 2, 32, 8, 8).transpose(1, 2).reshape(1, 64, 8, 8),
    "permute": lambda x: x.reshape(1, 2, 32, 8, 8).permute(0, 2, 1, 3, 4).flatten(1, 2),
    "swapaxes": lambda x: x.unflatten(1, (2, 32)).swapaxes(1, 2).contiguous().view(x.shape),
    "index_select": lambda x: x.index_select(1, ORDER),
    "index": lambda x: x[:, ORDER],
    "chunk and stack": lambda x: torch.stack(x.chunk(2, 1), 2).flatten(1, 2),
    "unfold": lambda x: x.unfold(1, 32, 32).permute(0, 4, 1, 2, 3).reshape(x.shape),
    "slices": lambda x: torch.cat([x[:, i % 2 * 32 + i // 2 : i % 2 * 32 + i // 2 + 1] for i in range(64)], 1),
    "layer": nn.ChannelShuffle(2),
    "function": lambda x: functional.channel_shuffle(x, 2),
    "einops": lambda x: rearrange(x, "n (g c) h w -> n (c g) h w", g=2),
    "channels last": lambda x: x.permute(0, 2, 3, 1)[..., ORDER].permute(0, 3, 1, 2),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_shuffle_is_found_whatever_its_spelling(spelling):
    (pair,) = connectivity(Spelled(SPELLINGS[spelling]), input=(64, 8, 8)).pairs
    # 16 channels of each group meet 8 of each of the groups on the other side, in 4 groups: 4 · 8 · 8.
    assert (pair.possible, pair.kept, pair.without_shuffle, pair.groups) == (1536, 256, 0, 4)


def test_the_groups_of_a_shuffle_may_differ_from_those_around_it():
    module = nn.Sequential(nn.Conv2d(24, 24, 1, groups=3), nn.ChannelShuffle(3), nn.Conv2d(24, 24, 1, groups=2))
    (pair,) = connectivity(module, input=(24, 4, 4)).pairs
    assert (pair.kept, pair.possible) == (96, 192)


def test_what_has_no_shuffle_has_none():
    found = network(UNet(), input=(3, 16, 24))
    assert not [name for name, op in found.operations() if op.kind in ("shuffle", "select")]


class Unknown(nn.Module):
    def forward(self, x):
        return torch.fft.fft(x).real


def test_an_operation_that_is_not_known_is_one_error_with_a_way_on():
    with pytest.raises(UnknownOperation, match=r"calls (_fft_r2c|_fft_c2c).*--allow"):
        count(nn.Sequential(nn.Conv2d(1, 1, 1), Unknown()), input=(1, 8, 8))
    found = network(Unknown(), input=(1, 8, 8), allow=["_fft_r2c", "_fft_c2c", "select", "view_as_real", "real"])
    assert "counted as nothing" in str(found.assumptions[0])


class Deciding(nn.Module):
    """A network that looks at its own numbers to decide what to do."""

    def __init__(self):
        super().__init__()
        self.often, self.seldom = nn.Conv2d(3, 4, 1), nn.Conv2d(3, 4, 3)

    def forward(self, x):
        return self.often(x) if x.mean() > 0 else self.seldom(x)


def test_what_numbers_decide_is_said():
    found = count(Deciding(), input=(3, 8, 8))
    assert found.macs == 3 * 4 * 64
    assert "control flow = that of an input of ones" in str(found.network.assumptions[0])


@st.composite
def modules(draw):
    """Small networks of grouped convolutions, shuffles, norms, activations and branches, on 8 channels."""
    layers = []
    for _ in range(draw(st.integers(1, 5))):
        layers.append(draw(st.sampled_from(LAYERS))())
    return nn.Sequential(*layers)


class Branches(nn.Module):
    def __init__(self, join):
        super().__init__()
        self.left, self.right, self.join = nn.Conv2d(8, 8, 1, groups=4), nn.Conv2d(8, 8, 3, padding=1, groups=2), join

    def forward(self, x):
        return self.join(self.left(x), self.right(x))


def written(x, y):
    """Half of each, written into the slices of a new tensor."""
    made = torch.empty_like(x)
    made[:, :4], made[:, 4:] = x[:, 4:], y[:, ::2]
    return made


def added_in_place(x, y):
    """Some channels are added to the others, through a view of another shape."""
    made = x + y
    made.view(len(x), 2, 4, -1)[:, 1].add_(y[:, :4].flatten(2))
    return made


LAYERS = (
    lambda: nn.Conv2d(8, 8, 1, groups=2),
    lambda: nn.Conv2d(8, 8, 3, padding=1, groups=8),
    lambda: nn.Conv2d(8, 8, 1, groups=4, bias=False),
    lambda: nn.ChannelShuffle(2),
    lambda: nn.ChannelShuffle(4),
    lambda: nn.BatchNorm2d(8),
    nn.ReLU,
    lambda: Branches(torch.add),
    lambda: Branches(lambda x, y: torch.cat([x[:, ::2], y[:, 1::2]], 1)),
    lambda: Branches(lambda x, y: x * torch.sigmoid(y)),
    lambda: Branches(written),
    lambda: Branches(added_in_place),
)


def influence(module):
    """Whether each output channel depends on each input channel, by gradients with positive weights.

    They are so small that no sigmoid is saturated, whose derivative would be nothing.
    """
    for parameter in module.parameters():
        nn.init.uniform_(parameter, 0.1 / parameter[0].numel(), 0.2 / parameter[0].numel())
    x = (0.5 + torch.rand(1, 8, 4, 4)).requires_grad_()
    rows = [torch.autograd.grad(made.sum(), x, retain_graph=True)[0] for made in module.eval().double()(x.double())[0]]
    return [[bool(row[0, channel].any()) for channel in range(8)] for row in rows]


@settings(max_examples=30)
@given(modules())
def test_random_modules_are_counted_and_connected_as_they_run(module):
    torch.manual_seed(0)
    assert count(module, input=(8, 4, 4)).macs == counted_by_torch(module, (8, 4, 4))
    found = network(module, input=(8, 4, 4))
    from menet_design.analysis.dependence import itself, outputs

    *_, last = outputs(found.blocks, itself(8))
    assert [[bool(bits >> channel & 1) for channel in range(8)] for bits in last.sources] == influence(module)
