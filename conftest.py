"""The README and the docs are tests: every command in them is run, and its output compared."""

import contextlib
import io
import os
import shlex
import sys
import tempfile
from pathlib import Path
from typing import Any
from unittest import mock

from sybil import Example, Sybil
from sybil.parsers.markdown import CodeBlockParser, PythonCodeBlockParser

from menet_design.cli import main

# torch's threads wait for each other in a busy loop: beside another busy process a proof takes twenty times as long.
os.environ.setdefault("OMP_NUM_THREADS", "1")


def _run(command: str) -> str:
    """What a command prints, stdout and stderr together."""
    printed = io.StringIO()
    _, *arguments = shlex.split(command)
    with (
        contextlib.redirect_stdout(printed),
        contextlib.redirect_stderr(printed),
        contextlib.suppress(SystemExit),
        mock.patch("sys.argv", ["menet-design", *arguments]),
        mock.patch.dict(os.environ, {"COLUMNS": "80"}),
    ):
        main()
    return printed.getvalue()


def _check_console(example: Example) -> str | None:
    """Each "$ menet-design …" of a console block, followed by exactly what it prints."""
    for shown in ("\n" + example.parsed).split("\n$ ")[1:]:
        command, _, expected = shown.partition("\n")
        printed = _run(command)
        if printed.strip() != expected.strip():
            return f"$ {command}\nshould print\n{printed}\nand not\n{expected}"
    return None


def _write(example: Example) -> None:
    """A block of "py" is a file, whose first line says its name."""
    Path(example.parsed.split()[1]).write_text(example.parsed, encoding="utf-8")


def _enter(namespace: dict[str, Any]) -> None:
    """Each page goes on in an empty folder of its own."""
    stack = namespace["stack"] = contextlib.ExitStack()
    folder = stack.enter_context(tempfile.TemporaryDirectory())
    stack.enter_context(contextlib.chdir(folder))
    stack.enter_context(mock.patch.object(sys, "path", [folder, *sys.path]))


def _leave(namespace: dict[str, Any]) -> None:
    namespace.pop("stack").close()


pytest_collect_file = Sybil(
    parsers=[CodeBlockParser("console", _check_console), CodeBlockParser("py", _write), PythonCodeBlockParser()],
    patterns=["README.md", "docs/*.md", "docs/howto/*.md"],
    setup=_enter,
    teardown=_leave,
).pytest()
