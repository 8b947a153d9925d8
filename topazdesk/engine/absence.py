"""Decides whether a job missing from a list is certainly not at the service. Pure: nothing is asked or written here.

A time-out, an empty list and our own database prove nothing. Absence is proven only by a list that shows another job of
ours as expected, contains nothing that may be the missing job under another name, and was read again after everything
on the way has had time to arrive. Another job of ours counts only if it was sent with the same key (see `key_marks`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum

from topazdesk.domain.catalogue import Model
from topazdesk.domain.geometry import Size
from topazdesk.domain.job import Job
from topazdesk.domain.ports import RemoteJob
from topazdesk.engine.listing import Listing
from topazdesk.engine.policy import DAY_S, Policy
from topazdesk.language import say

#: How many suspects are named in a message; with more, people look at the service's own page anyway.
_NAMED_MOST = 5
#: How far this computer's clock may be off before conclusions from times go wrong: a wrong time zone is some hours, an
#: empty battery is years.
CLOCK_SLACK_S = DAY_S
#: Jobs sent at least this long after the beginning of the list are certainly still in it.
LISTED_SLACK_S = 2 * DAY_S


class AbsenceVerdict(Enum):
    """What a list without the job's token means."""

    LOOK_AGAIN = "look again"
    ABSENT = "certainly not there"
    UNDECIDABLE = "cannot be known"


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict, and why it is not certain (yet): `lead` for a person, `details` for support.

    `wants_proof`: a single job of ours in the list would settle it.
    """

    verdict: AbsenceVerdict
    lead: str = ""
    details: str = ""
    wants_proof: bool = False


def judge(
    job: Job,
    model: Model | None,
    listing: Listing,
    namesakes: Sequence[RemoteJob] = (),
    before: str = "",
    *,
    is_overdue: bool,
    has_matured: bool,
    now: float,
    policy: Policy,
) -> Judgement:
    """Judge what a list without the job says about it.

    `namesakes`: unknown jobs under the name of another job that shares its upload. `before`: remote id of the last job
    that the account sent before it, if that is certainly still listed; a list without it may be another account's.
    `is_overdue`: lists that leave the question open have had enough time, so the user is asked. `has_matured`: an
    earlier complete list did not show the job either, and the time required between the two has passed.
    """
    lead, details, wants_proof = _question(job, model, listing, namesakes, before, now, policy)
    if details:
        verdict = AbsenceVerdict.UNDECIDABLE if is_overdue else AbsenceVerdict.LOOK_AGAIN
        return Judgement(verdict, lead, details, wants_proof)
    return Judgement(AbsenceVerdict.ABSENT if has_matured else AbsenceVerdict.LOOK_AGAIN)


def _question(
    job: Job,
    model: Model | None,
    listing: Listing,
    namesakes: Sequence[RemoteJob],
    before: str,
    now: float,
    policy: Policy,
) -> tuple[str, str, bool]:
    """Return what the list leaves open: lead, details, and whether a job of ours in it would settle it.

    The details are "" if nothing is open.
    """
    if not listing.is_complete:
        return "", "the service's list could not be read to its end", False
    age = now - job.intent_at
    if age > min(policy.result_retention_s, job.recipe.service.traits.lists_days * DAY_S) - DAY_S or age < -DAY_S:
        return "", "sent longer ago than the service's list reaches back, or this computer's clock is days off", False
    if before and not listing.is_search and before not in listing.seen:  # whatever was sent with this key since
        lead = say("The service's list does not show what was sent before it: the key may be that of another account.")
        return lead, f"the last job of this account before it, {before}, is not in the list", False
    by_upload = job.by_source and not listing.is_search  # a search finds a job by its token, on whichever upload it is
    what = "uploads" if by_upload else "names"
    if not (listing.keeps_uploads if by_upload else listing.keeps_names):
        return "", f"the service lists jobs of this profile under other {what} than they were sent with", False
    unknown = (*listing.strangers, *namesakes, *(listing.unplaced if by_upload else ()))
    seen = suspects(job, model, unknown)
    if seen:
        shown = "; ".join(_shown(remote) for remote in seen[:_NAMED_MOST])
        more = f" and {len(seen) - _NAMED_MOST} more" if len(seen) > _NAMED_MOST else ""
        return say("Something like it is at the service under another name."), f"not known here: {shown}{more}", False
    if listing.unreadable:
        return "", f"{listing.unreadable} entries of the service's list could not be read", False
    if not (listing.shows_uploads if by_upload else listing.shows_names):
        return "", f"no job of this profile is in the service's list, so its {what} prove nothing", True
    return "", "", False


def suspects(job: Job, model: Model | None, strangers: Iterable[RemoteJob]) -> tuple[RemoteJob, ...]:
    """Return the unknown remote jobs that may be this job under another name.

    They are no older than it, and nothing that the service reports contradicts it.
    """
    found: dict[str, RemoteJob] = {}
    for remote in strangers:
        if remote.created_at is not None and remote.created_at < job.intent_at - CLOCK_SLACK_S:
            continue
        if _may_be(job, model, remote):
            found[remote.remote_id] = remote
    return tuple(found.values())


def _may_be(job: Job, model: Model | None, remote: RemoteJob) -> bool:
    if model is None:
        return True
    if remote.model and remote.model.lower() not in {name.lower() for name in model.api_models}:
        return False
    sent, size = remote.input_size, job.source_size
    # A rotated picture is sent upright, so width and height may be swapped.
    if sent is not None and not (_is_near(sent, size) or _is_near(sent, Size(size.height, size.width))):
        return False
    # The format is no evidence, as services may deliver another one than was asked for.
    told = remote.output_size
    return told is None or not model.takes_size or _is_near(told, job.target_size)


def _is_near(one: Size, other: Size) -> bool:
    return abs(one.width - other.width) <= 1 and abs(one.height - other.height) <= 1


def _shown(remote: RemoteJob) -> str:
    when = "at an unknown time"
    if remote.created_at is not None:
        when = f"{datetime.fromtimestamp(remote.created_at, tz=UTC):%Y-%m-%d %H:%M:%S} UTC"
    size = f"{remote.output_size.width} × {remote.output_size.height}" if remote.output_size else "no size given"
    return f"process {remote.remote_id} “{remote.file_name[:80]}”, {remote.model or 'no model given'}, {size}, {when}"
