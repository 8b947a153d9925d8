"""The routes of the Runflow API."""

from __future__ import annotations

from starlette.routing import Route

from topazdesk.sandbox import runflow_assets as assets
from topazdesk.sandbox import runflow_runs as runs
from topazdesk.sandbox.runflow_answers import Handler, in_its_shape

_PREFIX = "/v1/"
_HEALTH = "/v1/health"


def is_guarded(path: str) -> bool:
    """Return whether a path needs the key: all do except the health check. The store is protected by signed links."""
    return path.startswith(_PREFIX) and path != _HEALTH


def routes() -> list[Route]:
    """Return all routes."""

    def route(path: str, handler: Handler, method: str) -> Route:
        return Route(path, in_its_shape(handler), methods=[method])

    return [
        route("/v1/asset-uploads", assets.announce, "POST"),
        route("/v1/asset-uploads/{asset_id}/confirmations", assets.confirm, "POST"),
        route("/v1/assets/{asset_id}", assets.one, "GET"),
        route("/v1/models/topaz/upscale/image/runs", runs.create, "POST"),
        route("/v1/runs", runs.many, "GET"),
        route("/v1/runs/{run_id}", runs.one, "GET"),
        route("/v1/admin/runs/{run_id}/cancellation", runs.cancel, "POST"),
        route("/v1/billing/balance", runs.balance, "GET"),
        route(_HEALTH, runs.health, "GET"),
        Route("/storage/uploads/{name}", assets.receive, methods=["PUT"]),
    ]
