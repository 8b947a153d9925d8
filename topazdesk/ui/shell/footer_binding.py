"""Keeps the footer up to date with price, service and queue of an opened profile."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu

from topazdesk.domain.services import SERVICES
from topazdesk.ui.host.feature import Feature
from topazdesk.ui.host.host import Host
from topazdesk.ui.runtime.bind import bind
from topazdesk.ui.shell.window import Window
from topazdesk.ui.texts import tr


class FooterBinding(Feature):
    """Shows the plan on the button and the service beside it; passes on the user's choice of service and of pause."""

    def __init__(self, host: Host, window: Window) -> None:
        super().__init__(host.widget)
        self._host = host
        self._window = window
        self._footer = window.footer
        self._session = host.session
        self._pricing = host.session.pricing
        self._library = host.session.library
        self._footer.pause_wanted.connect(self._session.pause)
        self._footer.service_wanted.connect(self._pricing.want_service)
        self._footer.key_wanted.connect(lambda: self._host.commands.run("key"))
        self._footer.again_wanted.connect(self._library.again)
        self._footer.menu_opening.connect(self._offer_key)
        self._footer.more_opening.connect(self._offer_more)
        bind(self._show_service, self._pricing.service_changed)
        bind(self._show_plan, self._pricing.plan_changed, self._session.starting_changed)
        self._library.queue.changed.connect(self._job_moved)

    def _show_plan(self) -> None:
        window, footer, pricing = self._window, self._footer, self._pricing
        used = next((button for button in (footer.button, footer.all_button) if button.hasFocus()), None)
        footer.show_plan(
            pricing.plan,
            ready=not self._session.starting,
            problem=pricing.form_problem,
            is_empty=len(self._library.pictures) == 0,
            held=pricing.held,
            held_all=pricing.held_all,
            key_wanted=self._host.commands["key"].text() if pricing.lacks_key else "",
        )
        if used is not None and (used.isHidden() or not used.isEnabled()):
            # Otherwise Qt would give the focus to whatever comes next in the window's own order.
            window.pictures.view.setFocus(Qt.FocusReason.OtherFocusReason)
        footer.set_button_width(window.recipe.width())
        # The menu offers what the buttons do: an entry that does nothing when it is chosen would look broken.
        for name, button in (("enhance", footer.button), ("enhance_all", footer.all_button)):
            is_there = not button.isHidden()
            self._host.commands[name].setEnabled((button if is_there else footer.button).isEnabled())
        window.show_result()

    def _job_moved(self) -> None:
        """Follow a selected picture from the queue to the service."""
        if self._pricing.plan.scope.running:
            self._show_plan()

    def _show_service(self) -> None:
        recipe = self._pricing.recipe
        service = recipe.recipe.service
        self._footer.show_service(service, self._session.context.services_offered)
        traits = service.traits
        self._window.viewer.empty.show_free(is_free=traits.is_free, is_practice=traits.is_practice)

    def _offer_key(self, menu: QMenu) -> None:
        """Offer to add a key, or to look after the accounts of a service that has one already."""
        used = self._pricing.recipe.recipe.service
        service = SERVICES.with_key[0] if used.traits.is_local else used
        menu.addSeparator()
        if self._session.context.is_team:
            menu.addAction(tr("The sandbox and “This computer” work without a team")).setEnabled(False)
            menu.addSeparator()
        menu.addAction(self._host.commands["accounts" if self._pricing.has_key(service) else "key"])

    def _offer_more(self, menu: QMenu) -> None:
        """Offer what else is done with the pictures that the main button means, and what holds for that click."""
        for name in ("renditions", "trials", "", "hours", "limits", "saving", "", "save_run"):
            if name:
                menu.addAction(self._host.commands[name])
            else:
                menu.addSeparator()
