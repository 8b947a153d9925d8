"""The file of a patch: it says what it is of, and equal ones are one file."""

from __future__ import annotations

import itertools
from pathlib import Path

from PIL import Image

from topazdesk.domain.trial import Patch
from topazdesk.media.crop import cut
from topazdesk.media.probe import probe

PATCH = Patch(40, 30, 64, 48)


def _picture(path: Path, shade: int) -> Path:
    path.parent.mkdir(exist_ok=True)
    with Image.linear_gradient("L") as slope:
        slope.resize((200, 150)).point(lambda value: (value + shade) % 256).convert("RGB").save(path)
    return path


def test_its_name_says_which_picture_and_which_place(tmp_path: Path) -> None:
    street = probe(_picture(tmp_path / "street.png", 0))
    first = cut(street, PATCH, tmp_path / "patches")
    assert first.path.name == "street, area 64x48 at 40,30.png"
    before = first.path.read_bytes()
    assert cut(street, PATCH, tmp_path / "patches").path == first.path, "equal ones are one file"
    # The same name in other folders, or the picture edited: another file, and the first, which is paid for, stays.
    others = [probe(_picture(tmp_path / f"{n}" / "street.png", n * 20)) for n in (1, 2)]
    names = [cut(each, PATCH, tmp_path / "patches").path.name for each in others]
    assert names == [f"street, area 64x48 at 40,30 ({n}).png" for n in (2, 3)]
    assert first.path.read_bytes() == before
    assert [cut(each, PATCH, tmp_path / "patches").path.name for each in others] == names
    files = [path for path in (tmp_path / "patches").iterdir() if path.suffix == ".png"]
    assert len(files) == 3, "and no draft is left"
    assert all(a.read_bytes() != b.read_bytes() for a, b in itertools.combinations(files, 2))


def test_a_folder_or_link_of_its_name_is_left_alone(tmp_path: Path) -> None:
    street, folder = probe(_picture(tmp_path / "street.png", 0)), tmp_path / "patches"
    (folder / "street, area 64x48 at 40,30.png").mkdir(parents=True)
    (folder / "street, area 64x48 at 40,30 (2).png").symlink_to(tmp_path / "street.png")
    assert cut(street, PATCH, folder).path.name == "street, area 64x48 at 40,30 (3).png"
