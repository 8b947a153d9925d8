"""The colours of the screen: its profile, where the platform reveals one, and the conversion to it from sRGB.

Qt has no call for this. Windows knows a profile for every screen. X11 keeps one in a property of the root window (the
convention of colour managers such as colord). On macOS the system itself converts what a window paints from sRGB.
"""

from __future__ import annotations

import ctypes
import logging
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from PySide6.QtGui import QColorSpace, QGuiApplication, QImage

_log = logging.getLogger(__name__)

_MOST_BYTES = 8_000_000
_ANY_PROPERTY = 0


@dataclass(frozen=True)
class ScreenColours:
    """The colours of a screen. `space` is None if pictures are painted in sRGB as they are; `name` is for display."""

    space: QColorSpace | None
    name: str

    def on_screen(self, image: QImage) -> QImage:
        """Convert an sRGB image to the colours of the screen. May be called from any thread."""
        if self.space is None:
            return image
        image.setColorSpace(QColorSpace(QColorSpace.NamedColorSpace.SRgb))
        converted = image.convertedToColorSpace(self.space)
        return image if converted.isNull() else converted


SRGB = ScreenColours(None, "sRGB")


def colours_of(profile: bytes | None) -> ScreenColours:
    """Return the colours that an ICC profile describes, or sRGB if there is no usable profile."""
    if not profile or profile[36:40] != b"acsp":  # the signature of ICC profiles
        return SRGB
    space = QColorSpace.fromIccProfile(profile)
    srgb = QColorSpace(QColorSpace.NamedColorSpace.SRgb)
    if not space.isValid() or space == srgb or not space.isValidTarget():
        return SRGB
    return ScreenColours(space, space.description() or "ICC")


@cache
def screen_colours() -> ScreenColours:
    """Return the colours of the screen, or of the first one if there are several.

    The platform is asked only once, which takes a few milliseconds.
    """
    platform = QGuiApplication.platformName()
    try:
        if platform == "xcb":
            return colours_of(_of_x11())
        if sys.platform == "win32":
            return colours_of(_of_windows())
    except (OSError, AttributeError) as error:
        _log.info("the screen's profile cannot be read: %s", error)
    return SRGB


def _of_x11() -> bytes | None:
    """Return the property `_ICC_PROFILE` of the root window, or None."""
    x11 = ctypes.CDLL("libX11.so.6")  # by its full name: a search would run other programs
    pointer, long = ctypes.c_void_p, ctypes.c_ulong
    x11.XOpenDisplay.restype = pointer
    x11.XDefaultRootWindow.argtypes = [pointer]
    x11.XDefaultRootWindow.restype = long
    x11.XInternAtom.argtypes = [pointer, ctypes.c_char_p, ctypes.c_int]
    x11.XInternAtom.restype = long
    x11.XFree.argtypes = x11.XCloseDisplay.argtypes = [pointer]
    x11.XGetWindowProperty.argtypes = [
        pointer,
        long,
        long,
        ctypes.c_long,
        ctypes.c_long,
        ctypes.c_int,
        long,
        ctypes.POINTER(long),
        ctypes.POINTER(ctypes.c_int),
        ctypes.POINTER(long),
        ctypes.POINTER(long),
        ctypes.POINTER(pointer),
    ]
    display = x11.XOpenDisplay(None)
    if not display:
        return None
    try:
        atom = x11.XInternAtom(display, b"_ICC_PROFILE", 1)
        if not atom:
            return None
        kind, form, count, left, data = long(), ctypes.c_int(), long(), long(), pointer()
        failed = x11.XGetWindowProperty(
            display,
            x11.XDefaultRootWindow(display),
            atom,
            0,
            _MOST_BYTES // 4,
            0,
            _ANY_PROPERTY,
            ctypes.byref(kind),
            ctypes.byref(form),
            ctypes.byref(count),
            ctypes.byref(left),
            ctypes.byref(data),
        )
        if failed or not data:
            return None
        profile = ctypes.string_at(data, count.value) if form.value == 8 else None
        x11.XFree(data)
        return profile
    finally:
        x11.XCloseDisplay(display)


def _of_windows() -> bytes | None:
    """Return the profile that Windows names for the first screen, or None."""
    load = getattr(ctypes, "WinDLL")  # noqa: B009 - there on Windows only, and type checkers run elsewhere
    user, graphics = load("user32"), load("gdi32")
    user.GetDC.restype = ctypes.c_void_p
    user.ReleaseDC.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
    graphics.GetICMProfileW.argtypes = [ctypes.c_void_p, ctypes.POINTER(ctypes.c_ulong), ctypes.c_wchar_p]
    context = user.GetDC(None)
    try:
        size = ctypes.c_ulong(260)
        name = ctypes.create_unicode_buffer(size.value)
        if not graphics.GetICMProfileW(context, ctypes.byref(size), name):
            return None
        return Path(name.value).read_bytes()
    finally:
        user.ReleaseDC(None, context)
