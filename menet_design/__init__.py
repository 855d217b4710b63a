"""Exact costs, designs for a budget, lost connections and proofs for compact convolutional networks.

Every name is resolved at its first use: importing the package imports nothing else.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from menet_design.analysis.loss_ratio import connections as connections
    from menet_design.analysis.loss_ratio import loss_ratio as loss_ratio
    from menet_design.api import connectivity as connectivity
    from menet_design.api import count as count
    from menet_design.api import diff as diff
    from menet_design.api import explain as explain
    from menet_design.api import explain_table as explain_table
    from menet_design.api import network as network
    from menet_design.api import picture as picture
    from menet_design.api import probe as probe
    from menet_design.api import reconcile as reconcile
    from menet_design.api import size as size
    from menet_design.api import table as table
    from menet_design.api import verify as verify
    from menet_design.errors import DesignError as DesignError
    from menet_design.families.formula import formula as formula
    from menet_design.families.naming import parse as parse
    from menet_design.models import build as build
    from menet_design.models.binarize import binarize as binarize
    from menet_design.models.checkpoint import load_checkpoint as load_checkpoint
    from menet_design.search.budget import solve as solve
    from menet_design.verification.trained import trained as trained

_HOMES = {
    "DesignError": "errors",
    "binarize": "models.binarize",
    "build": "models",
    "connections": "analysis.loss_ratio",
    "connectivity": "api",
    "count": "api",
    "diff": "api",
    "explain": "api",
    "explain_table": "api",
    "formula": "families.formula",
    "load_checkpoint": "models.checkpoint",
    "loss_ratio": "analysis.loss_ratio",
    "network": "api",
    "parse": "families.naming",
    "picture": "api",
    "probe": "api",
    "reconcile": "api",
    "size": "api",
    "solve": "search.budget",
    "table": "api",
    "trained": "verification.trained",
    "verify": "api",
}
__all__ = list(_HOMES)


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("menet-design")
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        found = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    except ModuleNotFoundError as error:
        from menet_design.errors import missing

        raise missing(error) from None
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
