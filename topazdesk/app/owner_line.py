"""A second program's end of the line to the one that works on the profile: questions, answers and news."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from topazdesk.app.channel import HOST, LONGEST, PROTOCOL, SOON_S, Note, decoded, encoded, new_nonce
from topazdesk.app.job_wire import WireError, error_from_json
from topazdesk.errors import Code, ComputerError, TopazdeskError
from topazdesk.language import say

Json = dict[str, Any]
#: Seconds without any sign of life, of which the owner gives one every other second.
_SILENT_S = 60.0
#: Seconds until the owner has let go of what it was asked for.
_LEAVE_S = 20.0


class OwnerLine:
    """An open line. `news` gets what the owner tells unasked; `lost` is why the line ended, None while it stands."""

    def __init__(self, note: Note, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.note = note
        self.submits = False
        self.news: Callable[[Json], None] = lambda _: None
        self.lost: ComputerError | None = None
        self.ended = asyncio.Event()
        self._reader = reader
        self._writer = writer
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self._number = 0

    @classmethod
    async def open(cls, path: Path) -> OwnerLine | None:
        """Return a line to the program that the note at `path` names; None if nobody who knows the note listens there.

        Raises ComputerError if it does not answer, or is of another version.
        """
        note = await asyncio.to_thread(Note.read, path)
        if note is None:
            return None
        try:
            async with asyncio.timeout(SOON_S):
                reader, writer = await asyncio.open_connection(HOST, note.port, limit=LONGEST)
        except (OSError, TimeoutError):
            return None  # the note of a program that was killed
        line = cls(note, reader, writer)
        try:
            async with asyncio.timeout(SOON_S):
                await line._greet()
        except TimeoutError as error:
            writer.close()
            raise _silent(note, say("Nothing was handed over.")) from error
        except (OSError, ValueError, EOFError):
            writer.close()
            return None  # a stranger has that port now, or it is just ending
        except BaseException:
            writer.close()
            raise
        return line

    async def _greet(self) -> None:
        hello = decoded(await self._reader.readline())
        if hello.get("protocol") != PROTOCOL:
            version = str(hello.get("topazdesk", ""))[:50] or say("another version")
            raise other_version(self.note, f"{version}, protocol {hello.get('protocol')!r:.20}")
        nonce = new_nonce()
        self._writer.write(encoded({"proof": self.note.proof("guest", str(hello.get("nonce"))), "nonce": nonce}))
        await self._writer.drain()
        said = decoded(await self._reader.readline())
        if not self.note.is_proven("owner", nonce, said.get("proof")):
            raise ValueError("it has not read the note")
        self.submits = said.get("submits") is True

    async def listen(self) -> None:
        """Take in answers and news until the line ends; to be run beside everything else."""
        try:
            while True:
                async with asyncio.timeout(_SILENT_S):
                    message = decoded(await self._reader.readline())
                self._take(message)
        except TimeoutError:
            self._end(_silent(self.note, say("What it has taken over is kept: topazdesk jobs list.")))
        except (OSError, ValueError, EOFError, WireError):
            self._end(gone())
        finally:
            self._end(gone())

    def _take(self, message: Json) -> None:
        number = message.get("id")
        if number is None:
            self.news(message)
            return
        waiting = self._answers.pop(number, None) if type(number) is int else None
        if waiting is None or waiting.done():
            return
        if "error" in message:
            waiting.set_exception(error_from_json(message["error"]))
        else:
            waiting.set_result(message.get("ok"))

    def _end(self, error: ComputerError) -> None:
        if self.lost is not None:
            return
        self.lost = error
        for waiting in self._answers.values():
            if not waiting.done():
                waiting.set_exception(gone() if error.code == Code.COMPUTER_OWNER_GONE else error)
        self._answers.clear()
        self.ended.set()
        self._writer.close()

    async def ask(self, what: str, *, seconds: float | None = 30.0, **fields: Any) -> Any:
        """Return the owner's answer. Raises what it raises, and ComputerError if it has ended or does not answer."""
        if self.lost is not None:
            raise self.lost
        self._number += 1
        number = self._number
        waiting: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._answers[number] = waiting
        try:
            async with asyncio.timeout(seconds):
                self._writer.write(encoded({"id": number, "do": what, **fields}))
                await self._writer.drain()
                return await waiting
        except TimeoutError as error:
            raise _silent(self.note, say("It may still do what it was asked for: topazdesk jobs list.")) from error
        except OSError as error:
            raise gone() from error
        finally:
            self._answers.pop(number, None)
            if waiting.done() and not waiting.cancelled():
                waiting.exception()  # heard: nobody waits for it any more

    async def leave(self) -> None:
        """End the line and wait until the owner has, too: it has then dropped, or written, all that was asked for."""
        if self.lost is None and self._writer.can_write_eof():
            try:
                self._writer.write_eof()
                async with asyncio.timeout(_LEAVE_S):
                    await self.ended.wait()
            except (OSError, TimeoutError):
                pass
        self._end(gone())


def gone() -> ComputerError:
    """Return the error for an owner that has ended."""
    return ComputerError(
        "The topazdesk that did the work has ended",
        "What it had begun is kept: continue with topazdesk jobs run.",
        code=Code.COMPUTER_OWNER_GONE,
    )


async def somebody_listens(path: Path) -> bool:
    """Tell whether the program that the note at `path` names is there, however busy it is."""
    note = await asyncio.to_thread(Note.read, path)
    if note is None:
        return False
    try:
        async with asyncio.timeout(SOON_S):
            _, writer = await asyncio.open_connection(HOST, note.port)
    except (OSError, TimeoutError):
        return False  # the note of a program that was killed
    writer.close()
    return True


def other_version(note: Note, details: str) -> ComputerError:
    """Return the error for an owner that speaks differently."""
    return ComputerError(
        "The topazdesk that is running is another version",
        "Close it, then start this command again. Nothing was handed over.",
        details=f"process {note.pid}: {details}",
        code=Code.COMPUTER_OWNER_VERSION,
    )


def _silent(note: Note, rest: str) -> ComputerError:
    return ComputerError(
        "The topazdesk that is running does not answer",
        say("It may be stopped or very busy (process {pid}): continue or close it. {rest}", pid=note.pid, rest=rest),
        details=f"{note.program}, process {note.pid}",
        code=Code.COMPUTER_OWNER_SILENT,
    )


def heard_error(message: Json) -> TopazdeskError | None:
    """Return the error in a message, or None where there is none. Raises WireError."""
    data = message.get("error", message.get("reason"))
    return None if data is None else error_from_json(data)
