"""The list of pictures in three sections, filtered and sorted; 10,000 rows cost nothing until they are shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from topazdesk.domain.alterations import Alteration, alterations_text
from topazdesk.domain.displayed_text import one_line
from topazdesk.domain.image import PictureKey
from topazdesk.domain.job import JobState, Verdict
from topazdesk.domain.text_search import searchable
from topazdesk.domain.usage_rights import reservations_text
from topazdesk.language import comma, titled
from topazdesk.ui.models.equal_names import EqualNames
from topazdesk.ui.models.job_texts import stage_text
from topazdesk.ui.models.picture import Picture, Section, shown_name
from topazdesk.ui.models.prices import Price
from topazdesk.ui.runtime.debounce import Debounce
from topazdesk.ui.texts import (
    charged_text,
    ntr,
    number,
    pixel_shape_text,
    plain_tip,
    size_text,
    state_text,
    tr,
    translated,
)

Index = QModelIndex | QPersistentModelIndex
PriceOf = Callable[[Picture], Price | None]
ChangesOf = Callable[[Picture], Sequence[Alteration]]

#: The least time between two moves of rows to other sections while work goes on, in milliseconds.
_ARRANGE_MS = 50


class Order(StrEnum):
    """How the rows of a section are sorted."""

    ADDED = "added"
    NAME = "name"
    PIXELS = "pixels"


@dataclass(slots=True, eq=False)
class Head:
    """The heading of a section. `first` is the row after it; `count` of its `total` pictures pass the filter."""

    section: Section
    count: int = 0
    first: int = 0
    folded: bool = False
    note: str = ""
    total: int = 0


Entry = Head | Picture


class PictureModel(QAbstractListModel):
    """The pictures by id, and the rows made of them. All changes go through its methods, so that the window follows.

    `about_to_arrange` and `arranged` are emitted before and after rows move; selections are kept by id and must be
    restored then. `counted` is emitted when the number of pictures, in all or in a section, may have changed.
    """

    about_to_arrange = Signal()
    arranged = Signal()
    counted = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pictures: dict[int, Picture] = {}
        self._by_key: dict[PictureKey, Picture] = {}
        self._equal = EqualNames()
        self._members: dict[Section, dict[int, Picture]] = {section: {} for section in Section}
        self._section_of: dict[int, Section] = {}
        self._unsorted: set[Section] = set()
        self._entries: list[Entry] = []
        self._row_of: dict[int, int] = {}
        self._heads = {section: Head(section) for section in Section}
        self._next_id = 1
        self._filter = ""
        self._order = Order.ADDED
        self._price_of: PriceOf = lambda _picture: None
        self._changes_of: ChangesOf = lambda _picture: ()
        self._timer = Debounce(_ARRANGE_MS, self._lay_rows, self)

    # called by Qt

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        """Return the number of rows, for headings and pictures."""
        return 0 if parent.isValid() else len(self._entries)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return texts for tool tips and screen readers; the view paints from `entry`."""
        entry = self.entry(index.row())
        if entry is None:
            return None
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            if isinstance(entry, Head):
                return _heading(entry)
            said = alterations_text(self._changes_of(entry)) if self.is_marked(entry) else ""
            return comma().join(filter(None, (spoken(entry), said)))
        if role == Qt.ItemDataRole.ToolTipRole and isinstance(entry, Picture):
            return plain_tip(self.tooltip(entry))
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Make pictures selectable and draggable, but not headings."""
        entry = self.entry(index.row())
        if isinstance(entry, Picture):
            usable = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsDragEnabled
            return usable | Qt.ItemFlag.ItemNeverHasChildren
        return Qt.ItemFlag.ItemIsEnabled if entry is not None else Qt.ItemFlag.NoItemFlags

    # lookups

    def __len__(self) -> int:
        return len(self._pictures)

    def entry(self, row: int) -> Entry | None:
        """Return the heading or picture in a row, or None."""
        return self._entries[row] if 0 <= row < len(self._entries) else None

    def heads(self) -> list[Head]:
        """Return the headings that are shown, in order."""
        return [head for head in self._heads.values() if head.total]

    def head(self, section: Section) -> Head:
        """Return the heading of a section, shown or not."""
        return self._heads[section]

    def picture(self, picture_id: int) -> Picture | None:
        """Return the picture with this id, or None if it has been removed."""
        return self._pictures.get(picture_id)

    def at(self, path: Path, page: int = 0) -> Picture | None:
        """Return the picture of a page of a file, or None."""
        return self._by_key.get((path, page))

    def pictures(self) -> list[Picture]:
        """Return all pictures, in the order they were added."""
        return list(self._pictures.values())

    def in_section(self, section: Section) -> list[Picture]:
        """Return all pictures of a section, filtered out or not, in the order they were added."""
        return list(self._sorted_members(section).values())

    def matching(self, section: Section) -> list[Picture]:
        """Return the pictures of a section that the filter shows, folded or not, in the order they were added."""
        members, words = self._sorted_members(section).values(), self._filter.split()
        return [picture for picture in members if _matches(picture, words)] if words else list(members)

    def is_match(self, picture: Picture) -> bool:
        """Return whether the filter shows a picture."""
        return not self._filter or _matches(picture, self._filter.split())

    def row_of(self, picture_id: int) -> int:
        """Return the row of a picture, or -1 if it is not shown."""
        return self._row_of.get(picture_id, -1)

    def ids(self, rows: Iterable[int]) -> list[int]:
        """Return the ids of the pictures in these rows; headings are skipped."""
        found = (self.entry(row) for row in rows)
        return [entry.id for entry in found if isinstance(entry, Picture)]

    def shown_ids(self) -> list[int]:
        """Return the ids of the pictures shown, in the order of the rows."""
        return [entry.id for entry in self._entries if isinstance(entry, Picture)]

    def price_of(self, picture: Picture) -> Price | None:
        """Return what a picture costs with the present recipe, or None while that is not known."""
        return self._price_of(picture)

    def tooltip(self, picture: Picture) -> str:
        """Return what the row of a picture has no room for: the path, and a fault or the price charged."""
        parts = [one_line(str(picture.path), 4_000)]
        job, price = picture.job, self.price_of(picture)
        if picture.is_stale:
            parts.append(tr("The original was changed after it was sent: the result is of the older picture."))
        if job is not None and picture.section is not Section.TODO and job.trouble is not None:
            parts.append(titled(job.trouble.title, job.trouble.hint))
        elif job is not None and picture.section is Section.FINISHED and job.charged is not None:
            parts.append(charged_text(job.charged, job.recipe.service.unit))
        elif picture.section is Section.TODO and price is not None and price.refusal is not None:
            parts.append(translated(price.refusal.hint))
        if changes := self._changes_of(picture):
            told_of = tr("Before it was sent: {changes}") if picture.was_sent else tr("Before it is sent: {changes}")
            parts.append(told_of.format(changes=alterations_text(changes)))
        if picture.info is not None and not picture.info.grid.is_square:
            parts.append(pixel_shape_text(picture.info.grid))
        if picture.info is not None and picture.info.pages > 1 and not picture.info.is_page_chosen:
            parts.append(tr("The context menu has its other pages."))
        if picture.info is not None and picture.info.reservations:
            parts.append(tr("Rights: {rights}").format(rights=translated(reservations_text(picture.info.reservations))))
        return "\n".join(parts)

    @property
    def filter_text(self) -> str:
        """The filter in force."""
        return self._filter

    @property
    def order(self) -> Order:
        """The order in force."""
        return self._order

    def is_marked(self, picture: Picture) -> bool:
        """Whether the row says that another picture will be sent than the file has; the tool tip says what changes."""
        return picture.section is Section.TODO and any(change.is_visible for change in self._changes_of(picture))

    # changes

    def show_changes(self, changes_of: ChangesOf) -> None:
        """Take from `changes_of` what is changed of a picture before it is sent, or was, from now on."""
        self._changes_of = changes_of

    def show_prices(self, price_of: PriceOf) -> None:
        """Take prices from `price_of` from now on."""
        self._price_of = price_of
        self.touched_all()

    def add(self, paths: Iterable[Path]) -> list[Picture]:
        """Add rows for files that are not in the list yet, and return the new pictures."""
        return self.add_pages((path, None) for path in paths)

    def add_pages(self, wanted: Iterable[tuple[Path, int | None]]) -> list[Picture]:
        """Add rows for pages of files, from 0; None is the first page where nobody chose one."""
        new = []
        for path, page in wanted:
            if (path, page or 0) not in self._by_key:
                picture = Picture(self._next_id, path, page=page)
                self._next_id += 1
                self._pictures[picture.id] = self._by_key[picture.key] = picture
                self._members[Section.TODO][picture.id] = picture
                self._section_of[picture.id] = Section.TODO
                new.append(picture)
        if new:
            self._equal.add(new)
            self._append(new)
        return new

    def choose_page(self, picture: Picture) -> None:
        """Take in that the first page of a file was chosen, so that its further pages stand beside it by number."""
        self._equal.remove([picture])
        picture.choose_page(0)
        self._equal.add([picture])
        self.touched(picture)

    def remove(self, ids: Iterable[int]) -> None:
        """Remove pictures from the list; files are not touched."""
        gone = [p for p in (self._pictures.pop(i, None) for i in ids) if p is not None]
        for picture in gone:
            del self._by_key[picture.key]
            self._members[self._section_of.pop(picture.id)].pop(picture.id)
        if gone:
            self._equal.remove(gone)
            self._lay_rows()

    def set_filter(self, text: str) -> None:
        """Show only pictures with every word of `text` in their name, in the folder that the row shows, or state."""
        if searchable(text.strip()) != self._filter:
            self._filter = searchable(text.strip())
            self._lay_rows()

    def set_order(self, order: Order) -> None:
        """Sort every section by `order`."""
        if order is not self._order:
            self._order = order
            self._lay_rows()

    def set_folded(self, section: Section, folded: bool) -> None:
        """Fold a section to its heading, or open it."""
        self._heads[section].folded = folded
        self._lay_rows()

    def touched(self, picture: Picture) -> None:
        """Repaint a picture that has changed, and move it a moment later if it belongs to another section now."""
        if self._place(picture):
            # The longer the list, the less often it is rebuilt, so that this takes the same share of the time.
            self._timer.soon(_ARRANGE_MS + len(self._pictures) // 50)
        row = self._row_of.get(picture.id, -1)
        if row >= 0:
            self._repaint(row)

    def touched_all(self) -> None:
        """Repaint all visible pictures, as every one may look different (because of prices)."""
        if self._entries:
            self.dataChanged.emit(self.index(0), self.index(len(self._entries) - 1))

    def set_note(self, section: Section, note: str) -> None:
        """Set the text at the right of a heading."""
        head = self._heads[section]
        if head.note != note:
            head.note = note
            if head.total:
                self._repaint(head.first - 1)

    def arrange(self) -> None:
        """Determine the section of every picture again, and rebuild the rows at once."""
        for picture in self._pictures.values():
            self._place(picture)
        self._lay_rows()

    def _place(self, picture: Picture) -> bool:
        """Note which section a picture is in now. Return whether it was in another."""
        section, before = picture.section, self._section_of.get(picture.id)
        if before is None or before is section:
            return False
        members = self._members[section]
        self._members[before].pop(picture.id)
        if members and next(reversed(members)) > picture.id:
            self._unsorted.add(section)
        members[picture.id] = picture
        self._section_of[picture.id] = section
        return True

    def _sorted_members(self, section: Section) -> dict[int, Picture]:
        """Return the pictures of a section by id, which is the order they were added in."""
        if section in self._unsorted:
            self._unsorted.discard(section)
            self._members[section] = dict(sorted(self._members[section].items()))
        return self._members[section]

    def _lay_rows(self) -> None:
        """Rebuild the rows. This takes a millisecond or two for 10,000, and happens at most twenty times a second."""
        self._timer.stop()
        self.about_to_arrange.emit()
        words = self._filter.split()
        entries: list[Entry] = []
        for section in Section:
            members = self._sorted_members(section)
            group = [p for p in members.values() if _matches(p, words)] if words else list(members.values())
            head = self._heads[section]
            head.total = len(members)
            head.count = len(group)
            if not head.total:
                continue
            entries.append(head)
            head.first = len(entries)
            if not head.folded:
                entries += self._sorted(group)
        self.beginResetModel()
        self._entries = entries
        self._row_of = {entry.id: row for row, entry in enumerate(entries) if type(entry) is Picture}
        self.endResetModel()
        self.arranged.emit()
        self.counted.emit()

    def _append(self, new: list[Picture]) -> None:
        """Add rows for new pictures, if possible without rebuilding the others, as a folder comes in many portions."""
        head = self._heads[Section.TODO]
        if not head.total or head.folded or self._filter or self._order is not Order.ADDED:
            self._lay_rows()
            return
        at = head.first + head.count
        self.about_to_arrange.emit()
        self.beginResetModel()
        self._entries[at:at] = new
        head.total += len(new)
        head.count += len(new)
        for below in self._heads.values():
            if below is not head:
                below.first += len(new)
        rows = enumerate(self._entries[at:], start=at)
        self._row_of.update({entry.id: row for row, entry in rows if type(entry) is Picture})
        self.endResetModel()
        self.arranged.emit()
        self.counted.emit()

    def _sorted(self, group: list[Picture]) -> list[Picture]:
        if self._order is Order.NAME:
            return sorted(group, key=_by_name)
        if self._order is Order.PIXELS:
            return sorted(group, key=lambda p: -p.size.pixels if p.size else 0)
        return group

    def _repaint(self, row: int) -> None:
        index = self.index(row)
        self.dataChanged.emit(index, index)


def _by_name(picture: Picture) -> tuple[str, int]:
    """Return what rows are sorted by: pages of a file by their numbers."""
    name = picture.sort_name if picture.page is None else searchable(shown_name(picture.path))
    return name, picture.page or 0


def section_title(section: Section) -> str:
    """Return the title of a section."""
    return {
        Section.TODO: tr("To enhance"),
        Section.PROGRESS: tr("In progress"),
        Section.FINISHED: tr("Finished"),
    }[section]


def _heading(head: Head) -> str:
    return " · ".join(part for part in (f"{section_title(head.section)} {head.total}", head.note) if part)


def _matches(picture: Picture, words: list[str]) -> bool:
    return all(
        word in picture.sort_name
        or word in _state_word(picture)
        or (picture.namesakes is not None and word in searchable(picture.folder))
        for word in words
    )


def _state_word(picture: Picture) -> str:
    """Return the words besides its name by which the filter finds a picture."""
    verdict = f" {verdict_word(picture.verdict)}" if picture.result is not None else ""
    return _searchable_state(f"{_state(picture)}{verdict}")


def verdict_word(verdict: Verdict) -> str:
    """Return the word by which the filter finds pictures with this mark."""
    return {
        Verdict.NONE: tr("unmarked"),
        Verdict.KEPT: tr("kept"),
        Verdict.REJECTED: tr("rejected"),
    }[verdict]


def _state(picture: Picture) -> str:
    if picture.outcome is not None and picture.section is not Section.TODO:
        return state_text(picture.outcome.state)
    if picture.outcome is not None and picture.outcome.state is JobState.CANCELLED:
        return f"{section_title(picture.section)} {state_text(picture.outcome.state)}"
    return section_title(picture.section)


@lru_cache(maxsize=64)
def _searchable_state(text: str) -> str:
    """Return what `searchable` does: a filter asks for the few words of the states once a picture."""
    return searchable(text)


def spoken(picture: Picture) -> str:
    """Return the text of a row for screen readers."""
    parts = [picture.name]
    if picture.folder:
        parts.append(tr("in {folder}").format(folder=picture.folder))
    if picture.size is not None:
        parts.append(size_text(picture.size))
    if picture.recipe is not None:
        parts.append(tr("own settings"))
    if picture.outcome is not None and picture.section is not Section.TODO:
        parts.append(stage_text(picture.outcome, picture.percent))
    if picture.verdict is not Verdict.NONE:
        parts.append(verdict_word(picture.verdict))
    if picture.is_stale:
        parts.append(tr("original changed since"))
    return comma().join(parts)


def finished_note(pictures: Iterable[Picture]) -> str:
    """Return for instance "3 done · 1 failed"."""
    done = failed = 0
    for picture in pictures:
        job = picture.outcome
        if job is None or job.state is JobState.DONE:
            done += 1
        else:
            failed += 1
    parts = []
    if done:
        parts.append(ntr("{n} done", "{n} done", done).format(n=number(done)))
    if failed:
        parts.append(ntr("{n} failed", "{n} failed", failed).format(n=number(failed)))
    return " · ".join(parts)
