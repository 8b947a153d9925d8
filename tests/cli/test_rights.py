"""What pictures do not allow is said before they are sent: by `plan`, and by `enhance` before the price is agreed to."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from tests.cli.conftest import Program
from tests.support import marked_pictures as marked
from tests.support import pictures
from tests.support.sandbox import RunningSandbox

LOW = ("--model", "Low Resolution 2")
_XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description rdf:about="" xmlns:plus="http://ns.useplus.org/ldf/xmp/1.0/">'
    b"<plus:DataMining>http://ns.useplus.org/ldf/vocab/DMI-PROHIBITED-AIMLTRAINING</plus:DataMining>"
    b"</rdf:Description></rdf:RDF></x:xmpmeta>"
)


def _reserved(path: Path, colour: int) -> Path:
    Image.new("RGB", (64, 48), (colour, 90, 40)).save(path, xmp=_XMP)
    return path


def test_reservations_are_said_before_the_upload(program: Program, service: RunningSandbox, tmp_path: Path) -> None:
    """A picture that forbids AI training was sent without a word."""
    folder = tmp_path / "in"
    folder.mkdir()
    reserved = [_reserved(folder / f"{number}.jpg", 40 * number) for number in range(1, 6)]
    pictures.write(folder / "free.png")
    for verb in ("plan", "enhance"):
        ran = program.run(verb, folder, *LOW, "--service", "topaz", "--yes", "--json")
        assert ran.code == 0, ran.err
        [told] = ran.of("rights")
        assert (told["reservations"], sorted(told["paths"])) == (["no_ai_training"], [str(path) for path in reserved])
        kinds = [event["event"] for event in ran.events]
        assert kinds.index("rights") < kinds.index("sends") < kinds.index("price" if verb == "enhance" else "summary")
    text = program.run("plan", folder, *LOW, "--service", "topaz", "--again").out
    assert "5 pictures say in the rights: no AI training (1.jpg, 2.jpg, 3.jpg and 2 more)\n" in text
    one = program.run("plan", reserved[0], *LOW, "--service", "topaz", "--again").out
    assert "1 picture says in the rights: no AI training (1.jpg)\n" in one
    assert "Topaz keeps pictures and results for 7 days.\n" in one
    assert len(service.rows("jobs")) == 6


def test_it_is_said_before_a_part_of_the_picture_is_sent(
    program: Program, service: RunningSandbox, tmp_path: Path
) -> None:
    """A trial sent a part of it without a word."""
    source = _reserved(tmp_path / "a.jpg", 9)
    ran = program.run("try", source, "--model", "Standard 2", "--service", "topaz", "--yes", "--json")
    assert ran.code == 0, ran.err
    [told] = ran.of("rights")
    assert told["paths"] == [str(source)]
    kinds = [event["event"] for event in ran.events]
    assert kinds.index("rights") < kinds.index("sends") < kinds.index("price")


def test_nothing_is_said_where_the_picture_stays_on_this_computer(alone: Program, tmp_path: Path) -> None:
    ran = alone.run("plan", _reserved(tmp_path / "a.jpg", 9), *LOW, "--service", "sandbox", "--json")
    assert (ran.code, ran.of("rights")) == (0, [])
    ran = alone.run("enhance", tmp_path / "a.jpg", *LOW, "--service", "sandbox", "--yes", "--json")
    assert (ran.code, ran.of("sends")) == (0, [])


def test_a_plan_says_what_leaves_and_that_is_what_comes(
    program: Program, service: RunningSandbox, tmp_path: Path
) -> None:
    """Host, name, format and most bytes, each before anything is sent."""
    folder = tmp_path / "in"
    folder.mkdir()
    sizes = {
        path: path.stat().st_size for path in (pictures.write(folder / "a.jpg"), pictures.write(folder / "b.webp"))
    }
    ran = program.run("plan", folder, *LOW, "--service", "topaz", "--json")
    sends = {Path(event["path"]).name: event["sends"] for event in ran.of("plan")}
    assert {name: (one["host"], one["name"], one["format"]) for name, one in sends.items()} == {
        "a.jpg": ("127.0.0.1", "td-….jpg", "jpeg"),
        "b.webp": ("127.0.0.1", "td-….png", "png"),
    }
    assert sends["a.jpg"]["most_bytes"] == sizes[folder / "a.jpg"]
    [told] = ran.of("sends")
    assert told["most_bytes"] == sum(one["most_bytes"] for one in sends.values())
    assert "Sent to 127.0.0.1: pixels" in program.run("plan", folder, *LOW, "--service", "topaz").out
    assert program.run("enhance", folder, *LOW, "--service", "topaz", "--yes").code == 0
    names = [row["filename"] for row in service.rows("sources")]
    assert sorted(Path(name).suffix for name in names) == [".jpg", ".png"]
    assert all(name.startswith("td-") for name in names)


def test_a_plan_says_what_of_the_files_stays_here(program: Program, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    full = marked.marked(folder / "full.jpg")
    pictures.write(folder / "bare.png")
    ran = program.run("plan", folder, *LOW, "--service", "topaz", "--json")
    kinds = ["location", "times", "names", "serials", "camera", "texts"]
    left_out = {Path(event["path"]).name: event["sends"]["left_out"] for event in ran.of("plan")}
    assert left_out == {"full.jpg": kinds, "bare.png": []}
    [told] = ran.of("sends")
    assert told["left_out"] == kinds
    text = program.run("plan", full, *LOW, "--service", "topaz").out
    assert "Left out: location, times, names, serial numbers, camera settings and texts, keywords. Topaz " in text
    assert "No other metadata." in program.run("plan", folder / "bare.png", *LOW, "--service", "topaz").out


def test_a_plan_for_the_sandbox_says_that_nothing_leaves(alone: Program, tmp_path: Path) -> None:
    words = ("plan", pictures.write(tmp_path / "a.png"), *LOW, "--service", "sandbox")
    assert "Nothing leaves this computer." in alone.run(*words).out
    [told] = alone.run(*words, "--json").of("plan")
    assert told["sends"]["host"] is None
