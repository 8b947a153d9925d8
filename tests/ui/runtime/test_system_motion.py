"""Whether the system asks for less motion: asked of a real D-Bus with a settings portal, and followed by the theme."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.support.session_bus import session_bus
from topazdesk.ui.runtime.system_motion import system_reduces_motion
from topazdesk.ui.theme import Theme, theme


@pytest.mark.skipif(not shutil.which("dbus-daemon"), reason="needs dbus-daemon (dev.py test installs it)")
@pytest.mark.parametrize(
    ("setting", "value", "reduced"),
    [
        ("org.freedesktop.appearance.reduced-motion", ("u", 1), True),
        ("org.freedesktop.appearance.reduced-motion", ("u", 0), False),
        ("org.gnome.desktop.interface.enable-animations", ("b", False), True),
        ("org.gnome.desktop.interface.enable-animations", ("b", True), False),
        ("org.kde.kdeglobals.KDE.AnimationDurationFactor", ("s", "0"), True),
        ("org.kde.kdeglobals.KDE.AnimationDurationFactor", ("s", "1"), False),
        ("org.example.nothing", ("b", False), False),
    ],
)
def test_the_portal_is_asked(tmp_path: Path, setting: str, value: tuple[str, object], reduced: bool) -> None:
    with session_bus(tmp_path, **{setting: value}):
        assert system_reduces_motion() is reduced


def test_without_a_desktop_nothing_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere")
    assert system_reduces_motion() is False
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS")
    assert system_reduces_motion() is False


def test_the_theme_follows_the_system_unless_the_user_has_decided(themed: Theme, qapp: object) -> None:
    from PySide6.QtWidgets import QApplication

    assert isinstance(qapp, QApplication)
    told: list[int] = []
    theme().changed.connect(lambda: told.append(theme().duration(100)))
    Theme.apply(qapp, "dark", high_contrast=False)
    theme().take_motion(True)
    assert told[-1] == 0
    theme().take_motion(False)
    assert told[-1] == 100
    Theme.apply(qapp, "dark", high_contrast=False, reduced_motion=True)
    theme().take_motion(False)
    assert theme().duration(100) == 0
