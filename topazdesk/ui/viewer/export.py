"""Export of the comparison as a picture: what the viewer shows, with labels and divider but without controls."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from PySide6.QtCore import QBuffer, QRect
from PySide6.QtGui import QColorSpace, QImage, QImageWriter, QPainter
from PySide6.QtWidgets import QFileDialog, QWidget

from topazdesk.disk import private_file
from topazdesk.domain.displayed_text import one_line
from topazdesk.errors import Code, ComputerError, TopazdeskError, UseError
from topazdesk.ui.texts import tr
from topazdesk.ui.theme import tokens
from topazdesk.ui.viewer.compare import CompareView
from topazdesk.ui.viewer.screen_colours import screen_colours


def comparison_image(view: CompareView) -> QImage:
    """Return the view as it is seen, in physical pixels, on the theme's canvas colour."""
    ratio = view.devicePixelRatioF()
    image = QImage(view.size() * ratio, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(ratio)
    image.fill(tokens().canvas)
    view.render_on(image)
    painter = QPainter(image)
    for label in view.visible_labels():
        painter.drawPixmap(label.pos(), label.grab())
    if view.stage.divider.isVisible():
        _paint_line(painter, view)
    painter.end()
    return image


def _paint_line(painter: QPainter, view: CompareView) -> None:
    t = tokens()
    at = round(view.stage.divider.share * (view.height() if view.stage.divider.turned else view.width()))
    for width, colour in ((4, t.overlay), (2, t.overlay_line)):
        across = QRect(0, at - width // 2, view.width(), width)
        along = QRect(at - width // 2, 0, width, view.height())
        painter.fillRect(across if view.stage.divider.turned else along, colour)


def _named_after(view: CompareView) -> Path | None:
    return view.stage.named_after or next(iter(view.stage.pairs.shown.paths.values()), None)


def suggested_name(view: CompareView) -> str:
    """Return a file name such as "mountain-lake comparison.png"."""
    path = _named_after(view)
    stem = one_line(path.stem, 200) if path is not None else "topazdesk"
    return f"{stem} {view.stage.mode.export_word}.png"


def save(view: CompareView, path: Path) -> Path:
    """Write the comparison and return its file; the extension sets the format (PNG for none or an unknown one).

    Raises UseError if the path is one of the compared pictures, ComputerError if the file cannot be written.
    """
    out = path if path.suffix.lower() in (".png", ".jpg", ".jpeg", ".webp") else path.with_name(f"{path.name}.png")
    _refuse_own(view, out)
    image = comparison_image(view)
    space = screen_colours().space
    if space is not None:  # the pixels are in this screen's profile; the file must look right on any
        image.setColorSpace(space)
        image.convertToColorSpace(QColorSpace(QColorSpace.NamedColorSpace.SRgb))
    buffer = QBuffer()
    buffer.open(QBuffer.OpenModeFlag.WriteOnly)
    writer = QImageWriter(buffer, out.suffix[1:].encode("ascii"))
    writer.setQuality(95)
    try:
        if not writer.write(image):
            raise OSError(writer.errorString())
        private_file.write(out, bytes(buffer.data().data()), 0o666)
    except OSError as error:
        raise ComputerError(
            "The comparison could not be saved",
            "Choose another folder, or make room on the disk. Nothing else was changed",
            details=str(error),
            code=Code.DISK_EXPORT,
        ) from error
    return out


def _refuse_own(view: CompareView, out: Path) -> None:
    for path in view.stage.pairs.shown.paths.values():
        with suppress(OSError):
            if out.samefile(path):
                raise UseError(
                    "A picture cannot be replaced by its comparison",
                    "Choose another name. Nothing was changed",
                    code=Code.USE_EXPORT_NAME,
                )


def ask_export(view: CompareView) -> None:
    """Ask for a file name and save the comparison; do nothing if there is nothing to compare."""
    if view.stage.compares_now:
        ExportDialog(view).open()


class ExportDialog(QFileDialog):
    """A dialog that asks for a file name and saves there; show it with `open()`. Errors go to `view.problem`."""

    def __init__(self, view: CompareView, parent: QWidget | None = None) -> None:
        super().__init__(parent or view.window(), tr("Save the comparison as a picture"))
        self._view = view
        self.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        self.setNameFilters([tr("PNG picture (*.png)"), tr("JPEG picture (*.jpg *.jpeg)"), tr("WebP picture (*.webp)")])
        self.setDefaultSuffix("png")
        folder = (_named_after(view) or Path()).parent
        self.setDirectory(str(folder))
        self.selectFile(suggested_name(view))
        self.fileSelected.connect(self._chosen)
        self.finished.connect(self.deleteLater)

    def _chosen(self, name: str) -> None:
        try:
            out = save(self._view, Path(name))
        except TopazdeskError as error:
            self._view.problem.emit(error)
        else:
            self._view.exported.emit(out)
