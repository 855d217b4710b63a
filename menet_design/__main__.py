"""python -m menet_design"""

from menet_design.cli import main

main()
