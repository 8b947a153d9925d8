"""Files that come into the window go by their kind: to the recipe, or to the list."""

from __future__ import annotations

from pathlib import Path

from topazdesk.app.sidecar_names import is_sidecar
from topazdesk.ui.shell.arrivals import Kinds, by_kind

PRESET, SIDECAR, ONE, TWO = (Path(name) for name in ("a.topazpreset", "a.jpg.topazdesk.json", "a.jpg", "b.jpg"))


def test_the_names_are_what_they_stand_for() -> None:
    assert is_sidecar(SIDECAR)
    assert by_kind([PRESET], dropped=False) == Kinds(presets=(PRESET,))


def test_what_is_chosen_or_pasted_is_taken_as_it_is() -> None:
    assert by_kind([ONE], dropped=False) == Kinds(pictures=(ONE,))
    assert by_kind([SIDECAR], dropped=False) == Kinds(pictures=(SIDECAR,)), "what it is tells the list of refused files"
    assert by_kind([PRESET, ONE], dropped=False) == Kinds((PRESET,), None, (ONE,))


def test_a_single_file_that_is_dropped_may_bring_back_how_it_was_made() -> None:
    assert by_kind([ONE], dropped=True) == Kinds(origin=ONE)
    assert by_kind([SIDECAR], dropped=True) == Kinds(origin=SIDECAR)
    assert by_kind([PRESET], dropped=True) == Kinds(presets=(PRESET,))


def test_of_many_that_are_dropped_the_pictures_are_meant() -> None:
    assert by_kind([ONE, TWO], dropped=True) == Kinds(pictures=(ONE, TWO))
    assert by_kind([ONE, SIDECAR], dropped=True) == Kinds(pictures=(ONE,))
    assert by_kind([PRESET, SIDECAR], dropped=True) == Kinds(presets=(PRESET,))
    assert by_kind([SIDECAR, SIDECAR], dropped=True) == Kinds(origin=SIDECAR)


def test_nothing_is_nothing() -> None:
    assert by_kind([], dropped=True) == by_kind([], dropped=False) == Kinds()
