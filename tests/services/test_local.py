"""The service on this computer through its port: the same token is the same job, results come whole, cancel is at once."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.support.catalogue import whole_catalogue
from topazdesk.disk.enlarging_jobs import EnlargingJobs, JobPhase, JobStatus
from topazdesk.domain.geometry import Size
from topazdesk.domain.image import FileFormat
from topazdesk.domain.money import Unit
from topazdesk.domain.ports import EstimateRequest, RemoteJob, RemoteState, SubmitRequest
from topazdesk.domain.services import ServiceName
from topazdesk.errors import NotFoundError, NotReadyError, RejectedError
from topazdesk.services.local import LocalService

MODEL = whole_catalogue().find(ServiceName.LOCAL, "Real-ESRGAN Fast")
TOKEN = "td-0123456789abcdef0123456789abcdef"


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "upload.png"
    Image.fromarray(np.random.default_rng(5).integers(0, 256, (40, 60, 3)).astype(np.uint8)).save(path)
    return path


def service(tmp_path: Path) -> LocalService:
    return LocalService(ServiceName.LOCAL, tmp_path / "local", tmp_path / "own")


def request(picture: Path, token: str = TOKEN, size: Size | None = None) -> SubmitRequest:
    return SubmitRequest(
        model=MODEL,
        file_name=f"{token}.png",
        upload=picture,
        source_id="",
        settings={},
        size=size or Size(120, 80),
        format=FileFormat.PNG,
        source_size=Size(60, 40),
    )


async def until_over(local: LocalService, token: str = TOKEN) -> RemoteJob:
    async with asyncio.timeout(400):
        while True:
            found = await local.status(token)
            if found.state not in (RemoteState.PENDING, RemoteState.PROCESSING):
                return found
            await asyncio.sleep(0.02)


async def content(local: LocalService, offset: int = 0) -> bytes:
    async with local.download(await local.download_link(TOKEN), offset) as download:
        assert download.offset == offset
        return b"".join([chunk async for chunk in download])


def told(done: int, total: int | None) -> None:
    assert (done, total) == (1, 1)


def test_from_submit_to_result(tmp_path: Path, picture: Path) -> None:
    async def scenario() -> None:
        local = service(tmp_path)
        try:
            answer = await local.submit(request(picture), told)
            assert (answer.remote_id, answer.source_id) == (TOKEN, "")
            await asyncio.to_thread(picture.unlink)  # the upload is a temporary file
            done = await until_over(local)
            assert (done.state, done.percent, done.credits) == (RemoteState.COMPLETED, 100.0, 0)
            assert done.output_size == Size(120, 80)
            whole = await content(local)
            (tmp_path / "result.png").write_bytes(whole)
            with Image.open(tmp_path / "result.png") as made:
                assert made.size == (120, 80)
            assert await content(local, 100) == whole[100:], "a download goes on where it was cut"
            # The answer to the submit was lost: sent again, it is the same job, and nothing is made anew.
            await asyncio.to_thread(picture.write_bytes, whole)
            await local.submit(request(picture), told)
            assert (await local.status(TOKEN)).state is RemoteState.COMPLETED
            assert [each.remote_id for each in (await local.list_jobs()).jobs] == [TOKEN]
            assert [each.remote_id for each in await local.find(TOKEN)] == [TOKEN]
        finally:
            await local.close()

    asyncio.run(scenario())


def test_what_is_not_there_is_certainly_not_there(tmp_path: Path) -> None:
    async def scenario() -> None:
        local = service(tmp_path)
        assert await local.find(TOKEN) == ()
        assert await local.find("../../etc") == ()
        with pytest.raises(NotFoundError):
            await local.status(TOKEN)
        await local.close()

    asyncio.run(scenario())


def test_a_cancelled_job_ends_at_once_and_the_next_goes_on(tmp_path: Path, picture: Path) -> None:
    async def scenario() -> None:
        local = service(tmp_path)
        try:
            await local.submit(request(picture), told)
            other = TOKEN.replace("0123", "4567")
            await local.submit(request(picture, other), told)
            assert await local.cancel(TOKEN)
            assert (await local.status(TOKEN)).state is RemoteState.CANCELLED
            with pytest.raises(NotReadyError):
                await local.download_link(TOKEN)
            assert not await local.cancel(TOKEN), "it is over"
            assert (await until_over(local, other)).state is RemoteState.COMPLETED
        finally:
            await local.close()

    asyncio.run(scenario())


def test_a_trial_is_ordered_as_one_and_what_waits_is_told_from_what_is_begun(tmp_path: Path, picture: Path) -> None:
    async def scenario() -> None:
        local, jobs = service(tmp_path), EnlargingJobs(tmp_path / "local")
        trial = TOKEN.replace("0123", "4567")
        try:
            await local.submit(request(picture), told)
            await local.submit(replace(request(picture, trial), is_trial=True), told)
        finally:
            await local.close()
        orders = {job.token: job.order().is_trial for job in jobs.all()}
        assert orders == {TOKEN: False, trial: True}
        for job in jobs.all():
            job.say(JobStatus(JobPhase.WORKING if job.token == trial else JobPhase.WAITING, tiles=9))
        shown = {each.remote_id: each for each in (await local.list_jobs()).jobs}
        assert (shown[TOKEN].state, shown[TOKEN].percent) == (RemoteState.PENDING, 0.0)
        assert shown[trial].state is RemoteState.PROCESSING
        assert 0 < shown[trial].percent < 1

    asyncio.run(scenario())


def test_the_next_program_goes_on(tmp_path: Path, picture: Path) -> None:
    async def scenario() -> None:
        first = service(tmp_path)
        await first.submit(request(picture), told)
        await first.close()
        second = service(tmp_path)
        assert (await until_over(second)).state is RemoteState.COMPLETED
        await second.close()

    asyncio.run(scenario())


def test_a_model_that_is_not_installed_is_refused_before_anything_is_ordered(tmp_path: Path, picture: Path) -> None:
    async def scenario() -> None:
        local = service(tmp_path)
        lacks = replace(MODEL, networks=(replace(MODEL.networks[0], package="no_such_package"),))
        with pytest.raises(RejectedError) as caught:
            await local.submit(replace(request(picture), model=lacks), told)
        assert "not installed" in caught.value.title
        assert (await local.list_jobs()).jobs == ()
        await local.close()

    asyncio.run(scenario())


def test_it_is_free_and_takes_as_long_as_was_measured(tmp_path: Path) -> None:
    async def scenario() -> None:
        local = service(tmp_path)
        estimates = [
            await local.estimate(EstimateRequest(MODEL, Size(side, side), Size(2 * side, 2 * side), FileFormat.PNG, {}))
            for side in (400, 800)
        ]
        assert {(each.credits, each.unit, each.text) for each in estimates} == {(0, Unit.NONE, "free")}
        small, large = (each.duration_s or 0.0 for each in estimates)
        assert 3.0 < small < large
        assert (tmp_path / "local" / "speeds.json").exists(), "measured once, and kept"
        await local.close()

    asyncio.run(scenario())


def test_closing_does_not_wait_for_what_is_being_measured(tmp_path: Path) -> None:
    photo = whole_catalogue().find(ServiceName.LOCAL, "Real-ESRGAN Photo")

    async def scenario() -> None:
        local = service(tmp_path)
        asked = EstimateRequest(photo, Size(400, 400), Size(800, 800), FileFormat.PNG, {})
        estimate = asyncio.create_task(local.estimate(asked))
        while True:
            if local._measuring:
                break
            await asyncio.sleep(0.005)
        await local.close()
        assert (await asyncio.wait_for(estimate, 400)).duration_s is None
        assert (await asyncio.wait_for(local.estimate(asked), 400)).duration_s is None
        assert not (tmp_path / "local" / "speeds.json").exists()

    asyncio.run(scenario())


def test_the_log_of_the_process_stays_small_and_names_no_picture(tmp_path: Path, picture: Path) -> None:
    log = tmp_path / "logs" / "local.log"
    log.parent.mkdir()
    log.write_text("x" * 1_100_000, "utf-8")

    async def scenario() -> None:
        local = LocalService(ServiceName.LOCAL, tmp_path / "local", tmp_path / "own", log=log)
        try:
            await local.submit(request(picture), told)
            assert (await until_over(local)).state is RemoteState.COMPLETED
        finally:
            await local.close()

    asyncio.run(scenario())
    assert log.stat().st_size < 100_000
    assert {path.name for path in log.parent.iterdir()} == {"local.log", "local.log.1"}
    said = log.read_text("utf-8")
    assert f"job {TOKEN}: " in said
    assert picture.name not in said
