"""Jobs in every state for tests and screenshots of the queue, made without an engine."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from topazdesk.domain.geometry import OutputSize, Size
from topazdesk.domain.job import Job, JobError, JobState
from topazdesk.domain.pricing import Estimate, EstimateSource
from topazdesk.domain.recipe import OutputOptions, Recipe
from topazdesk.domain.services import ServiceName

NOW = 1_800_000_000.0


def job(name: str, state: JobState = JobState.QUEUED, **changes: Any) -> Job:
    """A job on `name`, 6 credits, Recover 3 at 4×, made at `NOW` unless `changes` say otherwise."""
    service = changes.pop("service", ServiceName.TOPAZ)
    recipe = Recipe.of(service, changes.pop("model", "recover-3"), {}, OutputOptions(OutputSize.scale(4)))
    plain = Job(
        id=name,
        token=f"td-{name}",
        run_id="run",
        source=Path("/pictures") / name,
        source_digest="",
        source_size=Size(1500, 1000),
        recipe=recipe,
        target_size=Size(6000, 4000),
        estimate=Estimate(changes.pop("credits", 6), EstimateSource.SERVICE, changes.pop("duration", None)),
        state=state,
        created_at=NOW,
        changed_at=NOW,
    )
    return replace(plain, **changes)


def every_state() -> list[Job]:
    """One job for each thing that a row can say, in a believable order."""
    s = JobState
    sent: dict[str, Any] = {"submitted_at": NOW - 60, "remote_id": "r-1"}
    return [
        job("still-life-07.tif", s.SUBMITTING, position=1, duration=120.0),
        job("forest-fog.jpg", s.RUNNING, position=2, percent=62.0, remote_eta=NOW + 100, **sent),
        job("high-street-1911.tif", s.DOWNLOADING, position=3, charged=6, **sent),
        job(
            "harbour-night.jpg",
            s.WAITING,
            position=4,
            resume_to=s.QUEUED,
            not_before=NOW + 20,
            trouble=JobError("net.down", "No connection to Topaz.", "Nothing is lost."),
        ),
        job(
            "dunes.png",
            s.DOUBTFUL,
            position=5,
            not_before=NOW + 1500,
            trouble=JobError(
                "service.doubtful",
                "Sent, but the answer was lost",
                "Asking the service whether it arrived; it is not sent again until that is certain.",
            ),
        ),
        job(
            "old-map-sheet-17.tif",
            s.DOUBTFUL,
            position=6,
            trouble=JobError(
                "service.undecided",
                "Sent, but nobody can say whether it arrived",
                "Send it again (you may then pay 6 credits twice), or give it up (you may then have paid that for "
                "nothing).",
            ),
        ),
        job("queued.jpg", s.QUEUED, position=7),
        job("preparing.jpg", s.PREPARING, position=8),
        job("checking.jpg", s.VERIFYING, position=9, charged=6, **sent),
        job("cancelling.jpg", s.CANCELLING, position=10, **sent),
        job(
            "west-coast.jpg",
            s.DONE,
            position=11,
            charged=6,
            result=Path("/pictures/west-coast_recover-3_4x.jpg"),
            result_size=Size(6000, 4000),
            changed_at=NOW - 10,
            **sent,
        ),
        job(
            "colonnade.png",
            s.FAILED,
            position=12,
            charged=0,
            refunded=6,
            changed_at=NOW - 20,
            trouble=JobError(
                "service.job_failed",
                "The service could not make this picture",
                "It gives the money back (6 credits) within a day. Try again, or try another model or size.",
                "process r-1: out of memory",
            ),
            **sent,
        ),
        job(
            "wedding-1962.tif",
            s.FAILED,
            position=13,
            charged=7,
            completed_at=NOW - 40,
            changed_at=NOW - 30,
            trouble=JobError(
                "result.damaged",
                "The result arrived damaged.",
                "It is paid for and stays at the service for 7 days. Try again: that only downloads it and costs "
                "nothing.",
            ),
            **sent,
        ),
        job(
            "last-year.jpg",
            s.EXPIRED,
            position=14,
            charged=6,
            changed_at=NOW - 40,
            trouble=JobError(
                "service.expired",
                "The result is no longer at the service",
                "Results are kept there for 7 days. Start the picture again to get a new one; you pay for it again.",
            ),
            **sent,
        ),
        job("taken-back.jpg", s.CANCELLED, position=15, changed_at=NOW - 50),
    ]
