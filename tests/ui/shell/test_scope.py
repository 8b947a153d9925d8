"""What a click sends is what its button said, count and price, whatever is selected, filtered, finished or apart."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from tests.support.fake_context import job_of, known
from tests.support.window import menu_of
from tests.ui.shell.conftest import Stage
from topazdesk.domain.draft import draft
from topazdesk.domain.geometry import OutputSize
from topazdesk.domain.job import JobState
from topazdesk.domain.ports import Balance
from topazdesk.domain.services import SERVICES, ServiceName
from topazdesk.engine.events import JobAdded, JobChanged
from topazdesk.errors import AccountError, Code
from topazdesk.ui.controls import Button
from topazdesk.ui.models.picture import Picture, Section
from topazdesk.ui.models.picture_list import finished_note
from topazdesk.ui.models.scope import ScopeKind

#: Five pictures of different prices, so that a sum betrays which of them were taken.
_SIZES = ((500, 400), (1500, 1000), (2000, 1500), (2500, 2000), (3000, 2000))


def _five(stage: Stage) -> list[Picture]:
    pictures = known(stage.session, *_SIZES)
    state = stage.session.pricing.recipe
    state.set_model(state.catalogue.find(ServiceName.TOPAZ, "Standard 2"))
    state.set_output(replace(state.recipe.output, size=OutputSize.scale(4)))
    return pictures


def _finish(stage: Stage, *pictures: Picture, state: JobState = JobState.DONE) -> None:
    for picture in pictures:
        assert picture.info is not None
        recipe = stage.session.pricing.recipe
        picture.job = job_of(draft(picture.info, recipe.model, recipe.recipe), f"old-{picture.id}", state)
    stage.session.library.pictures.arrange()


def _said(button: Button) -> tuple[str, int]:
    """The label without its price, and the price."""
    found = re.fullmatch(r"(.+) · (?:about )?(\d+) credits?", button.label())
    assert found is not None, button.label()
    return found[1], int(found[2])


def _drop_but_starts(stage: Stage) -> None:
    """Only what starts jobs is run, and nothing else is left unawaited."""
    waiting, stage.spawned.waiting = stage.spawned.waiting, []
    for name, work in waiting:
        if name == "enqueue":
            stage.spawned.waiting.append((name, work))
        else:
            work.close()


def _click(stage: Stage, button: Button) -> tuple[list[str], int]:
    """Press; the names of the pictures that went to the engine, and what their drafts cost."""
    before = len(stage.context.engine.taken)
    button.click()
    _drop_but_starts(stage)
    stage.spawned.run()
    taken = stage.context.engine.taken[before:]
    return [each.info.path.name for each in taken], sum(each.estimate.credits for each in taken)


_COMBINATIONS = list(
    itertools.product(
        ((), (0,), (0, 3, 4), (0, 1, 2, 3, 4)),  # selected
        ("", "0000", "00003"),  # filter
        ((), (0,), (1, 2)),  # finished
        ((), (0, 3)),  # with settings of their own
        (False, True),  # the button beside the main one
    )
)


def test_what_is_sent_is_what_the_button_said(stage: Stage) -> None:
    """144 combinations in one window: opening one for each takes minutes, and what is left over from one must not
    matter to the next anyway.
    """
    view, library = stage.window.pictures.view, stage.session.library
    pressed = 0
    for selected, word, finished, apart, is_all in _COMBINATIONS:
        library.pictures.remove([p.id for p in library.pictures.pictures()])
        library.pictures.set_filter("")
        pictures = _five(stage)
        own = replace(
            stage.session.pricing.recipe.recipe,
            output=replace(stage.session.pricing.recipe.recipe.output, size=OutputSize.scale(2)),
        )
        stage.session.pricing.own.paste(own, [pictures[n] for n in apart])
        stage.session.pricing.recipes_given()
        _finish(stage, *(pictures[n] for n in finished))
        view.choose([pictures[n].id for n in selected], pictures[selected[0]].id if selected else 0)
        library.pictures.set_filter(word)
        case = f"selected {selected}, filter {word!r}, finished {finished}, own {apart}, all {is_all}"

        shown = [n for n in range(5) if word in pictures[n].sort_name]
        waiting = [n for n in shown if n not in finished]
        chosen = [n for n in selected if n in shown]
        if not word and selected:
            assert chosen == list(selected)
        meant = waiting if is_all or not chosen else [n for n in chosen if n not in finished]
        button = stage.window.footer.all_button if is_all else stage.window.footer.button
        if is_all and (not button.isVisible()):
            main = [n for n in chosen if n not in finished] if chosen else waiting
            assert not waiting or sorted(main) == waiting, case
            continue
        if not meant:
            assert not button.isEnabled() or button.label().endswith(" again…"), case
            continue
        words, price = _said(button)
        taken, cost = _click(stage, button)
        assert len(taken) == len(meant), case
        by_path = {p.path.name: n for n, p in enumerate(pictures)}
        assert sorted(by_path[name] for name in taken) == meant, case
        assert cost == price, case
        count = re.search(r"\d+", words) if "picture-" not in words else None
        assert int(count[0]) == len(taken) if count else len(taken) == 1, f"{case}: {words}"
        pressed += 1
    assert pressed > 60, "else the combinations say little"


def test_one_picture_is_named_and_a_finished_one_in_view_never_means_another(stage: Stage) -> None:
    first, second, *_ = _five(stage)
    view, footer = stage.window.pictures.view, stage.window.footer
    view.choose([first.id], first.id)
    assert footer.button.label() == "Enhance this picture · 1 credit"
    _finish(stage, first)
    assert footer.button.label() == "Enhance again…", "it meant the four others, none of them in view"
    assert footer.all_button.label().startswith("All 4 · ")
    view.choose([first.id, second.id], first.id)
    assert footer.button.label() == f"Enhance {second.name} · 1 credit", "one of the two: its name says which"
    assert stage.spawned.names() == [] or "enqueue" not in stage.spawned.names()


def test_the_name_that_is_foretold_is_that_of_the_picture_whose_size_is_shown(stage: Stage) -> None:
    """With a finished picture in view the panel showed its size, and the name of another one with other settings."""
    first, second, *_ = _five(stage)
    _finish(stage, second)
    asked: list[list[int]] = []
    names = stage.session.pricing.names
    names.watch = lambda first, _count: asked.append([info.size.width for info, *_ in first])  # type: ignore[method-assign]
    stage.window.pictures.view.choose([second.id], second.id)
    assert stage.session.pricing.plan.scope.kind is ScopeKind.AGAIN
    assert asked[-1] == [1500]
    stage.window.pictures.view.choose([first.id], first.id)
    assert asked[-1] == [500]


def test_what_is_added_takes_the_place_of_a_finished_picture_in_view(stage: Stage) -> None:
    """35 pictures were dropped, and the window went on showing the finished sample and "Enhance again…"."""
    view, library = stage.window.pictures.view, stage.session.library
    [finished, waiting, *_] = _five(stage)
    _finish(stage, finished)
    view.choose([finished.id], finished.id)
    new = library.pictures.add([Path("/pictures/new.jpg"), Path("/pictures/newer.jpg")])
    library.intake.added.emit(new)
    assert library.picture is new[0]
    assert library.chosen == [new[0].id]
    view.choose([waiting.id], waiting.id)
    library.intake.added.emit(library.pictures.add([Path("/pictures/newest.jpg")]))
    assert library.picture is waiting, "what is being prepared stays in view"
    view.choose([finished.id], finished.id)
    library.intake.is_restoring = True
    library.intake.added.emit(library.pictures.add([Path("/pictures/restored.jpg")]))
    assert library.picture is finished


def test_a_filter_that_hides_what_waits_does_not_say_that_all_is_done(stage: Stage) -> None:
    _five(stage)
    stage.window.pictures.filter.setText("no such name")
    stage.window.pictures.view.choose([])
    assert stage.window.footer.button.label() == "Nothing to enhance is shown"
    assert "hides 5 pictures" in stage.window.footer.button.toolTip()


def test_again_says_which_of_the_selected_are_finished(stage: Stage) -> None:
    first, second, third, *_ = _five(stage)
    view, button = stage.window.pictures.view, stage.window.footer.button
    view.choose([first.id, second.id, third.id], first.id)
    _finish(stage, first)
    _finish(stage, second, third, state=JobState.RUNNING)
    assert button.label() == f"Enhance {first.name} again…"
    _finish(stage, second)
    assert button.label() == "Enhance 2 pictures again…"


def test_a_filter_counts(stage: Stage) -> None:
    _five(stage)
    view, footer = stage.window.pictures.view, stage.window.footer
    view.choose([], 0)
    assert footer.button.label().startswith("Enhance 5 pictures · ")
    assert not footer.all_button.isVisible()
    stage.window.pictures.filter.setText("00001")
    assert footer.button.label() == "Enhance picture-00001.jpg · 1 credit"
    assert _click(stage, footer.button) == (["picture-00001.jpg"], 1)


def test_the_filter_says_so_on_the_button(stage: Stage) -> None:
    pictures = _five(stage)
    for picture in pictures[:2]:
        picture.sort_name = f"lake {picture.sort_name}"
    stage.window.pictures.filter.setText("lake")
    assert _said(stage.window.footer.button)[0] == "Enhance 2 shown"
    stage.window.pictures.view.choose([pictures[0].id], pictures[0].id)
    assert _said(stage.window.footer.button)[0] == "Enhance this picture"
    assert _said(stage.window.footer.all_button)[0] == "2 shown"


def test_the_second_press_of_a_double_click_sends_nothing(stage: Stage) -> None:
    """After the first, the place of the button means other pictures."""
    first, *_ = _five(stage)
    stage.window.pictures.view.choose([first.id], first.id)
    button = stage.window.footer.button
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert "enqueue" in stage.spawned.names()
    _drop_but_starts(stage)
    stage.spawned.run()
    QTest.mouseDClick(button, Qt.MouseButton.LeftButton)
    assert "enqueue" not in stage.spawned.names()
    assert button.label() == "This picture is in the queue"
    assert not button.isEnabled()
    assert [each.info.path.name for each in stage.context.engine.taken] == [first.path.name]


def test_the_context_menu_starts_only_this_at_the_price_it_said(stage: Stage) -> None:
    pictures = _five(stage)
    last = pictures[-1]
    stage.window.pictures.view.choose([last.id], last.id)
    menu = menu_of(stage.window, [last.id])
    entry = menu.actions()[0]
    price = stage.session.pricing.price_of(last)
    assert price is not None
    assert entry.text().startswith("Enhance only this · ")
    assert entry.text().endswith(price.text)
    state = stage.session.pricing.recipe
    state.set_output(replace(state.recipe.output, size=OutputSize.scale(1)))
    entry.trigger()
    assert "enqueue" not in stage.spawned.names(), "the price is another one than the menu said"
    assert [n.title for n in stage.window.notices.shown()] == ["The price has changed. Nothing was sent."]
    menu_of(stage.window, [last.id]).actions()[0].trigger()
    assert "enqueue" in stage.spawned.names()


@pytest.mark.parametrize("state", [JobState.DONE, JobState.FAILED])
def test_enhance_again_costs_nothing_by_itself(stage: Stage, state: JobState) -> None:
    stage.window.footer.presses.clock = lambda: next(seconds)
    seconds = itertools.count()
    first, *_ = _five(stage)
    stage.window.pictures.view.choose([first.id], first.id)
    _finish(stage, first, state=state)
    assert first.section is Section.FINISHED
    assert stage.window.footer.button.label() == "Enhance again…"
    stage.window.footer.button.click()
    assert "enqueue" not in stage.spawned.names()
    assert stage.window.footer.button.label() == "Enhance this picture · 1 credit"
    assert _click(stage, stage.window.footer.button) == ([first.path.name], 1)


def test_the_footer_says_that_nothing_is_sent_only_where_that_is_so(stage: Stage) -> None:
    """At Topaz, sizes and settings go there by themselves, for the price."""
    status, pricing = stage.window.footer.status, stage.session.pricing
    for service in (each for each in SERVICES if pricing.recipe.catalogue.of(each)):
        pricing.set_service(service)
        asks = service.traits.has_estimates and not service.traits.is_local
        nothing = "Nothing leaves this computer" if service.traits.runs_networks else "Nothing is sent anywhere"
        assert (nothing in status.text()) is not asks, service


def test_without_a_key_the_button_asks_for_it_and_queues_nothing(stage: Stage) -> None:
    first, *_ = _five(stage)
    stage.window.pictures.view.choose([first.id], first.id)
    footer, pricing, engine = stage.window.footer, stage.session.pricing, stage.context.engine
    there = engine.refresh_balance

    async def no_key(service: ServiceName) -> Balance:
        raise AccountError("No key", "Add one.", code=Code.ACCOUNT_NO_KEY)

    engine.refresh_balance = no_key  # type: ignore[method-assign]
    stage.spawned.drop()
    pricing.set_service(ServiceName.TOPAZ)
    with pytest.raises(AccountError):
        stage.spawned.run()
    assert footer.button.label() == "Add your Topaz key…"
    assert not footer.all_button.isVisible()
    asked: list[str] = []
    stage.window.commands.provide("key", lambda: asked.append("key"))
    footer.button.click()
    stage.session.enhance()
    assert asked == ["key"]
    assert "enqueue" not in stage.spawned.names()
    engine.refresh_balance = there  # type: ignore[method-assign]
    stage.spawned.drop()
    pricing.ask_balance()
    stage.spawned.run()
    assert footer.button.label().endswith("1 credit")


def test_a_cancelled_second_try_is_not_a_failure(stage: Stage) -> None:
    first, *_ = _five(stage)
    _finish(stage, first)
    first.result = first.job
    _finish(stage, first, state=JobState.CANCELLED)
    assert first.section is Section.FINISHED
    assert finished_note([first]) == "1 done"


def test_what_all_would_cost_is_not_worked_out_again_for_a_selection(stage: Stage) -> None:
    """Each click in the list of 10,000 made the plan for all of them twice."""
    first, second, *_ = _five(stage)
    pricing, view = stage.session.pricing, stage.window.pictures.view
    everything = pricing.held_all
    view.choose([first.id, second.id], second.id)
    assert pricing.held_all is everything
    assert len(pricing.plan.ids) == 2
    view.selectAll()
    assert pricing.held_all is everything
    assert pricing.plan.ids == everything.plan.ids
    assert pricing.plan.scope.kind is ScopeKind.SELECTED


def test_no_second_button_for_the_same_pictures(stage: Stage) -> None:
    """With one picture in the list, two buttons beside each other said the same at the same price."""
    first, *others = _five(stage)
    view, footer = stage.window.pictures.view, stage.window.footer
    view.selectAll()
    assert footer.button.label().startswith("Enhance 5 pictures · ")
    assert not footer.all_button.isVisible()
    _finish(stage, *others)
    view.choose([first.id], first.id)
    assert footer.button.label() == "Enhance this picture · 1 credit"
    assert not footer.all_button.isVisible()


def test_what_only_stands_in_the_queue_is_not_called_being_enhanced(stage: Stage) -> None:
    """A run with hours may wait for them all day."""
    first, second, *_ = _five(stage)
    view, button = stage.window.pictures.view, stage.window.footer.button
    jobs = []
    for picture, name in ((first, "one"), (second, "two")):
        assert picture.info is not None
        job = job_of(draft(picture.info, stage.session.pricing.prices.model, stage.session.pricing.prices.recipe), name)
        jobs.append(replace(job, run_id="run"))
        stage.context.events.emit(JobAdded(jobs[-1]))
    view.choose([first.id], first.id)
    assert button.label() == "This picture is in the queue"
    view.choose([first.id, second.id], first.id)
    assert button.label() == "2 selected are in the queue"
    assert not button.isEnabled()
    stage.context.events.emit(JobChanged(replace(jobs[0], state=JobState.PREPARING)))
    stage.session.library.queue.changed.emit()
    assert button.label() == "Enhancing 2 selected…"


def test_all_is_done_once_nothing_is_in_progress(stage: Stage) -> None:
    """With nothing selected, the button said so while everything was still on its way, or in doubt."""
    pictures, button = _five(stage), stage.window.footer.button
    view = stage.window.pictures.view
    view.choose([], pictures[0].id)
    _finish(stage, *pictures[1:])
    _finish(stage, pictures[0], state=JobState.DOUBTFUL)
    assert button.label() == "Nothing else to enhance"
    assert not button.isEnabled()
    _finish(stage, pictures[0])
    assert button.label() == "All done"


def test_the_menu_offers_only_what_the_buttons_would_do(stage: Stage) -> None:
    commands, footer = stage.window.commands, stage.window.footer
    assert not footer.button.isEnabled()
    assert not commands["enhance"].isEnabled(), "there is nothing to enhance"
    assert not commands["enhance_all"].isEnabled()
    first, *_ = _five(stage)
    stage.window.pictures.view.choose([first.id], first.id)
    assert commands["enhance"].isEnabled()
    assert commands["enhance_all"].isEnabled()


def test_a_key_that_is_hammered_buys_once(stage: Stage) -> None:
    """Eleven quick presses bought a picture, put it back in line by "Enhance again…", and bought it once more."""
    now = [0.0]
    stage.window.footer.presses.clock = lambda: now[0]
    [picture] = _five(stage)[:1]
    view, footer = stage.window.pictures.view, stage.window.footer
    _finish(stage, picture)
    view.choose([picture.id], picture.id)
    assert footer.button.label() == "Enhance again…"
    for _ in range(11):
        now[0] += 0.1
        QTest.keyClick(stage.window, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert footer.button.label() == "Enhance this picture · 1 credit", "the first press put it back in line"
    assert "enqueue" not in stage.spawned.names()
    now[0] += 2
    QTest.keyClick(stage.window, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert stage.spawned.names().count("enqueue") == 1


def test_quick_presses_for_one_picture_after_the_other_are_not_one(stage: Stage) -> None:
    stage.window.footer.presses.clock = lambda: 0.0
    for number, picture in enumerate(_five(stage)[:2], 1):
        stage.window.pictures.view.choose([picture.id], picture.id)
        QTest.keyClick(stage.window, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        _drop_but_starts(stage)
        stage.spawned.run()
        assert len(stage.context.engine.taken) == number
