"""How files are encoded, in the output section: asked only where this program writes them, in words, by keyboard."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from tests.support.catalogue import whole_catalogue
from topazdesk.domain.encoding import USUAL, Encoding, TiffCompression
from topazdesk.domain.geometry import Size
from topazdesk.domain.image import FileFormat, ImageInfo
from topazdesk.domain.recipe import OutputOptions, Recipe
from topazdesk.domain.services import ServiceName
from topazdesk.ui.recipe.encoding_rows import EncodingRows
from topazdesk.ui.recipe.output import OutputPanel

pytestmark = pytest.mark.usefixtures("themed")

JPEG, PNG, TIFF = FileFormat.JPEG, FileFormat.PNG, FileFormat.TIFF


def picture(kind: FileFormat) -> ImageInfo:
    return ImageInfo(Path("/p/a"), kind, Size(300, 200), 1, 8, 3, False, False, 1, 1000, 1)


@pytest.mark.parametrize(
    ("service", "told", "source", "quality", "compression"),
    [
        (ServiceName.TOPAZ, JPEG, JPEG, False, False),
        (ServiceName.SANDBOX, TIFF, JPEG, False, False),
        (ServiceName.LOCAL, JPEG, TIFF, True, False),
        (ServiceName.LOCAL, TIFF, JPEG, False, True),
        (ServiceName.LOCAL, PNG, JPEG, False, False),
        (ServiceName.LOCAL, None, JPEG, True, False),
        (ServiceName.LOCAL, None, TIFF, False, True),
    ],
)
def test_it_is_asked_where_this_program_writes_the_file(
    qtbot: QtBot,
    service: ServiceName,
    told: FileFormat | None,
    source: FileFormat,
    quality: bool,
    compression: bool,
) -> None:
    model = whole_catalogue().find(service, "Real-ESRGAN Fast" if service is ServiceName.LOCAL else "Standard 2")
    panel = OutputPanel()
    qtbot.addWidget(panel)
    panel.show()
    panel.show_recipe(Recipe.of(service, model.slug, {}, OutputOptions(format=told)), model, picture(source))
    assert (panel.encoding.quality.isVisible(), panel.encoding.compression.isVisible()) == (quality, compression)
    assert panel.encoding.isVisible() == (quality or compression), "no gap is left"


def shown(qtbot: QtBot, encoding: Encoding = USUAL) -> tuple[EncodingRows, list[Encoding]]:
    rows, edited = EncodingRows(), list[Encoding]()
    qtbot.addWidget(rows)
    rows.edited.connect(edited.append)
    rows.show_encoding(encoding, (JPEG, TIFF))
    rows.show()
    return rows, edited


def test_a_quality_is_typed_and_said_in_words(qtbot: QtBot) -> None:
    rows, edited = shown(qtbot)
    assert (rows.quality.text(), rows.quality_words.text()) == ("95", "No visible loss")
    assert rows.quality.accessibleName() == "JPEG quality"
    for text, words in (("80", "Smaller file, slight loss"), ("40", "Small file, blocks may show")):
        rows.quality.selectAll()
        QTest.keyClicks(rows.quality, text)
        assert edited[-1] == Encoding(int(text))
        rows.show_encoding(edited[-1], (JPEG,))
        assert (rows.quality.text(), rows.quality_words.text()) == (text, words)
        assert rows.quality.accessibleDescription() == words
    QTest.keyClick(rows.quality, Qt.Key.Key_Up)
    assert edited[-1].jpeg_quality == 41


@pytest.mark.parametrize("text", ["", "0", "101", "80.5", "high"])
def test_what_is_no_quality_stays_as_typed_and_changes_nothing(qtbot: QtBot, text: str) -> None:
    rows, edited = shown(qtbot, Encoding(70))
    rows.quality.setText(text)
    rows.quality.textEdited.emit(text)
    assert not edited
    assert rows.quality_words.text() == "A whole number from 1 to 100."
    rows.show_encoding(Encoding(70), (JPEG,))
    assert rows.quality.text() == text, "whoever types there goes on typing"
    rows.quality.setText("75")
    rows.quality.textEdited.emit("75")
    assert edited == [Encoding(75)]
    assert rows.quality_words.text() == "Smaller file, slight loss"


def test_each_compression_says_what_it_is_for(qtbot: QtBot) -> None:
    rows, edited = shown(qtbot, Encoding(70))
    for place, each in enumerate(TiffCompression):
        rows.compression.setCurrentIndex(place)
        rows.compression.activated.emit(place)
        assert edited[-1] == Encoding(70, each)
        assert rows.compression.currentText().split(" ")[0].lower() == each.value
        assert rows.compression.accessibleDescription().startswith("TIFF compression · ")
    rows.show_encoding(replace(USUAL, tiff_compression=TiffCompression.LZW), (TIFF,))
    assert rows.compression.value() is TiffCompression.LZW


def test_the_words_of_a_compression_are_never_cut(qtbot: QtBot) -> None:
    rows, _ = shown(qtbot, Encoding(95, TiffCompression.LZW))
    for width in (460, 320, 220):
        rows.resize(width, 200)
        qtbot.waitUntil(lambda: rows.compression.width() >= rows.compression.needed_width())
