"""What the tests share: the command line, run in this process, and golden files."""

import contextlib
import io
import os
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import settings

GOLDEN = Path(__file__).with_name("golden")


# How long an example takes says nothing about whether it is right.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


class Result(NamedTuple):
    """What a command line did."""

    code: int
    stdout: str
    stderr: str


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--regenerate-golden", action="store_true", help="Rewrite tests/golden/ with today's outputs.")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave long lists out unless ALL_MODELS is set."""
    if "ALL_MODELS" not in os.environ:
        for item in items:
            if "slow" in item.keywords:
                item.add_marker(pytest.mark.skip(reason="a long list: set ALL_MODELS"))


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run the command line in this process: the first argument is split as a shell would, the others are not."""
    from menet_design.cli import main

    monkeypatch.setenv("COLUMNS", "80")

    def run(command: str = "", *arguments: object) -> Result:
        stdout, stderr = io.StringIO(), io.StringIO()
        monkeypatch.setattr("sys.argv", ["menet-design", *shlex.split(command), *map(str, arguments)])
        with contextlib.redirect_stdout(stdout), contextlib.redirect_stderr(stderr), pytest.raises(SystemExit) as end:
            main()
        return Result(end.value.code, stdout.getvalue(), stderr.getvalue())

    return run


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compare a text with tests/golden/NAME.txt, which --regenerate-golden rewrites."""

    def compare(name: str, text: str) -> None:
        path = GOLDEN / f"{name}.txt"
        if request.config.getoption("--regenerate-golden"):
            path.write_text(text, encoding="utf-8")
        assert text == path.read_text(encoding="utf-8")

    return compare
