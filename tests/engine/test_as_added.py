"""Between the click and the submit a picture may be replaced by another one: that one is not paid for unasked."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.engine_harness import EngineHarness
from topazdesk.domain.job import JobState
from topazdesk.engine.originals import is_as_added, witness

_S = JobState


def overwrite(harness: EngineHarness, path: Path, *, keep_time: bool) -> None:
    """Put another picture of the same pixel size and the same length under the name."""
    before = path.stat()
    harness.picture(path.name)
    path.write_bytes(path.read_bytes()[: before.st_size].ljust(before.st_size, b"\0"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns + (0 if keep_time else 1_500_000_000)))


def test_another_picture_of_the_same_size_is_not_sent(harness: EngineHarness) -> None:
    """It was sent and paid for: between click and submit only the number of pixels was looked at."""

    async def test() -> None:
        engine = await harness.open()
        await engine.pause()
        job = await harness.start_one()
        overwrite(harness, job.source, keep_time=False)
        await engine.resume()
        await engine.idle()
        ended = harness.job(job)
        assert (ended.state, ended.trouble and ended.trouble.code) == (_S.FAILED, "use.source_changed")
        assert harness.service.calls["submit"] == 0
        seen = await witness([ended])
        assert (seen.changed, seen.stale) == ((job.source,), ()), "no result is of the older picture: there is none"
        again = await engine.retry(job.id)
        await engine.idle()
        assert harness.job(again).state is _S.DONE

    harness.run(test)


def test_where_the_content_was_known_it_decides_and_no_time(harness: EngineHarness) -> None:
    async def test() -> None:
        engine = await harness.open()
        await engine.pause()
        pictures = [harness.picture(name) for name in ("touched.png", "swapped.png")]
        drafts = [harness.draft(path) for path in pictures]
        await engine.digests(each.info for each in drafts)
        touched, swapped = await engine.enqueue(drafts)
        os.utime(pictures[0])
        overwrite(harness, pictures[1], keep_time=True)
        await engine.resume()
        await engine.idle()
        assert (harness.job(touched).state, harness.job(swapped).state) == (_S.DONE, _S.FAILED)
        assert harness.service.calls["submit"] == 1

    harness.run(test)


_TIME_NS = 1_700_000_000_123_456_789


@pytest.mark.parametrize(
    ("now_ns", "is_same"),
    [
        (_TIME_NS, True),
        (_TIME_NS // 100 * 100, True),  # told by a share of Windows
        (_TIME_NS // 1_000 * 1_000, True),
        (_TIME_NS // 10**9 * 10**9, True),
        (_TIME_NS // 10**9 * 10**9 + 10**9, True),  # rounded up
        (_TIME_NS + 1, False),
        (_TIME_NS + 10**9, False),
        (_TIME_NS // 10**9 * 10**9 + 2 * 10**9, False),
    ],
)
def test_a_time_that_is_told_less_exactly_is_the_same_time(harness: EngineHarness, now_ns: int, is_same: bool) -> None:
    """Machines of a team reach one file in several ways, and not all of them tell nanoseconds."""

    async def test() -> None:
        engine = await harness.open()
        await engine.pause()
        job = await harness.start_one()
        info = harness.draft(job.source).info
        for then, now in ((_TIME_NS, now_ns), (now_ns, _TIME_NS)):
            added, found = replace(job, source_mtime_ns=then), replace(info, mtime_ns=now)
            assert is_as_added(added, found, "any") is is_same

    harness.run(test)
