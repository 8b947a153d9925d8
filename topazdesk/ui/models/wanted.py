"""What a pressed button is about that spends money."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from topazdesk.ui.models.picture import Picture
from topazdesk.ui.models.spending_limits import Held


@dataclass(frozen=True, slots=True)
class Wanted:
    """`held` returns what the button would do now.

    `results_of`: what its plan means where that is several results of each picture; see `WindowSession.enhance`.
    `done` is called when it has been started, or nobody wants it any more.
    """

    held: Callable[[], Held]
    results_of: Callable[[Iterable[int]], list[Picture]] | None = None
    done: Callable[[], None] = lambda: None
