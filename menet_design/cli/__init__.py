"""The command line: one file a command, which parses, calls one function and hands the result to `report`."""

import contextlib
import io
import os
import re
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Annotated, Any

import typer

from menet_design.cli.guesses import instead_of, out_of_place, translated
from menet_design.cli.output import FALLBACK, help_mode
from menet_design.errors import DesignError, printable

USAGE_ERROR, INTERRUPTED = 2, 130

# The commands as help groups them; each is a module of this package, in which `run` is the command.
COMMANDS = {
    "Analyse": (
        "flops",
        "size",
        "memory",
        "detector",
        "diff",
        "reconcile",
        "explain",
        "formula",
        "loss-ratio",
        "connectivity",
    ),
    "Design": ("budget", "search", "merge", "networks"),
    "Prove": ("verify",),
    "Measure": ("latency",),
    "Use": ("classify", "evaluate"),
    "Show": ("table", "errata", "plot", "picture"),
    "Train": ("train",),
    "Write": ("export", "config"),
}


def build(arguments: Sequence[str]) -> typer.Typer:
    """The command line: with the one command that the arguments begin with, otherwise with all of them.

    A command that is not asked for need not be imported, which would take a tenth of the time of the others.
    """
    app = typer.Typer(
        name="menet-design",
        context_settings={"help_option_names": ["-h", "--help"]},
        pretty_exceptions_enable=False,
        rich_markup_mode=help_mode(),
    )
    app.callback(invoke_without_command=True)(_root)
    known = {name: panel for panel, names in COMMANDS.items() for name in names}
    for name in set(arguments[:1]) & known.keys() or known:
        module = import_module(f"menet_design.cli.{name.replace('-', '_')}")
        app.command(name, rich_help_panel=known[name])(module.run)
    return app


def _root(
    context: typer.Context, version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False
) -> None:
    """Design compact convolutional networks: exact costs, a width for a budget, lost connections, and the proof.

    A network is named as in the papers, 352-MENet-12x1/8, or by the path of the authors' JSON config.
    Exit codes: 0 done, 1 verification failed, 2 wrong use, 130 interrupted.
    """
    if version:
        from importlib.metadata import version as installed

        print(f"menet-design {installed('menet-design')}")
    elif context.invoked_subcommand is None:
        print(context.get_help())


def main() -> None:
    """Run the command line and exit; an error is one line on stderr."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors=FALLBACK)
    try:
        arguments = translated(sys.argv[1:])
        code = build(arguments)(arguments, standalone_mode=False) or 0
        print(end="", flush=True)
    except DesignError as error:
        code = _fail(str(error))
    except _UsageError as error:
        code = _fail(f"{_cause(error)} See {error.ctx.command_path if error.ctx else 'menet-design'} -h")
    except ImportError as error:
        code = _fail(f"a library cannot be loaded: {error}")
    except MemoryError:
        code = _fail("this takes more memory than there is. Give a narrower design")
    except KeyboardInterrupt:
        code = INTERRUPTED
    except SystemExit:  # how typer says that the reader of a pipe has left, as `head` does: no error
        code = 0
        _forget_output()
    except OSError as error:
        code = 0 if isinstance(error, BrokenPipeError) else _fail(str(error.strerror or error))
        _forget_output()
    if code == INTERRUPTED:  # which typer makes of an interrupt, too
        _tell("interrupted")
    sys.exit(code)


# Typer raises its parser's usage errors without exporting their base class.
_UsageError: Any = typer.BadParameter.__base__


def _fail(message: str) -> int:
    _tell(f"error: {printable(message)}")
    return USAGE_ERROR


def _tell(message: str) -> None:
    """A line on stderr, if there is one and it takes it."""
    if sys.stderr is not None:
        with contextlib.suppress(OSError, ValueError):
            print(message, file=sys.stderr, flush=True)


def _cause(error: Any) -> str:
    message = error.format_message().rstrip(".")
    unknown = re.match(r"No such (?:command|option):? '?([^\s']+)", message)
    instead = instead_of(unknown[1], error.ctx.info_name or "") if unknown and error.ctx else None
    if unknown and instead:
        return f"No {printable(unknown[1])} here. {instead}."
    extra = re.match(r"Got unexpected extra argument\S* \((.+)\)", message)
    if extra and error.ctx:
        words = [*map(str, error.ctx.params.values()), *extra[1].split()]
        message = out_of_place(words, error.ctx.info_name or "") or message
    negative = re.fullmatch(r"No such option: (-[0-9.]+)", message)
    if negative:
        message = f"{negative[1]} is below zero, and all numbers of a design are above"
    return message if message.endswith("?") else f"{message}."


def _forget_output() -> None:
    """Keep Python from writing, at its exit, what could not be written."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def __getattr__(name: str) -> typer.Typer:
    """`app`, the whole command line, for tools that document it."""
    if name != "app":
        raise AttributeError(name)
    return build(())
