"""Shared by the tests of the service clients: a model, requests, a client with short patience."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from tests.support.servers import ScriptedServer
from topazdesk.domain.catalogue import Model, ModelLimits, ModelStatus, Tier
from topazdesk.domain.geometry import Size
from topazdesk.domain.image import FileFormat
from topazdesk.domain.params import ParameterSet
from topazdesk.domain.ports import EstimateRequest, SubmitRequest
from topazdesk.domain.pricing import PriceRule
from topazdesk.domain.services import ServiceName
from topazdesk.services.http import Timeouts
from topazdesk.services.topaz import TopazService

T = TypeVar("T")

CANARY = "canary-key-5f1c9e2a"
PROCESS = "d7b3b3b3-7b3b-4b3b-8b3b-3b3b3b3b3b3b"
SOURCE = "0aa1b2c3-7b3b-4b3b-8b3b-3b3b3b3b3b3b"
#: For servers that fall silent; no other is waited for in vain, and a busy computer may take its time.
SHORT = Timeouts(connect_s=20, read_s=0.3, read_after_upload_s=1, write_s=30, pool_s=20)
PATIENT = Timeouts()

STANDARD = Model(
    service=ServiceName.TOPAZ,
    name="Standard 2",
    api_models=("Standard V2",),
    aliases=(),
    endpoint="enhance",
    category="Upscale",
    tier=Tier.PRECISE,
    tasks=(),
    purpose="",
    caution="",
    standing=ModelStatus.CURRENT,
    standing_note="",
    retires="",
    replacement="",
    limits=ModelLimits(512, 1024),
    takes_size=True,
    keeps_alpha=False,
    formats=(FileFormat.JPEG, FileFormat.PNG, FileFormat.TIFF),
    price=PriceRule(24, {}, 100, True, ""),
    parameters=ParameterSet(),
)
RECOVER = replace(STANDARD, name="Recover 3", api_models=("Recover 3", "Natural Enhance"), endpoint="enhance-gen")
LENS_BLUR = replace(STANDARD, name="Lens Blur 2", api_models=("Lens Blur V2",), endpoint="sharpen", takes_size=False)
FACES = replace(STANDARD, name="Recover Faces", api_models=("Faces",), endpoint="restore-gen", takes_size=False)

ESTIMATE = EstimateRequest(STANDARD, Size(3000, 2000), Size(6000, 4000), FileFormat.PNG, {})


def request(upload: Path | None = None, source_id: str = "", **changes: object) -> SubmitRequest:
    one = SubmitRequest(
        model=STANDARD,
        file_name="td-0123456789abcdef.jpg",
        upload=upload,
        source_id=source_id,
        settings={},
        size=Size(6000, 4000),
        format=FileFormat.JPEG,
    )
    return replace(one, **changes)  # type: ignore[arg-type]


def run(
    server: ScriptedServer | str,
    use: Callable[[TopazService], Awaitable[T]],
    *,
    name: ServiceName = ServiceName.TOPAZ,
    timeouts: Timeouts | None = None,
    trust: ssl.SSLContext | None = None,
) -> T:
    """Runs `use` with a client of `server`, and closes it."""

    async def main() -> T:
        url = server if isinstance(server, str) else server.url
        service = TopazService(url, CANARY, name, timeouts=timeouts or patience(server), ssl_context=trust)
        try:
            return await use(service)
        finally:
            await service.close()

    return asyncio.run(main())


def patience(server: ScriptedServer | str) -> Timeouts:
    """As long as a client waits for this server in a test."""
    return SHORT if isinstance(server, ScriptedServer) and server.falls_silent else PATIENT


def ignore(done: int, total: int | None) -> None:
    """A progress that nobody looks at."""
