"""Provides the clients of the services: reads keys and addresses, and starts the sandbox when it is needed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from topazdesk.app.accounts import Accounts
from topazdesk.app.keys import Keys, KeySource, variable_of
from topazdesk.app.paths import Paths
from topazdesk.app.sandbox_launcher import SandboxLauncher
from topazdesk.app.settings import Settings
from topazdesk.domain.account import Account
from topazdesk.domain.ports import Service
from topazdesk.domain.services import ServiceName
from topazdesk.errors import AccountError, Code
from topazdesk.language import say

#: How long is waited for a key ring that may be asking the user for its password.
RING_PATIENCE_S = 10.0
#: A ring that was not unlocked asks for its password again after so long, not for each of many requests.
RING_REST_S = 10.0
#: Makes the client of an account from address, key and service name.
Client = Callable[[str, str, ServiceName], Service]


def _topaz() -> Client:
    from topazdesk.services.topaz import TopazService

    return TopazService


def _runflow() -> Client:
    from topazdesk.services.runflow import RunflowService

    return RunflowService


#: The client of each service in `domain.services`, behind a function that imports its module.
CLIENTS: dict[str, Callable[[], Client]] = {
    ServiceName.TOPAZ: _topaz,
    ServiceName.RUNFLOW: _runflow,
    ServiceName.SANDBOX: _topaz,
}


def _local(paths: Paths, settings: Callable[[], Settings], name: ServiceName) -> Service:
    from topazdesk.services.local import LocalService

    return LocalService(
        name,
        paths.local,
        paths.own_models / name.value,
        log=paths.local_log,
        device=lambda: settings().local_device,
    )


class Services:
    """Keeps one client per account; a changed key, address or sandbox gives a new one.

    `unlocked` is called with an account whose key came after it had been given up waiting for.
    """

    def __init__(
        self,
        settings: Callable[[], Settings],
        keys: Keys,
        sandbox: SandboxLauncher,
        paths: Paths,
        accounts: Accounts | None = None,
    ) -> None:
        self._paths = paths
        self._settings = settings
        self._keys = keys
        self._sandbox = sandbox
        self._accounts = accounts or Accounts()
        self._clients: dict[Account, tuple[tuple[str, str], Service]] = {}
        self._locks: dict[Account, asyncio.Lock] = {}
        self._looks: dict[Account, asyncio.Task[tuple[str | None, KeySource]]] = {}
        self._locked_at: dict[Account, float] = {}
        self._old: list[Service] = []
        self.unlocked: Callable[[Account], None] = lambda _: None

    async def get(self, account: Account) -> Service:
        """Return the client of an account. Raises AccountError without its key, ComputerError if the sandbox cannot
        start. Never answers with another account's client.
        """
        name = account.service
        async with self._locks.setdefault(account, asyncio.Lock()):  # another one's key ring may ask for minutes
            url, key = await self._credentials(account)
            known = self._clients.get(account)
            if known is not None and known[0] == (url, key):
                return known[1]
            if known is not None:
                # Requests may still use it; it is closed with the others at the end.
                self._old.append(known[1])
            if name.traits.runs_networks:
                client = await asyncio.to_thread(_local, self._paths, self._settings, name)
            else:
                client = await _client(name, url, key)
            self._clients[account] = ((url, key), client)
            return client

    async def credentials(self, account: Account) -> tuple[str, str]:
        """Return address and key of an account, "" for one in the profile. Raises AccountError without a key."""
        return ("", "") if account.service.traits.is_local else await self._credentials(account)

    async def with_key(self, name: ServiceName, key: str) -> Service:
        """Return a client for trying out a key; it is not kept, and the caller closes it."""
        return await _client(name, self._settings().url_of(name), key.strip())

    async def _credentials(self, account: Account) -> tuple[str, str]:
        name = account.service
        if name.traits.runs_networks:
            return "", ""
        if name.traits.is_practice:
            address = await self._sandbox.ensure()
            return address.url, address.api_key
        key = self._keys.at_hand(account) or await asyncio.to_thread(self._keys.outside_ring, account)
        if not key:
            key, source = await self._look(account)
            if not key:
                raise await self._without_key(account, source)
        return self._settings().url_of(name), key

    async def _look(self, account: Account) -> tuple[str | None, KeySource]:
        """Ask key ring and file for a key, but do not wait for ever.

        A ring that asks for its password may take minutes. The look goes on meanwhile: when it ends, the key is there.
        """
        now = asyncio.get_running_loop().time()
        look = self._looks.get(account)
        if look is None and now - self._locked_at.get(account, -RING_REST_S) < RING_REST_S:
            return None, KeySource.LOCKED
        if look is None:
            look = asyncio.create_task(self._keys.ask(self._keys.find, account), name=f"key of {account}")
            self._looks[account] = look
            look.add_done_callback(lambda _: self._looks.pop(account, None))
        done, _ = await asyncio.wait({look}, timeout=RING_PATIENCE_S)
        if done:
            found = look.result()
            if found[1] is KeySource.LOCKED:
                self._locked_at[account] = asyncio.get_running_loop().time()
            return found
        look.add_done_callback(lambda ended: self._looked(account, ended))
        return None, KeySource.LOCKED

    def _looked(self, account: Account, look: asyncio.Task[tuple[str | None, KeySource]]) -> None:
        if not look.cancelled() and look.exception() is None and look.result()[0]:
            self.unlocked(account)

    async def _without_key(self, account: Account, source: KeySource) -> AccountError:
        """Return the error for an account without a key: what is wrong, and what to do."""
        service, variable = account.service, variable_of(account)
        label = service.label
        if self._accounts.has_several(service):
            label = say("{service} (account “{name}”)", service=label, name=self._accounts.label(account))
        if source is KeySource.LOCKED:
            return AccountError(
                say("The keyring with the key for {service:text} is locked", service=label),
                say("Unlock it: enter its password where the system asks for it, then go on. Nothing was sent."),
                details=f"Without a screen, set {variable} instead.",
                code=Code.ACCOUNT_RING_LOCKED,
            )
        if source is KeySource.UNREACHABLE:
            return AccountError(
                say("The keyring with the key for {service:text} does not answer", service=label),
                say(
                    "Start it again (signing out and in does that), or add the key once more. Nothing was sent with "
                    "another key."
                ),
                details=f"The keyring has ended or refuses to talk. {variable} in the environment works without it.",
                code=Code.ACCOUNT_RING_GONE,
            )
        if account.is_default and label == service.label:
            title = say("No {name} key yet", name=service.label)
        else:
            title = say("There is no key for {service:text}", service=label)
        hint = say("Add your key. Nothing was sent.")
        if not await self._keys.ask(self._keys.has_ring):
            hint = say("Add your key, or start the keyring that it is kept in: none works here now. Nothing was sent.")
        return AccountError(
            title, hint, details=f"Neither the keyring nor {variable} has one.", code=Code.ACCOUNT_NO_KEY
        )

    async def close(self) -> None:
        """Close all connections."""
        for look in tuple(self._looks.values()):
            look.cancel()
        clients = [client for _, client in self._clients.values()] + self._old
        self._clients.clear()
        self._old.clear()
        for client in clients:
            await client.close()


async def _client(name: ServiceName, url: str, key: str) -> Service:
    """Return a new client. The modules with httpx are imported only now and in a thread, as that takes 0.1 s."""
    kind = await asyncio.to_thread(CLIENTS[name])
    return kind(url, key, name)
