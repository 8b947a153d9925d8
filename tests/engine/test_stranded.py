"""A job whose next step cannot be written, not even that it failed, goes on when the database can be written again."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from tests.support.engine_harness import EngineHarness
from tests.support.simple_pictures import SimplePictures
from topazdesk.domain.geometry import Size
from topazdesk.domain.image import FileFormat, ImageInfo
from topazdesk.domain.job import JobState
from topazdesk.engine.events import EngineError

_S = JobState


class Spoiler(SimplePictures):
    """Damages the job list on the disk while the first result is looked at; `mend` puts the bytes back."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self._kept: tuple[int, bytes] | None = None
        self._was_here = False

    def verify(self, path: Path, expected: Size | None, format_: FileFormat) -> ImageInfo:
        if not self._was_here:
            self._was_here = True
            self._spoil()
        return super().verify(path, expected, format_)

    def _spoil(self) -> None:
        other = sqlite3.connect(self._path, isolation_level=None)
        root, size = other.execute(
            "SELECT rootpage, (SELECT page_size FROM pragma_page_size) FROM sqlite_schema WHERE name = 'history'"
        ).fetchone()
        assert other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0
        other.close()
        with self._path.open("r+b") as file:
            file.seek((root - 1) * size)
            self._kept = file.tell(), file.read(size)
            file.seek(self._kept[0])
            file.write(b"\xa5" * size)

    def mend(self) -> None:
        assert self._kept is not None
        with self._path.open("r+b") as file:
            file.seek(self._kept[0])
            file.write(self._kept[1])


def test_a_step_that_cannot_be_written_leaves_no_job_behind(harness: EngineHarness) -> None:
    async def test() -> None:
        harness.pictures = spoiler = Spoiler(harness.profile / "jobs.db")
        engine = await harness.open()
        job = await harness.start_one()

        def is_told() -> bool:
            return any(
                isinstance(e, EngineError) and e.error.code == "computer.database_damaged" for e in harness.events
            )

        await harness.until(is_told)
        assert harness.job(job).state is _S.VERIFYING
        spoiler.mend()
        await engine.idle()
        assert harness.job(job).state is _S.DONE
        assert harness.service.taken == 1

    harness.run(test)
