"""What other counters report of the same network: named steps from this project's total, in closed form.

They hold at batch size 1, in evaluation, on a CPU, for networks that were recorded and for the models as they are built
here (`menet_design.models`). fvcore, torch and ptflops' ATen look at the operations that are executed, thop and
torchinfo hook modules, DeepSpeed and calflops replace functions of torch, and ptflops does both. imgclsmob's is what
its READMEs print. Those of earlier years hook modules.
"""

from collections.abc import Mapping
from types import MappingProxyType

from menet_design.analysis.conventions import PAPER, Convention
from menet_design.analysis.counters.executed import PTFLOPS_ATEN, TORCH
from menet_design.analysis.counters.fvcore import FVCORE
from menet_design.analysis.counters.imgclsmob import IMGCLSMOB, IMGCLSMOB_FLOPS
from menet_design.analysis.counters.mmcv import MMCV
from menet_design.analysis.counters.ptflops import PTFLOPS_PYTORCH
from menet_design.analysis.counters.replacing import CALFLOPS, DEEPSPEED
from menet_design.analysis.counters.thop import THOP
from menet_design.analysis.counters.thop_earlier import THOP_1912, THOP_2001, THOP_2005
from menet_design.analysis.counters.torchinfo import TORCHINFO
from menet_design.analysis.counters.torchstat import TORCHSTAT, TORCHSTAT_MADD
from menet_design.errors import DesignError
from menet_design.values import check_known, check_type

# Read from the counters' sources, and compared with what they report when they are run, or have printed.
_CONVENTIONS = (
    FVCORE,
    PTFLOPS_PYTORCH,
    PTFLOPS_ATEN,
    THOP,
    TORCHINFO,
    DEEPSPEED,
    CALFLOPS,
    TORCH,
    IMGCLSMOB,
    IMGCLSMOB_FLOPS,
)
# The versions, or the years, whose rules these are.
VERSIONS: Mapping[str, str] = MappingProxyType(
    {
        "fvcore": "0.1.5.post20221221",
        "ptflops": "0.7.5",
        "thop": "0.1.1.post2209072238",
        "torchinfo": "1.8.0",
        "deepspeed": "0.19.8",
        "calflops": "0.3.2",
        "torch": "2.13.0",
        "imgclsmob": "2018",
    }
)
COUNTERS: Mapping[str, Convention] = MappingProxyType({each.name: each for each in _CONVENTIONS})
# By which figures in print were counted: releases that others have followed, and counters that nobody goes on with. The
# release stands in the statement of each.
EARLIER: Mapping[str, Convention] = MappingProxyType(
    {each.name: each for each in (THOP_1912, THOP_2001, THOP_2005, MMCV, TORCHSTAT, TORCHSTAT_MADD)}
)
ALL: Mapping[str, Convention] = MappingProxyType({**COUNTERS, **EARLIER})


def conventions() -> tuple[Convention, ...]:
    """All conventions, the paper's first.

    >>> [each.name for each in conventions()][:3]
    ['paper', 'fvcore', 'ptflops_pytorch']
    """
    return PAPER, *ALL.values()


def convention(name: str | Convention) -> Convention:
    """The convention of a name, with hyphens or underscores; a convention is itself.

    Raises DesignError, naming all, for any other name, and TypeError for what is no name.

    >>> convention("ptflops-aten").name
    'ptflops_aten'
    """
    if isinstance(name, Convention):
        return name
    check_type("a convention", name, str, "its name or a Convention")
    known = {each.name: each for each in conventions()}
    key = name.lower().replace("-", "_")
    several = [each for each in known if each.startswith(f"{key}_")]
    if several and key not in known:
        meant = " or ".join(several).replace("_", "-")
        raise DesignError(f"{name} counts in {len(several)} ways", f"Give {meant}", several)
    check_known("convention", key, tuple(known))
    return known[key]
