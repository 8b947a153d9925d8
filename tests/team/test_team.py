"""Machines that are real processes share a queue: what is started on one is done by others, whichever of them dies."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import psycopg

from tests.support import quick_start, team_chaos
from tests.support.postgres import Cluster
from tests.support.sandbox import RunningSandbox, sandbox  # noqa: F401
from tests.support.team import WAIT_S, Team, until
from tests.support.team_chaos import rows, states


def test_no_job_is_lost_or_paid_twice_whoever_dies(shared: Team, postgres: Cluster) -> None:
    """Workers are killed, the server is restarted as by a power cut, lines to it are cut: see the sandbox's own books."""
    found = team_chaos.run(
        shared, postgres, jobs=8, workers=2, kill_every_s=4.0, kills_most=3, restarts=1, limit_s=WAIT_S
    )
    assert (found.states, found.paid, found.twice, found.over_cap, found.missing) == ({"done": 8}, 8, 0, False, 0)
    assert found.restarts == 1


def test_a_desk_starts_pauses_orders_and_cancels_what_a_worker_does(shared: Team) -> None:
    for number in range(3):
        shared.picture(f"{number}.png", number)
    assert shared.run("jobs", "pause").returncode == 0
    shared.add()
    said = [json.loads(line) for line in shared.run("team", "status", "--json").stdout.splitlines()]
    assert "team_idle" in [each["event"] for each in said]  # pictures wait, and nobody works
    worker = shared.start("station", uploads=1)
    until(lambda: "working" in shared.log_of("station"))
    listed = [json.loads(line) for line in shared.run("jobs", "list", "--json").stdout.splitlines()]
    by_name = {Path(each["path"]).name: each["job"] for each in listed if each["event"] == "job"}
    assert set(by_name) == {"0.png", "1.png", "2.png"}
    assert states(shared) == {"queued": 3}
    assert shared.run("jobs", "move", by_name["2.png"]).returncode == 0
    assert shared.run("jobs", "cancel", by_name["1.png"], "--yes").returncode == 0
    resumed = shared.run("jobs", "resume")
    assert resumed.returncode == 0, resumed.stderr
    until(lambda: states(shared) == {"done": 2, "cancelled": 1})
    # In the order that the desk wished, and each change with the machine that made it.
    order = rows(shared.url, "SELECT job_id FROM history WHERE to_state = 'submitting' ORDER BY id")
    assert [job_id for (job_id,) in order] == [by_name["2.png"], by_name["0.png"]]
    who = rows(shared.url, "SELECT DISTINCT machine FROM history WHERE to_state = 'done'")
    assert who == [("station",)]
    said = [json.loads(line) for line in shared.run("team", "status", "--json").stdout.splitlines()]
    machines = [each for each in said if each["event"] == "team_machine"]
    assert [(each["name"], each["roots"], each["trouble"]) for each in machines] == [("station", ["scans"], None)]
    assert "team_idle" not in [each["event"] for each in said]
    told = json.loads(shared.run("jobs", "show", by_name["0.png"], "--json").stdout.splitlines()[0])
    assert (bool(told["started_on"]), told["worked_on"]) == (True, "station")
    # The same pictures once more, from any machine: they are free.
    assert shared.run("enhance", str(shared.scans / "0.png"), "--model", "Standard 2", "--scale", "2", "--service",
                      "topaz", "--out", str(shared.scans / "out"), "--yes").returncode == 0  # fmt: skip
    assert len(shared.sandbox.rows("jobs")) == 2
    worker.terminate()
    assert worker.wait(WAIT_S) is not None


def test_a_worker_whose_key_is_refused_sends_nothing_and_says_so(shared: Team) -> None:
    shared.picture("a.png")
    shared.add()
    shared.start("station", TOPAZ_API_KEY=shared.sandbox.key[:-1] + ("a" if shared.sandbox.key[-1] != "a" else "b"))

    def machine() -> dict[str, object]:
        lines = shared.run("team", "status", "--json").stdout.splitlines()
        return next((each for each in map(json.loads, lines) if each["event"] == "team_machine"), {})

    until(lambda: bool(machine().get("trouble")))
    # Who asks for the balance may hear of it while the picture is still being prepared.
    until(lambda: states(shared) == {"queued": 1})
    assert shared.sandbox.rows("jobs") == []
    shared.start("other")
    until(lambda: states(shared) == {"done": 1})


def test_a_worker_says_why_a_picture_failed_and_the_status_speaks_the_users_language(shared: Team) -> None:
    shared.picture("a.png")
    shared.add()
    assert "In der Warteschlange: 1" in shared.run("team", "status", TOPAZDESK_LANGUAGE="de").stdout
    shared.picture("a.png", size=(41, 30))
    shared.start("station")
    until(lambda: states(shared) == {"failed": 1})
    until(lambda: "The picture has changed since it was added" in shared.log_of("station"))
    assert shared.sandbox.rows("jobs") == []


def test_a_job_whose_root_a_worker_lacks_is_left_to_one_that_has_it(shared: Team, tmp_path: Path) -> None:
    shared.picture("a.png")
    shared.add()
    shared.start("without", root="other", folder=tmp_path)
    until(lambda: "working" in shared.log_of("without"))
    assert states(shared) == {"queued": 1}
    shared.start("with")
    until(lambda: states(shared) == {"done": 1})
    assert rows(shared.url, "SELECT DISTINCT machine FROM history WHERE to_state = 'submitting'") == [("with",)]


def test_the_limit_of_the_team_is_told_where_its_jobs_are_started(shared: Team) -> None:
    """The queue stood still without a word before: only the limits of a single machine were told beside the price."""
    for number in range(2):
        shared.picture(f"{number}.png", number)
    assert shared.run("team", "cap", "1").returncode == 0
    wanted = ("--model", "Standard 2", "--scale", "2", "--service", "topaz", "--out", str(shared.scans / "out"))
    planned = shared.run("plan", str(shared.scans), *wanted)
    assert "Your team's daily limit leaves 1 credit today: what is over it waits." in planned.stdout
    added = shared.run("jobs", "add", str(shared.scans), *wanted, "--yes", "--json")
    (price,) = (each for each in map(json.loads, added.stdout.splitlines()) if each["event"] == "price")
    assert (price["left_today"], price["limit_of"]) == (1, "team")
    shared.picture("2.png", 2)
    planned = shared.run("plan", str(shared.scans / "2.png"), *wanted)
    assert "leaves 0 credits today" in planned.stdout  # what is in the queue counts


def test_a_machine_joins_limits_and_leaves_a_team_and_keeps_its_own_profile(shared: Team) -> None:
    def desk(*words: str) -> dict[str, object]:
        profile = shared.folder / "profile-desk"
        command = [sys.executable, "-m", "topazdesk", *words, "--json", "--profile", str(profile)]
        done = quick_start.run(command, env=shared.environment)
        last: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
        return {"code": done.returncode, **last}

    assert desk("team", "status")["code"] == 2  # in no team
    assert desk("team", "join", shared.url.replace("owner@", "nobody@"))["code"] == 5
    assert desk("team", "join", shared.url)["code"] == 0
    assert desk("team", "cap", "7")["cap"] == 7
    assert rows(shared.url, "SELECT account, day_cap FROM accounts") == [("topaz", 7)]
    assert desk("team", "cap", "none")["cap"] is None
    assert desk("team", "status")["machines"] == 0
    # What it has started stays in the team, and it says how much that is.
    shared.picture("a.png")
    shared.picture("b.png", 1)
    shared.add()
    with psycopg.connect(shared.url, autocommit=True) as raw:
        raw.execute("UPDATE topazdesk.jobs SET state = 'ready' WHERE source LIKE '%%b.png'".replace("%%", "%"))
    gone = desk("team", "leave")
    assert (gone["code"], gone["unsent"], gone["sent"], gone["others_at_work"]) == (0, 1, 1, 0)
    assert desk("team", "leave")["code"] == 2  # it is in none
    assert desk("team", "status")["code"] == 2
