"""What a person sees of a run on a terminal, and what a pipe gets."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Program
from tests.support import pictures
from tests.support.sandbox import RunningSandbox

if sys.platform == "win32":
    pytest.skip("a terminal of another kind", allow_module_level=True)

from tests.support.screen import Terminal

RUN = ("--model", "Low Resolution 2", "--service", "topaz", "--yes")


def _folder(tmp_path: Path, count: int) -> Path:
    folder = tmp_path / "scans"
    folder.mkdir()
    for number in range(count):
        pictures.write(folder / f"scan_{number}.png")
    (folder / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0nonsense")
    return folder


def test_a_run_is_one_picture_and_its_end_can_be_acted_on(
    program: Program, service: RunningSandbox, tmp_path: Path
) -> None:
    """Five lines a picture scrolled everything away, what had failed first of all."""
    service.scenario(
        {"match": {"method": "POST", "path": "/async", "nth": 3}, "do": {"job_s": 3600}},
        {"match": {"method": "POST", "path": "/async"}, "do": {"job_s": 0}},
    )
    command = program.command("enhance", _folder(tmp_path, 3), *RUN, "--out", tmp_path / "out")
    with Terminal(command, program.environment) as terminal:

        def is_drawn() -> bool:
            """All of it: the screen may be half drawn. A long path is broken anywhere, its name too."""
            above, picture = terminal.lines[:-3], terminal.lines[-3:]
            return (
                "broken.jpg" in "".join(above)
                and (picture[0][:7], picture[0][-4:], len(picture[0])) == ("2 of 3 ", "66 %", 80)
                and "━" in picture[0]
                and picture[1].endswith("2 credits so far")
                and picture[2].startswith("  scan_")
                and "running" in picture[2]
            )

        terminal.until(is_drawn)
        assert not any("→" in line for line in terminal.lines), terminal.text
        terminal.resize(40, 10)
        terminal.until(lambda: any(line.startswith("2 of 3 ") and len(line) == 40 for line in terminal.lines))
        terminal.process.send_signal(signal.SIGINT)
        assert terminal.end() == 130
    assert "2 of 3 " not in "\n".join(terminal.lines), "the picture is taken away at the end"
    said = "".join(terminal.text.split())
    for words in (
        "1 picture goes on at the service",
        "2 pictures done",
        "1 × The picture is cut off: broken.jpg",
        f"Results: {tmp_path / 'out'} (2)",
    ):
        assert words.replace(" ", "") in said, terminal.text


def test_a_pipe_gets_a_line_a_picture(program: Program, tmp_path: Path) -> None:
    folder = _folder(tmp_path, 3)
    ran = program.run("enhance", folder, *RUN)
    assert sorted(line.partition(" → ")[0] for line in ran.out.splitlines() if " → " in line) == [
        str(folder / f"scan_{number}.png") for number in range(3)
    ]
    assert not any(word in ran.out for word in ("running", "uploading", "checking"))
    assert "\x1b" not in ran.out + ran.err
    quiet = program.run("enhance", folder, *RUN, "--again", "--quiet", "--model", "Standard 2")
    assert "→" not in quiet.out
    assert "6 results of 3 pictures done" in quiet.out
    assert "broken.jpg" in quiet.err


@pytest.mark.parametrize(("name", "value"), [("TERM", "dumb"), ("NO_COLOR", "1")])
def test_a_plain_terminal_stays_plain(program: Program, tmp_path: Path, name: str, value: str) -> None:
    """A dumb terminal gets lines; one without colours the picture without them."""
    command = program.command("enhance", _folder(tmp_path, 2), *RUN)
    with Terminal(command, {**program.environment, name: value}) as terminal:
        assert terminal.end() == 1
    assert b"\x1b[3" not in terminal.raw, "a colour"
    assert (b"\x1b" in terminal.raw) is (name == "NO_COLOR")
    assert ("→" in terminal.text) is (name == "TERM")
    assert "2 pictures done" in terminal.text
