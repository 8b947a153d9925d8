"""Runflow's client against the real sandbox process, with answers lost on the way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.services.support import PATIENT, ignore, request
from tests.support import pictures
from tests.support.catalogue import catalogue_texts
from tests.support.sandbox import RunningSandbox, started
from topazdesk.domain.catalogue import Catalogue, Model
from topazdesk.domain.catalogue_file import parse_catalogue
from topazdesk.domain.geometry import Size
from topazdesk.domain.image import FileFormat
from topazdesk.domain.money import Unit
from topazdesk.domain.ports import RemoteJob, RemoteState, SubmitRequest
from topazdesk.domain.services import ServiceName
from topazdesk.errors import AccountError, CreditError, RejectedError, UnknownOutcomeError
from topazdesk.services.runflow import RUNS, RunflowService

MODELS = list(Catalogue(parse_catalogue(catalogue_texts("runflow"))[0]).of(ServiceName.RUNFLOW))


def model(name: str = "Standard 2") -> Model:
    return next(m for m in MODELS if m.name == name)


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSandbox]:
    with started(tmp_path_factory.mktemp("runflow") / "sandbox") as running:
        yield running


@pytest.fixture(autouse=True)
def clean(sandbox: RunningSandbox) -> Iterator[None]:
    yield
    sandbox.scenario()


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "photo.jpg"
    path.write_bytes(pictures.encode(width=120, height=80))
    return path


@asynccontextmanager
async def client(url: str, key: str) -> AsyncIterator[RunflowService]:
    service = RunflowService(url, key, timeouts=PATIENT)
    try:
        yield service
    finally:
        await service.close()


def job(picture: Path, token: str, wanted: Model | None = None, **changes: Any) -> SubmitRequest:
    found: dict[str, Any] = {
        "model": wanted or model(),
        "file_name": f"{token}.jpg",
        "size": Size(240, 160),
        "source_size": Size(120, 80),
        "format": FileFormat.PNG,
        "settings": (wanted or model()).parameters.to_send({}),
    }
    return request(**({"upload": picture} | found | changes))


async def ended(service: RunflowService, remote_id: str) -> RemoteJob:
    async with asyncio.timeout(400):
        while True:  # each look is a request; there is nothing else to wait on
            found = await service.status(remote_id)
            if found.state not in (RemoteState.PENDING, RemoteState.PROCESSING):
                return found


def test_the_main_job(sandbox: RunningSandbox, picture: Path) -> None:
    async def main() -> None:
        async with client(sandbox.url, sandbox.key) as service:
            before = await service.balance()
            assert before.unit is Unit.USD
            submitted = await service.submit(job(picture, "td-main"), ignore)
            done = await ended(service, submitted.remote_id)
            assert (done.state, done.file_name) == (RemoteState.COMPLETED, "td-main")
            assert (done.output_size, done.credits) == (Size(240, 160), 80_000)
            async with service.download(await service.download_link(submitted.remote_id)) as download:
                data = b"".join([chunk async for chunk in download])
            assert data == sandbox.result_bytes(submitted.remote_id)
            assert (await service.balance()).available == before.available - 80_000
            assert [j.remote_id for j in await service.find("td-main")] == [submitted.remote_id]
            assert await service.find("td-mai") == ()
            assert submitted.remote_id in [j.remote_id for j in (await service.list_jobs()).jobs]
            again = await service.submit(
                job(picture, "td-again", model("Wonder"), upload=None, source_id=submitted.source_id), ignore
            )
            assert (await ended(service, again.remote_id)).state is RemoteState.COMPLETED

    asyncio.run(main())


def test_faces_are_off_unless_they_are_wanted(sandbox: RunningSandbox, picture: Path) -> None:
    """The service switches faces on when nothing is said; so it is said."""

    async def main() -> None:
        async with client(sandbox.url, sandbox.key) as service:
            told = await service.submit(job(picture, "td-faces-off"), ignore)
            untold = await service.submit(job(picture, "td-faces-untold", settings={}), ignore)
            for one, state in ((told, "false"), (untold, "true")):
                await ended(service, one.remote_id)
                row = next(r for r in sandbox.rows("jobs") if r["id"] == one.remote_id)
                assert f'"face_enhancement": {state}' in row["settings"]

    asyncio.run(main())


@pytest.mark.parametrize("wanted", MODELS, ids=lambda m: m.slug)
def test_every_model_with_every_setting_is_accepted(sandbox: RunningSandbox, picture: Path, wanted: Model) -> None:
    values = {p.name: p.starting_value for p in wanted.parameters if p.starting_value is not None}
    values = {n: True if n == "face_enhancement" else v for n, v in values.items()}

    async def main() -> None:
        async with client(sandbox.url, sandbox.key) as service:
            sent = wanted.parameters.to_send(values)
            submitted = await service.submit(job(picture, f"td-{wanted.slug}", wanted, settings=sent), ignore)
            assert (await ended(service, submitted.remote_id)).state is RemoteState.COMPLETED

    asyncio.run(main())


def test_the_answer_of_the_paid_call_is_lost(sandbox: RunningSandbox, picture: Path) -> None:
    sandbox.scenario({"match": {"path": f"{RUNS}$", "nth": 1}, "do": {"drop": "after"}})

    async def main() -> None:
        async with client(sandbox.url, sandbox.key) as service:
            with pytest.raises(UnknownOutcomeError):
                await service.submit(job(picture, "td-lost"), ignore)
            found = await service.find("td-lost")
            assert len(found) == 1
            assert (await ended(service, found[0].remote_id)).state is RemoteState.COMPLETED

    asyncio.run(main())


def test_a_failed_run_says_why_and_costs_nothing(sandbox: RunningSandbox, picture: Path) -> None:
    sandbox.scenario({"match": {"path": f"{RUNS}$"}, "do": {"fail_job": 40}})

    async def main() -> None:
        async with client(sandbox.url, sandbox.key) as service:
            before = await service.balance()
            submitted = await service.submit(job(picture, "td-fails"), ignore)
            failed = await ended(service, submitted.remote_id)
            assert (failed.state, failed.credits) == (RemoteState.FAILED, None)
            assert "PROVIDER_ERROR" in failed.failure
            assert await service.balance() == before

    asyncio.run(main())


def test_refusals(sandbox: RunningSandbox, picture: Path) -> None:
    async def main() -> None:
        async with client(sandbox.url, sandbox.key) as service:
            with pytest.raises(RejectedError) as out_of_range:
                await service.submit(job(picture, "td-1", settings={"sharpen": 4.0}), ignore)
            assert "sharpen" in out_of_range.value.hint
            sandbox.scenario(
                {
                    "match": {"path": f"{RUNS}$", "model": "Wonder"},
                    "do": {"status": 503, "body": {"code": "MODEL_UNAVAILABLE", "message": "retired", "errors": []}},
                }
            )
            with pytest.raises(RejectedError, match="does not offer this model"):
                await service.submit(job(picture, "td-2", model("Wonder")), ignore)
            sandbox.scenario({"match": {"path": f"{RUNS}$"}, "do": {"credits": 1_000_000}})
            with pytest.raises(CreditError):
                await service.submit(job(picture, "td-3"), ignore)
        async with client(sandbox.url, "not-the-key") as service:
            with pytest.raises(AccountError):
                await service.submit(job(picture, "td-4"), ignore)
        assert not [r for r in sandbox.rows("runs") if r["client_ref"] in ("td-1", "td-2", "td-3", "td-4")]

    asyncio.run(main())


def test_an_expired_upload_link_is_renewed(sandbox: RunningSandbox, picture: Path) -> None:
    sandbox.scenario({"match": {"path": "/v1/asset-uploads$", "nth": 1}, "do": {"link_s": 0}})

    async def main() -> None:
        async with client(sandbox.url, sandbox.key) as service:
            assert (await service.submit(job(picture, "td-renewed"), ignore)).remote_id

    asyncio.run(main())


def test_runs_and_topaz_jobs_do_not_see_each_other(sandbox: RunningSandbox, picture: Path) -> None:
    async def main() -> str:
        async with client(sandbox.url, sandbox.key) as service:
            return (await service.submit(job(picture, "td-apart"), ignore)).remote_id

    remote_id = asyncio.run(main())
    with httpx.Client(base_url=sandbox.url, headers=sandbox.headers) as topaz:
        assert topaz.get(f"/image/v1/status/{remote_id}").status_code == 404
        assert remote_id not in topaz.get("/image/v1/status").text
        assert topaz.get("/v1/billing/balance").status_code == 401
        assert topaz.get("/v1/health").json() == {"status": "ok"}
