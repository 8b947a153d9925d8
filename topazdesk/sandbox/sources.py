"""Get the picture of a submit: uploaded with it, uploaded before, or fetched from a URL."""

from __future__ import annotations

import asyncio
import hashlib
import struct
import urllib.error
import urllib.request
from http.client import HTTPException
from pathlib import Path
from urllib.parse import unquote, urlsplit
from uuid import uuid4

from topazdesk.domain.image import FileFormat, ImageInfo
from topazdesk.errors import Code, InputError
from topazdesk.media.probe import probe
from topazdesk.sandbox import jobs
from topazdesk.sandbox.answers import ApiError
from topazdesk.sandbox.context import Sandbox, uuid_of
from topazdesk.sandbox.jobs import Source
from topazdesk.sandbox.multipart_form import MAX_FILENAME, MAX_REQUEST_BYTES, Form, Upload

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_FETCH_TIMEOUT_S = 20.0
_TAKEN = frozenset({FileFormat.JPEG, FileFormat.PNG, FileFormat.TIFF})


async def source_of(sandbox: Sandbox, form: Form, endpoint: str) -> tuple[Source, bool]:
    """Return the source of a submit, and whether it is new (then its file is still at `form.upload.path`).

    Exactly one of `image`, `source_id` and `source_url` must be given. Raises ApiError: 400 otherwise, for an unknown
    source or a URL that cannot be fetched; 413 for too large a picture; 415 for what cannot be decoded; 422 for a
    picture without width or height.
    """
    given = [name for name in ("source_id", "source_url") if name in form.fields]
    if len(given) + (form.upload is not None) != 1:
        raise ApiError(400, "Exactly one of image, source_id and source_url is needed.")
    if "source_id" in given:
        return await _known(sandbox, form.fields["source_id"]), False
    if form.upload is None:
        form.upload = await asyncio.to_thread(_fetch, form.fields["source_url"], sandbox.state.incoming)
    source = await asyncio.to_thread(examined, form.upload, sandbox.now())
    if endpoint == "tool" and source.format != "png":
        raise ApiError(415, "This endpoint takes PNG only.")
    return source, True


async def _known(sandbox: Sandbox, text: str) -> Source:
    source_id = uuid_of(text)
    if source_id is None:
        raise ApiError(400, "Invalid source ID. It must be a UUID.")
    found = await sandbox.database.run(jobs.get_source, source_id, sandbox.now())
    if found is None or not sandbox.state.source(source_id).exists():
        # 404 is not among the documented responses of a submit.
        raise ApiError(400, "No source image with this ID was found.")
    return found


async def lose_source(sandbox: Sandbox, text: str) -> None:
    """Expire an upload before its seven days are over, as a scenario demands; jobs that work on it continue."""
    await sandbox.database.run(jobs.expire_source, text)


def examined(upload: Upload, now: float) -> Source:
    """Check an uploaded file and return the source for it. Raises ApiError 413, 415, 422."""
    with upload.path.open("rb") as file:
        if has_zero_side(file.read(65_536)):
            raise ApiError(422, "The image has no width or no height.")
    try:
        info: ImageInfo = probe(upload.path)
    except InputError as error:
        if error.code == Code.INPUT_SIDE:
            raise ApiError(413, "Input image dimensions exceed maximum allowed of 32000 pixels a side.") from error
        raise ApiError(415, "The image could not be decoded.") from error
    if info.format not in _TAKEN:
        raise ApiError(415, "The image could not be decoded: JPEG, PNG and TIFF are supported.")
    size = info.size
    return Source(str(uuid4()), upload.filename, info.format.value, size.width, size.height, upload.digest, now)


def has_zero_side(head: bytes) -> bool:
    """Return whether a PNG or JPEG header states a width or height of 0, which decoders just report as damaged."""
    if head.startswith(b"\x89PNG\r\n\x1a\n") and len(head) >= 24:
        return 0 in struct.unpack(">II", head[16:24])
    if not head.startswith(b"\xff\xd8"):
        return False
    place = 2
    while place + 9 <= len(head) and head[place] == 0xFF:
        marker = head[place + 1]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            return 0 in struct.unpack(">HH", head[place + 5 : place + 9])
        place += 2 + int(struct.unpack(">H", head[place + 2 : place + 4])[0])
    return False


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object, **__: object) -> None:
        return None


def _fetch(url: str, folder: Path) -> Upload:
    """Download a picture from a URL on this computer.

    The sandbox never talks to any other host: it must work without a network, and practising must not send anything
    anywhere. For other URLs it raises ApiError 400, as if the service could not reach them.
    """
    try:
        parts = urlsplit(url)
        known = parts.scheme == "http" and parts.hostname in _LOOPBACK
    except ValueError:
        known = False
    if not known:
        raise ApiError(400, "The source URL could not be fetched: the sandbox reads from this computer only.")
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect)
    path, digest = folder / uuid4().hex, hashlib.sha256()
    total = 0
    try:
        with opener.open(url, timeout=_FETCH_TIMEOUT_S) as answer, path.open("wb") as file:
            while block := answer.read(1 << 20):
                if total == 0:
                    digest.update(block)
                total += len(block)
                if total > MAX_REQUEST_BYTES:
                    raise ApiError(413, "Request Entity Too Large")
                file.write(block)
    except (OSError, HTTPException, ValueError) as error:
        path.unlink(missing_ok=True)
        raise ApiError(400, "The source URL could not be fetched.") from error
    except ApiError:
        path.unlink(missing_ok=True)
        raise
    digest.update(str(total).encode())
    return Upload(path, unquote(parts.path.rsplit("/", 1)[-1])[:MAX_FILENAME] or "image", digest.hexdigest())
