"""The client against the real sandbox process, straight and through a proxy that breaks connections."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from tests.services.support import PATIENT, ignore, request
from tests.support.catalogue import packaged_model
from tests.support.proxy import Fault, FaultProxy
from tests.support.sandbox import RunningSandbox, started
from topazdesk.domain.geometry import Size
from topazdesk.domain.image import FileFormat
from topazdesk.domain.ports import EstimateRequest, RemoteJob, RemoteState, SubmitRequest
from topazdesk.domain.pricing import EstimateSource
from topazdesk.domain.services import ServiceName
from topazdesk.errors import (
    AccountError,
    CreditError,
    NetworkError,
    NotFoundError,
    RejectedError,
    TopazdeskError,
    UnknownOutcomeError,
)
from topazdesk.services.topaz import TopazService


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSandbox]:
    with started(tmp_path_factory.mktemp("services") / "sandbox") as running:
        yield running


@pytest.fixture(autouse=True)
def clean(sandbox: RunningSandbox) -> Iterator[None]:
    yield
    sandbox.scenario()


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """Noise, so that it does not compress: over 50 KB of PNG."""
    import pyvips

    path = tmp_path / "photo.png"
    pyvips.Image.gaussnoise(300, 200, mean=128, sigma=60).cast("uchar").bandjoin([100, 200]).copy(
        interpretation="srgb"
    ).write_to_file(str(path))
    assert path.stat().st_size > 50_000
    return path


@asynccontextmanager
async def client(url: str, key: str) -> AsyncIterator[TopazService]:
    service = TopazService(url, key, ServiceName.SANDBOX, timeouts=PATIENT)
    try:
        yield service
    finally:
        await service.close()


def job(picture: Path, **changes: object) -> SubmitRequest:
    standard = packaged_model("Standard 2")
    size, kind = Size(600, 400), FileFormat.PNG
    return request(picture, model=standard, size=size, format=kind, file_name="td-77.png", **changes)


async def finished(service: TopazService, remote_id: str) -> RemoteJob:
    async with asyncio.timeout(400):
        while (found := await service.status(remote_id)).state is not RemoteState.COMPLETED:
            assert found.state in (RemoteState.PENDING, RemoteState.PROCESSING), found
            await asyncio.sleep(0.02)
    return found


async def fetched(service: TopazService, remote_id: str) -> bytes:
    """The result, going on after each break where the last try stopped."""
    got = bytearray()
    for _ in range(10):
        try:
            async with service.download(await service.download_link(remote_id), len(got)) as download:
                del got[download.offset :]
                async for chunk in download:
                    got += chunk
            return bytes(got)
        except NetworkError:
            continue
    raise AssertionError("no whole result in ten tries")


def test_the_main_job(sandbox: RunningSandbox, picture: Path) -> None:
    async def main() -> None:
        async with client(sandbox.url, sandbox.key) as service:
            before = await service.balance()
            submitted = await service.submit(job(picture, settings={"sharpen": 0.5}), ignore)
            done = await finished(service, submitted.remote_id)
            assert (done.file_name, done.output_size, done.credits) == ("td-77.png", Size(600, 400), 1)
            assert done.source_id == submitted.source_id
            assert '"sharpen": 0.5' in done.echoed
            page = await service.list_jobs()
            assert page.jobs[0] == done
            assert await fetched(service, submitted.remote_id) == sandbox.result_bytes(submitted.remote_id)
            assert await service.cancel(submitted.remote_id) is False
            assert (await service.balance()).available == before.available - 1
            again = await service.submit(
                request(None, submitted.source_id, model=packaged_model("Lens Blur 2"), size=None), ignore
            )
            assert (await finished(service, again.remote_id)).output_size == Size(300, 200)

    asyncio.run(main())


@pytest.mark.parametrize(
    "name", ["Standard 2", "Redefine", "Recover 3", "Recover Faces", "Lens Blur 2", "Low Resolution 2"]
)
def test_estimates_agree_with_the_price_list(sandbox: RunningSandbox, name: str) -> None:
    model = packaged_model(name)
    target = Size(6000, 4000) if model.takes_size else None

    async def main() -> None:
        async with client(sandbox.url, sandbox.key) as service:
            asked = EstimateRequest(model, Size(3000, 2000), target, FileFormat.PNG, {})
            estimate = await service.estimate(asked)
            assert estimate.source is EstimateSource.SERVICE
            assert estimate.credits == model.price.credits_for(target or Size(3000, 2000))
            if not model.is_generative:
                assert await service.estimate_many([asked, asked]) == [estimate, estimate]

    asyncio.run(main())


def test_more_than_one_page(sandbox: RunningSandbox, picture: Path) -> None:
    async def main() -> None:
        async with client(sandbox.url, sandbox.key) as service:
            first = await service.submit(job(picture), ignore)
            small = request(None, first.source_id, model=packaged_model("Standard 2"), size=Size(30, 20))
            await asyncio.gather(*(service.submit(small, ignore) for _ in range(104)))
            page = await service.list_jobs()
            assert (len(page.jobs), bool(page.cursor)) == (100, True)
            seen = [one.remote_id for one in page.jobs]
            while page.cursor:
                page = await service.list_jobs(page.cursor)
                seen += [one.remote_id for one in page.jobs]
            assert len(seen) == len(set(seen)) >= 105
            assert first.remote_id in seen

    asyncio.run(main())


def test_a_wrong_key_with_a_large_file(sandbox: RunningSandbox, tmp_path: Path) -> None:
    path = tmp_path / "large.tif"
    path.write_bytes(bytes(20_000_000))

    async def main() -> None:
        async with client(sandbox.url, "not-the-key") as service:
            with pytest.raises(AccountError) as caught:
                await service.submit(job(path), ignore)
            assert caught.value.title == "The sandbox rejected this key"

    asyncio.run(main())


def test_refusals(sandbox: RunningSandbox, picture: Path, tmp_path: Path) -> None:
    text = tmp_path / "text.png"
    text.write_text("not a picture")

    async def error_of(one: SubmitRequest) -> TopazdeskError:
        async with client(sandbox.url, sandbox.key) as service:
            with pytest.raises(TopazdeskError) as caught:
                await service.submit(one, ignore)
            return caught.value

    async def main() -> None:
        jobs_before = len(sandbox.rows("jobs"))
        assert isinstance(await error_of(job(text)), RejectedError)
        assert isinstance(await error_of(request(None, "00000000-0000-4000-8000-000000000000")), RejectedError)
        sandbox.scenario({"match": {"method": "POST"}, "do": {"status": 402}})
        assert isinstance(await error_of(job(picture)), CreditError)
        assert len(sandbox.rows("jobs")) == jobs_before
        async with client(sandbox.url, sandbox.key) as service:
            with pytest.raises(NotFoundError):
                await service.status("00000000-0000-4000-8000-000000000000")

    asyncio.run(main())


@pytest.mark.parametrize(
    ("fault", "certain", "taken"),
    [
        (Fault(refuse=True), False, False),
        (Fault(cut_up=40), False, False),
        (Fault(cut_up=30_000), False, False),
        (Fault(drop_answer=True), False, True),
        (Fault(cut_down=30), False, True),
        (Fault(), True, True),
    ],
)
def test_doubt_is_right(sandbox: RunningSandbox, picture: Path, fault: Fault, certain: bool, taken: bool) -> None:
    """After each fault: whether the client is certain, and whether the sandbox really has the job."""
    token = f"td-{hashlib.sha256(repr(fault).encode()).hexdigest()[:12]}.png"
    wanted = replace(job(picture), file_name=token)

    async def main() -> None:
        with FaultProxy(sandbox.url, [fault]) as proxy:
            async with client(proxy.url, sandbox.key) as service:
                if certain:
                    await service.submit(wanted, ignore)
                else:
                    with pytest.raises((UnknownOutcomeError, NetworkError)) as caught:
                        await service.submit(wanted, ignore)
                    if isinstance(caught.value, NetworkError):  # the reset can come before the first byte
                        assert (caught.value.sent, fault.refuse) == (False, True)
                assert proxy.connections == 1
                page = await service.list_jobs()
                assert [one.file_name for one in page.jobs].count(token) == int(taken)

    asyncio.run(main())


def test_a_download_goes_on_after_every_break(sandbox: RunningSandbox, picture: Path) -> None:
    async def main() -> None:
        with FaultProxy(sandbox.url) as proxy:
            async with client(proxy.url, sandbox.key) as service:
                submitted = await service.submit(job(picture), ignore)
                await finished(service, submitted.remote_id)
                proxy.hang_up()
                # The link names the sandbox itself; through the proxy it is the same server.
                link = await service.download_link(submitted.remote_id)
                through = type(link)(link.url.replace(str(sandbox.port), str(proxy.port)), link.expires_at)
                got = bytearray()
                proxy.plan(
                    Fault(cut_down=50_000), Fault(refuse=True), Fault(cut_down=0), Fault(cut_down=120_000), Fault()
                )
                breaks = 0
                while True:
                    try:
                        async with service.download(through, len(got)) as download:
                            del got[download.offset :]
                            async for chunk in download:
                                got += chunk
                        break
                    except NetworkError:
                        breaks += 1
                assert breaks == 4
                assert bytes(got) == sandbox.result_bytes(submitted.remote_id)

    asyncio.run(main())


def test_an_expired_link_is_told_apart(sandbox: RunningSandbox, picture: Path) -> None:
    sandbox.scenario({"match": {"path": "/image/v1/download/", "nth": 1}, "do": {"link_s": 0}})

    async def main() -> None:
        async with client(sandbox.url, sandbox.key) as service:
            submitted = await service.submit(job(picture), ignore)
            await finished(service, submitted.remote_id)
            old = await service.download_link(submitted.remote_id)
            with pytest.raises(NotFoundError) as caught:
                async with service.download(old):
                    raise AssertionError
            assert caught.value.code == "service.link_expired"
            assert await fetched(service, submitted.remote_id) == sandbox.result_bytes(submitted.remote_id)

    asyncio.run(main())
