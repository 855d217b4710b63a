"""A design as the authors' JSON model config."""

import json
from pathlib import Path

from menet_design.exporting.subject import Subject
from menet_design.families.configs import write_config


def write(subject: Subject, path: Path) -> None:
    """Write what `config` writes; DesignError where the authors' configs cannot say the design."""
    path.write_text(json.dumps(write_config(subject.known_design()), indent=2) + "\n", encoding="utf-8")
