"""The time that belongs to the tests of the engine."""

from __future__ import annotations

import asyncio
import threading

import pytest

from tests.support.own_time import OwnTime


def test_a_day_of_waiting_takes_no_time() -> None:
    own = OwnTime()

    async def wait() -> list[str]:
        order = []

        async def one(name: str, hours: float) -> None:
            await asyncio.sleep(hours * 3600)
            order.append(name)

        await asyncio.gather(one("late", 30.0), one("soon", 0.5))
        return order

    assert own.run(wait()) == ["soon", "late"]
    assert own.seconds == 30 * 3600


def test_what_a_thread_does_takes_none() -> None:
    """However long it takes: here until a real second thread lets it go on, while a minute is waited for."""
    own, may_go_on = OwnTime(), threading.Event()

    async def wait() -> float:
        minute = asyncio.create_task(asyncio.sleep(60))
        work = asyncio.create_task(asyncio.to_thread(may_go_on.wait))
        threading.Timer(0.05, may_go_on.set).start()
        await asyncio.wait([minute, work], return_when=asyncio.FIRST_COMPLETED)
        before = own.seconds
        await minute
        return before

    assert own.run(wait()) == 0.0
    assert own.seconds == 60.0


def test_a_thread_that_nobody_waits_for_any_more_holds_time_up_until_its_end() -> None:
    own, may_go_on = OwnTime(), threading.Event()

    async def wait() -> bool:
        work = asyncio.create_task(asyncio.to_thread(may_go_on.wait))
        await asyncio.sleep(0)
        work.cancel()
        threading.Timer(0.05, may_go_on.set).start()
        await asyncio.sleep(60)
        return may_go_on.is_set()

    assert own.run(wait())


def test_what_never_comes_is_told_at_once() -> None:
    own = OwnTime()

    async def wait() -> None:
        async with asyncio.timeout(1000):
            await asyncio.Event().wait()

    with pytest.raises(TimeoutError):
        own.run(wait())
    assert own.seconds == 1000
