"""The main job on the command line, whole: real program, real service process, real files."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from tests.cli.conftest import Program
from tests.support import pictures

SAMPLES = Path(__file__).parents[2] / "resources" / "samples"
LOW = ("--model", "Low Resolution 2")


def size_of(path: str) -> tuple[int, int]:
    with Image.open(path) as picture:
        return picture.size


def test_the_promised_command(alone, tmp_path):
    """Exactly twice the size, beside an untouched original, through a sandbox that the program starts by itself."""
    source = tmp_path / "lake.jpg"
    source.write_bytes((SAMPLES / "mountain-lake.jpg").read_bytes())
    before = (source.read_bytes(), source.stat().st_mtime_ns)
    ran = alone.run("enhance", source, *LOW, "--scale", "2", "--service", "sandbox", "--json", "--sandbox-speed", "0")
    assert ran.code == 0, ran.out + ran.err
    done = ran.of("done")[0]
    width, height = size_of(str(source))
    assert size_of(done["result"]) == (2 * width, 2 * height) == (done["width"], done["height"])
    assert done["credits"] == 1
    originals = {"checked": 1, "unchanged": 1, "changed": 0, "missing": 0}
    counts = {"done": 1, "failed": 0, "refused": 0, "unfinished": 0, "credits": 1, "originals": originals}
    told = ran.summary
    assert (len(told.pop("runs")), told.pop("seconds") > 0) == (1, True)
    assert told == {"event": "summary", **counts}
    assert (source.read_bytes(), source.stat().st_mtime_ns) == before


def test_overwriting_leaves_the_photo_beside_the_scan(program, tmp_path):
    """`--on-conflict overwrite --name {name}` replaced the camera's JPEG beside the file that was added; it is said now."""
    source, photo = pictures.write(tmp_path / "a.tif"), tmp_path / "out" / "a.jpg"
    photo.parent.mkdir()
    photo.write_bytes(b"the camera's own")
    options = ("--format", "jpeg", "--out", photo.parent, "--on-conflict", "overwrite", "--name", "{name}", "--yes")
    ran = program.run("enhance", source, *LOW, "--service", "topaz", *options)
    assert ran.code == 0, ran.out + ran.err
    assert photo.read_bytes() == b"the camera's own"
    assert sorted(path.name for path in photo.parent.iterdir()) == ["a-2.jpg", "a.jpg"]
    assert "was not replaced" in ran.out
    photo.unlink()
    for width in (30, 40):  # a result of ours is replaced, also by a later program
        again = program.run(
            "enhance", pictures.write(tmp_path / "b.tif", width=width), *LOW, "--service", "topaz", *options
        )
        assert again.code == 0, again.out + again.err
    assert sorted(path.name for path in photo.parent.iterdir()) == ["a-2.jpg", "b.jpg"]


def test_a_folder_with_good_and_bad_files(program, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    pictures.write(folder / "good.png")
    pictures.write(folder / pictures.NEWLINE_NAME)
    pictures.write(folder / pictures.NON_UTF8_NAME)
    pictures.text_named_jpg(folder / "text.jpg")
    pictures.empty(folder / "empty.jpg")
    pictures.truncated(folder / "cut.jpg")
    pictures.wide_strip(folder / "strip.png")
    pictures.symlink_loop(folder / "loop")
    out = tmp_path / "new" / "out"
    ran = program.run("enhance", folder, *LOW, "--service", "topaz", "--yes", "--out", out, "--json")
    assert ran.code == 1, ran.out + ran.err
    assert ran.summary["done"] == 3
    refused = {Path(e["path"]).name: e for e in ran.of("failed")}
    assert set(refused) >= {"text.jpg", "empty.jpg", "cut.jpg", "strip.png", "loop"}
    assert all(e["title"] and e["hint"] for e in refused.values())
    assert len(list(out.iterdir())) == 3


def test_what_did_not_count_as_sent_is_said_and_a_model_may_go_in_mid_queue(program, service, tmp_path):
    """A setting that the service ignores, one that it changes, and the model retired at the third picture; the results go
    where the settings say."""
    folder = tmp_path / "results"
    program.profile.mkdir(parents=True)
    (program.profile / "settings.toml").write_text(
        f"output_folder = {json.dumps(str(folder))}\nsidecars = true\n", "utf-8"
    )
    sources = [pictures.write(tmp_path / f"{n}.png") for n in "ab"]
    sent = ("--set", "sharpen=0.5", "--set", "denoise=0.25", "--service", "topaz", "--yes")
    service.scenario({"match": {"path": "/async$"}, "do": {"ignore": ["sharpen"], "change": {"denoise": 0.75}}})
    ran = program.run("enhance", *sources, *LOW, *sent, "--json")
    assert ran.code == 0, ran.out + ran.err
    for done in ran.of("done"):
        assert Path(done["result"]).parent == folder
        told = {d["name"]: (d["kind"], d["sent"], d["reported"]) for d in done["settings_differ"]}
        assert told == {"sharpen": ("ignored", 0.5, None), "denoise": ("changed", 0.25, 0.75)}
        sidecar = json.loads(Path(done["result"] + ".topazdesk.json").read_text("utf-8"))
        assert sidecar["settings_differ"] == done["settings_differ"]
    service.scenario({"match": {"path": "/async$"}, "do": {"retire": True}})
    ran = program.run("enhance", pictures.write(tmp_path / "c.png", width=330), *LOW, *sent, "--json")
    assert ran.code == 4, ran.out + ran.err
    (failed,) = ran.of("failed")
    assert failed["title"] == "Topaz does not offer Low Resolution 2 any more, or not right now"
    shown = program.run("jobs", "show", done["job"])
    assert "“Sharpen” was sent as 0.5, and is not in the service's report." in shown.out


def test_wrong_words_are_said_before_anything_is_sent(program, service, tmp_path):
    source = pictures.write(tmp_path / "a.png")
    for words, code, said in (
        (["--model", "Recovr 3"], 2, "Recover 3"),
        ([*LOW, "--set", "sharpen=4"], 2, "between 0 and 1"),
        ([*LOW, "--set", "blur=4"], 2, "has no setting"),
        ([*LOW, "--scale", "2", "--width", "90"], 2, "Only one way"),
        (["--model", "Lens Blur 2", "--scale", "2"], 2, "keeps the size"),
        ([*LOW, "--scale", "110"], 2, "32,000"),
        ([*LOW, "--format", "webp"], 2, "jpeg, png, tiff"),
        ([*LOW, "--budget", "0"], 3, "budget"),
        ([*LOW, "--out", "/proc/nowhere"], 5, "folder"),
    ):
        ran = program.run("enhance", source, *words, "--service", "topaz", "--yes")
        assert ran.code == code, (words, ran.err)
        assert said in ran.err
        assert "Traceback" not in ran.err
        assert service.rows("jobs") == []


def test_a_mistake_is_told_in_plain_words(alone: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name out of *.jpg that begins with a dash was taken for an option, without a word on how to write it."""
    pictures.write(tmp_path / "-rf.png")
    monkeypatch.chdir(tmp_path)
    dashed = alone.run("enhance", "-rf.png", "-m", "Standard 2")
    assert (dashed.code, "is written ./-rf.png" in dashed.err) == (2, True)
    for words, said in (
        (("--scale", "x"), "it must be a number"),
        (("--width", "x"), "it must be a whole number"),
        (("--jpeg-quality", "95.5"), "it must be a whole number\n"),
        (("--service", "x"), "'--service' / '-s': 'x' is not one of"),
    ):
        assert said in alone.run("enhance", "./-rf.png", *words).err


def test_an_empty_word_is_a_mistake(alone, tmp_path, monkeypatch):
    """A variable that is not set stood for the folder one was in, with all of its pictures. Said before anything is opened."""
    pictures.write(tmp_path / "a.png")
    monkeypatch.chdir(tmp_path)
    for words, before in (
        (["enhance", "", *LOW, "--yes"], "enhance"),
        (["plan", "a.png", "--out=", *LOW], "--out"),
        (["try", "a.png", "--model", "", "--yes"], "--model"),
    ):
        ran = alone.run(*words, "--json")
        assert (ran.code, ran.error["code"]) == (2, "use.empty")
        assert f"“{before}”" in ran.error["hint"]
    assert not alone.profile.exists()


def test_a_wrong_key_is_said_before_the_upload(program, service, tmp_path):
    program.env["TOPAZ_API_KEY"] = "canary-wrong-key"
    ran = program.run("enhance", pictures.write(tmp_path / "a.png"), *LOW, "--service", "topaz", "--yes", "--json")
    assert ran.code == 3
    assert ran.of("error")[0]["title"]
    assert "canary" not in ran.out + ran.err
    assert service.rows("jobs") == []


def test_no_service_is_a_sentence(program, tmp_path):
    program.env["TOPAZDESK_TOPAZ_URL"] = "http://127.0.0.1:9"
    ran = program.run("enhance", pictures.write(tmp_path / "a.png"), *LOW, "--service", "topaz", "--yes")
    assert ran.code == 4
    assert "Traceback" not in ran.err


def test_plain_http_to_another_host_is_refused(program, tmp_path):
    program.env["TOPAZDESK_TOPAZ_URL"] = "http://topaz.invalid"
    ran = program.run("enhance", pictures.write(tmp_path / "a.png"), *LOW, "--service", "topaz", "--yes")
    assert ran.code == 2
    assert "https" in ran.err


def test_killed_in_mid_job_it_goes_on_and_pays_once(program, service, tmp_path):
    """SIGKILL while the service works; `jobs run` finishes the same job and nothing is submitted again."""
    service.kill()
    service.speed = 0.4
    service.start()
    program.env["TOPAZDESK_TOPAZ_URL"] = service.url
    source = pictures.write(tmp_path / "a.png")
    running = program.start("enhance", source, *LOW, "--service", "topaz", "--yes", "--json")
    assert running.stdout is not None
    for line in running.stdout:
        if json.loads(line).get("stage") == "running":
            break
    running.kill()
    running.wait()
    running.stdout.close()
    ran = program.run("jobs", "run", "--json")
    assert ran.code == 0, ran.out + ran.err
    assert ran.summary["done"] == 1
    assert size_of(ran.of("done")[0]["result"]) == (640, 480)
    assert len(service.rows("jobs")) == 1
    listed = program.run("jobs", "list", "--json")
    assert [e["stage"] for e in listed.of("job")] == ["done"]


def test_models_describe_themselves(alone):
    ran = alone.run("models", "natural enhance", "--json")
    model = ran.of("model")[0]
    assert model["name"] == "Recover 3"
    assert model["limits"]["input_mp"] == 24
    assert model["parameters"]["properties"]["creativity"]["maximum"] == 9
    assert set(model) >= {
        "service",
        "name",
        "api_model",
        "endpoint",
        "tier",
        "status",
        "limits",
        "pricing",
        "parameters",
    }
    usual, everything = (alone.run("models", *more, "--json").of("model") for more in ([], ["--all"]))
    assert {m["name"] for m in everything} - {m["name"] for m in usual} == {
        m["name"] for m in everything if m["status"] == "legacy"
    }
    assert "Dust-Scratch" in {m["name"] for m in everything}


def test_estimates_without_and_with_the_service(program, tmp_path):
    ran = program.run("estimate", "--size", "6000x4000", "--model", "recover 3", "--scale", "1", "--json")
    assert ran.of("estimate")[0] | {"duration_s": None} == {
        "event": "estimate",
        "path": None,
        "model": "Recover 3",
        "service": "sandbox",
        "width": 6000,
        "height": 4000,
        "output_mp": 24.0,
        "credits": 6,
        "source": "table",
        "duration_s": None,
    }
    asked = program.run(
        "estimate", pictures.write(tmp_path / "a.png"), *LOW, "--service", "topaz", "--confirm", "--json"
    )
    assert asked.of("estimate")[0]["source"] == "service"
    assert asked.summary["credits"] == 1


def test_the_command_line_never_loads_qt():
    script = "import sys, topazdesk.cli.main; print([m for m in sys.modules if m.startswith(('PySide6', 'qasync'))])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=240)
    assert done.stdout.strip() == "[]", done.stderr


@pytest.mark.parametrize("words", [("--profile", "{}"), ("--profile={}",)])
def test_a_profile_may_stand_before_the_command(alone, tmp_path, words):
    """It opened the window with `jobs` and `list` as pictures, or spoke of an option that there is not."""
    other = tmp_path / "other"
    ran = alone.run(*(word.format(other) for word in words), "jobs", "list", "--json")
    assert (ran.code, ran.of("job")) == (0, []), ran.out + ran.err
    assert other.is_dir()
    assert not alone.profile.exists()


def test_a_mistyped_command_is_no_window(alone):
    ran = alone.run("enhnce")
    assert ran.code == 2
    assert "enhance" in ran.err


def test_a_model_of_the_users_own_runs_in_the_sandbox_too(alone, tmp_path):
    """The sandbox knew the packaged models only, and refused what the catalogue offered."""
    data = json.loads((SAMPLES.parent / "catalogue" / "topaz" / "low-resolution-2.json").read_text("utf-8"))
    data |= {"name": "Mine", "api_models": ["Mine V1"], "aliases": []}
    data["parameters"] = {
        "type": "object",
        "properties": {
            "seed": {"type": "integer", "minimum": 0, "maximum": 4294967295},
            "style": {"type": "string", "format": "uri"},
        },
    }
    own = alone.profile / "catalogue.d" / "topaz"
    own.mkdir(parents=True)
    source = pictures.write(tmp_path / "small.png")
    before = alone.run("enhance", source, *LOW, "--service", "sandbox", "--sandbox-speed", "0")
    assert before.code == 0, "a sandbox runs from here on that does not know the new file"
    (own / "mine.json").write_text(json.dumps(data), "utf-8")
    mine = ("--model", "mine", "--service", "sandbox", "--sandbox-speed", "0")
    ran = alone.run("enhance", source, *mine, "--set", "seed=4000000000", "--json")
    assert (ran.code, ran.summary["done"]) == (0, 1), ran.out + ran.err
    too_high = alone.run("enhance", source, *mine, "--set", "seed=5000000000")
    assert "between 0 and 4,294,967,295" in too_high.err
    no_address = alone.run("enhance", source, *mine, "--set", "style=nonsense")
    assert "https://" in no_address.err


def test_without_a_screen_the_window_is_refused_in_words(alone):
    """Qt ended the process with a core dump."""
    bare = {k: v for k, v in alone.environment.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")}
    done = subprocess.run(alone.command("photos/lake.jpg"), capture_output=True, text=True, env=bare, timeout=240)
    assert done.returncode == 5
    assert "no screen" in done.stderr


def test_a_folder_that_cannot_be_read_is_said_and_the_rest_goes_on(program, tmp_path):
    if os.geteuid() == 0:  # root reads every folder, unless it gives that right up
        program.under = ("setpriv", "--bounding-set", "-dac_override,-dac_read_search")
    locked = tmp_path / "locked"
    locked.mkdir()
    source = pictures.write(tmp_path / "small.png")
    locked.chmod(0)
    try:
        ran = program.run("enhance", locked, source, *LOW, "--service", "topaz", "--yes", "--json")
    finally:
        locked.chmod(0o700)
    assert (ran.code, ran.summary["done"], ran.summary["refused"]) == (1, 1, 1), ran.out + ran.err
    assert ran.of("failed")[0]["title"]


def test_without_a_connection_nothing_is_promised_that_a_command_cannot_keep(alone, tmp_path):
    source = pictures.write(tmp_path / "small.png")
    alone.env |= {"TOPAZ_API_KEY": "any", "TOPAZDESK_TOPAZ_URL": "http://127.0.0.1:9"}
    ran = alone.run("enhance", source, *LOW, "--service", "topaz", "--yes")
    assert ran.code == 4
    assert "Start it again when the connection is back." in ran.err
