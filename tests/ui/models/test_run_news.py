"""What is said at the end of a run: of the money only what is known."""

from __future__ import annotations

from dataclasses import replace

from tests.support.queue_jobs import NOW, job
from topazdesk.domain.job import JobError, JobState
from topazdesk.domain.money import Unit
from topazdesk.domain.pricing import Estimate, EstimateSource
from topazdesk.domain.services import ServiceName
from topazdesk.ui.models.run_news import failed_among, failure, retry_text, success

S = JobState
_SENT = {"submitted_at": NOW, "remote_id": "r"}
_TROUBLE = JobError("service.job_failed", "The service could not make this picture", "It gives the money back.")


def test_what_was_cancelled_did_not_fail() -> None:
    jobs = [job("a.jpg", S.DONE, charged=6), job("b.jpg", S.CANCELLED, charged=0)]
    assert failed_among(jobs) == []
    said = success(jobs)
    assert said is not None
    assert (said.title, said.hint) == ("a.jpg is done", "6 credits charged · 1 cancelled.")
    assert success([jobs[1]]) is None, "nothing was made, and whoever cancelled it knows"


def test_what_is_free_is_not_called_charged() -> None:
    free = Estimate(0, EstimateSource.SERVICE, unit=Unit.NONE)
    said = success([job("a.jpg", S.DONE, service=ServiceName.LOCAL, estimate=free, charged=0)])
    assert said is not None
    assert said.hint == "Free."


def test_one_failed_picture_says_of_its_price_what_is_known() -> None:
    unsent = job("a.jpg", S.FAILED, trouble=JobError("input.damaged", "It is damaged", "Copy it again."))
    assert failure([unsent]).hint == "Copy it again. Not charged."
    assert failure([unsent]).title == "a.jpg: It is damaged", "another picture may be in view by then"
    free = Estimate(0, EstimateSource.SERVICE, unit=Unit.NONE)
    here = replace(job("a.jpg", S.FAILED, service=ServiceName.LOCAL, trouble=unsent.trouble), estimate=free)
    assert failure([here]).hint == "Copy it again."
    assert failure([here, here]).hint == "It is damaged."
    refunded = job("a.jpg", S.FAILED, trouble=_TROUBLE, charged=0, refunded=6, **_SENT)
    assert failure([refunded]).hint == "It gives the money back.", "said once"
    paid = job("a.jpg", S.FAILED, trouble=JobError("result.bad", "Damaged", "Try again."), charged=6, **_SENT)
    assert failure([paid]).hint == "Try again. 6 credits charged."
    gone = job("a.jpg", S.EXPIRED, **_SENT)
    assert failure([gone]).hint == "Whether it was charged is not confirmed."


def test_several_failed_pictures_are_one_sentence_each() -> None:
    done = [job(f"{n}.jpg", S.DONE, charged=6) for n in range(3)]
    refunded = [job(f"r{n}.jpg", S.FAILED, trouble=_TROUBLE, charged=0, refunded=6, **_SENT) for n in range(2)]
    said = failure([*done, *refunded])
    assert said.title == "2 of 5 pictures failed"
    assert said.hint == "The service could not make this picture. 12 credits refunded. 3 done, 18 credits charged."
    said = failure([job("a.jpg", S.EXPIRED, **_SENT), job("b.jpg", S.FAILED)])
    assert said.hint == "Not confirmed whether charged: 1."
    assert failure([job("a.jpg", S.FAILED), job("b.jpg", S.FAILED)]).hint == "They were not charged."


def test_retry_names_its_price_and_what_is_free() -> None:
    refunded = job("a.jpg", S.FAILED, charged=0, refunded=6, **_SENT)
    there = job("b.jpg", S.FAILED, charged=6, completed_at=NOW, **_SENT)
    assert retry_text([refunded]) == ("Retry · 6 credits", ["a.jpg"])
    assert retry_text([there]) == ("Download again · free", ["b.jpg"])
    assert retry_text([refunded, there]) == ("Retry 2 · 6 credits", ["a.jpg", "b.jpg"])
    assert retry_text([]) == ("", [])
