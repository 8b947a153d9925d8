"""`topazdesk help`: a page, a model, a command, an error's code or words, without making a profile."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Program


def test_a_page_a_model_and_a_code_are_told_and_no_profile_is_made(tmp_path: Path) -> None:
    program = Program(tmp_path / "profile", {"COLUMNS": "80"})
    listed = program.run("--language", "de", "help").out
    assert "money       Was was kostet" in listed
    page = program.run("--language", "de", "help", "money").out
    assert page.startswith("Was was kostet\n")
    assert max(map(len, page.splitlines())) <= 80
    assert "Guthaben" in page
    assert program.run("--language", "de", "help", "network.proxy").out.startswith("Keine Verbindung\n")
    assert "up to" not in program.run("--language", "de", "help", "recover 3").out
    assert not (tmp_path / "profile").exists()


def test_words_are_looked_for_and_what_is_not_there_is_said(tmp_path: Path) -> None:
    program = Program(tmp_path / "profile", {})
    found = program.run("help", "location").out
    assert "files#metadata" in found
    assert program.run("help", "jobs", "retry").out.startswith("Usage: topazdesk jobs retry")
    missing = program.run("help", "qqqqq")
    assert missing.code == 2
    assert "The help has nothing about “qqqqq”" in missing.err


def test_web_pages_are_written_into_a_new_folder_only(tmp_path: Path) -> None:
    program = Program(tmp_path / "profile", {})
    assert program.run("help", "--html", tmp_path / "pages").code == 0
    assert (tmp_path / "pages" / "index.html").is_file()
    assert program.run("help", "--html", tmp_path / "pages").code == 2
