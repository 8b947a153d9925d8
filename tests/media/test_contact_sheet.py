"""The contact sheet: pages of pairs, captions that can be read and searched, and no picture that can stop it."""

from __future__ import annotations

from pathlib import Path

import pypdf
import pytest

from tests.support import pictures
from topazdesk.app import resources
from topazdesk.media.contact_sheet import Pair, write_contact_sheet

FONT = resources.folder() / "fonts" / "DejaVuSans.ttf"
ODD = "**bold** <b>&amp;\u202egpj.exe\n(Tj) \\ Привет Ωμέγα שלום é ½"


def _text(path: Path) -> list[str]:
    return [page.extract_text() for page in pypdf.PdfReader(path).pages]


def test_every_pair_has_its_caption_on_numbered_pages(tmp_path: Path) -> None:
    wide = pictures.write(tmp_path / "wide.png", width=300, height=40)
    tall = pictures.write(tmp_path / "tall.jpg", width=40, height=300)
    pairs = [Pair(wide, tall, (f"picture-{number}.png", f"Standard 2 · size {number}")) for number in range(9)]
    steps: list[int] = []
    write_contact_sheet(tmp_path / "sheet.pdf", "Bag", "9 results", pairs, FONT, steps.append)
    pages = _text(tmp_path / "sheet.pdf")
    assert [page.count("Standard 2") for page in pages] == [4, 4, 1]
    assert [f"{number} / 3" in page for number, page in enumerate(pages, 1)] == [True] * 3
    assert all(f"picture-{number}.png" in pages[number // 4] for number in range(9))
    assert steps == list(range(1, 10))
    reader = pypdf.PdfReader(tmp_path / "sheet.pdf")
    assert [round(float(side) / 72 * 25.4) for side in reader.pages[0].mediabox[2:]] == [210, 297]
    assert len(reader.pages[2].images) == 2


def test_names_of_strangers_are_text_and_long_ones_are_cut(tmp_path: Path) -> None:
    pairs = [Pair(None, None, (ODD, "x" * 5000)), Pair(None, None, ("\udce4bytes.png", "日本"))]
    write_contact_sheet(tmp_path / "sheet.pdf", ODD, "", pairs, FONT, lambda _done: None)
    (page,) = _text(tmp_path / "sheet.pdf")
    assert "**bold** <b>&amp;" in page, "no markup is obeyed"
    assert "(Tj) \\ Привет Ωμέγα" in page
    assert "\u202e" not in page
    assert "…" in page
    assert "x" * 200 not in page


@pytest.mark.parametrize("content", [b"", b"no picture", b"\x89PNG\r\n\x1a\n" + b"x" * 100])
def test_a_picture_that_cannot_be_read_is_a_frame(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.png").write_bytes(content)
    pair = Pair(tmp_path / "a.png", tmp_path / "gone.png", ("a.png", "x"))
    write_contact_sheet(tmp_path / "sheet.pdf", "Bag", "", [pair], FONT, lambda _done: None)
    (page,) = _text(tmp_path / "sheet.pdf")
    assert "Before: cannot be read" in page
    assert "After: cannot be read" in page
