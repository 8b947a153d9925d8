"""The same command again: a clock's nightly run, a command after Ctrl-C or a kill. Nothing is paid twice, and that is said."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from tests.cli.conftest import Program
from tests.support import pictures
from tests.support.sandbox import RunningSandbox

LOW = ("--model", "Low Resolution 2", "--service", "topaz", "--json")
PAID = (*LOW, "--yes")


def test_the_same_command_again_pays_nothing(program: Program, service: RunningSandbox, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    source, out = pictures.write(tmp_path / "in" / "a.png"), tmp_path / "out"
    first = program.run("enhance", source, *PAID, "--out", out)
    assert first.summary["done"] == 1
    again = program.run("enhance", source, *LOW, "--out", out)  # nothing to agree to
    assert again.code == 0, again.err
    assert (again.summary["done"], again.summary["done_before"], again.summary["credits"]) == (0, 1, 0)
    [told] = again.of("done")
    assert (told["before"], told["result"], told["credits"]) == (True, first.of("done")[0]["result"], 0)
    assert again.of("price") == []
    # By its content: a copy elsewhere is the same picture.
    copy = shutil.copy(source, tmp_path / "copy.png")
    plan = program.run("plan", copy, *LOW)
    assert (plan.of("plan")[0]["before"], plan.summary["credits"], plan.summary["before"]) == (True, 0, 1)
    assert f"→ {told['result']}  done before, nothing is paid" in program.run("plan", copy, *LOW[:-1]).out
    new = pictures.write(tmp_path / "in" / "b.png", width=70)
    both = program.run("enhance", copy, new, *PAID, "--out", out)
    assert both.of("price")[0]["credits"] == 1
    assert (both.summary["done"], both.summary["done_before"]) == (1, 1)
    assert len(service.rows("jobs")) == 2
    assert len(list(out.iterdir())) == 2
    text = program.run("enhance", source, *PAID[:-2], "--out", out)
    assert "done before, nothing is paid (--again makes it anew)" in text.out
    assert "1 done before" in text.out


def test_again_when_it_is_wanted(program: Program, service: RunningSandbox, tmp_path: Path) -> None:
    source, out = pictures.write(tmp_path / "a.png"), tmp_path / "out"
    program.run("enhance", source, *PAID, "--out", out)
    again = program.run("enhance", source, *PAID, "--out", out, "--again")
    assert again.summary["done"] == 1
    assert "done_before" not in again.summary
    assert len(service.rows("jobs")) == len(list(out.iterdir())) == 2


def test_after_a_kill_the_jobs_are_followed(program: Program, service: RunningSandbox, tmp_path: Path) -> None:
    sources = [pictures.write(tmp_path / f"{n}.png", width=40 + n) for n in range(3)]
    out = tmp_path / "out"
    service.scenario({"match": {"path": "^/image/v1/status"}, "do": {"status": 503}})
    running = program.start("enhance", *sources, *PAID, "--out", out)
    assert running.stdout is not None
    begun: set[str] = set()
    with running:
        for line in running.stdout:
            event = json.loads(line)
            begun |= {event["job"]} if event.get("stage") == "running" else set()
            if len(begun) == 3:  # one that is killed in mid-submit is waited for as long as its answer may take
                running.kill()
                break
    service.scenario()
    again = program.run("enhance", *sources, *LOW, "--out", out)
    assert again.code == 0, again.err
    assert sum(event.get("before", False) for event in again.of("progress")) == 3
    assert again.summary["done"] == 3
    assert len(service.rows("jobs")) == len(list(out.iterdir())) == 3


def test_what_was_started_and_not_sent_is_said_to_be_paid_now(
    program: Program, service: RunningSandbox, tmp_path: Path
) -> None:
    """It was said to be followed and not paid again, for nothing, in plan and run, and was then sent and paid without a price."""
    sources = [pictures.write(tmp_path / f"{n}.png", width=40 + n) for n in range(2)]
    program.run("account", "cap", "1")
    assert program.run("enhance", *sources, *PAID).summary["unfinished"] == 1
    program.run("account", "cap", "none")
    plan = program.run("plan", *sources, *LOW)
    assert sorted(event["credits"] for event in plan.of("plan")) == [0, 1]
    assert (plan.summary["credits"], plan.summary["earlier"], plan.summary["earlier_price"]) == (0, 1, 1)
    text = program.run("plan", *sources, *LOW[:-1])
    assert "started before and not sent yet: it is sent now, for the 1 credit agreed to then" in text.out
    again = program.run("enhance", *sources, *LOW)
    assert again.of("price") == [{"event": "price", "results": 1, "credits": 1}]
    assert (again.code, again.summary["done"], again.summary["credits"]) == (0, 1, 1)
    assert len(service.rows("jobs")) == 2
