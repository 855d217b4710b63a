"""Files are whole or not there."""

import contextlib
import os
from pathlib import Path

import pytest

from menet_design.errors import DesignError
from menet_design.files import check_writable, write_text, write_whole


def contents(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}


def test_text_is_written_as_utf_8(tmp_path):
    write_text("12×1\n", tmp_path / "new", force=False)
    assert (tmp_path / "new").read_bytes() == b"12\xc3\x971\n"
    assert list(contents(tmp_path)) == ["new"]


def failing(error: BaseException):
    """A writer that breaks off midway."""

    def write(path: Path) -> None:
        path.write_text("half of ")
        raise error

    return write


FAILURES = [OSError(28, "No space left on device"), ValueError("cannot be drawn"), KeyboardInterrupt()]


@pytest.mark.parametrize("failure", FAILURES, ids=repr)
def test_a_writer_that_breaks_off_leaves_nothing(tmp_path, failure):
    with pytest.raises((DesignError, type(failure))):
        write_whole(failing(failure), tmp_path / "new", force=False)
    assert contents(tmp_path) == {}


@pytest.mark.parametrize("failure", FAILURES, ids=repr)
def test_a_writer_that_breaks_off_leaves_the_existing_file_as_it_was(tmp_path, failure):
    (tmp_path / "old").write_text("whole")
    with pytest.raises((DesignError, type(failure))):
        write_whole(failing(failure), tmp_path / "old", force=True)
    assert contents(tmp_path) == {"old": "whole"}


def test_an_error_of_the_system_is_a_design_error_with_its_reason(tmp_path):
    with pytest.raises(DesignError, match=r"cannot write .*new: No space left on device"):
        write_whole(failing(OSError(28, "No space left on device")), tmp_path / "new", force=False)


def test_a_reader_never_sees_half_a_file(tmp_path):
    file = tmp_path / "old"
    file.write_text("whole")
    seen = []

    def write(path: Path) -> None:
        path.write_text("half of ")
        seen.append(file.read_text())
        path.write_text("the new one")

    write_whole(write, file, force=True)
    assert seen == ["whole"]
    assert contents(tmp_path) == {"old": "the new one"}


def test_the_temporary_file_has_the_same_ending(tmp_path):
    """matplotlib takes the format from it."""
    suffixes = []
    write_whole(lambda path: (suffixes.append(path.suffix), path.touch()), tmp_path / "loss.svg", force=False)
    assert suffixes == [".svg"]


def test_an_existing_file_needs_force(tmp_path):
    (tmp_path / "old").write_text("mine")
    with pytest.raises(DesignError, match="--force"):
        write_text("theirs", tmp_path / "old", force=False)
    assert contents(tmp_path) == {"old": "mine"}
    write_text("theirs", tmp_path / "old", force=True)
    assert contents(tmp_path) == {"old": "theirs"}


def test_a_link_stays_a_link_to_the_replaced_file(tmp_path):
    (tmp_path / "target").write_text("before")
    (tmp_path / "link").symlink_to("target")
    write_text("after", tmp_path / "link", force=True)
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "target").read_text() == "after"


def test_what_cannot_be_written_is_refused_before_any_work(tmp_path):
    def never(path: Path) -> None:
        pytest.fail("it wrote")

    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "no folder" / "file", tmp_path / "pipe", tmp_path / ("long" * 80)):
        with pytest.raises(DesignError, match="cannot write"):
            write_whole(never, path, force=True)
        with pytest.raises(DesignError, match="cannot write"):
            check_writable(path, force=True)


def test_a_relative_name_is_written_in_the_current_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_text("here", Path("new"), force=False)
    assert contents(tmp_path) == {"new": "here"}


def test_a_name_that_only_the_temporary_file_exceeds_leaves_nothing_half_done(tmp_path):
    name = "x" * 250  # Linux knows names of up to 255 bytes
    with contextlib.suppress(DesignError):
        write_text("whole", tmp_path / name, force=False)
    assert contents(tmp_path) in ({}, {name: "whole"})


def test_a_new_file_has_the_mode_that_the_user_asks_for(tmp_path):
    (tmp_path / "theirs").touch()
    write_text("ours", tmp_path / "ours", force=False)
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "theirs").stat().st_mode
