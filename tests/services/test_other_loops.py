"""The client on the window's loop, and what stays behind at the end: nothing."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path
from subprocess import PIPE

import pytest

from tests.services.support import CANARY, PROCESS
from tests.support.servers import Reply, ScriptedServer

WORK = textwrap.dedent("""
    import asyncio, sys
    from pathlib import Path
    from tests.services.support import PATIENT, request
    from topazdesk.domain.ports import DownloadLink
    from topazdesk.services.topaz import TopazService

    async def work() -> None:
        # A computer that is busy otherwise is no fault of the program: else the loop tells of each step that took long.
        asyncio.get_running_loop().slow_callback_duration = 600
        # By its name: looking that up is a visit of a thread of the loop.
        root = sys.argv[1].replace("127.0.0.1", "localhost")
        service = TopazService(root, "{key}", timeouts=PATIENT)
        assert (await service.balance()).available == 7
        taken = await service.submit(request(Path(sys.argv[2])), lambda done, total: None)
        assert taken.remote_id == "{process}"
        async with service.download(DownloadLink(root + "/r")) as download:
            assert sum([len(chunk) async for chunk in download]) == 900_000
        late = asyncio.create_task(service.status("x"))
        await asyncio.to_thread(sys.stdin.readline)  # the server has the question and keeps it
        late.cancel()
        await asyncio.gather(late, return_exceptions=True)
        await service.close()
        assert asyncio.all_tasks() == {asyncio.current_task()}
""")
QT = """
    from PySide6.QtWidgets import QApplication
    import qasync
    app = QApplication([])
    qasync.run(work())
"""
PLAIN = "asyncio.run(work())"


@pytest.mark.parametrize("start", [PLAIN, QT], ids=["asyncio", "qasync"])
def test_nothing_is_left_and_nothing_is_said_at_the_end(tmp_path: Path, start: str) -> None:
    """No "Unclosed client session", no task, no warning: the program ends in silence."""
    picture = tmp_path / "a.jpg"
    picture.write_bytes(b"x" * 3_000_000)
    code = WORK.replace("{key}", CANARY).replace("{process}", PROCESS) + textwrap.dedent(start)
    replies = (
        Reply.of_json({"available_credits": 7}),
        Reply.of_json({"process_id": PROCESS}),
        Reply(200, b"r" * 900_000),
        Reply(silent=True),
    )
    with ScriptedServer(*replies) as server:
        words = [sys.executable, "-X", "dev", "-W", "error", "-c", code, server.url, str(picture)]
        with subprocess.Popen(words, stdin=PIPE, stdout=PIPE, stderr=PIPE, text=True) as process:
            assert server.is_silent.wait(400)
            told = process.communicate("go on\n", timeout=240)
    assert (process.returncode, *told) == (0, "", "")


@pytest.mark.parametrize("module", ["topazdesk.cli.main", "topazdesk.ui.main", "topazdesk.app.app_context"])
def test_no_http_is_loaded_before_it_is_needed(module: str) -> None:
    """aiohttp takes 0.1 s to import: the first painting and `--help` do not wait for it."""
    code = f"import sys, {module}; print(sorted({{'aiohttp', 'httpx', 'yarl'}} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=240, check=True)
    assert done.stdout == "[]\n"
