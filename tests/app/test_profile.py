"""The profile: a session that survives odd names, a log without secrets."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import pytest

from topazdesk.app.log import start_log
from topazdesk.app.own_folders import ensure
from topazdesk.app.paths import Paths
from topazdesk.app.redaction import redact
from topazdesk.app.session import Session, SessionPicture
from topazdesk.domain.recipe import OutputOptions, Recipe
from topazdesk.domain.services import ServiceName
from topazdesk.errors import ComputerError


def test_session_keeps_names_that_are_no_text(tmp_path):
    odd = Path(os.fsdecode(b"/p/\xff\n.jpg"))
    recipe = Recipe.of(ServiceName.SANDBOX, "recover-3", {"creativity": 2}, OutputOptions())
    session = Session(
        (SessionPicture(odd, "j1", True, cells=("", "j1"), again=True), SessionPicture(Path("/p/ä.png"))), recipe, 0
    )
    session.save(tmp_path / "s.json")
    assert Session.load(tmp_path / "s.json") == session


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"version": 1, "pictures": [{}]}', '{"version": 9}'])
def test_a_damaged_session_is_an_empty_one(tmp_path, text):
    path = tmp_path / "s.json"
    path.write_text(text)
    assert Session.load(path) == Session()


def test_an_unwritable_profile_is_said(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(ComputerError) as caught:
        ensure(Paths.choose(blocked / "profile"))
    assert "--profile" in caught.value.hint


def test_secrets_never_reach_the_log(tmp_path):
    handler = start_log(tmp_path)
    try:
        log = logging.getLogger("test.secrets")
        log.warning("headers %s", {"X-API-Key": "canary-1"})
        log.warning("GET https://store.example/a.jpg?signature=canary-2 failed")
        log.warning("Authorization: Bearer canary-3")
        try:
            raise OSError("https://store.example/a.jpg?signature=canary-4")
        except OSError:
            log.exception("failed")
        text = (tmp_path / "topazdesk.log").read_text()
    finally:
        logging.getLogger().removeHandler(handler)
        handler.close()
    assert "canary" not in text
    assert "https://store.example/…?…" in text


def test_redact_leaves_ordinary_text_alone():
    text = "job a1 moved to running (https://api.topazlabs.com/image/v1/status)"
    assert redact(text) == text


def test_a_message_of_the_log_is_one_line_and_commands_no_terminal(tmp_path):
    handler = start_log(tmp_path)
    try:
        logging.getLogger("test.lines").warning("the service said %s", "x\n2026-01-01 INFO paid \x1b[2J\u202e")
        try:
            raise OSError("\x1b]0;owned\x07")
        except OSError:
            logging.getLogger("test.lines").exception("failed")
        text = (tmp_path / "topazdesk.log").read_text()
    finally:
        logging.getLogger().removeHandler(handler)
        handler.close()
    assert "x⏎2026-01-01 INFO paid �[2J�" in text
    assert "Traceback" in text
    assert "\x1b" not in text
    if os.name == "posix":
        assert (tmp_path / "topazdesk.log").stat().st_mode & 0o777 == 0o600
