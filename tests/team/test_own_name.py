"""No two workers have one name: part files and what a machine is said to do go by it."""

from __future__ import annotations

import asyncio

import pytest

from tests.support.team import Team, until
from tests.support.team_chaos import states
from topazdesk.errors import Code, ComputerError
from topazdesk.team.own_name import OwnName


def test_a_copy_of_a_machine_does_not_work_under_its_name(shared: Team) -> None:
    """Two clones of one disk image worked as one: they wrote the same part files, and one was shown."""
    first = shared.start("station")
    until(lambda: "working" in shared.log_of("station"))
    copy = shared.start("station", profile="copy", TEST_PATIENCE="1")
    assert copy.wait(200) != 0
    said = shared.log_of("copy")
    assert "works for the team already. Is it still there?" in said
    assert "Another machine works for the team under the name station" in said
    assert first.poll() is None
    shared.picture("a.png", 1)
    shared.add()
    until(lambda: states(shared) == {"done": 1})
    # One that was installed anew has the name of the one that is gone.
    first.kill()
    first.wait(60)
    shared.start("station", profile="new")
    until(lambda: "working" in shared.log_of("new"))


def test_a_name_that_another_one_took_while_this_was_cut_off_ends_the_work() -> None:
    async def test() -> None:
        name = OwnName("station", patience_s=0.05)
        keeping = asyncio.create_task(name.keep())
        name.heard(is_own=True)
        await asyncio.sleep(0)
        name.heard(is_own=False)
        with pytest.raises(ComputerError, match="under the name station") as caught:
            await keeping
        assert caught.value.code == Code.COMPUTER_TEAM_NAME

    asyncio.run(test())
