"""Another service: it asks where a model is not offered there, settings are kept per service, and there is a way back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from tests.support.fake_context import known
from tests.support.pictures import encode
from tests.support.window import live, profile_with_sandbox, quiet, session_of, until
from tests.ui.shell.conftest import Stage
from topazdesk.domain.image import FileFormat
from topazdesk.domain.services import ServiceName
from topazdesk.ui.controls import Notice
from topazdesk.ui.shell.window import Window

TOPAZ, RUNFLOW, SANDBOX = ServiceName.TOPAZ, ServiceName.RUNFLOW, ServiceName.SANDBOX


def _notice(window: Window) -> Notice:
    """The question, or the toast that tells of the change."""
    assert window.notices.is_told("service")
    toast = window.notices.toasted
    questions = [each for each in window.notices.shown() if each.subject == "service"]
    assert len(questions) + (toast is not None) == 1
    return questions[0] if toast is None else toast


def _choose(stage: Stage, service: ServiceName) -> None:
    """As in the menu of services."""
    stage.window.footer.service_wanted.emit(service)


def _with_recover(stage: Stage) -> None:
    stage.session.pricing.set_service(TOPAZ)
    known(stage.session, (1500, 1000))
    state = stage.session.pricing.recipe
    state.set_model(state.catalogue.find(TOPAZ, "Recover 3"))
    state.set_output(replace(state.recipe.output, folder="/results"))


def test_it_asks_where_the_model_is_not_offered(stage: Stage) -> None:
    """Recover 3 became Standard 2, at another price, and nobody said so."""
    _with_recover(stage)
    state = stage.session.pricing.recipe
    before, price = state.recipe, stage.window.footer.button.label()
    _choose(stage, RUNFLOW)
    notice = _notice(stage.window)
    assert notice.title == "Runflow has no Recover 3. Standard 2 instead?"
    assert [button.label() for button in notice.buttons] == ["Use Standard 2", "Stay at Topaz"]
    assert notice.buttons[0].hasFocus(), "Return answers"
    assert (state.recipe, stage.window.footer.button.label()) == (before, price), "nothing is changed by asking"
    notice.buttons[1].click()
    assert state.recipe == before
    assert not stage.window.notices.is_told("service")
    _choose(stage, RUNFLOW)
    _notice(stage.window).buttons[0].click()
    assert (state.recipe.service, state.model.slug) == (RUNFLOW, "standard-2")
    assert state.recipe.output.folder == "/results", "where files go does not depend on the service"
    assert "$" in stage.window.footer.button.label()
    assert _notice(stage.window).title == "Now using Runflow with Standard 2"


def test_what_was_set_at_a_service_is_there_again(stage: Stage) -> None:
    _with_recover(stage)
    state = stage.session.pricing.recipe
    at_topaz = state.recipe
    _choose(stage, RUNFLOW)
    _notice(stage.window).buttons[0].click()
    state.set_model(state.catalogue.find(RUNFLOW, "High Fidelity 2"))
    state.set_output(replace(state.recipe.output, folder="/elsewhere"))
    at_runflow = state.recipe
    _choose(stage, TOPAZ)
    assert state.recipe == replace(at_topaz, output=replace(at_topaz.output, folder="/elsewhere"))
    assert _notice(stage.window).title == "Now using Topaz with Recover 3"
    assert "as you left it" in _notice(stage.window).hint
    _choose(stage, SANDBOX)
    assert state.model.slug == "recover-3", "the sandbox has Topaz's models: what was tried there stays"
    assert not stage.window.notices.is_told("service")
    _choose(stage, RUNFLOW)
    assert state.recipe == at_runflow, "asked once, and said"
    assert _notice(stage.window).title == "Now using Runflow with High Fidelity 2"
    stage.window.commands.run("undo")
    assert state.recipe.service is RUNFLOW, "a step back never moves the work to another service"


def test_the_change_can_be_undone(stage: Stage) -> None:
    _with_recover(stage)
    pricing = stage.session.pricing
    state, picture = pricing.recipe, stage.session.library.pictures.pictures()[0]
    pricing.own.paste(replace(state.recipe, values=(("sharpen", 0.5),)), [picture])
    pricing.recipes_given()
    state.set_model(state.catalogue.find(TOPAZ, "Standard 2"))
    own, common = picture.recipe, pricing.own.common
    _choose(stage, RUNFLOW)
    _notice(stage.window).buttons[0].click()
    assert pricing.own.common.service is RUNFLOW
    (undo,) = _notice(stage.window).buttons
    assert undo.label() == "Undo"
    undo.click()
    assert (picture.recipe, pricing.own.common) == (own, common)
    stage.spawned.run()
    assert stage.context.settings.service == "topaz"


def test_the_question_goes_with_its_cause(stage: Stage) -> None:
    _with_recover(stage)
    state = stage.session.pricing.recipe
    _choose(stage, RUNFLOW)
    state.set_model(state.catalogue.find(TOPAZ, "Recover Faces"))
    assert _notice(stage.window).title == "Runflow has no Recover Faces. Standard 2 instead?"
    state.set_model(state.catalogue.find(TOPAZ, "High Fidelity 2"))
    assert not stage.window.notices.is_told("service")
    _choose(stage, RUNFLOW)
    assert state.model.slug == "high-fidelity-2"
    assert _notice(stage.window).title == "Now using Runflow with High Fidelity 2"


def test_pictures_with_a_model_of_their_own_are_asked_for(stage: Stage) -> None:
    _with_recover(stage)
    pricing = stage.session.pricing
    first, second = known(stage.session, (1500, 1000), (1500, 1000))
    pricing.own.paste(pricing.recipe.recipe, [first, second])
    pricing.recipes_given()
    pricing.recipe.set_model(pricing.recipe.catalogue.find(TOPAZ, "Standard 2"))
    _choose(stage, RUNFLOW)
    assert _notice(stage.window).title == "Runflow has no Recover 3. Standard 2 for 2 pictures instead?"
    _notice(stage.window).buttons[0].click()
    assert (first.recipe, second.recipe) == (None, None)
    _choose(stage, TOPAZ)
    assert first.recipe is not None
    assert first.recipe.model == "recover-3"


def test_they_are_kept_over_a_restart(qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(encode(FileFormat.JPEG, 120, 80))

    async def first(window: Window) -> None:
        pricing = session_of(window).pricing
        await quiet(window)
        state, picture = pricing.recipe, session_of(window).library.pictures.pictures()[0]
        state.set_model(state.catalogue.find(SANDBOX, "Recover 3"))
        pricing.own.paste(replace(state.recipe, values=()), [picture])
        pricing.recipes_given()
        pricing.set_service(RUNFLOW)
        assert picture.recipe is None

    async def second(window: Window) -> None:
        pricing = session_of(window).pricing
        await until(lambda: len(session_of(window).library.pictures) == 1, "restored")
        await quiet(window)
        assert (pricing.recipe.recipe.service, pricing.recipe.model.slug) == (RUNFLOW, "standard-2")
        pricing.want_service(SANDBOX)
        assert pricing.own.common.model == "recover-3"
        (picture,) = session_of(window).library.pictures.pictures()
        assert picture.recipe is not None
        assert picture.recipe.service is SANDBOX

    with profile_with_sandbox(tmp_path) as (profile, sandbox):
        monkeypatch.setenv("RUNFLOW_API_KEY", sandbox.key)
        monkeypatch.setenv("TOPAZDESK_RUNFLOW_URL", sandbox.url)
        live(qapp, profile, first, path)
        live(qapp, profile, second)
