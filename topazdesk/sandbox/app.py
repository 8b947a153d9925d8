"""Assemble the ASGI application: the routes, and around them the layers for activity, scenario and key."""

from __future__ import annotations

from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from topazdesk.sandbox import downloads, estimates, jobs, ledger, runflow_app, status, submit
from topazdesk.sandbox.access import Activity, KeyCheck
from topazdesk.sandbox.answers import ApiError, on_api_error, on_http_error, on_unexpected
from topazdesk.sandbox.context import Sandbox, sandbox_of
from topazdesk.sandbox.faults import FaultLayer
from topazdesk.sandbox.scenario import Effect

_V1 = "/image/v1"


async def balance(request: Request) -> Response:
    """Handle `GET /account/v1/credits/balance`."""
    account = await sandbox_of(request).database.run(ledger.account)
    return JSONResponse(account.to_json())


def build(sandbox: Sandbox) -> Activity:
    """Return the complete ASGI application; its outermost layer knows how long it has been idle."""
    routes = [
        Route(_V1 + "/{endpoint}/async", submit.submit, methods=["POST"]),
        Route(_V1 + "/status", status.many, methods=["GET"]),
        Route(_V1 + "/status", status.delete_all, methods=["DELETE"]),
        Route(_V1 + "/status/{process_id}", status.one, methods=["GET"]),
        Route(_V1 + "/status/{process_id}", status.delete_one, methods=["DELETE"]),
        Route(_V1 + "/download/input/{process_id}", downloads.input_link, methods=["GET"]),
        Route(_V1 + "/download/{process_id}", downloads.output_link, methods=["GET"]),
        Route(_V1 + "/cancel/{process_id}", status.cancel, methods=["DELETE"]),
        Route(_V1 + "/estimate", estimates.standard, methods=["POST"]),
        Route(_V1 + "/estimate-gen", estimates.generative, methods=["POST"]),
        Route(_V1 + "/estimate-bulk", estimates.bulk, methods=["POST"]),
        Route("/account/v1/credits/balance", balance, methods=["GET"]),
        *runflow_app.routes(),
        Route("/storage/{kind}/{name}", downloads.stored, methods=["GET", "HEAD"]),
    ]
    app = Starlette(
        routes=routes,
        exception_handlers={ApiError: on_api_error, HTTPException: on_http_error, Exception: on_unexpected},
    )
    app.state.sandbox = sandbox

    async def before(effect: Effect, path: str) -> None:
        if effect.top_up:
            await sandbox.database.run(ledger.grant, effect.top_up, sandbox.now())
        if effect.gone:
            name = Path(path).name
            await sandbox.database.run(jobs.forget, name)
            sandbox.state.remove(sandbox.state.result(name))

    return Activity(FaultLayer(KeyCheck(app, sandbox.state.api_key), sandbox.scenario, before))
