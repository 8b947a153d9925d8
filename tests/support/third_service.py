"""A service that the program does not come with: its traits, its client, its models. Nothing else knows of it.

`known()` makes it known for as long as a test needs; run as a program (`python -m tests.support.third_service WORD…`) this is
topazdesk with that service. It differs from the others wherever it can: it counts in dollars, tells no progress, lists
nothing and is asked by name, and keeps results for two days only.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from tests.support.fake_service import FakeService
from topazdesk.app.services import CLIENTS
from topazdesk.domain.image import FileFormat
from topazdesk.domain.money import Unit
from topazdesk.domain.ports import Balance, RemoteJob
from topazdesk.domain.services import SERVICES, ServiceName, ServiceTraits
from topazdesk.engine.clock import SystemClock
from topazdesk.errors import AccountError

KEY = "key-of-the-third-service"

TRAITS = ServiceTraits(
    name="third",
    label="Third",
    in_sentence="Third",
    where="at Third",
    in_use="Third",
    offer="Third · paid",
    consequence="Pictures are sent to Third and paid in dollars from the account there",
    purse="Third",
    catalogue="third",
    endpoints=("enlarge",),
    png_only=(),
    default_scale=3.0,
    upload_formats=frozenset({FileFormat.PNG}),
    upload_bytes=10_000_000,
    unit=Unit.USD,
    is_free=False,
    is_practice=False,
    has_estimates=True,
    failure_refund="It costs nothing.",
    is_local=False,
    runs_networks=False,
    writes_here=False,
    has_storage=False,
    address="https://third.invalid",
    key_page="https://third.invalid/keys",
    top_up_page="",
    models_page="",
    repeats_safely=False,
    at_once=6,
    can_cancel=False,
    lists_all=False,
    lists_days=2,
    tells_progress=False,
    keeps_results_days=2,
    keeps_copies="Kept for 2 days.",
)

MODEL = {
    "format": 1,
    "service": "third",
    "name": "Enlarger",
    "api_models": ["enlarger-1"],
    "aliases": [],
    "endpoint": "enlarge",
    "category": "Enhance",
    "order": 10,
    "tier": "precise",
    "tasks": ["enlarge"],
    "purpose": "Enlarges pictures.",
    "status": {"kind": "current"},
    "limits": {"input_mp": None, "output_mp": None, "source": "made up"},
    "output": {"takes_size": True, "keeps_alpha": False, "formats": ["jpeg", "png"], "source": "made up"},
    "price": {"unit": "usd", "usd": "0.02", "up_to_mp": 24, "published": True, "source": "made up"},
    "parameters": {"type": "object", "properties": {}},
    "sources": ["made up"],
}


class ThirdService(FakeService):
    """Works in memory for as long as the program runs."""

    def __init__(self, address: str, key: str, name: ServiceName) -> None:
        super().__init__(SystemClock(), name=name, work_s=0.1, credits=5_000_000)
        if (address, key) != (TRAITS.address, KEY):
            raise AccountError("This is no key of Third")
        self.finds = True
        self.lists_jobs = False

    async def balance(self) -> Balance:
        return replace(await super().balance(), unit=Unit.USD)

    def _seen(self, entry) -> RemoteJob:
        return replace(super()._seen(entry), percent=0.0)


def write_models(profile: Path) -> None:
    """Put its model where a profile keeps models of its own; in a program that comes with it this is a folder of resources."""
    folder = profile / "catalogue.d" / "third"
    folder.mkdir(parents=True)
    (folder / "enlarger.json").write_text(json.dumps(MODEL), "utf-8")


@contextmanager
def known() -> Iterator[ServiceName]:
    """While this is open there is a third service."""
    remove = SERVICES.add(TRAITS)
    CLIENTS["third"] = lambda: ThirdService
    try:
        yield ServiceName("third")
    finally:
        del CLIENTS["third"]
        remove()


if __name__ == "__main__":
    with known():
        from topazdesk.__main__ import main

        sys.exit(main())
