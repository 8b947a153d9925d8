"""A result dropped on the window brings its recipe back; a sidecar does the same; other files are added."""

from __future__ import annotations

import shutil
from pathlib import Path

from PySide6.QtWidgets import QApplication

from tests.support.pictures import encode
from tests.support.window import drop, live, profile_with_sandbox, quiet, session_of, settings, until
from topazdesk.app.sidecar_names import sidecar_of
from topazdesk.domain.image import FileFormat
from topazdesk.ui.models.picture import Section
from topazdesk.ui.shell.window import Window


def test_a_result_brings_its_recipe_back(qapp: QApplication, tmp_path: Path) -> None:
    source, out = tmp_path / "a.jpg", tmp_path / "out"
    source.write_bytes(encode(FileFormat.JPEG, 300, 200))
    out.mkdir()

    async def story(window: Window) -> None:
        session, state = session_of(window), session_of(window).pricing.recipe
        await until(lambda: len(session.library.pictures) == 1)
        await quiet(window)
        state.set_values({"sharpen": 0.5})
        session.enhance()
        await until(lambda: bool(session.library.pictures.in_section(Section.FINISHED)), "done")
        (picture,) = session.library.pictures.in_section(Section.FINISHED)
        assert picture.result is not None
        result = picture.result.result
        assert result is not None
        for found in (result, Path(shutil.copy(result, tmp_path / "sent by mail.jpg")), sidecar_of(result)):
            await until(found.exists, "the sidecar")
            state.set_values({})
            drop(window.viewer, found)
            await until(lambda: state.recipe.settings == {"sharpen": 0.5}, "brought back")
            assert len(session.library.pictures) == 1, "it is not added by that"
            assert window.notices.shown()[-1].title.endswith("was made with Standard 2")
        state.undo()
        assert state.recipe.settings == {}
        other = tmp_path / "other.jpg"
        other.write_bytes(encode(FileFormat.JPEG, 200, 200))
        drop(window.viewer, other)
        await until(lambda: len(session.library.pictures) == 2, "an ordinary picture is added")
        drop(window.viewer, result, sidecar_of(result))
        await until(
            lambda: len(session.library.pictures) == 3, "with its sidecar it is a picture like any, and no pair"
        )
        assert window.viewer.compared is None

    with profile_with_sandbox(tmp_path) as (profile, _):
        settings(profile, sidecars=True, output_folder=str(out))
        assert live(qapp, profile, story, source) == []
