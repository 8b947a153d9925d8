"""The client of the Topaz Image API, as a `Service`; the sandbox speaks the same contract."""

from __future__ import annotations

import re
import ssl
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from urllib.parse import quote

from topazdesk.domain.catalogue import Model
from topazdesk.domain.ports import (
    Balance,
    Download,
    DownloadLink,
    EstimateRequest,
    Progress,
    RemoteJob,
    RemotePage,
    SubmitRequest,
    Submitted,
)
from topazdesk.domain.pricing import Estimate
from topazdesk.domain.services import ServiceName
from topazdesk.errors import AccountError, Code, NotReadyError, RejectedError, TopazdeskError
from topazdesk.language import say
from topazdesk.services import topaz_wire as wire
from topazdesk.services.answers import Answer
from topazdesk.services.download import open_download
from topazdesk.services.facts import ServiceFacts, topaz_facts
from topazdesk.services.http import Http, Timeouts
from topazdesk.services.secret import Secret
from topazdesk.services.upload import open_form
from topazdesk.services.wire import WireError, text

#: Most jobs on one page of the list (published OpenAPI).
PAGE = 100

_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")


class TopazService:
    """The client of one account. `base_url` is the root above `/image/v1` and `/account/v1`.

    The constructor raises UseError for an address that must not be used (see `services.address`) and AccountError for a
    malformed key.
    """

    def __init__(
        self,
        base_url: str,
        api_key: str,
        name: ServiceName = ServiceName.TOPAZ,
        *,
        timeouts: Timeouts | None = None,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self.name = name
        self._http = Http(
            base_url, Secret(checked_key(api_key, topaz_facts(name))), topaz_facts(name), timeouts, ssl_context
        )

    def __repr__(self) -> str:
        return f"TopazService({self.name.value}, {self._http.base})"

    async def submit(self, request: SubmitRequest, progress: Progress) -> Submitted:
        """Start a paid job; see `ports.Service.submit`. Raises InputError when the file cannot be opened."""
        if (request.upload is None) == (not request.source_id):
            raise ValueError("exactly one of upload and source_id")
        async with open_form(wire.submit_fields(request), request.file_name, request.upload, progress) as body:
            try:
                answer = await self._http.submit(wire.submit_path(request), body)
            except RejectedError as error:
                raise model_gone(error, request.model, self._http.facts) or error from None
        try:
            data = answer.json()
        except ValueError:
            data = None
        try:
            return wire.read_submitted(
                data,
                _id_header(answer, "X-Process-ID"),
                _id_header(answer, "X-Source-ID"),
                answer.headers.get("X-ETA", ""),
            )
        except WireError as exc:
            raise self._http.reader.unread_submit(answer, str(exc)) from None

    async def status(self, remote_id: str) -> RemoteJob:
        """Return one job."""
        path = f"/image/v1/status/{_part(remote_id)}"
        return await self._http.read("GET", path, lambda data: wire.read_job(data, remote_id))

    async def list_jobs(self, cursor: str = "") -> RemotePage:
        """Return a page of jobs, newest first."""
        params = {"paginated": "true", "limit": str(PAGE)} | ({"cursor": cursor} if cursor else {})
        return await self._http.read(
            "GET", "/image/v1/status", lambda data: wire.read_page(data, cursor), params=params
        )

    async def find(self, token: str) -> None:  # noqa: ARG002 - the port's signature
        """Return None: Topaz cannot look up jobs by name, but its list shows all of them."""
        return

    async def download_link(self, remote_id: str) -> DownloadLink:
        """Return a fresh link. Raises NotReadyError while the job is not finished."""
        path = f"/image/v1/download/{_part(remote_id)}"
        return await self._http.read("GET", path, lambda data: wire.read_link(data, remote_id))

    def download(
        self, link: DownloadLink, offset: int = 0, most_bytes: int | None = None
    ) -> AbstractAsyncContextManager[Download]:
        """Open the result as a stream. Raises NotFoundError (code "service.link_expired") for an expired link."""
        return open_download(self._http, link.url, offset, most_bytes)

    async def cancel(self, remote_id: str) -> bool:
        """Cancel a job. Return whether the service accepted that."""
        try:
            answer = await self._http.ask("DELETE", f"/image/v1/cancel/{_part(remote_id)}")
        except NotReadyError:
            return False
        if answer.is_html:
            raise self._http.reader.not_an_answer(answer)
        return True

    async def estimate(self, request: EstimateRequest) -> Estimate:
        """Return the service's own estimate."""
        return await self._http.read(
            "POST", wire.estimate_path(request), wire.read_estimate, json=wire.estimate_body(request)
        )

    async def estimate_many(self, requests: Sequence[EstimateRequest]) -> list[Estimate | TopazdeskError]:
        """Return estimates in the order of `requests`, from one call; an error in place of each that was refused."""
        if not requests:
            return []
        bodies = [wire.estimate_body(request) for request in requests]

        def read(data: object) -> list[Estimate | TopazdeskError]:
            if not isinstance(data, list) or len(data) != len(requests):
                raise WireError("not one estimate for each request")
            return [self._one_of_many(item) for item in data]

        return await self._http.read("POST", "/image/v1/estimate-bulk", read, json=bodies)

    async def balance(self) -> Balance:
        """Return the account's balance in credits."""
        return await self._http.read("GET", "/account/v1/credits/balance", wire.read_balance)

    def key_mark(self, name: str) -> str:
        """Return a mark of the key; see `ports.Service.key_mark`."""
        return self._http.key_mark(name)

    async def close(self) -> None:
        """Close all connections."""
        await self._http.close()

    def _one_of_many(self, item: object) -> Estimate | TopazdeskError:
        try:
            return wire.read_estimate(item)
        except WireError as exc:  # an entry that the service refused has no credits either
            code = item.get("code") if isinstance(item, dict) else None
            return RejectedError(
                self._http.facts.named_in(say("{Service} gives no estimate for this")),
                "The price is computed from the price list instead.",
                details=text(str(code) if isinstance(code, int) else code) or str(exc),
                code=Code.SERVICE_NO_ESTIMATE,
            )


def checked_key(key: str, facts: ServiceFacts) -> str:
    """Return the key without blanks around it. Raises AccountError for a key that an HTTP header cannot carry."""
    key = key.strip()
    if not key.isascii() or not all(c.isprintable() and c != " " for c in key):
        raise AccountError(
            facts.named_in(say("This cannot be a key of {service}")),
            "It has characters that no key contains. Copy it again, without spaces or line breaks.",
            code=Code.ACCOUNT_KEY_MALFORMED,
        )
    return key


#: Wordings of a refusal that is about the model itself; "{name}" is its API name. The service documents no code for
#: this.
_NO_MODEL = (
    r"\b(invalid|unknown|unsupported|unrecogni[sz]ed|retired|deprecated|unavailable) model\b"
    r"|\bmodel\b\W*(name\W+)?({name})?\W*((is|was|has been) )?"
    r"(invalid|unknown|unsupported|retired|deprecated|unavailable"
    r"|not (found|supported|available|recogni[sz]ed|one of)|no longer|does not exist|must be one of)\b"
)


def model_gone(error: RejectedError, model: Model, facts: ServiceFacts) -> RejectedError | None:
    """Return `error` reworded as "the model is not offered any more", or None if it is about something else."""
    if error.code not in (Code.SERVICE_BAD_REQUEST, Code.SERVICE_UNPROCESSABLE, Code.SERVICE_REFUSED):
        return None
    names = "|".join(map(re.escape, model.api_models))
    if re.search(_NO_MODEL.replace("{name}", names), error.details, re.IGNORECASE) is None:
        return None
    instead = (
        say("{replacement} takes its place.", replacement=model.replacement)
        if model.replacement
        else say("Choose another model.")
    )
    said = error.hint[error.hint.find("“") :] if "“" in error.hint else ""
    parts = (
        instead,
        facts.named_in(say("{Service} says: {said}")).replace("{said}", said) if said else say("Nothing was charged."),
    )
    return RejectedError(
        facts.named_in(say("{Service} does not offer {model} any more, or not right now")).replace(
            "{model}", model.name
        ),
        " ".join(parts),
        details=error.details,
        code=Code.SERVICE_MODEL_UNAVAILABLE,
    )


def _part(remote_id: str) -> str:
    return quote(remote_id, safe="", errors="replace")


def _id_header(answer: Answer, name: str) -> str:
    text: str = answer.headers.get(name, "").strip()
    return text if _ID.fullmatch(text) else ""
