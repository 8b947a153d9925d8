"""The gallery of models: with pictures of which some are too large, empty of results, narrow."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.support.gallery import group, recipe_for, varied_models
from topazdesk.ui.controls import Surface
from topazdesk.ui.gallery.filter import FAVOURITES
from topazdesk.ui.gallery.gallery import Gallery
from topazdesk.ui.theme import Mode, Theme

Shot = Callable[..., object]


def _gallery(qtbot: QtBot, *, width: int = 1440, height: int = 900, pictures: bool = True) -> tuple[Gallery, Surface]:
    window = Surface("window")
    qtbot.addWidget(window)
    window.resize(width, height)
    window.show()
    models = varied_models()
    recover = next(model for model in models if model.name == "Recover 3")
    groups = (group(1500, 1000, 2), group(7000, 5000, 1)) if pictures else ()
    made = Gallery(window, models, recipe_for(recover), groups, favourites=("standard-2",), recent=("recover-3",))
    made.open()
    return made, window


def test_gallery(qtbot: QtBot, mode: Mode, shot: Shot) -> None:
    made, _window = _gallery(qtbot)
    assert made.chosen is not None
    assert made.chosen.name == "Recover 3"
    shot(made, f"gallery-{mode}")
    made.search.setText("zebra")
    shot(made, f"gallery-nothing-{mode}")
    made.close()


def test_gallery_without_pictures_in_a_small_window(qtbot: QtBot, mode: Mode, shot: Shot) -> None:
    made, _window = _gallery(qtbot, width=1060, height=700, pictures=False)
    made.grid.enter()
    shot(made, f"gallery-small-{mode}", focused=True)
    made.side.rows[FAVOURITES].click()
    shot(made, f"gallery-favourites-{mode}")
    made.close()


def test_gallery_with_large_text(qtbot: QtBot, qapp: QApplication, shot: Shot) -> None:
    Theme.apply(qapp, "light", high_contrast=True, text_scale=1.5, reduced_motion=True)
    made, _window = _gallery(qtbot)
    shot(made, "gallery-large")
    made.close()
