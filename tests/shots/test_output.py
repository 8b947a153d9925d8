"""The output section and the sheet about saving results, looked at in three sizes of the window and both themes."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from tests.support.shots import take_both
from tests.support.window import live, profile_with_sandbox, quiet, session_of, sheet, until
from topazdesk.app.resources import samples
from topazdesk.domain.encoding import TiffCompression
from topazdesk.domain.geometry import OutputSize, Paper, SizeMode
from topazdesk.domain.image import FileFormat
from topazdesk.domain.recipe import FileTime, OnConflict
from topazdesk.domain.services import ServiceName
from topazdesk.ui.controls.contents import Contents
from topazdesk.ui.recipe.renditions_sheet import RenditionsSheet
from topazdesk.ui.recipe.saving_sheet import SavingSheet
from topazdesk.ui.shell.window import Window


def _is_whole(window: Window) -> bool:
    """Whether all of the output section can be seen without scrolling it."""
    found = [area for area in window.recipe.output.findChildren(Contents) if area.isVisible()]
    assert found
    return all(area.verticalScrollBar().maximum() == 0 for area in found)


@pytest.mark.parametrize("size", [(960, 600), (1280, 720), (1920, 1080)])
def test_saving_results(qapp: QApplication, tmp_path: Path, size: tuple[int, int]) -> None:
    folder, out = tmp_path / "Scans 1911", tmp_path / "Enhanced"
    for place, sample in zip(("box 1", "box 2", ".", "."), samples(), strict=False):
        (folder / place).mkdir(parents=True, exist_ok=True)
        shutil.copy(sample, folder / place / sample.name)
    out.mkdir()

    async def story(window: Window) -> None:
        window.resize(*size)
        window.window().resize(*size)
        state, pricing = session_of(window).pricing.recipe, session_of(window).pricing
        await until(lambda: len(window.library.pictures) >= 3)
        await quiet(window)
        ids = [picture.id for picture in window.library.pictures.pictures()]
        (advised,) = (each.id for each in window.library.pictures.pictures() if each.path.name == "mountain-lake.jpg")
        window.pictures.view.choose(ids, advised)  # the names are those of what the button means
        await until(window.recipe.suggestion.isVisible, "a model that fits better, which takes two more lines")
        window.recipe.output.head.set_open(True)
        await until(lambda: len(pricing.names.names) == 3, "the names")
        await take_both(window.window(), f"output-usual-{size[0]}")
        window.recipe.suggestion.hide()  # two lines of which the lowest window has no more room
        await quiet(window)
        assert _is_whole(window), "the usual settings can be seen at once in every size"
        state.set_output(
            replace(
                state.recipe.output,
                folder=str(out),
                template="{counter}_{name}_{scale}",
                on_conflict=OnConflict.SKIP,
                file_time=FileTime.TAKEN,
            )
        )
        await until(lambda: any(each.path.parent == out / "box 1" for each in pricing.names.names), "mirrored names")
        await quiet(window)
        await take_both(window.window(), f"output-own-{size[0]}")
        state.set_output(replace(state.recipe.output, size=OutputSize.print(Paper(30, 20), 300)))
        await until(lambda: window.recipe.output.sizes.paper.isVisible(), "the paper")
        await quiet(window)
        await take_both(window.window(), f"output-print-{size[0]}")
        assert _is_whole(window) or size[1] < 720, "the line about metadata is below the edge"
        state.set_output(replace(state.recipe.output, size=OutputSize(SizeMode.BOX, 3000, 2000)))
        await until(lambda: window.recipe.output.sizes.box.isVisible(), "both sides")
        await quiet(window)
        await take_both(window.window(), f"output-box-{size[0]}")
        assert _is_whole(window) or size[1] < 720
        window.commands.run("saving")
        dialog = await sheet(window, SavingSheet)
        await take_both(dialog, f"saving-{size[0]}")
        dialog.template.setText("{nome}")
        dialog.template.textEdited.emit("{nome}")
        await until(lambda: pricing.plan.fault is not None and not pricing.plan.reading, "the fault")
        await quiet(window)
        await take_both(dialog, f"saving-problem-{size[0]}")
        dialog.reject()
        await quiet(window)
        await take_both(window.window(), f"output-problem-{size[0]}")

    with profile_with_sandbox(tmp_path) as (profile, _):
        live(qapp, profile, story, folder)


@pytest.mark.parametrize("size", [(1280, 720), (1440, 900)])
def test_how_files_are_encoded(qapp: QApplication, tmp_path: Path, size: tuple[int, int]) -> None:
    folder = tmp_path / "Scans 1911"
    folder.mkdir()
    for sample in samples():
        shutil.copy(sample, folder / sample.name)

    async def story(window: Window) -> None:
        window.resize(*size)
        window.window().resize(*size)
        state, rows = session_of(window).pricing.recipe, window.recipe.output.encoding
        await until(lambda: len(window.library.pictures) >= 3)
        await quiet(window)
        assert not rows.isVisible(), "the sandbox writes its results itself, as the services do"
        window.commands.run("renditions")
        asked = await sheet(window, RenditionsSheet)
        asked.formats[FileFormat.TIFF].setChecked(True)
        asked.formats[FileFormat.JPEG].setChecked(True)
        await until(asked.encoding.isVisible, "the JPEG is made here")
        await quiet(window)
        await take_both(asked, f"encoding-renditions-{size[0]}")
        asked.reject()
        await until(lambda: not window.window().findChildren(RenditionsSheet), "closed")
        session_of(window).pricing.set_service(ServiceName.LOCAL)
        window.recipe.output.head.set_open(True)
        await until(rows.isVisible, "this computer writes its results")
        await quiet(window)
        await take_both(window.window(), f"encoding-jpeg-{size[0]}")
        assert _is_whole(window)
        rows.quality.setText("180")
        rows.quality.textEdited.emit("180")
        await quiet(window)
        await take_both(window.window(), f"encoding-wrong-{size[0]}")
        rows.quality.setText("55")
        rows.quality.textEdited.emit("55")
        for compression in TiffCompression:
            state.set_output(
                replace(
                    state.recipe.output,
                    format=FileFormat.TIFF,
                    encoding=replace(state.recipe.output.encoding, tiff_compression=compression),
                )
            )
            shown = window.recipe.output.previews[0]
            await until(lambda: "real-esrgan" in shown.text() and shown.text().endswith(".tif"), "its own name")  # noqa: B023
            await quiet(window)
            await take_both(window.window(), f"encoding-{compression.value}-{size[0]}")
            assert _is_whole(window)

    with profile_with_sandbox(tmp_path) as (profile, _):
        live(qapp, profile, story, folder)
