"""Files from outside: regular ones, up to a size; none is waited for, none is read without an end."""

import json
import os
from pathlib import Path

import pytest
from answers import check_error

from menet_design import parse
from menet_design.errors import DesignError, NotationError
from menet_design.files import open_file, read_file

CONFIG = {
    "name": "menet",
    "block_channels": [228, 456, 912],
    "init_c": 12,
    "side_channels": [12, 12, 12],
    "groups": 3,
}
# The files of strangers that commands open, and what opens them.
COMMANDS = {
    "model.json": "flops",
    "net.pt2": "flops",
    "net.onnx": "flops",
    "weights.pth": "verify 36-MENet-1x1/3 --weights",
}


@pytest.fixture
def fifo(tmp_path):
    if not hasattr(os, "mkfifo"):
        pytest.skip("no FIFOs here")
    os.mkfifo(tmp_path / "fifo")
    return tmp_path / "fifo"


@pytest.fixture
def endless(tmp_path):
    if not Path("/dev/zero").exists():
        pytest.skip("no endless device here")
    (tmp_path / "endless").symlink_to("/dev/zero")
    return tmp_path / "endless"


@pytest.mark.parametrize("kind", ["fifo", "endless"])
@pytest.mark.parametrize("name", COMMANDS)
def test_no_command_waits_or_reads_without_an_end(cli, request, tmp_path, kind, name):
    request.getfixturevalue(kind).rename(tmp_path / name)
    check_error(cli(COMMANDS[name], tmp_path / name), "it is not a regular file")


def test_a_file_is_read_up_to_a_size(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"12345")
    assert read_file(path, 5) == b"12345"
    with pytest.raises(NotationError, match=f"cannot read {path}: it has 5 bytes, and at most 4 are read"):
        read_file(path, 4, NotationError)


@pytest.mark.parametrize("path", ["missing", ".", "null\0", "x" * 5000])
def test_what_is_no_file_is_an_error(path):
    with pytest.raises(DesignError, match="cannot read"):
        open_file(Path(path), 1)


@pytest.mark.parametrize("key", CONFIG)
def test_a_key_that_stands_twice_in_a_config_is_refused(tmp_path, key):
    path, text = tmp_path / "model.json", json.dumps(CONFIG)
    path.write_text(text)
    assert parse(str(path)).name == "228-MENet-12x1/3"
    path.write_text(f"{text[:-1]}, {json.dumps(key)}: {json.dumps(CONFIG[key])}}}")
    with pytest.raises(NotationError, match=f"the key '{key}' stands twice"):
        parse(str(path))
