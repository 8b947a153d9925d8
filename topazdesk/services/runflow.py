"""The client of Runflow's endpoint for Topaz models, as a `Service`.

A picture is first uploaded as an asset, which is free. Then one small call starts the run; only the outcome of that
call can be unknown. It carries our token as `client_ref`, by which the run can be found again.
"""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import PurePath
from urllib.parse import quote

from topazdesk.domain.ports import (
    Balance,
    Download,
    DownloadLink,
    EstimateRequest,
    Progress,
    RemoteJob,
    RemotePage,
    RemoteState,
    SubmitRequest,
    Submitted,
)
from topazdesk.domain.pricing import Estimate
from topazdesk.domain.services import ServiceName
from topazdesk.errors import Code, NotFoundError, NotReadyError, Retry, TopazdeskError, UseError
from topazdesk.language import say
from topazdesk.services import runflow_assets
from topazdesk.services import runflow_wire as wire
from topazdesk.services.download import open_download
from topazdesk.services.http import Http, Timeouts
from topazdesk.services.runflow_facts import RUNFLOW_FACTS
from topazdesk.services.secret import Secret
from topazdesk.services.topaz import checked_key
from topazdesk.services.upload import json_body
from topazdesk.services.wire import WireError

RUNS = "/v1/models/topaz/upscale/image/runs"


class RunflowService:
    """The client of one account. `base_url` is the root above `/v1`.

    The constructor raises UseError for an address that must not be used (see `services.address`) and AccountError for a
    malformed key.
    """

    def __init__(
        self,
        base_url: str,
        api_key: str,
        name: ServiceName = ServiceName.RUNFLOW,
        *,
        timeouts: Timeouts | None = None,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self.name = name
        key = Secret(checked_key(api_key, RUNFLOW_FACTS))
        self._http = Http(base_url, key, RUNFLOW_FACTS, timeouts, ssl_context)

    def __repr__(self) -> str:
        return f"RunflowService({self._http.base})"

    async def submit(self, request: SubmitRequest, progress: Progress) -> Submitted:
        """Upload the picture, then start the run; see `ports.Service.submit`. `source_id` is the asset's id."""
        if (request.upload is None) == (not request.source_id):
            raise ValueError("exactly one of upload and source_id")
        token = PurePath(request.file_name).stem
        asset_id = request.source_id
        if request.upload is not None:
            asset_id = await runflow_assets.upload(self._http, request.upload, request.file_name, progress)
        if not request.is_wanted():  # an upload takes minutes, and what is started here cannot be cancelled
            raise UseError("Cancelled", "Nothing was charged.", code=Code.USE_STOPPED)
        answer = await self._http.submit(RUNS, json_body(wire.run_body(request, asset_id, token)))
        try:
            run = wire.read_created(answer.json())
        except ValueError as exc:
            what = str(exc) if isinstance(exc, WireError) else "not JSON"
            raise self._http.reader.unread_submit(answer, what) from None
        return Submitted(run, asset_id, None)

    async def status(self, remote_id: str) -> RemoteJob:
        """Return one run."""
        return await self._http.read("GET", f"/v1/runs/{_part(remote_id)}", lambda data: wire.read_run(data, remote_id))

    async def list_jobs(self, cursor: str = "") -> RemotePage:
        """Return our runs in the service's list, always as one page. It may not be all of them; `find` looks one up."""
        if cursor:
            raise ValueError("there is one page only")
        return await self._http.read("GET", "/v1/runs", wire.read_our_runs)

    async def find(self, token: str) -> tuple[RemoteJob, ...]:
        """Return the runs whose `client_ref` is exactly `token`, whatever else the search may return."""

        def read(data: object) -> tuple[RemoteJob, ...]:
            page = wire.read_our_runs(data)
            found = tuple(job for job in page.jobs if job.file_name == token)
            if page.unreadable and not found:  # an unreadable entry may be the run we look for
                raise WireError("an entry of the list cannot be read")
            return found

        return await self._http.read("GET", "/v1/runs", read, params={"q": f"client_ref.EQ:'{token}'"})

    async def download_link(self, remote_id: str) -> DownloadLink:
        """Return a freshly signed link, valid for about 3 days. Raises NotReadyError while the run is not finished."""

        def read(data: object) -> str | None:
            return wire.result_url(data) if wire.read_run(data, remote_id).state is RemoteState.COMPLETED else ""

        url = await self._http.read("GET", f"/v1/runs/{_part(remote_id)}", read, params={"add_signature": "true"})
        if url is None:
            raise NotFoundError(
                "Runflow has no result for this run any more",
                say(
                    "Results are kept there for about {days} days.",
                    days=self.name.traits.keeps_results_days,
                ),
                code=Code.SERVICE_NO_RESULT,
            )
        if not url:
            raise NotReadyError(
                "Runflow has not finished this run",
                "It resumes automatically.",
                code=Code.SERVICE_NOT_READY,
                retry=Retry.LATER,
            )
        return DownloadLink(url)

    def download(
        self, link: DownloadLink, offset: int = 0, most_bytes: int | None = None
    ) -> AbstractAsyncContextManager[Download]:
        """Open the result as a stream. Raises NotFoundError (code "service.link_expired") for an expired link."""
        return open_download(self._http, link.url, offset, most_bytes)

    async def cancel(self, remote_id: str) -> bool:  # noqa: ARG002 - the port's signature
        """Return False: the public API cannot cancel."""
        return False

    async def estimate(self, request: EstimateRequest) -> Estimate:
        """Return the published price: Runflow has no estimate call."""
        return request.model.price.estimate(request.target or request.source)

    async def estimate_many(self, requests: Sequence[EstimateRequest]) -> list[Estimate | TopazdeskError]:
        """Return an estimate for each request."""
        return [await self.estimate(request) for request in requests]

    async def balance(self) -> Balance:
        """Return the account's balance.

        Raises AccountError "account.forbidden" for a key without the permission `credit_balance:read`.
        """
        try:
            return await self._http.read("GET", "/v1/billing/balance", wire.read_balance)
        except NotFoundError:
            return await self._http.read("GET", "/v1/credit-balances", wire.read_balance)

    def key_mark(self, name: str) -> str:
        """Return a mark of the key; see `ports.Service.key_mark`."""
        return self._http.key_mark(name)

    async def close(self) -> None:
        """Close all connections."""
        await self._http.close()


def _part(remote_id: str) -> str:
    return quote(remote_id, safe="", errors="replace")
