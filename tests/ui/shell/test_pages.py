"""Pages of a scan in the window, against a real sandbox process: one row becomes one a page, each with its own result."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import tifffile
from PIL import Image
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication, QMenu

from tests.support.window import drop, live, profile_with_sandbox, quiet, session_of, sheet, until
from topazdesk.ui.models.picture import Picture, Section
from topazdesk.ui.shell.file_details_sheet import FileDetailsSheet
from topazdesk.ui.shell.window import Window
from topazdesk.ui.viewer.side import Side

#: Size and colour of each page.
PAGES = [((640, 480), (200, 30, 30)), ((800, 600), (30, 200, 30)), ((960, 720), (30, 30, 200))]


def scan(path: Path) -> Path:
    first, *more = [Image.new("RGB", size, colour) for size, colour in PAGES]
    path.parent.mkdir(parents=True, exist_ok=True)
    first.save(path, save_all=True, append_images=more, compression="tiff_lzw")
    return path


def brightest(colour: QColor) -> int:
    return max(range(3), key=lambda channel: (colour.red(), colour.green(), colour.blue())[channel])


def shown_colour(window: Window) -> int:
    view = window.viewer.view
    assert view is not None
    picture = view.stage.pairs.shown.pictures[Side.BEFORE]
    return brightest(picture.coarse.pixelColor(picture.coarse.width() // 2, picture.coarse.height() // 2))


def pages_menu(window: Window) -> QMenu:
    menu = window.menus.menu(window._selected())
    [found] = [entry.menu() for entry in menu.actions() if entry.menu() is not None]
    assert isinstance(found, QMenu)
    return found


def in_list(window: Window) -> list[Picture]:
    return window.library.pictures.pictures()


def test_pages_become_rows_with_results_of_their_own(qapp: QApplication, tmp_path: Path) -> None:
    path = scan(tmp_path / "in" / "scan.tif")

    async def enhance(window: Window) -> None:
        session = session_of(window)
        drop(window.pictures, path)
        await until(lambda: window.footer.button.label() == "Enhance this picture · 1 credit", "price")
        await quiet(window)
        menu = pages_menu(window)
        assert menu.title() == "Page 1 of 3"
        texts = [entry.text() for entry in menu.actions() if entry.text()]
        assert texts == ["All 3 pages, one by one", "Page 1 of 3", "Page 2 of 3", "Page 3 of 3"]
        assert [entry.isChecked() for entry in menu.actions() if entry.isCheckable()] == [True, False, False]
        menu.actions()[0].trigger()
        await until(lambda: len(in_list(window)) == 3, "rows")
        await quiet(window)
        assert [p.name for p in in_list(window)] == [f"scan.tif, page {n}" for n in (1, 2, 3)]
        assert [p.size and p.size.width for p in in_list(window)] == [640, 800, 960]
        for number, picture in enumerate(in_list(window)):
            window.pictures.view.choose([picture.id], picture.id)
            await quiet(window)
            assert shown_colour(window) == number
            await until(lambda p=picture: p.thumbnail is not None, "thumbnail")  # type: ignore[misc]
            assert picture.thumbnail is not None
            assert brightest(picture.thumbnail.pixelColor(10, 10)) == number
        await until(lambda: "All 3" in window.footer.all_button.label(), "button")
        window.commands.run("enhance_all")
        await until(lambda: len(session.library.pictures.in_section(Section.FINISHED)) == 3, "done")
        for number, picture in enumerate(in_list(window)):
            assert picture.result is not None
            assert picture.result.result is not None
            assert f"scan_p0{number + 1}" in picture.result.result.name
            with Image.open(picture.result.result) as image:
                pixel = image.convert("RGB").getpixel((9, 9))
            assert isinstance(pixel, tuple)
            assert pixel.index(max(pixel)) == number
        window.library.remove([in_list(window)[1].id])

    async def look(window: Window) -> None:
        await until(lambda: len(window.library.pictures.in_section(Section.FINISHED)) == 2, "restored")
        assert [p.name for p in in_list(window)] == ["scan.tif, page 1", "scan.tif, page 3"]
        window.library.add_pages(path, [1])
        await until(lambda: len(window.library.pictures.in_section(Section.FINISHED)) == 3, "its result is known again")
        assert [p.result.page for p in in_list(window) if p.result is not None] == [0, 2, 1]

    with profile_with_sandbox(tmp_path) as (profile, sandbox):
        assert live(qapp, profile, enhance) == []
        assert live(qapp, profile, look) == []
        assert len(sandbox.rows("jobs")) == 3


def test_a_scan_of_several_pages_among_others_says_that_one_is_in_the_list(qapp: QApplication, tmp_path: Path) -> None:
    """Dropped with 35 pictures, its first page was enhanced, and nothing told of the other two."""
    path = scan(tmp_path / "in" / "scan.tif")
    Image.new("RGB", (300, 200)).save(path.with_name("photo.jpg"))
    frames = [Image.new("RGB", (60, 40), (n, 0, 0)) for n in (0, 99)]
    frames[0].save(path.with_name("moves.gif"), save_all=True, append_images=frames[1:])

    async def story(window: Window) -> None:
        drop(window.pictures, path.parent)
        await until(lambda: len(window.notices.shown()) == 1, "told")
        [notice] = window.notices.shown()
        assert (notice.title, notice.hint) == ("scan.tif has 3 pages", "Only the first is in the list.")
        assert [button.label() for button in notice.buttons] == ["Add all of them"]
        notice.buttons[0].click()
        await until(lambda: len(in_list(window)) == 5, "all pages")
        assert not window.notices.shown()

    async def look(window: Window) -> None:
        await until(lambda: len(in_list(window)) == 5, "restored")
        await quiet(window)
        assert not window.notices.shown(), "not again"

    with profile_with_sandbox(tmp_path) as (profile, _sandbox):
        assert live(qapp, profile, story) == []
        assert live(qapp, profile, look) == []


def test_the_details_of_a_page_are_its_own(qapp: QApplication, tmp_path: Path) -> None:
    """They were those of the first, whatever page was looked at."""
    path = tmp_path / "in" / "scan.tif"
    path.parent.mkdir()
    with tifffile.TiffWriter(path) as tiff:
        for words in ("front", "back"):
            tiff.write(np.zeros((48, 64, 3), np.uint8), photometric="rgb", description=words, metadata=None)

    async def story(window: Window) -> None:
        window.library.add_pages(path, [0, 1])
        await until(lambda: len(in_list(window)) == 2 and all(p.info for p in in_list(window)), "rows")
        for picture, words in zip(in_list(window), ("front", "back"), strict=True):
            window.library.choose([picture.id], picture.id)
            window.commands.run("file_details")
            details = await sheet(window, FileDetailsSheet)
            await until(lambda d=details: "Description" in d.shown(), "read")  # type: ignore[misc]
            assert details.shown()["Description"] == (words,)
            details.accept()
            await quiet(window)

    with profile_with_sandbox(tmp_path) as (profile, _):
        assert live(qapp, profile, story) == []


def test_a_scan_that_was_changed_meanwhile_marks_the_rows_of_the_pages_that_were_sent(
    qapp: QApplication, tmp_path: Path
) -> None:
    path = scan(tmp_path / "in" / "scan.tif")

    async def story(window: Window) -> None:
        session = session_of(window)
        drop(window.pictures, path)
        await until(lambda: len(in_list(window)) == 1, "row")
        await quiet(window)
        window.library.add_pages(path, [1, 2])
        await until(lambda: len(in_list(window)) == 3, "rows")
        window.library.remove([in_list(window)[0].id])  # no row is left that goes by the file alone
        sent = in_list(window)

        size = path.stat().st_size

        def edit() -> None:
            if all(p.job is not None and p.job.remote_id for p in sent) and path.stat().st_size == size:
                with path.open("ab") as file:
                    file.write(b"more")

        session.context.events.subscribe(lambda _event: edit())
        await until(lambda: "Both" in window.footer.all_button.label(), "button")
        window.commands.run("enhance_all")
        await until(lambda: len(session.library.pictures.in_section(Section.FINISHED)) == 2, "done")
        await until(lambda: "changed after" in " ".join(n.title for n in window.notices.shown()), "the notice")
        assert [picture.is_stale for picture in sent] == [True, True]

    with profile_with_sandbox(tmp_path) as (profile, _):
        assert live(qapp, profile, story) == []
