"""What a folder holds beside pictures is said in one line with numbers."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QApplication

from tests.support.window import drop, jpeg, live, profile_with_sandbox, quiet, until
from topazdesk.ui.shell.window import Window


def test_other_files_of_a_folder_are_one_line_with_numbers(qapp: QApplication, tmp_path: Path) -> None:
    """They were left out in silence: a folder of videos seemed to be read."""
    folder = tmp_path / "in"
    jpeg(folder, "one.jpg")
    for number in range(9):
        (folder / f"{number}.mp4").write_bytes(b"x")
    for number in range(3):
        (folder / f"{number}.txt").write_bytes(b"x")
    single = jpeg(tmp_path / "other", "two.jpg")

    async def story(window: Window) -> None:
        drop(window.pictures, single)
        await until(lambda: len(window.library.pictures) == 1, "a file by itself")
        assert window.notices.shown() == []
        drop(window.pictures, folder)
        await until(lambda: bool(window.notices.shown()), "the line")
        [notice] = window.notices.shown()
        assert notice.title == "12 files were left out"
        assert notice.hint == "They are not pictures: 9 .mp4, 3 .txt."
        await quiet(window)

    async def restored(window: Window) -> None:
        await until(lambda: len(window.library.pictures) == 2, "restored")
        assert window.notices.shown() == []

    with profile_with_sandbox(tmp_path) as (profile, _):
        assert live(qapp, profile, story) == []
        assert live(qapp, profile, restored) == []
