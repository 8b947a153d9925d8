"""Names of results: unique on disk, among the running jobs, and never a source's."""

from __future__ import annotations

import threading
from pathlib import Path

from topazdesk.domain.catalogue import Catalogue
from topazdesk.domain.job import Job
from topazdesk.domain.naming import result_name, unique_path
from topazdesk.domain.recipe import OnConflict
from topazdesk.engine.book import Book


class Targets:
    """Hands out result paths; safe to call from worker threads."""

    def __init__(self, book: Book, catalogue: Catalogue) -> None:
        self._book = book
        self._catalogue = catalogue
        self._lock = threading.Lock()
        self._taken: dict[str, str] = {}  # job id → folded path
        self._sources: set[str] = set()

    def learn(self, job: Job) -> None:
        """Takes note of a job's source and, while it is unfinished, of its target."""
        with self._lock:
            self._sources.add(_fold(job.source))
            if job.target is not None and not job.state.is_final:
                self._taken[job.id] = _fold(job.target)
            elif job.state.is_final:
                self._taken.pop(job.id, None)

    def release(self, job_id: str) -> None:
        """The name is on disk now."""
        with self._lock:
            self._taken.pop(job_id, None)

    def wanted(self, job: Job) -> Path:
        """The name that the recipe asks for, whether free or not."""
        recipe = job.recipe
        model = self._catalogue.by_slug(recipe.service, recipe.model)
        slug = model.slug if model else recipe.model
        out = recipe.output
        name = result_name(
            out.template, job.source, slug, recipe.service.value, job.source_size, job.target_size, job.format
        )
        return folder_of(job.source, out.folder) / name

    def choose(self, job: Job) -> Path:
        """The result's path; reserved for the job."""
        wanted = self.wanted(job)
        overwrite = job.recipe.output.on_conflict is OnConflict.OVERWRITE
        with self._lock:
            others = {path for owner, path in self._taken.items() if owner != job.id} | self._sources

            def is_taken(path: Path) -> bool:
                if _fold(path) in others:
                    return True
                return not (overwrite and path == wanted) and (path.exists() or path.is_symlink())

            if overwrite and self._is_a_source(wanted):
                others.add(_fold(wanted))
            target = unique_path(wanted, is_taken)
            self._taken[job.id] = _fold(target)
            return target

    def may_replace(self, job: Job) -> bool:
        """Whether the user asked for replacing and the path is no source of any job, not even under another name."""
        if job.recipe.output.on_conflict is not OnConflict.OVERWRITE or job.target is None:
            return False
        with self._lock:
            return job.target == self.wanted(job) and not self._is_a_source(job.target)

    def _is_a_source(self, path: Path) -> bool:
        if _fold(path) in self._sources:
            return True
        if path.is_symlink():
            return True  # replacing would not touch what it points to, but nobody expects a link to vanish
        if not path.exists():
            return False
        return any(source.exists() and source.samefile(path) for source in {j.source for j in self._book.all()})


def folder_of(source: Path, folder: str) -> Path:
    """Where a result goes: the recipe's folder, or next to the source."""
    return Path(folder) if folder else source.parent


def _fold(path: Path) -> str:
    """Equal for paths that may be one file on a system that ignores case."""
    return str(path).casefold()
