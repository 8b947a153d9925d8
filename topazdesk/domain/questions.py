"""Which answers still count where several questions about one thing may be under way at the same time.

The answer to an earlier question may come after that to a later one, and says what was so before.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable
from typing import Generic, TypeVar

Subject = TypeVar("Subject", bound=Hashable)


class Questions(Generic[Subject]):
    """Numbers the questions about each subject, in the order in which they are asked."""

    def __init__(self) -> None:
        self._asked: Counter[Subject] = Counter()
        self._answered: Counter[Subject] = Counter()

    def ask(self, about: Subject) -> int:
        """Return the number of a new question."""
        self._asked[about] += 1
        return self._asked[about]

    def is_latest(self, about: Subject, question: int) -> bool:
        """Whether no later question was asked, whose answer is waited for instead."""
        return self._asked[about] == question

    def is_news(self, about: Subject, question: int) -> bool:
        """Whether no later question was answered. For an answer that has just come: from now on it counts as given."""
        if question < self._answered[about]:
            return False
        self._answered[about] = question
        return True
