"""Pages of scans, each with a result of its own: chosen, sent, paid and named one by one."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from tests.cli.conftest import Program
from tests.support import pictures
from tests.support.sandbox import RunningSandbox

LOW = ("--model", "Low Resolution 2", "--service", "topaz", "--json", "--yes", "--format", "png", "--name", "{name}")
#: Size and colour of each page.
PAGES = [((64, 48), (200, 30, 30)), ((80, 60), (30, 200, 30)), ((96, 72), (30, 30, 200))]


def scan(path: Path, pages: list[tuple[tuple[int, int], tuple[int, int, int]]] = PAGES) -> Path:
    first, *more = [Image.new("RGB", size, colour) for size, colour in pages]
    first.save(path, save_all=True, append_images=more, compression="tiff_lzw")
    return path


def colour_of(path: Path) -> int:
    """The channel that is the brightest."""
    with Image.open(path) as image:
        pixel = image.convert("RGB").getpixel((image.width // 2, image.height // 2))
    assert isinstance(pixel, tuple)
    return pixel.index(max(pixel))


def test_each_page_is_a_picture_of_its_own(program: Program, service: RunningSandbox, tmp_path: Path) -> None:
    """Their sizes, prices, copies and results are their own, though they are one file with one content."""
    path, out = scan(tmp_path / "scan.tif"), tmp_path / "out"
    words = (path, *LOW, "--out", out, "--pages", "all")
    plan = program.run("plan", *words)
    told = plan.of("plan")
    assert [(e["page"], Path(e["result"]).name, e["width"]) for e in told] == [
        (1, "scan_p01.png", 128),
        (2, "scan_p02.png", 160),
        (3, "scan_p03.png", 192),
    ]
    assert [e["changes"][0]["text"] for e in told] == [f"page {n} of 3 taken" for n in (1, 2, 3)]
    assert (plan.summary["pictures"], plan.summary["credits"]) == (3, 3)
    ran = program.run("enhance", *words)
    assert (ran.code, ran.summary["done"], ran.summary["credits"]) == (0, 3, 3)
    done = sorted(ran.of("done"), key=lambda e: e["page"])
    assert [(Path(e["result"]).name, e["width"], colour_of(Path(e["result"]))) for e in done] == [
        ("scan_p01.png", 128, 0),
        ("scan_p02.png", 160, 1),
        ("scan_p03.png", 192, 2),
    ]
    assert ran.summary["originals"] == {"checked": 1, "unchanged": 1, "changed": 0, "missing": 0}
    assert len(service.rows("jobs")) == 3
    again = program.run("enhance", *words)
    assert (again.summary["done"], again.summary["done_before"], again.summary["credits"]) == (0, 3, 0)
    assert len(service.rows("jobs")) == 3


def test_the_same_page_is_known_again_and_another_is_not(
    program: Program, service: RunningSandbox, tmp_path: Path
) -> None:
    """Also under another name, and the first page whether it was chosen or taken; models share no upload of pages."""
    path, copy = scan(tmp_path / "scan.tif"), tmp_path / "sub" / "copy.tif"
    copy.parent.mkdir()
    copy.write_bytes(path.read_bytes())
    words = (*LOW, "--out", tmp_path / "out")
    first = program.run("enhance", path, *words)
    assert (first.summary["done"], Path(first.of("done")[0]["result"]).name) == (1, "scan.png")
    assert "page" not in first.of("done")[0]
    more = program.run("enhance", path, copy, *words, "--pages", "1,3")
    assert (more.summary["done"], more.summary["done_before"], more.summary["skipped"]) == (1, 1, 2)
    assert [(e["page"], colour_of(Path(e["result"]))) for e in more.of("done") if not e.get("before")] == [(3, 2)]
    both = program.run(
        "enhance", path, *words[2:], "--model", "Standard 2", "--model", "High Fidelity 2", "--pages", "2-"
    )
    assert both.summary["done"] == 4
    assert sorted((e["page"], colour_of(Path(e["result"]))) for e in both.of("done")) == [(2, 1)] * 2 + [(3, 2)] * 2
    assert len(service.rows("jobs")) == 6


def test_one_page_never_replaces_the_result_of_another(
    program: Program, service: RunningSandbox, tmp_path: Path
) -> None:
    """Not even where a rename gave it the name that the other would get."""
    path, out = scan(tmp_path / "scan.tif"), tmp_path / "out"
    words = (path, *LOW, "--out", out)
    program.run("enhance", *words, "--pages", "2")
    (out / "scan_p02.png").rename(out / "scan_p03.png")
    kept = (out / "scan_p03.png").read_bytes()
    ran = program.run("enhance", *words, "--pages", "3", "--on-conflict", "overwrite")
    [done] = ran.of("done")
    assert Path(done["result"]).name == "scan_p03-2.png"
    assert (out / "scan_p03.png").read_bytes() == kept
    skip = program.run("plan", *words, "--pages", "2-3", "--on-conflict", "skip", "--again")
    assert (skip.summary["results"], skip.summary["skipped"]) == (1, 1)


def test_files_of_one_page_and_pages_that_are_not_there(
    program: Program, service: RunningSandbox, tmp_path: Path
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    scan(folder / "scan.tif")
    pictures.write(folder / "photo.png")
    every = program.run("plan", folder, *LOW, "--pages", "all")
    assert {(Path(e["result"]).name, e.get("page")) for e in every.of("plan")} == {
        *((f"scan_p0{n}.png", n) for n in (1, 2, 3)),
        ("photo-2.png", None),
    }
    some = program.run("plan", folder, *LOW, "--pages", "3-5")
    assert [(Path(e["path"]).name, e["page"]) for e in some.of("plan")] == [("scan.tif", 3)]
    [refused] = some.of("failed")
    assert (Path(refused["path"]).name, refused["code"]) == ("photo.png", "input.page")
    assert [(e["pages"], Path(e["path"]).name) for e in some.of("fewer_pages")] == [(3, "scan.tif")]
    odd = program.run("plan", folder, *LOW[:-4], "--pages", "0")
    assert (odd.code, "--pages" in odd.out + odd.err) == (2, True)


def test_a_result_says_of_which_page_it_is(program: Program, service: RunningSandbox, tmp_path: Path) -> None:
    path = scan(tmp_path / "scan.tif")
    ran = program.run("enhance", path, *LOW, "--out", tmp_path / "out", "--pages", "3")
    result = Path(ran.of("done")[0]["result"])
    assert b'SourcePage="3"' in result.read_bytes() or b"SourcePage>3<" in result.read_bytes()
    [listed] = program.run("jobs", "list", "--json").of("job")
    assert listed["page"] == 3
