"""Uploads a picture to Runflow: announce it, send it to storage, confirm. This is free and does not start a run.

So if anything fails here, the service certainly did not accept the job, and every error raised here says so by its
type.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from topazdesk.domain.ports import Progress
from topazdesk.domain.services import ServiceName
from topazdesk.errors import AccountError, BusyError, Code, InputError, NetworkError, RejectedError, Retry, ServiceError
from topazdesk.language import say
from topazdesk.services import runflow_wire as wire
from topazdesk.services.answers import Answer
from topazdesk.services.http import Http
from topazdesk.services.retry_after import retry_after
from topazdesk.services.upload import Body, mime_of, open_file

#: How often an expired link is replaced by a fresh one; a storage that keeps refusing them is broken.
_TRIES = 3


async def upload(http: Http, path: Path, file_name: str, progress: Progress) -> str:
    """Upload a picture under the name `file_name` and return its asset id.

    Raises InputError (cannot be read, or over 50 MiB), RejectedError, AccountError, BusyError or
    NetworkError(sent=False): only errors that mean "not accepted".
    """
    with _before_the_run():
        for left in reversed(range(_TRIES)):
            async with open_file(path, mime_of(file_name), progress) as body:
                _check_size(body.length)
                asset_id, link = await _announce(http, body, file_name)
                answer = await http.put_link(link, body)
            if answer.is_success:
                await _confirm(http, asset_id)
                return asset_id
            if answer.status != 403 or not left:
                raise _refused(answer)
    raise AssertionError("unreachable")


async def _announce(http: Http, body: Body, file_name: str) -> tuple[str, str]:
    fields = {"filename": file_name, "mime_type": body.content_type, "size_bytes": body.length}
    return await http.read("POST", "/v1/asset-uploads", wire.read_upload, json=fields)


async def _confirm(http: Http, asset_id: str) -> None:
    await http.read("POST", f"/v1/asset-uploads/{quote(asset_id, safe='')}/confirmations", lambda data: data, json={})


def _check_size(size: int) -> None:
    if size > ServiceName.RUNFLOW.traits.upload_bytes:
        raise InputError(
            "The file is too large for Runflow",
            say(
                "It takes files up to 50 MiB; this one has {size:,.1f} MiB. Save the picture smaller or as JPEG.",
                size=size / 1048576,
            ),
            code=Code.INPUT_TOO_LARGE,
        )


def _refused(answer: Answer) -> ServiceError:
    details = f"HTTP {answer.status} from {answer.url.host}"
    if answer.status in (400, 411, 413, 415):
        return RejectedError(
            "Runflow's storage refused the picture",
            "Save the picture again as JPEG or PNG, then try once more. Nothing was charged.",
            details=details,
            code=Code.SERVICE_UPLOAD_REFUSED,
        )
    return BusyError(
        "Runflow's storage does not take the picture right now",
        "Nothing was charged. It resumes automatically.",
        details=details,
        code=Code.SERVICE_STORAGE_BUSY,
        retry=Retry.LATER,
        retry_after_s=retry_after(answer.headers),
    )


@contextmanager
def _before_the_run() -> Iterator[None]:
    """Turn every error of the service into one that means "not accepted"."""
    try:
        yield
    except (RejectedError, AccountError, BusyError, InputError):
        raise
    except NetworkError as error:
        raise NetworkError(error.title, error.hint, details=error.details, code=error.code, sent=False) from None
    except ServiceError as error:
        raise BusyError(
            error.title,
            error.hint,
            details=error.details,
            code=error.code,
            retry=Retry.LATER,
            retry_after_s=error.retry_after_s,
        ) from None
