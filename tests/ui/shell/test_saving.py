"""Where results go and what they are called, in the window: said before, the same at the click, and in one place only."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from tests.support.window import jpeg, live, no_environment, profile_with_sandbox, quiet, session_of, sheet, until
from topazdesk.app.settings import Settings
from topazdesk.domain.geometry import OutputSize
from topazdesk.domain.recipe import FileTime, OnConflict
from topazdesk.ui.models.session import WindowSession
from topazdesk.ui.recipe.saving_sheet import SavingSheet
from topazdesk.ui.shell.window import Window

__all__ = ["no_environment"]


def scans(root: Path) -> Path:
    """A folder with pictures of one name in two boxes, and one beside them."""
    for place, width in (("box 1", 200), ("box 2?", 220), (".", 240)):
        (root / place).mkdir(parents=True, exist_ok=True)
        jpeg(root / place, "scan.jpg", width)
    return root


def results(session: WindowSession) -> list[Path]:
    """The results in the order of the list."""
    found = (picture.result for picture in session.library.pictures.pictures())
    return [job.result for job in found if job is not None and job.result is not None]


@pytest.mark.parametrize("flat", [False, True])
def test_the_first_names_are_those_of_the_run_and_sub_folders_are_mirrored(
    qapp: QApplication, tmp_path: Path, flat: bool
) -> None:
    folder, out = scans(tmp_path / "in"), tmp_path / "out"
    out.mkdir()

    async def story(window: Window) -> None:
        session = session_of(window)
        pricing, state = session.pricing, session.pricing.recipe
        await until(lambda: len(window.library.pictures) == 3)
        output = replace(state.recipe.output, size=OutputSize.scale(2), folder=str(out), flat=flat)
        state.set_output(replace(output, template="{name}_{counter}"))
        await until(lambda: len(pricing.names.names) > 0, "names of what is selected at first")
        await quiet(window)  # else what is still being read would bring the names up to date by itself
        # What the button means is foretold: one picture is the first of its run, wherever it is in the list.
        for place in (folder, folder / "box 1"):
            picture = next(each for each in window.library.pictures.pictures() if each.path.parent == place)
            window.pictures.view.choose([picture.id], picture.id)
            expected = (out if flat else out / place.relative_to(folder)) / "scan_001.jpg"
            await until(lambda expected=expected: [each.path for each in pricing.names.names] == [expected], "one name")
        window.pictures.view.selectAll()
        await until(lambda: [each.path.stem[-3:] for each in pricing.names.names] == ["001", "002", "003"], "names")
        foretold = [each.path for each in pricing.names.names]
        folders = {path.parent for path in foretold}
        assert folders == ({out} if flat else {out, out / "box 1", out / "box 2_"})
        shown = [line.text() for line in window.recipe.output.previews if line.isVisibleTo(window.recipe.output)]
        assert shown == [str(path.relative_to(out)) for path in foretold]
        session.pause(True)
        await until(lambda: session.library.queue.paused, "paused")
        session.enhance(pricing.held_all.plan)
        await until(lambda: len(pricing.plan.scope.running) == 3, "in the queue")
        await quiet(window)
        # The name of an example was shown, as if what is being made had no name yet.
        assert sorted(each.path for each in pricing.names.names) == sorted(foretold)
        session.pause(False)
        await until(lambda: len(results(session)) == 3, "results")
        assert sorted(results(session)) == sorted(foretold)
        # The names of those that were made already were shown once more, as if they were to be replaced.
        await until(lambda: len(pricing.plan.scope.again) == 3, "all of them can be made again")
        again = [path.with_stem(f"{path.stem}-2") for path in foretold]
        await until(lambda: [each.path for each in pricing.names.names] == again, "their next names")

    with profile_with_sandbox(tmp_path) as (profile, _):
        assert live(qapp, profile, story, folder) == []


def test_the_folder_is_kept_in_one_place(qapp: QApplication, tmp_path: Path) -> None:
    """Settings said "Next to the original" while results went elsewhere. Now it is shown under Output only; new lists and
    the command line follow it, undo too, and after a restart it is as it was."""
    folder, out = scans(tmp_path / "in"), tmp_path / "out"
    out.mkdir()

    async def first(window: Window) -> None:
        session = session_of(window)
        context, output = session.context, window.recipe.output
        await until(lambda: len(window.library.pictures) == 3)
        window.commands.run("saving")
        dialog = await sheet(window, SavingSheet)
        assert not dialog.flat.isEnabled()
        dialog.set_folder(str(out))
        dialog.conflict.segment(OnConflict.SKIP).click()  # type: ignore[union-attr]
        dialog.file_time.segment(FileTime.SOURCE).click()  # type: ignore[union-attr]
        dialog.template.selectAll()
        dialog.insert_field("name")
        dialog.insert_field("taken")
        assert session.pricing.recipe.recipe.output.template == "{name}{taken}"
        dialog.accept()
        assert output.folder.value() == str(out)
        assert output.rules.text() == "Skips what is done · file date of the original"
        await until(lambda: context.settings.output_folder == str(out), "settings")
        output.folder.chosen.emit("")
        await until(lambda: context.settings.output_folder == "", "next to the original")
        window.commands.run("undo")
        await until(lambda: context.settings.output_folder == str(out), "undone")
        await quiet(window)

    async def second(window: Window) -> None:
        session = session_of(window)
        await until(lambda: len(window.library.pictures) == 3)
        await until(lambda: session.pricing.recipe.recipe.output.folder == str(out), "as it was")
        assert window.recipe.output.folder.value() == str(out)
        window.pictures.view.selectAll()
        await until(lambda: any(each.path.parent.name == "box 1" for each in session.pricing.names.names), "mirrored")

    with profile_with_sandbox(tmp_path) as (profile, _):
        assert live(qapp, profile, first, folder) == []
        assert Settings.load(profile / "settings.toml").output_folder == str(out)
        assert live(qapp, profile, second) == []
    shutil.rmtree(folder)


def test_a_name_that_cannot_be_is_said_where_it_is_typed(qapp: QApplication, tmp_path: Path) -> None:
    folder = scans(tmp_path / "in")

    async def story(window: Window) -> None:
        session, output = session_of(window), window.recipe.output
        await until(lambda: len(window.library.pictures) == 3)
        output.template.setText("{nome}")
        output.template.textEdited.emit("{nome}")
        await until(lambda: session.pricing.plan.fault is not None, "the fault")
        assert output.template.is_invalid
        assert output.previews[0].text().startswith("There is no field {nome}")
        assert not window.footer.button.isEnabled()
        output.template.setText("{name}")
        output.template.textEdited.emit("{name}")
        await until(window.footer.button.isEnabled, "mended")
        await until(lambda: output.previews[0].text() == "scan-2.jpg", "not the original's own name")

    with profile_with_sandbox(tmp_path) as (profile, _):
        assert live(qapp, profile, story, folder) == []
