"""`topazdesk doctor`: each thing with its remedy, and an exit code that a script can act on."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Program, Ran
from tests.support.sandbox import RunningSandbox


def checks(ran: Ran) -> dict[str, dict[str, Any]]:
    return {each["name"]: each for each in ran.of("check")}


@pytest.fixture
def here(program: Program, service: RunningSandbox) -> Program:
    """Both services are the one of the test, so that nobody outside is asked."""
    program.env["TOPAZDESK_RUNFLOW_URL"] = service.url
    program.env["RUNFLOW_API_KEY"] = service.key
    program.env |= dict.fromkeys(
        ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"), ""
    )
    return program


def test_all_that_is_looked_at(here: Program) -> None:
    here.under = ("env",)  # a start like a user's: each library is really loaded
    ran = here.run("doctor", "--json")
    found = checks(ran)
    assert ran.code == 0, ran.out
    assert {"python", "qt", "pyvips", "exiv2", "pillow_heif", "profile", "profile disk", "keyring", "topaz key"} < set(
        found
    )
    assert {"sandbox", "versions", "topaz", "runflow", "clock"} < set(found)
    assert found["pyvips"]["finding"] == found["topaz"]["finding"] == found["clock"]["finding"] == "ok"
    assert all(each["remedy"] for each in found.values() if each["finding"] != "ok")
    assert "pyvips" in found["versions"]["said"]
    assert ran.summary["checked"] == len(ran.of("check"))
    order = [event["event"] for event in ran.events]
    assert order.index("asking") < next(n for n, e in enumerate(ran.events) if e.get("name") == "topaz")


def test_offline_asks_nobody(here: Program, service: RunningSandbox) -> None:
    service.kill()
    ran = here.run("doctor", "--offline", "--json")
    assert (ran.code, ran.of("asking")) == (0, [])
    assert "topaz" not in checks(ran)
    ran = here.run("doctor", "--json")
    assert (ran.code, checks(ran)["topaz"]["finding"]) == (4, "problem")
    assert "HTTPS_PROXY" in checks(ran)["topaz"]["remedy"]


def test_no_network_is_told_as_offline_and_is_no_fault_of_this_computer(here: Program) -> None:
    here.env["TOPAZDESK_TOPAZ_URL"] = "https://no-such-host.invalid"
    ran = here.run("doctor", "--json")
    assert (ran.code, checks(ran)["topaz"]["finding"]) == (0, "warning")
    assert checks(ran)["topaz"]["said"].startswith("offline")


def test_a_codec_that_is_missing_says_what_it_costs(here: Program, tmp_path: Path) -> None:
    """The module is there, but does not load: a library of the system is missing."""
    (tmp_path / "broken").mkdir()
    for name in ("rawpy", "exiv2"):
        (tmp_path / "broken" / f"{name}.py").write_text("raise ImportError('libraw.so: cannot open')\n")
    here.env["PYTHONPATH"] = os.pathsep.join([str(tmp_path / "broken"), os.environ.get("PYTHONPATH", "")])
    ran = here.run("doctor", "--offline", "--json")
    found = checks(ran)
    assert (ran.code, found["exiv2"]["finding"], found["rawpy"]["finding"]) == (5, "problem", "warning")
    assert "raw pictures" in found["rawpy"]["said"]
    assert "libraw.so" in found["rawpy"]["said"]
    assert "pip install" in found["rawpy"]["remedy"]


def test_a_profile_that_cannot_be_used(here: Program, tmp_path: Path) -> None:
    (tmp_path / "profile").write_text("a file")
    ran = here.run("doctor", "--offline", "--json")
    assert (ran.code, checks(ran)["profile"]["finding"]) == (5, "problem")


def test_a_report_is_shown_in_full_before_it_is_saved_and_replaces_nothing(program: Program, tmp_path: Path) -> None:
    target = tmp_path / "report.txt"
    ran = program.run("doctor", "--report", target)
    assert ran.code == 0, ran.err
    assert target.read_text("utf-8") in ran.out
    assert "== Settings ==" in ran.out
    assert str(program.profile) not in ran.out.replace(str(target), "")
    again = program.run("doctor", "--report", target, "--json")
    assert again.code == 2
    assert again.error["code"] == "use.export_name"
