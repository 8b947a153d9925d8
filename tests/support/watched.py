"""A window that does not answer for 100 ms fails its test: a fixture for every conftest of window tests.

    from tests.support.watched import window_answers  # noqa: F401

What counts is the product's own work in Qt's loop, by `Gap.own_s`: on a loaded machine that is the processor time of the window's
thread, so that other programs cannot fail a test by taking the processor. They still share its caches and its cores' halves,
which makes the same work up to twice as long: there the limit is higher. What a test does by itself between two turns of the loop,
or calls directly, is not a gap of the product's. `@pytest.mark.slow_loop("why")` takes a test out; it needs a reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import pytestqt
from PySide6.QtWidgets import QApplication

from topazdesk.ui.watchdog import LIMIT_S, Gap, Watchdog

_TESTS = Path(__file__).parents[1]
_WAITS = Path(pytestqt.__file__).parent
#: How much longer the same work may take where other programs share the machine.
_LOADED = 2.5
#: What does not keep to 100 ms yet, each built in one turn of the loop: a model's form with the recipe panel around it
#: (110 to 250 ms), the gallery's cards (180 to 250 ms) and a change of the theme in an open window (450 ms). They are
#: held to a limit of their own, so that they cannot grow; nothing else is excused.
_STILL_SLOW = re.compile(
    r"topazdesk/ui/(forms/|panels/recipe\.py|dialogs/gallery)"
    r"|topazdesk/ui/dialogs/openers\.py:\d+ (_gallery|_apply)$"
    r"|topazdesk/ui/theme\.py:\d+ (apply|put)$"  # not its fonts and colours, which everything that paints asks for
)
_STILL_SLOW_S = 0.6


@pytest.fixture(autouse=True)
def window_answers(request: pytest.FixtureRequest, qapp: QApplication) -> Iterator[None]:
    """Watches the test; fails it at its end when the loop stood still for too long."""
    gaps: list[Gap] = []
    dog = Watchdog(gaps.append, beat_ms=20, also=(_TESTS, _WAITS))
    dog.start()
    yield
    dog.stop()
    dog.deleteLater()
    if request.node.get_closest_marker("slow_loop") is None:
        told = [str(gap) for gap in gaps if is_too_long(gap) and is_the_products(gap)]
        assert not told, "the window did not answer for " + "\n".join(told)


def is_too_long(gap: Gap) -> bool:
    """Whether a user would have felt it, had the machine been the test's alone."""
    known = any(_STILL_SLOW.match(place) for stack in gap.stacks for place in stack)
    limit_s = _STILL_SLOW_S if known else LIMIT_S
    return gap.own_s > limit_s * (_LOADED if gap.is_loaded else 1.0)


def is_the_products(gap: Gap) -> bool:
    """Whether what was mostly seen in the gap is work of the product that Qt's loop had called."""
    for number, place in enumerate(gap.stacks[0] if gap.stacks else ()):
        if is_loop(place):
            return number > 0
        if not place.startswith("topazdesk/") and (number > 0 or "tests/" in place or "/test_" in place):
            return False  # only the innermost place may be of a library
    return False


def is_loop(place: str) -> bool:
    """Where a stack shows Qt's loop: the window's own, or that of a waiting test."""
    return (place.startswith("topazdesk/ui/loop.py:") and place.endswith(" _run")) or "/pytestqt/" in place
