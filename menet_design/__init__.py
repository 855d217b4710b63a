"""Exact costs, designs for a budget, lost connections and proofs for compact convolutional networks.

Every name is resolved at its first use: importing the package imports nothing else.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from menet_design.analysis.conventions import Convention as Convention
    from menet_design.analysis.counters import convention as convention
    from menet_design.analysis.counters import conventions as conventions
    from menet_design.analysis.detector import FasterRCNN as FasterRCNN
    from menet_design.analysis.loss_ratio import connections as connections
    from menet_design.analysis.loss_ratio import loss_ratio as loss_ratio
    from menet_design.api import build as build
    from menet_design.api import classify as classify
    from menet_design.api import connectivity as connectivity
    from menet_design.api import count as count
    from menet_design.api import detect as detect
    from menet_design.api import diff as diff
    from menet_design.api import evaluate as evaluate
    from menet_design.api import explain as explain
    from menet_design.api import explain_table as explain_table
    from menet_design.api import export as export
    from menet_design.api import latency as latency
    from menet_design.api import memory as memory
    from menet_design.api import networks as networks
    from menet_design.api import picture as picture
    from menet_design.api import probe as probe
    from menet_design.api import reconcile as reconcile
    from menet_design.api import search as search
    from menet_design.api import size as size
    from menet_design.api import table as table
    from menet_design.api import train as train
    from menet_design.api import trained as trained
    from menet_design.api import verify as verify
    from menet_design.deployment import deploy as deploy
    from menet_design.errors import DesignError as DesignError
    from menet_design.exploration.budget import solve as solve
    from menet_design.exploration.shards import merge as merge
    from menet_design.families.design import Design as Design
    from menet_design.families.effnet import EffNet as EffNet
    from menet_design.families.effnet_baseline import EffNetBaseline as EffNetBaseline
    from menet_design.families.effnet_mobilenet import EffNetMobileNet as EffNetMobileNet
    from menet_design.families.effnet_shufflenet import EffNetShuffleNet as EffNetShuffleNet
    from menet_design.families.fd_mobilenet import FDMobileNet as FDMobileNet
    from menet_design.families.formula import formula as formula
    from menet_design.families.googlenet import GoogLeNet as GoogLeNet
    from menet_design.families.menet import MENet as MENet
    from menet_design.families.mobilenet import MobileNet as MobileNet
    from menet_design.families.mobilenet_v2 import MobileNetV2 as MobileNetV2
    from menet_design.families.naming import parse as parse
    from menet_design.families.resnet15 import ResNet15 as ResNet15
    from menet_design.families.resnet_cifar import ResNetCIFAR as ResNetCIFAR
    from menet_design.families.resnext15 import ResNeXt15 as ResNeXt15
    from menet_design.families.sepnet import SEPNet as SEPNet
    from menet_design.families.shufflenet import ShuffleNet as ShuffleNet
    from menet_design.families.vgg import VGGNet as VGGNet
    from menet_design.families.vgg_cifar import VGGNetCIFAR as VGGNetCIFAR
    from menet_design.families.xception15 import Xception15 as Xception15
    from menet_design.graph.builder import BlockBuilder as BlockBuilder
    from menet_design.graph.network import Network as Network
    from menet_design.graph.network import chain as chain
    from menet_design.graph.network import grouped as grouped
    from menet_design.models.binarize import binarize as binarize
    from menet_design.models.checkpoint import load_checkpoint as load_checkpoint
    from menet_design.papers.errata import errata as errata
    from menet_design.resolving import network as network
    from menet_design.training.recipe import Recipe as Recipe
    from menet_design.training.recipe import read_recipe as read_recipe
    from menet_design.verification.pictures import photographs as photographs
    from menet_design.verification.pictures import synthetic as synthetic

    __version__: str

_HOMES = {
    "BlockBuilder": "graph.builder",
    "Convention": "analysis.conventions",
    "Design": "families.design",
    "DesignError": "errors",
    "EffNet": "families.effnet",
    "EffNetBaseline": "families.effnet_baseline",
    "EffNetMobileNet": "families.effnet_mobilenet",
    "EffNetShuffleNet": "families.effnet_shufflenet",
    "FDMobileNet": "families.fd_mobilenet",
    "FasterRCNN": "analysis.detector",
    "GoogLeNet": "families.googlenet",
    "MENet": "families.menet",
    "MobileNet": "families.mobilenet",
    "MobileNetV2": "families.mobilenet_v2",
    "Network": "graph.network",
    "Recipe": "training.recipe",
    "ResNeXt15": "families.resnext15",
    "ResNet15": "families.resnet15",
    "ResNetCIFAR": "families.resnet_cifar",
    "SEPNet": "families.sepnet",
    "ShuffleNet": "families.shufflenet",
    "VGGNet": "families.vgg",
    "VGGNetCIFAR": "families.vgg_cifar",
    "Xception15": "families.xception15",
    "binarize": "models.binarize",
    "build": "api",
    "chain": "graph.network",
    "classify": "api",
    "connections": "analysis.loss_ratio",
    "connectivity": "api",
    "convention": "analysis.counters",
    "conventions": "analysis.counters",
    "count": "api",
    "deploy": "deployment",
    "detect": "api",
    "diff": "api",
    "errata": "papers.errata",
    "evaluate": "api",
    "explain": "api",
    "explain_table": "api",
    "export": "api",
    "formula": "families.formula",
    "grouped": "graph.network",
    "latency": "api",
    "load_checkpoint": "models.checkpoint",
    "loss_ratio": "analysis.loss_ratio",
    "memory": "api",
    "merge": "exploration.shards",
    "network": "resolving",
    "networks": "api",
    "parse": "families.naming",
    "photographs": "verification.pictures",
    "picture": "api",
    "probe": "api",
    "read_recipe": "training.recipe",
    "reconcile": "api",
    "search": "api",
    "size": "api",
    "solve": "exploration.budget",
    "synthetic": "verification.pictures",
    "table": "api",
    "train": "api",
    "trained": "api",
    "verify": "api",
}
__all__ = list(_HOMES)


if not TYPE_CHECKING:  # to type checkers the names above are all there are

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
