"""Both sides end in the colours of the screen, whatever profile they come with."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import pyvips
from PySide6.QtGui import QColor, QColorSpace, QImage

from tests.stories.desktop import MISSING, screen
from tests.ui.viewer.conftest import colour, near
from topazdesk.ui.viewer import SIDE_BY_SIDE, CompareView
from topazdesk.ui.viewer.screen_colours import SRGB, colours_of

Sharp = Callable[[CompareView], QImage]
INK = (200, 60, 60)


def test_without_a_profile_pixels_stay_as_they_are() -> None:
    image = QImage(4, 4, QImage.Format.Format_RGB32)
    image.fill(QColor(*INK))
    for profile in (None, b"", b"no profile", QColorSpace(QColorSpace.NamedColorSpace.SRgb).iccProfile().data()):
        found = colours_of(profile)
        assert found == SRGB
        assert colour(found.on_screen(image), 1, 1) == INK


def test_a_wide_screen_gets_less_of_a_colour_for_the_same_look() -> None:
    image = QImage(4, 4, QImage.Format.Format_RGB32)
    image.fill(QColor(*INK))
    wide = QColorSpace(QColorSpace.NamedColorSpace.DisplayP3)
    found = colours_of(bytes(wide.iccProfile().data()))
    assert found.space is not None
    shown = found.on_screen(image)
    red, green, _ = colour(shown, 1, 1)
    assert red < 195
    assert green > 62
    back = shown.convertedToColorSpace(QColorSpace(QColorSpace.NamedColorSpace.SRgb))
    assert near(colour(back, 1, 1), INK, 2)


def test_both_sides_of_one_colour_look_the_same_whatever_their_profile_depth_and_orientation(
    view: CompareView, sharp: Sharp, tmp_path: Path
) -> None:
    """The same red as plain sRGB, turned by EXIF, and as a 16-bit file with a wide profile."""
    plain = pyvips.Image.black(300, 200, bands=3).linear(1, list(INK)).cast("uchar").copy(interpretation="srgb")
    wide = plain.icc_transform("p3", input_profile="srgb", depth=16)
    wide.write_to_file(str(tmp_path / "wide.tif"))
    turned = plain.rot270().copy()
    turned.set_type(pyvips.GValue.gint_type, "orientation", 6)
    turned.write_to_file(str(tmp_path / "turned.jpg"), Q=100)
    view.stage.set_mode(SIDE_BY_SIDE)
    view.set_pair(tmp_path / "turned.jpg", tmp_path / "wide.tif")
    image = sharp(view)
    assert view.stage.pairs.shown.frame is not None
    assert {size.width for size in view.stage.pairs.shown.sizes.values()} == {300}
    assert near(colour(image, 150, 200), INK)
    assert near(colour(image, 450, 200), INK)


@pytest.mark.skipif("Xvfb" in MISSING, reason="Xvfb is not installed (dev.py test installs it where it may)")
def test_the_profile_of_an_x_screen_is_found() -> None:
    profile = bytes(range(256)) * 3
    code = f"""if True:
        import ctypes
        from topazdesk.ui.viewer.screen_colours import _of_x11
        assert _of_x11() is None
        x11 = ctypes.CDLL("libX11.so.6")
        x11.XOpenDisplay.restype = ctypes.c_void_p
        display = ctypes.c_void_p(x11.XOpenDisplay(None))
        root = ctypes.c_ulong(x11.XDefaultRootWindow(display))
        atom = ctypes.c_ulong(x11.XInternAtom(display, b"_ICC_PROFILE", 0))
        profile = {profile!r}
        x11.XChangeProperty(display, root, atom, ctypes.c_ulong(6), 8, 0, profile, len(profile))
        x11.XSync(display, 0)
        assert _of_x11() == profile
    """
    with screen() as (display, _):
        environment = {**os.environ, "DISPLAY": display.display}
        ran = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=240)
    assert ran.returncode == 0, ran.stderr
