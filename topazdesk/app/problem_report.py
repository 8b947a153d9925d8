"""A report of a problem: what helps to mend a fault, and nothing that tells of pictures or people. It is never sent.

It is text in parts. Each can be left out or changed by whoever passes it on; what is saved is what is seen.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from topazdesk import own_program
from topazdesk.app.components import versions
from topazdesk.app.redaction import scrubbed, without_names
from topazdesk.app.settings import Settings
from topazdesk.disk import private_file
from topazdesk.disk.names import shown_path
from topazdesk.errors import Code, ComputerError, UseError
from topazdesk.language import language, say, translated

if TYPE_CHECKING:
    from topazdesk.app.app_context import AppContext
    from topazdesk.app.paths import Paths
    from topazdesk.domain.job import Job

_LOG_LINES, _MOST_LOG_BYTES = 150, 60_000
_MOST_JOBS, _PAGE, _MOST_ERRORS = 2_000, 200, 20
#: Settings that are words of the program's own. All others that are texts may name something, and are not told.
_WORDS = frozenset(
    (
        "service",
        "theme",
        "language",
        "contrast",
        "motion",
        "compare_mode",
        "metadata",
        "credentials",
        "resolution",
        "compute_device",
    )
)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a report; `title` is its heading, in English as all of the report is."""

    title: str
    text: str

    @property
    def block(self) -> str:
        """The part as it stands in the report."""
        return f"{heading(self.title)}\n{self.text.strip()}\n"


def heading(title: str) -> str:
    """Return the line above a part."""
    return f"== {title} =="


def whole(parts: Iterable[Part]) -> str:
    """Return the report."""
    return "\n".join(part.block for part in parts)


def report_parts(
    paths: Paths, settings: Settings, jobs: Sequence[Job] = (), screen: str = "", names: Iterable[Path] = ()
) -> tuple[Part, ...]:
    """Return the parts of a report, without the names of these files and of those of the jobs. Blocking."""
    files = [path for job in jobs for path in (job.source, job.result, job.target) if path is not None]
    known = list(_names(paths, settings, [*files, *names]))
    keys = [value for name, value in os.environ.items() if "_API_KEY" in name]

    def part(title: str, text: str) -> Part:
        return Part(title, scrubbed(text, known, keys) or "nothing")

    system = "\n".join(line for line in (_machine(), screen) if line)

    installed = "as a package" if own_program.is_frozen() else "with Python"
    return (
        Part(say("What happened"), translated(say("(what you did, and what happened instead)"))),
        Part(say("Version"), f"{versions()}\ninstalled {installed}, in {language()}"),
        Part(say("System"), without_names(system)),
        part(say("Settings"), "\n".join(_told(settings))),
        part(say("Last errors"), "\n".join(_errors(jobs))),
        part(say("Log"), _tail(paths.logs / "topazdesk.log")),
    )


async def newest_jobs(context: AppContext) -> list[Job]:
    """Return the newest jobs of the profile: their errors are told, their names are known to be left out."""
    found: list[Job] = []
    async for page in context.saved_pages(_PAGE):
        found += page.jobs
        if len(found) >= _MOST_JOBS:
            break
    return found


def save_report(text: str, target: Path) -> None:
    """Save a report as it is. Blocking. Raises UseError where there is such a file, ComputerError."""
    try:
        private_file.create(target, text.encode("utf-8"))
    except FileExistsError:
        raise UseError(
            say("{target} exists already", target=shown_path(Path(target.name))),
            "Nothing was replaced. Choose another name.",
            code=Code.USE_EXPORT_NAME,
        ) from None
    except OSError as error:
        raise ComputerError(
            "The report could not be saved",
            "Choose another folder, or copy the report.",
            details=str(error.strerror or error),
            code=Code.DISK_EXPORT,
        ) from error


def _machine() -> str:
    return f"{platform.machine()}, {os.cpu_count() or '?'} processors"


def _names(paths: Paths, settings: Settings, files: Iterable[Path]) -> Iterator[str]:
    """Yield what is known to be a name of this computer, of its user, or of the user's files."""
    for known in (paths.profile, Path.home(), settings.output_folder):
        yield str(known)
    yield platform.node()
    for name in ("USER", "USERNAME", "LOGNAME"):
        yield os.environ.get(name, "")
    for path in files:
        yield from (str(path), path.name, str(path.parent), path.parent.name)
        if len(path.stem) > 3:
            yield path.stem


def _told(settings: Settings) -> Iterator[str]:
    default = Settings()
    for field in fields(settings):
        value = getattr(settings, field.name)
        if isinstance(value, bool | int | float) or field.name in _WORDS:
            mark = "" if value == getattr(default, field.name) else "  (changed)"
            yield f"{field.name} = {value}{mark}"
        elif value:
            yield f"{field.name}: set, not told here"


def _errors(jobs: Sequence[Job]) -> Iterator[str]:
    told = [job for job in jobs if job.trouble is not None][:_MOST_ERRORS]
    for job in told:
        trouble = job.trouble
        if trouble is None:
            continue
        when = datetime.fromtimestamp(job.changed_at, UTC).strftime("%Y-%m-%d %H:%M UTC")
        size, target = job.source_size, job.target_size
        recipe = f"{job.recipe.service.value}/{job.recipe.model}"
        sizes = f"{size.width}x{size.height} to {target.width}x{target.height}"
        yield f"{when} {job.state.value} {trouble.code} {recipe} {sizes}"
        if trouble.details:
            yield f"    {trouble.details[:500]}"


def _tail(log: Path) -> str:
    with suppress(OSError), log.open("rb") as file:
        file.seek(0, os.SEEK_END)
        file.seek(max(0, file.tell() - _MOST_LOG_BYTES))
        lines = file.read(_MOST_LOG_BYTES).decode("utf-8", "replace").splitlines()
        return "\n".join(lines[-_LOG_LINES:])
    return ""
