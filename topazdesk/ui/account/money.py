"""Opens the dialogs about money and about results that are elsewhere: the books, lost results."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QStandardPaths

from topazdesk.app.books import books_of, csv_text, missing_refunds
from topazdesk.disk import private_file
from topazdesk.domain.account import Account
from topazdesk.domain.money import Unit
from topazdesk.domain.services import SERVICES
from topazdesk.engine.ledger import LedgerLine
from topazdesk.errors import AccountError, Code, ComputerError, TopazdeskError
from topazdesk.language import titled
from topazdesk.ui.controls.sheet import is_open
from topazdesk.ui.host.feature import Feature
from topazdesk.ui.texts import tr, translated

if TYPE_CHECKING:
    from topazdesk.domain.job import Job
    from topazdesk.ui.account.books_sheet import MoneyDialog
    from topazdesk.ui.account.recover_sheet import RecoverDialog
    from topazdesk.ui.host.host import Host


class MoneyController(Feature):
    """Opens these two dialogs, each by an action. `show_queue` shows the downloads of the results that were found."""

    def __init__(self, host: Host, show_queue: Callable[[], None]) -> None:
        super().__init__(host.widget)
        self._host = host
        self._session = host.session
        self._context = host.session.context
        self._show_queue = show_queue
        run = host.dialogs.run
        host.commands.provide("money", lambda: run("money", self._money))
        host.commands.provide("recover", lambda: run("recover", self._recover))

    async def accounts(self, booked: set[Account]) -> list[Account]:
        """Return the accounts that can be asked: in use, in the books, or with a key."""
        keys, context = self._context.keys, self._context
        found = {*booked, context.account(self._session.pricing.recipe.recipe.service)}
        for service in SERVICES.with_key:
            for known in context.accounts.of(service):
                if (await keys.ask(keys.source, known.account)).has_key:
                    found.add(known.account)
        return sorted(found, key=lambda each: (list(SERVICES).index(each.service), not each.is_default, each.id))

    def _purses(self, accounts: list[Account]) -> dict[Account, str]:
        """Return what each account is called in the list of accounts."""
        names = {each: self._context.account_name(each) for each in accounts}
        return {
            each: " · ".join(part for part in (translated(each.service.traits.purse), translated(name)) if part)
            for each, name in names.items()
        }

    # the books

    async def _money(self) -> None:
        from topazdesk.ui.account.books_sheet import MoneyDialog

        # What costs nothing is no charge: pictures made on this computer would fill the list.
        ledger = await self._context.engine.ledger()
        lines = tuple(line for line in ledger if line.account.service.unit is not Unit.NONE)
        jobs = {job.id: job for job in await self._context.engine.past(line.job_id for line in lines)}
        now = self._context.clock.now()
        books = await asyncio.to_thread(books_of, lines, jobs, self._context.catalogue, now)
        known = await self.accounts({each.account for each in books.accounts})
        accounts = self._purses([each for each in known if each.service.unit is not Unit.NONE])
        dialog = MoneyDialog(self._host.widget, books, accounts, now)
        dialog.export_wanted.connect(
            lambda name: self._session.spawn("export charges", self._export(dialog, Path(name)))
        )
        for account in accounts:
            self._session.spawn(f"books of {account}", self._ask(dialog, account, lines, jobs))
        await dialog.answered()
        dialog.deleteLater()

    async def _ask(
        self, dialog: MoneyDialog, account: Account, lines: tuple[LedgerLine, ...], jobs: dict[str, Job]
    ) -> None:
        """Ask an account for its balance and missing refunds. Without an answer the books are shown all the same."""
        try:
            found = await missing_refunds(self._context.services, account, lines, jobs, self._context.clock.now())
        except AccountError as error:
            why = tr("No key") if error.code == Code.ACCOUNT_NO_KEY else tr("Key refused")
            balance, missing = None, tuple[Any, ...]()
        except TopazdeskError:
            why, balance, missing = tr("No answer"), None, ()
        else:
            why, balance, missing = "", found.balance, found.missing
        if is_open(dialog):
            dialog.show_balance(account, balance, why)
            dialog.show_missing(account, missing)

    async def _export(self, dialog: MoneyDialog, path: Path) -> None:
        def write() -> None:
            # The byte order mark tells spreadsheets that the file is UTF-8.
            private_file.write(path, csv_text(dialog.books.entries).encode("utf-8-sig"), 0o666)

        try:
            await asyncio.to_thread(write)
        except OSError as error:
            raise ComputerError(
                "The table could not be saved",
                "Choose another folder, or check its space and rights.",
                details=str(error),
                code=Code.DISK_EXPORT,
            ) from error
        if is_open(dialog):
            dialog.exported(path.name)

    # lost results

    async def _recover(self) -> None:
        from topazdesk.ui.account.recover_sheet import RecoverDialog

        booked = {line.account for line in await self._context.engine.ledger()}
        accounts = await self.accounts(booked)
        dialog = RecoverDialog(self._host.widget, accounts, self._folder())
        for account in accounts:
            self._session.spawn(f"lost results of {account}", self._look(dialog, account))
        accepted = await dialog.answered()
        wanted, folder = dialog.wanted, dialog.folder
        dialog.deleteLater()
        if not accepted or not wanted:
            return
        for account in accounts:
            remotes = [each.remote for each in wanted if each.account == account]
            if remotes:
                await self._context.engine.fetch(account, remotes, folder)
        self._show_queue()

    def _folder(self) -> Path:
        kept = self._context.settings.output_folder
        pictures = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.PicturesLocation)
        return Path(kept) if kept else Path(pictures or Path.home()) / tr("Found results")

    async def _look(self, dialog: RecoverDialog, account: Account) -> None:
        from topazdesk.ui.account.found_list import FoundJob

        try:
            remotes = await self._context.engine.recover(account)
        except TopazdeskError as error:
            if is_open(dialog):
                dialog.show_fault(account, titled(error.title, error.hint))
            return
        names = {
            name: m.name for m in self._context.catalogue.of(account.service, with_legacy=True) for name in m.api_models
        }
        found = [FoundJob(account, each, names.get(each.model, each.model) or tr("Unknown model")) for each in remotes]
        if is_open(dialog):
            dialog.show_found(account, found)
