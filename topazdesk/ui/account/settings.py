"""Opens the settings, and puts changes into effect."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QApplication

from topazdesk.app.settings import device_in_environment, url_in_environment
from topazdesk.domain.displayed_text import one_line
from topazdesk.domain.services import SERVICES, ServiceName
from topazdesk.errors import BudgetError
from topazdesk.ui.account.accounts import AccountsController
from topazdesk.ui.account.keys import KeyController
from topazdesk.ui.controls.sheet import is_open
from topazdesk.ui.host.feature import Feature
from topazdesk.ui.runtime.spoken import speak

if TYPE_CHECKING:
    from topazdesk.engine.events import Event
    from topazdesk.ui.account.settings_sheet import SettingsDialog
    from topazdesk.ui.host.host import Host

#: The settings of how the window looks.
_LOOK = ("theme", "contrast", "motion")
#: The settings of the user's own spending limits.
_CAPS = ("run_cap", "day_cap", "run_cap_usd", "day_cap_usd")


class SettingsController(Feature):
    """Opens the settings, by one action at the top, by others at the spending limits and at what results keep."""

    def __init__(self, host: Host, keys: KeyController, accounts: AccountsController) -> None:
        super().__init__(host.widget)
        self._host = host
        self._keys = keys
        self._accounts = accounts
        self._context = host.session.context
        self._spawn = host.session.spawn
        self._pricing = host.session.pricing
        self._stopped_by_limit = isinstance(self._context.engine.pause_reason, BudgetError)
        run = host.dialogs.run
        host.commands.provide("settings", lambda: run("settings", self._settings))
        host.commands.provide("limits", lambda: run("settings", lambda: self._settings("limits")))
        host.commands.provide("metadata", lambda: run("settings", lambda: self._settings("metadata")))
        self._unsubscribe = self._context.events.subscribe(self._on_event)

    def close(self) -> None:
        """Stop listening to events."""
        self._unsubscribe()

    def _on_event(self, event: Event) -> None:
        from topazdesk.engine.events import QueuePaused

        if isinstance(event, QueuePaused):
            self._stopped_by_limit = event.paused and isinstance(event.reason, BudgetError)

    async def _settings(self, begin: str = "") -> None:
        from topazdesk.ui.account.settings_sheet import SettingsDialog

        services = tuple(s for s in SERVICES.with_key if self._pricing.recipe.catalogue.of(s))
        fixed = {service: url_in_environment(service) for service in services}
        demanded = self._context.policy.demanded
        dialog = SettingsDialog(
            self._host.widget,
            self._context.settings,
            services,
            fixed_urls=fixed,
            fixed_device=device_in_environment(),
            demanded=demanded,
            team="" if self._context.team is None else one_line(self._context.team.name, 60),
        )
        dialog.changed.connect(lambda changes: self._spawn("settings", self._apply(changes)))
        spoken = self._context.settings.language
        dialog.language.chosen.connect(lambda code: dialog.accept() if code != spoken else None)
        dialog.key_wanted.connect(lambda service: self._spawn("key", self._change_key(dialog, service)))
        dialog.forget_wanted.connect(lambda service: self._spawn("forget key", self._forget_key(dialog, service)))
        dialog.accounts_wanted.connect(lambda: self._go_on_with("accounts"))
        dialog.team_wanted.connect(lambda: self._go_on_with("team"))
        for service in dialog.keys:
            self._spawn("key state", self._show_key(dialog, service))
        self._spawn("graphics cards", self._show_cards(dialog))
        if begin == "limits":
            dialog.show_limits()
        elif begin == "metadata":
            dialog.show_metadata()
        await dialog.answered()
        dialog.deleteLater()

    def _go_on_with(self, action: str) -> None:
        self._host.dialogs.closed("settings")  # another sheet takes its place
        self._host.commands.run(action)

    async def _apply(self, changes: Mapping[str, Any]) -> None:
        """Apply what was changed in the dialog; the rest may have been changed elsewhere since it was opened."""
        from topazdesk.ui.theme import Theme

        old = self._context.settings
        new = old.with_(**changes)
        app = QApplication.instance()
        if not changes.keys().isdisjoint(_LOOK) and isinstance(app, QApplication):
            Theme.apply_settings(app, theme=new.theme, contrast=new.contrast, motion=new.motion)
        await self._context.save_settings(new)
        if "language" in changes and isinstance(app, QApplication):
            speak(app, new.language)  # another window takes the place of this one
            return
        self._pricing.plan_changed.emit()  # what becomes of metadata is said there, too
        if any(name in changes for name in _CAPS):
            self._pricing.limits.settings_changed()
            if self._stopped_by_limit:
                await self._context.engine.resume()
        if "sandbox_speed" in changes:
            await self._context.sandbox.set_speed(new.sandbox_speed)
        service = self._pricing.recipe.recipe.service
        if new.addresses.get(service, "") != old.addresses.get(service, ""):
            self._pricing.ask_balance()

    async def _show_cards(self, dialog: SettingsDialog) -> None:
        found = await self._context.graphics_cards()
        if is_open(dialog):
            dialog.show_cards(found)

    async def _show_key(self, dialog: SettingsDialog, service: ServiceName) -> None:
        source = await self._context.keys.ask(self._context.keys.source, self._context.account(service))
        if is_open(dialog):
            dialog.show_key(service, source, self._context.account_name(self._context.account(service)))

    async def _change_key(self, dialog: SettingsDialog, service: ServiceName) -> None:
        await self._keys.ask_key(dialog, self._context.account(service), switch=False)
        await self._show_key(dialog, service)

    async def _forget_key(self, dialog: SettingsDialog, service: ServiceName) -> None:
        if await self._accounts.remove(dialog, self._context.account(service)):
            await self._show_key(dialog, service)
