"""Headers read in a process of their own: the same as read here, whatever becomes of the process."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path

import pytest

from tests.support.pictures import encode
from topazdesk.domain.image import FileFormat, ImageInfo, SampleKind
from topazdesk.errors import InputError
from topazdesk.media import headers, workers
from topazdesk.media.headers import Found, HeaderProcess


@pytest.fixture
def process() -> Iterator[HeaderProcess]:
    made = HeaderProcess()
    yield made
    made.close()


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Pictures of several kinds, a name that is no text, a file that is no picture, and one that is not there."""
    folder = tmp_path_factory.mktemp("headers")
    made = []
    for number, kind in enumerate((FileFormat.JPEG, FileFormat.PNG, FileFormat.TIFF, FileFormat.WEBP)):
        path = folder / f"{number} ä{kind.suffix}"
        path.write_bytes(encode(kind, 300 + number, 200))
        made.append(path)
    odd = folder / os.fsdecode(b"odd \xff.jpg")
    try:
        odd.write_bytes(made[0].read_bytes())
        made.append(odd)
    except OSError:  # a file system that takes names in Unicode only
        pass
    letter = folder / "letter.jpg"
    letter.write_text("no picture")
    return [*made, letter, folder / "gone.jpg"]


def plain(found: list[Found]) -> list[object]:
    return [each if isinstance(each, ImageInfo) else (each.title, each.hint, each.code, each.details) for each in found]


def test_every_fact_goes_through_the_pipe(paths: list[Path]) -> None:
    """A new field of ImageInfo that was forgotten in the pipe would have its default in folders of 400 files only."""
    (info, *_) = headers.read(paths)
    assert isinstance(info, ImageInfo)
    odd = replace(
        info, samples=SampleKind.FLOAT, extra_bands=2, is_streamed=False, lacks_end_mark=True, is_arithmetic=True
    )
    (row,) = json.loads(json.dumps([headers.to_row(odd)]))
    back = headers.from_row(odd.path, row)
    assert back == odd
    assert [type(getattr(back, field.name)) for field in fields(odd)] == [
        type(getattr(odd, field.name)) for field in fields(odd)
    ]


def test_the_process_says_the_same(process: HeaderProcess, paths: list[Path]) -> None:
    assert process.start() is False
    assert process.start() is True
    found = process.read(paths)
    assert plain(found) == plain(headers.read(paths))
    assert [type(each) for each in found[-2:]] == [InputError, InputError]
    assert {type(each) for each in found[:-2]} == {ImageInfo}
    assert not process._is_useless


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="killed by a signal")
def test_a_process_that_died_meanwhile_is_replaced(process: HeaderProcess, paths: list[Path]) -> None:
    process.read(paths[:1])
    assert process._worker is not None
    os.kill(process._worker.pid, signal.SIGKILL)
    assert plain(process.read(paths)) == plain(headers.read(paths))
    assert not process._is_useless


_DIES_OF_ONE = """
import json, sys
for line in sys.stdin:
    paths = json.loads(line)["paths"]
    if any(path.endswith(".png") for path in paths): sys.exit(1)
    print(json.dumps({"ok": {"rows": [["jpeg", [3, 2], 1, 8, 3, False, False, 1, 9, 9] for _ in paths]}}), flush=True)
"""


def test_a_file_that_ends_the_process_is_refused_alone(
    process: HeaderProcess, paths: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "command", lambda: [sys.executable, "-c", _DIES_OF_ONE])
    found = process.read(paths[:3])
    assert [getattr(each, "code", "") for each in found] == ["", "input.damaged", ""]


def test_without_any_process_headers_are_read_here(
    process: HeaderProcess, paths: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "command", lambda: [sys.executable, "-c", "raise SystemExit(3)"])
    assert plain(process.read(paths)) == plain(headers.read(paths))
    monkeypatch.setattr(workers, "command", lambda: ["/nowhere/to/be/found"])
    other = HeaderProcess()
    assert plain(other.read(paths)) == plain(headers.read(paths))
    assert other.start() is True


@pytest.mark.parametrize("times", [1, 100])
def test_any_number_of_files_in_their_order(paths: list[Path], times: int) -> None:
    """A few by threads, many by processes: the same answers, each in its place. One by one in threads, 100,000 took a minute."""
    assert plain(headers.read_all(paths * times)) == plain(headers.read(paths)) * times


def test_files_that_nobody_waits_for_are_not_read(paths: list[Path]) -> None:
    """Ctrl-C need not wait for what is left of a large folder."""
    answers = iter([True, True, True])
    found = headers.read_all(paths * 100, is_wanted=lambda: next(answers, False))
    assert len(found) < len(paths) * 100
    assert next(answers, None) is None
