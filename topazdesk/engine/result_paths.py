"""Chooses the paths of results: unique on disk and among the unfinished jobs, and never a source's path."""

from __future__ import annotations

import asyncio
import json
import os
import threading
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple

from topazdesk.disk.names import native
from topazdesk.domain.catalogue import Catalogue
from topazdesk.domain.job import Job
from topazdesk.domain.naming import (
    NameFacts,
    plain_name,
    result_name,
    template_problem,
    told_apart,
    unique_path,
    uses,
)
from topazdesk.domain.recipe import DEFAULT_TEMPLATE, OnConflict, Recipe
from topazdesk.engine import files
from topazdesk.engine.file_digests import FileDigests
from topazdesk.engine.job_queries import PastFile
from topazdesk.engine.job_store import JobStore
from topazdesk.engine.replacing import Known
from topazdesk.errors import Code, ComputerError

#: How many digits of a digest stand for `{hash}` in a name.
_HASH_DIGITS = 8

#: Code of a job that was not sent because its result exists already, as the user wanted.
SKIPPED = Code.USE_SKIPPED


class _Maker(NamedTuple):
    """How a result was made: path and digest ("" if unknown) of its source, and the recipe as JSON text."""

    source: str
    source_digest: str
    recipe: str

    def is_of(self, job: Job, digest: Callable[[], str]) -> bool:
        """Tell whether the result is one of the job's picture. `digest` gives that of its source, if it is needed."""
        if (_page_in(self.recipe) or 0) != (job.recipe.page or 0):
            return False
        return self.source == str(job.source) or (bool(self.source_digest) and self.source_digest == digest())


class _Made(NamedTuple):
    """The picture of which a result is made: path of the file, and page."""

    source: str
    page: object

    @classmethod
    def by(cls, job: Job) -> _Made:
        """Return the picture of a job."""
        return cls(str(job.source), job.recipe.page or 0)


def _page_in(recipe: str) -> object:
    """Return the page that a recipe in JSON names; None for none, and for a recipe that cannot be read."""
    try:
        return json.loads(recipe).get("page")
    except (ValueError, AttributeError):
        return None


class ResultPaths:
    """Hands out the paths of results. `learn`, `load` and `release` are for the loop; `choose` and `known` block.

    Only a file that the job list (cleared jobs included) knows as a result, with unchanged content, is ever replaced.
    The lock guards the records only and is never held during disk access, as a network drive may be slow.
    """

    def __init__(self, catalogue: Catalogue, store: JobStore, digests: FileDigests) -> None:
        self._catalogue = catalogue
        self._store = store
        self._digests = digests
        self._lock = threading.Lock()
        self._owners: dict[str, str] = {}  # folded path → id of the job that will write it
        self._result_paths: dict[str, str] = {}  # the reverse
        self._runs: dict[str, str] = {}  # folded path of a result → id of its run
        self._sources: dict[str, str] = {}  # folded path → path
        self._files: dict[str, tuple[int, int] | None] = {}  # folded source → device and inode
        self._results: dict[int, dict[str, set[_Maker]]] = {}  # size in bytes → digest of a result → how it was made
        self._recipes: dict[str, str] = {}  # JSON text of a recipe → its digest
        self._made_of: dict[str, _Made] = {}  # folded path of a result, there or to come → what it is made of
        self._made_at: dict[str, _Maker] = {}  # folded path of a result → how it was made, the latest
        self._results_of: dict[str, set[Path]] = {}  # path of a source → its results
        self._loading = asyncio.Lock()
        self._is_loaded = self._knows_results = False

    def learn(self, job: Job) -> None:
        """Take note of a job's source, its result and, while it is unfinished, its target."""
        with self._lock:
            self._sources.setdefault(_fold(job.source), str(job.source))
            if job.result is not None:
                self._runs[_fold(job.result)] = job.run_id
                self._made_of[_fold(job.result)] = _Made.by(job)
                maker = _Maker(str(job.source), job.source_digest, json.dumps(job.recipe.to_json()))
                self._made_at[_fold(job.result)] = maker
                self._learn_result(job.result, job.result_bytes, job.result_digest, maker)
            if job.target is not None:
                self._made_of[_fold(job.target)] = _Made.by(job)
            if job.state.is_final:
                self._drop(job.id)
            elif job.target is not None:
                self._reserve(job.id, _fold(job.target))

    async def load(self, job: Job) -> None:
        """Load what `choose` and `known` need from the whole job list for this job. Raises ComputerError.

        That is the files of all jobs, once; and how their results were made, too, for a job that may replace one or be
        skipped for one.
        """
        replaces = job.recipe.output.on_conflict is not OnConflict.UNIQUE
        async with self._loading:
            if self._knows_results or (self._is_loaded and not replaces):
                return
            found = await self._store.past_files()
            await asyncio.to_thread(self._learn_past, found, replaces)
            self._is_loaded = True
            self._knows_results = replaces

    def _learn_past(self, found: Sequence[PastFile], replaces: bool) -> None:
        sources = {_fold(each.source): each.source for each in found}
        made_of = {
            _fold(each.result): _Made(each.source, _page_in(each.recipe) or 0)
            for each in found
            if each.result is not None
        }
        runs = {_fold(each.result): each.run_id for each in found if each.result is not None} if replaces else {}
        with self._lock:
            self._made_of = made_of | self._made_of
            self._sources = sources | self._sources
            self._runs = runs | self._runs
            for each in found if replaces else ():
                if each.result_digest and each.result is not None:
                    maker = _Maker(each.source, each.source_digest, each.recipe)
                    self._made_at.setdefault(_fold(each.result), maker)
                    self._learn_result(Path(each.result), each.result_bytes, each.result_digest, maker)

    def _learn_result(self, path: Path, size: int, digest: str, maker: _Maker) -> None:
        self._results.setdefault(size, {}).setdefault(digest, set()).add(maker)
        self._results_of.setdefault(maker.source, set()).add(path)

    def is_reserved_for(self, job_id: str, path: Path) -> bool:
        """Tell whether no other unfinished job will write this path."""
        with self._lock:
            return self._owners.get(_fold(path), job_id) == job_id

    def is_source(self, path: Path) -> bool:
        """Tell whether a job was made of the file at this path. Needs `load`."""
        with self._lock:
            return _fold(path) in self._sources

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
        out = recipe.output
        template = DEFAULT_TEMPLATE if template_problem(out.template) else out.template
        facts = NameFacts(
            source=job.source,
            model=model.slug if model else recipe.model,
            tier=model.tier.value if model else "",
            service=recipe.service.value,
            source_size=job.source_size,
            target=job.target_size,
            format=job.format,
            day=datetime.fromtimestamp(job.created_at).astimezone().date(),
            page=job.recipe.page,
            taken=day_of_file(job),  # a run fixes what the picture itself says when it is made
            hash=self._digest_of(job)[:_HASH_DIGITS] if uses(template, "hash") else "",
        )
        return folder_of(job.source, out.folder) / native(result_name(template, facts))

    def _digest_of(self, job: Job) -> str:
        """Return the digest of the job's source, read now if it is not known yet; zeros if it cannot be read."""
        try:
            return job.source_digest or self._digests.digest(job.source)
        except ComputerError:  # whoever sends the picture meets the same fault, and reports it
            return "0" * _HASH_DIGITS

    def choose(self, job: Job, *, is_plain: bool = False, is_early: bool = False) -> Path:
        """Return a path for the result and reserve it for the job.

        `is_plain`: use a name of letters and digits only, which every disk accepts. `is_early`: there is no result yet;
        whether an existing file may be replaced is checked later, when there is one.
        """
        names = [self.wanted(job).with_name(plain_name(job.token, job.format))] if is_plain else self._names(job)

        def may_replace(path: Path) -> bool:
            known = self.known(replace(job, target=path))
            if known is None:
                return False
            with self._lock:
                is_its_own = self._made_of.get(_fold(path), _Made.by(job)) == _Made.by(job)
            return (is_early and is_its_own) or known(path)

        def is_taken(path: Path) -> bool:
            # First the records, then the disk: a job releases its name when its file has it. In the other order a file
            # that gets its name in between is seen by neither look.
            folded = _fold(path)
            with self._lock:
                if folded in self._sources or self._owners.get(folded, job.id) != job.id:
                    return True
                self._reserve(job.id, folded)
            if os.path.lexists(path) and not (path in names and may_replace(path)):
                self.release(job.id)
                return True
            with self._lock:
                self._made_of[folded] = _Made.by(job)
            return False

        free = next((name for name in names if not is_taken(name)), None)
        return free or unique_path(names[min(1, len(names) - 1)], is_taken)

    def _names(self, job: Job) -> list[Path]:
        """Return the wanted path, and the next best ones where it is that of another picture's result.

        Where results are replaced, the next best is the one that this picture has under another name, as the wanted one
        was taken.
        """
        wanted = self.wanted(job)
        with self._lock:
            other = self._made_of.get(_fold(wanted))
        names = [wanted]
        if other is not None and other != _Made.by(job):
            names += told_apart(wanted, job.source, Path(other.source))
        if job.recipe.output.on_conflict is OnConflict.OVERWRITE:
            names += [path for path in self._own_results(job, wanted.parent) if path not in names]
        return names

    def _own_results(self, job: Job, folder: Path) -> list[Path]:
        """Return the results of this picture with this recipe that were saved in a folder. They may be gone."""
        with self._lock:
            found = [path for path in self._results_of.get(str(job.source), ()) if path.parent == folder]
            made = {path: self._made_at[_fold(path)] for path in sorted(found)}
        return [path for path, maker in made.items() if self._digest_of_recipe(maker.recipe) == job.recipe.digest]

    def there(self, job: Job) -> Path | None:
        """Return the result for which the job is skipped, or None. Blocks. Needs `load`.

        That is the result of this picture with this recipe in the folder for it, whatever its name. A result of another
        picture or with other settings, and a file that is no result, are none: the job gets another name.
        """
        if job.recipe.output.on_conflict is not OnConflict.SKIP:
            return None
        names = self._names(job)
        if job.target is not None and job.target not in names:
            return None
        here = dict.fromkeys((*names, *self._own_results(job, names[0].parent)))
        return next((path for path in here if path.exists() and self._is_its_result(job, path)), None)

    def _is_its_result(self, job: Job, path: Path) -> bool:
        """Tell whether a file is the result of this picture with this recipe. Blocks."""
        try:
            makers = self._makers(path)
        except ComputerError:  # it is there, and cannot be read: it is left, and nothing is paid
            return True
        if not makers:  # somebody may have rated or retouched the result: then it is known by its place
            with self._lock:
                last = self._made_at.get(_fold(path))
            makers = [last] if last is not None else []
        same = [maker for maker in makers if self._digest_of_recipe(maker.recipe) == job.recipe.digest]
        return any(maker.is_of(job, lambda: self._digest_of(job)) for maker in same)

    def known(self, job: Job) -> Known | None:
        """Return the function that tells whether the file at the job's target may be replaced; None if nothing may be.

        The user must have asked for it, and the file must be the result of the same picture with the same recipe (one
        with other settings was paid for, too), neither a source nor another result of the same run.
        """
        if job.recipe.output.on_conflict is not OnConflict.OVERWRITE or job.target is None:
            return None
        if job.target not in self._names(job) or not self._is_replaceable(job, job.target):
            return None
        return lambda path: any(
            maker.is_of(job, lambda: self._digest_of(job)) and self._digest_of_recipe(maker.recipe) == job.recipe.digest
            for maker in self._makers(path)
        )

    def is_result(self, path: Path) -> bool:
        """Tell whether the file has the content of a result, whatever its name. Raises ComputerError."""
        return bool(self._makers(path))

    def _makers(self, path: Path) -> list[_Maker]:
        """Return how the result with the content of this file was made; none if it is no result. Raises ComputerError.

        Blocks; only a file as long as a result is read.
        """
        with self._lock:
            alike = dict(self._results.get(files.size_of(path), {}))
        return list(alike.get(files.digest_of(path), ())) if alike and not path.is_symlink() else []

    def _digest_of_recipe(self, text: str) -> str:
        """Return the digest of a recipe in JSON; "" if this program cannot read it."""
        known = self._recipes.get(text)
        if known is None:
            try:
                known = Recipe.from_json(json.loads(text)).digest
            except ValueError:
                known = ""
            self._recipes[text] = known
        return known

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


def day_of_file(job: Job) -> date:
    """Return the day of the source's file, for pictures that do not say when they were taken."""
    try:
        return datetime.fromtimestamp(job.source_mtime_ns / 1e9).astimezone().date()
    except (OverflowError, OSError, ValueError):  # a time that only a file can have
        return datetime.fromtimestamp(job.created_at).astimezone().date()


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
    """Return a key that is equal for paths that may be one file where case or Unicode's spelling does not count."""
    text = str(path)
    return (text if text.isascii() else unicodedata.normalize("NFC", text)).casefold()
