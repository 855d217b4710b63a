"""Random legal designs, for every test that holds for all of them."""

from fractions import Fraction

from hypothesis import strategies as st

from menet_design import families
from menet_design.families.effnet import EffNet
from menet_design.families.effnet_baseline import EffNetBaseline
from menet_design.families.effnet_mobilenet import EffNetMobileNet
from menet_design.families.effnet_shufflenet import EffNetShuffleNet
from menet_design.families.fd_mobilenet import FDMobileNet
from menet_design.families.googlenet import GoogLeNet
from menet_design.families.menet import MENet
from menet_design.families.mobilenet import MobileNet
from menet_design.families.mobilenet_v2 import VARIANTS, MobileNetV2
from menet_design.families.resnet15 import ResNet15
from menet_design.families.resnet_cifar import ORDERS, SHORTCUTS, ResNetCIFAR
from menet_design.families.resnext15 import ResNeXt15
from menet_design.families.sepnet import SEPNet
from menet_design.families.shufflenet import ShuffleNet
from menet_design.families.vgg import DEPTHS, NORMS, VGGNet
from menet_design.families.vgg_cifar import VGGNetCIFAR
from menet_design.families.xception15 import Xception15

# The paper's four (Table VI), one without a finite decimal and one below 1.
EXPANSIONS = tuple(map(Fraction, ("1", "3/2", "2", "5/2", "4/3", "1/2")))


RESOLUTIONS = st.integers(32, 256)
COMBINES = st.sampled_from(["product", "add"])


@st.composite
def designs(draw, *, resolutions=RESOLUTIONS, combines=COMBINES):
    """MENets of up to 512 channels in stage 2, legal by construction: 4g | w, g | c, c < w, and kα² whole."""
    groups = draw(st.integers(1, 8))
    quarter = draw(st.integers(1, 128 // groups))
    width = 4 * groups * quarter
    expansion = draw(st.sampled_from(EXPANSIONS))
    step = expansion.denominator**2
    return MENet(
        width=width,
        fusion=step * draw(st.integers(1, 48 // step)),
        expansion=expansion,
        groups=groups,
        stem=groups * draw(st.integers(1, min(4 * quarter - 1, 24))),
        combine=draw(combines),
        resolution=draw(resolutions),
        classes=draw(st.integers(1, 1100)),
    )


WHOLE_RESOLUTIONS = st.integers(1, 8).map(lambda multiple: 32 * multiple)
CLASSES = st.integers(1, 1100)


def mobilenets(*, family=MobileNet, resolutions=RESOLUTIONS):
    """MobileNets of up to 96 channels after the first pair."""
    widths = st.integers(1, 48).map(lambda half: 2 * half)
    return st.builds(family, width=widths, resolution=resolutions, classes=CLASSES)


@st.composite
def mobilenet_v2s(draw, *, resolutions=RESOLUTIONS, variants=tuple(VARIANTS)):
    """MobileNetV2s of up to half of the usual width, with stems and heads of their own or the usual ones."""
    variant = draw(st.sampled_from(variants))
    step = 16 if variant == "torchvision" else 80
    return MobileNetV2(
        width=step * draw(st.integers(1, 160 // step)),
        expansion=draw(st.integers(2, 7)),
        stem=draw(st.none() | st.integers(1, 24)),
        head=draw(st.none() | st.integers(1, 200)),
        variant=variant,
        resolution=draw(resolutions),
        classes=draw(CLASSES),
    )


def vggs(*, family=VGGNet, resolutions=RESOLUTIONS):
    """VGGs of up to 8 channels in the first stage."""
    norms = {"norm": st.sampled_from(sorted(NORMS))} if family is VGGNet else {}
    sizes = {"width": st.integers(1, 8), "depth": st.sampled_from(DEPTHS)}
    return st.builds(family, **sizes, **norms, resolution=resolutions, classes=CLASSES)


def googlenets(*, resolutions=RESOLUTIONS):
    """GoogLeNets of up to half the width again, of both variants."""
    widths = st.integers(1, 12).map(lambda eighth: 8 * eighth)
    variants = st.sampled_from(["paper", "torchvision"])
    return st.builds(GoogLeNet, width=widths, variant=variants, resolution=resolutions, classes=CLASSES)


DOWNSAMPLINGS = st.sampled_from(["projection", "concat"])


FIFTEENS = {ResNet15: 4, Xception15: 4, ResNeXt15: 2}


@st.composite
def fifteens(draw, *, families=tuple(FIFTEENS), resolutions=RESOLUTIONS):
    """ResNet-15s, Xception-15s and ResNeXt-15s of up to 64 channels in stage 2."""
    family = draw(st.sampled_from(families))
    step = FIFTEENS[family]
    marks = {} if family is Xception15 else {"downsampling": draw(DOWNSAMPLINGS)}
    if family is ResNeXt15:
        cardinality = draw(st.sampled_from([1, 2, 3, 4, 5, 6, 8, 16]))
        marks, step = marks | {"cardinality": cardinality}, cardinality * (1 + cardinality % 2)
    width = step * draw(st.integers(1 + 4 // step, 64 // step))
    stem = draw(st.integers(1, min(width - 1, 24)))
    return family(width=width, stem=stem, **marks, resolution=draw(resolutions), classes=draw(CLASSES))


def cifar_resnets(*, resolutions=RESOLUTIONS):
    """ResNets for CIFAR-10 of up to 20 layers and 32 channels in the first convolution."""
    units = st.sampled_from([(8, "basic"), (14, "basic"), (20, "basic"), (11, "bottleneck"), (20, "bottleneck")])
    numbers = {"shortcut": st.sampled_from(SHORTCUTS), "order": st.sampled_from(sorted(ORDERS))}
    sizes = {"width": st.integers(1, 32), "resolution": resolutions, "classes": CLASSES}

    def made(unit, **others):
        return ResNetCIFAR(depth=unit[0], unit=unit[1], **others)

    return st.builds(made, unit=units, **numbers, **sizes)


def sepnets(*, resolutions=RESOLUTIONS):
    """SEP-Nets of up to 96 channels in the first convolution."""
    widths = st.integers(1, 6).map(lambda sixteenth: 16 * sixteenth)
    heads = st.none() | st.integers(1, 1200)
    return st.builds(SEPNet, width=widths, head=heads, resolution=resolutions, classes=CLASSES)


EFFNET_PAPERS = {EffNet: 2, EffNetBaseline: 1, EffNetMobileNet: 1, EffNetShuffleNet: 8}


@st.composite
def effnet_papers(draw, *, families=tuple(EFFNET_PAPERS), resolutions=RESOLUTIONS):
    """Networks of the EffNet paper of up to 64 channels in the first stage."""
    family = draw(st.sampled_from(families))
    step = EFFNET_PAPERS[family]
    width = step * draw(st.integers(1, 64 // step))
    return family(width=width, resolution=draw(resolutions), classes=draw(CLASSES))


@st.composite
def shufflenets(draw, *, resolutions=RESOLUTIONS):
    """ShuffleNets of up to 512 channels in stage 2, legal by construction: 4g | w, g | c and c < w."""
    groups = draw(st.integers(1, 8))
    quarter = draw(st.integers(1, 128 // groups))
    return ShuffleNet(
        width=4 * groups * quarter,
        groups=groups,
        stem=groups * draw(st.integers(1, min(4 * quarter - 1, 24))),
        variant=draw(st.sampled_from(["paper", "megvii"])),
        resolution=draw(resolutions),
        classes=draw(st.integers(1, 1100)),
    )


OF_FAMILY = {
    "menet": designs(),
    "shufflenet": shufflenets(),
    "mobilenet-v2": mobilenet_v2s(),
    "fd-mobilenet": mobilenets(family=FDMobileNet),
    "mobilenet": mobilenets(),
    "vgg": vggs(),
    "vgg-cifar": vggs(family=VGGNetCIFAR),
    "googlenet": googlenets(),
    "resnet15": fifteens(families=[ResNet15]),
    "xception15": fifteens(families=[Xception15]),
    "resnext15": fifteens(families=[ResNeXt15]),
    "effnet": effnet_papers(families=[EffNet]),
    "effnet-baseline": effnet_papers(families=[EffNetBaseline]),
    "effnet-mobilenet": effnet_papers(families=[EffNetMobileNet]),
    "effnet-shufflenet": effnet_papers(families=[EffNetShuffleNet]),
    "resnet-cifar": cifar_resnets(),
    "sepnet": sepnets(),
}


def smallest(family):
    """The smallest published design of a family, fed small images of few classes."""
    found = min(families.family(family).published, key=lambda each: getattr(each, "width", 0))
    return found.but(resolution=64 if found._halvings == 5 else 32, classes=10)
