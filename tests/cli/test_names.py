"""Names of results in the whole program: impossible templates are refused unpaid, odd locales lose nothing."""

from __future__ import annotations

import json
import os
from itertools import product
from pathlib import Path

import pytest

from tests.cli.conftest import Program
from tests.support import pictures
from tests.support.delivered import is_delivered
from tests.support.sandbox import RunningSandbox


@pytest.mark.parametrize("locale", ["C"])
def test_paid_results_come_home_where_names_are_not_utf8(
    program: Program, service: RunningSandbox, tmp_path: Path, locale: str
) -> None:
    program.env |= {"LC_ALL": locale, "LANG": locale, "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    folder, out = tmp_path / "Bilder für 😀", tmp_path / "Ergebnisse ä"
    folder.mkdir()
    pictures.write(folder / "Grüße 😀.png", width=48, height=32)
    # A folder that was chosen in the window, where it is real text: in the settings and in a preset.
    preset = tmp_path / "ü.topazpreset"
    recipe = {
        "version": 1,
        "service": "topaz",
        "model": "standard-2",
        "values": {},
        "output": {
            "size": {"mode": "scale", "value": 2.0, "height_px": 0},
            "format": "same",
            "crop_to_fill": False,
            "folder": "",
            "template": "{name} ü😀",
            "on_conflict": "unique",
        },
    }
    preset.write_text(json.dumps({"kind": "topazdesk preset", "version": 1, "name": "ü", "recipe": recipe}), "utf-8")
    done = program.run("enhance", folder, "--preset", preset, "--service", "topaz", "--out", out, "--yes", "--json")
    assert done.code == 0, done.out + done.err
    assert os.listdir(os.fsencode(out)) == ["Grüße 😀 ü😀.png".encode()]  # noqa: PTH208 bytes
    (row,) = service.rows("jobs")
    assert is_delivered(out / "Grüße 😀 ü😀.png", service.result_bytes(str(row["id"])))
    # Another day, another locale: the job is known, and its picture is not paid again.
    for name in ("LC_ALL", "LANG", "PYTHONUTF8", "PYTHONCOERCECLOCALE"):
        del program.env[name]
    listed = program.run("jobs", "list", "--json")
    assert [e["stage"] for e in listed.of("job")] == ["done"]


def test_a_template_that_makes_no_name_costs_nothing(program: Program, service: RunningSandbox, tmp_path: Path) -> None:
    picture = tmp_path / "a.png"
    pictures.write(picture, width=48, height=32)
    templates = ("{scale:.1f}", "{name:d}", "{name!x}", "{name:x>400000000}", "{name.__class__}")
    for template, command in product(templates, (("plan",), ("enhance", "--yes"))):
        words = [command[0], picture, "--model", "Standard 2", "--service", "topaz", "--name", template, *command[1:]]
        refused = program.run(*words, "--json")
        assert refused.code == 2, refused.out + refused.err
        assert any("name for results" in e.get("title", "") for e in refused.events), refused.out
    assert not service.rows("jobs")
