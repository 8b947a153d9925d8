"""`topazdesk account list`, `use`, `rename` and `logout`: the accounts of a profile by name."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Annotated, Any

from topazdesk.app.accounts import KnownAccount
from topazdesk.app.app_context import AppContext
from topazdesk.app.keys import KeySource, variable_of
from topazdesk.cli.money import plain
from topazdesk.cli.options import JsonOption, ProfileOption, ServiceOption
from topazdesk.cli.output import EventPrinter
from topazdesk.cli.params import Argument, Option
from topazdesk.cli.stoppable import run_stoppable
from topazdesk.domain.account import Account
from topazdesk.domain.money import amount_text
from topazdesk.domain.services import SERVICES, ServiceName
from topazdesk.errors import Code, ExitCode, UseError
from topazdesk.language import nsay, say

NameOption = Annotated[
    str | None,
    Option(
        "--name",
        metavar="NAME",
        help=say("The account by a name of your own, such as Studio, where there are several."),
    ),
]
NameArgument = Annotated[str, Argument(metavar="NAME", complete="accounts", help=say("Name of the account."))]

_SOURCES = {
    KeySource.ENVIRONMENT: say("key from the environment"),
    KeySource.MEMORY: say("key for this run only"),
    KeySource.RING: say("key in the keyring"),
    KeySource.FILE: say("key in a file, not encrypted"),
    KeySource.NONE: say("no key"),
    KeySource.LOCKED: say("the keyring is locked"),
    KeySource.UNREACHABLE: say("the keyring does not answer"),
}


def list_(service: ServiceOption = None, profile: ProfileOption = None, as_json: JsonOption = False) -> ExitCode:
    """List the accounts by name: which is in use, where its key is, its daily limit, and its jobs in progress."""

    async def work(context: AppContext) -> ExitCode:
        output, count = EventPrinter(as_json), 0
        unfinished = await context.unfinished_jobs()
        for each in SERVICES.with_key if service is None else (with_key(service),):
            for known in context.accounts.of(each):
                mine = sum(job.account == known.account for job in unfinished)
                source = await context.keys.ask(context.keys.source, known.account)
                _tell(context, known, source, mine, output)
                count += 1
        output.event("summary", "", accounts=count)
        return ExitCode.DONE

    return with_context(profile, work)


def _tell(context: AppContext, known: KnownAccount, source: KeySource, jobs: int, output: EventPrinter) -> None:
    account, unit = known.account, known.account.service.unit
    is_used = context.account(account.service) == account
    parts = [_SOURCES[source]]
    parts += [say("in use")] if is_used and source.has_key else []
    parts += [say("at most {amount:text} a day", amount=amount_text(known.day_cap, unit))] if known.day_cap else []
    parts += [nsay("1 job in progress", "{n} jobs in progress", jobs)] if jobs else []
    output.event(
        "known_account",
        f"{account.service.label} · {known.label}: {', '.join(parts)}",
        service=account.service.value,
        account=account.id,
        name=known.name,
        used=is_used,
        key=source.value,
        most=plain(known.day_cap, unit) if known.day_cap else None,
        jobs=jobs,
    )


def use(
    name: NameArgument, service: ServiceOption = None, profile: ProfileOption = None, as_json: JsonOption = False
) -> ExitCode:
    """Have new pictures paid by this account from now on. Jobs that were started stay with theirs."""

    async def work(context: AppContext) -> ExitCode:
        account = context.account_named(with_key(service), name)
        await asyncio.to_thread(context.accounts.select, account)
        await context.account_changed(account, is_used=True)
        label = context.accounts.label(account)
        text = say("New pictures at {service} are paid by {name}", service=account.service.label, name=label)
        if context.account(account.service) != account:
            text = say(
                "New pictures at {service} are paid by {name}, as soon as {variable} is no longer set",
                service=account.service.label,
                name=label,
                variable=variable_of(Account(account.service)),
            )
        return _told(EventPrinter(as_json), "used", text, account)

    return with_context(profile, work)


def rename(
    name: NameArgument,
    new: Annotated[str, Argument(metavar="NEW", help=say("Its new name."))],
    service: ServiceOption = None,
    profile: ProfileOption = None,
    as_json: JsonOption = False,
) -> ExitCode:
    """Give an account another name; its key, jobs and books stay with it."""

    async def work(context: AppContext) -> ExitCode:
        account = context.account_named(with_key(service), name)
        await asyncio.to_thread(context.accounts.rename, account, new)
        await context.account_changed(account)
        text = say("{name} is called {new} now", name=name, new=context.accounts.label(account))
        return _told(EventPrinter(as_json), "renamed", text, account)

    return with_context(profile, work)


def logout(
    name: Annotated[
        str | None,
        Argument(metavar="[NAME]", complete="accounts", help=say("Name of the account; else the one in use.")),
    ] = None,
    service: ServiceOption = None,
    yes: Annotated[bool, Option("--yes", "-y", help=say("Remove it even while jobs need it."))] = False,
    profile: ProfileOption = None,
    as_json: JsonOption = False,
) -> ExitCode:
    """Remove a key from the key ring and from the file. A named account is taken off the list, and its books stay."""

    async def work(context: AppContext) -> ExitCode:
        chosen = with_key(service)
        account = context.accounts.selected(chosen) if name is None else context.account_named(chosen, name)
        return await _logout(context, account, EventPrinter(as_json), yes=yes)

    return with_context(profile, work)


async def _logout(context: AppContext, account: Account, output: EventPrinter, *, yes: bool) -> ExitCode:
    label, service = context.account_name(account), account.service.label
    waiting = sum(job.account == account for job in await context.unfinished_jobs())
    if waiting and not yes:
        raise UseError(
            nsay("1 job of this account is in progress", "{n} jobs of this account are in progress", waiting),
            say(
                "Without its key they wait, and results that were paid are lost after {days} days. Let them finish: "
                "topazdesk jobs run. To remove the key all the same: --yes",
                days=account.service.traits.keeps_results_days,
            ),
            code=Code.USE_NO_ACCOUNT,
        )
    await context.keys.ask(context.keys.forget, account)
    await asyncio.to_thread(context.accounts.remove, account)
    await context.account_changed(account)
    source = await context.keys.ask(context.keys.source, account)
    if label:
        text = say("No key of {name} at {service} is kept here any more", service=service, name=label)
    else:
        text = say("No {service} key is kept here any more", service=service)
    if source is KeySource.ENVIRONMENT:
        text = say("{said:text}; {variable} in the environment is still used", said=text, variable=variable_of(account))
    lines = [text]
    lines += [nsay("1 job waits for it", "{n} jobs wait for it", waiting)] if waiting else []
    lines += [say("In use now: {name}", name=context.accounts.label(context.account(account.service)))] if label else []
    fields: dict[str, Any] = {"account": account.id, "source": source.value, "waiting": waiting}
    output.event("logout", "\n".join(lines), service=account.service.value, **fields)
    output.event("summary", service=account.service.value)
    return ExitCode.DONE


def _told(output: EventPrinter, event: str, text: str, account: Account) -> ExitCode:
    output.event(event, text, service=account.service.value, account=account.id)
    output.event("summary", service=account.service.value, account=account.id)
    return ExitCode.DONE


def purse_text(context: AppContext, account: Account) -> str:
    """Return an account in words: its service, and its name where there are several."""
    name = context.account_name(account)
    return f"{account.service.label} · {name}" if name else account.service.label


async def has_key(context: AppContext, account: Account) -> bool:
    """Tell whether an account can be used: it needs no key, or has one."""
    if account.service.traits.is_local:
        return True
    return (await context.keys.ask(context.keys.source, account)).has_key


def account_of(context: AppContext, service: ServiceName | None, name: str) -> Account:
    """Return an account by its name: at the service named, else at that in use, or the first that has accounts."""
    used = context.settings.service_name
    return context.account_named(service or (SERVICES.with_key[0] if used.traits.is_local else used), name)


def with_key(service: ServiceName | None) -> ServiceName:
    """Return the service that is meant. Raises UseError for one without a key."""
    if service is not None and service.traits.is_local:
        raise UseError(
            say("{service} needs no key.", service=service.label),
            "It runs on this computer and is free.",
            code=Code.USE_NO_KEY_NEEDED,
        )
    return service or SERVICES.with_key[0]


def with_context(profile: Path | None, work: Callable[[AppContext], Coroutine[Any, Any, ExitCode]]) -> ExitCode:
    """Open the profile, work in it, and close it."""

    async def whole() -> ExitCode:
        context = await AppContext.open(profile, exclusive=False)
        try:
            return await work(context)
        finally:
            await context.close()

    return run_stoppable(whole())
