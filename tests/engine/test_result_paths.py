"""Which names are handed out, and which files may be replaced by a result: no source, no other result of the same click."""

from __future__ import annotations

import asyncio
import hashlib
import os
import tempfile
import time
import unicodedata
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.catalogue import packaged_catalogue
from tests.support.queue_jobs import NOW, job
from topazdesk.domain.geometry import OutputSize, Size
from topazdesk.domain.image import FileFormat
from topazdesk.domain.job import Job, JobState
from topazdesk.domain.recipe import OnConflict, OutputOptions, Recipe
from topazdesk.engine.file_digests import FileDigests
from topazdesk.engine.job_queries import PastPaths
from topazdesk.engine.job_store import RunRecord
from topazdesk.engine.result_paths import ResultPaths
from topazdesk.engine.store import Store
from topazdesk.media.picture_files import PictureFiles

_S = JobState


class NoPast:
    """A job list that knows nothing of any path."""

    is_shared = False

    def past_paths(self, _paths: Any) -> PastPaths:
        return PastPaths([], [])


class Names:
    """Targets over a job list on disk that knows `past`; `begin` is a new program."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.out = folder / "out"
        self.out.mkdir()

    def a_job(self, name: str = "a.png", run: str = "now", *, overwrite: bool = True) -> Job:
        conflict = OnConflict.OVERWRITE if overwrite else OnConflict.UNIQUE
        output = OutputOptions(
            OutputSize.scale(2), FileFormat.PNG, folder=str(self.out), template="{name}", on_conflict=conflict
        )
        plain = job(name, _S.VERIFYING, target_size=Size(3000, 2000), source=self.folder / "in" / name, run_id=run)
        return replace(plain, id=f"{run}-{name}", token=f"td-{run}-{name}", recipe=replace(plain.recipe, output=output))

    def done(self, name: str, data: bytes, run: str = "before") -> Job:
        """A job that is over, and its result."""
        path = self.out / name
        path.write_bytes(data)
        digest = hashlib.sha256(data).hexdigest()
        plain = self.a_job(name, run)
        return replace(plain, state=_S.DONE, result=path, result_bytes=len(data), result_digest=digest)

    def ask(self, each: Job, *past: Job, learnt: tuple[Job, ...] = ()) -> tuple[Path, bool]:
        """The name that a job gets, and whether the file there may be replaced by it. `learnt`: jobs that are at hand."""

        async def work() -> tuple[Path, bool]:
            store = await Store.open(self.folder / f"{len(list(self.folder.glob('*.db')))}.db")
            try:
                for run in dict.fromkeys(one.run_id for one in past):
                    await store.add(RunRecord(run, NOW, None), [one for one in past if one.run_id == run])
                targets = ResultPaths(packaged_catalogue(), store, FileDigests(store, PictureFiles(), time.time))
                for one in (*learnt, each):
                    targets.learn(one)
                await targets.load(each)
                path = targets.choose(each)
                known = targets.known(replace(each, target=path))
                return path, known is not None and known(path)
            finally:
                await store.close()

        return asyncio.run(work())


@pytest.fixture
def names(tmp_path: Path) -> Names:
    return Names(tmp_path)


def test_a_result_of_an_earlier_run_is_replaced(names: Names) -> None:
    before = names.done("a.png", b"an older result")
    assert names.ask(names.a_job(), before) == (names.out / "a.png", True)


def test_a_result_with_other_settings_is_not_replaced(names: Names) -> None:
    """It was paid for, and settings that were tried before are what people want back."""
    before = names.done("a.png", b"with other settings")
    plain = names.a_job()
    other = Recipe.of(plain.recipe.service, plain.recipe.model, {"denoise": 0.9}, plain.recipe.output)
    assert other.digest != plain.recipe.digest
    assert names.ask(replace(plain, recipe=other), before) == (names.out / "a-2.png", False)
    assert (names.out / "a.png").read_bytes() == b"with other settings"


@pytest.mark.parametrize("is_at_hand", [True, False])
def test_the_result_of_another_picture_is_not_replaced(names: Names, is_at_hand: bool) -> None:
    """Box 2's scan001 took the place of box 1's: a paid result was gone. The folder tells them apart."""
    before = replace(names.done("a.png", b"box 1"), source=names.folder / "box1" / "a.png", source_digest="1" * 64)
    now = replace(names.a_job(), source=names.folder / "box2" / "a.png", source_digest="2" * 64)
    past, learnt = ((), (before,)) if is_at_hand else ((before,), ())
    assert names.ask(now, *past, learnt=learnt) == (names.out / "a_box2.png", False)


def test_the_result_of_a_picture_that_was_moved_is_replaced(names: Names) -> None:
    before = replace(names.done("a.png", b"older"), source=names.folder / "box1" / "a.png", source_digest="1" * 64)
    moved = replace(names.a_job(), source=names.folder / "box2" / "a.png", source_digest="1" * 64)
    assert names.ask(moved, before) == (names.out / "a.png", True)


def test_nothing_is_replaced_unasked(names: Names) -> None:
    before = names.done("a.png", b"an older result")
    assert names.ask(names.a_job(overwrite=False), before) == (names.out / "a-2.png", False)


def test_a_result_with_other_bytes_is_the_users_own(names: Names) -> None:
    before = names.done("a.png", b"an older result")
    (names.out / "a.png").write_bytes(b"an older RESULT")
    assert names.ask(names.a_job(), before) == (names.out / "a-2.png", False)


def test_a_file_of_nobody_is_not_replaced(names: Names) -> None:
    (names.out / "a.png").write_bytes(b"the user's own")
    assert names.ask(names.a_job()) == (names.out / "a-2.png", False)


@pytest.mark.parametrize("is_at_hand", [True, False])
def test_a_result_of_the_same_click_is_not_replaced(names: Names, is_at_hand: bool) -> None:
    """Two pictures of one name in one click: the second must not replace what the first paid."""
    first = replace(names.done("a.png", b"paid a moment ago", run="now"), id="first")
    past, learnt = ((), (first,)) if is_at_hand else ((first,), ())
    assert names.ask(names.a_job(), *past, learnt=learnt) == (names.out / "a-2.png", False)


@pytest.mark.parametrize("is_at_hand", [True, False])
def test_a_result_that_became_a_source_is_not_replaced(names: Names, is_at_hand: bool) -> None:
    before = names.done("a.png", b"an older result")
    of_it = replace(names.a_job("b.png", "later"), source=names.out / "a.png", state=_S.DONE)
    past, learnt = ((before,), (of_it,)) if is_at_hand else ((before, of_it), ())
    assert names.ask(names.a_job(), *past, learnt=learnt) == (names.out / "a-2.png", False)


def test_a_source_under_another_name_is_not_replaced(names: Names) -> None:
    """A hard link: what is written under the one name is in the other."""
    before = names.done("a.png", b"an older result")
    source = names.folder / "in" / "b.png"
    source.parent.mkdir()
    os.link(names.out / "a.png", source)
    of_it = replace(names.a_job("b.png", "later"), source=source, state=_S.DONE)
    assert names.ask(names.a_job(), before, of_it) == (names.out / "a-2.png", False)


def test_a_source_that_was_reached_through_another_folder_is_not_replaced(names: Names) -> None:
    """It has one name only, but two ways lead there: a linked or mounted folder."""
    before = names.done("a.png", b"an older result")
    way = names.folder / "way"
    way.symlink_to(names.out)
    of_it = replace(names.a_job("b.png", "later"), source=way / "a.png", source_bytes=15, state=_S.DONE)
    assert names.ask(names.a_job(), before, of_it) == (names.out / "a-2.png", False)


def test_a_link_to_a_result_is_not_replaced(names: Names) -> None:
    before = names.done("b.png", b"an older result")
    (names.out / "a.png").symlink_to(names.out / "b.png")
    assert names.ask(names.a_job(), before) == (names.out / "a-2.png", False)


def test_a_free_name_that_a_source_would_have_is_not_handed_out(names: Names) -> None:
    """The source is on a drive that is not there just now; case tells no two files apart on many disks."""
    of_it = replace(names.a_job("b.png", "later"), source=names.out / "A.png", state=_S.DONE)
    assert names.ask(names.a_job(overwrite=False), of_it)[0] == names.out / "a-2.png"


def test_the_name_that_another_job_is_about_to_write_is_not_handed_out(names: Names) -> None:
    other = replace(names.a_job("b.png"), target=names.out / "a.png")
    assert names.ask(names.a_job(), learnt=(other,))[0] == names.out / "a-2.png"
    over = replace(other, state=_S.FAILED)
    assert names.ask(names.a_job(), learnt=(other, over))[0] == names.out / "a.png"


def test_a_job_keeps_the_name_that_it_has(names: Names) -> None:
    each = replace(names.a_job(), target=names.out / "a.png")
    assert names.ask(each)[0] == names.out / "a.png"


def test_a_name_is_not_handed_out_while_its_owner_gives_it_to_a_file(
    names: Names, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The owner is looked for before the file: looked for after it, a file that came in between was seen by neither look."""
    other = replace(names.a_job("b.png"), target=names.out / "a.png")
    released = list[str]()
    lexists, learn = os.path.lexists, ResultPaths.learn
    made = list[ResultPaths]()

    def learnt(self: ResultPaths, job: Job) -> None:
        made.append(self)
        learn(self, job)

    def look(path: Path) -> bool:
        found = lexists(path)
        if not released and made:
            released.append(other.id)
            (names.out / "a.png").write_bytes(b"paid")
            made[0].release(other.id)
        return found

    monkeypatch.setattr(ResultPaths, "learn", learnt)
    monkeypatch.setattr("topazdesk.engine.result_paths.os.path.lexists", look)
    assert names.ask(names.a_job(overwrite=False), learnt=(other,))[0] == names.out / "a-2.png"
    assert released


#: One name in several spellings, names that differ in case or in what no disk takes, and names like those of results.
ALIKE = st.sampled_from(
    [
        "a",
        "A",
        "a?",
        "a:",
        "\u00e9",
        "e\u0301",
        "\u00c9",
        "con",
        "_con",
        "a-2",
        "a_b",
        "b",
        "a ",
        "a.",
        "\u1112\u1161",
        "\ud558",
    ]
)


@given(
    st.lists(st.tuples(st.sampled_from([".", "b", "c?", "c:"]), ALIKE, st.sampled_from(["png", "jpg"])), max_size=12)
)
def test_no_two_pictures_of_a_run_ever_share_a_name(sources: list[tuple[str, str, str]]) -> None:
    """Nor has a result the name of an original, on any disk: case and Unicode's spelling may count there or not."""
    with tempfile.TemporaryDirectory() as root:
        names = Names(Path(root))
        store: Any = NoPast()
        targets = ResultPaths(packaged_catalogue(), store, FileDigests(store, PictureFiles(), time.time))
        jobs = [
            replace(
                names.a_job(f"{n}.png", overwrite=False), id=f"job {n}", source=names.out / folder / f"{stem}.{ending}"
            )
            for n, (folder, stem, ending) in enumerate(sources)
        ]
        for each in jobs:
            targets.learn(each)
        chosen = [targets.choose(each) for each in jobs]
    folded = [unicodedata.normalize("NFC", str(path)).casefold() for path in chosen]
    assert len(set(folded)) == len(folded)
    originals = {unicodedata.normalize("NFC", str(each.source)).casefold() for each in jobs}
    assert not originals & set(folded)
