"""When a keeper may take a worker that it does not hear for dead."""

from __future__ import annotations

import pytest

from topazdesk.team.keeper import may_judge


@pytest.mark.parametrize(
    ("listened_s", "server_up_s", "expected"),
    [
        (10.0, 20.0, True),  # two heartbeats: who lives was heard of
        (9.9, 1e6, False),  # the database may have been out of reach until a moment ago
        (1e6, 19.9, False),  # nobody could say that they live before the server was up
    ],
)
def test_silence_is_a_proof_only_where_the_living_could_be_heard(
    listened_s: float, server_up_s: float, expected: bool
) -> None:
    assert may_judge(listened_s, server_up_s, heartbeat_s=5.0, dead_s=20.0) is expected


def test_a_heartbeat_that_is_slower_than_death_is_not_waited_for() -> None:
    assert may_judge(6.0, 6.0, heartbeat_s=30.0, dead_s=6.0)
