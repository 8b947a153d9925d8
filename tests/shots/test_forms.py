"""The form of every model of the catalogue, untouched and with values, in the two themes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtWidgets import QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from tests.support.catalogue import packaged_catalogue, runflow_catalogue
from topazdesk.domain.catalogue import Model
from topazdesk.ui.controls import Surface
from topazdesk.ui.forms import ParameterForm
from topazdesk.ui.theme import Mode

Shot = Callable[[QWidget, str], object]
MODELS = list(packaged_catalogue())

FILLED = {
    "face_enhancement": True,
    "face_enhancement_creativity": 0.25,
    "creativity": 4,
    "texture": 1,
    "detail": True,
    "prompt": "A clear mountain lake below snowy peaks, evening light. " * 19,
    "denoise": 0.35,
    "sharpen": 1.4,
    "subject_detection": "foreground",
    "grain": True,
    "exposure": 1.2,
    "focus_boost": 0.8,
    "noise_sigma": 0.03,
    "reference_uri": "not an address",
}


def _page(model: Model, values: dict[str, object]) -> Surface:
    page = Surface("panel")
    column = QVBoxLayout(page)
    column.setContentsMargins(0, 0, 0, 0)
    form = ParameterForm()
    known = {name: value for name, value in values.items() if model.parameters.get(name) is not None}
    form.set_model(model, known)  # type: ignore[arg-type]
    column.addWidget(form)
    page.setFixedWidth(352)
    page.show()
    page.resize(352, page.heightForWidth(352) if page.hasHeightForWidth() else page.sizeHint().height())
    return page


@pytest.mark.parametrize("model", MODELS, ids=lambda m: m.slug)
def test_form_untouched(qtbot: QtBot, mode: Mode, shot: Shot, model: Model) -> None:
    page = _page(model, {})
    qtbot.addWidget(page)
    shot(page, f"form-{model.slug}-{mode}")


@pytest.mark.parametrize("model", list(runflow_catalogue()), ids=lambda m: m.slug)
def test_form_of_runflow(qtbot: QtBot, mode: Mode, shot: Shot, model: Model) -> None:
    """With faces on and values: the untouched ones are seen in the window."""
    page = _page(model, {**FILLED, "detail": 0.6, "subject_detection": "Foreground", "sharpen": 0.4})
    qtbot.addWidget(page)
    shot(page, f"form-runflow-{model.slug}-{mode}")


@pytest.mark.parametrize("model", MODELS, ids=lambda m: m.slug)
def test_form_filled(qtbot: QtBot, mode: Mode, shot: Shot, model: Model) -> None:
    page = _page(model, FILLED)
    qtbot.addWidget(page)
    shot(page, f"form-{model.slug}-filled-{mode}")
