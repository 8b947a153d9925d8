"""Who may download where the disk is full: one after another, the smaller one where the first has no room even alone."""

from __future__ import annotations

from topazdesk.engine.full_disks import FullDisks, Turn

DISK, OTHER = 1, 2


def clash(disks: FullDisks, *job_ids: str) -> list[Turn]:
    return [disks.refused(DISK, job_id) for job_id in job_ids]


def test_the_first_keeps_what_it_has_and_goes_on_alone() -> None:
    disks = FullDisks(lambda _: True)
    assert clash(disks, "a", "b", "c") == [Turn.KEEP, Turn.YIELD, Turn.YIELD]
    assert [disks.before(DISK, each, 0, None) for each in "abcd"] == [Turn.GO, Turn.YIELD, Turn.YIELD, Turn.YIELD]
    assert disks.before(OTHER, "d", 0, None) is Turn.GO
    assert disks.finished(DISK, "a") == ("b", "c", "d")
    assert [disks.before(DISK, each, 0, None) for each in "bcd"] == [Turn.GO] * 3


def test_one_that_has_no_room_even_alone_makes_way_without_loading_a_byte() -> None:
    disks = FullDisks(lambda _: True)
    clash(disks, "large", "small")
    disks.expects("large", 100)
    disks.expects("small", 10)
    assert disks.before(DISK, "large", 30, 20) is Turn.YIELD
    assert disks.before(DISK, "small", 0, 20) is Turn.GO
    clash(disks, "small")  # somebody else took the room: it is the other one's turn
    assert disks.before(DISK, "large", 0, 100) is Turn.GO


def test_one_alone_tries_again_each_time_whatever_the_disk_says() -> None:
    """It keeps what has arrived, so a try in vain costs nothing; and a quota is not what the disk says."""
    disks = FullDisks(lambda _: True)
    disks.expects("a", 100)
    assert clash(disks, "a", "a", "a") == [Turn.KEEP] * 3
    assert disks.before(DISK, "a", 10, 0) is Turn.GO


def test_nobody_waits_for_one_that_is_gone() -> None:
    there = {"a", "b"}
    disks = FullDisks(there.__contains__)
    clash(disks, "a", "b")
    there.discard("a")  # cancelled, or its key is refused
    assert disks.before(DISK, "b", 0, None) is Turn.GO
