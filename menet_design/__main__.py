"""The command `menet-design`, and python -m menet_design."""

import sys


def main() -> None:
    """Run the command line; an interrupt while it is being imported ends it like any other."""
    try:
        from menet_design.cli import main as run
    except KeyboardInterrupt:
        sys.exit(130)
    run()


if __name__ == "__main__":
    main()
