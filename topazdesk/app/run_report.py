"""The report of a run as a file: a table (CSV), data (JSON), or a page with before and after (HTML).

The page is one file that works offline: pictures are in it, and nothing is loaded or run. Every text in it is escaped,
whoever wrote it. No report ever replaces a file.
"""

from __future__ import annotations

import asyncio
import base64
import html
import json
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from topazdesk import __version__
from topazdesk.app.resources import folder as resources
from topazdesk.app.run_log import COLUMNS, csv_text, line_of
from topazdesk.disk import private_file
from topazdesk.disk.causes import cause_of, remedy
from topazdesk.disk.free_name import rename_first_free
from topazdesk.disk.names import shown_path
from topazdesk.domain.charges import charge_text, sums
from topazdesk.domain.collected_files import Refusal
from topazdesk.domain.displayed_text import one_line
from topazdesk.domain.geometry import Size
from topazdesk.domain.image import PictureKey
from topazdesk.domain.job import Job, JobState
from topazdesk.domain.money import MICRO_USD, Unit
from topazdesk.domain.naming import numbered
from topazdesk.engine.ledger import LedgerLine
from topazdesk.errors import Code, ComputerError, UseError
from topazdesk.language import say

REPORT_VERSION = 1
SUFFIXES = (".csv", ".json", ".html")
#: So many pairs of pictures are in a page: about 40 KB each.
MOST_PAIRS = 500
_BOX = Size(360, 270)


@dataclass(frozen=True, slots=True)
class RunFacts:
    """All that a report tells: the jobs of runs as they stand, what was refused, and the lines of the books."""

    jobs: tuple[Job, ...]
    ledger: tuple[LedgerLine, ...]
    refused: tuple[Refusal, ...] = ()
    #: Names of models for people, by the names in jobs.
    models: Mapping[str, str] = field(default_factory=dict)

    @property
    def runs(self) -> list[str]:
        """The ids of the runs."""
        return list(dict.fromkeys(job.run_id for job in self.jobs))

    def books(self) -> dict[str, dict[str, float]]:
        """Return what the books have, by unit: estimated, reserved, charged and refunded."""
        found: dict[str, dict[str, float]] = {}
        for line in self.ledger:
            row = found.setdefault(line.unit, dict.fromkeys(("estimated", "reserved", "charged", "refunded"), 0))
            share = MICRO_USD if line.unit == Unit.USD.value else 1
            for name, amount in (
                ("estimated", line.estimated),
                ("reserved", line.reserved),
                ("charged", line.charged or 0),
                ("refunded", line.refunded or 0),
            ):
                row[name] += amount / share if share > 1 else amount
        return found


def check_report(path: Path) -> None:
    """Raise UseError or ComputerError if no report can be written there, before anything is sent. Blocking."""
    if path.suffix.lower() not in SUFFIXES:
        raise UseError(
            say("{path} is no name for a report", path=path.name),
            "Give it the ending .html, .csv or .json.",
            code=Code.USE_EXPORT_NAME,
        )
    if path.exists() or path.is_symlink():
        raise UseError(
            say("{path} is there already", path=path.name),
            "A report replaces no file: choose another name.",
            details=str(path),
            code=Code.USE_EXPORT_NAME,
        )
    if not path.parent.is_dir():
        raise ComputerError(
            "The folder for the report is not there",
            say("Make it, or choose another: {parent}", parent=path.parent),
            code=Code.COMPUTER_FOLDER_UNWRITABLE,
        )


async def save_report(path: Path, facts: RunFacts) -> Path:
    """Write the report in the form that its ending says; return its path, with a number where the name was taken.

    Raises ComputerError.
    """
    return await asyncio.to_thread(_save, path, facts)


def _save(path: Path, facts: RunFacts) -> Path:
    match path.suffix.lower():
        case ".csv":
            text = csv_text([COLUMNS, *(line_of(job) for job in facts.jobs)])
        case ".json":
            text = json.dumps(to_json(facts), indent=1) + "\n"
        case _:
            text = page(facts)
    part = private_file.part_beside(path)
    try:
        private_file.create(part, text.encode("utf-8", "replace"), 0o666)
        return rename_first_free(part, numbered(path))
    except OSError as error:
        part.unlink(missing_ok=True)
        raise ComputerError(
            "The report could not be written",
            say(
                "{remedy:text}. Then make it: topazdesk jobs report {runs} {path}",
                remedy=remedy(cause_of(error), shown_path(path.parent)),
                runs=facts.runs[-1][:8] if facts.runs else "last",
                path=shlex.quote(shown_path(path)),
            ),
            details=str(error),
            code=Code.DISK_WRITE,
        ) from error


def to_json(facts: RunFacts) -> dict[str, Any]:
    """Return the report as data."""
    rows = (dict(zip(COLUMNS, line_of(job), strict=True)) for job in facts.jobs)
    return {
        "kind": "topazdesk run report",
        "version": REPORT_VERSION,
        "program": f"topazdesk {__version__}",
        "runs": facts.runs,
        "books": facts.books(),
        "jobs": [{name: value for name, value in row.items() if name != "program"} for row in rows],
        "refused": [
            {"path": str(each.path), "title": each.title, "hint": each.hint, "code": each.code}
            for each in facts.refused
        ],
    }


def page(facts: RunFacts) -> str:
    """Return the report as a page."""
    done = [job for job in facts.jobs if job.state is JobState.DONE]
    failed = [job for job in facts.jobs if job.state.has_failed]
    others = len(facts.jobs) - len(done) - len(failed)
    began = min((job.created_at for job in facts.jobs), default=0.0)
    title = say("Run of {began}", began=_when(began)) if facts.jobs else say("Run")
    money = " · ".join(each.text for each in sums(facts.jobs)) if facts.jobs else say("Nothing was spent")
    cards = [(say("Done"), f"{len(done):,}"), (say("Failed or refused"), f"{len(failed) + len(facts.refused):,}")]
    cards += [(say("Not finished or cancelled"), f"{others:,}")] if others else []
    cards += [(say("Money"), money)]
    template = (resources() / "report" / "run.html").read_text("utf-8")
    parts = {
        "title": _safe(title),
        "cards": "".join(f"<div><dt>{_safe(name)}</dt><dd>{_safe(value)}</dd></div>" for name, value in cards),
        "problems": _problems(failed, facts.refused),
        "pictures": "\n".join(_pair(job, facts.models, number < MOST_PAIRS) for number, job in enumerate(done)),
        "foot": _safe(f"topazdesk {__version__} · run {', '.join(run[:8] for run in facts.runs)}"),
    }
    for name, value in parts.items():
        template = template.replace(f"<!--{name}-->", value)
    return template


def _problems(failed: Iterable[Job], refused: Sequence[Refusal]) -> str:
    rows = [(job.picture, *_why(job)) for job in failed] + [(each.path, each.title, each.hint) for each in refused]
    if not rows:
        return ""
    lines = "".join(
        f"<tr><td title='{_safe(str(path))}'>{_safe(path.name)}</td><td>{_safe(title)}</td><td>{_safe(hint)}</td></tr>"
        for path, title, hint in rows
    )
    head = "<tr><th>File</th><th>Reason</th><th>What to do</th></tr>"
    return f"<section><h2>What needs you</h2><table>{head}{lines}</table></section>"


def _why(job: Job) -> tuple[str, str]:
    return (job.trouble.title, job.trouble.hint) if job.trouble is not None else (job.state.traits.word, "")


def _pair(job: Job, models: Mapping[str, str], has_pictures: bool) -> str:
    size, before = job.result_size or job.target_size, job.source_size
    pictures = ""
    if has_pictures:
        both = _picture(job.picture, "Before", page=job.page) + _picture(job.result, "After", original=job.key)
        pictures = f"<div class=pair>{both}</div>"
    remarks = "".join(f"<p class=remark>{_safe(line)}</p>" for line in (job.kept.lines if job.kept is not None else ()))
    model = models.get(job.recipe.model, job.recipe.model)
    copies = "".join(f"<p title='{_safe(str(path))}'>{_safe(path.name)}</p>" for _, path in job.copy_paths)
    return (
        f"<article>{pictures}<h3 title='{_safe(str(job.picture))}'>{_safe(job.picture.name)}</h3>"
        f"<p title='{_safe(str(job.result or ''))}'>{_safe(job.result.name if job.result is not None else '')}</p>"
        f"{copies}"
        f"<p>{before.width} × {before.height} → {size.width} × {size.height} · {_safe(model)} · "
        f"{_safe(charge_text(job, None))}</p>{remarks}</article>"
    )


def _picture(path: Path | None, word: str, *, page: int = 0, original: PictureKey | None = None) -> str:
    from topazdesk.media.small_jpeg import small_jpeg

    small = small_jpeg(path, _BOX, page=page, original=original) if path is not None else None
    if small is None:
        return f"<figure><div class=none>{word}: the file is not there any more</div></figure>"
    data, size = small
    source = base64.b64encode(data).decode("ascii")
    return (
        f"<figure><img src='data:image/jpeg;base64,{source}' width={size.width} height={size.height} alt='{word}'>"
        f"<figcaption>{word}</figcaption></figure>"
    )


def _safe(text: str) -> str:
    return html.escape(one_line(text, 2_000), quote=True)


def _when(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC).astimezone():%Y-%m-%d %H:%M}"
