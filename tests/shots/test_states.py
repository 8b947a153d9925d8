"""States that the overview pages do not show: keyboard focus, pointer over Auto, a sheet, high contrast, large text."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPointF, Qt
from PySide6.QtGui import QEnterEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from tests.support.catalogue import packaged_model
from tests.support.controls_sheet import controls_sheet
from topazdesk.ui.controls import Badge, Button, Sheet, Surface, Text
from topazdesk.ui.forms import ParameterForm
from topazdesk.ui.forms.number_row import NumberRow
from topazdesk.ui.theme import Mode, Theme

Shot = Callable[..., object]


def _form_page(values: dict[str, object] | None = None) -> tuple[Surface, ParameterForm]:
    page = Surface("panel")
    column = QVBoxLayout(page)
    column.setContentsMargins(0, 0, 0, 0)
    form = ParameterForm()
    form.set_model(packaged_model("Recover 3"), values or {})  # type: ignore[arg-type]
    column.addWidget(form)
    page.setFixedWidth(352)
    page.show()
    page.activateWindow()
    return page, form


@pytest.mark.parametrize("name", ["sharpen", "creativity"])
def test_keyboard_focus(qtbot: QtBot, mode: Mode, shot: Shot, name: str) -> None:
    page, form = _form_page()
    qtbot.addWidget(page)
    qtbot.waitUntil(page.isActiveWindow)
    row = form.row(name)
    assert isinstance(row, NumberRow)
    assert row.slider is not None
    control: QWidget = row.field if name == "sharpen" else row.slider
    control.setFocus(Qt.FocusReason.TabFocusReason)
    shot(page, f"form-focus-{name}-{mode}", focused=True)


def test_prompt_off(qtbot: QtBot, mode: Mode, shot: Shot) -> None:
    page, _form = _form_page({"autoprompt": True, "prompt": "A lake", "face_enhancement": False})
    qtbot.addWidget(page)
    shot(page, f"form-prompt-off-{mode}")


def test_pointer_over_auto(qtbot: QtBot, mode: Mode, shot: Shot) -> None:
    page, form = _form_page()
    qtbot.addWidget(page)
    row = form.row("denoise")
    assert isinstance(row, NumberRow)
    assert row.slider is not None
    for control in (row.slider, row.field):
        control.setAttribute(Qt.WidgetAttribute.WA_UnderMouse)
        QCoreApplication.sendEvent(control, QEnterEvent(QPointF(5, 5), QPointF(5, 5), QPointF(5, 5)))
    shot(page, f"form-hover-{mode}")


def test_sheet(qtbot: QtBot, mode: Mode, shot: Shot) -> None:
    window = Surface("window")
    qtbot.addWidget(window)
    window.resize(900, 600)
    window.show()
    sheet = Sheet(window, "Enhance 42 pictures for 252 credits?", width=560)
    sheet.body.addWidget(Text("Recover 3 rebuilds detail", weight=600))
    sheet.body.addWidget(
        Text(
            "Faces, lettering and fine patterns may differ from the originals. Look at one result first.",
            colour="text2",
            wrap=True,
        )
    )
    sheet.body.addWidget(Badge("generative"))
    sheet.body.addWidget(QLineEdit("Scans 2024"))
    sheet.footer.addWidget(Button("Cancel", "quiet"))
    sheet.footer.addStretch(1)
    sheet.footer.addWidget(Button("Enhance one first · 6 credits"))
    sheet.footer.addWidget(Button("Enhance 42 pictures · 252 credits", "primary"))
    sheet.open()
    assert sheet.width() >= 560, "as asked for, and wider where its buttons need that"
    shot(sheet, f"sheet-{mode}")
    sheet.close()


@pytest.mark.parametrize("base", ["dark", "light"])
def test_high_contrast(qtbot: QtBot, qapp: QApplication, shot: Shot, base: Mode) -> None:
    Theme.apply(qapp, base, high_contrast=True, reduced_motion=True)
    page = controls_sheet()
    qtbot.addWidget(page)
    shot(page, f"controls-contrast-{base}")
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def test_large_text(qtbot: QtBot, qapp: QApplication, shot: Shot) -> None:
    Theme.apply(qapp, "dark", high_contrast=False, text_scale=1.5, reduced_motion=True)
    page = controls_sheet()
    qtbot.addWidget(page)
    page.resize(page.sizeHint())
    shot(page, "controls-large")
    form_page, _form = _form_page({"face_enhancement": True, "sharpen": 0.4})
    qtbot.addWidget(form_page)
    form_page.setFixedWidth(528)
    shot(form_page, "form-large")
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
