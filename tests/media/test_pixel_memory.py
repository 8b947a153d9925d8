"""Memory of whole decoded pictures: used again once nobody holds it, never before, and given back when asked."""

from __future__ import annotations

import gc
from pathlib import Path

import numpy as np
import pytest

from tests.support import pictures
from topazdesk.media import decoded_pyramid
from topazdesk.media.decoded_pyramid import decoded
from topazdesk.media.memory_budget import MemoryBudget
from topazdesk.media.pixel_memory import PixelMemory

MB = 1 << 20


def test_what_nobody_holds_is_used_again_by_what_nearly_fills_it() -> None:
    memory = PixelMemory()
    lent = memory.take(8 * MB)
    lent[:] = 7
    assert memory.spare_bytes == 0
    del lent
    assert memory.spare_bytes == 8 * MB
    assert memory.take(3 * MB).size == 3 * MB  # far too small for it
    again = memory.take(8 * MB - 5)
    assert (again.size, int(again[0]), memory.spare_bytes) == (8 * MB - 5, 7, 3 * MB)


def test_a_view_of_a_part_keeps_it_from_being_used_again() -> None:
    memory = PixelMemory()
    seen = memory.take(4 * MB).reshape(1024, 1024, 4).data.cast("B")[100:200]
    gc.collect()
    assert memory.spare_bytes == 0
    other = memory.take(4 * MB)
    other[:] = 1
    before = bytes(seen)
    other[:] = 2
    assert bytes(seen) == before
    del seen
    assert memory.spare_bytes == 4 * MB


def test_what_is_spare_is_given_back_the_oldest_first() -> None:
    memory = PixelMemory()
    first, second = memory.take(2 * MB), memory.take(4 * MB)
    del first
    del second
    memory.keep(5 * MB)
    assert memory.spare_bytes == 4 * MB
    memory.keep(0)
    assert memory.spare_bytes == 0


def test_pictures_one_after_the_other_share_memory_that_is_within_the_budget(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Memory that is kept for the next picture counts, too: it is given back where the budget is needed for others."""
    memory = PixelMemory()
    monkeypatch.setattr(decoded_pyramid, "memory", memory)
    small, large = tmp_path / "small.jpg", tmp_path / "large.jpg"
    pictures.scene(1_000, 700).write_to_file(str(small))
    pictures.scene(1_600, 1_200).write_to_file(str(large))
    budget = MemoryBudget(9_000_000)  # the larger one takes 7.7 MB
    one = decoded(small, within=budget)
    assert one is not None
    pixels = bytes(one.full.data) if one.full is not None else b""
    held = one.full
    del one
    gc.collect()
    other = decoded(small, within=budget)
    assert other is not None
    assert held is not None
    assert bytes(held.data) == pixels == bytes(other.full.data if other.full is not None else b"")
    del held, other
    gc.collect()
    spare = memory.spare_bytes
    assert spare > 2 * 1_000 * 700 * 4
    again = decoded(small, within=budget)
    assert memory.spare_bytes < spare
    assert again is not None
    assert again.full is not None
    assert bytes(again.full.data) == pixels
    del again
    gc.collect()
    third = decoded(large, within=budget)
    assert third is not None
    assert budget.used_bytes + memory.spare_bytes <= budget.most_bytes
    assert np.frombuffer(third.full.data if third.full is not None else b"", np.uint8).any()
