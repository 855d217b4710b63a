"""menet-design config: a design as the authors' JSON model config."""

import json

from menet_design.cli.answer import Force, Output
from menet_design.cli.options import Name, Numbers
from menet_design.cli.output import say
from menet_design.cli.spreading import command


@command
def run(name: Name, numbers: Numbers, *, output: Output = None, force: Force = False) -> None:
    """Write a design as the authors' JSON model config, which every command reads as a NETWORK.

    Example: menet-design config 352-MENet-12x1/8 --output 352.json
    """
    from menet_design.families.configs import write_config

    (design,) = numbers.designs(name)
    say(json.dumps(write_config(design), indent=2) + "\n", output, force)
