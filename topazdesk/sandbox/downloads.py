"""Serve download links and the files behind them, like an object store: ranges, HEAD, XML errors, no API key."""

from __future__ import annotations

from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.types import Message, Receive, Scope, Send

from topazdesk.sandbox.answers import ApiError
from topazdesk.sandbox.context import Sandbox, sandbox_of
from topazdesk.sandbox.faults import effect_on
from topazdesk.sandbox.jobs import COMPLETED
from topazdesk.sandbox.links import LIFETIME_S, root_of

_CHUNK_BYTES = 1 << 20


class _StoredFile(FileResponse):
    chunk_size = _CHUNK_BYTES

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the file; answer 404 if it was deleted after the handler saw it."""
        has_begun = False

        async def sending(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await super().__call__(scope, receive, sending)
        except RuntimeError:
            if has_begun:
                raise
            await _store_error(404, "NoSuchKey")(scope, receive, send)


async def output_link(request: Request) -> Response:
    """Handle `GET /image/v1/download/{process_id}`: links to the result, 409 while there is none."""
    sandbox = sandbox_of(request)
    job = await sandbox.job(request)
    if job.status != COMPLETED:
        raise ApiError(409, "The image is not ready.")
    return _links(request, sandbox, "results", job.id)


async def input_link(request: Request) -> Response:
    """Handle `GET /image/v1/download/input/{process_id}`: links to the uploaded picture."""
    sandbox = sandbox_of(request)
    job = await sandbox.job(request)
    return _links(request, sandbox, "sources", job.source_id)


def _links(request: Request, sandbox: Sandbox, kind: str, name: str) -> Response:
    if not _file(sandbox, kind, name).exists():
        raise ApiError(404, "The image is no longer stored.")
    lifetime = effect_on(request.scope).link_s
    expiry = int(sandbox.now()) + (LIFETIME_S if lifetime is None else lifetime)
    base = root_of(request)
    return JSONResponse(
        {
            "download_url": sandbox.signer.link(base, kind, name, "GET", expiry),
            "head_url": sandbox.signer.link(base, kind, name, "HEAD", expiry),
            "expiry": expiry,
        }
    )


def _file(sandbox: Sandbox, kind: str, name: str) -> Path:
    return sandbox.state.result(name) if kind == "results" else sandbox.state.source(name)


_TYPES = (
    (b"\xff\xd8", "image/jpeg"),
    (b"\x89PNG", "image/png"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"II+\0", "image/tiff"),
    (b"MM\0+", "image/tiff"),
)


async def stored(request: Request) -> Response:
    """Handle `GET` and `HEAD /storage/{kind}/{name}` with a signature; a single byte range is supported."""
    sandbox = sandbox_of(request)
    kind, name = request.path_params["kind"], request.path_params["name"]
    refusal = sandbox.signer.refusal(kind, name, request.method, request.query_params, sandbox.now())
    if refusal:
        return _store_error(403, refusal)
    path = _file(sandbox, kind, name)
    if not path.is_file():
        return _store_error(404, "NoSuchKey")
    with path.open("rb") as file:
        head = file.read(4)
    media_type = next((t for mark, t in _TYPES if head.startswith(mark)), "application/octet-stream")
    return _StoredFile(path, media_type=media_type)


def _store_error(status: int, code: str) -> Response:
    return Response(
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code></Error>',
        status,
        media_type="application/xml",
    )
