"""What a shell is offered while a command is typed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import Program
from tests.support import pictures, quick_start


def _offered(program: Program, *words: str) -> list[str]:
    """What bash asks for, with the cursor behind the last word."""
    env = {
        **program.environment,
        "_TOPAZDESK_COMPLETE": "bash_complete",
        "COMP_WORDS": " ".join(["topazdesk", *words]),
        "COMP_CWORD": str(len(words)),
    }
    ran = quick_start.run(program.command(), env=env)
    assert (ran.returncode, ran.stderr) == (0, "")
    return [line.partition(",")[2] for line in ran.stdout.splitlines()]


def test_models_settings_and_jobs_are_offered(alone: Program, tmp_path: Path) -> None:
    assert "enhance" in _offered(alone, "en")
    assert {"list", "report"} <= set(_offered(alone, "jobs", ""))
    assert "recover-3" in _offered(alone, "enhance", "--model", "reco")
    assert _offered(alone, "enhance", "--model", "recover-3", "--set", "") != []
    assert "unique" not in _offered(alone, "jobs", "show", "")
    assert not alone.profile.exists(), "looking makes no profile"
    source = pictures.write(tmp_path / "a.png")
    ran = alone.run("enhance", source, "-m", "Standard 2", "--service", "sandbox", "--sandbox-speed", "0", "--json")
    (done,) = ran.of("done")
    assert _offered(alone, "jobs", "show", "") == [done["job"]]
    assert _offered(alone, "jobs", "report", "") == ["last", *ran.summary["runs"]]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_gets_its_part(alone: Program, shell: str) -> None:
    if shell == "bash" and shutil.which("bash") is None:
        pytest.skip("it is asked for its version")
    ran = alone.run("completion", shell)
    assert ran.code == 0
    assert "_TOPAZDESK_COMPLETE" in ran.out
