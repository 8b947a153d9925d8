"""A throw-away PostgreSQL: a cluster in a temporary folder, on a socket there, run by a user without rights."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

#: Where Debian puts the programs of a version; elsewhere they are on the path.
_PLACES = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
#: PostgreSQL refuses to run as root; any user without rights will do.
_UNPRIVILEGED = "nobody"
_TEMPLATE = "template_of_teams"


def bin_folder() -> Path | None:
    """Where `initdb` and `pg_ctl` are, None where PostgreSQL is not installed."""
    for place in _PLACES:
        if (place / "initdb").exists() and (place / "postgres").exists():
            return place
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


class Cluster:
    """A server that a test may stop, kill and start again."""

    def __init__(self, folder: Path, programs: Path, options: str = "") -> None:
        self.folder = folder
        self._programs = programs
        self._as = ["setpriv", f"--reuid={_UNPRIVILEGED}", "--clear-groups"] if os.geteuid() == 0 else []
        folder.chmod(0o700)
        if self._as:
            entry = pwd.getpwnam(_UNPRIVILEGED)
            os.chown(folder, entry.pw_uid, entry.pw_gid)
        self._data = folder / "data"
        self._run(
            "initdb", "-D", str(self._data), "-U", "owner", "-A", "trust", "-E", "UTF8", "--no-sync", "--locale=C.UTF-8"
        )
        with (self._data / "postgresql.conf").open("a") as file:
            file.write(f"listen_addresses = ''\nunix_socket_directories = '{folder}'\nmax_connections = 200\n")
            file.write(f"{options}\n")
            file.write("shared_buffers = 64MB\nautovacuum_naptime = 5s\nlog_min_messages = fatal\n")
        self._has_template = False
        self.start()

    @property
    def url(self) -> str:
        return self.url_of("postgres")

    def url_of(self, database: str, user: str = "owner") -> str:
        return f"postgresql://{user}@/{database}?host={self.folder}"

    def start(self) -> None:
        # What recovers from a kill on a busy machine may take longer than the minute that is waited by default.
        self._run("pg_ctl", "-D", str(self._data), "-w", "-t", "400", "-l", str(self.folder / "log"), "start")

    def stop(self, mode: str = "immediate") -> None:
        with contextlib.suppress(subprocess.CalledProcessError):
            self._run("pg_ctl", "-D", str(self._data), "-w", "-m", mode, "stop")

    def restart(self) -> None:
        """As a power cut would: what was not committed is gone."""
        self.stop()
        self.start()

    def new_database(self, name: str) -> str:
        """Makes an empty database and returns its URL."""
        import psycopg

        with psycopg.connect(self.url, autocommit=True) as raw:
            raw.execute(f'CREATE DATABASE "{name}"')
        return self.url_of(name)

    def new_team(self) -> str:
        """Makes a new team's database and returns its URL: a copy of the first one, which takes a tenth of the time."""
        import psycopg

        from topazdesk.team.setup import init

        if not self._has_template:
            init(self.new_database(_TEMPLATE))
            self._has_template = True
        name = f"t{uuid.uuid4().hex}"
        with psycopg.connect(self.url, autocommit=True) as raw:
            raw.execute(f'CREATE DATABASE "{name}" TEMPLATE {_TEMPLATE}')
        with psycopg.connect(self.url_of(name), autocommit=True) as raw:  # each has a name of its own
            raw.execute("UPDATE topazdesk.meta SET value = %s WHERE key = 'database'", (uuid.uuid4().hex,))
        return self.url_of(name)

    def dump(self, database: str) -> Path:
        """A backup of a database, as `pg_dump` makes it."""
        path = self.folder / f"{database}.dump"
        self._client("pg_dump", "-Fc", "-f", str(path), self.url_of(database))
        return path

    def restore(self, database: str, dump: Path) -> None:
        """Puts a database back to what a backup has: under its name, and whoever is connected is thrown out."""
        import psycopg

        with psycopg.connect(self.url, autocommit=True) as raw:
            raw.execute(f'DROP DATABASE "{database}" WITH (FORCE)')
            raw.execute(f'CREATE DATABASE "{database}"')
        self._client("pg_restore", "-d", self.url_of(database), str(dump))

    def _client(self, program: str, *arguments: str) -> None:
        subprocess.run([str(self._programs / program), *arguments], check=True, cwd="/")

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [*self._as, str(self._programs / program), *arguments],
            capture_output=program != "pg_ctl",
            stdin=subprocess.DEVNULL,
            stdout=None if program != "pg_ctl" else subprocess.DEVNULL,
            check=False,
            cwd="/",
        )
        done.check_returncode()


@contextlib.contextmanager
def cluster(options: str = "") -> Iterator[Cluster]:
    programs = bin_folder()
    assert programs is not None
    # Not in pytest's folder: a socket's path may have a hundred characters, and another user must get there.
    usual = tempfile.gettempdir()
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp" if len(usual) > 20 and Path("/tmp").is_dir() else usual))
    try:
        made = Cluster(folder, programs, options)
        try:
            yield made
        finally:
            made.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
