"""Every command in a pipe, with `--json`, and on a terminal: the list is the table of commands itself."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.cli.conftest import Program
from tests.support import pictures
from tests.support.sandbox import RunningSandbox, started
from topazdesk.app.resources import folder as resources
from topazdesk.cli.commands import COMMANDS
from topazdesk.errors import ExitCode

if sys.platform == "win32":
    pytest.skip("a terminal of another kind", allow_module_level=True)

from tests.support.screen import Terminal

SCHEMA = json.loads((resources() / "schemas" / "json-lines-1.schema.json").read_text("utf-8"))
LOW = ("--model", "Low Resolution 2", "--service", "topaz")
PATCH = ("--patch", "10,10,100,80")
#: A database that nobody serves; teams themselves are tried in `tests/team`.
NO_TEAM = ("postgresql://nobody@127.0.0.1:1/nothing",)
NO_TEAM_ENDS = (ExitCode.COMPUTER, ExitCode.SERVICE)
#: The words after each command, {} being the place of this test's files; and the codes that it may end with there.
WORDS: dict[str, tuple[tuple[str, ...], tuple[ExitCode, ...]]] = {
    "enhance": (("{}/in", *LOW, "--yes"), (ExitCode.SOME_FAILED,)),
    "plan": (("{}/in", *LOW), (ExitCode.SOME_FAILED,)),
    "run": (("{}/run.toml", "--yes"), (ExitCode.SOME_FAILED,)),
    "try": (("{}/in/scan_0.png", *PATCH, *LOW, "--yes"), (ExitCode.DONE,)),
    "watch": (("{}/in", *LOW, "--yes", "--once", "--still", "0"), (ExitCode.SOME_FAILED,)),
    "estimate": (("{}/in/scan_0.png", "--model", "Low Resolution 2"), (ExitCode.DONE,)),
    "models": (("low-resolution-2",), (ExitCode.DONE,)),
    "jobs run": ((), (ExitCode.DONE,)),
    "jobs list": ((), (ExitCode.DONE,)),
    "jobs show": (("{job}",), (ExitCode.DONE,)),
    "jobs retry": (("{job}",), (ExitCode.USE,)),
    "jobs cancel": (("{job}",), (ExitCode.USE,)),
    "jobs add": (("{}/in/scan_0.png", *LOW, "--yes"), (ExitCode.DONE,)),
    "jobs pause": ((), (ExitCode.DONE,)),
    "jobs resume": ((), (ExitCode.DONE,)),
    "jobs move": (("{job}",), (ExitCode.USE,)),
    "jobs report": (("{run}",), (ExitCode.DONE,)),
    "jobs file": (("{run}",), (ExitCode.DONE,)),
    "jobs recover": (("--service", "topaz"), (ExitCode.DONE,)),
    "account balance": (("--service", "topaz"), (ExitCode.DONE,)),
    "account ledger": ((), (ExitCode.DONE,)),
    "account cap": ((), (ExitCode.DONE,)),
    "account login": ((), (ExitCode.USE, ExitCode.ACCOUNT)),
    "account logout": ((), (ExitCode.DONE, ExitCode.ACCOUNT)),
    "account list": ((), (ExitCode.DONE,)),
    "account use": (("nosuch",), (ExitCode.USE, ExitCode.ACCOUNT)),
    "account rename": (("nosuch", "other"), (ExitCode.USE, ExitCode.ACCOUNT)),
    "team init": (NO_TEAM, NO_TEAM_ENDS),
    "team join": (NO_TEAM, NO_TEAM_ENDS),
    "team leave": ((), (ExitCode.USE,)),
    "team name": ((), (ExitCode.DONE,)),
    "team root": ((), (ExitCode.DONE,)),
    "team accept": ((), (ExitCode.USE,)),
    "team cap": ((), (ExitCode.USE,)),
    "team status": ((), (ExitCode.USE,)),
    "worker": ((), (ExitCode.USE,)),
    "metadata": (("{}/in/scan_0.png",), (ExitCode.DONE,)),
    "bag": (("{}/bag-{unique}",), (ExitCode.DONE, ExitCode.SOME_FAILED)),  # other tests take results away
    "completion": (("bash",), (ExitCode.DONE,)),
    "doctor": (("--offline",), (ExitCode.DONE,)),
    "help": ((), (ExitCode.DONE,)),
    "manual": ((), (ExitCode.DONE,)),
    "sandbox": (("--port", "-1"), (ExitCode.USE, ExitCode.COMPUTER)),
}
#: What prints for another program, in that program's own form, and has no lines of JSON.
OTHER_FORM = ("completion", "help", "manual", "jobs file", "sandbox")
#: What redraws its picture on a terminal.
DRAWN = ("enhance", "run", "try", "watch")
PLACES = [command.words for command in COMMANDS if command.place]


class Stage:
    """A profile with a job that is done, and pictures, one of them broken."""

    def __init__(self, program: Program, root: Path, service: RunningSandbox) -> None:
        self.program = program
        self.root = root
        self.service = service
        self.job = self.run = ""
        self._number = 0

    def words(self, command: str) -> list[str]:
        self._number += 1
        found = []
        for word in WORDS[command][0]:
            filled = word.replace("{job}", self.job).replace("{run}", self.run).replace("{unique}", str(self._number))
            found.append(filled.replace("{}", str(self.root)))
        return [*command.split(), *found]

    def after(self, command: str) -> None:
        """Leave nothing in the queue that would go on in the next test, and no paused queue."""
        undo = {"jobs pause": ("jobs", "resume"), "jobs add": ("jobs", "cancel", "--all", "--yes")}
        if command in undo:
            assert self.program.run(*undo[command]).code == ExitCode.DONE

    def anew(self, name: str) -> None:
        """Make other pictures, so that a command has something to do where it is about pictures."""
        if name in WORDS and not any("{}" in word for word in WORDS[name][0]):
            return
        folder = self.root / "in"
        folder.mkdir(exist_ok=True)
        for old in folder.iterdir():
            old.unlink()
        self._number += 1
        for number in range(3):
            pictures.write(folder / f"scan_{number}.png", seed=hash((name, self._number, number)) % 100_000)
        (folder / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0nonsense")


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    root = tmp_path_factory.mktemp("terminals")
    with started(root / "service", options=("--credits", "5000")) as service:
        env = {
            "TOPAZ_API_KEY": service.key,
            "TOPAZDESK_TOPAZ_URL": service.url,
            "QT_QPA_PLATFORM": "offscreen",
            "XDG_CACHE_HOME": str(root / "cache"),
            "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        }
        found = Stage(Program(root / "profile", env), root, service)
        found.anew("first")
        run = 'version = 1\ninputs = ["in"]\nmodel = ["Low Resolution 2"]\nservice = "topaz"\n'
        (root / "run.toml").write_text(run)
        ran = found.program.run("enhance", root / "in" / "scan_0.png", *LOW, "--yes", "--out", root / "out", "--json")
        found.job, (found.run,) = ran.of("done")[0]["job"], ran.summary["runs"]
        yield found


def test_every_command_has_its_words_here() -> None:
    """A new command is looked at in a pipe and on a terminal, too."""
    assert list(WORDS) == PLACES


@pytest.mark.parametrize("command", PLACES)
def test_in_a_pipe(stage: Stage, command: str) -> None:
    stage.anew(command)
    ran = stage.program.run(*stage.words(command))
    stage.after(command)
    assert ran.code in WORDS[command][1], ran.out + ran.err
    assert "\x1b" not in ran.out + ran.err
    assert "Traceback" not in ran.err
    if ran.code in (ExitCode.USE, ExitCode.ACCOUNT, ExitCode.COMPUTER):
        assert ran.err.strip(), "what is wrong is said"
    else:
        assert ran.out.strip()


@pytest.mark.parametrize("command", [words for words in PLACES if words not in OTHER_FORM])
def test_as_json(stage: Stage, command: str) -> None:
    stage.anew(command)
    ran = stage.program.run(*stage.words(command), "--json")
    stage.after(command)
    assert ran.code in WORDS[command][1], ran.out + ran.err
    validator = jsonschema.Draft202012Validator(SCHEMA)
    for event in ran.events:
        validator.validate(event)
        assert event["event"] in SCHEMA["$defs"]["events"]["enum"]
    assert [event["event"] for event in ran.events].count("summary") == 1
    assert ran.summary


@pytest.mark.parametrize(
    ("command", "name", "value"),
    # A command that draws nothing writes the same to both: two of them stand for all on a dumb terminal.
    [
        *((c, "TERM", "dumb") for c in (*DRAWN, "jobs run", "plan", "jobs list")),
        *((c, "NO_COLOR", "1") for c in PLACES),
    ],
)
def test_on_a_plain_terminal(stage: Stage, command: str, name: str, value: str) -> None:
    """A dumb terminal gets lines alone; one without colours no colour."""
    stage.anew(command)
    environment = {**stage.program.environment, name: value}
    with Terminal(stage.program.command(*stage.words(command)), environment) as terminal:
        if command == "account login":  # it asks
            terminal.until(lambda: "key" in terminal.text.lower())
            terminal.process.send_signal(signal.SIGINT)
            assert terminal.end() in (ExitCode.INTERRUPTED, *WORDS[command][1])
            return
        assert terminal.end() in WORDS[command][1], terminal.text
    stage.after(command)
    assert b"\x1b[3" not in terminal.raw, "a colour"
    if name == "TERM" or command not in (*DRAWN, "jobs run"):
        assert b"\x1b" not in terminal.raw
    assert terminal.text.strip()


def _screen(stage: Stage, command: str, **more: str) -> tuple[int, list[str]]:
    """What stands on 80 columns at the end; this test's folder is written [ROOT]."""
    with Terminal(stage.program.command(*stage.words(command)), {**stage.program.environment, **more}) as terminal:
        code = terminal.end()
    text = terminal.text.rstrip()
    joined = "\n".join(line.rstrip() for line in text.splitlines())
    return code, joined.splitlines()


def _has(lines: Sequence[str], words: str) -> bool:
    """Whether the screen has these words, wherever a line ended."""
    return "".join(words.split()) in "".join("".join(lines).split())


def test_the_screens_that_are_only_printed(stage: Stage) -> None:
    stage.anew("screens")
    code, plan = _screen(stage, "plan")
    assert code == ExitCode.SOME_FAILED
    assert all(len(line) <= 80 for line in plan)
    for words in (
        f"{stage.root}/in/broken.jpg: The picture is cut off",
        f"{stage.root}/in/scan_0.png → {stage.root}/in/scan_0_low-resolution-2_2x.png 640 × 480 · 1 credit · precise",
        "3 credits for 3 pictures, 1 refused. Nothing was sent.",
        "To run exactly this: the same words with enhance, and --plan ",
    ):
        assert _has(plan, words), "\n".join(plan)
    # Prose ends a line between two words, and goes on below its first one.
    assert "  The file ends before the picture does. No part of it can be shown. It is best" in plan
    assert plan[plan.index("  The file ends before the picture does. No part of it can be shown. It is best") + 1] == (
        "  to copy it again from the original."
    )
    _, listed = _screen(stage, "jobs list")
    assert _has(listed, f"{stage.job}  Done           Low Resolution 2")
    _, shown = _screen(stage, "jobs show")
    assert _has(shown, "Low Resolution 2 at Topaz state Done")
    _, told = _screen(stage, "jobs report")
    assert _has(told, "1 picture done · 1 credit charged · ")
    _, found = _screen(stage, "jobs recover")
    assert _has(found, "Nothing to recover from the last 7 days at Topaz")
    code, checks = _screen(stage, "doctor")
    assert code == ExitCode.DONE
    assert checks[0].startswith("ok       python: Python ")
    assert checks[-1].startswith("Everything needed works")
    assert not any(line.startswith("PROBLEM") for line in checks)


@pytest.mark.parametrize("command", DRAWN)
def test_a_run_is_drawn_and_follows_the_size(stage: Stage, command: str) -> None:
    """80 columns wide, then 40; `watch` said nothing at all of what it did."""
    stage.anew(f"drawn {command}")
    stage.service.scenario({"match": {"method": "POST", "path": "/async"}, "do": {"job_s": 3600}})
    count = 1 if command == "try" else 3
    words = stage.words(command)
    try:
        with Terminal(stage.program.command(*words), stage.program.environment) as terminal:
            head = f"0 of {count} "

            def drawn(width: int) -> bool:
                bars = [line for line in terminal.lines if line.startswith(head)]
                return bool(bars) and len(bars[-1]) == width

            def whole() -> bool:
                """To the last line: the screen may be half drawn."""
                place = next((n for n, line in enumerate(terminal.lines) if line.startswith(head)), 0)
                bar, facts, *jobs = [*terminal.lines[place:], "", ""]
                return (
                    bar.endswith(" %")
                    and facts.endswith("credits so far")
                    and len(jobs) == count + 2
                    and all("scan_" in line and "running" in line for line in jobs[:count])
                )

            terminal.until(lambda: drawn(80) and whole())
            terminal.resize(40, 12)
            terminal.until(lambda: drawn(40))
            os.kill(terminal.process.pid, signal.SIGTERM)
            assert terminal.end() == ExitCode.INTERRUPTED
        _, stopped, after = terminal.text.rpartition("\nStopped.")
        assert stopped
        assert head not in after, "the picture is taken away at the end"
        assert _has([terminal.text], "at the service, which charges for"), terminal.text
    finally:
        stage.service.scenario()
        assert stage.program.run("jobs", "cancel", "--all", "--yes").code == ExitCode.DONE


def test_a_refusal_names_the_next_step_everywhere(stage: Stage) -> None:
    """What a command ends with tells what to do, in the same words with and without `--json`."""
    wrong: list[dict[str, Any]] = []
    for words in (
        ("jobs", "show", "nosuch"),
        ("enhance", str(stage.root / "in"), "--model", "Nosuch"),
        ("run", "no.toml"),
    ):
        ran = stage.program.run(*words, "--json")
        assert ran.code == ExitCode.USE
        wrong.append(ran.error)
    assert all(error["hint"] for error in wrong), wrong
