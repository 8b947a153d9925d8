"""Sidecar files say how a result was made, for everyone but this profile, whose job database knows it anyway.

With the setting `sidecars`, a file
`RESULT.topazdesk.json` is written next to each finished result.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from topazdesk import __version__
from topazdesk.app.sidecar_names import sidecar_of
from topazdesk.disk import private_file
from topazdesk.disk.reading import read_json
from topazdesk.domain.catalogue import Model
from topazdesk.domain.copies import ResultCopy
from topazdesk.domain.displayed_text import one_line
from topazdesk.domain.file_metadata import Written
from topazdesk.domain.image import ImageInfo
from topazdesk.domain.job import Job, JobState
from topazdesk.domain.recipe import Recipe
from topazdesk.domain.settings_report import NO_ECHO, SettingsReport
from topazdesk.domain.uploads import alterations_for
from topazdesk.engine import replacing
from topazdesk.engine.events import EngineError, Event, EventHub, JobChanged
from topazdesk.engine.originals import OriginalState, original_state
from topazdesk.errors import Code, ComputerError, InputError, UseError
from topazdesk.language import say
from topazdesk.media.metadata.aside import file_metadata_aside
from topazdesk.media.probe import probe

SIDECAR_VERSION = 1
_KIND = "topazdesk result"
_MOST_BYTES = 1_000_000
#: What a sidecar says of the original; null where it cannot be read any more.
_IS_UNCHANGED = {OriginalState.UNCHANGED: True, OriginalState.CHANGED: False, OriginalState.MISSING: None}

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Origin:
    """How a result was made; `source` is the file name of the picture it was made from."""

    recipe: Recipe
    source: str


@dataclass(frozen=True, slots=True)
class Original:
    """The original, looked at again when its result is there: whether it is what was sent.

    If it is, `written` are the kinds of data that it holds and no upload does, and `info` has its header facts, as far
    as they can be read.
    """

    state: OriginalState
    written: tuple[Written, ...] | None = None
    info: ImageInfo | None = None


def sidecar_text(
    job: Job, echo: SettingsReport = NO_ECHO, original: Original | None = None, model: Model | None = None
) -> str:
    """Return the text of a finished job's sidecar.

    It has the recipe, the charge, the settings that the service used, and which of them differ from what was sent; the
    file that was sent, what was changed of the picture for that and what the original holds beside it; but no folders
    of this computer.
    """
    output = replace(job.recipe.output, folder="")
    info = original.info if original is not None else None
    changes = alterations_for(info, model) if info is not None and model is not None else None
    data = {
        "kind": _KIND,
        "version": SIDECAR_VERSION,
        "source": _shown(job.source.name),
        "source_size": [job.source_size.width, job.source_size.height],
        "source_sha256": job.source_digest,
        "source_bytes": job.source_bytes,
        "source_unchanged": None if original is None else _IS_UNCHANGED[original.state],
        **({} if job.recipe.page is None else {"source_page": job.page + 1}),
        **({} if info is None or info.pages < 2 else {"source_pages": info.pages}),
        "changes": None if changes is None else [change.to_json() for change in changes],
        "sent": None if job.sent is None else job.sent.to_json(),
        "not_sent": None if original is None or original.written is None else [k.value for k in original.written],
        "result_sha256": job.result_digest,
        "delivered_sha256": job.delivered_digest,
        **({"copies": [_copy(each) for each in job.copies]} if job.copies else {}),
        "service_job": job.remote_id,
        "program": f"topazdesk {__version__}",
        "sent_at": _time(job.submitted_at),
        "metadata": None if job.kept is None else job.kept.to_json(),
        "made_at": datetime.fromtimestamp(job.completed_at or job.changed_at, UTC).isoformat(timespec="seconds"),
        "charged": job.charged,
        "unit": job.recipe.service.unit.value,
        "recipe": replace(job.recipe, output=output).to_json(),
        "settings_used": job.echoed,
        "settings_differ": [difference.to_json() for difference in echo.differences],
    }
    return json.dumps(data, indent=1, ensure_ascii=False) + "\n"


def _copy(copy: ResultCopy) -> dict[str, Any]:
    return {
        "format": copy.format.value,
        "name": _shown(copy.name),
        "sha256": copy.digest,
        "labelled": copy.is_labelled,
        **copy.encoding.to_json(),
    }


def read_sidecar(path: Path) -> Origin:
    """Return what a sidecar says. Blocking. Raises UseError if it is not a sidecar."""
    try:
        data = _data(path)
        recipe = Recipe.from_json(data["recipe"])
        return Origin(replace(recipe, output=replace(recipe.output, folder="")), str(data["source"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UseError(
            say("{path} does not say how a picture was made", path=one_line(path.name)),
            "The file is damaged, or something else. It was left as it is.",
            details=str(error),
            code=Code.USE_SIDECAR,
        ) from error


def original_of(job: Job) -> Original | None:
    """Look at the original of a finished job again; None if there is nothing to compare it with. Blocking."""
    state = original_state(job)
    if state is not OriginalState.UNCHANGED:
        return None if state is None else Original(state)
    (found,) = file_metadata_aside([job.source], [job.page])
    try:
        info = probe(job.source, job.recipe.page)
    except InputError:
        info = None
    return Original(state, found.written, info)


class Sidecars:
    """Writes a sidecar for each finished job while `wanted` returns True, in a thread of its own.

    `is_ours` tells from a digest whether a result is one of this profile; it is called in that thread and may block.
    """

    def __init__(
        self,
        events: EventHub,
        wanted: Callable[[], bool],
        echo_of: Callable[[Job], SettingsReport] = lambda _job: NO_ECHO,
        is_ours: Callable[[str], bool] = lambda _digest: False,
        model_of: Callable[[Job], Model | None] = lambda _job: None,
    ) -> None:
        self._events = events
        self._wanted = wanted
        self._echo_of = echo_of
        self._is_ours = is_ours
        self._model_of = model_of
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="sidecars")
        self._unsubscribe = events.subscribe(self._on_event)

    def close(self) -> None:
        """Stop, after the sidecars already begun are written. Blocking."""
        self._unsubscribe()
        self._pool.shutdown(wait=True)

    def _on_event(self, event: Event) -> None:
        if not isinstance(event, JobChanged) or event.job.state is not JobState.DONE or not self._wanted():
            return
        job = event.job
        if job.trial is None and job.result is not None:  # results of trials are in the profile, which knows about them
            self._pool.submit(self._write, job, job.result, self._echo_of(job), asyncio.get_running_loop())

    def _write(self, job: Job, result: Path, echo: SettingsReport, loop: asyncio.AbstractEventLoop) -> None:
        path = sidecar_of(result)
        text = sidecar_text(job, echo, original_of(job), self._model_of(job))
        part = private_file.part_beside(path)
        try:
            private_file.create(part, text.encode("utf-8"), 0o666)
            replacing.place(part, path, self._is_own)
        except FileExistsError:
            fault = ComputerError(
                say("The file {path} was not written", path=one_line(path.name)),
                "A file of that name exists that topazdesk did not write; it was left as it is. "
                "The profile knows how the picture was made.",
                code=Code.COMPUTER_SIDECAR_TAKEN,
            )
            loop.call_soon_threadsafe(self._events.emit, EngineError(fault))
        except (OSError, ComputerError) as error:
            # Not a failure of the job: the result is there, and the profile knows how it was made.
            _log.warning("no sidecar for %s: %s", job.id, type(error).__name__)
        finally:
            with suppress(OSError):
                part.unlink(missing_ok=True)

    def _is_own(self, path: Path) -> bool:
        """Return whether a file is the sidecar of a result of this profile: then it may be replaced."""
        try:
            data = _data(path)
            return self._is_ours(str(data["result_sha256"]))
        except (OSError, ValueError, KeyError, TypeError):
            return False


def _data(path: Path) -> Any:
    """Return the JSON object of a sidecar. Raises OSError, ValueError, KeyError or TypeError if it is not one."""
    data = read_json(path, _MOST_BYTES)
    if data["kind"] != _KIND:
        raise ValueError("not marked as a sidecar")
    return data


def _time(seconds: float | None) -> str | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")


def _shown(name: str) -> str:
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
