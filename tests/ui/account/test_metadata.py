"""The switches about metadata in the settings are in effect at once and saved."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QApplication

from tests.support import marked_pictures as marked
from tests.support.window import live, profile_with_sandbox, quiet, session_of, sheet, until
from topazdesk.app.settings import Settings
from topazdesk.domain.kept import CredentialsMode, MetadataChoice, MetadataMode, ResolutionMode
from topazdesk.ui.account.settings_sheet import SettingsDialog
from topazdesk.ui.models.picture import Section
from topazdesk.ui.shell.window import Window


def test_switches_about_metadata_apply_at_once_and_are_kept(qapp: QApplication, tmp_path: Path) -> None:
    wanted = MetadataChoice(
        MetadataMode.SIDECAR,
        CredentialsMode.REPLACE,
        ResolutionMode.SAME_DPI,
        keeps_location=False,
        keeps_serials=False,
    )

    async def story(window: Window) -> None:
        context = session_of(window).context
        window.commands.run("settings")
        dialog = await sheet(window, SettingsDialog)
        fields = dialog.metadata
        assert all(box.isChecked() for box in fields.keeps.values())
        fields.keeps["keep_location"].click()
        fields.keeps["keep_serials"].click()
        fields.replace.click()
        fields.resolution.segment("same-dpi").click()  # type: ignore[union-attr]
        fields.mode.segment("sidecar").click()  # type: ignore[union-attr]
        assert not fields.replace.isEnabled()
        await until(lambda: context.settings.metadata_choice == wanted, "applied")
        fields.mode.segment("off").click()  # type: ignore[union-attr]
        assert not any(box.isEnabled() for box in fields.keeps.values())
        fields.mode.segment("sidecar").click()  # type: ignore[union-attr]
        assert all(box.isEnabled() for box in fields.keeps.values())
        await until(lambda: context.settings.metadata_choice == wanted, "back")
        dialog.accept()

    with profile_with_sandbox(tmp_path) as (profile, _sandbox):
        assert live(qapp, profile, story) == []
        assert Settings.load(profile / "settings.toml").metadata_choice == wanted


def test_what_is_switched_off_in_the_window_is_not_in_its_results(qapp: QApplication, tmp_path: Path) -> None:
    source = marked.marked(tmp_path / "lake.jpg")

    async def story(window: Window) -> None:
        session = session_of(window)
        window.commands.run("settings")
        dialog = await sheet(window, SettingsDialog)
        dialog.metadata.keeps["keep_location"].click()
        dialog.metadata.keeps["keep_serials"].click()
        await until(lambda: not session.context.settings.metadata_choice.keeps_serials, "applied")
        dialog.accept()
        await quiet(window)
        window.commands.run("enhance_all")
        await until(lambda: len(session.library.pictures.in_section(Section.FINISHED)) == 1, "done")

    with profile_with_sandbox(tmp_path) as (profile, _sandbox):
        assert live(qapp, profile, story, source) == []
    (result,) = tmp_path.glob("lake_*.jpg")
    exif, xmp = marked.exif_of(result), marked.xmp_of(result)
    assert exif["Exif.Image.Artist"] == "Zoë Müller"
    assert not [key for key in exif if key.startswith("Exif.GPSInfo") or "Serial" in key]
    assert "Xmp.photoshop.City" not in xmp
    assert xmp["Xmp.iptcExt.PersonInImage"] == "Zoë", "people were left on"
