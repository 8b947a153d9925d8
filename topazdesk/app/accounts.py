"""The accounts of a profile by name: which there are at each service, which is in use, and what each may spend a day.

There is no key in this file. An account that was removed stays known, because jobs and books may name it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from topazdesk.disk import private_file
from topazdesk.disk.reading import read_json
from topazdesk.domain.account import DEFAULT_ACCOUNT, Account, is_account_id
from topazdesk.domain.services import SERVICES, ServiceName
from topazdesk.errors import Code, ComputerError, UseError
from topazdesk.language import all_of, say, translated

_MOST_BYTES = 100_000
_LONGEST_NAME = 40
_MOST_CAP = 1_000_000_000_000


@dataclass(frozen=True, slots=True)
class KnownAccount:
    """An account as the user knows it; `name` is "" for one that was never named.

    `day_cap` is the most that it may spend a day, in whole units of its service; 0 means no limit of its own.
    """

    account: Account
    name: str
    day_cap: int = 0
    is_removed: bool = False

    @property
    def label(self) -> str:
        """Its name for people."""
        return self.name or say("Default account")


class Accounts:
    """The accounts in a file. What is written is first read again: another program may have changed it.

    All methods but `load`, `add`, `rename`, `remove`, `select` and `limit` answer from memory; those block.
    """

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self._known: dict[Account, KnownAccount] = {}
        self._selected: dict[ServiceName, Account] = {}

    def load(self) -> None:
        """Read the file; what is damaged in it is left out."""
        if self._file is None:
            return
        try:
            data = read_json(self._file, _MOST_BYTES)
        except (OSError, ValueError, RecursionError):
            data = None
        self._known, self._selected = {}, {}
        for service in SERVICES.with_key:
            self._read(service, data.get(service.value) if isinstance(data, dict) else None)

    def _read(self, service: ServiceName, data: object) -> None:
        entries = data.get("accounts") if isinstance(data, dict) else None
        for word, entry in entries.items() if isinstance(entries, dict) else ():
            if not is_account_id(word) or not isinstance(entry, dict):
                continue
            name, cap = entry.get("name"), entry.get("day_cap", 0)
            account = Account(service, word)
            self._known[account] = KnownAccount(
                account,
                name if isinstance(name, str) and _cleaned(name) == name else "" if account.is_default else word,
                cap if type(cap) is int and 0 <= cap <= _MOST_CAP else 0,
                entry.get("removed") is True,
            )
        chosen = data.get("selected") if isinstance(data, dict) else None
        if is_account_id(chosen):
            self._selected[service] = Account(service, str(chosen))

    def of(self, service: ServiceName) -> tuple[KnownAccount, ...]:
        """Return the accounts of a service that were not removed: always one at least."""
        found = tuple(each for each in self._known.values() if each.account.service is service and not each.is_removed)
        return found or (self.known(Account(service)),)

    def known(self, account: Account) -> KnownAccount:
        """Return an account, also one that was removed or never entered."""
        name = "" if account.is_default else account.id
        return self._known.get(account) or KnownAccount(account, name)

    def label(self, account: Account) -> str:
        """Return the name of an account for people."""
        return self.known(account).label

    def has_several(self, service: ServiceName) -> bool:
        """Whether a service has more than one account, so that each has to be told by its name."""
        return sum(account.service is service for account in self._known) > 1 or len(self.of(service)) > 1

    def selected(self, service: ServiceName) -> Account:
        """Return the account that new jobs of a service belong to."""
        present = [each.account for each in self.of(service)]
        chosen = self._selected.get(service)
        return chosen if chosen in present else present[0]

    def named(self, service: ServiceName, word: str) -> Account:
        """Return the account of this name or id. Raises UseError, which lists those that there are."""
        found = self._find(service, word)
        if found is not None:
            return found
        names = all_of([each.label for each in self.of(service)])
        raise UseError(
            say("There is no account “{name}” at {service}", name=word[:_LONGEST_NAME], service=service.label),
            say("Accounts there: {names:text}. Add one: topazdesk account login --name NAME", names=names),
            code=Code.USE_NO_ACCOUNT,
        )

    def _find(self, service: ServiceName, word: str) -> Account | None:
        """Return the account that a word means: by its name, else by its id, which a name of before may have become."""
        wanted = word.strip().casefold()
        return self._called(service, wanted) or next(
            (each.account for each in self.of(service) if each.account.id == wanted), None
        )

    def _called(self, service: ServiceName, word: str) -> Account | None:
        """Return the account that is called so on the list. One without a name is "default" or what is shown for it."""
        wanted = word.strip().casefold()
        for each in self.of(service):
            names = (each.name,) if each.name else (DEFAULT_ACCOUNT, each.label, translated(each.label))
            if wanted in [name.casefold() for name in names]:
                return each.account
        return None

    # -- changes, all of which block ------------------------------------------------------------------------------

    def place_for(self, service: ServiceName, name: str) -> Account:
        """Return the account that this name is or will be: one that was removed under it comes back as the same.

        Nothing is written. Raises UseError for no name.
        """
        self.load()
        name = _checked(name)
        found = self._called(service, name)
        if found is not None:
            return found
        gone = [each for each in self._known.values() if each.account.service is service and each.is_removed]
        back = next((each.account for each in gone if each.name.casefold() == name.casefold()), None)
        return back or Account(service, self._new_id(service, name))

    def _new_id(self, service: ServiceName, name: str) -> str:
        kept = "".join(each if each.isascii() and each.isalnum() else "-" for each in name.lower())
        stem = "-".join(part for part in kept.split("-") if part)[:30] or "account"
        number, word = 1, stem
        while Account(service, word) in self._known or (number > 1 and word == DEFAULT_ACCOUNT):
            number += 1
            word = f"{stem}-{number}"
        return word

    def add(self, account: Account, name: str, *, beside_default: bool) -> None:
        """Enter an account under a name and use it from now on. `beside_default`: the one without a name is used, too.

        Raises UseError, ComputerError.
        """
        self.load()
        before = self._known.get(account)
        if beside_default and Account(account.service) not in self._known:
            self._known[Account(account.service)] = KnownAccount(Account(account.service), "")
        kept = before or KnownAccount(account, "")
        self._known[account] = replace(kept, name=_checked(name) if name else kept.name, is_removed=False)
        self._selected[account.service] = account
        self._write()

    def select(self, account: Account) -> None:
        """Have new jobs belong to this account from now on. Raises ComputerError."""
        self.load()
        self._selected[account.service] = account
        self._write()

    def rename(self, account: Account, name: str) -> None:
        """Give an account another name; its jobs, books and key stay with it. Raises UseError, ComputerError."""
        self.load()
        name = _checked(name)
        taken = self._called(account.service, name)
        if taken is not None and taken != account:
            raise UseError(
                say("There is an account “{name}” already", name=name), "Choose another name.", code=Code.USE_NO_ACCOUNT
            )
        self._known[account] = replace(self.known(account), name=name)
        self._write()

    def limit(self, account: Account, day_cap: int) -> None:
        """Set the most that an account may spend a day, 0 for no limit of its own. Raises ComputerError."""
        self.load()
        self._known[account] = replace(self.known(account), day_cap=min(max(day_cap, 0), _MOST_CAP))
        self._write()

    def remove(self, account: Account) -> None:
        """Take an account off the list. Jobs and books go on naming it. Raises ComputerError."""
        self.load()
        if account not in self._known and account.is_default and not self._has(account.service):
            return  # it is only there because each service has one
        self._known[account] = replace(self.known(account), is_removed=True)
        self._selected.pop(account.service, None)
        self._write()

    def _has(self, service: ServiceName) -> bool:
        return any(account.service is service for account in self._known)

    def _write(self) -> None:
        if self._file is None:
            return
        data: dict[str, dict[str, Any]] = {}
        for account, known in self._known.items():
            entries: dict[str, Mapping[str, object]] = data.setdefault(account.service.value, {}).setdefault(
                "accounts", {}
            )
            entries[account.id] = {"name": known.name, "day_cap": known.day_cap, "removed": known.is_removed}
        for service, account in self._selected.items():
            data.setdefault(service.value, {})["selected"] = account.id
        try:
            private_file.write(self._file, json.dumps(data, indent=1))
        except OSError as error:
            raise ComputerError(
                "The list of accounts cannot be written",
                "Check the free space and the permissions of the profile folder.",
                details=error.strerror or type(error).__name__,
                code=Code.DISK_KEYS,
            ) from error


def _cleaned(name: str) -> str:
    """Return a name without anything that does not belong into a line; "" if nothing is left or it is too long."""
    name = " ".join("".join(each if each.isprintable() else " " for each in name).split())
    return name if len(name) <= _LONGEST_NAME else ""


def _checked(name: str) -> str:
    cleaned = _cleaned(name)
    if not cleaned:
        raise UseError(
            "This cannot be the name of an account",
            say("Give it 1 to {most} characters, such as “Studio”.", most=_LONGEST_NAME),
            code=Code.USE_NO_ACCOUNT,
        )
    return cleaned
