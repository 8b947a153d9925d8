"""The row of a picture says what is changed of it before it is sent, in the words of `plan`."""

from __future__ import annotations

from pathlib import Path

from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from tests.media.test_companions import CASES
from tests.support.window import drop, jpeg, live, profile_with_sandbox, session_of, sheet, until
from topazdesk.ui.models.picture import Section
from topazdesk.ui.shell.file_details_sheet import FileDetailsSheet
from topazdesk.ui.shell.window import Window


def test_a_row_says_what_is_changed_before_its_picture_is_sent(qapp: QApplication, tmp_path: Path) -> None:
    path = tmp_path / "in" / "a.png"
    path.parent.mkdir()
    Image.new("RGBA", (200, 100), (9, 99, 9, 100)).save(path)
    plain = jpeg(tmp_path / "in", "b.jpg")

    async def story(window: Window) -> None:
        drop(window.pictures, path, plain)
        await until(lambda: sum(p.info is not None for p in window.library.pictures.pictures()) == 2, "read")
        model = window.library.pictures
        one, two = model.pictures()
        assert "Before it is sent: transparency laid on white" in model.tooltip(one)
        assert "Before it is sent" not in model.tooltip(two)
        assert [model.is_marked(each) for each in (one, two)] == [True, False]
        rows = [model.index(row).data(Qt.ItemDataRole.AccessibleTextRole) for row in range(model.rowCount())]
        assert rows[1].endswith("transparency laid on white"), "who cannot see the mark hears what it stands for"
        window.library.choose([one.id], one.id)
        window.commands.run("file_details")
        details = await sheet(window, FileDetailsSheet)
        await until(lambda: "Before it is sent" in details.shown(), "read")
        assert details.shown()["Before it is sent"][0].startswith("Transparency laid on white.")
        details.accept()
        recipe = session_of(window).pricing.recipe
        cutout = next(m for m in recipe.catalogue.of(recipe.recipe.service) if m.keeps_alpha)
        recipe.set_model(cutout)
        await until(lambda: "Before it is sent" not in model.tooltip(one), "a model that keeps it")
        assert not model.is_marked(one)

    with profile_with_sandbox(tmp_path) as (profile, _):
        assert live(qapp, profile, story) == []


def test_the_row_of_a_finished_picture_says_what_was_changed(qapp: QApplication, tmp_path: Path) -> None:
    """Its tool tip had the price only; that transparency was laid on white was nowhere in the list any more."""
    path = tmp_path / "in" / "a.png"
    path.parent.mkdir()
    Image.new("RGBA", (200, 100), (9, 99, 9, 100)).save(path)

    async def story(window: Window) -> None:
        drop(window.pictures, path)
        model = window.library.pictures
        await until(lambda: any(p.info is not None for p in model.pictures()), "read")
        one = model.pictures()[0]
        before = model.tooltip(one)
        changes = before.partition("Before it is sent: ")[2].splitlines()[0]
        assert changes.startswith("transparency laid on white")
        window.library.choose([one.id], one.id)
        held = session_of(window).pricing
        await until(lambda: held.held_all.plan.is_confirmed and bool(held.held_all.plan.ids), "priced")
        window.commands.run("enhance_all")
        await until(lambda: one.section is Section.FINISHED, "done")
        assert f"Before it was sent: {changes}" in model.tooltip(one).splitlines()
        assert "charged" in model.tooltip(one)
        assert not model.is_marked(one), "the mark is about what is still to be sent"
        window.commands.run("file_details")
        details = await sheet(window, FileDetailsSheet)
        await until(lambda: "Before it was sent" in details.shown(), "read")
        details.accept()

    with profile_with_sandbox(tmp_path) as (profile, _):
        assert live(qapp, profile, story) == []


def test_what_the_file_holds_beside_the_picture_is_said_of_its_row_without_a_mark(
    qapp: QApplication, tmp_path: Path
) -> None:
    """Most pictures of a phone have a gain map or a clip: a mark on each would say nothing any more."""
    (tmp_path / "in").mkdir()
    path = CASES["motion photo"][0](tmp_path / "in" / "a.jpg")

    async def story(window: Window) -> None:
        drop(window.pictures, path)
        model = window.library.pictures
        await until(lambda: any(p.info is not None for p in model.pictures()), "read")
        one = model.pictures()[0]
        assert "Before it is sent: motion clip left out" in model.tooltip(one)
        assert not model.is_marked(one)

    with profile_with_sandbox(tmp_path) as (profile, _):
        assert live(qapp, profile, story) == []
