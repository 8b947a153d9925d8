"""Where a result came from: the profile's job database knows its own results, and a sidecar file tells everybody else.

A result carries the service's content credentials and is never rewritten. What was done to it is kept in the profile; who
wants it beside the file switches `sidecars` on: `RESULT.topazdesk.json` is then written next to each finished result.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from topazdesk.domain.echo import NO_ECHO, Echo
from topazdesk.domain.job import Job, JobState
from topazdesk.domain.recipe import Recipe
from topazdesk.engine.events import Event, EventHub, JobChanged
from topazdesk.errors import UseError

SUFFIX = ".topazdesk.json"
SIDECAR_VERSION = 1
_KIND = "topazdesk result"
_MOST_BYTES = 1_000_000

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Origin:
    """What a result was made with; `source` is the name of the picture it was made from."""

    recipe: Recipe
    source: str


def sidecar_of(result: Path) -> Path:
    """The sidecar's place: beside the result, named after it."""
    return result.with_name(result.name + SUFFIX)


def is_sidecar(path: Path) -> bool:
    """Whether a file is to be taken as a sidecar."""
    return path.name.lower().endswith(SUFFIX)


def sidecar_text(job: Job, echo: Echo = NO_ECHO) -> str:
    """What is told of a finished job: recipe, charge, the settings that the service used, and which of them are not as they
    were sent. No folders of this computer."""
    output = replace(job.recipe.output, folder="")
    data = {
        "kind": _KIND,
        "version": SIDECAR_VERSION,
        "source": _shown(job.source.name),
        "source_size": [job.source_size.width, job.source_size.height],
        "result_sha256": job.result_digest,
        "made_at": datetime.fromtimestamp(job.completed_at or job.changed_at, UTC).isoformat(timespec="seconds"),
        "charged": job.charged,
        "unit": job.recipe.service.unit.value,
        "recipe": replace(job.recipe, output=output).to_json(),
        "settings_used": job.echoed,
        "settings_differ": [difference.to_json() for difference in echo.differences],
    }
    return json.dumps(data, indent=1, ensure_ascii=False) + "\n"


def read_sidecar(path: Path) -> Origin:
    """What a sidecar says. Blocking. Raises UseError for whatever is none."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise ValueError("too large")
        data: Any = json.loads(path.read_text("utf-8"))
        if data["kind"] != _KIND:
            raise ValueError("not marked as a sidecar")
        recipe = Recipe.from_json(data["recipe"])
        return Origin(replace(recipe, output=replace(recipe.output, folder="")), str(data["source"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UseError(
            f"{_shown(path.name)} does not say how a picture was made.",
            "The file is damaged, or something else. It was left as it is.",
            details=str(error),
            code="use.sidecar",
        ) from error


def digest_of(path: Path) -> str:
    """SHA-256 of a file, hex. Blocking; raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class Sidecars:
    """Writes a sidecar for each job that is done, on a thread of its own, while `wanted` says so."""

    def __init__(
        self, events: EventHub, wanted: Callable[[], bool], echo_of: Callable[[Job], Echo] = lambda _job: NO_ECHO
    ) -> None:
        self._wanted = wanted
        self._echo_of = echo_of
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="sidecars")
        self._unsubscribe = events.subscribe(self._on_event)

    def close(self) -> None:
        """Blocking: returns when what was begun is written."""
        self._unsubscribe()
        self._pool.shutdown(wait=True)

    def _on_event(self, event: Event) -> None:
        if not isinstance(event, JobChanged) or event.job.state is not JobState.DONE or not self._wanted():
            return
        if event.job.trial is None:  # a trial lies in the profile, which knows how it was made
            self._pool.submit(_write, event.job, self._echo_of(event.job))


def _write(job: Job, echo: Echo) -> None:
    if job.result is None:
        return
    path = sidecar_of(job.result)
    part = path.with_name(path.name + ".part")
    try:
        part.write_text(sidecar_text(job, echo), "utf-8")
        part.replace(path)
    except OSError as error:
        # The result is there and the profile knows how it was made; a missing note beside it is no failure of the job.
        _log.warning("no sidecar for %s: %s", job.id, error.strerror)
        part.unlink(missing_ok=True)


def _shown(name: str) -> str:
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
