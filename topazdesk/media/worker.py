"""The worker process for long pixel work, so that the window's own memory and threads stay free.

`python -m topazdesk.media.worker` reads one JSON object a line, does what it says, and answers with one line. It ends when its
input ends (the program that started it is gone), when it is killed (nobody wants the answer) or when nothing came for a minute.
"""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from topazdesk.errors import Code, TopazdeskError

#: Seconds without work after which it leaves; the next job starts another.
IDLE_S = 60.0
#: Work that takes long yields to the window.
_NICENESS = 5


def pyramid(job: dict[str, Any]) -> dict[str, Any]:
    """Write the pyramid of `source` to `part`; `plain` as in `pyramid_file.write`."""
    from topazdesk.media.pyramid_file import write

    if not job["plain"]:
        _yield_to_others()
    write(Path(job["source"]), Path(job["part"]), plain=bool(job["plain"]))
    return {}


def preview(job: dict[str, Any]) -> dict[str, Any]:
    """Keep a preview of `source` in the folder `cache`."""
    from topazdesk.media.preview_build import write
    from topazdesk.media.tilecache import TileCache

    write(Path(job["source"]), TileCache(Path(job["cache"])))
    return {}


def changes(job: dict[str, Any]) -> dict[str, Any]:
    """Compare `after` with `before`; the answer is the change map as JSON."""
    from topazdesk.media.changes import compare

    return compare(Path(job["before"]), Path(job["after"])).to_json()


def headers(job: dict[str, Any]) -> dict[str, Any]:
    """The headers of `paths`, in their order; `headers.to_row` tells what a row is."""
    from topazdesk.media.headers import read, to_row

    _yield_to_others()
    return {"rows": [to_row(found) for found in read([Path(path) for path in job["paths"]])]}


JOBS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "pyramid": pyramid,
    "preview": preview,
    "changes": changes,
    "headers": headers,
}


def main() -> int:
    """Serve until there is nothing more to do; returns the exit code."""
    # Chatter of native libraries must not get between the answers.
    answers = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)
    jobs: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(sys.stdin, jobs), name="input", daemon=True).start()
    threading.Thread(target=_load, name="load", daemon=True).start()
    while True:
        try:
            job = jobs.get(timeout=IDLE_S)
        except queue.Empty:
            return 0
        print(json.dumps(_done(job)), file=answers, flush=True)


def _done(job: dict[str, Any]) -> dict[str, Any]:
    try:
        work = JOBS[str(job["job"])]
        return {"ok": work(job)}
    except TopazdeskError as error:
        return {"error": [type(error).__name__, error.title, error.hint, error.details, error.code]}
    except OSError as error:
        return {"os_error": error.strerror or type(error).__name__}
    except Exception:  # noqa: BLE001 - reported as the answer: else it would end with this process, unseen
        hint = "The pictures themselves are unharmed. Choose them again"
        return {
            "error": ["BugError", "This picture cannot be worked on", hint, traceback.format_exc(), Code.BUG_WORKER]
        }


def _read(stream: IO[str], jobs: queue.SimpleQueue[dict[str, Any]]) -> None:
    """In a thread of its own, so that the end of the program that started us ends work under way too."""
    for line in stream:
        jobs.put(json.loads(line))
    os._exit(0)


def _load() -> None:
    """Libraries are loaded while the first job is still on its way."""
    from topazdesk.media.limits import vips

    vips()


def _yield_to_others() -> None:
    if hasattr(os, "nice") and os.nice(0) < _NICENESS:
        os.nice(_NICENESS)


if __name__ == "__main__":
    sys.exit(main())
