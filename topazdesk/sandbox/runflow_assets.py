"""Runflow's assets: announce a file, upload its bytes to the store, confirm it.

Source: Runflow's pages on uploading assets. Sizes and types are checked where the pages say so. A file that was
announced but never confirmed is deleted at the next start; its link would have expired by then anyway.
"""

from __future__ import annotations

import asyncio
import hashlib
import sqlite3
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from topazdesk.sandbox import jobs
from topazdesk.sandbox.context import Sandbox, sandbox_of
from topazdesk.sandbox.faults import effect_on
from topazdesk.sandbox.jobs import Source
from topazdesk.sandbox.links import LIFETIME_S, root_of
from topazdesk.sandbox.multipart_form import Upload
from topazdesk.sandbox.runflow_answers import RunflowError, iso, json_object
from topazdesk.sandbox.sources import examined

MOST_BYTES = 52_428_800
#: Allowed types. Runflow's page with the full list could not be read; these two are certain.
TYPES = {"image/jpeg": "jpeg", "image/png": "png"}
_DIGESTED = 1 << 20


@dataclass(frozen=True, slots=True)
class Asset:
    """An announced file."""

    id: str
    filename: str
    mime: str
    size: int
    created: float


async def announce(request: Request) -> Response:
    """Handle `POST /v1/asset-uploads`: 201 with a link for uploading the bytes; 422."""
    sandbox = sandbox_of(request)
    body = await json_object(request)
    asset = Asset(
        str(uuid4()),
        _text(body, "filename", 500),
        _text(body, "mime_type", 255),
        _size(body.get("size_bytes")),
        sandbox.now(),
    )
    if asset.mime not in TYPES:
        raise RunflowError(422, f"mime_type: {asset.mime} is not allowed.")
    await sandbox.database.run(_add, asset)
    lifetime = effect_on(request.scope).link_s
    expiry = int(sandbox.now()) + (LIFETIME_S if lifetime is None else lifetime)
    link = sandbox.signer.link(root_of(request), "uploads", asset.id, "PUT", expiry)
    return JSONResponse({"asset_id": asset.id, "upload_url": link}, 201)


async def receive(request: Request) -> Response:
    """Handle `PUT /storage/uploads/{name}`: take the bytes, as object stores do, with the announced type and no key."""
    sandbox, name = sandbox_of(request), request.path_params["name"]
    refusal = sandbox.signer.refusal("uploads", name, "PUT", request.query_params, sandbox.now())
    asset = await sandbox.database.run(_get, name)
    if refusal is None and (asset is None or request.headers.get("content-type") != asset.mime):
        refusal = "SignatureDoesNotMatch"
    if refusal is not None:
        return _store_error(403, refusal)
    if "authorization" in request.headers:
        return _store_error(400, "InvalidArgument")
    part, total = sandbox.state.incoming / uuid4().hex, 0
    try:
        with part.open("wb") as file:
            async for chunk in request.stream():
                total += len(chunk)
                if total > MOST_BYTES:
                    return _store_error(400, "EntityTooLarge")
                await asyncio.to_thread(file.write, chunk)
        part.replace(sandbox.state.incoming / name)
    finally:
        part.unlink(missing_ok=True)
    return Response(status_code=200)


async def confirm(request: Request) -> Response:
    """Handle `POST /v1/asset-uploads/{asset_id}/confirmations`: 201 with the asset; 404; 422 without its bytes."""
    sandbox, asset_id = sandbox_of(request), request.path_params["asset_id"]
    await json_object(request)
    asset = await sandbox.database.run(_get, asset_id)
    if asset is None:
        raise RunflowError(404, "Unknown asset.", "ASSET_NOT_FOUND")
    async with sandbox.confirm_lock:
        if await sandbox.database.run(jobs.get_source, asset_id, sandbox.now()) is None:
            await _store(sandbox, asset)
    return JSONResponse(_object(request, sandbox, asset), 201)


async def one(request: Request) -> Response:
    """Handle `GET /v1/assets/{asset_id}`: the asset with a fresh link; 404."""
    sandbox, asset_id = sandbox_of(request), request.path_params["asset_id"]
    asset = await sandbox.database.run(_get, asset_id)
    if asset is None or await sandbox.database.run(jobs.get_source, asset_id, sandbox.now()) is None:
        raise RunflowError(404, "Unknown asset.", "ASSET_NOT_FOUND")
    return JSONResponse(_object(request, sandbox, asset))


async def _store(sandbox: Sandbox, asset: Asset) -> None:
    path = sandbox.state.incoming / asset.id
    if not path.is_file() or path.stat().st_size != asset.size:
        raise RunflowError(422, "The file was not uploaded, or not all of it.")
    made = await asyncio.to_thread(
        lambda: examined(Upload(path, asset.filename, _digest(sandbox, asset)), sandbox.now())
    )
    if made.format != TYPES[asset.mime]:
        raise RunflowError(422, "The file is not of the announced type.")
    source = Source(asset.id, asset.filename, made.format, made.width, made.height, made.digest, made.created)
    path.replace(sandbox.state.source(asset.id))
    await sandbox.database.run(jobs.add_source, source)


def _digest(sandbox: Sandbox, asset: Asset) -> str:
    with (sandbox.state.incoming / asset.id).open("rb") as file:
        return hashlib.sha256(file.read(_DIGESTED) + str(asset.size).encode()).hexdigest()


def _object(request: Request, sandbox: Sandbox, asset: Asset) -> dict[str, Any]:
    expiry = int(sandbox.now()) + LIFETIME_S
    return {
        "id": asset.id,
        "folder_id": None,
        "name": asset.filename,
        "url": sandbox.signer.link(root_of(request), "sources", asset.id, "GET", expiry),
        "mime_type": asset.mime,
        "size_bytes": asset.size,
        "asset_type": "image",
        "source_type": "upload",
        "created_at": iso(asset.created),
        "updated_at": iso(asset.created),
        "deleted_at": None,
    }


def _text(body: dict[str, object], name: str, most: int) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not 1 <= len(value) <= most:
        raise RunflowError(422, f"{name}: a text of 1 to {most} characters is needed.")
    return value


def _size(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MOST_BYTES:
        raise RunflowError(422, f"size_bytes: a whole number from 1 to {MOST_BYTES} is needed.")
    return value


def _store_error(status: int, code: str) -> Response:
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code></Error>'
    return Response(text, status, media_type="application/xml")


def _add(db: sqlite3.Connection, asset: Asset) -> None:
    row = (asset.id, asset.filename, asset.mime, asset.size, asset.created)
    db.execute("INSERT INTO assets VALUES (?, ?, ?, ?, ?)", row)


def _get(db: sqlite3.Connection, asset_id: str) -> Asset | None:
    row = db.execute("SELECT * FROM assets WHERE id = ?", (asset_id,)).fetchone()
    return Asset(**dict(row)) if row else None
