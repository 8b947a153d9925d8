"""Which of several candidates stand in the cells of the 2 × 2, which two are compared alone, and the menu of a cell."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtGui import QActionGroup

from topazdesk.ui.controls import Menu
from topazdesk.ui.texts import tr
from topazdesk.ui.viewer.side import CELLS, Side


@dataclass(slots=True)
class CellChoice:
    """Candidates by their numbers from 0, each in at most one cell."""

    numbers: list[int]

    @classmethod
    def of(cls, origin: int, others: Sequence[int]) -> CellChoice:
        """Return the origin, and of the others (the most wanted last) as many as there are cells for, in order."""
        return cls([origin, *sorted(others[-(len(CELLS) - 1) :])])

    def number(self, side: Side) -> int | None:
        """Return the candidate in the cell of a side, or None."""
        at = CELLS.index(side)
        return self.numbers[at] if at < len(self.numbers) else None

    def two(self, one: Side, other: Side) -> list[int]:
        """Return the candidates in two cells, in the order of the cells."""
        found = (self.number(side) for side in sorted((one, other), key=CELLS.index))
        return [number for number in found if number is not None]

    def put(self, side: Side, number: int) -> None:
        """Put a candidate into a cell; if it stands in another one, the two change places."""
        at = CELLS.index(side)
        if at >= len(self.numbers):
            return
        if number in self.numbers:
            self.numbers[self.numbers.index(number)] = self.numbers[at]
        self.numbers[at] = number

    def step(self, side: Side, by: int, numbers: Iterable[int]) -> bool:
        """Put the next candidate into a cell, of those that stand in no other one; -1 the previous one."""
        now = self.number(side)
        free = [number for number in numbers if number == now or number not in self.numbers]
        if now not in free or len(free) < 2:
            return False
        self.put(side, free[(free.index(now) + by) % len(free)])
        return True

    def add(self, number: int) -> None:
        """Give a new candidate the next cell, or the last one where all are taken."""
        if len(self.numbers) < len(CELLS):
            self.numbers.append(number)
        else:
            self.numbers[-1] = number


@dataclass(frozen=True, slots=True)
class CellVerbs:
    """What the menu of a cell can do besides what is about a single result."""

    put: Callable[[Side, int], None]
    compare: Callable[[Side, Side], None]


def fill_cell_menu(
    menu: Menu, side: Side, names: Mapping[int, str], choice: CellChoice, verbs: CellVerbs, *, by_place: bool = True
) -> None:
    """Offer all candidates for a cell, by their names, and the comparison with each of the other cells.

    Cells are called by their place, or else by the number of what stands in them.
    """

    def called(number: int | None) -> int:
        return choice.numbers.index(number) + 1 if by_place and number is not None else number or 0

    menu.add_title(tr("Show in cell {n}").format(n=called(choice.number(side))))
    group = QActionGroup(menu)
    for number, name in names.items():
        is_elsewhere = number in choice.numbers and number != choice.number(side)
        text = tr("{name} (from cell {n})").format(name=name, n=called(number)) if is_elsewhere else name
        entry = menu.addAction(text.replace("&", "&&"))
        entry.setCheckable(True)
        entry.setChecked(choice.number(side) == number)
        entry.triggered.connect(lambda _checked=False, number=number: verbs.put(side, number))
        group.addAction(entry)
    menu.add_title(tr("Compare with"))
    for other, number in zip(CELLS, choice.numbers, strict=False):
        if other is not side:
            text = tr("Cell {n}: {name}").format(n=called(number), name=names[number])
            entry = menu.addAction(text.replace("&", "&&"))
            entry.triggered.connect(lambda _checked=False, other=other: verbs.compare(side, other))
