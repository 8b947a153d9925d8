"""What the files on screen are made of: the colour profile, the depth and the format of each, as the file has them."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QCoreApplication, QObject, Signal

from topazdesk.domain.displayed_text import one_line
from topazdesk.domain.image import ColourSpace, DeclaredColour, ImageInfo, SampleKind
from topazdesk.errors import TopazdeskError
from topazdesk.language import comma
from topazdesk.media.probe import profile_name
from topazdesk.media.tilecache import identity
from topazdesk.ui.runtime.inbox import Inbox
from topazdesk.ui.runtime.workers import Workers
from topazdesk.ui.texts import ntr, tr
from topazdesk.ui.viewer.pairs import Pairs
from topazdesk.ui.viewer.side import Side

#: Names in profiles may be of any length.
_NAME_LENGTH = 32


class FileFacts(QObject):
    """The facts of the files that `pairs` shows, read in a thread; `changed` is emitted when there are new ones."""

    changed = Signal()

    def __init__(self, pairs: Pairs, parent: QObject) -> None:
        super().__init__(parent)
        self._pairs = pairs
        self._inbox = Inbox(self)
        self._pool = Workers(1, "viewer-facts")
        self._known: dict[Path, tuple[str, str]] = {}  # the identity of the content, and its text
        pairs.swapped.connect(self._read)
        application = QCoreApplication.instance()
        if application is not None:
            application.aboutToQuit.connect(self.stop)

    def text(self, side: Side) -> str:
        """Return the facts of one side, such as "Adobe RGB (1998), 16 bits"; "" while they are not known."""
        path = self._pairs.shown.paths.get(side)
        return self._known[path][1] if path in self._known else ""

    def stop(self) -> None:
        """Stop reading, and ignore what still arrives. Idempotent; does not wait."""
        self._inbox.close()
        self._pool.stop()

    def _read(self) -> None:
        """Read the files of another pair, and those that have changed: their pair is shown again."""
        paths = self._pairs.shown.paths
        self._known = {path: text for path, text in self._known.items() if path in paths.values()}
        for path in dict.fromkeys(paths.values()):
            page = next(self._pairs.shown.page_of(side) for side, each in paths.items() if each == path)
            self._pool.submit(self._look, path, page, self._known.get(path, ("", ""))[0])

    def _look(self, path: Path, page: int, known: str) -> None:
        """Read one file's header, unless its content is the known one. Runs in the worker thread."""
        try:
            now = identity(path, page)
            if now != known:
                found = facts_text(*profile_name(path, page))
                self._inbox.post(lambda: self._take(path, now, found))
        except (TopazdeskError, OSError):
            return  # the viewer itself reports what is wrong with the file

    def _take(self, path: Path, now: str, found: str) -> None:
        if path in self._pairs.shown.paths.values():
            self._known[path] = (now, found)
            self.changed.emit()


def facts_text(info: ImageInfo, profile: str) -> str:
    """Return the colours and the depth of a file: its own profile by name, or what it declares instead of one.

    Pixels that are not square are said, because the picture has other proportions than its size.
    """
    bits = ntr("1 bit", "{bits} bits", info.bits).format(bits=info.bits)
    kinds = {SampleKind.FLOAT: tr("{bits}, fractions"), SampleKind.SIGNED: tr("{bits}, signed")}
    if info.samples in kinds:
        bits = kinds[info.samples].format(bits=bits)
    parts = [_colours(info, profile), bits]
    if not info.grid.is_square:
        parts.append(tr("pixels not square"))
    return comma().join(parts)


def _colours(info: ImageInfo, profile: str) -> str:
    declared = {
        DeclaredColour.ADOBE_RGB: "Adobe RGB",
        DeclaredColour.DISPLAY_P3: "Display P3",
        DeclaredColour.BT2020: "BT.2020",
        DeclaredColour.OWN: tr("colours of its own"),
        DeclaredColour.PQ: "HDR (PQ)",
        DeclaredColour.HLG: "HDR (HLG)",
    }
    spaces = {ColourSpace.CMYK: "CMYK", ColourSpace.LAB: "Lab", ColourSpace.GREY: tr("grey")}
    if info.colour in declared:
        return declared[info.colour]
    if info.profile_fault.is_dropped:
        return tr("faulty profile")
    if info.has_profile:
        return one_line(profile, _NAME_LENGTH) or tr("unnamed profile")
    return spaces.get(info.space, tr("no profile"))
