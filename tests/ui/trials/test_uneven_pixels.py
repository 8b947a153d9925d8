"""Trials on a picture whose pixels are not square, such as a page of a fax."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtWidgets import QApplication

from tests.support import uneven_pixels
from tests.support.uneven_pixels import is_circle
from tests.support.window import live, painted, profile_with_sandbox, quiet, session_of, until
from topazdesk.domain.geometry import Size
from topazdesk.media.probe import probe
from topazdesk.ui.shell.window import Window
from topazdesk.ui.trials.controller import TrialsController


def test_an_area_of_pixels_that_are_not_square_is_tried_in_its_proportions(qapp: QApplication, tmp_path: Path) -> None:
    """The area is in pixels of the source; its cards and what is seen in the frame have the picture's proportions."""
    page = Image.new("L", (1000, 500), 255)
    page.paste(uneven_pixels.circle((160, 80)), (420, 210))
    source = uneven_pixels.png(tmp_path / "page.png", picture=page)

    async def story(window: Window) -> None:
        session = session_of(window)
        await until(lambda: session.library.picture is not None and session.pricing.plan.is_confirmed, "read")
        await quiet(window)
        window.commands.run("trials")
        context = window.findChild(TrialsController)
        assert context is not None
        view = context.view
        assert view is not None
        board = context.state.board
        assert board is not None
        assert board.patch.size == Size(250, 250)
        box = view.frame._physical_box()
        assert box is not None
        assert box.height / box.width == pytest.approx(204 / 98, rel=0.01)
        await until(lambda: view.panel.start.isEnabled(), "the price")
        view.panel.start.click()
        await until(lambda: bool(board.here()) and not board.is_running and not context.state.starting, "tried")
        job = board.here()[0]
        result = job.result
        assert result is not None
        assert job.source_size == Size(250, 250), "pixels as they are"
        await until(lambda: view.pixels.picture(result) is not None, "loaded")
        await quiet(window)
        await painted(window)
        cards = view.tray.cards[:2]
        await until(lambda: all(card.image is not None for card in cards), "the cards")
        for number, card in enumerate(cards):
            assert card.image is not None
            assert is_circle(card.image), number
        assert probe(result).grid.aspect == pytest.approx(98 / 204, rel=0.01)

    with profile_with_sandbox(tmp_path) as (profile, _):
        assert live(qapp, profile, story, source) == []
