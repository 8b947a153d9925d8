"""`try`, and `enhance` with several models: one upload, one price, the usual exit codes."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Program
from tests.support import pictures
from tests.support.sandbox import RunningSandbox
from topazdesk.cli.output import results_text
from topazdesk.domain.image import FileFormat
from topazdesk.media.probe import probe


def test_models_on_a_patch_and_on_the_whole_from_one_upload_each(
    program: Program, service: RunningSandbox, tmp_path: Path
) -> None:
    source = pictures.write(tmp_path / "photo.jpg", FileFormat.JPEG, 640, 480)
    before = source.read_bytes()
    out = tmp_path / "out"
    models = ("--model", "Standard 2", "--model", "High Fidelity 2", "--model", "Sharpen Standard")
    tried = program.run(
        "try", source, "--patch", "101,50,301,200", *models, "--out", out, "--json", "--yes", "-s", "topaz"
    )
    assert tried.code == 0, tried.err
    assert [c["credits"] for c in tried.of("candidate")] == [1, 1, 1]
    assert {tuple(c["patch"]) for c in tried.of("candidate")} == {(101, 50, 300, 200)}
    (price,) = tried.of("price")
    assert (price["credits"], price["results"]) == (3, 3)
    assert {d["path"] for d in tried.of("done")} == {str(source)}
    sizes = {Path(c["result"]).name: probe(Path(c["result"])).size for c in tried.of("copied")}
    assert {name: (s.width, s.height) for name, s in sizes.items()} == {
        "photo_101-50-300x200_standard-2.png": (600, 400),
        "photo_101-50-300x200_high-fidelity-2.png": (600, 400),
        "photo_101-50-300x200_sharpen-standard.png": (300, 200),
    }
    assert len(service.rows("sources")) == 1

    whole = program.run(
        "enhance", source, *models, "--scale", "3", "--set", "sharpen=0.5", "--json", "--yes", "-s", "topaz"
    )
    assert whole.code == 0, whole.err
    (price,) = whole.of("price")
    assert (price["credits"], price["pictures"], price["results"]) == (3, 1, 3)
    assert sorted((d["model"], d["width"]) for d in whole.of("done")) == [
        ("high-fidelity-2", 1920),
        ("sharpen-standard", 640),
        ("standard-2", 1920),
    ]
    assert len(service.rows("sources")) == 2
    assert len(service.rows("jobs")) == 6
    assert source.read_bytes() == before


def test_what_cannot_be_tried_is_said_before_anything_is_sent(
    program: Program, service: RunningSandbox, tmp_path: Path
) -> None:
    source = pictures.write(tmp_path / "photo.jpg", FileFormat.JPEG, 320, 240)
    names = ["Standard 2", "High Fidelity 2", "Low Resolution 2", "Art & CGI", "Sharpen Standard"]
    models = [word for name in names for word in ("-m", name)]
    refused: list[tuple[list[str | Path], str]] = [
        (["try", source, *models], "use.too_many_candidates"),
        (["try", source, "--patch", "400,0,200,200", "-m", "Standard 2"], "use.patch"),
        (["enhance", source, "-m", "Standard 2", "-m", "standard-2"], "use.options"),
        (["enhance", source, "-m", "Standard 2", "-m", "Art & CGI", "--set", "no_such=1"], "use.parameter"),
    ]
    for words, code in refused:
        ran = program.run(*words, "--json", "--yes", "-s", "topaz")
        assert (ran.code, ran.summary["error"]) == (2, code)
    assert program.run("try", source, "-m", "Standard 2", "--budget", "0", "--json", "--yes", "-s", "topaz").code == 3
    assert service.rows("jobs") == []


def test_results_of_one_picture_are_not_told_as_pictures() -> None:
    """ "2 pictures done" was said of one picture that was tried with two models."""
    assert results_text(1, 2) == "2 results of 1 picture"
    assert results_text(2, 2) == "2 pictures"
