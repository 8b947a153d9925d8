"""Opens the sheet of accounts, and adds, switches, renames and removes them."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from topazdesk.domain.account import DEFAULT_ACCOUNT, Account
from topazdesk.domain.services import SERVICES, ServiceName
from topazdesk.ui.account.keys import KeyController
from topazdesk.ui.controls.sheet import is_open
from topazdesk.ui.host.feature import Feature
from topazdesk.ui.texts import tr, translated

if TYPE_CHECKING:
    from topazdesk.engine.events import Event
    from topazdesk.ui.account.accounts_sheet import AccountsDialog, AccountState
    from topazdesk.ui.host.host import Host

_States = dict[ServiceName, "list[AccountState]"]


class AccountsController(Feature):
    """Handles the accounts by name, by an action of their own and for the settings."""

    def __init__(self, host: Host, keys: KeyController) -> None:
        super().__init__(host.widget)
        self._host = host
        self._keys = keys
        self._context = host.session.context
        self._pricing = host.session.pricing
        self._spawn = host.session.spawn
        self._dialog: AccountsDialog | None = None
        self._choosing = asyncio.Lock()
        self._unsubscribe = self._context.events.subscribe(self._on_event)
        host.commands.provide("accounts", lambda: host.dialogs.run("accounts", self._accounts))

    def close(self) -> None:
        """Stop listening to events."""
        self._unsubscribe()

    async def _accounts(self) -> None:
        from topazdesk.ui.account.accounts_sheet import AccountsDialog

        await asyncio.to_thread(self._context.accounts.load)
        dialog = AccountsDialog(self._host.widget, self._states())
        dialog.use_wanted.connect(lambda account: self._spawn("use account", self._use(dialog, account)))
        dialog.key_wanted.connect(lambda account: self._spawn("key", self._change_key(dialog, account)))
        dialog.rename_wanted.connect(lambda account: self._spawn("rename account", self._rename(dialog, account)))
        dialog.limit_wanted.connect(lambda account: self._spawn("limit of account", self._limit(dialog, account)))
        dialog.remove_wanted.connect(lambda account: self._spawn("remove account", self._remove(dialog, account)))
        dialog.add_wanted.connect(lambda service: self._spawn("add account", self._add(dialog, service)))
        self._look(dialog)
        self._dialog = dialog
        await dialog.answered()
        self._dialog = None
        dialog.deleteLater()

    def _on_event(self, event: Event) -> None:
        """Follow what another program changed: the account that pays, a name, a limit."""
        from topazdesk.engine.events import AccountChanged

        if not isinstance(event, AccountChanged):
            return
        service = event.account.service
        self._changed(service)
        if self._dialog is not None:
            self._refill(self._dialog)
        if event.is_used and self._context.account(service) == event.account:
            said = tr("New pictures at {service} are paid by {name}")
            name = translated(self._context.accounts.label(event.account))
            self._host.notices.toast("info", said.format(service=translated(service.label), name=name))

    def _states(self) -> _States:
        from topazdesk.ui.account.accounts_sheet import AccountState

        context, jobs = self._context, self._context.engine.unfinished()
        services = [service for service in SERVICES.with_key if self._pricing.recipe.catalogue.of(service)]
        return {
            service: [
                AccountState(
                    known,
                    context.account(service) == known.account,
                    sum(job.account == known.account for job in jobs),
                )
                for known in context.accounts.of(service)
            ]
            for service in services
        }

    def _look(self, dialog: AccountsDialog) -> None:
        """Have each key looked for: a ring may ask for its password before it answers."""
        for account in dialog.rows:
            self._spawn(f"key of {account}", self._show_source(dialog, account))

    async def _show_source(self, dialog: AccountsDialog, account: Account) -> None:
        source = await self._context.keys.ask(self._context.keys.source, account)
        if is_open(dialog):
            dialog.show_source(account, source)

    def _refill(self, dialog: AccountsDialog) -> None:
        if is_open(dialog):
            dialog.fill(self._states())
            self._look(dialog)

    def _changed(self, service: ServiceName) -> None:
        """Ask for the balance of the account that is now in use, and name it beside the price."""
        if self._pricing.recipe.recipe.service is service:
            self._pricing.account_changed()

    async def _use(self, dialog: AccountsDialog, account: Account) -> None:
        self._context.use_account(account, in_this_run=False)
        self._changed(account.service)
        async with self._choosing:  # in the order of the clicks: the last one is kept
            await asyncio.to_thread(self._context.accounts.select, account)

    async def _change_key(self, dialog: AccountsDialog, account: Account) -> None:
        if await self._keys.ask_key(dialog, account, switch=False):
            self._refill(dialog)

    async def _rename(self, dialog: AccountsDialog, account: Account) -> None:
        before = self._context.accounts.known(account).name
        name = await self._ask_name(dialog, account.service, before)
        if name and name != before:
            await asyncio.to_thread(self._context.accounts.rename, account, name)
            self._refill(dialog)
            self._changed(account.service)

    async def _limit(self, dialog: AccountsDialog, account: Account) -> None:
        from topazdesk.ui.account.account_limit import AccountLimit

        accounts = self._context.accounts
        before = accounts.known(account).day_cap
        sheet = AccountLimit(dialog, translated(accounts.label(account)), account.service.unit, before)
        accepted = await sheet.answered()
        wanted = sheet.day_cap
        sheet.deleteLater()
        if accepted and wanted != before:
            await asyncio.to_thread(accounts.limit, account, wanted)
            await self._context.take_over_account(account)

    async def _add(self, dialog: AccountsDialog, service: ServiceName) -> None:
        name = await self._ask_name(dialog, service)
        if not name:
            return
        accounts, keys = self._context.accounts, self._context.keys
        account = await asyncio.to_thread(accounts.place_for, service, name)
        plain = Account(service)
        beside = account != plain and (await keys.ask(keys.source, plain)).has_key
        if not await self._keys.ask_key(dialog, account, switch=False):
            return
        await asyncio.to_thread(partial(accounts.add, account, name, beside_default=beside))
        self._context.use_account(account, in_this_run=False)
        self._refill(dialog)
        self._changed(service)

    async def _ask_name(self, dialog: QWidget, service: ServiceName, before: str = "") -> str:
        from topazdesk.ui.account.accounts_sheet import AccountName

        known = self._context.accounts.of(service)
        taken = [each.name for each in known if each.name and each.name != before]
        for nameless in (each for each in known if not each.name):
            taken += [DEFAULT_ACCOUNT, translated(nameless.label)]  # whoever types this means no further account
        title = tr("Name of the account at {service}").format(service=translated(service.label))
        sheet = AccountName(dialog, title, tr("Rename") if before else tr("Continue…"), taken, name=before)
        accepted = await sheet.answered()
        name = sheet.name
        sheet.deleteLater()
        return name if accepted else ""

    async def _remove(self, dialog: AccountsDialog, account: Account) -> None:
        if await self.remove(dialog, account):
            self._refill(dialog)

    async def remove(self, parent: QWidget, account: Account) -> bool:
        """Remove the key of an account; return whether that was done. Raises ComputerError.

        It is asked first where more than the key would be gone: a named account, or jobs that wait for it.
        """
        context, service = self._context, account.service
        jobs = sum(job.account == account for job in context.engine.unfinished())
        name = context.account_name(account)
        if (name or jobs) and not await self._confirmed(parent, account, name, jobs):
            return False
        was_used = context.account(service) == account
        await context.keys.ask(context.keys.forget, account)
        await asyncio.to_thread(context.accounts.remove, account)
        if was_used:
            context.use_account(context.accounts.selected(service), in_this_run=False)
        await context.take_over_account(account)  # what is in progress says that it waits
        left = await context.keys.ask(context.keys.source, context.account(service))
        if not left.has_key and self._pricing.recipe.recipe.service is service:
            self._pricing.want_service(ServiceName.SANDBOX)
        else:
            self._changed(service)
        return True

    async def _confirmed(self, parent: QWidget, account: Account, name: str, jobs: int) -> bool:
        from topazdesk.ui.account.accounts_sheet import RemoveAccount

        service = account.service
        title = translated(name) or tr("the {service} key").format(service=translated(service.label))
        sheet = RemoveAccount(parent, title, service, jobs)
        accepted = await sheet.answered()
        sheet.deleteLater()
        return bool(accepted)
