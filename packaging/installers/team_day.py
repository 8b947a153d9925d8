"""A team's day, acted in a terminal: `prove_deb.py` runs it on the bare Debian with the system's Python.

A database of its own, the practice service as Topaz, a worker as systemd would start it, and a picture that another
program of the same user orders from it. Words: the address of the database.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

DATABASE = sys.argv[1]
SCANS = Path("scans").resolve()
_SECONDS = 300
#: What the program ends with when it was told to stop.
_STOPPED = (0, 130)


def topazdesk(*words: str) -> str:
    """Run the program; return what it says. Raises SystemExit when it fails."""
    ran = subprocess.run(["topazdesk", *words], capture_output=True, text=True, check=False, timeout=_SECONDS)
    if ran.returncode != 0:
        raise SystemExit(f"topazdesk {' '.join(words)} ended with {ran.returncode}:\n{ran.stdout}\n{ran.stderr}")
    return ran.stdout


def main() -> None:
    """Live through the day."""
    service = subprocess.Popen(
        ["topazdesk", "sandbox", "--port", "0", "--state", "topaz", "--json"], stdout=subprocess.PIPE, text=True
    )
    assert service.stdout is not None
    worker = None
    try:
        hello = json.loads(service.stdout.readline())
        os.environ |= {"TOPAZDESK_TOPAZ_URL": hello["topaz_url"], "TOPAZ_API_KEY": hello["api_key"]}
        topazdesk("team", "init", DATABASE)
        topazdesk("team", "root", "scans", str(SCANS))
        topazdesk("team", "join", DATABASE)
        topazdesk("team", "root", "scans", str(SCANS), "--profile", "worker")
        words = ["topazdesk", "--team", DATABASE, "worker", "--name", "night", "--profile", "worker"]
        worker = subprocess.Popen(words)
        order = ["--service", "topaz", "--model", "Standard 2", "--scale", "2", "--yes", "--out", str(SCANS / "out")]
        topazdesk("enhance", str(SCANS / "statue.jpg"), *order)
        results = [path.name for path in (SCANS / "out").glob("*.jpg")]
        told = topazdesk("team", "status")
        worker.send_signal(signal.SIGTERM)
        if (code := worker.wait(_SECONDS)) not in _STOPPED:
            raise SystemExit(f"the worker ended with {code}")
        worker = None
        if len(results) != 1 or "night" not in told:
            raise SystemExit(f"results: {results}; the team's status: {told}")
        topazdesk("team", "leave")
        print("a team's day:", *results)
    finally:
        for process in (worker, service):
            if process is not None:
                process.send_signal(signal.SIGTERM)


if __name__ == "__main__":
    main()
