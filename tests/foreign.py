"""Networks of other people: the libraries that have them, and small ones by hand with what is rare in them."""

import importlib.metadata
import sys
import warnings

import torch
from torch import einsum as called_otherwise
from torch import nn
from torch.nn import functional
from torch.nn.functional import relu as rectified

# What the operators of torchvision take: a torchvision for CUDA, which pytorchcv installs, cannot be imported beside a
# torch for the CPU unless they are declared.
_OPERATORS = (
    "nms(Tensor a, Tensor b, float c) -> Tensor",
    "qnms(Tensor a, Tensor b, float c) -> Tensor",
    "roi_align(Tensor a, Tensor b, float c, int d, int e, int f, bool g) -> Tensor",
    "roi_pool(Tensor a, Tensor b, float c, int d, int e) -> (Tensor, Tensor)",
    "ps_roi_align(Tensor a, Tensor b, float c, int d, int e, int f) -> (Tensor, Tensor)",
    "ps_roi_pool(Tensor a, Tensor b, float c, int d, int e) -> (Tensor, Tensor)",
    *(f"{name}(Tensor a) -> Tensor" for name in ("deform_conv2d", "_deform_conv2d_backward")),
    *(f"_{kind}_{what}_backward(Tensor a) -> Tensor" for kind in ("roi", "ps_roi") for what in ("align", "pool")),
)
_DECLARED = []


def import_libraries():
    """Import timm and pytorchcv, and let ptflops, which asks for timm's attention, know of it if it came first."""
    if sys.modules.get("torchvision", ...) is None:
        del sys.modules["torchvision"]
    if "+cpu" in torch.__version__ and "+cpu" not in importlib.metadata.version("torchvision") and not _DECLARED:
        _DECLARED.append(torch.library.Library("torchvision", "DEF"))
        for operator in _OPERATORS:
            _DECLARED[0].define(operator)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import timm.models.vision_transformer
        from ptflops import pytorch_ops
    attention = timm.models.vision_transformer.Attention
    pytorch_ops.MODULES_MAPPING.setdefault(attention, pytorch_ops.timm_attention_counter_hook)


def build(source):
    """A network of a library by its source, "timm:resnet18", or one of those below by its class."""
    library, _, name = source.partition(":")
    if not name:
        return HAND_WRITTEN[library][0]().eval()
    import_libraries()
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        if library == "timm":
            import timm

            return timm.create_model(name, pretrained=False).eval()
        from pytorchcv.model_provider import get_model

        return get_model(name, pretrained=False).eval()


class UNet(nn.Module):
    """Down, up by transposed convolutions and interpolation, with every norm, and sums that are called by name."""

    def __init__(self):
        super().__init__()
        self.down1, self.norm1 = nn.Conv2d(3, 8, 3, 2, 1), nn.BatchNorm2d(8)
        self.down2, self.norm2 = nn.Conv2d(8, 16, 3, 2, 1), nn.InstanceNorm2d(16, affine=True)
        self.middle, self.norm3 = nn.Conv2d(16, 16, 3, 1, 1, groups=4), nn.GroupNorm(4, 16)
        self.up, self.grouped_up = nn.ConvTranspose2d(16, 8, 2, 2), nn.ConvTranspose2d(16, 16, 3, 2, 1, 1, groups=4)
        self.bilinear, self.nearest = nn.Upsample(scale_factor=2, mode="bilinear"), nn.Upsample(scale_factor=2)
        self.head, self.prelu, self.elu = nn.Conv2d(24, 4, 1), nn.PReLU(8), nn.ELU()
        self.gelu, self.softmax = nn.GELU(), nn.Softmax(dim=1)

    def forward(self, x):
        first = self.prelu(self.norm1(self.down1(x)))
        x = self.gelu(self.norm2(self.down2(first)))
        x = torch.add(x, self.norm3(self.middle(x)))
        x = torch.cat((torch.mul(self.up(x), first), self.elu(self.grouped_up(x))), 1)
        x = self.head(self.bilinear(x))
        small = functional.interpolate(x, size=(16, 16))
        small = functional.layer_norm(functional.interpolate(small, scale_factor=2.0), x.shape[-1:])
        return self.softmax(x).add(self.nearest(functional.avg_pool2d(x, 2))), small


class Activations(nn.Module):
    """Activations, norms and pools, as layers and as functions."""

    def __init__(self):
        super().__init__()
        self.same, self.reflect = nn.Conv2d(3, 8, 3, padding="same"), nn.Conv2d(8, 8, 3, 1, 1, padding_mode="reflect")
        self.even = nn.Conv2d(8, 8, 2, padding="same")
        self.rectifiers = nn.Sequential(
            nn.ReLU(), nn.ReLU6(), nn.LeakyReLU(), nn.PReLU(), nn.ELU(), nn.SELU(), nn.CELU()
        )
        self.smooth = nn.Sequential(nn.GELU(), nn.GELU("tanh"), nn.SiLU(), nn.Mish(), nn.Hardswish(), nn.Hardsigmoid())
        self.others = nn.Sequential(nn.Hardtanh(), nn.Tanh(), nn.Softplus(), nn.Softmax(1), nn.Softmax2d())
        self.norms = nn.Sequential(nn.BatchNorm2d(8, affine=False), nn.InstanceNorm2d(8), nn.GroupNorm(2, 8))
        self.more_norms = nn.Sequential(nn.LayerNorm([8, 8]), nn.LayerNorm(8, elementwise_affine=False))
        self.response = nn.LocalResponseNorm(3)
        self.pools = nn.Sequential(nn.MaxPool2d(2, 1), nn.AvgPool2d(2, 1), nn.AdaptiveAvgPool2d((5, 4)))
        self.last, self.fc = nn.AdaptiveMaxPool2d(2), nn.Linear(32, 8)

    def forward(self, x):
        x = self.others(self.smooth(self.rectifiers(self.even(self.reflect(self.same(x))))))
        for name in ("relu", "relu6", "leaky_relu", "elu", "selu", "gelu", "silu", "mish", "hardswish", "sigmoid"):
            x = getattr(functional, name)(x)
        x = torch.relu(x).softmax(1) + functional.softmax(x, 1) + torch.sigmoid(x)
        x = self.more_norms(self.norms(self.response(x)))
        x = functional.adaptive_avg_pool2d(self.pools(x).add(1).mul_(2), 3)
        return self.fc(self.last(x).flatten(1))


class Products(nn.Module):
    """Products of matrices by every name, operators, and elements whose shapes are not equally long."""

    def __init__(self):
        super().__init__()
        self.conv, self.scale = nn.Conv2d(3, 8, 1), nn.Parameter(torch.zeros(8, 1, 1))
        self.weight, self.bias = nn.Parameter(torch.zeros(8, 5)), nn.Parameter(torch.zeros(5))

    def forward(self, x):
        x = self.conv(x)
        tokens, square = x.flatten(2).transpose(1, 2), self.weight @ self.weight.t()
        keys = tokens.transpose(1, 2)
        made = [tokens @ self.weight, torch.matmul(tokens, self.weight), tokens.matmul(square), keys.bmm(tokens)]
        made += [
            torch.mm(tokens[0], self.weight),
            torch.addmm(self.bias, tokens[0], self.weight),
            torch.bmm(tokens, keys),
        ]
        made += [torch.baddbmm(made[-1], tokens, keys), torch.matmul(self.weight.t(), keys)]
        made += [torch.matmul(tokens[:, None], keys[:, None].expand(1, 3, *keys.shape[1:]))]
        made += [torch.mul(x, self.scale), x.add(self.scale).mul(0.5), torch.mul(torch.add(self.scale, 1), x), x * x]
        made += [torch.einsum("nct,ncp->ntp", keys, keys), called_otherwise("ncl,nck->nlk", keys, keys)]
        made += [torch.einsum("bchw,cd->bdhw", x, self.weight), torch.einsum("bchw,bchw->bc", x, x)]
        made += [torch.einsum("bcl,bcm,bck->blk", keys, keys, keys), torch.einsum("bchw->bhwc", x)]
        return made


class Upsamplings(nn.Module):
    """Transposed convolutions and upsampling of all kinds."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 1)
        self.transposed = nn.ModuleList(
            [
                nn.ConvTranspose2d(4, 6, 3, 2, 1, 1),
                nn.ConvTranspose2d(4, 8, 4, 2, 1, groups=2),
                nn.ConvTranspose2d(4, 4, 3, groups=4, dilation=2),
                nn.ConvTranspose2d(4, 4, (3, 1), (2, 1), bias=False),
            ]
        )
        modes = ("nearest", "nearest-exact", "bilinear", "bicubic")
        self.layers = nn.ModuleList([nn.Upsample(scale_factor=2, mode=mode) for mode in modes])
        self.more = nn.ModuleList([nn.Upsample(size=(9, 7)), nn.Upsample((5, 5), mode="area"), nn.Upsample(None, 1.5)])
        self.old = nn.ModuleList([nn.UpsamplingNearest2d(scale_factor=2), nn.UpsamplingBilinear2d(scale_factor=2)])

    def forward(self, x):
        x = self.conv(x)
        made = [layer(x) for layers in (self.transposed, self.layers, self.more, self.old) for layer in layers]
        made += [functional.interpolate(x, size=7, mode="bilinear"), functional.upsample(x, scale_factor=2)]
        made += [functional.interpolate(x, size=(4, 4), mode="area")]
        return [*made, functional.interpolate(x, scale_factor=0.5, mode="bilinear", antialias=True)]


class Standardized(nn.Conv2d):
    """A convolution of weights that are normalized first: another class than torch's."""

    def forward(self, x):
        weight = functional.batch_norm(self.weight.reshape(1, self.out_channels, -1), None, None, training=True)
        return functional.conv2d(x, weight.reshape_as(self.weight), self.bias, self.stride, self.padding)


class OwnNorm(nn.Module):
    """A norm of single operations, with parameters that are called weights."""

    def __init__(self, channels):
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.ones(channels, 1, 1)), nn.Parameter(torch.zeros(channels, 1, 1))
        self.gain_weight, self.gamma = nn.Parameter(torch.ones(3)), nn.Parameter(torch.ones(3))

    def forward(self, x):
        x = x - x.mean(1, keepdim=True)
        return x / torch.sqrt(x.pow(2).mean(1, keepdim=True) + 1e-6) * self.weight + self.bias


class Table(nn.Module):
    """A layer that only looks its parameters up."""

    def __init__(self):
        super().__init__()
        self.relative_position_bias_table = nn.Parameter(torch.zeros(9, 2))

    def forward(self):
        return self.relative_position_bias_table[torch.arange(4)].reshape(1, 2, 2, 2)


class OwnLinear(nn.Linear):
    """Torch's fully connected layer under another class."""


class Subclasses(nn.Module):
    """Layers of other classes than torch's, reparametrized ones, and work on constants."""

    def __init__(self):
        super().__init__()
        self.conv, self.norm, self.table, self.fc = Standardized(3, 8, 3, 1, 1), OwnNorm(8), Table(), OwnLinear(8, 4)
        self.weighed = nn.utils.parametrizations.weight_norm(nn.Conv2d(8, 8, 1))
        self.positions, self.embedding = nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 3)), nn.Embedding(4, 3)
        self.register_buffer("places", torch.zeros(5, 2))
        self.unused, self.prelu = nn.Conv2d(3, 3, 3), nn.PReLU(8)

    def forward(self, x):
        constants = self.table().sum() + self.positions(self.places).sum() + self.embedding(torch.arange(3)).sum()
        x = self.prelu(self.weighed(self.norm(self.conv(x))))
        return self.fc(x.mean((2, 3))) + constants


class Unit(nn.Module):
    def __init__(self, conv, activation):
        super().__init__()
        self.conv, self.activation = conv, activation

    def forward(self, x):
        return functional.relu(self.activation(self.conv(x)))


class Shared(nn.Module):
    """Layers and units that several modules hold, that are called again, by forward alone, and by another name."""

    def __init__(self):
        super().__init__()
        conv, activation = nn.Conv2d(4, 4, 3, padding=1), nn.GELU()
        unit = Unit(conv, activation)
        self.stem, self.first, self.pool = nn.Conv2d(3, 4, 1), nn.Sequential(unit, nn.BatchNorm2d(4)), nn.AvgPool2d(2)
        self.second, self.again = nn.Sequential(unit, Unit(conv, activation)), self.first

    def forward(self, x):
        x = self.again(self.second(self.first(self.stem(x))))
        return self.pool(nn.ReLU()(rectified(self.stem.forward(x[:, :3]))))


class Sides(nn.Module):
    """Maps of one and of three sides."""

    def __init__(self):
        super().__init__()
        self.one = nn.Sequential(nn.Conv1d(3, 4, 3), nn.BatchNorm1d(4), nn.MaxPool1d(2), nn.AvgPool1d(2))
        self.more = nn.Sequential(
            nn.InstanceNorm1d(4), nn.Upsample(scale_factor=2, mode="linear"), nn.AdaptiveAvgPool1d(4)
        )
        self.last = nn.Sequential(nn.Upsample(scale_factor=2), nn.ConvTranspose1d(4, 3, 2, 2), nn.AdaptiveMaxPool1d(2))
        self.three = nn.Sequential(nn.Conv3d(3, 4, 3, padding=1), nn.BatchNorm3d(4), nn.AvgPool3d(2))
        self.up = nn.Sequential(nn.Upsample(scale_factor=2, mode="trilinear"), nn.AdaptiveAvgPool3d(2))

    def forward(self, x):
        return self.last(self.more(self.one(x.flatten(2)))), self.up(self.three(x.reshape(1, 3, 4, 8, 8)))


class Windows(nn.Module):
    """Layers on windows, which are a batch of their own, and on tokens that stand in another order."""

    def __init__(self):
        super().__init__()
        self.conv, self.last = nn.Conv2d(3, 8, 1), nn.Conv2d(8, 4, 3)
        self.fc, self.norm, self.back, self.batch = (
            nn.Linear(8, 6),
            nn.LayerNorm(8),
            nn.Linear(6, 8, bias=False),
            nn.BatchNorm1d(6),
        )

    def forward(self, x):
        x = self.conv(x).reshape(4, 8, -1).transpose(1, 2)
        x = self.back(self.fc(self.norm(x)))
        return (
            self.last(x.transpose(1, 2).reshape(4, 8, 8, 8)),
            self.batch(self.fc(x[:, 0])),
            self.fc(x.transpose(0, 1)),
        )


class ByKeyword(nn.Module):
    """Arguments by their names, which what replaces functions and hooks modules does not expect."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3)

    def forward(self, x):
        x = functional.relu(input=self.conv(input=x))
        return functional.adaptive_avg_pool2d(functional.interpolate(input=x, scale_factor=2), output_size=1)


class Listed(nn.Module):
    """An einsum of a list."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3)

    def forward(self, x):
        return torch.einsum("bchw,bdhw->bcd", [self.conv(x), self.conv(x)])


class Vector(nn.Module):
    """A product with a vector, which torch executes by an operation of its own, mv."""

    def __init__(self):
        super().__init__()
        self.conv, self.vector = nn.Conv2d(3, 8, 3), nn.Parameter(torch.zeros(6))

    def forward(self, x):
        return torch.matmul(self.conv(x), self.vector)


# Networks by hand, and the shape of their images.
HAND_WRITTEN = {
    each.__name__: (each, (3, side, side))
    for each, side in {
        **{UNet: 32, Activations: 8, Products: 8, Upsamplings: 8, Subclasses: 8, Shared: 8, Sides: 16, Windows: 16},
        **{ByKeyword: 8, Listed: 8, Vector: 8},
    }.items()
}
