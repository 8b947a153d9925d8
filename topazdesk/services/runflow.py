"""Runflow's endpoint for Topaz models as a `Service`.

A picture is uploaded as an asset first, which costs nothing; one small call then starts the run, and only that call can be
left in doubt. Our token travels with it as `client_ref`, by which a run is found again.
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
from topazdesk.errors import NotFoundError, NotReadyError, Retry, TopazdeskError
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
    """One account. `base_url` is the root above `/v1`.

    Raises UseError at once for an address that must not be used (see `services.address`), AccountError for a key that cannot
    be one.
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
        """Uploads the picture, then starts the run; see `ports.Service.submit`. `source_id` is the asset's id."""
        if (request.upload is None) == (not request.source_id):
            raise ValueError("exactly one of upload and source_id")
        token = PurePath(request.file_name).stem
        asset_id = request.source_id
        if request.upload is not None:
            asset_id = await runflow_assets.upload(self._http, request.upload, request.file_name, progress)
        answer = await self._http.submit(RUNS, json_body(wire.run_body(request, asset_id, token)))
        try:
            run = wire.read_created(answer.json())
        except ValueError as exc:
            what = str(exc) if isinstance(exc, WireError) else "not JSON"
            raise self._http.reader.unread_submit(answer, what) from None
        return Submitted(run, asset_id, None)

    async def status(self, remote_id: str) -> RemoteJob:
        """One run."""
        return await self._http.read("GET", f"/v1/runs/{_part(remote_id)}", lambda data: wire.read_run(data, remote_id))

    async def list_jobs(self, cursor: str = "") -> RemotePage:
        """Our runs that the service lists; not known to be all of them, and always one page. Look runs up with `find`."""
        if cursor:
            raise ValueError("there is one page only")
        return await self._http.read("GET", "/v1/runs", wire.read_our_runs)

    async def find(self, token: str) -> tuple[RemoteJob, ...]:
        """The runs whose `client_ref` is exactly `token`, whatever else the search may return."""

        def read(data: object) -> tuple[RemoteJob, ...]:
            page = wire.read_our_runs(data)
            found = tuple(job for job in page.jobs if job.file_name == token)
            if page.unreadable and not found:  # any of them may be the one that is looked for
                raise WireError("an entry of the list cannot be read")
            return found

        return await self._http.read("GET", "/v1/runs", read, params={"q": f"client_ref.EQ:'{token}'"})

    async def download_link(self, remote_id: str) -> DownloadLink:
        """A freshly signed link, good for about 3 days. Raises NotReadyError while the run is not finished."""

        def read(data: object) -> str | None:
            return wire.result_url(data) if wire.read_run(data, remote_id).state is RemoteState.COMPLETED else ""

        url = await self._http.read("GET", f"/v1/runs/{_part(remote_id)}", read, params={"add_signature": "true"})
        if url is None:
            raise NotFoundError(
                "Runflow has no result for this run any more",
                f"Results are kept there for about {self.name.traits.keeps_results_days} days.",
                code="service.no_result",
            )
        if not url:
            raise NotReadyError(
                "Runflow has not finished this run",
                "It goes on by itself.",
                code="service.not_ready",
                retry=Retry.LATER,
            )
        return DownloadLink(url)

    def download(
        self, link: DownloadLink, offset: int = 0, most_bytes: int | None = None
    ) -> AbstractAsyncContextManager[Download]:
        """Opens the result's stream; NotFoundError with code "service.link_expired" when the link has run out."""
        return open_download(self._http, link.url, offset, most_bytes)

    async def cancel(self, remote_id: str) -> bool:  # noqa: ARG002 - the port's signature
        """Never accepted: the public API has no cancel."""
        return False

    async def estimate(self, request: EstimateRequest) -> Estimate:
        """The published price: Runflow has no call that names one."""
        return request.model.price.estimate(request.target or request.source)

    async def estimate_many(self, requests: Sequence[EstimateRequest]) -> list[Estimate | TopazdeskError]:
        """As `estimate`, for each."""
        return [await self.estimate(request) for request in requests]

    async def balance(self) -> Balance:
        """Dollars of the account; keys need the right `credit_balance:read` for it (AccountError "account.forbidden")."""
        try:
            return await self._http.read("GET", "/v1/billing/balance", wire.read_balance)
        except NotFoundError:
            return await self._http.read("GET", "/v1/credit-balances", wire.read_balance)

    async def close(self) -> None:
        """Closes connections."""
        await self._http.close()


def _part(remote_id: str) -> str:
    return quote(remote_id, safe="", errors="replace")
