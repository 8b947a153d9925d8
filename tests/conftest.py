"""For every test: nothing of a test stays in the user's own folders, and garbage is collected where Qt can bear it."""

from __future__ import annotations

import gc
import itertools
import os
import signal
import sys
from collections.abc import Iterator

import pytest
from hypothesis import settings
from pytestqt.qtbot import QtBot

from tests.support import in_memory, long_first, own_environment, quick_start
from tests.support.postgres import Cluster, bin_folder, cluster

own_environment.clear(os.environ)

# Before anything asks for a temporary folder. Not for the processes that pytest-xdist starts: they are in the first one's.
in_memory.use()

# Windows of tests stay off the screen, also where pytest is started by hand; the stories bring an X server of their own.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

# What is said is compared in English, whatever the language of who runs the tests.
os.environ["TOPAZDESK_LANGUAGE"] = "en"

# No test puts the computer to sleep that it runs on: who asks a system bus brings one of his own.
os.environ["DBUS_SYSTEM_BUS_ADDRESS"] = "unix:path=/nonexistent/bus"

# Without bytecode each program that a test starts compiles all that it imports: a second of a processor's time.
if os.environ.pop("PYTHONDONTWRITEBYTECODE", None):
    sys.dont_write_bytecode = False

# Each process collects all tests, of which nothing is garbage; from then on `garbage_stays_in_this_thread` has a say.
gc.disable()

# What hangs is told after so long; waiting costs nothing where all goes well, and a busy machine may take its time.
for _wait in ("waitActive", "waitCallback", "waitExposed", "waitSignal", "waitSignals", "waitUntil"):
    vars(QtBot)[_wait].__kwdefaults__["timeout"] = 60_000

# Hypothesis fails an example that takes over 200 ms; a neighbour on the same core can make it do so. Every run draws the
# same examples, so that a change is judged by what it changes; `dev.py bench chance` looks for what nobody has drawn yet.
settings.register_profile("tests", deadline=None, derandomize="TOPAZDESK_CHANCE" not in os.environ)
settings.load_profile("tests")

# Who starts the tests in the background or with nohup has some signals ignored, and so would every program they start.
for _number, _usual in (("SIGINT", signal.default_int_handler), ("SIGHUP", signal.SIG_DFL)):
    if hasattr(signal, _number) and signal.getsignal(getattr(signal, _number)) is signal.SIG_IGN:
        signal.signal(getattr(signal, _number), _usual)

# A process that decodes is otherwise mostly busy with importing its libraries.
quick_start.lend()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """On several workers the long tests come first."""
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    if workers > 1:
        items[:] = long_first.spread(items, lambda item: item.nodeid, workers)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """A PostgreSQL of this test run's own; made when the first test asks for it."""
    if bin_folder() is None:
        pytest.skip("PostgreSQL's server is not installed")
    # A server that is killed loses nothing by it: what it wrote is the system's, which is not cut off here.
    with cluster("fsync = off\nfull_page_writes = off") as made:
        yield made


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Thumbnails that windows make go to a folder of the test run, not to the desktop's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session", autouse=True)
def garbage_stays_in_this_thread() -> None:
    """As in the window (see `topazdesk.ui.runtime.garbage`): a worker thread that collects takes Qt's objects apart."""
    gc.disable()
    # Modules and collected tests live to the end of the run: to look through them takes longer than many a test.
    gc.collect()
    gc.freeze()
    # They stay frozen: at its end pytest looks for garbage five times, which would be through all of them.


_tests = itertools.count(1)


@pytest.fixture(autouse=True)
def garbage_is_collected() -> Iterator[None]:
    """After each test what is young, after every fiftieth all of it: a full look takes as long as many a test."""
    yield
    gc.collect(2 if next(_tests) % 50 == 0 else 1)
