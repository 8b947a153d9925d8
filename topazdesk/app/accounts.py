"""The accounts of a profile by name: which there are at each service, which is in use, and what each may spend a day.

There is no key in this file. An account that was removed stays known, because jobs and books may name it.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
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


@dataclass(frozen=True, slots=True)
class _Listed:
    """The whole list. It is replaced, never changed: who pays is asked while another thread reads the file."""

    known: Mapping[Account, KnownAccount] = field(default_factory=dict)
    selected: Mapping[ServiceName, Account] = field(default_factory=dict)


class Accounts:
    """The accounts in a file. What is written is first read again: another program may have changed it.

    All methods but `load`, `place_for`, `add`, `rename`, `remove`, `select` and `limit` answer from memory, in any
    thread; those block, and come one after the other: what was read earlier never replaces what was read later.
    """

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self._listed = _Listed()
        self._turn = threading.RLock()

    def load(self) -> None:
        """Read the file; what is damaged in it is left out."""
        with self._turn:
            if self._file is None:
                return
            try:
                data = read_json(self._file, _MOST_BYTES)
            except (OSError, ValueError, RecursionError):
                data = None
            known: dict[Account, KnownAccount] = {}
            selected: dict[ServiceName, Account] = {}
            for service in SERVICES.with_key:
                _read(service, data.get(service.value) if isinstance(data, dict) else None, known, selected)
            self._listed = _Listed(known, selected)

    def of(self, service: ServiceName) -> tuple[KnownAccount, ...]:
        """Return the accounts of a service that were not removed: always one at least."""
        return _of(self._listed, service)

    def known(self, account: Account) -> KnownAccount:
        """Return an account, also one that was removed or never entered."""
        return _known(self._listed, account)

    def label(self, account: Account) -> str:
        """Return the name of an account for people."""
        return self.known(account).label

    def has_several(self, service: ServiceName) -> bool:
        """Whether a service has more than one account, so that each has to be told by its name."""
        listed = self._listed
        return sum(account.service is service for account in listed.known) > 1 or len(_of(listed, service)) > 1

    def selected(self, service: ServiceName) -> Account:
        """Return the account that new jobs of a service belong to."""
        listed = self._listed
        present = [each.account for each in _of(listed, service)]
        chosen = listed.selected.get(service)
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
        with self._turn:
            self.load()
            name = _checked(name)
            found = self._called(service, name)
            if found is not None:
                return found
            known = self._listed.known
            gone = [each for each in known.values() if each.account.service is service and each.is_removed]
            back = next((each.account for each in gone if each.name.casefold() == name.casefold()), None)
            return back or Account(service, self._new_id(service, name))

    def _new_id(self, service: ServiceName, name: str) -> str:
        kept = "".join(each if each.isascii() and each.isalnum() else "-" for each in name.lower())
        stem = "-".join(part for part in kept.split("-") if part)[:30] or "account"
        number, word = 1, stem
        while Account(service, word) in self._listed.known or (number > 1 and word == DEFAULT_ACCOUNT):
            number += 1
            word = f"{stem}-{number}"
        return word

    def add(self, account: Account, name: str, *, beside_default: bool) -> None:
        """Enter an account under a name and use it from now on. `beside_default`: the one without a name is used, too.

        Raises UseError, ComputerError.
        """
        with self._turn:
            self.load()
            before, plain = self._listed.known.get(account), Account(account.service)
            new = {}
            if beside_default and plain not in self._listed.known:
                new[plain] = KnownAccount(plain, "")
            kept = before or KnownAccount(account, "")
            new[account] = replace(kept, name=_checked(name) if name else kept.name, is_removed=False)
            self._put(new, {account.service: account})

    def select(self, account: Account) -> None:
        """Have new jobs belong to this account from now on. Raises ComputerError."""
        with self._turn:
            self.load()
            self._put({}, {account.service: account})

    def rename(self, account: Account, name: str) -> None:
        """Give an account another name; its jobs, books and key stay with it. Raises UseError, ComputerError."""
        with self._turn:
            self.load()
            name = _checked(name)
            taken = self._called(account.service, name)
            if taken is not None and taken != account:
                raise UseError(
                    say("There is an account “{name}” already", name=name),
                    "Choose another name.",
                    code=Code.USE_NO_ACCOUNT,
                )
            self._put({account: replace(self.known(account), name=name)}, {})

    def limit(self, account: Account, day_cap: int) -> None:
        """Set the most that an account may spend a day, 0 for no limit of its own. Raises ComputerError."""
        with self._turn:
            self.load()
            self._put({account: replace(self.known(account), day_cap=min(max(day_cap, 0), _MOST_CAP))}, {})

    def remove(self, account: Account) -> None:
        """Take an account off the list. Jobs and books go on naming it. Raises ComputerError."""
        with self._turn:
            self.load()
            if account not in self._listed.known and account.is_default and not self._has(account.service):
                return  # it is only there because each service has one
            self._put({account: replace(self.known(account), is_removed=True)}, {account.service: None})

    def _has(self, service: ServiceName) -> bool:
        return any(account.service is service for account in self._listed.known)

    def _put(self, known: Mapping[Account, KnownAccount], selected: Mapping[ServiceName, Account | None]) -> None:
        """Replace what is known of these accounts, and which are selected, None for none, and write the file."""
        chosen = {**self._listed.selected, **selected}
        present = {service: account for service, account in chosen.items() if account is not None}
        self._listed = _Listed({**self._listed.known, **known}, present)
        self._write()

    def _write(self) -> None:
        if self._file is None:
            return
        data: dict[str, dict[str, Any]] = {}
        for account, known in self._listed.known.items():
            entries: dict[str, Mapping[str, object]] = data.setdefault(account.service.value, {}).setdefault(
                "accounts", {}
            )
            entries[account.id] = {"name": known.name, "day_cap": known.day_cap, "removed": known.is_removed}
        for service, account in self._listed.selected.items():
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


def _of(listed: _Listed, service: ServiceName) -> tuple[KnownAccount, ...]:
    found = tuple(each for each in listed.known.values() if each.account.service is service and not each.is_removed)
    return found or (_known(listed, Account(service)),)


def _known(listed: _Listed, account: Account) -> KnownAccount:
    name = "" if account.is_default else account.id
    return listed.known.get(account) or KnownAccount(account, name)


def _read(
    service: ServiceName, data: object, known: dict[Account, KnownAccount], selected: dict[ServiceName, Account]
) -> None:
    """Take in what a file says of a service."""
    entries = data.get("accounts") if isinstance(data, dict) else None
    for word, entry in entries.items() if isinstance(entries, dict) else ():
        if not is_account_id(word) or not isinstance(entry, dict):
            continue
        name, cap = entry.get("name"), entry.get("day_cap", 0)
        account = Account(service, word)
        known[account] = KnownAccount(
            account,
            name if isinstance(name, str) and _cleaned(name) == name else "" if account.is_default else word,
            cap if type(cap) is int and 0 <= cap <= _MOST_CAP else 0,
            entry.get("removed") is True,
        )
    chosen = data.get("selected") if isinstance(data, dict) else None
    if is_account_id(chosen):
        selected[service] = Account(service, str(chosen))


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
