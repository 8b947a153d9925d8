"""`topazdesk account`: the balance, the ledger of this profile, the daily limit and the key."""

from __future__ import annotations

import asyncio
import sys
from collections import defaultdict
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import click

from topazdesk.app.app_context import AppContext
from topazdesk.app.keys import variable_of
from topazdesk.app.other_keys import is_replaced, refuse_same
from topazdesk.cli.account_names import NameOption, account_of, purse_text, with_context, with_key
from topazdesk.cli.asking import at_terminal
from topazdesk.cli.moments import dated_text
from topazdesk.cli.money import money_fields, plain, read_day_cap
from topazdesk.cli.options import DOLLAR_SERVICES, AccountOption, JsonOption, ProfileOption, ServiceOption
from topazdesk.cli.output import EventPrinter, shown
from topazdesk.cli.params import Argument, Option
from topazdesk.domain.account import Account
from topazdesk.domain.charges import charge_text, support_text
from topazdesk.domain.job import Job
from topazdesk.domain.money import Unit, amount_text
from topazdesk.domain.ports import Balance
from topazdesk.domain.services import ServiceName
from topazdesk.engine.ledger import LedgerLine
from topazdesk.engine.refunds import Refunds, check_refunds
from topazdesk.errors import AccountError, Code, ExitCode, TopazdeskError, UseError, told
from topazdesk.language import all_of, nsay, say, translated


def balance(
    service: ServiceOption = None,
    account: AccountOption = None,
    profile: ProfileOption = None,
    as_json: JsonOption = False,
) -> ExitCode:
    """Ask the service for the balance, and look whether failed jobs got their money back."""

    async def work(context: AppContext) -> ExitCode:
        name = service or context.settings.service_name
        if account is not None:
            payer = account_of(context, service, account)
            name = payer.service
            context.use_account(payer)
        return await _balance(context, name, EventPrinter(as_json))

    return with_context(profile, work)


async def _balance(context: AppContext, name: ServiceName, output: EventPrinter) -> ExitCode:
    client = await context.services.get(context.account(name))
    if not name.traits.lists_all:
        found = Refunds(await client.balance(), 0, ())
    else:
        account = context.account(name)
        lines = [line for line in await context.engine.ledger() if line.account == account and line.refunded]
        jobs = await context.engine.past(line.job_id for line in lines)
        found = await check_refunds(client, jobs, context.clock.now())
    _tell_balance(context, found, name, output)
    for job in found.missing:
        text = support_text(job, context.clock.now())
        title = say(
            "{refunded:text} of a failed job have not come back after a day.",
            refunded=amount_text(job.refunded or 0, job.estimate.unit),
        )
        hint = say("Send these lines to the service's support:") + "\n    " + text.replace("\n", "\n    ")
        output.event(
            "refund_missing",
            f"{title}\n  {hint}",
            title=title,
            job=job.id,
            process=job.remote_id,
            support=text,
            **money_fields(job.refunded, job.estimate.unit),
        )
    money = found.balance
    output.event(
        "summary",
        available=plain(money.available, money.unit),
        reserved=plain(money.reserved, money.unit),
        missing=len(found.missing),
    )
    return ExitCode.DONE


def _tell_balance(context: AppContext, found: Refunds, name: ServiceName, output: EventPrinter) -> None:
    money, account = found.balance, context.account(name)
    is_account = money.unit is not Unit.NONE
    amount = amount_text(money.available, money.unit)
    parts = [say("{amount:text} available", amount=amount)] if is_account else [amount, say("no account")]
    if money.reserved and found.held:
        parts.append(
            say(
                "{reserved:text} reserved, of which {held:text} for no running job",
                reserved=amount_text(money.reserved, money.unit),
                held=amount_text(found.held, money.unit),
            )
        )
    elif money.reserved:
        parts.append(say("{reserved:text} reserved", reserved=amount_text(money.reserved, money.unit)))
    text = f"{purse_text(context, account)}: {' · '.join(parts)}"
    output.event(
        "balance",
        text,
        service=name.value,
        account=account.id,
        available=plain(money.available, money.unit),
        reserved=plain(money.reserved, money.unit),
        total=plain(money.total, money.unit),
        held=plain(found.held, money.unit),
        unit=money.unit.value,
    )


def ledger(
    service: ServiceOption = None,
    account: AccountOption = None,
    profile: ProfileOption = None,
    as_json: JsonOption = False,
) -> ExitCode:
    """Show the books of this profile: what was reserved, estimated, charged and refunded, job by job, and why."""

    async def work(context: AppContext) -> ExitCode:
        only = None if account is None else account_of(context, service, account)
        return await _ledger(context, service, only, EventPrinter(as_json))

    return with_context(profile, work)


async def _ledger(
    context: AppContext, only: ServiceName | None, account: Account | None, output: EventPrinter
) -> ExitCode:
    lines = [line for line in await context.engine.ledger() if only is None or line.service == only.value]
    lines = [line for line in lines if account is None or line.account == account]
    jobs = {job.id: job for job in await context.engine.past(line.job_id for line in lines)}
    # The four amounts below, by account and unit.
    sums: dict[tuple[Account, str], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for line in lines:
        _tell_line(context, line, jobs.get(line.job_id), output)
        amounts = (line.estimated, line.reserved, line.charged or 0, line.refunded or 0)
        key = (line.account, line.unit)
        sums[key] = [a + b for a, b in zip(sums[key], amounts, strict=True)]
    for (payer, unit_word), totals in sums.items():
        unit = Unit(unit_word)
        names = ("estimated", "reserved", "charged", "refunded")
        said = (
            say("estimated {amount:text}", amount=amount_text(totals[0], unit)),
            say("reserved {amount:text}", amount=amount_text(totals[1], unit)),
            say("charged {amount:text}", amount=amount_text(totals[2], unit)),
            say("refunded {amount:text}", amount=amount_text(totals[3], unit)),
        )
        text = " · ".join(said)
        fields: dict[str, Any] = {name: plain(a, unit) for name, a in zip(names, totals, strict=True)}
        output.event(
            "account",
            f"{purse_text(context, payer)}: {text}",
            service=payer.service.value,
            account=payer.id,
            unit=unit.value,
            **fields,
        )
    output.event("summary", "" if lines else say("Nothing was spent yet"), lines=len(lines))
    return ExitCode.DONE


def _tell_line(context: AppContext, line: LedgerLine, job: Job | None, output: EventPrinter) -> None:
    model = context.catalogue.by_slug(job.recipe.service, job.recipe.model) if job else None
    why = charge_text(job, model.price if model else None) if job else ""
    unit = Unit(line.unit)
    charged, refunded = (None if a is None else plain(a, unit) for a in (line.charged, line.refunded))
    name = context.account_name(line.account)
    payer = f"  [{name}]" if name else ""
    output.event(
        "ledger",
        f"{dated_text(line.reserved_at)}  {shown(Path(job.picture.name)) if job else line.job_id}  {why}" + payer,
        job=line.job_id,
        service=line.service,
        account=line.account_id,
        unit=line.unit,
        at=line.reserved_at,
        estimated=plain(line.estimated, unit),
        reserved=plain(line.reserved, unit),
        charged=charged,
        refunded=refunded,
        explained=why,
        process=job.remote_id if job else "",
    )


def cap(
    amount: Annotated[
        str,
        Argument(
            metavar="[AMOUNT|none]", help=f"Most credits ({DOLLAR_SERVICES}: dollars) a day; none lifts the limit."
        ),
    ] = "",
    service: ServiceOption = None,
    account: AccountOption = None,
    profile: ProfileOption = None,
    as_json: JsonOption = False,
) -> ExitCode:
    """Show or set how much a day may be spent, by the window and the command line alike; --account limits one alone."""

    async def work(context: AppContext) -> ExitCode:
        output, word = EventPrinter(as_json), amount.strip().lower()
        if account is not None:
            return await _cap_account(context, account_of(context, service, account), word, output)
        return await _cap(context, word, service, output)

    return with_context(profile, work)


async def _cap_account(context: AppContext, account: Account, amount: str, output: EventPrinter) -> ExitCode:
    """Show or set what one account may spend a day, within the limit of all together."""
    unit = account.service.unit
    if amount:
        most = 0 if amount == "none" else read_day_cap(amount, unit)
        await asyncio.to_thread(context.accounts.limit, account, most)
        await context.account_changed(account)
    limit = context.accounts.known(account).day_cap
    text = say("{account:text}: no daily limit of its own", account=purse_text(context, account))
    if limit:
        text = say(
            "{account:text}: at most {amount:text} a day",
            account=purse_text(context, account),
            amount=amount_text(limit, unit),
        )
    fields: dict[str, Any] = {"account": account.id, "most": plain(limit, unit) if limit else None, "unit": unit.value}
    output.event("cap", text, **fields)
    output.event("summary", **fields)
    return ExitCode.DONE


async def _cap(context: AppContext, amount: str, service: ServiceName | None, output: EventPrinter) -> ExitCode:
    if amount:
        unit = (service or context.settings.service_name).unit
        most = 0 if amount == "none" else read_day_cap(amount, unit)
        changes = {"day_cap": most} if unit is Unit.CREDIT else {"day_cap_usd": plain(most, unit)}
        await context.change_settings(changes)
    credits, micro = (context.caps(unit)[1] for unit in (Unit.CREDIT, Unit.USD))
    limits = ((credits, Unit.CREDIT), (micro, Unit.USD))
    text = all_of([amount_text(limit, unit) for limit, unit in limits if limit is not None])
    fields: dict[str, Any] = {"credits": credits, "usd": None if micro is None else plain(micro, Unit.USD)}
    output.event("cap", say("At most {amount:text} a day", amount=text) if text else say("No daily limit"), **fields)
    output.event("summary", **fields)
    return ExitCode.DONE


def login(
    service: ServiceOption = None,
    name: NameOption = None,
    in_file: Annotated[
        bool,
        Option(
            "--in-file",
            help=say(
                "Keep it unencrypted in a file of the profile that only you can read, for computers without a keyring."
            ),
        ),
    ] = False,
    yes: Annotated[bool, Option("--yes", "-y", help=say("Replace the account's key even while jobs need it."))] = False,
    profile: ProfileOption = None,
    as_json: JsonOption = False,
) -> ExitCode:
    """Keep the key of a service in the system's keyring. The key is asked for, or read from standard input.

    With --name it is that of a further account, which is used from then on.
    """
    return with_context(
        profile, lambda context: _login(context, with_key(service), EventPrinter(as_json), in_file, name, yes=yes)
    )


async def _login(
    context: AppContext, name: ServiceName, output: EventPrinter, in_file: bool, account_name: str | None, *, yes: bool
) -> ExitCode:
    account = context.accounts.selected(name)
    if account_name is not None:
        account = await asyncio.to_thread(context.accounts.place_for, name, account_name)
    key = at_terminal(lambda: _read_key(name)).strip()
    if not key:
        raise UseError("No key was given.", "Type or paste it, or send it to standard input.", code=Code.USE_NO_KEY)
    await refuse_same(context.keys, context.accounts, account, key)
    client = await context.services.with_key(name, key)
    found: Balance | None = None
    trouble: TopazdeskError | None = None
    try:
        found = await client.balance()
    except UseError:
        raise
    except AccountError as error:
        if error.code != Code.ACCOUNT_FORBIDDEN:  # a key that may not ask for the balance can be good for the rest
            raise
    except TopazdeskError as error:
        trouble = error  # it could not be checked: the user may know better, so it is kept as in the window
    finally:
        await client.close()
    if not yes:
        await _warn_of_jobs(context, account, key)
    if in_file:
        await context.keys.ask(context.keys.keep_in_file, account, key)
    elif not await context.keys.ask(context.keys.keep, account, key):
        raise AccountError(
            say("This computer has no keyring to keep the key in.")
            if trouble
            else say("The key works, but this computer has no keyring to keep it in."),
            say(
                "Set {variable} in the environment instead, or keep the key in a file with --in-file. It was not "
                "written anywhere.",
                variable=variable_of(account),
            ),
            code=Code.ACCOUNT_NO_RING,
        )
    if account_name is not None:
        plain_one = Account(name)
        is_used = account != plain_one and (await context.keys.ask(context.keys.source, plain_one)).has_key
        await asyncio.to_thread(partial(context.accounts.add, account, account_name, beside_default=is_used))
    await context.account_changed(account, is_used=account_name is not None)
    place = say("in a file, not encrypted") if in_file else say("in the keyring")
    text = say("The key is kept {place:text}; it has no right to ask for the balance", place=place)
    if found is not None:
        text = say(
            "The key works and is kept {place:text}. {available:text} available",
            place=place,
            available=amount_text(found.available, found.unit),
        )
    if trouble is not None:
        why = told(trouble.title, trouble.hint)
        text = say("The key is kept {place:text}, not checked yet: {why:text}", place=place, why=why)
    available = None if found is None else plain(found.available, found.unit)
    if own := context.account_name(account):
        text = f"{own}: {text}"
    output.event(
        "login", text, service=name.value, account=account.id, name=own, available=available, checked=trouble is None
    )
    output.event("summary", service=name.value)
    return ExitCode.DONE


async def _warn_of_jobs(context: AppContext, account: Account, key: str) -> None:
    """Raise UseError if the key would take the place of another one that jobs of the account still need."""
    waiting = sum(job.account == account for job in await context.unfinished_jobs())
    if waiting and await is_replaced(context.keys, account, key):
        raise UseError(
            nsay("1 job of this account is in progress", "{n} jobs of this account are in progress", waiting),
            say(
                "The account has another key, which would be replaced. If the new one is of another account at "
                "{service}, the results of these jobs cannot be fetched with it: add that one with --name NAME. To "
                "replace the key all the same: --yes",
                service=account.service.label,
            ),
            code=Code.USE_NO_ACCOUNT,
        )


def _read_key(name: ServiceName) -> str:
    if sys.stdin.isatty():
        answer: Any = click.prompt(
            translated(say("{service} key", service=name.label)), hide_input=True, default="", show_default=False
        )
        return str(answer)
    return sys.stdin.readline()
