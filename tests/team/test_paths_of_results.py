"""Names of results in a team: no machine gives a result the name of a picture that another machine has sent."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from pathlib import Path

import psycopg

from tests.support.catalogue import packaged_catalogue
from tests.support.queue_jobs import job
from tests.support.unkept_store import UnkeptStore
from topazdesk.domain.geometry import OutputSize
from topazdesk.domain.image import FileFormat
from topazdesk.domain.job import Job, JobState
from topazdesk.domain.recipe import OutputOptions
from topazdesk.engine.file_digests import FileDigests
from topazdesk.engine.job_store import RunRecord
from topazdesk.engine.result_paths import ResultPaths
from topazdesk.media.picture_files import PictureFiles
from topazdesk.team.connections import Connections
from topazdesk.team.roots import Roots
from topazdesk.team.schema import PATH_KEYS
from topazdesk.team.setup import init
from topazdesk.team.team_store import TeamStore


async def machine(url: str, name: str, **roots: Path) -> TeamStore:
    return await UnkeptStore.open(Connections(url, name, Roots(roots)), name)


def of(source: Path, out: Path, state: JobState = JobState.QUEUED) -> Job:
    plain = job(source.name, state, source=source, run_id=f"run {source}")
    output = OutputOptions(OutputSize.scale(2), FileFormat.PNG, folder=str(out), template="{name}")
    return replace(plain, id=str(source), token=f"td-{source}", recipe=replace(plain.recipe, output=output))


def test_a_picture_that_another_machine_has_sent_since_is_known(team_url: str, tmp_path: Path) -> None:
    """One root lies in the other, and only one machine has both; and case tells no two files apart on many disks."""

    async def test() -> None:
        here = await machine(team_url, "here", all=tmp_path, inner=tmp_path / "inner")
        there = await machine(team_url, "there", all=Path("/mnt/all"))
        try:
            out = tmp_path / "inner" / "out"
            paths = ResultPaths(packaged_catalogue(), here, FileDigests(here, PictureFiles(), time.time))
            first, second = of(tmp_path / "a.png", out), of(tmp_path / "box" / "a.png", out)
            await paths.load(first)
            assert paths.choose(first).name == "a.png"
            paths.release(first.id)
            sent = of(Path("/mnt/all/inner/out/A.png"), Path("/mnt/all/out"), JobState.DONE)
            await there.add(RunRecord(sent.run_id, 1.0, None), [sent])
            await paths.load(second)
            assert paths.choose(second).name == "a_box.png"  # not a.png, which may be A.png
        finally:
            await here.close()
            await there.close()

    asyncio.run(test())


def test_jobs_from_before_the_keys_of_paths_are_found_by_path(team_url: str, tmp_path: Path) -> None:
    async def test() -> None:
        store = await machine(team_url, "here", all=tmp_path)
        done = replace(of(tmp_path / "A.png", tmp_path, JobState.DONE), result=tmp_path / "B.png", result_digest="d")
        queued = of(tmp_path / "c.png", tmp_path)
        try:
            for each in (done, queued):
                await store.add(RunRecord(each.run_id, 1.0, None), [each])
            with psycopg.connect(team_url, autocommit=True) as raw:
                raw.execute(
                    "ALTER TABLE topazdesk.jobs DROP COLUMN source_key, DROP COLUMN result_key, DROP COLUMN copies"
                )
                raw.execute("DROP TABLE topazdesk.doubts, topazdesk.roots, topazdesk.copies")
                raw.execute("ALTER TABLE topazdesk.machines DROP COLUMN away")
                raw.execute("ALTER TABLE topazdesk.accounts DROP COLUMN verified, DROP COLUMN lost")
                raw.execute("UPDATE topazdesk.meta SET value = %s WHERE key = 'version'", (str(PATH_KEYS - 1),))
            init(team_url)
            found = store.past_paths([tmp_path / name for name in ("a.png", "b.png", "C.PNG", "d.png")])
            assert sorted(found.sources) == [str(done.source), str(queued.source)]
            assert [each.result for each in found.results] == [str(done.result)]
        finally:
            await store.close()

    asyncio.run(test())


def test_a_result_is_known_by_its_path_once_it_is_done(team_url: str, tmp_path: Path) -> None:
    async def test() -> None:
        store = await machine(team_url, "here", all=tmp_path)
        try:
            was = of(tmp_path / "a.png", tmp_path, JobState.VERIFYING)
            await store.add(RunRecord(was.run_id, 1.0, None), [was])
            done = replace(was, state=JobState.DONE, result=tmp_path / "B.png", result_digest="d")
            await store.save(done, was)
            assert [each.result for each in store.past_paths([tmp_path / "b.png"]).results] == [str(done.result)]
        finally:
            await store.close()

    asyncio.run(test())
