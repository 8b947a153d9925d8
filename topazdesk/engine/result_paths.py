"""Chooses the paths of results: unique on disk and among the unfinished jobs, and never a source's path."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import threading
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import NamedTuple, TypeVar

from topazdesk.disk.names import native
from topazdesk.domain.catalogue import Catalogue
from topazdesk.domain.job import Job
from topazdesk.domain.naming import (
    NameFacts,
    numbered,
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
from topazdesk.engine.job_queries import PastFile, PastPaths
from topazdesk.engine.job_store import JobStore
from topazdesk.engine.path_keys import folded
from topazdesk.engine.replacing import Known
from topazdesk.errors import Code, ComputerError

#: How many digits of a digest stand for `{hash}` in a name.
_HASH_DIGITS = 8

#: Code of a job that was not sent because its result exists already, as the user wanted.
SKIPPED = Code.USE_SKIPPED

#: Paths, sizes and sources that are remembered; then what the job list says is forgotten, and asked again.
_MOST_KNOWN = 200_000
#: Of the names that a job may get, so many are asked for before they are tried.
_NAMES_AT_ONCE = 3


T = TypeVar("T")


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

    @classmethod
    def of(cls, file: PastFile) -> _Maker:
        """Return how a result was made."""
        return cls(file.source, file.source_digest, file.recipe)


class _At(NamedTuple):
    """The question what the job list knows of a path."""

    path: Path

    @property
    def key(self) -> Hashable:
        """What it is remembered by."""
        return folded(self.path)


class _From(NamedTuple):
    """The question which results a picture has."""

    source: str

    @property
    def key(self) -> Hashable:
        """What it is remembered by."""
        return self


class _Long(NamedTuple):
    """The question which results have so many bytes."""

    size: int

    @property
    def key(self) -> Hashable:
        """What it is remembered by."""
        return self.size


_Question = _At | _From | _Long


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
    """Hands out the paths of results. `learn`, `load` and `release` are for the loop; what asks for a path blocks.

    Only a file that the job list (cleared jobs included) knows as a result, with unchanged content, is ever replaced.
    The job list is asked for the paths that matter, by index; what it said, and the jobs at hand, is remembered here.
    The lock guards these records only and is never held while disk or job list are asked, as both may be slow.
    """

    def __init__(self, catalogue: Catalogue, store: JobStore, digests: FileDigests) -> None:
        self._catalogue = catalogue
        self._store = store
        self._digests = digests
        self._lock = threading.Lock()
        self._owners: dict[str, str] = {}  # folded path → id of the job that will write it
        self._result_paths: dict[str, str] = {}  # the reverse
        self._recipes: dict[str, str] = {}  # JSON text of a recipe → its digest
        self._files: dict[str, tuple[int, int] | None] = {}  # path of a source → device and inode
        self._forget()

    def _forget(self) -> None:
        """Forget all that the job list says as well."""
        self._runs: dict[str, str] = {}  # folded path of a result → id of its run
        self._sources: dict[str, str] = {}  # folded path → path
        self._results: dict[int, dict[str, set[_Maker]]] = {}  # size in bytes → digest of a result → how it was made
        self._made_of: dict[str, _Made] = {}  # folded path of a result, there or to come → what it is made of
        self._made_at: dict[str, _Maker] = {}  # folded path of a result → how it was made, the latest
        self._results_of: dict[str, set[Path]] = {}  # path of a source → its results
        self._asked: set[Hashable] = set()  # the keys of questions to the job list
        self._all_sources: list[str] | None = None

    def learn(self, job: Job) -> None:
        """Take note of a job's source, its result and, while it is unfinished, its target."""
        with self._lock:
            self._sources.setdefault(folded(job.source), str(job.source))
            if job.result is not None:
                self._runs[folded(job.result)] = job.run_id
                self._made_of[folded(job.result)] = _Made.by(job)
                maker = _Maker(str(job.source), job.source_digest, sys.intern(json.dumps(job.recipe.to_json())))
                self._made_at[folded(job.result)] = maker
                self._learn_result(job.result, job.result_bytes, job.result_digest, maker)
            if job.target is not None:
                self._made_of[folded(job.target)] = _Made.by(job)
            if job.state.is_final:
                self._drop(job.id)
            elif job.target is not None:
                self._reserve(job.id, folded(job.target))

    async def load(self, *jobs: Job) -> None:
        """Ask the job list at once for what the paths of these jobs need; later, each is asked for alone.

        Raises ComputerError.
        """
        await asyncio.to_thread(self._load, jobs)

    def _load(self, jobs: Sequence[Job]) -> None:
        with self._lock:
            if len(self._asked) + len(self._sources) > _MOST_KNOWN:
                self._forget()
            elif self._store.is_shared:
                self._asked.clear()  # another machine may have added to it
        wanted = [(job, self.wanted(job)) for job in jobs if job.target is None or _replaces(job)]
        names = [name for _, path in wanted for name in islice(numbered(path), _NAMES_AT_ONCE)]
        replacing = [(job, path) for job, path in wanted if _replaces(job)]
        there = [path for job, path_wanted in replacing for path in (path_wanted, job.target) if path is not None]
        sizes = [size for size in map(files.size_of, there) if size]
        self._ask([*map(_At, names), *(_From(str(job.source)) for job, _ in replacing), *map(_Long, sizes)])

    def _ask(self, questions: Iterable[_Question]) -> None:
        """Ask the job list what is not known yet, and remember the answers. Blocks. Raises ComputerError."""
        with self._lock:
            new = {each.key: each for each in questions if each.key not in self._asked}
        paths = [each.path for each in new.values() if isinstance(each, _At)]
        sources = [Path(each.source) for each in new.values() if isinstance(each, _From)]
        sizes = [each.size for each in new.values() if isinstance(each, _Long)]
        found = self._store.past_paths(paths) if paths else PastPaths([], [])
        more = self._store.results_of_sources(sources) if sources else []
        more += self._store.results_as_long(sizes) if sizes else []
        with self._lock:
            for source in found.sources:
                self._sources.setdefault(folded(source), source)
            self._learn_past(found.results)
            for each in (*found.results, *more):
                if each.result_digest:
                    self._learn_result(Path(each.result), each.result_bytes, each.result_digest, _Maker.of(each))
            self._asked.update(new)

    def _learn_past(self, results: Sequence[PastFile]) -> None:
        """Take note of all the results that there were at some paths, oldest first: the latest counts.

        What is known of jobs at hand is newer, unless other machines write the job list, too.
        """
        is_newer = self._store.is_shared
        _take_over(self._runs, {folded(each.result): each.run_id for each in results}, is_newer)
        made_of = {folded(each.result): _Made(each.source, _page_in(each.recipe) or 0) for each in results}
        _take_over(self._made_of, made_of, is_newer)
        made_at = {folded(each.result): _Maker.of(each) for each in results if each.result_digest}
        _take_over(self._made_at, made_at, is_newer)

    @contextmanager
    def _records(self, *questions: _Question) -> Iterator[None]:
        """Hold the records while they have all that the job list says to these questions. Blocks."""
        while True:
            self._ask(questions)
            with self._lock:
                if all(each.key in self._asked for each in questions):  # not forgotten meanwhile
                    yield
                    return

    def _learn_result(self, path: Path, size: int, digest: str, maker: _Maker) -> None:
        self._results.setdefault(size, {}).setdefault(digest, set()).add(maker)
        self._results_of.setdefault(maker.source, set()).add(path)

    def is_reserved_for(self, job_id: str, path: Path) -> bool:
        """Tell whether no other unfinished job will write this path."""
        with self._lock:
            return self._owners.get(folded(path), job_id) == job_id

    def is_promised(self, job_id: str, path: Path) -> bool:
        """Tell whether a path is a source's, there or not, or that of another unfinished job's result. Blocks."""
        return self.is_source(path) or not self.is_reserved_for(job_id, path)

    def is_source(self, path: Path) -> bool:
        """Tell whether a job was made of the file at this path. Blocks."""
        with self._records(_At(path)):
            return folded(path) in self._sources

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
                is_its_own = self._made_of.get(folded(path), _Made.by(job)) == _Made.by(job)
            return (is_early and is_its_own) or known(path)

        def is_taken(path: Path) -> bool:
            # First the records, then the disk: a job releases its name when its file has it. In the other order a file
            # that gets its name in between is seen by neither look.
            at = folded(path)
            with self._records(_At(path)):
                if at in self._sources or self._owners.get(at, job.id) != job.id:
                    return True
                self._reserve(job.id, at)
            if os.path.lexists(path) and not (path in names and may_replace(path)):
                self.release(job.id)
                return True
            with self._lock:
                self._made_of[at] = _Made.by(job)
            return False

        free = next((name for name in names if not is_taken(name)), None)
        return free or unique_path(names[min(1, len(names) - 1)], is_taken)

    def _names(self, job: Job) -> list[Path]:
        """Return the wanted path, and the next best ones where it is that of another picture's result.

        Where results are replaced, the next best is the one that this picture has under another name, as the wanted one
        was taken.
        """
        wanted = self.wanted(job)
        with self._records(_At(wanted)):
            other = self._made_of.get(folded(wanted))
        names = [wanted]
        if other is not None and other != _Made.by(job):
            names += told_apart(wanted, job.source, Path(other.source))
        if job.recipe.output.on_conflict is OnConflict.OVERWRITE:
            names += [path for path in self._own_results(job, wanted.parent) if path not in names]
        return names

    def _own_results(self, job: Job, folder: Path) -> list[Path]:
        """Return the results of this picture with this recipe that were saved in a folder. They may be gone."""
        with self._records(_From(str(job.source))):
            found = sorted(path for path in self._results_of.get(str(job.source), ()) if path.parent == folder)
        with self._records(*map(_At, found)):  # another recipe's result may have such a path by now
            made = {path: maker for path in found if (maker := self._made_at.get(folded(path))) is not None}
        return [path for path, maker in made.items() if self._digest_of_recipe(maker.recipe) == job.recipe.digest]

    def there(self, job: Job) -> Path | None:
        """Return the result for which the job is skipped, or None. Blocks.

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
            with self._records(_At(path)):
                last = self._made_at.get(folded(path))
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
        size = files.size_of(path)
        with self._records(_Long(size)):
            alike = dict(self._results.get(size, {}))
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
        """Tell whether a path is neither a source, by whatever name, nor another result of the same run. Blocks."""
        at = folded(path)
        with self._records(_At(path)):
            if at in self._sources or self._runs.get(at) == job.run_id:
                return False  # two pictures of one name in one run: the second must not replace the first's paid result
            at_hand = list(self._sources.values())
        file = _file_of(path)
        if file is None:
            return True
        return not any(self._file_at(source) == file for source in (*at_hand, *self._perhaps(path)))

    def _perhaps(self, path: Path) -> list[str]:
        """Return the sources in the job list that may be the file at this path under another name.

        A file with two names may be any of them. One that is reached through another folder is as long as a job found
        it.
        """
        if not _has_names(path):
            return self._store.sources_as_long(files.size_of(path))
        if self._all_sources is None or self._store.is_shared:
            self._all_sources = self._store.sources()
        return self._all_sources

    def _file_at(self, source: str) -> tuple[int, int] | None:
        if source not in self._files:
            self._files[source] = _file_of(source)
        return self._files[source]

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


def _has_names(path: Path) -> bool:
    """Tell whether a file has several names. One that cannot be looked at may have."""
    try:
        return path.stat().st_nlink > 1
    except OSError:
        return True


def _take_over(known: dict[str, T], said: dict[str, T], is_newer: bool) -> None:
    for at, value in said.items():
        if is_newer or at not in known:
            known[at] = value


def _replaces(job: Job) -> bool:
    """Tell whether a job may replace a result, or be skipped for one."""
    return job.recipe.output.on_conflict is not OnConflict.UNIQUE
