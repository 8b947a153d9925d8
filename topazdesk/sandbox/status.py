"""Get the status of one or all jobs, delete statuses, cancel jobs."""

from __future__ import annotations

import base64
import re

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from topazdesk.sandbox import jobs
from topazdesk.sandbox.answers import ApiError
from topazdesk.sandbox.context import process_id, sandbox_of, unknown_job
from topazdesk.sandbox.multipart_form import flag, whole

_DEFAULT_LIMIT = 50
_MAX_LIMIT = 100
_CURSOR = re.compile(r"before:([0-9]{1,18})")


async def one(request: Request) -> Response:
    """Handle `GET /image/v1/status/{process_id}`."""
    sandbox = sandbox_of(request)
    job = await sandbox.job(request)
    return JSONResponse(job.to_json(sandbox.now()))


async def many(request: Request) -> Response:
    """Handle `GET /image/v1/status`: an array of all, or with `paginated=true` a page and a cursor; newest first."""
    sandbox = sandbox_of(request)
    now = sandbox.now()
    query = request.query_params
    if not flag(query, "paginated"):
        return JSONResponse([job.to_json(now) for job in await sandbox.database.run(jobs.page, None, None, now)])
    limit = _limit(query.get("limit"))
    # One more than requested shows whether there is a next page.
    found = await sandbox.database.run(jobs.page, _seq_of(query.get("cursor")), limit + 1, now)
    shown, has_more = found[:limit], len(found) > limit
    pagination: dict[str, object] = {"has_next_page": has_more}
    if has_more:
        pagination["next_cursor"] = base64.urlsafe_b64encode(f"before:{shown[-1].seq}".encode()).decode()
    return JSONResponse({"data": [job.to_json(now) for job in shown], "pagination": pagination})


def _limit(text: str | None) -> int:
    if text is None:
        return _DEFAULT_LIMIT
    found = whole(text, 1, _MAX_LIMIT)
    if found is None:
        raise ApiError(400, "Invalid limit: a whole number between 1 and 100 is needed.")
    return found


def _seq_of(cursor: str | None) -> int | None:
    if not cursor:
        return None
    try:
        text = base64.b64decode(cursor, altchars=b"-_", validate=True).decode("ascii")
    except ValueError:
        text = ""
    found = _CURSOR.fullmatch(text)
    if found is None:
        raise ApiError(400, "Invalid cursor.")
    return int(found[1])


async def delete_one(request: Request) -> Response:
    """Handle `DELETE /image/v1/status/{process_id}`: 204, 409 while the job is not finished, 404."""
    sandbox = sandbox_of(request)
    try:
        done = await sandbox.database.run(jobs.delete, process_id(request), sandbox.now())
    except KeyError:
        raise unknown_job() from None
    if not done:
        raise ApiError(409, "The status cannot be deleted while the process is not finished.")
    return Response(status_code=204)


async def delete_all(request: Request) -> Response:
    """Handle `DELETE /image/v1/status`: delete the statuses of finished jobs and return their number."""
    count = await sandbox_of(request).database.run(jobs.delete_finished)
    return JSONResponse({"deleted_count": count})


async def cancel(request: Request) -> Response:
    """Handle `DELETE /image/v1/cancel/{process_id}`: 204, 409 when the job is finished, 404."""
    sandbox = sandbox_of(request)
    try:
        job = await sandbox.database.run(jobs.cancel, process_id(request), sandbox.now())
    except KeyError:
        raise unknown_job() from None
    if job is None:
        raise ApiError(409, "The process is not in a state in which it can be cancelled.")
    sandbox.workshop.drop(job.id)
    return Response(status_code=204)
