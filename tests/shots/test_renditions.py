"""The sheet about several sizes and formats, looked at in a low window and a large one, in both themes."""

from __future__ import annotations

import shutil
from pathlib import Path

from PySide6.QtWidgets import QApplication

from tests.support.shots import take_both
from tests.support.window import live, profile_with_sandbox, quiet, session_of, sheet, until
from topazdesk.app.resources import samples
from topazdesk.domain.geometry import OutputSize
from topazdesk.domain.image import FileFormat
from topazdesk.ui.recipe.renditions_sheet import RenditionsSheet
from topazdesk.ui.shell.window import Window


async def _priced(asked: RenditionsSheet) -> None:
    await until(lambda: "about" not in asked.start.label(), "the service's own prices")


def test_several_sizes_and_formats(qapp: QApplication, tmp_path: Path) -> None:
    folder = tmp_path / "Scans 1911"
    folder.mkdir()
    for sample in samples():
        shutil.copy(sample, folder / sample.name)
    shutil.copy(samples()[0], folder / "a copy with a long name, as cameras and archives like to give them.jpg")

    async def story(window: Window) -> None:
        window.window().resize(960, 600)
        session = session_of(window)
        await until(lambda: len(window.library.pictures) > len(samples()))
        await quiet(window)
        ids = [picture.id for picture in window.library.pictures.pictures()]
        for name, chosen in (("one", ids[:1]), ("many", ids)):
            window.pictures.view.choose(chosen, chosen[0])
            await until(lambda: not session.pricing.plan.reading, "read")
            window.commands.run("renditions")
            asked = await sheet(window, RenditionsSheet)
            await until(asked.start.isEnabled, "what is there is known")
            asked.sizes[OutputSize.scale(4)].click()
            asked.formats[FileFormat.PNG].click()
            await until(asked.start.isEnabled, "what is there is known")
            await _priced(asked)
            await quiet(window)
            await take_both(asked, f"renditions-{name}-960")
            asked.reject()
            await until(lambda: not window.window().findChildren(RenditionsSheet), "closed")
        window.window().resize(1440, 900)
        window.commands.run("renditions")
        asked = await sheet(window, RenditionsSheet)
        for box in [*asked.sizes.values(), *asked.formats.values()]:
            box.setChecked(box.isEnabled())
        await until(lambda: "Too many" in asked.total.text(), "more than one run makes")
        await quiet(window)
        await take_both(asked, "renditions-too-many-1440")
        asked.formats[FileFormat.TIFF].click()
        await until(asked.start.isEnabled, "what is there is known")
        await _priced(asked)
        await quiet(window)
        await take_both(asked, "renditions-many-1440")
        asked.reject()

    with profile_with_sandbox(tmp_path) as (profile, _):
        live(qapp, profile, story, folder)
