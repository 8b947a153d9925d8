"""Provides the clients of the services: reads keys and addresses, and starts the sandbox when it is needed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from topazdesk.app.keys import Keys
from topazdesk.app.paths import Paths
from topazdesk.app.sandbox_launcher import SandboxLauncher
from topazdesk.app.settings import Settings
from topazdesk.domain.ports import Service
from topazdesk.domain.services import ServiceName
from topazdesk.errors import AccountError, Code
from topazdesk.language import say

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
    """Keeps one client per service and account; a changed key, address or sandbox gives a new one."""

    def __init__(self, settings: Callable[[], Settings], keys: Keys, sandbox: SandboxLauncher, paths: Paths) -> None:
        self._paths = paths
        self._settings = settings
        self._keys = keys
        self._sandbox = sandbox
        self._clients: dict[ServiceName, tuple[tuple[str, str], Service]] = {}
        self._lock = asyncio.Lock()
        self._old: list[Service] = []

    async def get(self, name: ServiceName) -> Service:
        """Return the client of `name`. Raises AccountError without a key, ComputerError if the sandbox cannot start."""
        async with self._lock:
            url, key = await self._account(name)
            known = self._clients.get(name)
            if known is not None and known[0] == (url, key):
                return known[1]
            if known is not None:
                # Requests may still use it; it is closed with the others at the end.
                self._old.append(known[1])
            if name.traits.runs_networks:
                client = await asyncio.to_thread(_local, self._paths, self._settings, name)
            else:
                client = await _client(name, url, key)
            self._clients[name] = ((url, key), client)
            return client

    async def account(self, name: ServiceName) -> tuple[str, str]:
        """Return address and key of a service, "" for that in the profile. Raises AccountError without a key."""
        return ("", "") if name.traits.is_local else await self._account(name)

    async def with_key(self, name: ServiceName, key: str) -> Service:
        """Return a client for trying out a key; it is not kept, and the caller closes it."""
        return await _client(name, self._settings().url_of(name), key.strip())

    async def _account(self, name: ServiceName) -> tuple[str, str]:
        if name.traits.runs_networks:
            return "", ""
        if name.traits.is_practice:
            address = await self._sandbox.ensure()
            return address.url, address.api_key
        key = await asyncio.to_thread(self._keys.get, name)
        if not key:
            raise AccountError(
                say("No {name} key yet", name=name.label),
                "Add your key. Nothing was sent.",
                details=f"Neither the keyring nor {name.upper()}_API_KEY has one.",
                code=Code.ACCOUNT_NO_KEY,
            )
        return self._settings().url_of(name), key

    async def close(self) -> None:
        """Close all connections."""
        clients = [client for _, client in self._clients.values()] + self._old
        self._clients.clear()
        self._old.clear()
        for client in clients:
            await client.close()


async def _client(name: ServiceName, url: str, key: str) -> Service:
    """Return a new client. The modules with httpx are imported only now and in a thread, as that takes 0.1 s."""
    kind = await asyncio.to_thread(CLIENTS[name])
    return kind(url, key, name)
