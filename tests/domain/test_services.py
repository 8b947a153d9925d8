"""Services as data: nothing of one is taken for granted, and the registry knows them by name."""

from __future__ import annotations

import pickle
from dataclasses import MISSING, fields

import pytest

from topazdesk.app.services import CLIENTS
from topazdesk.domain.services import SERVICES, ServiceName, ServiceTraits


def test_no_trait_has_a_default() -> None:
    """A new service silently could cancel, listed all and kept results for 7 days: the dangerous guesses."""
    assert [f.name for f in fields(ServiceTraits) if (f.default, f.default_factory) != (MISSING, MISSING)] == []


def test_each_has_a_client_and_a_catalogue() -> None:
    # What runs on this computer has no account, so no address and no key to make a client of.
    assert set(CLIENTS) == {name for name in SERVICES if not name.traits.runs_networks}
    assert all(name.catalogue in SERVICES for name in SERVICES)


def test_names_are_known_or_refused() -> None:
    assert ServiceName("topaz") is ServiceName.TOPAZ
    assert pickle.loads(pickle.dumps(ServiceName.RUNFLOW)) is ServiceName.RUNFLOW
    for wrong in ("other", "", "Topaz", None, 3, ["topaz"]):
        with pytest.raises(ValueError, match="not a service"):
            ServiceName(wrong)


def test_orders() -> None:
    assert list(SERVICES) == ["topaz", "runflow", "local", "sandbox"]
    assert SERVICES.with_key == ("topaz", "runflow")
    assert SERVICES.free_first == ("local", "sandbox", "topaz", "runflow")


def test_a_name_is_taken_once() -> None:
    with pytest.raises(ValueError, match="topaz"):
        SERVICES.add(ServiceName.TOPAZ.traits)
