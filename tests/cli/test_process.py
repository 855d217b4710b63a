"""The command as a process of its own: what it imports, pipes, terminals, encodings, completion."""

import contextlib
import json
import os
import pickle
import re
import shlex
import signal
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import pytest

from menet_design.cli import COMMANDS

SCRIPT = Path(sysconfig.get_path("scripts")) / "menet-design"
HEAVY = {"torch", "fvcore", "sympy", "numpy", "matplotlib", "tabulate", "pydantic"}


class Result(NamedTuple):
    """What a process did."""

    code: int
    stdout: str
    stderr: str


@pytest.fixture(scope="module")
def process() -> Callable[..., Result]:
    """Run the installed command in a process of its own; keyword arguments are environment variables."""

    def run(command: str, **environment: str) -> Result:
        done = subprocess.run(
            [SCRIPT, *shlex.split(command)],
            capture_output=True,
            encoding="utf-8",
            env={**os.environ, **environment},
            check=False,
        )
        return Result(done.returncode, done.stdout, done.stderr)

    return run


def run_python(code: str, *arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, encoding="utf-8", check=False)


def imported_by(code: str, *arguments: str) -> set[str]:
    """The top-level modules that a program has imported when it ends."""
    ends = "\nimport sys, json\nprint(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"
    done = run_python(code + ends, *arguments)
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


COMMAND_LINE = """
import contextlib
from menet_design.cli import main
with contextlib.suppress(SystemExit):
    main()
"""


@pytest.mark.parametrize(
    "command",
    [
        "loss-ratio --groups 3",
        "flops 352-MENet-12x1/8 --by layer",
        "budget 140 --groups 8",
        "table 228-MENet-12x1/3 352-MENet-12x1/8",
        "flops 230-MENet-12x1/3",
        "connectivity 352-MENet-12x1/8",
        "connectivity 228-MENet-12x1/3 352-MENet-12x1/8 --by pair --format csv",
        "connectivity 352-MENet-12x1/8 --by group --format json",
        "connectivity 352-MENet-12x1/8 --images nowhere",
    ],
)
def test_a_quick_command_imports_nothing_heavy(command):
    assert imported_by(COMMAND_LINE, *command.split()) & HEAVY == set()


def test_importing_the_package_imports_nothing_heavy():
    loaded = imported_by("import menet_design; dir(menet_design)")
    assert loaded & (HEAVY | {"typer", "rich"}) == set()


def test_the_torch_free_interface_stays_torch_free():
    code = (
        "import menet_design as m; d = m.parse('352-MENet-12x1/8'); m.count(d); m.solve(140e6, groups=8)\n"
        "m.table([d]); m.connectivity(d)"
    )
    assert imported_by(code) & (HEAVY | {"typer"}) == set()


WITHOUT = """
import sys
sys.modules[sys.argv.pop(1)] = None  # importing it raises ModuleNotFoundError
from menet_design.cli import main
main()
"""


@pytest.mark.parametrize(
    ("package", "command"),
    [
        ("torch", "verify 352-MENet-12x1/8"),
        ("fvcore", "verify 352-MENet-12x1/8"),
        ("joblib", "search --jobs 2"),
        ("moocore", "search --minimise macs --minimise loss --maximise fusion"),
        ("torch", "latency 352-MENet-12x1/8"),
        ("torch", "classify cat.png --weights w.pth --network VGG-16"),
        ("torch", "evaluate val --weights w.pth --network VGG-16"),
        ("torch", "budget 140 --groups 8 --verify"),
        ("torch", "connectivity 36-MENet-1x1/3 --prove"),
        ("torch", "connectivity 36-MENet-1x1/3 --weights w.pth"),
        ("PIL", "connectivity 36-MENet-1x1/3 --weights w.pth --images ."),
    ],
)
def test_what_needs_a_package_says_what_to_install(package, command):
    done = run_python(WITHOUT, package, *command.split())
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"error: this needs {package}")
    extra = "search" if command.startswith("search") else "torch"
    assert done.stderr.endswith(f", which is not installed. Install 'menet-design[{extra}]'\n")


@pytest.mark.parametrize(
    "command",
    [
        "formula",
        "loss-ratio --groups 3 --derive",
        "budget 140 --groups 8",
        "networks",
        "connectivity 352-MENet-12x1/8",
        "connectivity 352-MENet-12x1/8 --by group --format json",
    ],
)
def test_all_but_the_proof_works_without_torch(command):
    done = run_python(WITHOUT, "torch", *command.split())
    assert (done.returncode, done.stderr) == (0, "")


def test_version(process):
    assert process("--version") == (0, f"menet-design {version('menet-design')}\n", "")


@pytest.mark.parametrize("command", ["", "-h", "--help"])
def test_help_shows_every_command_by_its_purpose(process, command):
    result = process(command, COLUMNS="80")
    assert (result.code, result.stderr) == (0, "")
    shown = [name for panel, names in COMMANDS.items() for name in (panel, *names)]
    assert re.findall("|".join(rf"(?<=─ ){name}(?= ─)|(?<=│ ){name}(?= )" for name in shown), result.stdout) == shown
    assert "Exit codes" in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 80


@pytest.mark.parametrize("command", [name for names in COMMANDS.values() for name in names])
def test_help_of_a_command_has_an_example_that_runs(process, cli, command):
    shown = process(f"{command} -h", COLUMNS="200").stdout
    narrow = cli(f"{command} -h").stdout
    assert not re.search(r"<\w+\|", narrow)  # choices are words of the text, which lines are not broken in
    example = re.search(rf"Example: menet-design ({command}.*?) *$", shown, re.MULTILINE)[1]
    if not {"--output", "--weights"} & set(example.split()):  # what reads or writes files is run on the pages
        assert cli(example).code == 0


def test_the_module_runs_as_the_command_does(process):
    done = subprocess.run(
        [sys.executable, "-m", "menet_design", "loss-ratio", "-g", "3"], capture_output=True, check=True
    )
    assert done.stdout.decode() == process("loss-ratio --groups 3").stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_shell_has_its_completion(process, shell):
    result = process("", _MENET_DESIGN_COMPLETE=f"source_{shell}")
    assert (result.code, result.stderr) == (0, "")
    assert "_MENET_DESIGN_COMPLETE" in result.stdout


def test_show_completion_knows_its_shell():
    # "; :" keeps bash from replacing itself by the command, which looks for the shell among its parents.
    command = f"{shlex.quote(str(SCRIPT))} --show-completion; :"
    done = subprocess.run(["bash", "-c", command], capture_output=True, encoding="utf-8", check=True)
    assert "complete -o default -F _menet_design_completion menet-design" in done.stdout


@pytest.mark.parametrize(
    ("words", "completed"),
    [
        ("bud", ["budget"]),
        ("f", ["flops", "formula"]),
        ("flops --by la", ["layer"]),
        ("conn", ["connectivity"]),
        ("connectivity --by gr", ["group"]),
        ("connectivity 456-", ["456-MENet-24x1/3"]),
    ],
)
def test_completion_completes(process, words, completed):
    request = {"COMP_WORDS": f"menet-design {words}", "COMP_CWORD": str(len(words.split()))}
    assert process("", _MENET_DESIGN_COMPLETE="complete_bash", **request).stdout.split() == completed


@pytest.mark.parametrize(
    "command",
    [
        "flops 352-MENet-12x1/8 --by layer",
        "flops 108-MENet-8x1/3 --format json",
        "-h",
        "connectivity 352-MENet-12x1/8",
        "connectivity 352-MENet-12x1/8 --by group --format csv",
    ],
)
def test_a_reader_that_leaves_early_is_no_error(command):
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {shlex.quote(str(SCRIPT))} {command} | head -1"],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout.splitlines()) == 1


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("command", ["loss-ratio -g 3", "flops 352-MENet-12x1/8 228-MENet-12x1/3 -f json", "flops -h"])
def test_a_reader_that_is_gone_is_no_error(command, unbuffered):
    """A short answer fails at the last flush; a long one, beyond every buffer, while it is written."""
    reader, writer = os.pipe()
    os.close(reader)
    environment = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
    done = subprocess.run(
        [SCRIPT, *command.split()], stdout=writer, stderr=subprocess.PIPE, env=environment, check=False
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_full_disk_is_one_line(unbuffered):
    environment = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [SCRIPT, "loss-ratio", "-g", "3"], stdout=full, stderr=subprocess.PIPE, env=environment, check=False
        )
    assert done.returncode == 2
    (line,) = done.stderr.decode().splitlines()
    assert line.startswith("error: ")


@pytest.mark.parametrize(
    "command",
    [
        "table 228-MENet-12x1/3",
        "loss-ratio --groups 8 --channels 88 --derive",
        "connectivity 352-MENet-12x1/8",
        "connectivity 352-MENet-12x1/8 --by group",
        "",
        "formula -h",
    ],
)
def test_a_terminal_without_typographic_signs_gets_others(process, command):
    """A formula in which each sign of multiplication is a question mark says nothing; help has boxes around it."""
    result = process(command, PYTHONIOENCODING="ascii")
    assert (result.code, result.stderr) == (0, "")
    assert result.stdout.isascii()
    is_help = command in ("", "formula -h")
    assert is_help or [line for line in result.stdout.splitlines() if "?" in line] == []


def test_an_error_shows_on_a_terminal_without_typographic_signs(process):
    result = process("flops 228×MENet", PYTHONIOENCODING="ascii")
    assert (result.code, result.stdout) == (2, "")
    assert result.stderr.startswith("error: ")


@pytest.mark.parametrize(
    "command", ["table 228-MENet-12x1/3", "flops 352-MENet-12x1/8", "loss-ratio --groups 3 --derive"]
)
def test_json_is_the_same_in_every_encoding(process, command):
    outputs = [process(f"{command} --format json", PYTHONIOENCODING=name).stdout for name in ("ascii", "utf-8")]
    assert json.loads(outputs[0]) == json.loads(outputs[1])


@pytest.mark.parametrize("command", ["budget 140 --groups 8", "networks", "", "flops -h", "verify 230-MENet-12x1/3"])
def test_a_pipe_gets_no_escape_codes(process, command):
    result = process(command, TERM="xterm-256color")
    assert "\x1b" not in result.stdout + result.stderr


def test_a_pickle_of_any_protocol_is_refused_in_one_line(process, tmp_path):
    """torch warns of protocol 4, and an error is one line."""
    file = tmp_path / "weights.pth"
    file.write_bytes(pickle.dumps({"state_dict": Path("code")}, protocol=4))
    result = process(f"verify 108-MENet-8x1/3 --resolution 32 --weights {file}")
    assert (result.code, result.stdout) == (2, "")
    (line,) = result.stderr.splitlines()
    assert line.startswith("error: ")


# Terminals.
pty = pytest.importorskip("pty", reason="this system has no pseudo-terminals")
ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@contextlib.contextmanager
def terminal(command: str, columns: int = 80, **environment: str) -> Iterator[tuple[subprocess.Popen, Callable]]:
    """A command that runs on a terminal of a width, and a function that reads some of what it prints."""
    import fcntl
    import struct
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    inherited = {key: value for key, value in os.environ.items() if key not in ("COLUMNS", "NO_COLOR")}
    environment = {**inherited, "TERM": "xterm-256color", **environment}
    streams = {"stdin": theirs, "stdout": theirs, "stderr": theirs}
    with subprocess.Popen([SCRIPT, *shlex.split(command)], **streams, env=environment) as running:
        os.close(theirs)
        yield running, lambda: read(ours)
    os.close(ours)


def read(descriptor: int) -> bytes:
    """What a terminal has received; nothing where its other side has closed, which Linux reports as an error."""
    try:
        return os.read(descriptor, 65536)
    except OSError:
        return b""


def on_terminal(command: str, columns: int, **environment: str) -> str:
    """What a command prints to a terminal of a width, escape codes included."""
    with terminal(command, columns, **environment) as (_, more):
        return b"".join(iter(more, b"")).decode().replace("\r\n", "\n")


SHOWN = {
    "budget 140 --groups 8": ["352-MENet-12×1 (g = 8)", "← published: Table I"],
    "budget 140 --groups 3,4,8": ["228-MENet-12x1/3", "← published: Table I"],
    "flops 352-MENet-12x1/8": ["classifier", "1408×7×7"],
    "flops 108-MENet-8x1/3 --by layer": ["stage4.3.residual.depthwise_norm", "38,287,440"],
    "flops 228-MENet-12x1/3 256-MENet-12x1/4 352-MENet-12x1/8 --by block": ["256-MENet-12x1/4", "144.09"],
    "table 228-MENet-12x1/3 256-MENet-12x1/4 352-MENet-12x1/8": ["ME module, 1408, ×3", "140 × 10⁶"],
    "networks": ["228-MENet-12x1-add/3", "228-MENet-12x1.5/3", "Table VII"],
    "loss-ratio --groups 8 --channels 88": ["N_actual (Eq. 2)", "3,388"],
    "connectivity 352-MENet-12x1/8": ["every channel is connected to every other", "stage4.1-3", "50.1 %"],
    "connectivity 352-MENet-12x1/8 --by pair": ["N_total", "stage3.1-7", "13,552"],
    "connectivity 352-MENet-12x1/8 --by group": ["group  0  1  2  3  4  5  6  7", "stage4.0-3"],
    "connectivity 228-MENet-12x1/3 352-MENet-12x1/8": ["66.7 %", "87.5 %"],
    "formula": ["36*k**2*(alpha**2 + 4)**2"],
}


@pytest.mark.parametrize("columns", [48, 80])
@pytest.mark.parametrize("command", SHOWN)
def test_a_terminal_shows_everything_whole(command, columns):
    printed = on_terminal(command, columns)
    text = ESCAPE.sub("", printed)
    assert "…" not in text
    words = " ".join(text.split())
    assert [part for part in SHOWN[command] if " ".join(part.split()) not in words] == []
    rows = [line.rstrip() for line in text.splitlines() if "*" not in line and ": menet-design " not in line]  # to copy
    assert [line for line in rows if len(line) > columns] == []


def test_a_wide_terminal_shows_more():
    narrow, wide = (on_terminal("flops 352-MENet-12x1/8", columns) for columns in (80, 100))
    assert ("144,281,024" in narrow, "144,281,024" in wide) == (False, True)


def test_a_terminal_is_rich():
    printed = on_terminal("budget 140 --groups 8", 80)
    assert "\x1b[1m352-MENet-12×1 (g = 8)" in printed  # the answer in bold
    chosen = next(line for line in printed.splitlines() if "nearest" in line)
    assert "\x1b[1m" in chosen
    assert ESCAPE.sub("", chosen).startswith("nearest")
    assert re.search(r"\x1b\[1mtotal  .*2,272,872", on_terminal("flops 352-MENet-12x1/8", 80))


@pytest.mark.parametrize("environment", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
@pytest.mark.parametrize(
    "command",
    ["budget 140 --groups 8", "networks '228*'", "verify 230-MENet-12x1/3", "connectivity 228-MENet-12x1/3 --by pair"],
)
def test_a_terminal_that_wants_plain_text_gets_it(process, command, environment):
    printed = on_terminal(command, 200, **environment)
    piped = process(command)
    assert printed == piped.stdout + piped.stderr


def test_help_honours_no_color():
    coloured = r"\x1b\[(?:\d+;)*(?:3[0-7]|38|9[0-7])[;m]"
    assert re.search(coloured, on_terminal("-h", 80))
    assert not re.search(coloured, on_terminal("-h", 80, NO_COLOR="1"))


@pytest.mark.parametrize(
    ("command", "work", "answer"),
    [
        (
            "verify 108-MENet-8x1/3 --resolution 32",
            "proving 108-MENet-8×1 (g = 3), 32×32",
            "108-MENet-8×1 (g = 3), 32×32: proven",
        ),
        (
            "connectivity 24-MENet-2x1/2 --resolution 32 --classes 5 --prove",
            "probing 24-MENet-2×1 (g = 2)",
            "24-MENet-2×1 (g = 2), 32×32, 5 classes: shuffles lose 50.2 %",
        ),
        ("search --max-macs 140M --groups 3", "searching", " of 6,144 designs fit; the most multiply-adds: "),
    ],
)
def test_a_terminal_shows_what_is_worked_on_and_then_the_answer_alone(command, work, answer):
    printed = on_terminal(command, 80)
    assert work in printed
    *_, last = re.split(r"\x1b\[2K", printed)  # what follows the last erased line
    assert work.split()[0] not in last
    assert answer in ESCAPE.sub("", last).splitlines()[0]


def test_ctrl_c_ends_a_probe_at_once():
    """Where torch computes, Python sees no exception for a long time."""
    with terminal("connectivity 456-MENet-24x1/3 --prove") as (running, more):
        printed = b""
        while b"(1 of 1)" not in printed and (some := more()):  # torch is imported, the proof has begun
            printed += some
        running.send_signal(signal.SIGINT)
        printed = b"".join(iter(more, b""))
        assert running.wait() == 130
    assert b"interrupted\r\n" in printed
    assert b"Traceback" not in printed
    assert b"\x1b[?25h" in printed  # the cursor is back


def test_ctrl_c_ends_a_search_with_what_was_found():
    asked = "search --groups 1-8 --stem 24 --fusion 6-1805 --width 48-65536 --resolution 32-512 --minimise loss --top 2"
    with terminal(asked) as (running, more):
        printed = b""
        while b"designs/s" not in printed and (some := more()):
            printed += some
        running.send_signal(signal.SIGINT)
        printed += b"".join(iter(more, b""))
        assert running.wait() == 130
    text = ESCAPE.sub("", printed.decode())
    assert " of 1,119,974,400 legal designs: " in text
    assert "interrupted\r\n" in text
    assert "Traceback" not in text


def test_a_design_beyond_the_memory_is_refused_in_one_line():
    """The bit-sets of 4·65,536 channels are several times 8 GB; a process that takes them is killed without a word."""
    resource = pytest.importorskip("resource", reason="this system limits no memory")
    limit = 1_500_000_000
    done = subprocess.run(
        [SCRIPT, "connectivity", "65536-MENet-12x1/8"],
        capture_output=True,
        encoding="utf-8",
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)),
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: ")
    assert "memory" in line
