"""Names of results: unique on disk, among the running jobs, and never a source's."""

from __future__ import annotations

import threading
from pathlib import Path

from topazdesk.domain.catalogue import Catalogue
from topazdesk.domain.job import Job
from topazdesk.domain.naming import result_name, unique_path
from topazdesk.domain.recipe import OnConflict


class Targets:
    """Hands out result paths. `learn` and `release` are for the loop; `choose` and `may_replace` ask the disk and block.

    The lock guards the records only and is never held while the disk is asked: a network drive may take its time.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._lock = threading.Lock()
        self._owners: dict[str, str] = {}  # folded path → id of the job that will write it
        self._targets: dict[str, str] = {}  # the reverse
        self._runs: dict[str, str] = {}  # folded path of a result → id of its run
        self._sources: dict[str, Path] = {}
        self._files: dict[str, tuple[int, int] | None] = {}  # folded source → device and inode

    def learn(self, job: Job) -> None:
        """Takes note of a job's source, its result and, while it is unfinished, of its target."""
        with self._lock:
            self._sources.setdefault(_fold(job.source), job.source)
            if job.result is not None:
                self._runs[_fold(job.result)] = job.run_id
            if job.state.is_final:
                self._drop(job.id)
            elif job.target is not None:
                self._reserve(job.id, _fold(job.target))

    def release(self, job_id: str) -> None:
        """The name is on disk now."""
        with self._lock:
            self._drop(job_id)

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
        may_replace = job.recipe.output.on_conflict is OnConflict.OVERWRITE and self._is_replaceable(job, wanted)

        def is_taken(path: Path) -> bool:
            if not (may_replace and path == wanted) and (path.exists() or path.is_symlink()):
                return True
            folded = _fold(path)
            with self._lock:
                if folded in self._sources or self._owners.get(folded, job.id) != job.id:
                    return True
                self._reserve(job.id, folded)
                return False

        return unique_path(wanted, is_taken)

    def may_replace(self, job: Job) -> bool:
        """Whether the user asked for replacing, and the file there is neither a source nor another result of this run."""
        if job.recipe.output.on_conflict is not OnConflict.OVERWRITE or job.target is None:
            return False
        return job.target == self.wanted(job) and self._is_replaceable(job, job.target)

    def _is_replaceable(self, job: Job, path: Path) -> bool:
        folded = _fold(path)
        with self._lock:
            if folded in self._sources or self._runs.get(folded) == job.run_id:
                return False  # two pictures of one name in one click: the second must not replace what the first paid
            sources = dict(self._sources)
        if path.is_symlink():
            return False  # replacing would not touch what it points to, but nobody expects a link to vanish
        file = _file_of(path)
        if file is None:
            return True
        for key, source in sources.items():  # a source under another name (hard link, other spelling)
            if key not in self._files:
                self._files[key] = _file_of(source)
            if self._files[key] == file:
                return False
        return True

    def _reserve(self, job_id: str, folded: str) -> None:
        if self._targets.get(job_id) != folded:
            self._drop(job_id)
            if self._owners.setdefault(folded, job_id) == job_id:
                self._targets[job_id] = folded

    def _drop(self, job_id: str) -> None:
        folded = self._targets.pop(job_id, None)
        if folded is not None:
            self._owners.pop(folded, None)


def folder_of(source: Path, folder: str) -> Path:
    """Where a result goes: the recipe's folder, or next to the source."""
    return Path(folder) if folder else source.parent


def _file_of(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _fold(path: Path) -> str:
    """Equal for paths that may be one file on a system that ignores case."""
    return str(path).casefold()
