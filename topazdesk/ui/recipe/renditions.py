"""Offers several sizes and formats of what the main button means, in one run."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QDialog

from topazdesk.ui.controls import Menu
from topazdesk.ui.host.feature import Feature
from topazdesk.ui.host.picture_menu import Part, Subject, menu_entry
from topazdesk.ui.models.picture import Picture
from topazdesk.ui.models.wanted import Wanted
from topazdesk.ui.runtime.bind import bind

if TYPE_CHECKING:
    from topazdesk.ui.host.host import Host

_NAME = "renditions"


class RenditionsController(Feature):
    """Opens the sheet, and hands what was chosen there to `start`, by which the main button starts, too."""

    def __init__(self, host: Host, start: Callable[[Wanted], None]) -> None:
        super().__init__(host.widget)
        self._host = host
        self._session = host.session
        self._pricing = host.session.pricing
        self._start = start
        self._action = host.commands.provide(_NAME, self.ask)
        host.menus.add(Part.WORK, self._offer)
        bind(self._enable, self._pricing.plan_changed, self._session.starting_changed)

    def ask(self) -> None:
        """Open the sheet; where there is no key, ask for that, as the main button does."""
        if self._pricing.lacks_key:
            self._host.commands.run("key")
        elif self._can_ask():
            self._host.dialogs.run(_NAME, self._show)

    def _pictures(self) -> list[Picture]:
        """Return what the main button means; of finished pictures those that it would put back in line."""
        scope = self._pricing.plan.scope
        found = self._session.library.of(scope.again) if scope.again else scope.pictures
        return [picture for picture in found if picture.info is not None]

    def _can_ask(self) -> bool:
        return bool(self._pictures()) and not self._session.starting and not self._pricing.form_problem

    def _enable(self) -> None:
        self._action.setEnabled(self._can_ask())

    def _offer(self, menu: Menu, subject: Subject) -> None:
        """Offer it in the context menu of just the pictures that the main button means."""
        meant = {picture.id for picture in self._pictures()}
        if meant and meant == {picture.id for picture in subject.pictures}:
            entry = menu_entry(menu, self._action, self._action.text(), self.ask)
            entry.setEnabled(self._action.isEnabled())

    async def _show(self) -> None:
        from topazdesk.ui.models.rendition_choice import RenditionChoice
        from topazdesk.ui.recipe.renditions_sheet import RenditionsSheet

        choice = RenditionChoice(self._session, self._pictures(), self)
        sheet = RenditionsSheet(self._host.widget, self._pricing, choice)
        accepted = False

        def start() -> None:
            """Start what the button said when it was pressed: a moment later a price may be another one."""
            self._host.dialogs.closed(_NAME)  # a confirmation may be asked for now
            choice.make_copies()
            self._start(Wanted(lambda: choice.held, choice.of, choice.close))

        sheet.accepted.connect(start)
        try:
            accepted = await sheet.answered() == QDialog.DialogCode.Accepted
        finally:
            sheet.deleteLater()
            if not accepted:
                choice.close()
