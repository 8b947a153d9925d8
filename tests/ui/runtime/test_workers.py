"""Workers that are stopped while somebody still asks them for work."""

from __future__ import annotations

import threading

from topazdesk.ui.runtime.workers import Workers


def test_work_that_comes_after_the_stop_is_ignored() -> None:
    workers, made = Workers(1), list[str]()
    assert workers.submit(made.append, "before").result(400) is None
    workers.stop()
    late = workers.submit(made.append, "after")
    assert late.cancelled()
    assert late.done()
    workers.shutdown(wait=True)
    assert made == ["before"]


def test_what_has_not_begun_is_dropped_or_made_as_told() -> None:
    for drop in (True, False):
        workers, made, begun, gate = Workers(1), list[str](), threading.Event(), threading.Event()
        first = workers.submit(lambda begun=begun, gate=gate: begun.set() or gate.wait(400))
        waiting = workers.submit(made.append, "waited")
        assert begun.wait(400)
        workers.stop(drop=drop)
        workers.stop(drop=drop)
        assert waiting.cancelled() is drop
        gate.set()
        workers.shutdown(wait=True)
        assert first.result(400)
        assert made == ([] if drop else ["waited"])
