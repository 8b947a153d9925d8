"""`topazdesk sandbox`: the local practice service alone, in the foreground."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from topazdesk.app.paths import Paths
from topazdesk.app.resources import catalogue_folder
from topazdesk.app.sandbox_launcher import run_in_foreground
from topazdesk.cli.options import ProfileOption
from topazdesk.cli.params import Option
from topazdesk.errors import ExitCode


def sandbox(
    port: Annotated[int, Option("--port", metavar="PORT", min=0, max=65535, help="0 takes a free one.")] = 0,
    speed: Annotated[float, Option("--speed", metavar="X", min=0, help="1 as fast as a service, 0 at once.")] = 1.0,
    scenario: Annotated[Path | None, Option("--scenario", metavar="FILE", help="File with faults to act out.")] = None,
    state: Annotated[
        Path | None, Option("--state", metavar="DIR", help="Folder for its jobs and ledger. Default: in the profile.")
    ] = None,
    credits: Annotated[
        int | None,
        Option(
            "--credits",
            metavar="N",
            min=0,
            max=1_000_000_000,
            help="What the practice account has from now on. Default: what is left, at first 500.",
        ),
    ] = None,
    sign: Annotated[
        bool, Option("--sign", help="Sign results with content credentials (C2PA), as Topaz does.")
    ] = False,
    catalogue: Annotated[Path | None, Option("--catalogue", hidden=True)] = None,
    idle_exit: Annotated[float | None, Option("--idle-exit", hidden=True)] = None,
    profile: ProfileOption = None,
    _as_json: Annotated[bool, Option("--json", help="Accepted for scripts: the first line is always JSON.")] = False,
) -> ExitCode:
    """Run the free practice service until it is stopped. The first line says where it listens and its key."""
    from topazdesk.app.own_folders import ensure

    paths = ensure(Paths.choose(profile))
    arguments = ["--state", str(state or paths.sandbox), "--catalogue", str(catalogue or catalogue_folder())]
    arguments += ["--catalogue", str(paths.own_models)] if catalogue is None else []
    arguments += ["--port", str(port), "--speed", f"{speed:g}"]
    arguments += ["--credits", str(credits)] if credits is not None else []
    arguments += ["--sign"] if sign else []
    arguments += ["--scenario", str(scenario)] if scenario else []
    arguments += ["--idle-exit", f"{idle_exit:g}"] if idle_exit is not None else []
    return ExitCode(run_in_foreground(arguments))
