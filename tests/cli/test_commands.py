"""The table of commands, help pages of one screen, and what a start loads."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest

from tests.cli.conftest import Program
from topazdesk.app import speaking
from topazdesk.cli.commands import COMMANDS, NAMES
from topazdesk.cli.help_pages import EXAMPLES, OFTEN
from topazdesk.cli.program import command_of, page_of, program, words_of
from topazdesk.cli.wrapping import cells, wrapped
from topazdesk.language import use

_ALL = ["", *(command.words for command in COMMANDS)]


def _context(words: list[str]) -> click.Context:
    """Read a command line to its end, as the program does, without running it."""
    context = program().make_context("topazdesk", words)
    while isinstance(context.command, click.Group):
        name, command, rest = context.command.resolve_command(context, [*context._protected_args, *context.args])
        assert command is not None
        context = command.make_context(name, rest, parent=context)
    return context


@pytest.mark.parametrize("words", _ALL)
def test_a_help_page_fits_on_a_screen_and_begins_with_examples(words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    parts = words.split()
    group = program()
    context = click.Context(group, info_name="topazdesk")
    command: click.Command = group
    for part in parts:
        assert isinstance(command, click.Group)
        found = command.get_command(context, part)
        assert found is not None
        command, context = found, click.Context(found, parent=context, info_name=part)
    page = command.get_help(context)
    lines = page.splitlines()
    assert len(lines) <= 40, page
    assert max(map(len, lines)) <= 80, page
    assert EXAMPLES[words], "no example"
    heads = [line for line in lines if line.endswith(":") and not line.startswith(" ")]
    assert heads[0] == "Examples:"


@pytest.mark.parametrize("code", ["de", "fr", "es", "ja"])
def test_a_help_page_is_no_wider_than_its_terminal_in_any_language(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Letters of Japanese take two columns and have no spaces between them: pages were up to 120 columns wide."""
    monkeypatch.setenv("COLUMNS", "80")
    speaking.speak(code)
    try:
        pages = {words: page_of(words) for words in EXAMPLES if words}
    finally:
        use("en")
    wide = [line for page in pages.values() for line in (page or "").splitlines() if cells(line) > 80]
    assert [line for line in wide if "topazdesk " not in line] == []
    assert all(pages.values())


def test_a_paragraph_is_broken_by_columns() -> None:
    assert wrapped("one two three", 7) == ["one two", "three"]
    assert wrapped("unbreakable word", 5) == ["unbreakable", "word"]
    assert wrapped("高画質化します。次に（例）を見ます", 12) == ["高画質化しま", "す。次に", "（例）を見ま", "す"]
    assert cells("高画 x") == 6


@pytest.mark.parametrize(
    "example", [one for some in EXAMPLES.values() for one in some if shlex.split(one)[1] in NAMES], ids=str
)
def test_an_example_is_one_that_the_program_takes(example: str) -> None:
    _context(shlex.split(re.split(r" [>|] ", example)[0])[1:])


@pytest.mark.parametrize("words", OFTEN)
def test_every_option_of_a_long_page_is_shown_or_named(words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    command = command_of(next(each for each in COMMANDS if each.words == words))
    page = command.get_help(click.Context(command, info_name=words)).replace("\n ", " ")
    for option in command.params:
        if isinstance(option, click.Option) and not option.hidden:
            assert any(name in page for name in option.opts), option.opts
    assert set(OFTEN[words]) <= {name for option in command.params for name in option.opts}


def test_the_words_of_a_command_line_are_those_of_its_command() -> None:
    assert words_of(["jobs", "show", "list"]) == "jobs show"
    assert words_of(["enhance", "bag"]) == "enhance"
    assert words_of(["--json", "enhance"]) == ""


def _loaded(*words: str, profile: Path) -> tuple[set[str], str]:
    """Run a command in an interpreter of its own; return what it loaded and printed."""
    script = (
        "import sys; sys.argv = ['topazdesk', *sys.argv[1:]]\n"
        "from topazdesk.__main__ import main\n"
        "code = main(); sys.stdout.flush(); print(code, *sys.modules, file=sys.stderr)"
    )
    command = [sys.executable, "-c", script, *words]
    env = {"TOPAZDESK_PROFILE": str(profile), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, env=env, stdin=subprocess.DEVNULL)
    code, *modules = done.stderr.split()
    assert code == "0", done.stderr
    return set(modules), done.stdout


def test_a_start_loads_what_it_needs(tmp_path: Path) -> None:
    """Everything loaded everything: 0.4 s for a version number. Where nothing is run, no profile is made either."""
    profile = tmp_path / "profile"
    loaded, said = _loaded("--version", profile=profile)
    assert said.startswith("topazdesk ")
    assert not loaded & {"click", "topazdesk.errors", "topazdesk.cli.commands"}
    loaded, said = _loaded("--help", profile=profile)
    assert "estimate" in said
    assert not loaded & {"asyncio", "logging", "topazdesk.cli.enhance", "topazdesk.domain.catalogue"}
    loaded, said = _loaded("enhance", "--help", profile=profile)
    assert "--budget" in said
    assert not loaded & {"asyncio", "topazdesk.app.app_context", "topazdesk.engine.engine", "topazdesk.media.probe"}
    loaded, said = _loaded("estimate", "--size", "6000x4000", "--model", "Standard 2", profile=profile)
    assert "4 credits" in said
    assert not loaded & {"asyncio", "sqlite3", "topazdesk.engine", "topazdesk.media", "topazdesk.app.app_context"}
    assert not profile.exists()


def test_help_all_explains_every_option(alone: Program) -> None:
    short, whole = alone.run("enhance", "-h"), alone.run("enhance", "--help-all")
    assert (short.code, whole.code) == (0, 0)
    assert "--sha512" in short.out
    assert "SHA-512 checksums" not in short.out
    assert "SHA-512 checksums" in whole.out


def test_a_word_that_is_a_file_and_a_command(alone: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a slash or an ending it is a file, also behind a command that has the same name."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "plan.jpx").write_bytes(b"no picture")
    (tmp_path / "try").mkdir()
    ran = alone.run("plan", "plan.jpx", "--model", "Standard 2", "--json")
    assert [Path(each["path"]).name for each in ran.of("failed")] == ["plan.jpx"]
    ran = alone.run("plan", "try", "--model", "Standard 2", "--no-such")
    assert "topazdesk plan --help" in ran.err


def test_the_manual_has_every_command_and_option(alone: Program) -> None:
    page, reference = alone.run("manual").out, alone.run("manual", "--form", "markdown").out
    for each in COMMANDS:
        if each.place:
            assert f".SS topazdesk {each.words}\n" in page
            assert f"## topazdesk {each.words}\n" in reference
            for param in command_of(each).params:
                if isinstance(param, click.Option) and not param.hidden:
                    assert param.opts[-1] in reference
                    assert param.opts[-1].replace("-", r"\-") in page


@pytest.mark.parametrize("words", ["run", "try", "watch", "jobs show", "jobs move", "bag", "completion"])
def test_a_command_without_what_it_is_about_says_what_is_missing(words: str) -> None:
    """`run` and `watch` alone ended in a traceback, and `jobs show` knew no such job: nothing was required any more."""
    with pytest.raises(click.MissingParameter):
        _context(words.split())


def test_what_is_missing_is_told_with_the_way_to_the_help(program: Program) -> None:
    ran = program.run("watch")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.split("\n")[:2] == [
        "DIR is missing",
        "  The folder, with all below it. More: topazdesk watch --help",
    ]


@pytest.mark.parametrize(("code", "usage"), [("de", "Aufruf: "), ("ja", "使い方：")])
def test_a_help_page_is_in_one_language(alone: Program, code: str, usage: str) -> None:
    """What click says itself too."""
    page = alone.run("--language", code, "--help").out
    assert page.startswith(usage)
    for english in ("Usage", "Options:", "Show this"):
        assert english not in page


def test_an_option_of_a_long_page_has_one_sentence_where_no_space_ends_it(alone: Program) -> None:
    lines = alone.run("--language", "ja", "enhance", "-h").out.splitlines()
    model = next(line for line in lines if line.strip().startswith("-m, --model"))
    assert model.endswith("。")
    assert model.count("。") == 1
