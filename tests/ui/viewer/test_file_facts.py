"""Each side says what its file is made of: the profile by its own name, what is declared instead, and the depth."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import pyvips
from PIL import ImageCms
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from tests.support import uneven_pixels
from topazdesk.media.icc import ADOBE_CURVE, SRGB_CURVE, grey_profile, name_of
from topazdesk.media.probe import profile_name
from topazdesk.ui.viewer import CompareView, ViewerBody
from topazdesk.ui.viewer.file_facts import facts_text
from topazdesk.ui.viewer.side import PAIR, Side

Sharp = Callable[[CompareView], QImage]


def picture(path: Path, *, profile: bytes = b"", deep: bool = False, bands: int = 3) -> Path:
    image = pyvips.Image.black(300, 200, bands=bands) + 90
    image = image.cast("ushort" if deep else "uchar")
    kind = ("rgb16" if deep else "srgb") if bands == 3 else ("grey16" if deep else "b-w")
    image = image.copy(interpretation=kind)
    if profile:
        image.set_type(pyvips.GValue.blob_type, "icc-profile-data", profile)
    image.write_to_file(str(path))
    return path


def test_a_profile_is_called_by_its_own_name() -> None:
    second = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert name_of(grey_profile("Grey, gamma 2.2", ADOBE_CURVE)) == "Grey, gamma 2.2"
    assert name_of(second) == "sRGB built-in"
    old = b"desc\0\0\0\0" + (10).to_bytes(4, "big") + b"Wide RGB\0\0"
    head = second[:128] + (1).to_bytes(4, "big") + b"desc" + (144).to_bytes(4, "big") + len(old).to_bytes(4, "big")
    assert name_of(head + old) == "Wide RGB", "profiles of version 2"
    assert name_of(second[:140]) == "", "a profile that ends early has no name"


@pytest.mark.parametrize(
    ("suffix", "settings", "words"),
    [
        (".png", {}, "no profile, 8 bits"),
        (".tif", {"deep": True}, "no profile, 16 bits"),
        (".png", {"bands": 1}, "grey, 8 bits"),
        (".jpg", {"bands": 1, "profile": grey_profile("Dot gain 20 %", SRGB_CURVE)}, "Dot gain 20 %, 8 bits"),
    ],
)
def test_the_facts_are_those_of_the_file(tmp_path: Path, suffix: str, settings: dict[str, object], words: str) -> None:
    path = picture(tmp_path / f"a{suffix}", **settings)  # type: ignore[arg-type]
    assert facts_text(*profile_name(path)) == words


def test_the_labels_say_what_the_files_are_made_of(view: CompareView, tmp_path: Path, qtbot: QtBot) -> None:
    """Only the colours of the screen were told."""
    body = ViewerBody(view)
    qtbot.addWidget(body)
    body.resize(1100, 500)
    body.show()
    before = picture(tmp_path / "before.png", deep=True)
    after = picture(tmp_path / "after.jpg", bands=1, profile=grey_profile("Gamma 2.2", ADOBE_CURVE))
    view.set_pair(before, after)
    qtbot.waitUntil(lambda: all(view.facts.text(side) for side in PAIR))
    labels = sorted(label.text() for label in view.visible_labels())  # type: ignore[attr-defined]
    assert labels[0].endswith(" · Gamma 2.2, 8 bits")
    assert labels[1].endswith(" · no profile, 16 bits")
    assert body.foot.colours.toolTip().count("Gamma 2.2") == 1
    assert body.foot.colours.text().startswith("Screen: ")


def test_another_content_of_the_same_file_has_other_facts(view: CompareView, tmp_path: Path, qtbot: QtBot) -> None:
    path = picture(tmp_path / "a.png")
    view.set_pair(path, None)
    qtbot.waitUntil(lambda: view.facts.text(Side.BEFORE) == "no profile, 8 bits")
    picture(path, deep=True)
    view.set_pair(path, None)
    qtbot.waitUntil(lambda: view.facts.text(Side.BEFORE) == "no profile, 16 bits")


def test_pixels_that_are_not_square_are_said(tmp_path: Path) -> None:
    """A portrait on screen is called 432 × 286: the label says why."""
    assert facts_text(*profile_name(uneven_pixels.fax(tmp_path / "page.tif"))).endswith("1 bit, pixels not square")
