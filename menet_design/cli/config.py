"""menet-design config: a design as the authors' JSON model config."""

import json

from menet_design.cli.options import Force, Groups, Name, Output, Stem, command
from menet_design.cli.output import say


@command
def run(name: Name, groups: Groups = None, stem: Stem = None, output: Output = None, force: Force = False) -> None:
    """Write a design as the authors' JSON model config, which every command reads as a DESIGN.

    Example: menet-design config 352-MENet-12x1/8 --output 352.json
    """
    from menet_design.families.configs import write_config
    from menet_design.families.naming import parse

    say(json.dumps(write_config(parse(name, groups=groups, stem=stem)), indent=2) + "\n", output, force)
