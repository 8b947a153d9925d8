"""Run long pixel work in a worker process, so that the window's own memory and threads stay free.

`python -m topazdesk.media.worker` reads jobs as one JSON object per line and answers each with one line. A job may tell
how it goes on in lines before that, and be told more. The process ends when its input ends (the program that started it
is gone), when it is killed (nobody wants the answer) or after a minute without work.
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
from topazdesk.language import say

#: Seconds without work after which the process exits; the next job starts another one.
IDLE_S = 60.0
#: Niceness for long work, so that the window gets the processor first.
_NICENESS = 5


class Talk:
    """What is said between a running job and the program that waits for it. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._out: IO[str] = sys.stdout
        #: What the program said last to the running job.
        self.heard: dict[str, Any] = {}

    def open(self, out: IO[str]) -> None:
        """Say everything to `out`."""
        self._out = out

    def say(self, line: dict[str, Any]) -> None:
        """Say a line."""
        with self._lock:
            print(json.dumps(line), file=self._out, flush=True)


talk = Talk()


def pyramid(job: dict[str, Any]) -> dict[str, Any]:
    """Write the pyramid of `source` to `part`, and tell which strips are there; see `pyramid_file.write`."""
    from topazdesk.media.pyramid_file import write

    write(
        Path(job["source"]),
        Path(job["part"]),
        plain=bool(job["plain"]),
        page=int(job["page"]),
        begun=lambda bands, packing: talk.say({"news": {"bands": bands, "packing": packing.value}}),
        added=lambda number, strip: talk.say({"news": {"strip": number, "at": strip[0], "counts": strip[1]}}),
        wanted=lambda: talk.heard.get("wanted", ()),
        step_back=_yield_here,
    )
    return {}


def preview(job: dict[str, Any]) -> dict[str, Any]:
    """Store a preview of `source` in the folder `cache`."""
    from topazdesk.media.preview_build import write
    from topazdesk.media.tilecache import TileCache

    write(Path(job["source"]), TileCache(Path(job["cache"])))
    return {}


def changes(job: dict[str, Any]) -> dict[str, Any]:
    """Compare `after` with a page of `before`; return the change map as JSON."""
    from topazdesk.media.changes import compare

    return compare(Path(job["before"]), Path(job["after"]), int(job["page"])).to_json()


def headers(job: dict[str, Any]) -> dict[str, Any]:
    """Return the headers of `paths`, in the same order, as the rows that `headers.to_row` makes."""
    from topazdesk.media.headers import read, to_row

    _yield_to_others()
    return {"rows": [to_row(found) for found in read([Path(path) for path in job["paths"]])]}


def prepare(job: dict[str, Any]) -> dict[str, Any]:
    """Decode the picture `source` in full and return the file to send; see `preparing.prepare_aside`."""
    from topazdesk.media.preparing import prepare_here

    return prepare_here(job)


def sound(job: dict[str, Any]) -> dict[str, Any]:
    """Decode the picture `source` in full; see `preparing.check_aside`."""
    from topazdesk.media.preparing import check_here

    return check_here(job)


def verify(job: dict[str, Any]) -> dict[str, Any]:
    """Decode the result `path` in full and return its facts; see `verifying.verify_aside`."""
    from topazdesk.media.verifying import verify_here

    return verify_here(job)


def complete(job: dict[str, Any]) -> dict[str, Any]:
    """Complete a delivered file with its original's metadata; see `topazdesk.media.metadata.complete`."""
    from topazdesk.media.metadata.complete import complete
    from topazdesk.media.metadata.order import Order, kept_to_json

    return kept_to_json(complete(Order.from_json(job["order"])))


def is_same_result(job: dict[str, Any]) -> dict[str, Any]:
    """Tell whether `path` was completed from the file `delivered`."""
    from topazdesk.media.metadata.complete import is_same_result

    found = is_same_result(Path(job["delivered"]), Path(job["path"]), str(job["digest"]), str(job["remote_job"]))
    return {"is_same": found}


def label(job: dict[str, Any]) -> dict[str, Any]:
    """Write `target`, a copy of `source` with a caption; see `topazdesk.media.label`."""
    from topazdesk.domain.encoding import Encoding
    from topazdesk.media.label import write_labelled

    _yield_to_others()
    encoding = Encoding.from_json(job["encoding"])
    write_labelled(Path(job["source"]), Path(job["target"]), str(job["text"]), encoding)
    return {}


def convert(job: dict[str, Any]) -> dict[str, Any]:
    """Write `target`, a copy of `source` in another format; see `topazdesk.media.convert`."""
    from topazdesk.domain.encoding import Encoding
    from topazdesk.domain.image import FileFormat
    from topazdesk.media.convert import write_as

    _yield_to_others()
    encoding = Encoding.from_json(job["encoding"])
    return {"lost": write_as(Path(job["source"]), Path(job["target"]), FileFormat(job["format"]), encoding)}


def clipboard(job: dict[str, Any]) -> dict[str, Any]:
    """Write the picture `source` to `part` as the clipboard has it; see `topazdesk.media.clipboard_picture`."""
    from topazdesk.media.clipboard_picture import write

    return {"made": write(Path(job["source"]), Path(job["part"]))}


def file_metadata(job: dict[str, Any]) -> dict[str, Any]:
    """Return what `pages`, pairs of file and page, say about themselves; see `metadata.file_metadata`."""
    from topazdesk.media.metadata.file_metadata import metadata_of_all

    pages = [(Path(path), int(page)) for path, page in job["pages"]]
    return {"files": [found.to_json() for found in metadata_of_all(pages)]}


JOBS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "pyramid": pyramid,
    "preview": preview,
    "changes": changes,
    "headers": headers,
    "prepare": prepare,
    "sound": sound,
    "verify": verify,
    "complete": complete,
    "is_same_result": is_same_result,
    "label": label,
    "convert": convert,
    "clipboard": clipboard,
    "file_metadata": file_metadata,
}


def main() -> int:
    """Serve jobs until none came for `IDLE_S`; return the exit code."""
    # What native libraries print must not get between the answers.
    talk.open(os.fdopen(os.dup(1), "w", encoding="ascii"))
    os.dup2(2, 1)
    jobs: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(sys.stdin, jobs), name="input", daemon=True).start()
    threading.Thread(target=_load, name="load", daemon=True).start()
    while True:
        try:
            job = jobs.get(timeout=IDLE_S)
        except queue.Empty:
            return 0
        talk.say(_done(job))


def _done(job: dict[str, Any]) -> dict[str, Any]:
    try:
        work = JOBS[str(job["job"])]
        return {"ok": work(job)}
    except TopazdeskError as error:
        return {"error": [type(error).__name__, error.title, error.hint, error.details, error.code]}
    except OSError as error:
        return {"os_error": error.strerror or type(error).__name__}
    except Exception:  # noqa: BLE001 - sent as the answer: else it would be lost with this process
        hint = say("The pictures themselves are unharmed. Choose them again")
        return {
            "error": [
                "BugError",
                say("This picture cannot be processed"),
                hint,
                traceback.format_exc(),
                Code.BUG_WORKER,
            ]
        }


def _read(stream: IO[str], jobs: queue.SimpleQueue[dict[str, Any]]) -> None:
    """Queue the jobs from the input; runs in its own thread, so that the end of the input also ends a running job."""
    for line in stream:
        said = json.loads(line)
        if "job" in said:
            talk.heard = {}
            jobs.put(said)
        else:
            talk.heard = said
    os._exit(0)


def _load() -> None:
    """Load the libraries while the first job is still on its way."""
    from topazdesk.media.limits import vips

    vips()


def _yield_to_others() -> None:
    if hasattr(os, "nice") and os.nice(0) < _NICENESS:
        os.nice(_NICENESS)


def _yield_here() -> None:
    """Do the same for this thread alone, where the system has that."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)


if __name__ == "__main__":
    sys.exit(main())
