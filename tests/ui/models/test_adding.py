"""Adding many files: rows first, headers when the processor is free for them."""

from __future__ import annotations

import asyncio
from pathlib import Path

from PySide6.QtCore import QObject

from topazdesk.domain.collected_files import Refusal
from topazdesk.ui.models.adding import PictureAdder
from topazdesk.ui.models.picture_list import PictureModel

COUNT = 1_200


def _files(folder: Path) -> list[Path]:
    folder.mkdir()
    made = [folder / f"{number:04}.jpg" for number in range(COUNT)]
    for path in made:
        path.touch()
    return made


def test_headers_are_read_once_and_after_the_rows_that_came_together(tmp_path: Path) -> None:
    """Those of the first rows at once, for they are in sight; the others when all rows are there."""
    files, pictures = _files(tmp_path / "files"), PictureModel()
    asked: list[tuple[int, int]] = []  # how many headers, with how many rows in the list
    wanted: list[Path] = []

    def read(headers: list[tuple[int, Path]]) -> None:
        if headers:
            asked.append((len(headers), len(pictures)))
            wanted.extend(path for _, path in headers)

    parent = QObject()
    adder = PictureAdder(pictures, read, parent)
    new = asyncio.run(adder.add([tmp_path / "files"]))
    assert [picture.path for picture in new] == files
    assert wanted == files
    first, *others = asked
    assert first[0] == first[1] <= 500
    assert others[-1][1] == COUNT


def test_the_loop_goes_round_before_anything_is_read_of_the_first_rows(tmp_path: Path) -> None:
    """The window lays them out and paints them then; threads that read and search beside it made that twice as long."""
    _files(tmp_path / "files")
    order: list[str] = []
    parent = QObject()
    adder = PictureAdder(PictureModel(), lambda _headers: order.append("read"), parent)
    adder.added.connect(lambda _new: asyncio.get_running_loop().call_soon(order.append, "painted"))
    asyncio.run(adder.add([tmp_path / "files"]))
    assert order[:2] == ["painted", "read"]


def test_what_is_removed_before_it_is_read_is_not_waited_for(tmp_path: Path) -> None:
    """The drop never ended then, and what was refused of it was never told."""
    _files(tmp_path / "files")
    pictures, parent = PictureModel(), QObject()
    adder = PictureAdder(pictures, lambda _headers: None, parent)
    told: list[tuple[int, list[Refusal], bool]] = []
    adder.finished.connect(lambda *news: told.append(news))
    new = asyncio.run(adder.add([tmp_path / "files"]))
    assert not adder.is_idle
    ids = [picture.id for picture in new]
    pictures.remove(ids)
    adder.forget(ids)
    assert adder.is_idle
    assert told == [(COUNT, [], False)]


def test_the_headers_of_restored_rows_wait_until_the_list_is_complete(tmp_path: Path) -> None:
    """Their jobs and results come first; each header is read once all the same."""
    files, pictures, parent = _files(tmp_path / "files"), PictureModel(), QObject()
    wanted: list[Path] = []
    adder = PictureAdder(pictures, lambda headers: wanted.extend(path for _, path in headers), parent)
    asyncio.run(adder.add(files, restored=True))
    assert len(pictures) == COUNT
    assert 0 < len(wanted) <= 500
    adder.read_restored()
    adder.read_restored()
    assert wanted == files
