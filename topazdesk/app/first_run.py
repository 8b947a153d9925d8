"""What a new profile begins with: a service that enhances for free, if this computer has one, and three hints."""

from __future__ import annotations

from typing import Any

from topazdesk.app.paths import Paths
from topazdesk.domain.catalogue import Catalogue
from topazdesk.domain.services import SERVICES, ServiceName

#: The hints of a first run, by what they are about. Each goes for good when that is done, or when it is closed.
HINTS = ("model", "button", "compare")


def first_settings(paths: Paths, catalogue: Catalogue) -> dict[str, Any]:
    """Return what to change in the settings of a profile that has none yet, and nothing for any other. Blocking.

    A profile has settings as soon as its window has been open once.
    """
    if paths.settings.exists():
        return {}
    service = free_service(paths, catalogue)
    return {"hints": HINTS} if service is None else {"hints": HINTS, "service": service.value}


def free_service(paths: Paths, catalogue: Catalogue) -> ServiceName | None:
    """Return the service that enhances on this computer, None where its networks are missing. Blocking."""
    # Here, because every later start of the window does without it.
    from topazdesk.services.local import what_is_missing

    for service in SERVICES:
        models = catalogue.of(service)
        if service.traits.runs_networks and models:
            own = paths.own_models / service.value
            return None if any(what_is_missing(model, own) for model in models) else service
    return None
