"""The main job in the window, against a real sandbox process: drop, price, button, result, restart."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QApplication

from tests.support.pictures import encode
from tests.support.window import drop, live, profile_with_sandbox, quiet, session_of, until
from topazdesk.app.paths import Paths
from topazdesk.domain.image import FileFormat
from topazdesk.domain.job import JobState
from topazdesk.ui.models.picture import Section
from topazdesk.ui.shell.window import Window


def _pictures(folder: Path, *names: str) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    for number, name in enumerate(names):
        path = folder / name
        path.write_bytes(encode(FileFormat.JPEG, 240 + 30 * number, 160))
        made.append(path)
    return made


def test_from_drop_to_result_and_again_after_a_restart(qapp: QApplication, tmp_path: Path) -> None:
    one, two = _pictures(tmp_path / "in", "one.jpg", "two.jpg")
    before = one.read_bytes()

    async def enhance(window: Window) -> None:
        session = session_of(window)
        assert window.footer.button.label() == "Add pictures to enhance"
        assert not window.footer.button.isEnabled()
        drop(window.pictures, one, two)
        await until(lambda: window.footer.all_button.label() == "Both · 2 credits", "button")
        await until(lambda: session.pricing.held_all.plan.is_confirmed, "the service's own price")
        assert window.footer.button.label() == "Enhance this picture · 1 credit"
        assert "500 left" in window.footer.left.text()
        await quiet(window)
        window.commands.run("enhance_all")
        assert not window.footer.button.isEnabled()
        await until(lambda: len(session.library.pictures.in_section(Section.FINISHED)) == 2, "both done")
        picture = session.library.picture
        assert picture is not None
        assert picture.result is not None
        assert picture.result.state is JobState.DONE
        assert window.viewer.view is not None
        await until(lambda: window.viewer.view.stage.can_compare, "the pair")  # type: ignore[union-attr]
        assert window.viewer.result.state.text() == "Saved"
        assert window.notices.shown() == [], "success does not stay"
        assert window.notices.toasted is not None
        assert window.notices.toasted.title == "2 pictures are done"
        await until(lambda: session.pricing.available == 498, "paid")

    with profile_with_sandbox(tmp_path) as (profile, sandbox):
        assert live(qapp, profile, enhance) == []
        assert one.read_bytes() == before
        assert (tmp_path / "in" / "one_standard-2_2x.jpg").exists()
        submits = len(sandbox.rows("jobs"))

        async def look(window: Window) -> None:
            session = session_of(window)
            await until(lambda: len(session.library.pictures.in_section(Section.FINISHED)) == 2, "restored")
            assert [p.name for p in session.library.pictures.pictures()] == ["one.jpg", "two.jpg"]
            assert window.viewer.view is not None
            await until(lambda: window.viewer.view.stage.can_compare, "the restored pair")  # type: ignore[union-attr]
            assert window.footer.button.label() == "Enhance again…"
            window.recipe.output.sizes.factors.segment(4.0).click()  # type: ignore[union-attr]
            assert session.library.picture is not None
            assert session.library.picture.section is Section.FINISHED, "a touched setting is no order"
            window.commands.run("enhance")
            assert window.footer.button.label().startswith("Enhance this picture · ")
            assert session.library.picture.section is Section.TODO
            assert session.library.picture.result is not None, "the old result stays in the viewer"

        assert live(qapp, profile, look) == []
        assert len(sandbox.rows("jobs")) == submits

        async def go_on(window: Window) -> None:
            """It was forgotten that the picture was to be enhanced again: the button said so a second time."""
            session = session_of(window)
            await until(lambda: len(session.library.pictures.in_section(Section.TODO)) == 1, "still to be done again")
            picture = session.library.picture
            assert picture is not None
            assert picture.result is not None
            await until(lambda: session.pricing.plan.is_confirmed, "the price")
            assert window.footer.button.label() == "Enhance this picture · 1 credit"
            await quiet(window)
            window.commands.run("enhance")
            await until(lambda: picture.section is Section.PROGRESS, "begun")
            await until(lambda: picture.section is Section.FINISHED, "done again")

        saved = Paths.choose(profile).session
        before_it = saved.read_bytes()
        assert live(qapp, profile, go_on) == []
        saved.write_bytes(before_it)  # as after a kill: what was saved last is from before the click

        async def killed(window: Window) -> None:
            session = session_of(window)
            await until(lambda: len(session.library.pictures.in_section(Section.FINISHED)) == 2, "restored")
            await quiet(window)
            assert not session.library.pictures.in_section(Section.TODO), "it was done since, and is not sold again"

        assert live(qapp, profile, killed) == []
        assert len(sandbox.rows("jobs")) == submits + 1
