"""The program as click sees it: groups that load a command when it is asked for, and help pages of one screen."""

from __future__ import annotations

import importlib
import inspect
import re
import textwrap
from typing import Any

import click

from topazdesk.cli.commands import COMMANDS, Command, commands_in
from topazdesk.cli.help_pages import EXAMPLES, OFTEN
from topazdesk.cli.params import ShownArgument, Signature
from topazdesk.cli.wrapping import Page
from topazdesk.errors import ExitCode
from topazdesk.language import say, tr, translated

HELP = say("Enhance pictures with cloud models. Without a command the window opens: topazdesk [PATH…]")
ALL = "--help-all"
_NAMES = {"help_option_names": ["-h", "--help"]}
_WIDE = 30
_RANGE = re.compile(r"\s*\[[^\[\]]*x[<>][^\[\]]*\]$|\s*\[x[<>]=?[^\]]*\]$")


class _Spoken(click.Command):
    """Words that click has itself, in the language of the user: its own catalogues are not installed with it."""

    def get_help(self, ctx: click.Context) -> str:
        """Return the page, broken by the columns that its letters take."""
        page = Page(width=ctx.terminal_width, max_width=ctx.max_content_width)
        self.format_help(ctx, page)
        return page.getvalue().rstrip("\n")

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the first line."""
        usage = tr("Usage: {words}").format(words="").rstrip()
        formatter.write_usage(ctx.command_path, " ".join(self.collect_usage_pieces(ctx)), f"{usage} ")

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """Return the option that shows the page."""
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = tr("Show this page.")
        return option

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options."""
        records = [param.get_help_record(ctx) for param in self.get_params(ctx) if isinstance(param, click.Option)]
        with formatter.section(tr("Options")):
            formatter.write_dl([record for record in records if record is not None])


class _Page(_Spoken):
    """A command whose help has examples first and fits on a screen."""

    words = ""
    #: Explain every option, however many there are.
    explains_all = False

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the page."""
        self.format_usage(ctx, formatter)
        self.format_help_text(ctx, formatter)
        _write_examples(formatter, self.words)
        self.format_options(ctx, formatter)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write arguments and options: all of them, or those used often and the names of the others."""
        often = () if self.explains_all else OFTEN.get(self.words, ())
        shown: dict[str, list[tuple[str, str]]] = {"argument": [], "option": []}
        others: list[str] = []
        for param in self.get_params(ctx):
            record = _record(param, ctx)
            if record is None:
                continue
            is_shown = not often or param.param_type_name == "argument" or any(name in often for name in param.opts)
            if is_shown:
                shown[param.param_type_name].append(record if not often else (record[0], _first_sentence(record[1])))
            else:
                others.append(next(name for name in reversed(param.opts) if name.startswith("--")))
        for heading, kind in ((tr("Arguments"), "argument"), (tr("Options"), "option")):
            if shown[kind]:
                with formatter.section(heading):
                    formatter.write_dl(shown[kind], col_max=_WIDE)
        if others:
            with formatter.section(
                translated(say("More options, explained by topazdesk {words} {all}", words=self.words, all=ALL))
            ):
                text = textwrap.wrap(", ".join(others), formatter.width - 2, break_on_hyphens=False)
                formatter.write("".join(f"  {line}\n" for line in text))


class _Group(_Spoken, click.Group):
    """A group of commands: what it says of them stands in the table, their modules are loaded when they run."""

    def __init__(self, words: str, about: str, **more: Any) -> None:
        super().__init__(name=words.rpartition(" ")[2] or None, help=translated(about), **more)
        self._words = words
        self._table = {command.name: command for command in commands_in(words)}
        self.commands = dict.fromkeys(self._table, click.Command(None))  # for "did you mean"

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's own
        """Return a command, loaded; None if there is none of that name."""
        command = self._table.get(cmd_name)
        return None if command is None else command_of(command)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's own
        """Return their names, in the order of the table."""
        return list(self._table)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[click.shell_completion.CompletionItem]:
        """Offer the commands without loading them."""
        from click.shell_completion import CompletionItem

        found = [
            CompletionItem(c.name, help=translated(c.about))
            for c in self._table.values()
            if c.name.startswith(incomplete)
        ]
        return [*found, *click.Command.shell_complete(self, ctx, incomplete)]

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the page."""
        self.format_usage(ctx, formatter)
        self.format_help_text(ctx, formatter)
        _write_examples(formatter, self._words)
        with formatter.section(tr("Commands")):
            formatter.write_dl([(command.name, translated(command.about)) for command in self._table.values()])
        self.format_options(ctx, formatter)
        words = " ".join(filter(None, ("topazdesk", self._words, tr("COMMAND --help"))))
        formatter.write(f"\n{tr('{words} explains a command.').format(words=words)}\n")
        formatter.write(f"{tr('topazdesk manual explains all of them, and the exit codes.')}\n")

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options of the group."""
        records = [record for param in self.get_params(ctx) if (record := _record(param, ctx)) is not None]
        with formatter.section(tr("Options")):
            formatter.write_dl(records)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write nothing: the page has them above the options."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Show the help where the command is missing."""
        if not args and not ctx.resilient_parsing:
            print(ctx.get_help())
            raise click.exceptions.Exit(ExitCode.USE)
        return super().parse_args(ctx, args)


def program() -> click.Group:
    """Return the whole program."""
    # The entry point takes it before click sees the words; here it is explained.
    language = click.Option(["--language"], metavar="CODE", help=tr("de, en, es, fr, ja; default: the system's."))
    return _Group("", HELP, context_settings=_NAMES, params=[language])


def paragraphs(text: str) -> list[str]:
    """Return the paragraphs of a docstring, each on one line: the texts that are translated."""
    return [" ".join(each.split()) for each in text.split("\n\n") if each.strip()]


def command_of(command: Command) -> click.Command:
    """Return a command or group of the table as click runs it."""
    if not command.place:
        return _Group(command.words, command.about, context_settings=_NAMES)
    module, _, name = command.place.partition(":")
    function = getattr(importlib.import_module(module), name)
    signature = Signature.of(function)
    page = _Page(
        command.name,
        callback=signature.call,
        params=signature.params,
        help="\n\n".join(map(translated, paragraphs(inspect.getdoc(function) or ""))),
        context_settings=_NAMES,
    )
    page.words = command.words
    return page


def page_of(words: str) -> str | None:
    """Return what a command or group says of itself; None if there is none of these words."""
    found = next((each for each in COMMANDS if each.words == words), None)
    if found is None:
        return None
    command = command_of(found)
    return command.get_help(click.Context(command, info_name=f"topazdesk {words}"))


def explain_all() -> None:
    """Have help pages of this process explain every option."""
    _Page.explains_all = True


def words_of(arguments: list[str]) -> str:
    """Return the words of the command that a command line runs, as far as they are known; "" for none."""
    found = ""
    known = {command.words for command in COMMANDS}
    for word in arguments:
        longer = f"{found} {word}".strip()
        if longer not in known:
            break
        found = longer
    return found


def _write_examples(formatter: click.HelpFormatter, words: str) -> None:
    examples = EXAMPLES.get(words, ())
    if examples:
        with formatter.section(tr("Examples")):
            formatter.write("".join(f"  {example}\n" for example in examples))


def _first_sentence(text: str) -> str:
    head, dot, _ = text.partition("。" if "。" in text else ". ")
    return head + dot.strip()


def _record(param: click.Parameter, ctx: click.Context) -> tuple[str, str] | None:
    if isinstance(param, ShownArgument):
        return param.make_metavar(ctx), translated(param.about)
    record = param.get_help_record(ctx)
    # click adds the range of a number to what it explains: "[x>=0]" is nothing that people read.
    return None if record is None else (record[0], translated(_RANGE.sub("", record[1])))
