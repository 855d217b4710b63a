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
    from menet_design.api.models import build as build
    from menet_design.api.models import classify as classify
    from menet_design.api.models import evaluate as evaluate
    from menet_design.api.models import export as export
    from menet_design.api.models import latency as latency
    from menet_design.api.models import probe as probe
    from menet_design.api.models import train as train
    from menet_design.api.models import trained as trained
    from menet_design.api.models import verify as verify
    from menet_design.api.networks import connectivity as connectivity
    from menet_design.api.networks import count as count
    from menet_design.api.networks import detect as detect
    from menet_design.api.networks import diff as diff
    from menet_design.api.networks import explain as explain
    from menet_design.api.networks import explain_table as explain_table
    from menet_design.api.networks import memory as memory
    from menet_design.api.networks import networks as networks
    from menet_design.api.networks import picture as picture
    from menet_design.api.networks import reconcile as reconcile
    from menet_design.api.networks import search as search
    from menet_design.api.networks import size as size
    from menet_design.api.networks import table as table
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
    "build": "api.models",
    "chain": "graph.network",
    "classify": "api.models",
    "connections": "analysis.loss_ratio",
    "connectivity": "api.networks",
    "convention": "analysis.counters",
    "conventions": "analysis.counters",
    "count": "api.networks",
    "deploy": "deployment",
    "detect": "api.networks",
    "diff": "api.networks",
    "errata": "papers.errata",
    "evaluate": "api.models",
    "explain": "api.networks",
    "explain_table": "api.networks",
    "export": "api.models",
    "formula": "families.formula",
    "grouped": "graph.network",
    "latency": "api.models",
    "load_checkpoint": "models.checkpoint",
    "loss_ratio": "analysis.loss_ratio",
    "memory": "api.networks",
    "merge": "exploration.shards",
    "network": "resolving",
    "networks": "api.networks",
    "parse": "families.naming",
    "photographs": "verification.pictures",
    "picture": "api.networks",
    "probe": "api.models",
    "read_recipe": "training.recipe",
    "reconcile": "api.networks",
    "search": "api.networks",
    "size": "api.networks",
    "solve": "exploration.budget",
    "synthetic": "verification.pictures",
    "table": "api.networks",
    "train": "api.models",
    "trained": "api.models",
    "verify": "api.models",
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
