"""What whoever runs the tests has set for the program, a team or a key for instance, is nothing to the tests."""

from __future__ import annotations

from collections.abc import MutableMapping

_NAMES = (
    "TOPAZDESK_COMPLETE",
    "TOPAZDESK_LANGUAGE",
    "TOPAZDESK_LOCAL_DEVICE",
    "TOPAZDESK_POLICY",
    "TOPAZDESK_PROFILE",
    "TOPAZDESK_TEAM",
)


def clear(environ: MutableMapping[str, str]) -> None:
    """Removes what the program reads; what the tests read themselves (how many, how long, where pictures go) stays."""
    for name in list(environ):
        is_address = name.startswith("TOPAZDESK_") and name.endswith("_URL")
        if name in _NAMES or is_address or name.startswith(("TOPAZ_API_KEY", "RUNFLOW_API_KEY")):
            del environ[name]
