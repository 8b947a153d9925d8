"""Trouble with a labelled copy never costs the result; after a crash there is one copy, not two."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.queue_jobs import job
from tests.support.simple_pictures import SimplePictures
from topazdesk.domain.encoding import Encoding
from topazdesk.domain.job import JobState
from topazdesk.domain.kept import RemarkKind
from topazdesk.domain.services import ServiceName
from topazdesk.engine.labelled_copies import label_text, place_labelled


class _Faulty(SimplePictures):
    def __init__(self, error: Exception) -> None:
        super().__init__()
        self._error = error

    def label(self, result: Path, target: Path, text: str, encoding: Encoding) -> None:
        target.write_bytes(b"half")
        raise self._error


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), ValueError("a bug"), MemoryError()])
def test_a_copy_that_cannot_be_made_is_said_and_nothing_else(tmp_path: Path, error: Exception) -> None:
    result = tmp_path / "a.png"
    result.write_bytes(b"paid")
    made = job("a", JobState.VERIFYING, target=result)
    fields, report = place_labelled(_Faulty(error), made, tmp_path / ".td.part", None)
    assert fields == {}
    assert report is not None
    assert [remark.kind for remark in report.remarks] == [RemarkKind.FAILED]
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]
    assert result.read_bytes() == b"paid"


def test_made_again_after_a_crash_it_is_the_same_copy(tmp_path: Path) -> None:
    result = tmp_path / "a.png"
    result.write_bytes(b"paid")
    made = job("a", JobState.VERIFYING, target=result)
    first, _ = place_labelled(SimplePictures(), made, tmp_path / ".td.part", None)
    assert place_labelled(SimplePictures(), made, tmp_path / ".td.part", None)[0] == first
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.png", "a_labelled.png"]
    result.write_bytes(b"another")
    other, _ = place_labelled(SimplePictures(), replace(made, id="b"), tmp_path / ".td2.part", None)
    assert other["label"] == tmp_path / "a_labelled-2.png"


def test_the_sandbox_is_named() -> None:
    assert label_text(job("a")) == "AI-enhanced"
    assert "andbox" in label_text(job("a", service=ServiceName.SANDBOX))


def test_the_copy_of_a_replaced_result_goes_with_it(tmp_path: Path) -> None:
    result, label = tmp_path / "a.png", tmp_path / "a_labelled.png"
    result.write_bytes(b"paid")
    made = job("a", JobState.VERIFYING, target=result)
    first, _ = place_labelled(SimplePictures(), made, tmp_path / ".td.part", None)
    older = {first["label"]: first["label_digest"]}
    result.write_bytes(b"paid again")
    for _ in range(2):  # after a crash, the copy is there already
        second, report = place_labelled(SimplePictures(), made, tmp_path / ".td2.part", None, older)
        assert (second["label"], report) == (label, None)
        assert sorted(path.name for path in tmp_path.iterdir()) == ["a.png", "a_labelled.png"]
    assert label.read_bytes().startswith(b"paid again")

    label.write_bytes(b"retouched")  # by its user: it is theirs now
    third, _ = place_labelled(SimplePictures(), made, tmp_path / ".td3.part", None, {label: second["label_digest"]})
    assert (third["label"], label.read_bytes()) == (tmp_path / "a_labelled-2.png", b"retouched")


def test_an_older_copy_that_a_crash_left_aside_is_no_stray_file(tmp_path: Path) -> None:
    result, label = tmp_path / "a.png", tmp_path / "a_labelled.png"
    result.write_bytes(b"paid again")
    made = job("a", JobState.VERIFYING, target=result)
    first, _ = place_labelled(SimplePictures(), made, tmp_path / ".td.part", None)
    for is_in_place in (False, True):
        (tmp_path / ".td2_labelled.before").write_bytes(b"older")
        older = {label: hashlib.sha256(b"older").hexdigest()}
        if not is_in_place:
            label.unlink()
        second, _ = place_labelled(SimplePictures(), made, tmp_path / ".td2.part", None, older)
        assert second == first
        assert sorted(path.name for path in tmp_path.iterdir()) == ["a.png", "a_labelled.png"]
