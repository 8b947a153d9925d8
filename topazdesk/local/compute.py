"""Loads networks on the graphics card or the processor, and leaves a card that fails.

A driver that crashes takes the process with it. So a note on disk says that a card is in use: a process that finds the
note of one that is gone computes with the processor, and says so. Whoever ends a process on purpose removes the note.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from typing import assert_never

from topazdesk.disk import private_file
from topazdesk.disk.enlarging_jobs import card_note
from topazdesk.disk.reading import read_text
from topazdesk.domain.compute_device import AUTO, PROCESSOR, Card, picked
from topazdesk.domain.network import Network
from topazdesk.errors import ComputerError
from topazdesk.language import say
from topazdesk.local.cards import cards
from topazdesk.local.runner import Runner

log = logging.getLogger(__name__)

_SOME_CARD = "The graphics card"
_MOST_BYTES = 1_000
#: The side of the sample on which a card has to agree with the processor, and by how much at most it may not.
_SAMPLE_SIDE = 32
_MOST_OFF = 1 / 255


class Fault(Enum):
    """What a graphics card did wrong without ending the process."""

    WRONG = auto()
    MEMORY = auto()
    CANNOT = auto()


@dataclass(frozen=True, slots=True)
class Loaded:
    """A network that is ready. `device` is the card's name, "" for the processor; `remark` says why not as wished."""

    runner: Runner
    device: str
    remark: str


class Compute:
    """Loads networks for one process; `folder` is that of the jobs."""

    def __init__(self, folder: Path, threads: int) -> None:
        self._note = card_note(folder)
        self._threads = threads
        self._failed = ""
        self._cards: list[Card] | None = None
        with suppress(OSError, ValueError):
            name = read_text(self._note, _MOST_BYTES).strip()
            self._failed = say("{card} ended the process, so the processor does the work", card=name)
            log.warning("the process before this one ended while it computed with: %s", name)
        self.put_away()

    def load(self, network: Network, files: Path, wish: str) -> Loaded:
        """Load a network as wished, or else on the processor. Raises ComputerError for the network's files."""
        card = None if self._failed and wish != PROCESSOR else self._card(wish)
        if card is not None:
            runner = self._on_card(card, network, files)
            if runner is not None:
                return Loaded(runner, card.name, "")
        self.put_away()
        remark = "" if wish == PROCESSOR else self._failed
        if not remark and wish not in (AUTO, PROCESSOR):
            remark = say("There is no {card} here, so the processor does the work", card=wish)
        log.info("%s: the processor", network.param)
        return Loaded(Runner(network, files, threads=self._threads), "", remark)

    def leave(self, device: str, fault: Fault) -> None:
        """Use the processor from now on, because a card could not do it."""
        match fault:
            case Fault.WRONG:
                words = say(
                    "{card} computes something else than it should, so the processor does the work", card=device
                )
            case Fault.MEMORY:
                words = say("{card} has too little memory, so the processor does the work", card=device)
            case Fault.CANNOT:
                words = say("{card} cannot run this model, so the processor does the work", card=device)
            case _:
                assert_never(fault)
        log.warning("%s", words)
        self._failed = words
        self.put_away()

    def put_away(self) -> None:
        """Remove the note: no card is in use any more, or the process ends on purpose."""
        with suppress(OSError):
            self._note.unlink()

    def _card(self, wish: str) -> Card | None:
        if wish == PROCESSOR:
            return None
        self._write(_SOME_CARD)
        if self._cards is None:
            self._cards = cards()
            log.info(
                "graphics cards: %s", ", ".join(f"{each.name} ({each.kind.name})" for each in self._cards) or "none"
            )
        return picked(wish, self._cards)

    def _on_card(self, card: Card, network: Network, files: Path) -> Runner | None:
        """Return the network on a card, None if that cannot do it, or does something else than the processor."""
        self._write(card.name)
        try:
            runner = Runner(network, files, threads=self._threads, device=card.index)
            if not _agree(runner, Runner(network, files, threads=self._threads)):
                self.leave(card.name, Fault.WRONG)
                return None
        except MemoryError:
            self.leave(card.name, Fault.MEMORY)
            return None
        except ComputerError as error:
            Runner(network, files, threads=self._threads)  # raises the same, if it is the fault of the files
            self.leave(card.name, Fault.CANNOT)
            log.warning("%s", error.details)
            return None
        log.info("%s: %s", network.param, card.name)
        return runner

    def _write(self, name: str) -> None:
        with suppress(OSError):
            private_file.write(self._note, name)


def _agree(on_card: Runner, on_processor: Runner) -> bool:
    import numpy as np

    sample = np.random.default_rng(1).random((_SAMPLE_SIDE, _SAMPLE_SIDE, 3), dtype=np.float32)
    return bool(np.abs(on_card.enlarge(sample) - on_processor.enlarge(sample)).max() <= _MOST_OFF)
