"""Random legal designs, for every test that holds for all of them."""

from fractions import Fraction

from hypothesis import settings
from hypothesis import strategies as st

from menet_design.zoo.menet import MENet

# How long an example takes says nothing about whether it is right.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

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
