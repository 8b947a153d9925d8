"""The service with which a new profile begins: one that really enhances for free, if this computer has one."""

from __future__ import annotations

from topazdesk.app.paths import Paths
from topazdesk.domain.catalogue import Catalogue
from topazdesk.domain.services import SERVICES, ServiceName


def first_service(paths: Paths, catalogue: Catalogue) -> ServiceName | None:
    """Return the service to begin with, None where the profile has chosen one or has nothing to choose from. Blocking.

    A profile has chosen as soon as it has settings, which are saved when its window is closed for the first time.
    """
    if paths.settings.exists():
        return None
    # Here, because every later start of the window does without it.
    from topazdesk.services.local import what_is_missing

    for service in SERVICES:
        models = catalogue.of(service)
        if service.traits.runs_networks and models:
            own = paths.own_models / service.value
            return None if any(what_is_missing(model, own) for model in models) else service
    return None
