"""Add files to the list of pictures.

Rows appear at once, headers are read in worker threads, and what was not added is listed with the reason.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from topazdesk.domain.collected_files import Refusal
from topazdesk.domain.image import ImageInfo, PageKind
from topazdesk.domain.mirrored import Mirror
from topazdesk.errors import InputError
from topazdesk.ui.models.picture import Picture, Section, shared_size, shown_name
from topazdesk.ui.models.picture_list import PictureModel

#: Rows appear at least this often while a large folder is searched: the first ones at once, the others in larger
#: portions, since each portion lays out the list and works out prices anew.
_FIRST_S, _FIRST_FILES = 0.05, 500
_CHUNK_S, _CHUNK_FILES = 0.1, 2_000
#: For so long the headers of the first rows alone are read: reading them takes the processor from showing the others.
_ROWS_FIRST_S = 1.0


@dataclass(slots=True)
class Batch:
    """The files of one drop, choice or restore, while their headers are being read."""

    found: int = 0
    open_ids: set[int] = field(default_factory=set)
    refused: list[Refusal] = field(default_factory=list)
    restored: bool = False
    asked: frozenset[Path] = frozenset()  # those of the files that stay even if they are results of ours
    scanning: bool = True
    unread: list[tuple[int, Path]] = field(default_factory=list)  # headers that are to be read a moment later
    several: list[Picture] = field(default_factory=list)  # first pages of files with several


class PictureAdder(QObject):
    """Adds files and folders to the list.

    `added` has the new pictures. `finished` has the number of files in a batch, those that were not added, and whether
    the batch was restored. `left_out` has files that were added and have left the list again. `others` has the endings
    of the files in added folders that are no pictures, with their numbers (a Counter). `several` has the pictures of
    a batch that are the first of several pages of their file. `refused` keeps all files not
    added since the window opened, the newest batch last.
    """

    added = Signal(list)
    finished = Signal(int, list, bool)
    left_out = Signal(list)
    others = Signal(object)
    several = Signal(list)

    def __init__(
        self, pictures: PictureModel, read_headers: Callable[[list[tuple[int, Path]]], None], parent: QObject
    ) -> None:
        super().__init__(parent)
        self._pictures = pictures
        self._read_headers = read_headers
        self._batch_of: dict[int, Batch] = {}
        self.refused: list[Refusal] = []
        self._last: tuple[int, list[Refusal]] = (
            0,
            [],
        )  # the batch that was told last: how many files, what was refused
        self.asked: set[int] = set()  # ids of pictures that stay even if they are results of ours
        self.mirror = Mirror(())  # of the folders that were added
        self.scanning = 0
        self.is_restoring = False  # what is added now was in the list last time
        self._is_wanted = True
        self._restored: Batch | None = None  # the headers of its first rows alone are read so far

    async def add(self, paths: Iterable[Path], *, restored: bool = False, anyway: bool = False) -> list[Picture]:
        """Search folders, add rows for all files that may be pictures, and have their headers read.

        Return the pictures that are new in the list. They stay there even if they are results of ours if the user
        wants it so: they were in the list last time (`restored`), or were asked for in so many words (`anyway`), or
        one file was chosen by itself. Most of the restored ones wait for `read_restored`.
        """
        from topazdesk.media.collect_files import scan

        paths = tuple(paths)
        asked = frozenset(paths) if restored or anyway or len(paths) == 1 else frozenset()
        if anyway:
            self.refused = [each for each in self.refused if each.path not in asked]
        batch = Batch(restored=restored, asked=asked)
        if not restored:
            self.know_folders(await asyncio.to_thread(_folders, paths))
        new: list[Picture] = []
        others: Counter[str] = Counter()
        self.scanning += 1
        self.is_restoring = self.is_restoring or restored
        end = time.monotonic() + _ROWS_FIRST_S
        try:
            items = iter(scan(paths, is_wanted=lambda: self._is_wanted, left_out=others))
            most, most_s = _FIRST_FILES, _FIRST_S
            while chunk := await asyncio.to_thread(_take, items, most, most_s):
                new += self._take_in(chunk, batch)
                if most == _FIRST_FILES:
                    # The window lays out and paints the first rows; threads that search and read would hold it up.
                    await asyncio.sleep(0)
                if most == _FIRST_FILES or (time.monotonic() > end and not restored):
                    self._read(batch)
                most, most_s = _CHUNK_FILES, _CHUNK_S
        finally:
            self.scanning -= 1
            if restored:
                self.is_restoring = False
                self._restored = batch
            else:
                self._read(batch)
        batch.scanning = False
        if others and not restored:
            self.others.emit(others)
        self._finish_if_read(batch)
        return new

    def read_restored(self) -> None:
        """Have the headers of all restored files read, now that what else is known of them is in the list."""
        if self._restored is not None:
            self._read(self._restored)
            self._restored = None

    def know_folders(self, folders: Iterable[Path]) -> None:
        """Take note of folders that the user added: their sub-folders can be mirrored. An empty list starts anew."""
        before = self.mirror.folders if len(self._pictures) else ()
        if known := {*before, *folders}:
            self.mirror = Mirror(known)

    def stop(self) -> None:
        """Abandon folders that are still being searched, as the window closes."""
        self._is_wanted = False

    def _take_in(self, chunk: list[Path | Refusal], batch: Batch) -> list[Picture]:
        batch.found += len(chunk)
        batch.refused += [item for item in chunk if isinstance(item, Refusal)]
        new = self._pictures.add([item for item in chunk if isinstance(item, Path)])
        for picture in new:
            batch.open_ids.add(picture.id)
            self._batch_of[picture.id] = batch
            if picture.path in batch.asked:
                self.asked.add(picture.id)
        if new:
            batch.unread += [(picture.id, picture.path) for picture in new]
            self.added.emit(new)
        return new

    def _read(self, batch: Batch) -> None:
        """Have the headers read that were put off."""
        unread, batch.unread = batch.unread, []
        # Some may have left the list meanwhile.
        self._read_headers([(picture_id, path) for picture_id, path in unread if picture_id in self._batch_of])

    def headers_read(self, found: Iterable[tuple[int, ImageInfo | InputError]]) -> None:
        """Take in headers that have been read; files that turn out not to be pictures leave the list again."""
        gone: list[int] = []
        batches: list[Batch] = []
        for picture_id, what in found:
            picture = self._pictures.picture(picture_id)
            batch = self._batch_of.pop(picture_id, None)
            if picture is not None and isinstance(what, ImageInfo):
                is_chosen = picture.page is not None and what.pages > 1
                picture.info = replace(what, is_page_chosen=True) if is_chosen else what
                picture.size = shared_size(what.size)
                self._pictures.touched(picture)
                is_animation = what.page_kind is PageKind.FRAME
                if batch is not None and what.pages > 1 and not is_chosen and not is_animation:
                    batch.several.append(picture)
            elif picture is not None and isinstance(what, InputError) and picture.section is not Section.PROGRESS:
                # A picture in progress stays: its source may be gone, but its job is not.
                gone.append(picture_id)
                if batch is not None:
                    batch.refused.append(Refusal.of(picture.path, what))
            if batch is not None:
                batch.open_ids.discard(picture_id)
                if not batch.open_ids:
                    batches.append(batch)
        self._pictures.remove(gone)
        for batch in batches:
            self._finish_if_read(batch)

    def forget(self, ids: Iterable[int]) -> None:
        """Do not wait for the headers of pictures that the user has removed."""
        batches: list[Batch] = []
        for picture_id in ids:
            if (batch := self._batch_of.pop(picture_id, None)) is not None:
                batch.open_ids.discard(picture_id)
                if not batch.open_ids:
                    batches.append(batch)
        for batch in batches:
            self._finish_if_read(batch)

    def leave_out(self, refused: list[Refusal]) -> None:
        """Take in that files which were added have left the list again, for these reasons."""
        self.refused += refused
        self.left_out.emit(refused)

    def refuse(self, refused: list[Refusal]) -> None:
        """Take in that something was not added, for these reasons."""
        self.refused += refused
        self._last = (len(refused), refused)
        self.finished.emit(len(refused), refused, False)

    def take_over(self, before: PictureAdder) -> None:
        """Know what the list of a window before this one had refused."""
        self.refused, self._last = list(before.refused), before._last

    def tell_again(self) -> None:
        """Tell once more what was refused last: the window that had told it is gone."""
        found, refused = self._last
        self.finished.emit(found, refused, False)

    @property
    def is_idle(self) -> bool:
        """Whether no folder is being searched and no header is waiting to be read."""
        return not self.scanning and not self._batch_of

    def _finish_if_read(self, batch: Batch) -> None:
        if batch.scanning or batch.open_ids:
            return
        self.refused += batch.refused
        if batch.refused and not batch.restored:
            self._last = (batch.found, batch.refused)
        self.finished.emit(batch.found, batch.refused, batch.restored)
        if batch.several and not batch.restored:
            self.several.emit(batch.several)


def _folders(paths: Iterable[Path]) -> list[Path]:
    """Return the absolute paths of those that are folders. Blocking."""
    # Not Path.resolve: a link keeps the name that the user knows.
    return [path for path in (Path(os.path.abspath(each)) for each in paths) if path.is_dir()]  # noqa: PTH100


def _take(items: Iterator[Path | Refusal], most: int, most_s: float) -> list[Path | Refusal]:
    """Return the files found within so many seconds, or so many files; empty at the end. Blocking."""
    chunk: list[Path | Refusal] = []
    end = time.monotonic() + most_s
    for item in items:
        chunk.append(item)
        if len(chunk) >= most or time.monotonic() > end:
            break
    return chunk


def why(refused: Iterable[Refusal]) -> str:
    """Return one line per file: its name and why it was not added."""
    return "\n".join(f"{shown_name(each.path)}: {each.title}. {each.hint}".strip() for each in refused)
