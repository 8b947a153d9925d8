"""Statuses: one, all, by pages; deleting them; cancelling jobs."""

from __future__ import annotations

import base64
import binascii

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from topazdesk.sandbox import jobs
from topazdesk.sandbox.answers import ApiError
from topazdesk.sandbox.context import process_id, sandbox_of, unknown_job
from topazdesk.sandbox.intake import flag

_DEFAULT_LIMIT, _MAX_LIMIT = 50, 100


async def one(request: Request) -> Response:
    """`GET /image/v1/status/{process_id}`."""
    sandbox = sandbox_of(request)
    job = await sandbox.job(request)
    return JSONResponse(job.to_json(sandbox.now()))


async def many(request: Request) -> Response:
    """`GET /image/v1/status`: an array of all, or with `paginated=true` a page with its cursor; newest first."""
    sandbox = sandbox_of(request)
    now = sandbox.now()
    query = request.query_params
    if not flag(query, "paginated"):
        return JSONResponse([job.to_json(now) for job in await sandbox.database.run(jobs.page, None, None, now)])
    limit = _limit(query.get("limit"))
    # One more than asked for tells whether there is a next page.
    found = await sandbox.database.run(jobs.page, _place(query.get("cursor")), limit + 1, now)
    shown, has_more = found[:limit], len(found) > limit
    pagination: dict[str, object] = {"has_next_page": has_more}
    if has_more:
        pagination["next_cursor"] = base64.urlsafe_b64encode(f"before:{shown[-1].seq}".encode()).decode()
    return JSONResponse({"data": [job.to_json(now) for job in shown], "pagination": pagination})


def _limit(text: str | None) -> int:
    if text is None:
        return _DEFAULT_LIMIT
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= _MAX_LIMIT:
        raise ApiError(400, "Invalid limit: a whole number between 1 and 100 is needed.")
    return int(text)


def _place(cursor: str | None) -> int | None:
    if not cursor:
        return None
    try:
        word, _, number = base64.urlsafe_b64decode(cursor).decode("ascii").partition(":")
        if word != "before":
            raise ValueError(word)
        return int(number)
    except (ValueError, binascii.Error):
        raise ApiError(400, "Invalid cursor.") from None


async def delete_one(request: Request) -> Response:
    """`DELETE /image/v1/status/{process_id}`: 204, 409 while the job is not finished, 404."""
    sandbox = sandbox_of(request)
    try:
        done = await sandbox.database.run(jobs.delete, process_id(request), sandbox.now())
    except KeyError:
        raise unknown_job() from None
    if not done:
        raise ApiError(409, "The status cannot be deleted while the process is not finished.")
    return Response(status_code=204)


async def delete_all(request: Request) -> Response:
    """`DELETE /image/v1/status`: removes the statuses of finished jobs and says how many."""
    count = await sandbox_of(request).database.run(jobs.delete_finished)
    return JSONResponse({"deleted_count": count})


async def cancel(request: Request) -> Response:
    """`DELETE /image/v1/cancel/{process_id}`: 204, 409 when it is finished, 404."""
    sandbox = sandbox_of(request)
    try:
        job = await sandbox.database.run(jobs.cancel, process_id(request), sandbox.now())
    except KeyError:
        raise unknown_job() from None
    if job is None:
        raise ApiError(409, "The process is not in a state in which it can be cancelled.")
    sandbox.workshop.drop(job.id)
    return Response(status_code=204)
