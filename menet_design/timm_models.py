"""The published networks by name in timm: once this is imported, `timm.create_model("menet_228_12x1_g3")` makes one.

The names are the identifiers of `networks()`, those of MENets with a line after the word. A name that timm has itself
stays timm's. Raises MissingPackage, as it is imported, where timm is not installed.
"""

import re
from typing import Any

from menet_design import families
from menet_design.errors import DesignError, MissingPackage
from menet_design.families.design import Design, sides
from menet_design.models import build

try:
    from timm.models import is_model, register_model
except ModuleNotFoundError:
    raise MissingPackage("this needs timm, which is not installed", "Install timm") from None

# The numbers of a design by the words that timm has for them, and what timm passes on for weights to download.
_WORDS = {"num_classes": "classes", "in_chans": "channels", "img_size": "resolution"}
_DOWNLOADS = {"pretrained_cfg", "pretrained_cfg_overlay", "cache_dir"}


def _name(design: Design) -> str:
    """A name in which timm finds no tag, which begins with a point."""
    return re.sub(r"\W", "_", re.sub("^menet", "menet_", design.identifier))


def _register(design: Design) -> None:
    def create(pretrained: bool = False, features_only: bool = False, **words: Any) -> Any:
        if pretrained:
            raise DesignError(f"no weights of {design.name} can be downloaded", "Give checkpoint_path")
        numbers = {_WORDS.get(word, word): value for word, value in words.items() if word not in _DOWNLOADS}
        model = _built(design, **numbers)
        return model.features_only() if features_only else model

    create.__name__, create.__doc__ = _name(design), design.title
    register_model(create)


def _built(design: Design, *, classes: int | None = None, **numbers: Any) -> Any:
    """The model with some numbers changed, and what timm asks a model for; of 0 classes, it gives features."""
    model = build(design.but(classes=classes or design.classes, **numbers))
    if classes == 0:
        model.reset_classifier(0)
    shape = (model.design.channels, *sides(model.design.resolution))
    described = {"architecture": _name(design), "input_size": shape, "num_classes": model.num_classes}
    vars(model).update(pretrained_cfg=described, default_cfg=described)
    return model


for _design, _ in families.published():
    if not is_model(_name(_design)):
        _register(_design)
