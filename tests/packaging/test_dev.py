"""The set-up file: it stands on the standard library alone, and does as little as possible."""

import ast
import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
DEV = ROOT / "packaging" / "dev.py"


@pytest.fixture
def dev(tmp_path: Path) -> ModuleType:
    """The file as a module, with its own copy of the project's folder."""
    copy = tmp_path / "packaging" / "dev.py"
    copy.parent.mkdir()
    copy.write_text(DEV.read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text("[project]\nname='x'\n", encoding="utf-8")
    for name in ("-build", "", "-dev"):
        (tmp_path / f"requirements{name}.lock").write_text("pip==26.3\n", encoding="utf-8")
    spec = importlib.util.spec_from_file_location("dev_under_test", copy)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_only_the_standard_library_is_imported() -> None:
    imported = set()
    for node in ast.walk(ast.parse(DEV.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            imported |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add(str(node.module).partition(".")[0])
    assert imported <= set(sys.stdlib_module_names)


@pytest.mark.skipif(
    importlib.util.find_spec("ensurepip") is None, reason="without ensurepip pip comes from the network"
)
def test_a_fresh_environment_is_made_and_used_again(dev: ModuleType) -> None:
    dev.make_venv()
    assert dev.pip_works(dev.PYTHON)
    mark = dev.VENV / "mark"
    mark.touch()
    dev.make_venv()
    assert mark.exists()


def test_a_changed_lock_or_project_asks_for_a_new_install(dev: ModuleType) -> None:
    first = dev.digest("[dev]")
    assert dev.digest("[dev]") == first
    assert dev.digest("") != first
    seen = {first}
    for name in ("requirements-build.lock", "requirements.lock", "requirements-dev.lock", "pyproject.toml"):
        (dev.ROOT / name).write_text("# another\n", encoding="utf-8")
        assert dev.digest("[dev]") not in seen
        seen.add(dev.digest("[dev]"))


def test_missing_programs_are_named_by_their_package(dev: ModuleType) -> None:
    assert dev.missing_programs({"some-package": "no-such-program-at-all"}) == ["some-package"]
    assert dev.missing_programs({"dash": "sh"}) == []


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="system packages are looked after on Linux only")
def test_without_apt_the_missing_packages_are_named(
    dev: ModuleType, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert dev.apt_install(["libegl1"], "no window.") is False
    told = capsys.readouterr().out
    assert "libegl1" in told
    assert "no window." in told
    assert dev.apt_install([], "") is True


def test_progress_of_enhance_is_told_in_words(
    dev: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result = tmp_path / "result.jpg"
    events = [
        {"event": "progress", "path": "/p/lake.jpg", "stage": "uploading", "percent": 1},
        {"event": "progress", "path": "/p/lake.jpg", "stage": "uploading", "percent": 2},
        {"event": "failed", "path": "/p/bad.jpg", "title": "Damaged.", "hint": None},
        {"event": "done", "path": "/p/lake.jpg", "result": str(result), "width": 2, "height": 4, "credits": 1},
        {"event": "summary"},
    ]
    talk = "import sys; print(sys.argv[1])"
    lines = "\n".join(json.dumps(event) for event in events)
    assert dev.enhance([sys.executable, "-c", talk, lines]) == (Path("/p/lake.jpg"), result)
    told = capsys.readouterr().out
    assert told.count("uploading") == 1
    assert "2 × 4" in told
    assert "Damaged." in told


def test_unknown_commands_and_options_are_refused() -> None:
    for wrong in ([], ["walk"], ["check", "--fast"]):
        ran = subprocess.run([sys.executable, str(DEV), *wrong], capture_output=True, text=True, check=False)
        assert ran.returncode == 2
        assert "usage" in ran.stderr


def test_ci_runs_the_test_command_of_the_readme() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert script.read_text(encoding="utf-8").rstrip().endswith("\npython3 packaging/dev.py test")


def test_the_project_is_installed_over_verified_versions_and_asks_the_index_for_nothing(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[str] = []
    monkeypatch.setattr(dev, "make_venv", lambda: dev.VENV.mkdir(exist_ok=True))
    monkeypatch.setattr(dev, "call", lambda command, **_: ran.append(" ".join(map(str, command[4:]))) or 0)
    dev.install("")
    assert [("--require-hashes" in step, "--no-index" in step) for step in ran] == [(True, False)] * 2 + [(False, True)]
    assert "requirements-dev.lock" not in " ".join(ran), "who only runs the program gets no tools of development"
    assert all("--no-build-isolation" in step for step in ran), "a build environment of pip's own would not be verified"
    ran.clear()
    dev.install("")
    assert ran == [], "nothing has changed"
    dev.install("[dev]")
    assert "requirements-dev.lock" in ran[1]


@pytest.mark.skipif(os.name != "posix", reason="a script stands for Python")
@pytest.mark.parametrize(
    ("code", "said", "result"),
    [(0, "", 0), (1, "x==1: PYSEC-1", 1), (3, "the package index offers no advisories", 0), (2, "", 0)],
)
def test_advisories_are_told_and_only_known_ones_fail_the_check(
    dev: ModuleType, capsys: pytest.CaptureFixture[str], code: int, said: str, result: int
) -> None:
    dev.PYTHON.parent.mkdir(parents=True)
    dev.PYTHON.write_text(f"#!/bin/sh\necho called >> {dev.VENV}/calls\necho '{said}'\nexit {code}\n", encoding="utf-8")
    dev.PYTHON.chmod(0o755)
    assert dev.advisories() == result
    told = capsys.readouterr().out
    assert said in told
    assert ("not checked" in told) == (code in (2, 3))
    assert dev.advisories() == result
    asked = (dev.VENV / "calls").read_text(encoding="utf-8").count("called")
    assert asked == (1 if code == 0 else 2), "once a day, unless something is known or nothing could be asked"


def test_each_python_here_has_an_environment_of_its_own_and_one_failure_fails(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = dev.interpreters()
    assert found[sys.version_info.minor] == Path(sys.executable)
    other = next(minor for minor in dev.MINORS if minor != sys.version_info.minor)
    both = {sys.version_info.minor: Path(sys.executable), other: Path("other")}
    monkeypatch.setattr(dev, "interpreters", lambda: both)
    ran: list[tuple[str, str, list[str]]] = []

    def call(command: list[object], *, env: dict[str, str]) -> int:
        ran.append((str(command[0]), env["TOPAZDESK_VENV"], [str(word) for word in command[2:]]))
        return 3 if command[0] == Path("other") else 0

    monkeypatch.setattr(dev, "call", call)
    assert dev.main(["test", "--each", "-k", "name"]) == 3
    assert ran == [
        (sys.executable, ".venv", ["test", "-k", "name"]),
        ("other", f".venv-3.{other}", ["test", "-k", "name"]),
    ]
    told = capsys.readouterr().out
    assert f"Python 3.{other}: FAILED" in told
    assert "Not installed here" in told
