"""What a report of a problem and a log tell: never a key, a path, the name of a picture or an e-mail address."""

from __future__ import annotations

import logging
import string
from dataclasses import replace
from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.queue_jobs import job
from topazdesk.app.log import start_log
from topazdesk.app.paths import Paths
from topazdesk.app.problem_report import heading, report_parts, save_report, whole
from topazdesk.app.redaction import scrubbed, without_names
from topazdesk.app.settings import Settings
from topazdesk.domain.job import JobError, JobState
from topazdesk.errors import ComputerError, UseError

_LETTERS = string.ascii_letters + string.digits + "äöüéßçñあ写真 -_()&+"
#: Words that are no part of what is written around them.
_word = st.text(st.sampled_from(_LETTERS), min_size=4, max_size=14).map(lambda text: f"Zq{text.strip()}qZ")
_picture = st.builds(lambda name, end: name + end, _word, st.sampled_from([".jpg", ".TIFF", ".nef", ".HEIC", ".png"]))
_unix = st.builds(lambda *parts: str(PurePosixPath("/", *parts)), st.just("home"), _word, _word, _picture)
_windows = st.builds(lambda *parts: str(PureWindowsPath("C:\\", *parts)), st.just("Users"), _word, _picture)
_address = st.builds(
    lambda name, host: f"Zq{name}qZ@{host}.example.org",
    st.text(st.sampled_from(string.ascii_letters + ".+"), min_size=1, max_size=9),
    st.text(st.sampled_from(string.ascii_lowercase), min_size=2, max_size=9),
)
_key = st.text(st.sampled_from(string.ascii_letters + string.digits), min_size=36, max_size=80)
#: How lines of a log speak of a file. What stands unquoted among words may have spaces only where an end is known.
_SPOKEN = (
    "FileNotFoundError: [Errno 2] No such file or directory: {path!r}",
    "no preview of a large picture: {path}",
    "“{path}” is damaged",
    "{path}: cannot be read",
    'File "topazdesk/media/a.py", line 3\n  open("{path}")',
)


def _tells(text: str) -> bool:
    return "Zq" in text or "qZ" in text


@given(st.one_of(_unix, _windows), st.sampled_from(_SPOKEN))
@settings(max_examples=150, deadline=None)
def test_a_line_of_the_log_names_no_path(path: str, spoken: str) -> None:
    said = without_names(spoken.format(path=path))
    assert not _tells(said), said


@given(_picture, st.sampled_from(_SPOKEN), _address, _key)
@settings(max_examples=150, deadline=None)
def test_a_report_names_no_picture_person_or_key(name: str, spoken: str, address: str, key: str) -> None:
    text = f"{spoken.format(path=name)}\nasked by {address} with {key}\nx-api-key: {key}\n"
    said = scrubbed(text, [name])
    assert not _tells(said), said
    assert key not in said


@given(_unix, _key)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_planted_everywhere_is_in_no_report(tmp_path: Path, path: str, key: str) -> None:
    source = Path(path)
    paths = Paths.choose(tmp_path / "Zqprofile qZ")
    paths.logs.mkdir(parents=True, exist_ok=True)
    (paths.logs / "topazdesk.log").write_text(f"{path} with {key}\nhttps://a.example/x?sig={key}\nlast line\n", "utf-8")
    failed = replace(
        job(
            "x.jpg",
            JobState.FAILED,
            trouble=JobError("input.damaged", f"{path} is damaged", "", f"{source.stem} {key}"),
        ),
        source=source,
        result=source.with_suffix(".png"),
    )
    chosen = Settings(output_folder=path, favourites=("Zqmodel",), addresses={"topaz": f"https://Zqu:{key}@Zqhost.org"})
    text = whole(report_parts(paths, chosen, [failed], names=[source.with_name("Zq other.jpg")]))
    assert not _tells(text), text
    assert key not in text
    assert "input.damaged" in text
    assert "last line" in text
    assert "output_folder: set, not told here" in text


def test_the_log_is_written_without_paths(tmp_path: Path) -> None:
    handler = start_log(tmp_path)
    try:
        try:
            Path("/home/ada/My Pictures/Anna 1.jpg").read_bytes()
        except OSError as error:
            logging.getLogger("topazdesk.test").warning("lost %s", "/home/ada/x y.tif", exc_info=error)
    finally:
        logging.getLogger().removeHandler(handler)
        handler.close()
    text = (tmp_path / "topazdesk.log").read_text("utf-8")
    for name in ("ada", "Pictures", "Anna", "x y"):
        assert name not in text
    assert "test_problem_report.py" in text, "where it happened stays"
    assert "FileNotFoundError" in text


@pytest.mark.parametrize(
    "text",
    [
        "file:///home/anna/Zq archive/a.tif",
        "opened file:///home/anna/ZqqZ",
        "smb://nas/archive/Zq to qZ.tif",
        "folder:/home/anna/ZqqZ",
        "~ZqqZ/scans",
        "TOPAZ_API_KEY_STUDIO=ZqqZ",
        "RUNFLOW_API_KEY_ATELIER_2: 'ZqqZ'",
    ],
)
def test_addresses_of_files_and_keys_of_named_accounts_are_taken_out(text: str) -> None:
    said = without_names(text)
    assert not _tells(said), said


@pytest.mark.parametrize(
    "text",
    [
        "GET http://127.0.0.1:42065/image/v1/status 200",
        "GET /image/v1/status/abc 404",
        "topazdesk/ui/queue/view.py:320 paintEvent < topazdesk/ui/runtime/guard.py:78 call",
        "3 / 4 of 5, and/or; 2026-11-29 22:00:00",
        "the sandbox could not be asked to leave: ConnectionRefusedError",
    ],
)
def test_what_names_nothing_stays(text: str) -> None:
    assert without_names(text) == text


def test_a_report_is_saved_as_it_is_and_replaces_nothing(tmp_path: Path) -> None:
    target = tmp_path / "report.txt"
    save_report(f"{heading('Log')}\nä\n", target)
    assert target.read_bytes() == "== Log ==\nä\n".encode()
    with pytest.raises(UseError):
        save_report("other", target)
    assert "ä" in target.read_text("utf-8")
    with pytest.raises(ComputerError):
        save_report("x", tmp_path / "none" / "report.txt")
