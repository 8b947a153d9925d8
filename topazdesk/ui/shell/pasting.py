"""Takes in what is pasted: files from file managers, and pictures copied in any other program."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QBuffer, QMimeData, QObject, Signal
from PySide6.QtGui import QGuiApplication, QImage

from topazdesk.disk.names import shown_path
from topazdesk.ui.controls import NoticeAction
from topazdesk.ui.controls.drop import pasted_paths
from topazdesk.ui.host.notices import Notices
from topazdesk.ui.host.outgoing import Outgoing
from topazdesk.ui.runtime.work import Work
from topazdesk.ui.texts import tr

_PNG, _SIGNATURE = "image/png", b"\x89PNG\r\n\x1a\n"


class Pasting(QObject):
    """Reads the clipboard. `arrived` is emitted with the paths of what is pasted, a copied picture kept as a file."""

    arrived = Signal(list)

    def __init__(self, work: Work, notices: Notices, outgoing: Outgoing, parent: QObject) -> None:
        super().__init__(parent)
        self._work = work
        self._notices = notices
        self._outgoing = outgoing

    def paste(self) -> None:
        """Take in what is on the clipboard, or tell that there is nothing."""
        mime = QGuiApplication.clipboard().mimeData()
        if paths := pasted_paths(mime):
            self.arrived.emit(paths)
        elif (picture := _picture_in(mime)) is not None:
            self._work.spawn("paste", self._keep(picture))
        else:
            self._notices.tell(
                "info", tr("Nothing to paste"), tr("Copy a picture in any program, or files in your file manager.")
            )

    async def _keep(self, picture: bytes | QImage) -> None:
        path = await asyncio.to_thread(_kept, picture)
        self.arrived.emit([path])
        self._notices.tell(
            "info",
            tr("Saved as {name}").format(name=path.name),
            tr("Pasted pictures are kept in {folder}.").format(folder=shown_path(path.parent)),
            NoticeAction(tr("Show in folder"), lambda: self._outgoing.show_in_folder(path), "folder"),
        )


def _picture_in(mime: QMimeData) -> bytes | QImage | None:
    """Return a copied picture: as the other program's PNG, which has its colours and depth, else as Qt reads it."""
    if mime.hasFormat(_PNG) and (data := bytes(mime.data(_PNG).data())).startswith(_SIGNATURE):
        return data
    image = mime.imageData() if mime.hasImage() else None
    return image if isinstance(image, QImage) and not image.isNull() else None


def _kept(picture: bytes | QImage) -> Path:
    from topazdesk.app.pasted import keep, pasted_folder

    if isinstance(picture, QImage):
        buffer = QBuffer()
        buffer.open(QBuffer.OpenModeFlag.WriteOnly)
        picture.save(buffer, "PNG")  # type: ignore[call-overload]  # the stubs want bytes, Qt takes both
        picture = bytes(buffer.data().data())
    return keep(picture, pasted_folder(), datetime.now())  # noqa: DTZ005 - the user's clock names the file
