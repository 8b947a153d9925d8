"""What a row of the queue says and offers. Pure: a job and its latest news in, texts and actions out."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import assert_never

from PySide6.QtCore import QDateTime, QLocale

from topazdesk.domain.geometry import SizeMode
from topazdesk.domain.job import Job, JobError, JobState, StateGroup
from topazdesk.domain.money import Unit
from topazdesk.domain.services import ServiceName
from topazdesk.errors import Code
from topazdesk.language import comma, time_text
from topazdesk.ui.models.picture import shown_name, shown_picture
from topazdesk.ui.texts import (
    format_text,
    money_text,
    ntr,
    number,
    percent_text,
    sentences,
    size_text,
    state_look,
    state_text,
    time_left_text,
    tr,
    translated,
)

_S = JobState


class Act(StrEnum):
    """What can be done with a job."""

    CANCEL = "cancel"
    NOW = "now"  # do not wait for the next try
    RETRY = "retry"  # a new paid try
    FETCH = "fetch"  # ask or download again, free
    ASK = "ask"  # look at the service again, free
    RESEND = "resend"  # send a doubtful job again, may cost twice
    GIVE_UP = "give_up"
    SHOW = "show"
    DETAILS = "details"
    FIRST = "first"  # send it before the others
    UP = "up"
    DOWN = "down"


#: Actions that change the order of jobs that are not sent yet.
ORDERING = frozenset({Act.FIRST, Act.UP, Act.DOWN})


#: Actions that spend: never triggered by Return, only by their own button (or Space on it).
SPENDING = frozenset({Act.RETRY, Act.RESEND})


@dataclass(frozen=True, slots=True)
class Action:
    """A button in a row, or an entry in its menu. `strong` buttons have an outline.

    `full` is what the menu and screen readers say where the button has no room for it.
    """

    act: Act
    text: str
    icon: str
    strong: bool = False
    tip: str = ""
    full: str = ""

    @property
    def whole_text(self) -> str:
        """The text without regard to room."""
        return self.full or self.text

    @property
    def spends(self) -> bool:
        """Whether pressing it costs credits."""
        return self.act in SPENDING


@dataclass(frozen=True, slots=True)
class News:
    """The latest news within a job's stage: percent if known, bytes if it transfers any, and the seconds left."""

    percent: float | None = None
    done: int | None = None
    total: int | None = None
    left_s: float | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """Everything that a row shows. `share` (0 to 1) fills the bar, None draws none; `moving` while work is going on.

    `folder` tells the picture from others of the same name; `brief` is the title where there is no room for it; `place`
    on which machine of a team it was started or is worked on.
    """

    name: str
    recipe: str
    icon: str
    role: str
    title: str
    sentence: str
    time: str
    share: float | None
    moving: bool
    credits: str
    credits_note: str
    actions: tuple[Action, ...]
    more: tuple[Action, ...]
    folder: str = ""
    brief: str = ""
    place: str = ""

    @property
    def spoken(self) -> str:
        """The row as a screen reader says it."""
        name = tr("{name}, in {folder}").format(name=self.name, folder=self.folder) if self.folder else self.name
        parts = [
            name,
            self.recipe,
            self.title,
            self.time,
            self.sentence,
            self.place,
            f"{self.credits} {self.credits_note}".strip(),
        ]
        return ". ".join(part.rstrip(".") for part in parts if part.strip())


def line_of(
    job: Job,
    model: str,
    news: News,
    now: float,
    remark: str = "",
    folder: str = "",
    held: str = "",
    place: str = "",
) -> Line:
    """Return what the row of `job` shows.

    `model` is the name of its model, `now` is in Unix seconds, and `remark` is said of a job that is done;
    `folder` tells the picture from others of the same name. `held` is why its account stopped it, if it did;
    `place` says on which machine of a team it was started or is worked on.
    """
    icon, role = stage_look(job, news.percent)
    title, sentence = _words(job, news, now)
    if held and job.state in _HELD:
        icon, role = "warning", "warn"
        sentence = _joined(held, tr("waits, nothing is lost"))
    elif job.state in (_S.RUNNING, _S.QUEUED, _S.READY) and job.trouble is not None:
        icon, role = "warning", "warn"
    elif job.state is _S.CANCELLED and job.trouble is not None:
        icon = "info"
    elif job.state is _S.DONE:
        remark = remark or (translated(job.trouble.title) if job.trouble is not None else "")
        icon, role = ("warning", "warn") if remark else ("ok", role)
        sentence = _joined(translated(remark), sentence) if remark else sentence
    credits, note = money(job)
    buttons = _buttons(job)
    if job.state is _S.DONE and remark:
        buttons = (*buttons, Action(Act.DETAILS, tr("Details"), ""))
    return Line(
        shown_picture(job),
        f"{model} · {_size_word(job)}",
        icon,
        role,
        title,
        sentence,
        _time(job, news, now),
        _share(job, news),
        job.state.traits.has_percent,
        credits,
        note,
        buttons,
        _menu(job, buttons),
        folder,
        brief=stage_text(job, news.percent),
        place=place,
    )


def place_text(job: Job, started_on: str, worked_on: str, here: str) -> str:
    """Return which machine of a team started a job, unless it is this one (`here`), and which works on it."""
    started = tr("from {machine}").format(machine=started_on) if started_on not in ("", here) else ""
    if not worked_on or job.state in (_S.QUEUED, _S.CANCELLED):
        return started
    worked = tr("on this computer") if worked_on == here else tr("on {machine}").format(machine=worked_on)
    return _joined(started, worked)


def service_name(job: Job) -> str:
    """Return the service's name within a sentence: "Topaz", "the sandbox"."""
    return translated(job.recipe.service.traits.in_sentence)


def service_word(service: ServiceName) -> str:
    """Return where the service works, in words: "at Topaz", "in the sandbox"."""
    return translated(service.traits.where)


def price_of(job: Job) -> str:
    """Return what one try costs ("6 credits", "$0.08"), or that the price is unknown."""
    estimate = job.estimate
    return money_text(estimate.credits, estimate.unit) if estimate.is_known else tr("unknown price")


def money(job: Job) -> tuple[str, str]:
    """Return an amount, and what it is: an estimate, what was charged, or why nothing was; "free" needs no more."""
    nothing = money_text(0, job.estimate.unit)
    if job.recipe.service.unit is Unit.NONE:
        return nothing, ""
    if job.charged is not None:
        charged = money_text(job.charged, job.estimate.unit)
        if job.charged == 0:
            return charged, tr("not charged")
        if job.charged != job.estimate.credits or not job.estimate.is_known:
            before = number(job.estimate.credits) if job.estimate.unit is Unit.CREDIT else price_of(job)
            return charged, tr("estimated {n}").format(n=before) if job.estimate.is_known else tr("charged")
        return charged, tr("as estimated") if job.state is _S.DONE else tr("charged")
    if job.state is _S.DOUBTFUL or (job.state is _S.CANCELLED and job.trouble and job.trouble.code in _MAYBE_PAID):
        return price_of(job), tr("may be charged")
    if job.state.is_final:
        return (nothing, tr("not charged")) if job.submitted_at is None else (price_of(job), tr("not confirmed"))
    return price_of(job), tr("estimate")


#: States in which a job waits while its account is stopped; any other step is finished first.
_HELD = (_S.QUEUED, _S.RUNNING, _S.READY, _S.DOUBTFUL, _S.CANCELLING)
#: A time further ahead than this was written while the clock was wrong.
_DAY_S = 86_400.0
_STOPPED = Code.USE_STOPPED_WAITING
UNDECIDED = Code.SERVICE_UNDECIDED
_MAYBE_PAID = (Code.SERVICE_GIVEN_UP, _STOPPED)
_OFFLINE = (Code.NETWORK_OFFLINE, Code.NETWORK_NAME, Code.NETWORK_REFUSED, Code.NETWORK_BROKEN, Code.NETWORK_SILENT)


def _words(job: Job, news: News, now: float) -> tuple[str, str]:
    """Return the row's title and its sentence."""
    trouble, plain = job.trouble, translated(job.state.traits.sentence)
    match job.state:
        case _S.QUEUED if job.hours is not None and job.waits_for_hours(now):
            return state_text(job.state), tr("Sent {hours} only").format(hours=translated(job.hours.text))
        case _S.SUBMITTING:
            if news.done is not None and news.done == news.total:
                return tr("Uploaded"), tr("Waiting for the answer")
            return state_text(job.state, news.percent), _joined(_bytes(news), plain)
        case _S.RUNNING if trouble is None:
            share = f" {percent_text(news.percent)}" if news.percent is not None else ""
            size = f"{job.target_size.width} × {job.target_size.height}"
            if job.recipe.service.traits.runs_networks:
                plain = tr("pauses if you quit")
            said = translated(job.remark.title) if job.remark is not None else plain
            goes_on = tr("will be cancelled") if job.cancel_wanted else said
            if waits_its_turn(job, news.percent):
                return tr("Waiting its turn"), _joined(size, goes_on)
            where = service_word(job.recipe.service)
            return tr("Running {where}").format(where=where) + share, _joined(size, goes_on)
        case _S.DOWNLOADING:
            return state_text(job.state, news.percent), _joined(_bytes(news), plain)
        case _S.VERIFYING | _S.PREPARING:
            return state_text(job.state), plain
        case _S.DONE:
            name = shown_name(job.result) if job.result is not None else ""
            return state_text(job.state), _joined(size_text(job.result_size or job.target_size), name, copies_text(job))
        case _S.WAITING:
            if is_offline(job):
                title = tr("No connection to {service} – resumes automatically").format(service=service_name(job))
                return title, sentences(tr("Nothing is lost."), _next_try(job, now))
            title = translated(trouble.title) if trouble else state_text(job.state)
            return title, sentences(translated(trouble.hint) if trouble else "", _next_try(job, now))
        case _S.DOUBTFUL if trouble is not None:
            return translated(trouble.title), doubt_hint(job, trouble, now)
        case _S.CANCELLING if job.recipe.service.unit is Unit.NONE:
            return state_text(job.state), ""  # its sentence is about what may be charged
        case _S.CANCELLED if trouble is None:
            kept = tr("Nothing was charged") if not job.charged else tr("Charged for the part that was done")
            return state_text(job.state), "" if job.recipe.service.unit is Unit.NONE else kept
        case _:
            return (translated(trouble.title), translated(trouble.hint)) if trouble else (state_text(job.state), plain)


def doubt_hint(job: Job, trouble: JobError, now: float) -> str:
    """Return what goes on about a job of which nobody knows whether it arrived, and until when, where that is known."""
    if is_undecided(job) or not now < job.not_before < now + _DAY_S:
        return translated(trouble.hint)
    hint = tr("Asking the service until {time} whether it arrived. Not sent again before; other pictures go on.")
    return hint.format(time=weekday_clock_text(job.not_before, now))


def waits_its_turn(job: Job, percent: float | None) -> bool:
    """Return whether this computer, which makes one picture after the other, has not begun with this one."""
    return job.state is _S.RUNNING and job.recipe.service.traits.runs_networks and not percent


def stage_look(job: Job, percent: float | None = None) -> tuple[str, str]:
    """Return the icon of how far a job is, and the role of its colour."""
    return state_look(_S.QUEUED if waits_its_turn(job, percent) else job.state)


def stage_text(job: Job, percent: float | None = None) -> str:
    """Return how far a job is in a word, with the percentage where one is known: "Running 43 %"."""
    return tr("Waiting its turn") if waits_its_turn(job, percent) else state_text(job.state, percent)


def copies_text(job: Job) -> str:
    """Return in which other formats the result lies beside it, as in "also as JPEG"; "" if there are none."""
    formats = dict.fromkeys(format_text(each.format) for each in job.copies if not each.is_labelled)
    return tr("also as {formats}").format(formats=comma().join(formats)) if formats else ""


def _time(job: Job, news: News, now: float) -> str:
    if job.state.is_final:
        return clock_text(job.changed_at, now)
    if job.state is _S.RUNNING and job.remote_eta is not None and job.remote_eta > now:
        return tr("{time} left").format(time=time_left_text(job.remote_eta - now))
    if job.hours is not None and job.waits_for_hours(now):
        return tr("from {time}").format(time=weekday_clock_text(job.hours.opens_at(now), now))
    if job.state is _S.SUBMITTING and job.estimate.duration_s:
        return tr("then {time}").format(time=time_left_text(job.estimate.duration_s))
    if job.state is _S.DOWNLOADING and news.left_s is not None:
        return tr("{time} left").format(time=time_left_text(news.left_s))
    return ""


def _share(job: Job, news: News) -> float | None:
    if job.state.traits.has_percent and not (job.trouble and job.state is _S.RUNNING):
        return min(1.0, (news.percent or 0.0) / 100)
    return None


def is_offline(job: Job) -> bool:
    """Return whether the job is waiting for a connection."""
    return job.state is _S.WAITING and job.trouble is not None and job.trouble.code in _OFFLINE


def is_undecided(job: Job) -> bool:
    """Return whether nobody can say if the job arrived, so that the user has to decide."""
    return job.state is _S.DOUBTFUL and job.trouble is not None and job.trouble.code == UNDECIDED


def retry_of(job: Job) -> Action | None:
    """Return the action that tries a job again, or None if there is none.

    It is free if the service may have the result, and otherwise names its price.
    """
    if job.is_asked_again_free:
        text = tr("Download again · free") if job.is_at_service else tr("Ask again · free")
        return Action(Act.FETCH, text, "retry", True, tr("Already paid; this is free"))
    if job.state is _S.CANCELLED and job.trouble is not None and job.trouble.code == _STOPPED:
        return Action(Act.FETCH, tr("Wait again · free"), "retry", True, tr("Downloads the result once it is ready"))
    # The picture of a job that was found at the service is elsewhere: it cannot be sent again from here.
    if job.state in (_S.FAILED, _S.EXPIRED, _S.CANCELLED) and not job.was_found:
        price = price_of(job)
        tip = tr("Sends the picture again, for {price}").format(price=price)
        if job.recipe.service.unit is Unit.NONE:
            tip = tr("Enhances the picture again, free of charge")
        return Action(Act.RETRY, tr("Retry · {price}").format(price=price), _sign(job, "retry"), True, tip)
    return None


def _sign(job: Job, usual: str) -> str:
    """Return the icon of a button that sends a picture again: a coin where that costs real money."""
    return usual if job.recipe.service.traits.is_free else "price"


def _buttons(job: Job) -> tuple[Action, ...]:
    """Return the buttons in the row."""
    found: list[Action] = []
    if job.state is _S.WAITING:
        found.append(Action(Act.NOW, tr("Try now"), "retry"))
    elif is_undecided(job):
        return _decisions(job)
    elif job.state is _S.DOUBTFUL and not job.cancel_wanted:
        found.append(Action(Act.ASK, tr("Ask now"), "checking", False, tr("Checks whether it arrived; free")))
    elif can_cancel(job):
        found.append(cancel_of(job))
    elif job.state is _S.DONE and job.result is not None:
        found.append(Action(Act.SHOW, tr("Show in folder"), "folder", True))
    retry = retry_of(job)
    if retry is not None and job.state is not _S.CANCELLED:
        found.append(retry)
        found.append(Action(Act.DETAILS, tr("Details"), ""))
    return tuple(found)


def _decisions(job: Job) -> tuple[Action, ...]:
    """Return what the user can decide about a job of which nobody knows whether it arrived."""
    tip = tr("If the first one did arrive, this costs the credits a second time")
    again = tr("Send again · {price}").format(price=price_of(job))
    return (
        Action(Act.RESEND, again, _sign(job, "uploading"), True, tip),
        Action(Act.GIVE_UP, tr("Give it up"), "cancel", True, tr("It may have cost its credits once")),
    )


def _menu(job: Job, buttons: tuple[Action, ...]) -> tuple[Action, ...]:
    """Return all that can be done with a job: the buttons, and what is needed less often. Not with its files."""
    found = [action for action in buttons if action.act not in (Act.DETAILS, Act.SHOW)]

    def offer(action: Action) -> None:
        if all(action.act is not other.act for other in found):
            found.append(action)

    if is_undecided(job):
        offer(Action(Act.ASK, tr("Check again whether it arrived"), "checking", False, tr("Costs nothing")))
    elif can_cancel(job):
        offer(cancel_of(job))
    if job.state is _S.DOUBTFUL and not job.cancel_wanted:  # for who does not wait until it is certain
        for action in _decisions(job):
            offer(action)
    if job.state is _S.QUEUED:
        offer(Action(Act.FIRST, tr("Send next"), "first", False, tr("Ahead of all others")))
        offer(Action(Act.UP, tr("Move up"), "earlier", False, tr("Alt and the arrow keys do this too")))
        offer(Action(Act.DOWN, tr("Move down"), "later", False, tr("Alt and the arrow keys do this too")))
    if job.state is _S.CANCELLED and (retry := retry_of(job)) is not None:
        offer(retry)
    offer(Action(Act.DETAILS, tr("Details…"), "info"))
    return tuple(found)


#: States in which cancelling may cost something, because the service may have the picture.
_SENT = frozenset({_S.SUBMITTING, _S.RUNNING, _S.DOUBTFUL})


def groups_text(groups: Counter[StateGroup]) -> str:
    """Return counts in words, the same in queue and footer: "3 in progress · 1 waiting · 1 done · 1 failed"."""
    return " · ".join(_count_text(group, groups[group]) for group in StateGroup if groups[group])


def _count_text(group: StateGroup, count: int) -> str:
    match group:
        case StateGroup.PROGRESS:
            text = ntr("{n} in progress", "{n} in progress", count)
        case StateGroup.QUEUED:
            text = ntr("{n} queued", "{n} queued", count)
        case StateGroup.WAITING:
            text = ntr("{n} waiting", "{n} waiting", count)
        case StateGroup.DONE:
            text = ntr("{n} done", "{n} done", count)
        case StateGroup.FAILED:
            text = ntr("{n} failed", "{n} failed", count)
        case StateGroup.CANCELLED:
            text = ntr("{n} cancelled", "{n} cancelled", count)
        case _:
            assert_never(group)
    return text.format(n=number(count))


def may_cost(job: Job) -> bool:
    """Return whether the service may charge something if this job is cancelled now."""
    return job.state in _SENT


def cancel_of(job: Job) -> Action:
    """Return the action that cancels a job, which says what that costs at most.

    The service works on while this is read, so the most is the whole price; what it costs now is asked at the click.
    """
    traits, price = job.recipe.service.traits, price_of(job)
    if traits.unit is Unit.NONE:
        return Action(Act.CANCEL, tr("Cancel"), "cancel", False, tr("Stops at once; it is free either way"))
    if not may_cost(job):
        text, full = tr("Cancel · free"), tr("Cancel · nothing is charged")
        return Action(Act.CANCEL, text, "cancel", False, tr("Not sent yet: nothing is charged"), full)
    if job.state is _S.RUNNING and not traits.can_cancel:
        tip = tr("{service} cannot cancel: it goes on and charges it").format(
            service=translated(job.recipe.service.label)
        )
        full = tr("Stop waiting · the price is {price} either way") if job.estimate.is_known else tr("Stop waiting")
        return Action(Act.CANCEL, tr("Stop waiting"), "cancel", False, tip, full.format(price=price))
    if not job.estimate.is_known:
        full = tr("Cancel · what is done already may be charged")
        return Action(Act.CANCEL, tr("Cancel"), "cancel", False, full.partition(" · ")[2], full)
    full = tr("Cancel · up to {price} may be charged").format(price=price)
    tip = tr("It was sent: the part that is done already is charged, up to {price}").format(price=price)
    if job.state is not _S.RUNNING:
        tip = tr("If it has arrived already, up to {price} may be charged").format(price=price)
    return Action(Act.CANCEL, tr("Cancel · up to {price}").format(price=price), "cancel", False, tip, full)


def can_cancel(job: Job) -> bool:
    """Return whether cancelling still makes sense."""
    if job.cancel_wanted:
        return False
    if job.state is _S.WAITING:
        return job.resume_to is _S.QUEUED
    return job.state.traits.can_cancel


def _size_word(job: Job) -> str:
    output = job.recipe.output.size
    if output.mode is SizeMode.SCALE:
        return f"{round(output.value, 2):g}×"  # that of a trial is worked out for its area
    return size_text(job.target_size)


def _next_try(job: Job, now: float) -> str:
    left = job.not_before - now
    if left <= 0:
        return tr("Trying again now.")
    return tr("Next try in {time}.").format(time=time_left_text(left, is_sure=True))


def _bytes(news: News) -> str:
    """Return for instance "12 of 28 MB", or "" if no bytes are known."""
    if news.done is None or not news.total:
        return ""
    return tr("{done} of {total} MB").format(done=_mb(news.done), total=_mb(news.total))


def _mb(count: int) -> str:
    value = count / 1_000_000
    return number(value, 0 if value >= 10 else 1)


def waits_until_text(opens: Sequence[float], now: float) -> str:
    """Return until when jobs wait for the hours at which they may be sent; `opens` has these of each."""
    text = ntr("1 waits until {time}", "{n} wait until {time}", len(opens))
    return text.format(n=number(len(opens)), time=weekday_clock_text(min(opens), now))


def weekday_clock_text(at: float, now: float) -> str:
    """Return a time of the next week: "22:00" if `at` is today, otherwise "Mon 22:00"."""
    moment, today = QDateTime.fromSecsSinceEpoch(int(at)), QDateTime.fromSecsSinceEpoch(int(now)).date()
    kind = QLocale.FormatType.ShortFormat
    time_ = _time_text(at)
    if moment.date() == today:
        return time_
    return f"{QLocale().standaloneDayName(moment.date().dayOfWeek(), kind)} {time_}"


def clock_text(at: float, now: float) -> str:
    """Return the time ("12:41") if `at` is today, otherwise the date. Both arguments are in Unix seconds."""
    moment, today = QDateTime.fromSecsSinceEpoch(int(at)), QDateTime.fromSecsSinceEpoch(int(now)).date()
    kind = QLocale.FormatType.ShortFormat
    if moment.date() == today:
        return _time_text(at)
    return QLocale().toString(moment.date(), kind)


def _time_text(at: float) -> str:
    return time_text(datetime.fromtimestamp(at, tz=UTC).astimezone())


def _joined(*parts: str) -> str:
    return " · ".join(part for part in parts if part)


def eta_text(job: Job) -> str:
    """Return how long the service still needs ("about 2 min"), or "" if it has not said so."""
    if job.state is not JobState.RUNNING or job.remote_eta is None:
        return ""
    left = job.remote_eta - time.time()
    return time_left_text(left) if left > 0 else ""
