"""Pictures with settings of their own: copied, pasted, marked, priced and started each with its recipe."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QByteArray, QMimeData, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.support.catalogue import catalogue_texts
from tests.support.fake_context import job_of, known
from tests.support.pictures import encode
from tests.support.window import live, menu_of, profile_with_sandbox, quiet, session_of, until
from tests.ui.shell.conftest import Stage
from topazdesk.domain.catalogue import Catalogue
from topazdesk.domain.catalogue_file import parse_catalogue
from topazdesk.domain.draft import draft
from topazdesk.domain.geometry import OutputSize
from topazdesk.domain.image import FileFormat
from topazdesk.domain.job import JobState
from topazdesk.domain.services import ServiceName
from topazdesk.ui.models.own_recipes import OwnRecipes
from topazdesk.ui.models.picture import Picture, Section
from topazdesk.ui.models.picture_list import PictureModel, spoken
from topazdesk.ui.models.recipe import RecipeState
from topazdesk.ui.recipe.settings_clipboard import MIME, SettingsClipboard
from topazdesk.ui.shell.window import Window


@pytest.fixture(autouse=True)
def clean_clipboard(qapp: QApplication) -> Iterator[None]:
    """The clipboard is one for all tests."""
    yield
    QGuiApplication.clipboard().clear()


def _state(stage: Stage) -> RecipeState:
    return stage.session.pricing.recipe


def _clipboard(stage: Stage) -> SettingsClipboard:
    found = stage.window.findChild(SettingsClipboard)
    assert found is not None
    return found


def _choose(stage: Stage, *pictures: Picture) -> None:
    stage.window.pictures.view.choose([p.id for p in pictures], pictures[0].id)


def _three(stage: Stage) -> tuple[Picture, Picture, Picture]:
    """Recover 3 at 4× for all (6 credits each), then for the second one at 2× (2 credits)."""
    first, second, third = known(stage.session, (1500, 1000), (1500, 1000), (1500, 1000))
    state = _state(stage)
    state.set_model(state.catalogue.find(ServiceName.TOPAZ, "Recover 3"))
    state.set_output(replace(state.recipe.output, size=OutputSize.scale(2)))
    _choose(stage, first)
    stage.window.commands.run("copy_settings")
    state.set_output(replace(state.recipe.output, size=OutputSize.scale(4)))
    _choose(stage, second)
    stage.window.commands.run("paste_settings")
    return first, second, third


def test_a_pasted_picture_has_its_own_price_and_all_say_the_same(stage: Stage) -> None:
    first, second, _ = _three(stage)
    assert stage.window.footer.all_button.label() == "All 3 · 14 credits"
    prices = [stage.session.pricing.price_of(p) for p in (first, second)]
    assert [price.credits for price in prices if price] == [6, 2]
    assert "own settings" in spoken(second)
    assert "own settings" not in spoken(first)


def test_the_panel_shows_and_changes_the_recipe_of_the_picture_in_the_viewer(stage: Stage) -> None:
    first, second, _ = _three(stage)
    state, panel = _state(stage), stage.window.recipe
    assert state.recipe.output.size.value == 2
    assert panel.scope.label() == "For this picture only"
    state.set_values({"creativity": 7})
    assert second.recipe is not None
    assert second.recipe.settings == {"creativity": 7}
    _choose(stage, first)
    assert (state.recipe.output.size.value, state.recipe.settings) == (4, {})
    assert panel.scope.label() == "For the 2 without their own settings"
    state.set_values({"creativity": 2})
    _choose(stage, second)
    assert panel.form.values() == {"creativity": 7}
    stage.window.commands.run("undo")
    assert second.recipe.settings == {}, "its own steps, not those of the others"
    _choose(stage, first)
    assert panel.form.values() == {"creativity": 2}


def test_settings_for_all_say_so_where_some_are_selected(stage: Stage) -> None:
    """In other programs a change is for what is selected; "For all 3 pictures" alone was overlooked."""
    first, second, third = known(stage.session, (100, 100), (100, 100), (100, 100))
    view, scope = stage.window.pictures.view, stage.window.recipe.scope
    view.choose([first.id, second.id], first.id)
    assert scope.label() == "For all 3, not only the 2 selected"
    view.choose([first.id], first.id)
    assert scope.label() == "For all 3 pictures"
    view.choose([first.id, second.id, third.id], first.id)
    assert scope.label() == "For all 3 pictures"


def test_one_run_with_different_recipes(stage: Stage) -> None:
    _first, second, _third = _three(stage)
    stage.session.library.choose([], 0)
    stage.session.enhance()
    stage.spawned.run()
    taken = stage.context.engine.taken
    assert [d.recipe.output.size.value for d in taken] == [4, 2, 4]
    assert sum(d.estimate.credits for d in taken) == 14
    assert taken[1].info is second.info


def test_the_way_back_to_the_common_settings(stage: Stage) -> None:
    _first, second, _ = _three(stage)
    assert stage.window.recipe.scope.label() == "For this picture only"
    entries = _clipboard(stage).scope_menu().actions()
    assert [(each.text(), each.isChecked()) for each in entries] == [
        ("For all 3 pictures", False),
        ("For this picture only", True),
    ]
    entries[0].trigger()
    assert stage.window.recipe.scope.label() == "For all 3 pictures"
    assert second.recipe is None
    assert _state(stage).recipe.output.size.value == 4
    assert stage.window.footer.all_button.label() == "All 3 · 18 credits"


def test_a_picture_gets_settings_of_its_own_without_copying_any(stage: Stage) -> None:
    """It took a copy from one picture and a paste to another, which nobody would guess."""
    first, second = known(stage.session, (1500, 1000), (1500, 1000))
    state = _state(stage)
    _choose(stage, first)
    common = state.recipe
    stage.window.commands.run("own_settings")
    assert stage.window.recipe.scope.label() == "For this picture only"
    state.set_model(state.catalogue.find(ServiceName.TOPAZ, "Recover 3"))
    assert first.recipe is not None
    assert first.recipe.model == "recover-3"
    _choose(stage, second)
    assert (second.recipe, state.recipe) == (None, common)


def test_a_paste_can_be_taken_back(stage: Stage) -> None:
    _first, second, _ = _three(stage)
    assert stage.window.notices.toasted is not None
    assert stage.window.notices.toasted.title == "1 picture now has its own settings"
    _clipboard(stage)._take_back({second.id: None})
    assert second.recipe is None


def _offered(stage: Stage) -> list[str]:
    """What the context menu of the selected pictures has for their settings."""
    menu = menu_of(stage.window, stage.session.library.chosen)
    return [entry.text() for entry in menu.actions() if "ettings" in entry.text()]


def test_several_at_once_and_only_what_makes_sense_in_the_menu(stage: Stage, qtbot: QtBot) -> None:
    first, _second, third = _three(stage)
    assert _offered(stage) == ["Copy settings", "Paste settings", "Use shared settings"]
    _choose(stage, first, third)
    stage.window.pictures.view.setFocus()
    both = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    qtbot.keyClick(stage.window, Qt.Key.Key_V, both)
    assert first.recipe == third.recipe is not None
    QGuiApplication.clipboard().clear()
    _clipboard(stage).use_common()
    assert _offered(stage) == ["Copy settings", "Separate settings for selection"]


def test_anything_on_the_clipboard_is_survived(stage: Stage) -> None:
    (picture,) = known(stage.session, (1500, 1000))
    _choose(stage, picture)
    good = _state(stage).recipe.to_json()
    for data in (
        b"",
        b"{",
        b"[]",
        b"x" * 300_000,
        json.dumps({**good, "model": "gone"}).encode(),
        json.dumps({**good, "values": {"sharpen": 99}}).encode(),
    ):
        mime = QMimeData()
        mime.setData(MIME, QByteArray(data))
        QGuiApplication.clipboard().setMimeData(mime)
        stage.window.commands.run("paste_settings")
        assert picture.recipe is None
    assert all(n.title and n.title[:1] != "“" for n in stage.window.notices.shown())


def test_a_finished_picture_stays_finished_when_its_recipe_becomes_another(stage: Stage) -> None:
    first, second, _ = _three(stage)
    state = _state(stage)
    _choose(stage, first)
    for picture in (first, second):
        assert picture.info is not None
        recipe = picture.recipe or state.recipe
        done = job_of(draft(picture.info, state.model, recipe), f"job-{picture.id}", JobState.DONE)
        picture.job = done
    stage.session.library.pictures.arrange()
    assert {first.section, second.section} == {Section.FINISHED}
    _choose(stage, first, second)
    stage.window.commands.run("paste_settings")
    assert {first.section, second.section} == {Section.FINISHED}, "nobody asked for them again"
    assert stage.window.footer.button.label() == "Enhance 2 pictures again…"
    stage.window.footer.button.click()
    assert {first.section, second.section} == {Section.TODO}
    assert stage.spawned.names() == [], "now they have a price; nothing is spent by asking"
    assert stage.window.footer.button.label() == "Enhance 2 selected · 4 credits"


def test_another_service_takes_them_along(stage: Stage) -> None:
    _first, second, _ = _three(stage)
    stage.session.pricing.set_service(ServiceName.TOPAZ)
    assert second.recipe is not None
    assert second.recipe.service is ServiceName.TOPAZ
    assert stage.session.pricing.own.common.service is ServiceName.TOPAZ
    assert stage.window.footer.all_button.label() == "All 3 · 14 credits"


def test_they_come_back_after_a_restart(qapp: QApplication, tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("a.jpg", "b.jpg")]
    for path in paths:
        path.write_bytes(encode(FileFormat.JPEG, 300, 200))

    async def first(window: Window) -> None:
        session = session_of(window)
        await until(lambda: len(session.library.pictures) == 2)
        await quiet(window)
        state = session.pricing.recipe
        window.commands.run("copy_settings")
        state.set_values({"sharpen": 0.5})
        window.pictures.view.choose(
            [session.library.pictures.pictures()[1].id], session.library.pictures.pictures()[1].id
        )
        window.commands.run("paste_settings")

    async def second(window: Window) -> None:
        session = session_of(window)
        await until(lambda: len(session.library.pictures) == 2)
        await quiet(window)
        a, b = session.library.pictures.pictures()
        assert a.recipe is None
        assert b.recipe is not None
        assert b.recipe.settings == {}
        assert session.pricing.own.common.settings == {"sharpen": 0.5}

    with profile_with_sandbox(tmp_path) as (profile, _):
        assert live(qapp, profile, first, *paths) == []
        assert live(qapp, profile, second) == []


def test_with_its_picture_a_recipe_of_its_own_goes(stage: Stage) -> None:
    first, second, _ = _three(stage)
    _choose(stage, second)
    stage.session.library.remove([second.id])
    _choose(stage, first)
    state = _state(stage)
    assert state.subject == 0
    assert state.recipe.output.size.value == 4
    assert stage.window.footer.all_button.label() == "Both · 12 credits"


def test_a_service_without_the_model_takes_the_common_settings(qapp: QApplication) -> None:
    """Recover 3 on one picture, Standard 2 on the others; Runflow has only the latter."""
    models = [m for service in ("topaz", "runflow") for m in parse_catalogue(catalogue_texts(service))[0]]
    state, pictures = RecipeState(Catalogue(models), ServiceName.TOPAZ), PictureModel()
    own = OwnRecipes(state, pictures, lambda _service, _model: None, pictures)
    (picture,) = pictures.add([Path("/nowhere/a.jpg")])
    common = state.recipe
    state.set_model(state.catalogue.find(ServiceName.TOPAZ, "Recover 3"))
    recover = state.recipe
    state.undo()
    own.paste(recover, [picture])
    own.show_for(picture)
    assert (state.model.slug, own.common) == ("recover-3", common)
    move = own.service_move(ServiceName.RUNFLOW)
    assert move.asks, "no picture gets another model in silence"
    assert move.lost == (picture.id,)
    assert picture.recipe == recover, "nothing is changed by asking"
    own.move(move, picture)
    assert picture.recipe is None
    assert (state.subject, state.model.slug) == (0, "standard-2")
    assert own.common == state.recipe
    assert state.recipe.service is ServiceName.RUNFLOW
    own.move(own.service_move(ServiceName.TOPAZ), picture)
    assert picture.recipe == recover, "kept for the way back"
    assert (state.subject, state.model.slug) == (picture.id, "recover-3")
    assert own.common == common
