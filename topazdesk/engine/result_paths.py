"""Chooses the paths of results: unique on disk and among the unfinished jobs, and never a source's path."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from topazdesk.disk.names import native
from topazdesk.domain.catalogue import Catalogue
from topazdesk.domain.job import Job
from topazdesk.domain.naming import plain_name, result_name, template_problem, unique_path
from topazdesk.domain.recipe import DEFAULT_TEMPLATE, OnConflict
from topazdesk.engine import files
from topazdesk.engine.job_queries import PastFile
from topazdesk.engine.replacing import Known
from topazdesk.engine.store import Store
from topazdesk.errors import Code

#: Code of a job that was not sent because its result exists already, as the user wanted.
SKIPPED = Code.USE_SKIPPED


class ResultPaths:
    """Hands out the paths of results. `learn`, `load` and `release` are for the loop; `choose` and `known` block.

    Only a file that the job list (cleared jobs included) knows as a result, with unchanged content, is ever replaced.
    The lock guards the records only and is never held during disk access, as a network drive may be slow.
    """

    def __init__(self, catalogue: Catalogue, store: Store) -> None:
        self._catalogue = catalogue
        self._store = store
        self._lock = threading.Lock()
        self._owners: dict[str, str] = {}  # folded path → id of the job that will write it
        self._result_paths: dict[str, str] = {}  # the reverse
        self._runs: dict[str, str] = {}  # folded path of a result → id of its run
        self._sources: dict[str, str] = {}  # folded path → path
        self._files: dict[str, tuple[int, int] | None] = {}  # folded source → device and inode
        self._results: dict[int, set[str]] = {}  # size in bytes → digests of all results of that size
        self._loading = asyncio.Lock()
        self._is_loaded = self._knows_results = False

    def learn(self, job: Job) -> None:
        """Take note of a job's source, its result and, while it is unfinished, its target."""
        with self._lock:
            self._sources.setdefault(_fold(job.source), str(job.source))
            if job.result is not None:
                self._runs[_fold(job.result)] = job.run_id
                self._results.setdefault(job.result_bytes, set()).add(job.result_digest)
            if job.state.is_final:
                self._drop(job.id)
            elif job.target is not None:
                self._reserve(job.id, _fold(job.target))

    async def load(self, job: Job) -> None:
        """Load what `choose` and `known` need from the whole job list for this job. Raises ComputerError.

        That is the sources of all jobs, once; and their results, too, for a job that may replace one.
        """
        replaces = job.recipe.output.on_conflict is OnConflict.OVERWRITE
        async with self._loading:
            if self._knows_results or (self._is_loaded and not replaces):
                return
            found = await self._store.past_files()
            await asyncio.to_thread(self._learn_past, found, replaces)
            self._is_loaded = True
            self._knows_results = replaces

    def _learn_past(self, found: Sequence[PastFile], replaces: bool) -> None:
        sources = {_fold(each.source): each.source for each in found}
        runs = {_fold(each.result): each.run_id for each in found if each.result is not None} if replaces else {}
        with self._lock:
            self._sources = sources | self._sources
            self._runs = runs | self._runs
            for each in found if replaces else ():
                if each.result_digest:
                    self._results.setdefault(each.result_bytes, set()).add(each.result_digest)

    def is_reserved_for(self, job_id: str, path: Path) -> bool:
        """Tell whether no other unfinished job will write this path."""
        with self._lock:
            return self._owners.get(_fold(path), job_id) == job_id

    def release(self, job_id: str) -> None:
        """Free the path that was reserved for this job."""
        with self._lock:
            self._drop(job_id)

    def wanted(self, job: Job) -> Path:
        """Return the path that the recipe asks for, free or not; the default name if its template is invalid.

        Templates are checked before a job is sent, but one in an older job list must not cost a paid result.
        """
        recipe = job.recipe
        model = self._catalogue.by_slug(recipe.service, recipe.model)
        slug = model.slug if model else recipe.model
        out = recipe.output
        template = DEFAULT_TEMPLATE if template_problem(out.template) else out.template
        name = result_name(
            template, job.source, slug, recipe.service.value, job.source_size, job.target_size, job.format
        )
        return folder_of(job.source, out.folder) / native(name)

    def choose(self, job: Job, *, is_plain: bool = False, is_early: bool = False) -> Path:
        """Return a path for the result and reserve it for the job.

        `is_plain`: use a name of letters and digits only, which every disk accepts. `is_early`: there is no result yet;
        whether an existing file may be replaced is checked later, when there is one.
        """
        wanted = self.wanted(job)
        if is_plain:
            wanted = wanted.with_name(plain_name(job.token, job.format))
        known = self.known(replace(job, target=wanted))

        def is_taken(path: Path) -> bool:
            # First the records, then the disk: a job releases its name when its file has it. In the other order a file
            # that gets its name in between is seen by neither look.
            folded = _fold(path)
            with self._lock:
                if folded in self._sources or self._owners.get(folded, job.id) != job.id:
                    return True
                self._reserve(job.id, folded)
            if os.path.lexists(path) and not (known is not None and path == wanted and (is_early or known(path))):
                self.release(job.id)
                return True
            return False

        return unique_path(wanted, is_taken)

    def is_skipped(self, job: Job) -> bool:
        """Tell whether to skip the job, because its result exists already and the recipe says to leave it. Blocks.

        A job that got another name, because another picture of its run wants the same, is not skipped.
        """
        if job.recipe.output.on_conflict is not OnConflict.SKIP:
            return False
        wanted = self.wanted(job)
        return job.target in (None, wanted) and wanted.exists()

    def known(self, job: Job) -> Known | None:
        """Return the function that tells whether the file at the job's target may be replaced; None if nothing may be.

        The user must have asked for it, and the file must be neither a source nor another result of the same run.
        """
        if job.recipe.output.on_conflict is not OnConflict.OVERWRITE or job.target is None:
            return None
        if job.target != self.wanted(job) or not self._is_replaceable(job, job.target):
            return None
        return self.is_result

    def is_result(self, path: Path) -> bool:
        """Tell whether the file has the content of a result, whatever its name. Raises ComputerError."""
        with self._lock:
            digests = set(self._results.get(files.size_of(path), ()))
        return bool(digests) and not path.is_symlink() and files.digest_of(path) in digests

    def _is_replaceable(self, job: Job, path: Path) -> bool:
        folded = _fold(path)
        with self._lock:
            if folded in self._sources or self._runs.get(folded) == job.run_id:
                return False  # two pictures of one name in one run: the second must not replace the first's paid result
            sources = dict(self._sources)
        file = _file_of(path)
        if file is None:
            return True
        for key, source in sources.items():  # the file may be a source under another name (hard link, other spelling)
            if key not in self._files:
                self._files[key] = _file_of(source)
            if self._files[key] == file:
                return False
        return True

    def _reserve(self, job_id: str, folded: str) -> None:
        if self._result_paths.get(job_id) != folded:
            self._drop(job_id)
            if self._owners.setdefault(folded, job_id) == job_id:
                self._result_paths[job_id] = folded

    def _drop(self, job_id: str) -> None:
        folded = self._result_paths.pop(job_id, None)
        if folded is not None:
            self._owners.pop(folded, None)


def folder_of(source: Path, folder: str) -> Path:
    """Return the folder for a result: the recipe's, or the one of the source."""
    return Path(native(folder)) if folder else source.parent


def _file_of(path: Path | str) -> tuple[int, int] | None:
    try:
        found = os.stat(path)  # noqa: PTH116 making a `Path` of each of thousands of sources is slow
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _fold(path: Path | str) -> str:
    """Return a key that is equal for paths that may be the same file on a system that ignores case."""
    return str(path).casefold()
