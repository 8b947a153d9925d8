"""Copies and pastes settings between pictures through the system clipboard, so that other windows can paste too."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QMimeData
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu

from topazdesk.domain.recipe import Recipe
from topazdesk.errors import UseError
from topazdesk.ui.controls import NoticeAction
from topazdesk.ui.controls.dressed import Menu
from topazdesk.ui.host.feature import Feature
from topazdesk.ui.host.picture_menu import Part, Subject, menu_entry
from topazdesk.ui.models.picture import Picture, Section
from topazdesk.ui.recipe.scope_line import common_text, own_text
from topazdesk.ui.runtime.bind import bind
from topazdesk.ui.texts import ntr, number, pictures_text, tr, translated

if TYPE_CHECKING:
    from topazdesk.ui.host.host import Host
    from topazdesk.ui.recipe.panel import RecipePanel

MIME = "application/x-topazdesk-recipe+json"
_MOST_BYTES = 256_000


class SettingsClipboard(Feature):
    """Provides the actions for copied and own settings, in the window's menu and the pictures' context menu."""

    def __init__(self, host: Host, recipe: RecipePanel) -> None:
        super().__init__(host.widget)
        self._host = host
        self._library = host.session.library
        self._pricing = host.session.pricing
        self._own = self._pricing.own
        give = host.commands.provide
        give("copy_settings", self.copy)
        give("paste_settings", self.paste)
        give("own_settings", self.give_own)
        give("common_settings", self.use_common)
        host.menus.add(Part.SETTINGS, self._fill_menu)
        self._line = recipe.scope
        self._line.clicked.connect(lambda: self._line.drop_down(self.scope_menu()))
        bind(self._say_scope, self._pricing.plan_changed)

    def _fill_menu(self, menu: QMenu, subject: Subject) -> None:
        """Add what makes sense now to the context menu of pictures."""
        commands, free = self._host.commands, _free(subject.pictures)
        if not subject.pictures:
            return
        first = subject.pictures[subject.current]

        def offer(name: str, run: Callable[[], object]) -> None:
            menu_entry(menu, commands[name], commands[name].text(), run)

        offer("copy_settings", lambda: self._copy(first))
        if free and _recipe_in(QGuiApplication.clipboard().mimeData()) is not None:
            offer("paste_settings", lambda: self._paste(free))
        if len(self._library.pictures) > 1 and any(picture.recipe is None for picture in free):
            offer("own_settings", lambda: self._give_own(free))
        if any(picture.recipe is not None for picture in free):
            offer("common_settings", lambda: self._use_common(free))

    def scope_menu(self) -> Menu:
        """Build the menu that chooses for which pictures the settings are."""
        menu, (common, own) = self._line.menu(), self._scopes()
        is_own = bool(self._pricing.recipe.subject)
        for text, is_in_force, run in ((common, not is_own, self.use_common), (own, is_own, self.give_own)):
            if text:
                entry = menu.addAction(text)
                entry.setCheckable(True)
                entry.setChecked(is_in_force)
                entry.triggered.connect(run)
        return menu

    def _say_scope(self) -> None:
        common, own = self._scopes()
        chosen, count = len(self._chosen()), len(self._library.pictures)
        if common and 1 < chosen < count and not any(each.recipe for each in self._library.pictures.pictures()):
            common = tr("For all {n}, not only the {chosen} selected").format(n=number(count), chosen=number(chosen))
        self._line.say(own if self._pricing.recipe.subject else common)

    def _scopes(self) -> tuple[str, str]:
        """Return the words for the common settings, and for those of the selected pictures alone ("" if neither)."""
        pictures, chosen = self._library.pictures.pictures(), self._chosen()
        if len(pictures) <= 1 and not self._pricing.recipe.subject:
            return "", ""
        with_own = [picture for picture in chosen if picture.recipe is not None]
        if self._pricing.recipe.subject:  # a change is made for these, see `OwnRecipes.follow`
            rest = sum(1 for picture in pictures if picture.recipe is not None) - len(with_own)
            return common_text(len(pictures), rest), own_text(len(with_own))
        count = sum(1 for picture in pictures if picture.recipe is not None)
        return common_text(len(pictures), count), own_text(len(chosen)) if chosen else ""

    def copy(self) -> None:
        """Copy the settings of the picture in the viewer, or the common ones if there is none."""
        self._copy(self._library.picture)

    def _copy(self, picture: Picture | None) -> None:
        recipe = self._own.of(picture) if picture is not None else self._own.common
        mime = QMimeData()
        mime.setData(MIME, QByteArray(json.dumps(recipe.to_json()).encode()))
        mime.setText(json.dumps(recipe.to_json(), indent=1, ensure_ascii=False))
        QGuiApplication.clipboard().setMimeData(mime)

    def paste(self) -> None:
        """Give the selected pictures the copied settings as their own."""
        self._paste(self._chosen())

    def _paste(self, pictures: Sequence[Picture]) -> None:
        copied = _recipe_in(QGuiApplication.clipboard().mimeData())
        if copied is None:
            self._tell(tr("There are no settings to paste"), tr("Copy the settings of a picture first."))
            return
        if not pictures:
            self._tell(tr("No picture is selected"), tr("Select the pictures that are to have these settings."))
            return
        try:
            recipe = self._own.fitting(copied)
        except UseError as error:
            title = translated(error.title).replace("“” ", tr("What was copied") + " ")
            self._host.tell(UseError(title, translated(error.hint), code=error.code))
            return
        before = {picture.id: picture.recipe for picture in pictures}
        self._own.paste(recipe, pictures)
        self._pricing.recipes_given()
        undo = NoticeAction(tr("Undo"), lambda: self._take_back(before), "undo")
        title = ntr("{pictures} now has its own settings", "{pictures} now have their own settings", len(pictures))
        self._host.notices.toast("info", title.format(pictures=pictures_text(len(pictures))), "", undo)

    def give_own(self) -> None:
        """Make the common settings the selected pictures' own, so that later changes apply to them alone."""
        self._give_own(self._chosen())

    def _give_own(self, pictures: Sequence[Picture]) -> None:
        self._own.paste(self._own.common, [picture for picture in pictures if picture.recipe is None])
        self._pricing.recipes_given()

    def use_common(self) -> None:
        """Let the selected pictures use the common settings again."""
        self._use_common(self._chosen())

    def _use_common(self, pictures: Sequence[Picture]) -> None:
        self._own.put_back({picture.id: None for picture in pictures if picture.recipe is not None})
        self._pricing.recipes_given()

    def _take_back(self, before: dict[int, Recipe | None]) -> None:
        self._own.put_back(before)
        self._pricing.recipes_given()

    def _chosen(self) -> list[Picture]:
        """Return the selected pictures, or the one in the viewer, except those in progress."""
        return _free(self._library.of(self._library.chosen or [self._library.current]))

    def _tell(self, title: str, hint: str) -> None:
        self._host.notices.tell("info", title, hint)


def _free(pictures: Sequence[Picture]) -> list[Picture]:
    """Return those of `pictures` whose settings can be changed: not those in progress, whose recipe is fixed."""
    return [picture for picture in pictures if picture.section is not Section.PROGRESS]


def _recipe_in(mime: QMimeData | None) -> Recipe | None:
    """Return the recipe on the clipboard, or None if there is none or it is invalid."""
    if mime is None or not mime.hasFormat(MIME):
        return None
    data = bytes(mime.data(MIME).data())
    if len(data) > _MOST_BYTES:
        return None
    try:
        return Recipe.from_json(json.loads(data))
    except (ValueError, RecursionError):
        return None
