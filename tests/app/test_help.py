"""The pages of help: each thing that they name is there, in every language, and each error and model has its page."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from tests.support.pseudo import texts_tool
from topazdesk import language
from topazdesk.app.action_specs import SPECS
from topazdesk.app.help.causes import help_for
from topazdesk.app.help.html import page_html
from topazdesk.app.help.library import Library, words_of_places
from topazdesk.app.help.search import Search, excerpt
from topazdesk.app.help.site import write_site
from topazdesk.app.help.source import NAMES, Kind, Page, parse, source, texts
from topazdesk.app.resources import folder, load_catalogue
from topazdesk.cli.commands import COMMANDS
from topazdesk.cli.program import command_of, program
from topazdesk.domain.services import ServiceName
from topazdesk.errors import Code, UseError

_LANGUAGES = ("de", "fr", "es", "ja")


@pytest.fixture(scope="module")
def library() -> Library:
    return Library(load_catalogue()[0])


@pytest.fixture
def spoken(request: pytest.FixtureRequest) -> Iterator[str]:
    language.use(request.param, folder() / "languages")
    yield request.param
    language.use("en")


def _all_text(page: Page) -> str:
    return "\n".join(block.text for block in page.blocks)


def test_every_page_is_short_and_names_only_what_is_there(library: Library) -> None:
    assert {path.stem for path in (folder() / "help").iterdir()} == set(NAMES)
    actions = {spec.name for spec in SPECS}
    for name in NAMES:
        page = source(name)
        assert len(set(page.anchors)) == len(page.anchors), name
        for text in texts(page):
            assert len(text) <= 420, f"{name}: too long to be read: {text}"
        for kind, target in words_of_places(_all_text(page)):
            if kind == "do":
                assert target in actions, f"{name}: no action {target}"
            else:
                to, _, anchor = target.partition("#")
                assert to in library.names, f"{name}: no page {to}"
                assert not anchor or anchor in library.page(to).anchors, f"{name}: no part {target}"
    assert sum(path.stat().st_size for path in (folder() / "help").iterdir()) < 24_000


def _commands_told() -> list[str]:
    found = []
    for name in NAMES:
        for block in source(name).blocks:
            found += block.text.splitlines() if block.kind is Kind.CODE else []
            found += re.findall(r"`(topazdesk [^`]+)`", block.text)
    return found


@pytest.mark.parametrize("line", _commands_told())
def test_every_command_that_a_page_tells_is_taken(line: str) -> None:
    words = shlex.split(re.split(r" [>|] ", line)[0])[1:]
    context = program().make_context("topazdesk", words)
    while isinstance(context.command, click.Group):
        name, command, rest = context.command.resolve_command(context, [*context._protected_args, *context.args])
        assert command is not None
        context = command.make_context(name, rest, parent=context)


def test_every_option_that_a_page_tells_is_one() -> None:
    known = {"--help"}
    for command in COMMANDS:
        if command.place:
            params = command_of(command).params
            known |= {name for param in params for name in (*param.opts, *param.secondary_opts)}
    told = {option for name in NAMES for option in re.findall(r"--[a-z][a-z-]+", _all_text(source(name)))}
    assert told
    assert told <= known


def test_every_error_leads_to_a_part_that_is_there_and_every_part_to_some_error() -> None:
    parts = {f"trouble#{anchor}" for anchor in source("trouble").anchors}
    assert {help_for(code) for code in Code} == parts
    assert help_for("no.such") == "trouble"
    assert help_for(Code.ACCOUNT_DAY_CAP) == "trouble#limit"
    assert help_for(Code.SERVICE_DOUBTFUL) == "trouble#doubt"


def test_every_model_has_a_page_with_its_words_and_prices(library: Library) -> None:
    catalogue = load_catalogue()[0]
    listed = _all_text(library.page("models"))
    for service in (ServiceName.TOPAZ, ServiceName.RUNFLOW, ServiceName.LOCAL):
        for model in catalogue.of(service, with_legacy=True):
            page = library.page(f"{service.value}/{model.slug}")
            assert page.title == model.name
            assert model.purpose in _all_text(page)
            assert model.name in listed
            rows = [row for block in page.blocks for row in block.rows]
            assert len(rows) == (len(model.price.table) + 1 if model.price.table else 0)


def test_a_new_catalogue_file_has_its_page_and_cannot_write_links_or_markup(tmp_path: Path) -> None:
    """What strangers wrote is words: no link of theirs can run a command that spends."""
    model = json.loads((folder() / "catalogue" / "topaz" / "standard-2.json").read_text("utf-8"))
    model |= {"name": "Mine", "api_models": ["Mine"], "aliases": [], "purpose": "Press {do:enhance_all} <b>**now**</b>"}
    place = tmp_path / "topaz"
    place.mkdir()
    (place / "mine.json").write_text(json.dumps(model), "utf-8")
    catalogue, faults = load_catalogue(tmp_path)
    assert not faults
    mine = Library(catalogue)
    for name in ("models", "topaz/mine"):
        html = page_html(mine, mine.page(name), lambda target: target)
        assert "Press {do:enhance_all} &lt;b&gt;**now**&lt;/b&gt;" in html
        assert 'href="do:enhance_all"' not in html


@pytest.mark.parametrize("code", _LANGUAGES)
def test_translations_keep_marks_and_names(code: str) -> None:
    catalogue = texts_tool().merged(texts_tool().template(texts_tool().gather().texts.values()), code)
    marks = re.compile(r"\{[^}]+\}|`[^`]+`|\*\*")
    for name in NAMES:
        for text in texts(source(name)):
            said = catalogue.get(text).string
            assert sorted(marks.findall(said)) == sorted(marks.findall(text)), f"{code}: {text}"


@pytest.mark.parametrize(
    ("spoken", "typed", "reference"),
    [
        ("en", "proxy", "trouble#network"),
        ("en", "REFUNDED", "money#words"),
        ("de", "schlussel", "start#key"),
        ("fr", "reseau", "start#free"),
        ("ja", "キーボード", "keyboard"),
        ("en", "recover 3", "topaz/recover-3"),
    ],
    indirect=["spoken"],
)
def test_words_are_found_in_every_language(spoken: str, typed: str, reference: str) -> None:
    search = Search(Library(load_catalogue()[0]))
    found = search.found(typed)
    assert reference in [part.reference for part in found], spoken
    assert all(excerpt(part, typed) for part in found)
    assert not search.found("no-such-word")
    assert not search.found("  ")


@pytest.mark.parametrize("spoken", ["en", "ja"], indirect=True)
def test_web_pages_lead_to_each_other_and_to_nothing_else(spoken: str, tmp_path: Path) -> None:
    library = Library(load_catalogue()[0])
    target = tmp_path / "pages"
    assert write_site(library, target) == len(library.names)
    pages = {path.name: path.read_text("utf-8") for path in target.iterdir()}
    assert f'<html lang="{spoken}">' in pages["index.html"]
    for name, text in pages.items():
        for link in re.findall(r'(?:href|src)="([^"]*)"', text):
            file, _, anchor = link.partition("#")
            assert file in pages, f"{name}: {link}"
            assert not anchor or f'id="{anchor}"' in pages[file], f"{name}: {link}"
        assert "http" not in text
    parts = json.loads(pages["find.js"].removeprefix("const PARTS = ").partition("];")[0] + "]")
    assert all(part[0].partition("#")[0] in pages for part in parts)
    with pytest.raises(UseError):
        write_site(library, target)


@pytest.mark.parametrize("text", ["No title", "# T\n\n## No anchor", "# T\n\n```\nnever closed"])
def test_what_a_page_does_not_have_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="x:"):
        parse("x", text)
