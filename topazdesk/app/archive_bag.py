"""Saves finished results as an archive bag: results, sidecars, log of runs, contact sheet, checksums. Blocking.

The originals are read again for it, byte for byte, so that the bag says whether they are what was sent.
"""

from __future__ import annotations

import asyncio
import json
import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from topazdesk import __version__
from topazdesk.app import resources
from topazdesk.app.run_log import COLUMNS, csv_text, line_of
from topazdesk.app.sidecar_names import SUFFIX
from topazdesk.app.sidecars import original_of, sidecar_text
from topazdesk.disk.bag_folder import BagFolder
from topazdesk.disk.names import shown_path
from topazdesk.domain.catalogue import Model
from topazdesk.domain.job import Job, JobState
from topazdesk.domain.naming import safe_name, unique_path
from topazdesk.domain.settings_report import NO_ECHO, SettingsReport
from topazdesk.engine import files, packets
from topazdesk.engine.originals import OriginalState, Witness, has_original
from topazdesk.errors import Code, UseError
from topazdesk.language import say
from topazdesk.media.contact_sheet import Pair, parts, write_contact_sheet

#: Pairs in one contact sheet; more make a second file.
_MOST_PAIRS = 400


@dataclass(frozen=True, slots=True)
class BagWish:
    """What a bag shall have beside the results."""

    originals: bool = False
    sha512: bool = False


@dataclass(frozen=True, slots=True)
class BagReport:
    """A bag that was written: how many results, which were left out as they are gone, which were changed since."""

    path: Path
    results: int
    size_bytes: int
    missing: tuple[Path, ...]
    changed: tuple[Path, ...]
    originals: Witness


@dataclass(slots=True)
class _Content:
    lines: list[tuple[object, ...]] = field(default_factory=list)
    pairs: list[Pair] = field(default_factory=list)
    missing: list[Path] = field(default_factory=list)
    changed: list[Path] = field(default_factory=list)
    originals: dict[Path, OriginalState] = field(default_factory=dict)
    copies: dict[Path, str] = field(default_factory=dict)  # of originals: the names in the bag


def has_result(job: Job) -> bool:
    """Tell whether a job has a result that belongs in a bag."""
    return job.state is JobState.DONE and job.result is not None and job.trial is None


def check_target(target: Path) -> None:
    """Raise UseError if something has the name of a bag, ComputerError if its folder cannot be written."""
    if os.path.lexists(target):
        raise _taken(target)
    files.check_could_write(target.parent)


def save_bag(
    target: Path,
    jobs: Sequence[Job],
    wish: BagWish = BagWish(),
    *,
    model_of: Callable[[Job], Model | None] = lambda _job: None,
    echo_of: Callable[[Job], SettingsReport] = lambda _job: NO_ECHO,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> BagReport:
    """Write a bag with the results of finished jobs: whole, or not at all. Nothing is ever replaced.

    `progress` gets the steps done and their number; whatever it raises stops the work, and nothing is left behind.
    Raises UseError if there is no result or the name is taken, ComputerError.
    """
    jobs = list({job.result: job for job in jobs if has_result(job)}.values())
    content = _Content()
    steps = 2 * len(jobs)
    check_target(target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with BagFolder(target, ("sha256", "sha512") if wish.sha512 else ("sha256",)) as bag:
            names = _names([job.result for job in jobs if job.result is not None])
            sources = _names([job.source for job in jobs if has_original(job)])
            for number, job in enumerate(jobs):
                _add(bag, job, names, sources, wish, content, model_of(job), echo_of(job))
                progress(number + 1, steps)
            if not content.lines:
                raise UseError(
                    "There is no finished result to save",
                    "Enhance pictures first. Results that were moved or deleted cannot be saved.",
                    code=Code.USE_NO_RESULTS,
                )
            bag.add_text("runs.csv", csv_text([COLUMNS, *content.lines]))
            _add_sheets(bag, content, lambda done: progress(len(jobs) + done, steps))
            bag.finish(_info(bag, content))
    except FileExistsError as error:
        raise _taken(target) from error
    except OSError as error:
        raise files.disk_error(error, target.parent, goes_on=False) from error
    return BagReport(
        target,
        len(content.lines),
        bag.payload_bytes,
        tuple(content.missing),
        tuple(content.changed),
        Witness.of(content.originals),
    )


async def save_bag_aside(
    target: Path,
    jobs: Sequence[Job],
    wish: BagWish,
    *,
    model_of: Callable[[Job], Model | None],
    echo_of: Callable[[Job], SettingsReport],
    progress: Callable[[int, int], None] = lambda _done, _all: None,
    stop: threading.Event | None = None,
) -> BagReport:
    """Do what `save_bag` does in a thread, where `progress` is called.

    Nothing is left behind if it is cancelled, or if `stop` is set: then BagStoppedError is raised.
    """
    stop = stop or threading.Event()

    def step(done: int, steps: int) -> None:
        if stop.is_set():
            raise BagStoppedError
        progress(done, steps)

    work = partial(save_bag, target, jobs, wish, model_of=model_of, echo_of=echo_of, progress=step)
    try:
        return await asyncio.to_thread(work)
    except asyncio.CancelledError:
        stop.set()
        raise


class BagStoppedError(Exception):
    """The user stopped the work."""


def _add(
    bag: BagFolder,
    job: Job,
    names: dict[Path, str],
    sources: dict[Path, str],
    wish: BagWish,
    content: _Content,
    model: Model | None,
    echo: SettingsReport,
) -> None:
    assert job.result is not None  # noqa: S101 `has_result`
    if not _is_readable(job.result):
        content.missing.append(job.result)
        return
    name = _free(bag, f"results/{names[job.result]}")
    digest = bag.add(name, job.result)
    for path in (*filter(None, (job.label,)), *(path for _, path in job.copy_paths)):
        if _is_readable(path):
            own = _free(bag, str(Path(name).with_name(safe_name(path.stem) + path.suffix).as_posix()))
            bag.add(own, path)
            if _is_readable(packets.packet_of(path)):
                bag.add(f"{own}{packets.SUFFIX}", packets.packet_of(path))
    again = original_of(job)
    sidecar = json.loads(sidecar_text(job, echo, again, model))
    if digest != job.result_digest:  # somebody rated or edited it: it is what they want to keep, and that is said
        content.changed.append(job.result)
        sidecar["changed_since_it_was_made"] = {"sha256": digest}
    bag.add_text(f"{name}{SUFFIX}", json.dumps(sidecar, indent=1, ensure_ascii=False) + "\n")
    packet = packets.packet_of(job.result)
    if _is_readable(packet):
        bag.add(f"{name}{packets.SUFFIX}", packet)
    fields = dict(zip(COLUMNS, line_of(job), strict=True))
    fields |= {"result": name, "result_sha256": digest, "original": shown_path(Path(job.picture.name))}
    if again is not None:
        fields["original_after"] = _original(bag, job, again.state, sources, wish, content).value
        fields["original"] = content.copies.get(job.source, fields["original"])
    content.lines.append(tuple(fields.values()))
    before = job.picture if _is_readable(job.picture) else None
    content.pairs.append(Pair(before, job.result, _caption(job, model), job.page))


def _original(
    bag: BagFolder, job: Job, state: OriginalState, sources: dict[Path, str], wish: BagWish, content: _Content
) -> OriginalState:
    """Note what became of the original, copy it if that is wished, and return its state for this job.

    A picture with several results is copied once, and changed if it is not what was sent for any of them.
    """
    source = job.source
    if wish.originals and source not in content.copies and _is_readable(source):
        name = content.copies[source] = _free(bag, f"originals/{sources[source]}")
        state = OriginalState.UNCHANGED if bag.add(name, source) == job.source_digest else OriginalState.CHANGED
    if content.originals.setdefault(source, state) is OriginalState.UNCHANGED:
        content.originals[source] = state
    return state


def _add_sheets(bag: BagFolder, content: _Content, progress: Callable[[int], None]) -> None:
    sheets = list(parts(content.pairs, _MOST_PAIRS))
    font = resources.folder() / "fonts" / "DejaVuSans.ttf"
    today = datetime.now(UTC).astimezone().date().isoformat()
    count = f"{len(content.pairs):,} {'result' if len(content.pairs) == 1 else 'results'}"
    for number, pairs in enumerate(sheets):
        name = "contact-sheet.pdf" if len(sheets) == 1 else f"contact-sheet-{number + 1}.pdf"
        done = number * _MOST_PAIRS
        write_contact_sheet(
            bag.own_file(name),
            shown_path(Path(bag.target.name)),
            f"{count} · before and after · {today} · topazdesk {__version__}",
            pairs,
            font,
            lambda drawn, done=done: progress(done + drawn),  # type: ignore[misc]
        )
        bag.own_written(name)


def _info(bag: BagFolder, content: _Content) -> dict[str, str]:
    results, seen = len(content.lines), Witness.of(content.originals)
    what = "1 enhanced picture" if results == 1 else f"{results:,} enhanced pictures"
    return {
        "Bagging-Date": datetime.now(UTC).astimezone().date().isoformat(),
        "Bag-Software-Agent": f"topazdesk {__version__}",
        "External-Description": f"{what}, how each was made, and a contact sheet",
        **({"Internal-Sender-Description": seen.sentence} if seen.checked else {}),
        "Bag-Size": f"{bag.payload_bytes / 1e6:,.1f} MB",
    }


def _caption(job: Job, model: Model | None) -> tuple[str, str]:
    source, result = job.source_size, job.result_size or job.target_size
    when = datetime.fromtimestamp(job.completed_at or job.changed_at, UTC).astimezone().date().isoformat()
    made = "" if job.result is None else job.result.name
    sizes = f"{source.width} × {source.height} → {result.width} × {result.height}"
    name = model.name if model is not None else job.recipe.model
    return f"{job.picture.name} → {made}", f"{name} · {job.recipe.service.label} · {sizes} · {when}"


def _names(paths: Sequence[Path]) -> dict[Path, str]:
    """Return names for files in a folder of the bag: sub-folders below what they have in common are kept."""
    try:
        top = Path(os.path.commonpath([path.parent for path in paths])) if paths else Path()
    except ValueError:  # on two drives
        return {path: _portable(Path(path.parent.name) / path.name) for path in paths}
    return {path: _portable(path.relative_to(top)) for path in paths}


def _portable(path: Path) -> str:
    """Return a name that every system and every program for bags takes."""
    name = safe_name(path.stem) + (f".{safe_name(path.suffix)}" if path.suffix else "")
    return "/".join((*map(safe_name, path.parent.parts), name)).replace("%", "_")


def _free(bag: BagFolder, name: str) -> str:
    return unique_path(Path(name), lambda path: bag.has(path.as_posix())).as_posix()


def _is_readable(path: Path) -> bool:
    try:
        with path.open("rb"):
            return True
    except (OSError, ValueError):
        return False


def _taken(target: Path) -> UseError:
    return UseError(
        say("{target} exists already", target=shown_path(Path(target.name))),
        "A bag is always a new folder, nothing is ever replaced: choose another name.",
        code=Code.USE_BAG_TAKEN,
    )
