"""Undo and redo against a plain list of states, and what counts as one step."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from topazdesk.ui.models.history import PAUSE_S, History


class Watch:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@given(st.lists(st.one_of(st.integers(0, 5), st.sampled_from(["undo", "redo"])), max_size=60))
def test_it_follows_a_plain_list_of_states(acts: list[int | str]) -> None:
    history: History[int] = History(Watch())
    states, place, present = [0], 0, 0
    for act in acts:
        if act == "undo":
            found = history.undo(present)
            assert (found is not None) is (place > 0)
            place = max(0, place - 1)
        elif act == "redo":
            found = history.redo(present)
            assert (found is not None) is (place < len(states) - 1)
            place = min(len(states) - 1, place + 1)
        elif act != present:
            assert isinstance(act, int)
            history.record(present, "thing")
            history.seal()
            states, place = [*states[: place + 1], act], place + 1
        present = states[place]
        assert (history.can_undo, history.can_redo) == (place > 0, place < len(states) - 1)


def test_a_drag_is_one_step_and_the_next_drag_another() -> None:
    watch = Watch()
    history: History[int] = History(watch)
    present = 0
    for _drag in range(2):
        for _move in range(5):
            history.record(present, "slider", held=True)
            present += 1
            watch.now += 2  # a slow hand
        history.seal()
    assert history.undo(present) == 5
    assert history.undo(5) == 0
    assert history.undo(0) is None


def test_quick_keys_on_one_thing_are_one_step_others_are_not() -> None:
    watch = Watch()
    history: History[int] = History(watch)
    history.record(0, "size")
    history.record(1, "size")
    history.record(2, "format")
    watch.now += PAUSE_S
    history.record(3, "format")
    assert [history.undo(4), history.undo(3), history.undo(2)] == [3, 2, 0]


def test_a_new_change_ends_the_way_forward() -> None:
    history: History[int] = History(Watch())
    history.record(0, "a")
    assert history.undo(1) == 0
    assert history.can_redo
    history.record(0, "b")
    assert not history.can_redo
