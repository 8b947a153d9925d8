"""Builds the context menu of pictures: the same verbs in the same order in the list, the viewer and the queue."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtGui import QAction, QCursor
from PySide6.QtWidgets import QMenu, QWidget

from topazdesk.domain.job import Job
from topazdesk.ui.controls import Menu
from topazdesk.ui.host.actions import Actions
from topazdesk.ui.host.outgoing import Outgoing
from topazdesk.ui.models.picture import Picture, Section
from topazdesk.ui.texts import ntr, tr


class Part(IntEnum):
    """The parts of the menu, in order."""

    WORK = 0  # what enhances, tries again, cancels; what costs names its price
    FILES = 1  # what is done with the files
    SETTINGS = 2
    LIST = 3  # what takes it off a list


@dataclass(frozen=True, slots=True)
class Subject:
    """What a menu or key is about: pictures of the list, the picture of a job that may not be in it, or any files.

    `job` is set if it is one picture with a job whose state is shown. The picture at `current` is meant by verbs for a
    single one. `shown` is the result that is looked at, where a single picture has several, or the picture itself.
    `source` is None for a job whose original is elsewhere. `others` are files that are of no picture of the list.
    """

    pictures: Sequence[Picture] = ()
    job: Job | None = None
    current: int = 0
    shown: Path | None = None
    others: tuple[Path, ...] = ()

    @classmethod
    def of(cls, pictures: Sequence[Picture], current: int = 0, shown: Path | None = None) -> Subject:
        """Return pictures of the list as a subject; `current` is the id of the one that verbs for a single one mean."""
        job = pictures[0].job if len(pictures) == 1 and pictures[0].section is not Section.TODO else None
        place = next((at for at, picture in enumerate(pictures) if picture.id == current), 0)
        return cls(pictures, job, place, shown)

    @property
    def files(self) -> list[tuple[Path | None, Path | None]]:
        """The user's own file and the newest or shown result of each picture, as far as there are such.

        There is no result where the picture itself is what is shown.
        """
        pairs: list[tuple[Path | None, Path | None]]
        if self.others:
            return [(path, None) for path in self.others]
        if self.job is None:
            pairs = [(picture.path, self.shown or _result_of(picture)) for picture in self.pictures]
        else:
            earlier = _result_of(self.pictures[0]) if self.pictures else None
            pairs = [(None if self.job.was_found else self.job.picture, self.shown or self.job.result or earlier)]
        return [(source, None if result == source else result) for source, result in pairs]

    @property
    def best(self) -> list[Path]:
        """Of each picture the result, or else the source."""
        return [path for source, result in self.files if (path := result or source) is not None]

    @property
    def source(self) -> Path | None:
        """The source of the current picture."""
        return self.files[self.current][0] if self.files else None

    @property
    def result(self) -> Path | None:
        """The result of the current picture."""
        return self.files[self.current][1] if self.files else None


def _result_of(picture: Picture) -> Path | None:
    return picture.result.result if picture.result is not None else None


#: Adds entries for a subject to a menu.
Fill = Callable[[Menu, Subject], None]


class PictureMenus(QObject):
    """Builds the menus and runs the verbs for files, by key or from the window's menu, on what has the focus.

    Features add what they can do with `add`; a part of the window that shows pictures is made known with `add_place`.
    """

    def __init__(self, outgoing: Outgoing, commands: Actions, parent: QWidget) -> None:
        super().__init__(parent)
        self._window = parent
        self._outgoing = outgoing
        self._commands = commands
        self._fills: dict[Part, list[Fill]] = {part: [] for part in Part}
        self._places: list[tuple[QWidget, Callable[[], Subject]]] = []
        self.add(Part.FILES, self._fill_files)
        for name, run in (
            ("open_with", lambda: self._choose_program(self.subject())),
            ("show_result", lambda: self._show(self.subject().result or self.subject().source)),
            ("show_original", lambda: self._show(self.subject().source)),
            ("copy", lambda: outgoing.copy(self.subject().best)),
            ("copy_path", lambda: outgoing.copy_paths(self.subject().best)),
        ):
            commands.provide(name, run)

    def add(self, part: Part, fill: Fill) -> None:
        """Let `fill` add entries to a part of each menu."""
        self._fills[part].append(fill)

    def add_place(self, widget: QWidget, subject_of: Callable[[], Subject], *, opens: bool = True) -> None:
        """Make a part of the window known that shows pictures. The first one is meant while none has the focus.

        `opens`: Return opens the picture while the widget itself has the focus.
        """
        self._places.append((widget, subject_of))
        opening = self._commands["open"]
        if not self._commands.has("open"):
            self._commands.provide("open", lambda: self.open(self.subject()), within=widget)
            opening.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)  # Return presses buttons, too
        elif opens:
            widget.addAction(opening)

    def subject(self) -> Subject:
        """Return what a key is about: what is shown as current by the part of the window that has the focus."""
        focus = self._window.window().focusWidget()
        found = (
            get for place, get in self._places if focus is not None and (place is focus or place.isAncestorOf(focus))
        )
        get = next(found, self._places[0][1] if self._places else Subject)
        return get()

    def open(self, subject: Subject) -> None:
        """Open a picture in its program: the result, or else the source."""
        path = subject.result or subject.source
        if path is not None:
            self._outgoing.open(path)

    def menu(self, subject: Subject) -> QMenu:
        """Build the context menu for a subject."""
        menu = Menu(self._window)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setToolTipsVisible(True)
        for part in Part:
            before = menu.actions()
            for fill in self._fills[part]:
                fill(menu, subject)
            new = menu.actions()[len(before) :]
            if before and new:
                menu.insertSeparator(new[0])
        return menu

    def popup(self, subject: Subject, place: QPoint) -> None:
        """Show the context menu of a subject at a place of the screen; nothing if there is nothing to do."""
        if subject.pictures or subject.job is not None or subject.others:
            self.menu(subject).popup(place)

    def _fill_files(self, menu: Menu, subject: Subject) -> None:
        if not subject.best:
            return
        if len(subject.best) == 1:
            menu_entry(menu, self._commands["open"], tr("Open"), lambda: self.open(subject))
            menu_entry(menu, self._commands["open_with"], tr("Open with…"), lambda: self._choose_program(subject))
        if subject.result is None:
            menu_entry(menu, self._commands["show_result"], tr("Show in folder"), lambda: self._show(subject.source))
        else:
            menu_entry(
                menu, self._commands["show_result"], tr("Show result in folder"), lambda: self._show(subject.result)
            )
            if subject.source is not None:
                menu_entry(
                    menu,
                    self._commands["show_original"],
                    tr("Show original in folder"),
                    lambda: self._show(subject.source),
                )
        menu_entry(menu, self._commands["copy"], tr("Copy"), lambda: self._outgoing.copy(subject.best))
        words = ntr("Copy path", "Copy paths", len(subject.best))
        menu_entry(menu, self._commands["copy_path"], words, lambda: self._outgoing.copy_paths(subject.best))

    def _show(self, path: Path | None) -> None:
        if path is not None:
            self._outgoing.show_in_folder(path)

    def _choose_program(self, subject: Subject) -> None:
        path = subject.result or subject.source
        if path is not None:
            pointer, window = QCursor.pos(), self._window.window()
            is_here = window.frameGeometry().contains(pointer)
            self._outgoing.choose_program(path, pointer if is_here else window.frameGeometry().center())


def menu_entry(menu: QMenu, action: QAction, text: str, run: Callable[[], object]) -> QAction:
    """Add an entry with the icon and key of an action of the window, for what the menu is about."""
    entry = QAction(action.icon(), text, menu)
    entry.setShortcut(action.shortcut())
    entry.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)  # only shown: the window's action has the key
    entry.setShortcutVisibleInContextMenu(True)
    entry.triggered.connect(lambda: run())
    menu.addAction(entry)
    return entry
