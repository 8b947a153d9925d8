"""Copy and paste of settings between pictures, through the system's clipboard: another window can take them too."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QMimeData
from PySide6.QtGui import QAction, QGuiApplication

from topazdesk.domain.recipe import Recipe
from topazdesk.errors import UseError
from topazdesk.ui.controls import NoticeAction
from topazdesk.ui.host.feature import Feature
from topazdesk.ui.models.picture import Picture, Section
from topazdesk.ui.texts import pictures_text, tr

if TYPE_CHECKING:
    from topazdesk.ui.host.host import Host
    from topazdesk.ui.pictures.panel import PicturesPanel
    from topazdesk.ui.recipe.panel import RecipePanel

MIME = "application/x-topazdesk-recipe+json"
_MOST_BYTES = 256_000


class SettingsClipboard(Feature):
    """Its actions, in the window's menu and in that of the selected pictures."""

    def __init__(self, host: Host, pictures: PicturesPanel, recipe: RecipePanel) -> None:
        super().__init__(host.widget)
        self._host, self._library, self._pricing = host, host.session.library, host.session.pricing
        self._own = self._pricing.own
        give = host.commands.provide
        give("copy_settings", self.copy)
        give("paste_settings", self.paste)
        give("own_settings", self.give_own)
        give("common_settings", self.use_common)
        pictures.menu_opening.connect(lambda menu: menu.addActions(self.actions()))
        recipe.own.back.clicked.connect(self.use_common)

    def actions(self) -> list[QAction]:
        """For the menu of the selected pictures: what makes sense now."""
        commands = self._host.commands
        found = [commands["copy_settings"]]
        if _recipe_in(QGuiApplication.clipboard().mimeData()) is not None:
            found.append(commands["paste_settings"])
        if len(self._library.pictures) > 1 and any(picture.recipe is None for picture in self._chosen()):
            found.append(commands["own_settings"])
        if any(picture.recipe is not None for picture in self._chosen()):
            found.append(commands["common_settings"])
        return found

    def copy(self) -> None:
        """The settings of the picture in the viewer; those of all, while there is none."""
        picture = self._library.picture
        recipe = self._own.of(picture) if picture is not None else self._own.common
        mime = QMimeData()
        mime.setData(MIME, QByteArray(json.dumps(recipe.to_json()).encode()))
        mime.setText(json.dumps(recipe.to_json(), indent=1, ensure_ascii=False))
        QGuiApplication.clipboard().setMimeData(mime)

    def paste(self) -> None:
        """Give the selected pictures the copied settings, as their own."""
        copied = _recipe_in(QGuiApplication.clipboard().mimeData())
        pictures = self._chosen()
        if copied is None:
            self._tell(tr("There are no settings to paste"), tr("Copy the settings of a picture first."))
            return
        if not pictures:
            self._tell(tr("No picture is selected"), tr("Select the pictures that are to have these settings."))
            return
        try:
            recipe = self._own.fitting(copied)
        except UseError as error:
            title = error.title.replace("“” ", tr("What was copied") + " ")
            self._host.tell(UseError(title, error.hint, code=error.code))
            return
        before = {picture.id: picture.recipe for picture in pictures}
        self._own.paste(recipe, pictures)
        self._pricing.recipes_given(pictures)
        undo = NoticeAction(tr("Undo"), lambda: self._take_back(before), "undo")
        title = (
            tr("{pictures} have settings of their own")
            if len(pictures) > 1
            else tr("{pictures} has settings of its own")
        )
        self._host.notices.tell("info", title.format(pictures=pictures_text(len(pictures))), "", undo)

    def give_own(self) -> None:
        """The selected pictures keep what they have now as their own: what is changed then is theirs alone."""
        pictures = [picture for picture in self._chosen() if picture.recipe is None]
        self._own.paste(self._own.common, pictures)
        self._pricing.recipes_given(pictures)

    def use_common(self) -> None:
        """The selected pictures take the settings of all others again."""
        pictures = [picture for picture in self._chosen() if picture.recipe is not None]
        self._own.put_back({picture.id: None for picture in pictures})
        self._pricing.recipes_given(pictures)

    def _take_back(self, before: dict[int, Recipe | None]) -> None:
        self._own.put_back(before)
        self._pricing.recipes_given(self._library.of(before))

    def _chosen(self) -> list[Picture]:
        """The selected pictures, or the one in the viewer; what is being enhanced keeps the recipe it was started with."""
        found = self._library.of(self._library.chosen or [self._library.current])
        return [p for p in found if p.section is not Section.PROGRESS]

    def _tell(self, title: str, hint: str) -> None:
        self._host.notices.tell("info", title, hint)


def _recipe_in(mime: QMimeData | None) -> Recipe | None:
    """The recipe on the clipboard, or None: anything can be there."""
    if mime is None or not mime.hasFormat(MIME):
        return None
    data = bytes(mime.data(MIME).data())
    if len(data) > _MOST_BYTES:
        return None
    try:
        return Recipe.from_json(json.loads(data))
    except (ValueError, RecursionError):
        return None
