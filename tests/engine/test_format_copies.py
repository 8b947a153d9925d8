"""Copies in other formats: trouble with one costs nothing else, a crash makes it again, and nobody's file is replaced."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from tests.support.queue_jobs import job
from tests.support.simple_pictures import SimplePictures
from topazdesk.domain.encoding import Encoding
from topazdesk.domain.image import FileFormat
from topazdesk.domain.job import Job, JobState
from topazdesk.domain.kept import Kept, KeptReport, Remark, RemarkKind
from topazdesk.engine import files
from topazdesk.engine.format_copies import CopyMaker
from topazdesk.errors import ComputerError

JPEG, PNG, TIFF = FileFormat.JPEG, FileFormat.PNG, FileFormat.TIFF


def made(tmp_path: Path, *formats: FileFormat, colour: str = "red", job_id: str = "a") -> Job:
    """A job whose result is in place, as before its copies are made."""
    result = tmp_path / "a.tif"
    Image.new("RGB", (8, 6), colour).save(result)
    found = job(job_id, JobState.VERIFYING, target=result, format=TIFF)
    return replace(found, recipe=replace(found.recipe, output=replace(found.recipe.output, copies=formats)))


def maker(found: Job, pictures: SimplePictures | None = None, **more: object) -> CopyMaker:
    assert found.target is not None
    return CopyMaker(pictures or SimplePictures(), None, found, found.target.with_name(".td.part"), **more)  # type: ignore[arg-type]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_each_copy_is_a_file_of_its_format_known_by_its_content(tmp_path: Path) -> None:
    found = made(tmp_path, JPEG, PNG)
    copies, report = maker(found).make(None)
    assert [(copy.format, copy.name) for copy in copies] == [(JPEG, "a.jpg"), (PNG, "a.png")]
    assert report is None
    for copy in copies:
        path = tmp_path / copy.name
        assert (files.size_of(path), files.digest_of(path)) == (copy.size_bytes, copy.digest)
        with Image.open(path) as image:
            assert image.format == copy.format.upper()
    assert names(tmp_path) == ["a.jpg", "a.png", "a.tif"]


class _Faulty(SimplePictures):
    def __init__(self, error: Exception) -> None:
        super().__init__()
        self._error = error

    def convert(self, result: Path, target: Path, format_: FileFormat, encoding: Encoding) -> tuple[str, ...]:
        if format_ is JPEG:
            target.write_bytes(b"half")
            raise self._error
        return super().convert(result, target, format_, encoding)


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), ValueError("a bug"), MemoryError()])
def test_a_copy_that_cannot_be_made_is_said_and_the_others_are(tmp_path: Path, error: Exception) -> None:
    found = made(tmp_path, JPEG, PNG)
    copies, report = maker(found, _Faulty(error)).make(None)
    assert [copy.format for copy in copies] == [PNG]
    assert report is not None
    assert [remark.kind for remark in report.remarks] == [RemarkKind.FAILED]
    assert "JPEG copy" in report.lines[0]
    assert names(tmp_path) == ["a.png", "a.tif"]
    # The next time it is made, and nothing is said of the earlier try any more.
    copies, report = maker(replace(found, copies=copies)).make(report)
    assert {copy.format for copy in copies} == {JPEG, PNG}
    assert report == KeptReport()


def test_made_again_after_a_crash_they_are_the_same_files(tmp_path: Path) -> None:
    found = made(tmp_path, JPEG, PNG)
    first, _ = maker(found).make(None)
    (tmp_path / ".td_jpeg.part").write_bytes(b"left over")
    assert maker(found).make(None)[0] == first
    assert names(tmp_path) == ["a.jpg", "a.png", "a.tif"]


def test_nobodys_file_and_no_promised_name_is_taken(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"somebody's")
    (tmp_path / "a-2.jpg").symlink_to(tmp_path / "gone")
    found = made(tmp_path, JPEG, PNG)
    copies, _ = maker(found, is_promised=lambda path: path.name == "a.png").make(None)
    assert [copy.name for copy in copies] == ["a-3.jpg", "a-2.png"]
    assert (tmp_path / "a.jpg").read_bytes() == b"somebody's"


def test_the_copies_of_a_replaced_result_go_with_it(tmp_path: Path) -> None:
    (first,), _ = maker(made(tmp_path, JPEG)).make(None)
    again = made(tmp_path, JPEG, colour="blue", job_id="b")
    older = {(JPEG, False): {tmp_path / first.name: first.digest}}
    (second,), _ = maker(again, older=older).make(None)
    assert (second.name, second.digest != first.digest) == (first.name, True)
    (tmp_path / "a.jpg").write_bytes(b"retouched")  # by its user: it is theirs now
    third = made(tmp_path, JPEG, colour="green", job_id="c")
    (copy,), _ = maker(third, older={(JPEG, False): {tmp_path / "a.jpg": second.digest}}).make(None)
    assert (copy.name, (tmp_path / "a.jpg").read_bytes()) == ("a-2.jpg", b"retouched")


def test_a_copy_gets_its_metadata_and_says_only_what_is_its_own(tmp_path: Path) -> None:
    pictures = SimplePictures()
    own, of_both = Remark(RemarkKind.LEFT_OUT, "no room"), Remark(RemarkKind.LEFT_OUT, "left out of both")

    def complete(asked: Job, delivered: Path, kept: Path) -> Kept:
        assert asked.format is JPEG
        kept.write_bytes(delivered.read_bytes() + b"data")
        report = KeptReport(remarks=(own, of_both, Remark(RemarkKind.DIFFERENCE, "as the result")))
        return Kept(report, is_new=True, size_bytes=files.size_of(kept), digest=files.digest_of(kept))

    pictures.completes = complete
    (copy,), report = maker(made(tmp_path, JPEG), pictures).make(KeptReport(remarks=(of_both,), signed_by="Topaz"))
    assert (tmp_path / copy.name).read_bytes().endswith(b"data")
    assert report is not None
    assert report.lines == (
        "left out of both",
        "JPEG copy: no content credentials: it was made here",
        "JPEG copy: no room",
    )
    assert names(tmp_path) == ["a.jpg", "a.tif"]


def test_each_copy_has_a_labelled_one_where_that_is_wished(tmp_path: Path) -> None:
    copies, _ = maker(made(tmp_path, JPEG), caption="AI-enhanced").make(None)
    assert [(copy.name, copy.is_labelled) for copy in copies] == [("a.jpg", False), ("a_labelled.jpg", True)]
    assert (tmp_path / "a_labelled.jpg").read_bytes().endswith(b"AI-enhanced")


def test_of_a_result_that_came_as_less_nothing_better_is_pretended(tmp_path: Path) -> None:
    found = replace(made(tmp_path, PNG), format=JPEG)
    copies, report = maker(found).make(None)
    assert copies == ()
    assert report is not None
    assert "PNG copy: the result came as JPEG" in report.lines[0]


def test_a_copy_that_cannot_be_read_now_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = made(tmp_path, JPEG)
    copies, _ = maker(found).make(None)

    def refused(path: Path) -> str:
        raise ComputerError("No permission")

    monkeypatch.setattr(files, "digest_of", refused)
    assert maker(replace(found, copies=copies)).make(None) == (copies, None)
