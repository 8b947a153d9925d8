"""The sandbox program: it reads its options, opens the state folder, listens on the loopback and shuts down in order.

Exit codes: 0 ended as asked, 2 wrong use, 5 the folder or the port is not available.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import logging
import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import uvicorn

from topazdesk.errors import Code, ComputerError, TopazdeskError, told
from topazdesk.language import say
from topazdesk.media.metadata import signing
from topazdesk.sandbox import app, keeping, ledger
from topazdesk.sandbox.access import Activity
from topazdesk.sandbox.context import Sandbox
from topazdesk.sandbox.database import Database
from topazdesk.sandbox.links import Signer
from topazdesk.sandbox.models import load_models
from topazdesk.sandbox.protocol import CuttableProtocol
from topazdesk.sandbox.runflow_input import load_runflow
from topazdesk.sandbox.scenario import Scenario
from topazdesk.sandbox.state import StateFolder
from topazdesk.sandbox.timing import Pace
from topazdesk.sandbox.work import Workshop

log = logging.getLogger(__name__)

_HOST = "127.0.0.1"
_TICK_S = 0.2
_SWEEP_S = 3600.0
#: Unlike the real service, the sandbox shares the computer with the window that uses it, so it yields to the window.
_NICENESS = 5


def main(argv: list[str]) -> int:
    """Run until told to stop; return the exit code."""
    options = _options(argv)
    _yield_to_others()
    logging.basicConfig(
        stream=sys.stderr,
        level=logging.INFO if options.verbose else logging.CRITICAL,
        format="%(asctime)s %(name)s %(message)s",
    )
    try:
        asyncio.run(_run(options))
    except TopazdeskError as error:
        print(told(error.title, error.hint), error.details, sep="\n", file=sys.stderr)
        report = {
            "event": "error",
            "title": error.title,
            "hint": error.hint,
            "details": error.details,
            "code": error.code,
        }
        print(json.dumps(report), flush=True)  # for the launcher, which waits for the first line
        return error.exit_code
    sys.stdout.flush()
    # Do not wait for the threads: a result that is still being made is made again at the next start.
    os._exit(0)


def _yield_to_others() -> None:
    if hasattr(os, "nice") and os.nice(0) < _NICENESS:
        os.nice(_NICENESS)


def _options(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="topazdesk.sandbox", description="A practice service on this computer.")
    parser.add_argument("--state", type=Path, required=True, help="folder for jobs, pictures, key and ledger")
    parser.add_argument("--catalogue", type=Path, required=True, action="append", help="folder of models; repeatable")
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0 picks a free one")
    parser.add_argument("--speed", type=float, default=1.0, help="1 is realistic, 2 twice as fast, 0 instant")
    parser.add_argument("--scenario", type=Path, help="file that makes the service fail in chosen ways")
    parser.add_argument("--idle-exit", type=float, help="exit after this many seconds without requests and work")
    parser.add_argument("--credits", type=int, help="what the account has from now on, booked as a grant")
    parser.add_argument("--sign", action="store_true", help="sign results with content credentials (C2PA)")
    parser.add_argument("--verbose", action="store_true", help="log to stderr")
    options = parser.parse_args(argv)
    if options.speed < 0:
        parser.error("--speed must be 0 or more")
    return options


class _Server(uvicorn.Server):
    """A uvicorn server without signal handling, which would end the process before the state folder is released.

    It withdraws its announcement before it closes its port.
    """

    def __init__(self, config: uvicorn.Config, state: StateFolder) -> None:
        super().__init__(config)
        self._state = state

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Withdraw the announcement, then shut down."""
        self._state.withdraw()
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to `_run`."""
        yield


async def _run(options: argparse.Namespace) -> None:
    if options.sign:
        signing.check_installed()
    scenario = Scenario(options.scenario)
    models = load_models(options.catalogue)
    listener = _listen(options.port)
    state = StateFolder.open(options.state)
    database = Database(state.database)
    try:
        starting = ledger.STARTING_CREDITS if scenario.credits is None else scenario.credits
        await database.run(ledger.open_account, starting, time.time())
        if options.credits is not None:
            await database.run(ledger.grant_up_to, options.credits, time.time())
        workshop = Workshop(state, database, state.certificates if options.sign else None)
        sandbox = Sandbox(
            state=state,
            database=database,
            models=models,
            runflow=load_runflow(options.catalogue),
            pace=Pace(options.speed),
            scenario=scenario,
            signer=Signer(state.signing_key),
            workshop=workshop,
        )
        await _serve(sandbox, listener, options.idle_exit)
    finally:
        database.close()
        state.close()


def _listen(port: int) -> socket.socket:
    # The protocol must be given: only then does asyncio turn off Nagle's algorithm, which delays each response by 40
    # ms.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":
            # On POSIX this means "do not wait for old connections"; on Windows it would share a port that is in use.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((_HOST, port))
    except (OSError, OverflowError) as error:
        listener.close()
        raise ComputerError(
            say("Port {port} is in use", port=port),
            "Choose another one with --port",
            details=str(error),
            code=Code.COMPUTER_PORT,
        ) from error
    return listener


async def _serve(sandbox: Sandbox, listener: socket.socket, idle_exit_s: float | None) -> None:
    application = app.build(sandbox)
    server = _Server(
        uvicorn.Config(
            application,
            http=CuttableProtocol,
            ws="none",
            loop="asyncio",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            backlog=512,
            timeout_keep_alive=75,
            timeout_graceful_shutdown=1,
        ),
        sandbox.state,
    )
    _on_signals(server)
    url = f"http://{_HOST}:{listener.getsockname()[1]}"
    await keeping.remove_unbooked(sandbox)
    await sandbox.workshop.resume()
    listener.listen(512)  # connections queue up from here on, so the announcement below is true
    runflow_url = url if len(sandbox.runflow) else None
    sandbox.state.announce(url, runflow_url)
    line = {
        "event": "listening",
        "topaz_url": url,
        "runflow_url": runflow_url,
        "api_key": sandbox.state.api_key,
        "pid": os.getpid(),
    }
    print(json.dumps(line), flush=True)
    tending = asyncio.create_task(_tend(sandbox, application, server, idle_exit_s), name="tend")
    try:
        await server.serve(sockets=[listener])
    finally:
        tending.cancel()
        await asyncio.gather(tending, return_exceptions=True)
        await sandbox.workshop.close()


def _on_signals(server: uvicorn.Server) -> None:
    def stop(*_: object) -> None:
        server.should_exit = True

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)


async def _tend(sandbox: Sandbox, application: Activity, server: uvicorn.Server, idle_exit_s: float | None) -> None:
    """Stop the server when it is idle or asked to leave, and delete expired files."""
    swept = 0.0
    while True:
        if time.monotonic() - swept > _SWEEP_S or not swept:
            swept = time.monotonic()
            await keeping.sweep(sandbox)
        is_idle = idle_exit_s is not None and not sandbox.workshop.unfinished and application.idle_s() >= idle_exit_s
        if is_idle or sandbox.state.is_asked_to_leave():
            server.should_exit = True
        await asyncio.sleep(_TICK_S)
