"""How files are encoded that this program writes: quality of JPEG, compression of TIFF, each with what it means."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QVBoxLayout, QWidget

from topazdesk.domain.appraisal import POOR_QUALITY
from topazdesk.domain.encoding import LEAST_QUALITY, MOST_QUALITY, USUAL, Encoding, TiffCompression
from topazdesk.domain.image import FileFormat
from topazdesk.ui.controls import Choice, NumberField, Text
from topazdesk.ui.texts import plain_tip, tr
from topazdesk.ui.theme import px

#: From here on no loss is seen; at 80 a file has about half the bytes of one at 95.
_FINE_QUALITY = 90


class EncodingRows(QWidget):
    """Shows an `Encoding` for some formats, one row each; hidden for none. `edited` has the one that the user set."""

    edited = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._encoding = USUAL
        self.quality = NumberField(LEAST_QUALITY, MOST_QUALITY, 1.0, name=tr("JPEG quality"), width=48)
        self.quality_words = Text("", "small", "text2", wrap=True)
        self.compression = Choice(
            [(each, compression_text(each)) for each in TiffCompression], name=tr("TIFF compression")
        )
        self._jpeg, self._tiff = QWidget(), QWidget()
        _row(self._jpeg, Text(tr("JPEG quality"), "base"), self.quality).addWidget(self.quality_words, 1)
        self._compression_name = Text(tr("TIFF compression"), "base")
        self._tiff_row = _row(self._tiff, self._compression_name, self.compression)
        self._tiff_row.setStretch(1, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(6))
        column.addWidget(self._jpeg)
        column.addWidget(self._tiff)
        self.quality.edited.connect(self._quality_edited)
        self.compression.chosen.connect(self._compression_chosen)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the list of compressions below its name where its words have no room beside it."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        name, between = self._compression_name.sizeHint().width(), self._tiff_row.spacing()
        fits = name + between + self.compression.needed_width() <= self.width()
        self._tiff_row.setDirection(QBoxLayout.Direction.LeftToRight if fits else QBoxLayout.Direction.TopToBottom)

    def show_encoding(self, encoding: Encoding, formats: Collection[FileFormat]) -> None:
        """Show what holds for files in these formats; a number that is typed and wrong stays as it is."""
        self._encoding = encoding
        self._jpeg.setVisible(FileFormat.JPEG in formats)
        self._tiff.setVisible(FileFormat.TIFF in formats)
        self.setVisible(FileFormat.JPEG in formats or FileFormat.TIFF in formats)
        if not self.quality.problem():
            self.quality.set_number(float(encoding.jpeg_quality))
        self.compression.set_value(encoding.tiff_compression)
        self._show_words()

    def _show_words(self) -> None:
        problem = self.quality.problem()
        self.quality_words.setText(problem or quality_text(self._encoding.jpeg_quality))
        self.quality_words.set_colour("err" if problem else "text2")
        self.quality.setAccessibleDescription(self.quality_words.text())
        words = compression_hint(self._encoding.tiff_compression)
        self.compression.setToolTip(plain_tip(words))
        # With the name: on Linux, Qt tells screen readers the value in place of it.
        self.compression.setAccessibleDescription(f"{self.compression.accessibleName()} · {words}")
        self._fit()

    def _quality_edited(self, number: object) -> None:
        is_whole = isinstance(number, float) and number.is_integer()
        good = is_whole and LEAST_QUALITY <= number <= MOST_QUALITY  # type: ignore[operator]  # `is_whole` says so
        self.quality.set_problem("" if good else tr("A whole number from 1 to 100."))
        if good and isinstance(number, float):
            self._put(replace(self._encoding, jpeg_quality=round(number)))
        else:
            self._show_words()

    def _compression_chosen(self, chosen: object) -> None:
        if isinstance(chosen, TiffCompression):
            self._put(replace(self._encoding, tiff_compression=chosen))

    def _put(self, encoding: Encoding) -> None:
        self._encoding = encoding
        self._show_words()
        self.edited.emit(encoding)


def quality_text(quality: int) -> str:
    """Return what a JPEG quality means."""
    if quality >= _FINE_QUALITY:
        return tr("No visible loss")
    return tr("Smaller file, slight loss") if quality > POOR_QUALITY else tr("Small file, blocks may show")


def compression_text(compression: TiffCompression) -> str:
    """Return the name of a compression, and what it is for."""
    match compression:
        case TiffCompression.NONE:
            return tr("None · largest file")
        case TiffCompression.LZW:
            return tr("LZW · for older programs")
        case TiffCompression.DEFLATE:
            return tr("Deflate (ZIP) · small file")


def compression_hint(compression: TiffCompression) -> str:
    """Return what a compression means; none of them loses anything."""
    match compression:
        case TiffCompression.NONE:
            return tr("Not compressed. Every program opens it.")
        case TiffCompression.LZW:
            return tr("Lossless. Almost every program opens it; with 16 bits it saves little.")
        case TiffCompression.DEFLATE:
            return tr("Lossless. Some older programs cannot open it.")


def _row(room: QWidget, name: Text, control: QWidget) -> QBoxLayout:
    row = QBoxLayout(QBoxLayout.Direction.LeftToRight, room)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(px(8))
    row.addWidget(name)
    row.addWidget(control)
    return row
