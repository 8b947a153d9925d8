"""Sizes in words."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextDocument
from PySide6.QtWidgets import QApplication, QLabel

import topazdesk.ui
from topazdesk.domain.geometry import Size
from topazdesk.ui.controls import ElidedLabel, Text
from topazdesk.ui.models.picture import shown_name
from topazdesk.ui.texts import megapixels_text, plain_tip


@pytest.mark.parametrize(
    ("size", "short", "exact"),
    [
        (Size(3000, 2000), "6 MP", "6.0 MP"),
        (Size(1500, 1030), "1.5 MP", "1.5 MP"),
        (Size(8475, 5660), "48 MP", "47.96 MP"),  # below the step of 48, and priced so
        (Size(1200, 800), "1 MP", "0.96 MP"),
        (Size(6000, 4000), "24 MP", "24.0 MP"),
        (Size(6001, 4000), "24 MP", "24.0 MP"),
        (Size(100, 200), "0.02 MP", "0.02 MP"),
    ],
)
def test_an_exact_size_is_never_rounded_over_a_price_step(size: Size, short: str, exact: str) -> None:
    assert megapixels_text(size) == short
    assert megapixels_text(size, exact=True) == exact


def test_a_tool_tip_is_never_markup() -> None:
    """A file called `<img src=…>` had its tool tip load that picture."""
    for text in (
        "<img src='/etc/passwd'>.jpg",
        "a <b>bold</b> name\nand <a href='file:///'>a link</a>",
        "&lt;img src=x&gt;",
        "1 < 2 & 3",
    ):
        shown = plain_tip(text)
        assert shown.startswith("<qt>")
        document = QTextDocument()
        document.setHtml(shown)
        assert document.toPlainText() == text
        assert "<img" not in shown
    assert plain_tip("AT&T's photo.jpg") == "AT&T's photo.jpg"
    assert plain_tip("a\u202egpj.exe\x07") == "a�gpj.exe�"


def _said(node: ast.expr) -> bool:
    """`plain_tip(…)`, or our own words alone."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
        return False
    return node.func.id == "plain_tip" or (node.func.id == "tr" and isinstance(node.args[0], ast.Constant))


def test_all_tool_tips_go_through_one_place() -> None:
    seen, wild = 0, []
    for path in Path(topazdesk.ui.__path__[0]).rglob("*.py"):
        text = path.read_text("utf-8")
        for node in ast.walk(ast.parse(text)):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            is_tip = node.func.attr == "setToolTip"
            is_shown = node.func.attr == "showText" and ast.unparse(node.func.value) == "QToolTip"
            if is_tip or is_shown:
                seen += 1
                if not _said(node.args[1 if is_shown else 0]):
                    wild.append(f"{path.name}:{node.lineno}")
            # The pages of the help are made in one place, which escapes what is not its own (app/help/html.py).
            is_page = path.name == "help_sheet.py" and ast.unparse(node) == "document.setHtml(html)"
            is_rich = node.func.attr in ("setWhatsThis", "setHtml", "setMarkdown") and not is_page
            assert not is_rich, f"{path.name}:{node.lineno}"
        if "ToolTipRole" in text:
            assert "plain_tip(" in text, path.name
    assert seen > 30
    assert wild == []


def test_labels_show_what_is_written_and_nothing_else(qapp: QApplication) -> None:
    """Every label of the window says that it is plain; Qt would guess."""
    text = Text("<img src=x>\u202egpj\x1b[2J")
    assert text.textFormat() == Qt.TextFormat.PlainText
    assert text.text() == "<img src=x>�gpj�[2J"
    elided = ElidedLabel("<b>a</b>\u2066")
    assert elided.text() == "<b>a</b>�"
    for path in Path(topazdesk.ui.__path__[0]).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("QLabel"):
                pytest.fail(f"{path.name}:{node.lineno} makes a label of Qt's own; Text is plain")
            if isinstance(node, ast.ClassDef) and any(ast.unparse(base) == QLabel.__name__ for base in node.bases):
                assert "setTextFormat" in ast.unparse(node), node.name


def test_a_name_stays_on_its_line() -> None:
    assert shown_name(Path("/a/photo\u202egpj.exe\n\x1b.jpg")) == "photo�gpj.exe⏎�.jpg"
    assert shown_name(Path("/a/Screenshot 3.14\u202fPM.png")) == "Screenshot 3.14\u202fPM.png"
