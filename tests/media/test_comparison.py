"""The before/after sheet: both pictures whole and in detail, at the same place and scale."""

from pathlib import Path

from PIL import Image

from topazdesk.domain.geometry import Size
from topazdesk.media.comparison import BAND, GAP, comparison, main, size_text


def _halves(path: Path, size: tuple[int, int], left: str, right: str) -> Path:
    picture = Image.new("RGB", size, left)
    picture.paste(right, (size[0] // 2, 0, *size))
    picture.save(path)
    return path


def test_the_sheet_shows_both_pictures_at_the_same_place(tmp_path: Path) -> None:
    before = _halves(tmp_path / "before.png", (300, 200), "#800000", "#000080")
    after = _halves(tmp_path / "after.png", (600, 400), "#ff0000", "#0000ff")
    sheet = comparison(before, after)
    assert sheet.width == (800 + GAP) * 2 + GAP
    pane_height = round(400 * 800 / 600)
    quarter, three_quarters = 200, 600
    row = BAND + pane_height // 2
    detail_row = BAND + pane_height + GAP + BAND + 200
    second = GAP + 800 + GAP
    for y in (row, detail_row):
        assert sheet.getpixel((GAP + quarter, y)) == (0x80, 0, 0)
        assert sheet.getpixel((GAP + three_quarters, y)) == (0, 0, 0x80)
        assert sheet.getpixel((second + quarter, y)) == (255, 0, 0)
        assert sheet.getpixel((second + three_quarters, y)) == (0, 0, 255)


def test_a_result_of_another_shape_and_a_tiny_one_fit(tmp_path: Path) -> None:
    before = _halves(tmp_path / "before.png", (40, 1), "red", "blue")
    after = _halves(tmp_path / "after.png", (90, 700), "red", "blue")
    assert comparison(before, after).size[1] == BAND + 640 + GAP + BAND + 400 + GAP


def test_sizes_are_written_as_everywhere() -> None:
    assert size_text(Size(3000, 2000)) == "3000 × 2000 · 6 MP"
    assert size_text(Size(600, 400)) == "600 × 400 · 0.24 MP"


def test_the_command_writes_the_sheet_and_explains_a_bad_file(tmp_path: Path, capsys) -> None:  # type: ignore[no-untyped-def]
    good = _halves(tmp_path / "good.png", (64, 64), "red", "blue")
    bad = tmp_path / "bad.jpg"
    bad.write_text("no picture", encoding="utf-8")
    out = tmp_path / "out.png"
    assert main([str(good), str(good), str(out)]) == 0
    with Image.open(out) as written:
        assert written.format == "PNG"
    assert main([str(good), str(bad), str(tmp_path / "none.png")]) == 2
    assert capsys.readouterr().err.strip()
    assert not (tmp_path / "none.png").exists()
