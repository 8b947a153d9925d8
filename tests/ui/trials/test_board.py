"""What was tried where: a result is found again wherever frame and settings come back to it, and is not tried twice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.support.queue_jobs import NOW, job
from topazdesk.domain.geometry import OutputSize, Size
from topazdesk.domain.job import Job, JobState
from topazdesk.domain.recipe import OutputOptions, Recipe
from topazdesk.domain.services import ServiceName
from topazdesk.domain.trial import Patch, TrialOf
from topazdesk.ui.trials.board import Board
from topazdesk.ui.trials.texts import facts_text

PICTURE = Path("/pictures/street.jpg")
HERE, THERE = Patch(100, 100, 256, 256), Patch(400, 100, 256, 256)


def recipe(model: str, **values: float) -> Recipe:
    return Recipe.of(ServiceName.TOPAZ, model, values, OutputOptions(OutputSize.scale(4)))


def tried(name: str, patch: Patch | None, wish: Recipe, state: JobState = JobState.DONE, **changes: Any) -> Job:
    there: dict[str, Any] = {"result": Path(f"/results/{name}.png")} if state is JobState.DONE else {}
    return job(name, state, trial=TrialOf(PICTURE, patch, wish), **there, **changes)


def board(*jobs: Job) -> Board:
    made = Board.fresh(PICTURE, Size(1500, 1000))
    for each in jobs:
        assert each.trial is not None
        made.know(each.trial, each)
    return made


def test_it_comes_back_at_the_newest_place_with_its_candidates() -> None:
    first, second, third = recipe("recover-3"), recipe("bloom-2"), recipe("standard-2")
    found = board(
        tried("old", THERE, third, created_at=NOW - 500),
        tried("one", HERE, first, position=1),
        tried("two", HERE, second, JobState.FAILED, position=2),
    )
    found.bring_back()
    assert found.place == HERE
    assert [each.recipe for each in found.candidates] == [first, second]
    assert found.chosen == 1, "the first that has a result"
    assert [each.recipe for each in found.open()] == [second], "what failed may be tried again, what is there not"
    found.patch = Patch(0, 0, 256, 256)
    assert len(found.open()) == 2, "nothing was tried here"
    assert found.elsewhere() == HERE
    found.patch = HERE
    assert found.elsewhere() is None
    entry = found.candidates[0]
    entry.recipe = recipe("recover-3", texture=3)
    assert found.result(entry) is None
    entry.recipe = recipe("recover-3")
    assert found.result(entry) is not None, "a setting that is put back has its result"
    found.whole = True
    assert len(found.open()) == 2


def test_a_result_counts_more_than_a_later_failure() -> None:
    wish = recipe("recover-3")
    found = board(tried("one", HERE, wish), tried("two", HERE, wish, JobState.FAILED, created_at=NOW + 9))
    found.bring_back()
    kept = found.result(found.candidates[0])
    assert kept is not None
    assert kept.id == "one"
    assert found.open() == []
    found.forget("one")
    assert found.result(found.candidates[0]) is None


def test_four_at_most_and_the_same_recipe_is_paid_once() -> None:
    found = board()
    found.patch = HERE
    found.add([recipe("recover-3")] * 5)
    assert len(found.candidates) == 4
    assert len(found.open()) == 1
    found.chosen = 3
    found.remove(2)
    assert (len(found.candidates), found.chosen) == (3, 2), "the same one is looked at"
    found.remove(2)
    assert found.chosen == 2
    found.remove(2)
    assert (len(found.candidates), found.chosen) == (1, 1)


def test_what_is_undone_finds_its_results_again() -> None:
    first, second = recipe("recover-3"), recipe("recover-3", sharpen=0.5)
    found = board(tried("one", HERE, first))
    found.bring_back()
    before = found.lineup
    found.history.record(before, "sharpen")
    found.candidates[0].recipe = second
    assert found.result(found.candidates[0]) is None
    there = found.history.undo(found.lineup)
    assert there == before
    found.line_up(there)
    assert found.result(found.candidates[0]) is not None
    again = found.history.redo(found.lineup)
    assert again == (1, (second,))


def test_what_it_cost_so_far() -> None:
    wish = recipe("recover-3")
    unit = ServiceName.TOPAZ.unit
    sent: dict[str, Any] = {"submitted_at": NOW}
    one = tried("one", HERE, wish, charged=1, **sent)
    two = tried("two", HERE, recipe("bloom-2"), charged=2, by_source=True, **sent)
    three = tried("three", HERE, recipe("standard-2"), JobState.RUNNING, by_source=True, **sent)
    assert facts_text([], unit) == ""
    assert facts_text([one, two, three], unit) == "3 credits charged · one upload, 2 results"
