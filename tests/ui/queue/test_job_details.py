"""The details of a job: how each file that this program wrote is encoded, where that is not as usual."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tests.support.queue_jobs import job
from topazdesk.domain.copies import ResultCopy
from topazdesk.domain.encoding import USUAL, Encoding
from topazdesk.domain.image import FileFormat
from topazdesk.domain.job import Job, JobState
from topazdesk.domain.services import ServiceName
from topazdesk.ui.queue.job_details import facts_of

JPEG, TIFF = FileFormat.JPEG, FileFormat.TIFF


def done(service: ServiceName, encoding: Encoding) -> Job:
    copies = tuple(
        ResultCopy(JPEG, name, 1, "00", encoding=each) for name, each in (("a.jpg", USUAL), ("a-2.jpg", Encoding(60)))
    )
    found = job("a.png", JobState.DONE, service=service, result=Path("/out/a.jpg"), format=JPEG, copies=copies)
    return replace(found, recipe=replace(found.recipe, output=replace(found.recipe.output, encoding=encoding)))


def test_files_that_are_encoded_in_another_way_say_so() -> None:
    here = dict(facts_of(done(ServiceName.LOCAL, Encoding(40)), "Fast"))
    assert here["Result"].startswith("/out/a.jpg · JPEG quality 40 · ")
    assert here["Copies"] == "/out/a.jpg\n/out/a-2.jpg · JPEG quality 60"
    assert "quality" not in dict(facts_of(done(ServiceName.LOCAL, USUAL), "Fast"))["Result"], "as usual"
    assert "quality" not in dict(facts_of(done(ServiceName.TOPAZ, Encoding(40)), "Fast"))["Result"], "not its own"
