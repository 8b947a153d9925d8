"""Asks for the key of a service, has the service check it, and keeps it where the user wants it."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from topazdesk.app.keys import KeySource, variable_of
from topazdesk.app.other_keys import refuse_same
from topazdesk.domain.account import Account
from topazdesk.domain.ports import Balance
from topazdesk.domain.services import SERVICES, ServiceName
from topazdesk.errors import ComputerError
from topazdesk.ui.controls.sheet import is_open
from topazdesk.ui.host.feature import Feature
from topazdesk.ui.runtime.bind import bind
from topazdesk.ui.texts import tr, translated

if TYPE_CHECKING:
    from topazdesk.ui.host.host import Host


class KeyController(Feature):
    """Handles the keys: that of the service in use by its action, that of any service by `ask_key`."""

    def __init__(self, host: Host) -> None:
        super().__init__(host.widget)
        self._host = host
        self._context = host.session.context
        self._spawn = host.session.spawn
        self._pricing = host.session.pricing
        self._recipe = self._pricing.recipe
        host.commands.provide("key", lambda: host.dialogs.run("key", self._key))
        bind(self._name_key_action, self._pricing.service_changed)

    def change(self, account: Account) -> None:
        """Ask for another key for an account, whether it is in use or not."""
        self._host.dialogs.run("key", lambda: self._change(account))

    async def _change(self, account: Account) -> None:
        await self.ask_key(self._host.widget, account, switch=False)

    @property
    def _service(self) -> ServiceName:
        """The service whose key is meant: the one in use or, in the sandbox, Topaz."""
        used = self._recipe.recipe.service
        return SERVICES.with_key[0] if used.traits.is_local else used

    def _name_key_action(self) -> None:
        text = tr("Add your {service} key…").format(service=translated(self._service.label))
        self._host.commands["key"].setText(text)

    async def _key(self) -> None:
        await self.ask_key(self._host.widget, self._context.account(self._service), switch=True)

    async def ask_key(self, parent: QWidget, account: Account, *, switch: bool) -> bool:
        """Open the dialog for a key and keep what it returns; return whether there is one.

        `switch` also makes the service the one in use.
        """
        from topazdesk.app.first_run import free_service
        from topazdesk.ui.account.key_sheet import KeyDialog

        keys, service = self._context.keys, account.service
        named = variable_of(account)
        note = tr("{name} is set in the environment and overrides a key added here.").format(name=named)
        used = self._recipe.recipe.service
        here = await asyncio.to_thread(free_service, self._context.paths, self._context.catalogue)
        free = used if used.traits.is_free else here or ServiceName.SANDBOX
        dialog = KeyDialog(
            parent,
            lambda key: self._check_key(account, key),
            self._spawn,
            service=service,
            free=free,
            recipient=self._recipient(service),
            note=note if named in os.environ else "",
        )

        async def look_for_ring() -> None:
            there = await keys.ask(keys.has_ring)
            if is_open(dialog):
                dialog.set_ring(there)
            source = await keys.ask(keys.source, account)
            if is_open(dialog) and source.has_key and named not in os.environ:
                said = tr(
                    "“{name}” has a key already; this one takes its place, for pictures in progress as well. Add "
                    "further accounts under “Accounts”."
                )
                dialog.set_note(said.format(name=translated(self._context.accounts.label(account))))

        self._spawn("key ring", look_for_ring())
        accepted = await dialog.answered()
        key, place, stay = dialog.key, dialog.place, dialog.free_wanted
        dialog.field.clear()
        dialog.deleteLater()
        self._host.dialogs.closed("key")
        if stay:
            self._pricing.want_service(free)
        if not accepted or not key:
            return False
        match place:
            case KeySource.RING:
                kept = await keys.ask(keys.keep, account, key)
                if not kept:
                    self._host.notices.tell("warn", tr("The keyring refused the key"), tr("It works until you quit."))
            case KeySource.FILE:
                try:
                    await keys.ask(keys.keep_in_file, account, key)
                except ComputerError as error:
                    self._host.tell(error)
            case _:
                keys.remember(account, key)
        await self._context.account_has_key(account)
        if switch:
            self._pricing.want_service(service)
        elif self._context.account(service) == account and self._recipe.recipe.service is service:
            self._pricing.ask_balance()
        return True

    def _recipient(self, service: ServiceName) -> str:
        """Return the service's name, or its address where the user has set another one."""
        address = self._context.settings.url_of(service)
        return translated(service.label) if address == service.traits.address else address

    async def _check_key(self, account: Account, key: str) -> Balance:
        await refuse_same(self._context.keys, self._context.accounts, account, key)
        client = await self._context.services.with_key(account.service, key)
        try:
            return await client.balance()
        finally:
            await client.close()
