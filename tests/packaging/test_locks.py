"""The lock files: every version with its hashes, really verified, renewed from whatever index there is, and checked for advisories."""

from __future__ import annotations

import base64
import hashlib
import http.server
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = [ROOT / f"requirements{name}.lock" for name in ("-build", "", "-dev", "-package")]


def _key(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _pins(lock: Path) -> dict[str, str]:
    """Version by name."""
    heads = [line for line in lock.read_text(encoding="utf-8").splitlines() if line and line[0] not in "# "]
    return {_key(head.partition("==")[0]): head.partition("==")[2].split()[0] for head in heads}


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_version_is_pinned_with_its_hashes_and_no_host_is_named(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    assert "://" not in text
    assert "\t" not in text
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    for line, follows in zip(lines, [*lines[1:], "end"], strict=True):
        assert line.endswith(" \\") == follows.startswith("    "), "a name has hashes, and the last one ends the list"
        if line.startswith("    "):
            assert re.fullmatch(r"    --hash=sha256:[0-9a-f]{64}( \\)?", line), line
        else:
            assert re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][0-9A-Za-z.+]*( ; [^\\]+)? \\", line), line
    heads = [line for line in lines if not line.startswith("    ")]
    assert heads == sorted(heads, key=str.lower)


def test_the_locks_cover_the_project_and_agree() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    build, program, development, package = map(_pins, LOCKS)
    extras = project["project"]["optional-dependencies"]
    for wishes, pinned in (
        (project["build-system"]["requires"], build),
        (project["project"]["dependencies"], program),
        ([wish for extra in extras.values() for wish in extra], {**program, **build, **development, **package}),
    ):
        names = {_key(re.split(r"[^A-Za-z0-9._-]", wish)[0]) for wish in wishes} - {"topazdesk"}
        assert names <= set(pinned)
    for name in build.keys() & program.keys():
        assert build[name] == program[name]
    assert not (development.keys() | package.keys()) & (program.keys() | build.keys())
    assert all(development[name] == package[name] for name in development.keys() & package.keys())


def _wheel(folder: Path, name: str, version: str = "1.0") -> Path:
    """A wheel with one line of code."""
    path = folder / f"{name}-{version}-py3-none-any.whl"
    about = f"{name}-{version}.dist-info"
    files = {
        f"{name}.py": "HERE = True\n",
        f"{about}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{about}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    rows = []
    with zipfile.ZipFile(path, "w") as wheel:
        for place, text in files.items():
            digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
            rows.append(f"{place},sha256={digest},{len(text)}")
            wheel.writestr(place, text)
        wheel.writestr(f"{about}/RECORD", "\n".join([*rows, f"{about}/RECORD,,"]) + "\n")
    return path


def _options(locks: list[Path]) -> list[str]:
    """What dev.py says to pip for these files in the places of the locks."""
    asked = "import sys; sys.path.insert(0, 'packaging'); import dev; from pathlib import Path; "
    asked += f"print('\\n'.join(dev.verified(*map(Path, {[str(lock) for lock in locks]!r}))))"
    return subprocess.run(
        [sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\n")[:-1]


def test_a_file_with_another_hash_is_not_installed(tmp_path: Path) -> None:
    good = hashlib.sha256(_wheel(tmp_path, "lockedone").read_bytes()).hexdigest()
    _wheel(tmp_path, "lockedtwo")
    lock = tmp_path / "requirements.lock"
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--find-links", str(tmp_path)]
    env = {**os.environ, "PIP_CONFIG_FILE": os.devnull, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}

    def install(*lines: str) -> tuple[int, str, Path]:
        target = tmp_path / f"target{len(list(tmp_path.glob('target*')))}"
        lock.write_text("\n".join(lines) + "\n", encoding="utf-8")
        ran = subprocess.run(
            [*command, "--target", str(target), *_options([lock])], capture_output=True, text=True, env=env
        )
        return ran.returncode, ran.stderr, target

    right = f"lockedone==1.0 --hash=sha256:{good}"
    code, told, target = install(right)
    assert code == 0, told
    assert (target / "lockedone.py").exists()
    for wrong in (f"lockedtwo==1.0 --hash=sha256:{good}", "lockedtwo==1.0"):
        code, told, target = install(right, wrong)
        assert code != 0
        assert "hash" in told.lower()
        assert not (target / "lockedtwo.py").exists()


class _Handler(http.server.BaseHTTPRequestHandler):
    """An index of packages; `pages` of its server holds what it has, by path."""

    def do_GET(self) -> None:
        found = self.server.pages.get(self.path.split("?")[0])  # type: ignore[attr-defined]
        self.send_response(200 if found is not None else 404)
        kind = "application/json" if self.path.endswith("json") else "text/html"
        self.send_header("Content-Type", kind)
        self.end_headers()
        self.wfile.write(found or b"")

    def log_message(self, *_: object) -> None:
        pass


class _Index(http.server.ThreadingHTTPServer):
    daemon_threads = False  # its end waits for who is still being answered
    pages: dict[str, bytes]


@pytest.fixture
def index() -> Iterator[_Index]:
    server = _Index(("127.0.0.1", 0), _Handler)
    server.pages = {}
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def _lock(folder: Path, index: _Index, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run lock.py in a copy of the project with an index of its own."""
    (folder / "packaging").mkdir(exist_ok=True)
    shutil.copy(ROOT / "packaging" / "lock.py", folder / "packaging")
    env = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    env |= {
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_INDEX_URL": f"http://127.0.0.1:{index.server_port}/simple",
        "NO_PROXY": "*",
    }
    command = [sys.executable, str(folder / "packaging" / "lock.py"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=env, timeout=240)


def _write_locks(folder: Path) -> None:
    (folder / "requirements-build.lock").write_text("# build\n\nTool==2.0\n", encoding="utf-8")
    (folder / "requirements.lock").write_text(
        '# program\n\nsome_thing==1.0 ; sys_platform == "win32"\n', encoding="utf-8"
    )
    (folder / "requirements-dev.lock").write_text("# dev\n\nTool-More==1.5\n", encoding="utf-8")
    (folder / "requirements-package.lock").write_text("# package\n\nTool-More==1.5\n", encoding="utf-8")


def test_hashes_of_all_files_for_supported_pythons_are_taken_from_the_index(tmp_path: Path, index: _Index) -> None:
    _write_locks(tmp_path)
    files = {
        "some_thing-1.0.tar.gz": "1",
        "some_thing-1.0-py3-none-any.whl": "2",
        "some_thing-1.0-cp312-cp312-win_amd64.whl": "3",
        "some_thing-1.0-cp38-abi3-win_amd64.whl": "4",
        "some_thing-1.0-cp310-cp310-win_amd64.whl": "5",  # too old
        "some_thing-1.0-pp311-pypy311_pp73-win_amd64.whl": "6",  # another implementation
        "some_thing-1.1-py3-none-any.whl": "7",  # another version
        "some_thing_else-1.0-py3-none-any.whl": "8",
        "nonsense.whl": "9",
    }
    rows = "".join(f'<a href="{name}#sha256={digit * 64}">{name}</a>\n' for name, digit in files.items())
    index.pages["/simple/some-thing/"] = f"<!DOCTYPE html><html><body>{rows}</body></html>".encode()
    for name, version in (("tool", "2.0"), ("tool-more", "1.5")):
        file = f"{name.replace('-', '_')}-{version}-py3-none-any.whl"
        index.pages[f"/simple/{name}/"] = (
            f'<!DOCTYPE html><html><body><a href="{file}#sha256={"a" * 64}">x</a></body></html>'.encode()
        )
    ran = _lock(tmp_path, index, "lock")
    assert ran.returncode == 0, ran.stderr
    hashes = [f"    --hash=sha256:{digit * 64}" for digit in "1234"]
    assert (tmp_path / "requirements.lock").read_text().splitlines() == [
        "# program",
        "",
        'some_thing==1.0 ; sys_platform == "win32" \\',
        *[f"{line} \\" for line in hashes[:-1]],
        hashes[-1],
    ]
    before = (tmp_path / "requirements.lock").read_text()
    assert _lock(tmp_path, index, "lock").returncode == 0
    assert (tmp_path / "requirements.lock").read_text() == before, "the same index gives the same lock"
    del index.pages["/simple/some-thing/"]
    ran = _lock(tmp_path, index, "lock")
    assert ran.returncode != 0
    assert "some_thing==1.0" in ran.stderr
    assert (tmp_path / "requirements.lock").read_text() == before


def test_what_another_python_installs_keeps_its_version(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second pin of a name, for newer Pythons, was lost: pins were known by their name alone."""
    monkeypatch.syspath_prepend(str(ROOT / "packaging"))
    import lock

    here, there = 'python_version >= "3.11"', 'python_version < "3.11"'
    old = {name: [] for name in lock.LOCKS} | {"": [lock.Pin("qt", "1.0", here), lock.Pin("Qt", "0.9", there)]}
    new = lock.upgraded(old, lambda *_: {"qt": lock.Pin("qt", "2.0")})
    assert new[""] == [lock.Pin("qt", "2.0", here), lock.Pin("Qt", "0.9", there)]


def test_known_advisories_are_told_and_an_index_without_any_is_no_failure(tmp_path: Path, index: _Index) -> None:
    _write_locks(tmp_path)
    silent = _lock(tmp_path, index, "audit")
    assert (silent.returncode, silent.stdout) == (3, "the package index offers no advisories\n")

    def known(name: str, version: str, *found: dict[str, object]) -> None:
        index.pages[f"/pypi/{name}/{version}/json"] = json.dumps({"vulnerabilities": found}).encode()

    known("tool", "2.0")
    known("tool-more", "1.5", {"id": "OLD-1", "withdrawn": "2026-01-01T00:00:00Z", "fixed_in": []})
    known("some-thing", "1.0")
    clean = _lock(tmp_path, index, "audit")
    assert (clean.returncode, clean.stdout) == (0, ""), clean.stderr
    known("some-thing", "1.0", {"id": "PYSEC-1", "withdrawn": None, "fixed_in": ["1.2"]}, {"id": "GHSA-2"})
    found = _lock(tmp_path, index, "audit")
    assert found.returncode == 1
    assert "some_thing==1.0" in found.stdout
    assert "PYSEC-1 (fixed in 1.2)" in found.stdout
    assert "GHSA-2" in found.stdout
    index.pages["/pypi/tool/2.0/json"] = b"<html>sign in here"
    assert _lock(tmp_path, index, "audit").returncode == 3
