"""What pictures do not allow is said beside the button that sends them, and in their tool tips."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtWidgets import QApplication

from tests.support.catalogue import packaged_catalogue
from tests.support.fake_context import info_of
from topazdesk.domain.recipe import Recipe
from topazdesk.domain.services import ServiceName
from topazdesk.domain.usage_rights import Reservation
from topazdesk.ui.models.picture import Picture
from topazdesk.ui.models.picture_list import PictureModel
from topazdesk.ui.models.plan import Plan, make_plan
from topazdesk.ui.models.plan_texts import hint_text, rights_text
from topazdesk.ui.models.prices import Prices
from topazdesk.ui.models.recipe import fresh_recipe

_CATALOGUE = packaged_catalogue()
_RECOVER = _CATALOGUE.find(ServiceName.TOPAZ, "Recover 3")


def _picture(number: int, *kinds: Reservation, recipe: Recipe | None = None) -> Picture:
    info = replace(info_of(Path(f"/in/{number}.jpg"), 100, 80), reservations=kinds)
    return Picture(number, info.path, info=info, size=info.size, recipe=recipe)


def _plan(service: ServiceName, *pictures: Picture) -> Plan:
    return make_plan(pictures, Prices(_RECOVER, fresh_recipe(service, _RECOVER)), available=None)


def test_the_footer_says_what_pictures_that_leave_do_not_allow() -> None:
    silent, one = _picture(1), _picture(2, Reservation.AI_TRAINING)
    two = _picture(3, Reservation.DATA_MINING)
    plan = _plan(ServiceName.TOPAZ, silent, one)
    assert hint_text(plan, problem="") == ("1 picture says in its rights: no AI training", "warn")
    both = _plan(ServiceName.TOPAZ, silent, two, one)
    assert hint_text(both, problem="") == ("2 pictures say in their rights: no AI training, no data mining", "warn")
    assert hint_text(both, problem="Choose a model") == ("Choose a model", "err")
    assert rights_text(_plan(ServiceName.TOPAZ, silent)) == ""
    # The sandbox is a process on this computer.
    assert _plan(ServiceName.SANDBOX, one, two).reserved == 0


def test_the_tool_tip_of_a_picture_says_it(qapp: QApplication) -> None:
    entries = PictureModel()
    assert entries.tooltip(_picture(1, Reservation.AI)).endswith("Rights: no use with AI")
    assert "Rights" not in entries.tooltip(_picture(2))
