"""The formula against torch's own symbolic counting: not at samples, but as an identity.

FlopCounterMode around a forward pass of fake tensors whose height and width are symbols returns two flops
per multiply-add as an expression in those symbols: the cost of the model that was executed, at every
resolution. The tools for it are half private to torch, which is why they stand in tests only.
"""

import pytest
import sympy
import torch
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.fx.experimental.symbolic_shapes import DimDynamic, ShapeEnv, StatelessSymbolicContext
from torch.utils.flop_counter import FlopCounterMode

from menet_design import build, count, formula
from menet_design.families.menet import MENet

# Each line that these tests reach others reach too; tracing lines would double their time.
pytestmark = pytest.mark.no_cover

W, K, ALPHA, G, C, R, N = sympy.symbols("w k alpha g c r n")
M = sympy.Symbol("m", integer=True, positive=True)

# What multiply-adds of a MENet consist of. A convolution costs kernel² · pixels · (channels read) · (channels made)
# / groups. Groups are 1, g or, depthwise, the channels; pixels are a fraction of r²; channels are multiples of 3, c,
# w or k·αⁱ in stage i, or of w less c where a module concatenates. Layer by layer that is:
MONOMIALS = (
    C * R**2,  # the stem
    W * C * R**2,  # the first pointwise convolution of stage 2, which is not grouped
    W**2 / G * R**2,  # all other pointwise ones of the residual branch
    W**2 * R**2,  # none, unless one of those were not grouped
    W * C / G * R**2,  # what the downsampling module of stage 2 need not make, since it concatenates the stem's c
    W * R**2,  # the depthwise ones
    *(W * K * ALPHA**stage * R**2 for stage in range(3)),  # merging, and matching the bottleneck again
    *(K**2 * ALPHA ** (2 * stage) * R**2 for stage in range(3)),  # evolution
    W * N,  # the classifier
)

# One design a monomial, such that no combination of monomials but 0 vanishes at all of them.
DESIGNS = [
    MENet(width=width, fusion=fusion, expansion=expansion, groups=groups, stem=stem, classes=classes)
    for width, fusion, expansion, groups, stem, classes in [
        # Polynomials of degree 2 in w and k are determined by these six, ...
        (48, 4, 1, 3, 12, 10),
        (48, 8, 1, 3, 12, 10),
        (48, 12, 1, 3, 12, 10),
        (60, 4, 1, 3, 12, 1000),
        (60, 8, 1, 3, 12, 10),
        (72, 4, 1, 3, 12, 10),
        # ... what depends on α by two more values of it, ...
        (48, 4, 2, 3, 12, 10),
        (48, 8, 2, 3, 12, 10),
        (48, 4, "3/2", 3, 12, 10),
        (48, 8, "3/2", 3, 12, 10),
        # ... and what depends on c and g by the networks of Table I.
        (228, 12, 1, 3, 24, 1000),
        (256, 12, 1, 4, 24, 1000),
        (352, 12, 1, 8, 24, 1000),
    ]
]


@pytest.fixture(scope="module")
def images():
    """A fake image of symbolic height and width, under whose mode models are fake too."""
    mode = FakeTensorMode(shape_env=ShapeEnv())
    sizes = [DimDynamic.STATIC, DimDynamic.STATIC, DimDynamic.DYNAMIC, DimDynamic.DYNAMIC]
    context = StatelessSymbolicContext(dynamic_sizes=sizes)
    return mode.from_tensor(torch.empty(1, 3, 224, 224), symbolic_context=context)


def flops(design, images):
    """What torch counts, as a function of height and width."""
    with images.fake_mode, torch.no_grad():
        model = build(design)
        with FlopCounterMode(display=False) as counter:
            model(images)
    sides = tuple(side.node.expr for side in images.shape[2:])
    assert len(set(sides)) == 2
    assert counter.get_total_flops().node.expr.free_symbols == set(sides)
    expression = counter.get_total_flops().node.expr
    return lambda *values: expression.subs(dict(zip(sides, values, strict=True)))


def letters(design):
    """The numbers of a design by the letters of the formula, but for the resolution."""
    return {W: design.width, K: design.fusion, ALPHA: design.expansion, G: design.groups, C: design.stem} | {
        N: design.classes
    }


# Two by default; the identity on all designs is that on all of these, which the long lists are for.
LISTED = [
    pytest.param(
        design,
        id=f"{design.name}, c={design.stem}, n={design.classes}",
        marks=[pytest.mark.slow] if index > 1 else [],
    )
    for index, design in enumerate(DESIGNS)
]


@pytest.mark.parametrize("design", LISTED)
def test_the_formula_is_torchs_symbolic_count_at_every_multiple_of_32(design, images):
    closed_form = formula("menet").macs.subs(letters(design)).subs(R, 32 * M)
    counted = flops(design, images)(32 * M, 32 * M)
    assert sympy.expand(counted - 2 * closed_form) == 0


def test_the_identity_on_these_designs_is_the_identity_on_all():
    """Formula and count lie in the span of MONOMIALS, on which equality at DESIGNS is equality everywhere."""
    terms = sympy.Add.make_args(sympy.expand(formula("menet").macs))
    assert {term.as_coeff_Mul()[1] for term in terms} <= set(MONOMIALS)
    values = sympy.Matrix([[term.subs(R, 1).subs(letters(design)) for term in MONOMIALS] for design in DESIGNS])
    assert values.rank() == len(MONOMIALS)


def test_the_counter_is_torchs_symbolic_count_where_32_does_not_divide_the_resolution(images):
    design = DESIGNS[0]
    counted = flops(design, images)
    # The model for 224 pixels pools 7×7 maps, and cuts up to 13×13 ones to that: it makes one pixel of 193 to 416.
    for resolution in range(193, 417):
        assert 2 * count(design.but(resolution=resolution)).macs == counted(resolution, resolution)
