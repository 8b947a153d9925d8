"""Arguments and options of a command, written into the signature of its function and handed to click.

A parameter is `Annotated[type, Option(...)]` or `Annotated[type, Argument(...)]`; its default is that of the function.
Types are str, int, float, bool, Path, an Enum (its values are the words), any of these `| None`, and `list` of them for
what can be repeated; a `parser` makes anything else. Options that several commands share may be the fields of a
dataclass, written in the same way: a parameter of that type stands for all of them. click itself would need a second
list of the parameters beside the signature, and typer, which reads signatures too, takes three times as long to start.
"""

from __future__ import annotations

import importlib
import inspect
import types
from collections.abc import Callable
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import click

from topazdesk.errors import TopazdeskError
from topazdesk.language import say

#: Has the functions that offer words to a shell; it is loaded for a shell only.
_COMPLETIONS = "topazdesk.cli.completions"


class _Given:
    """What an argument and an option have in common. `complete` is the name of a function in `completions.py`."""

    def __init__(
        self,
        *names: str,
        help: str = "",  # noqa: A002 - as click has it
        metavar: str | None = None,
        parser: Callable[[str], Any] | None = None,
        min: float | None = None,  # noqa: A002 - as click has it
        max: float | None = None,  # noqa: A002 - as click has it
        hidden: bool = False,
        complete: str = "",
    ) -> None:
        self.names, self.help, self.metavar, self.parser = names, help, metavar, parser
        self.min, self.max, self.hidden, self.complete = min, max, hidden, complete


class Option(_Given):
    """An option: its names ("--on/--off" for a switch with two), what it is for, and what it takes."""


class Argument(_Given):
    """A word or words without a name."""


class ShownArgument(click.Argument):
    """An argument that help pages explain."""

    def __init__(self, decls: list[str], about: str, **more: Any) -> None:
        super().__init__(decls, **more)
        self.about = about


class Words(click.ParamType[Any]):
    """The words of an enumeration, in any case."""

    def __init__(self, kind: type[Enum]) -> None:
        self.kind = kind
        self.name = "|".join(str(each.value) for each in kind)

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:  # noqa: ARG002 - click's own
        """Return the words."""
        return f"[{self.name}]"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Enum:
        """Return the member that a word means."""
        if isinstance(value, self.kind):
            return value
        for each in self.kind:
            if str(each.value).lower() == str(value).lower():
                return each
        known = ", ".join(f"'{each.value}'" for each in self.kind)
        return self.fail(say("'{value}' is not one of {known}.", value=value, known=known), param, ctx)

    def shell_complete(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's own
        param: click.Parameter,  # noqa: ARG002 - click's own
        incomplete: str,
    ) -> list[click.shell_completion.CompletionItem]:
        """Return the words that begin so."""
        from click.shell_completion import CompletionItem

        return [CompletionItem(str(each.value)) for each in self.kind if str(each.value).startswith(incomplete)]


class _Parsed(click.ParamType[Any]):
    def __init__(self, parser: Callable[[str], Any], is_path: bool) -> None:
        self._parser = parser
        self._is_path = is_path
        self.name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:  # noqa: ARG002
        return self._parser(value) if isinstance(value, str) else value

    def shell_complete(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's own
        param: click.Parameter,  # noqa: ARG002 - click's own
        incomplete: str,
    ) -> list[click.shell_completion.CompletionItem]:
        """Have the shell offer files where a path is meant."""
        from click.shell_completion import CompletionItem

        return [CompletionItem(incomplete, type="file")] if self._is_path else []


@dataclass(slots=True)
class Signature:
    """The parameters of a function, for click, and how it is called with what click found."""

    function: Callable[..., Any]
    params: list[click.Parameter] = field(default_factory=list)
    _lists: set[str] = field(default_factory=set)
    _nothing: set[str] = field(default_factory=set)
    _groups: dict[str, type[Any]] = field(default_factory=dict)

    def call(self, **found: Any) -> Any:
        """Call the function."""
        given = {name: list(value) if name in self._lists else value for name, value in found.items()}
        given = {k: None if k in self._nothing and v == [] else v for k, v in given.items()}
        for name, group in self._groups.items():
            given[name] = group(**{each.name: given.pop(each.name) for each in fields(group)})
        return self.function(**given)

    @classmethod
    def of(cls, function: Callable[..., Any]) -> Signature:
        """Read a function's signature."""
        found = cls(function)
        hints = get_type_hints(function, include_extras=True)
        for name, parameter in inspect.signature(function).parameters.items():
            kind = hints[name]
            if not (isinstance(kind, type) and is_dataclass(kind)):
                found._add(name, kind, parameter.default)
                continue
            found._groups[name] = kind
            inner = get_type_hints(kind, include_extras=True)
            for each in fields(kind):
                default = inspect.Parameter.empty if each.default is MISSING else each.default
                found._add(each.name, inner[each.name], default)
        return found

    def _add(self, name: str, kind: Any, default: Any) -> None:
        given = None
        if get_origin(kind) is Annotated:
            kind, *notes = get_args(kind)
            given = next((note for note in notes if isinstance(note, _Given)), None)
        assert given is not None, f"{name} is neither an Option nor an Argument"  # noqa: S101 for whoever writes one
        self.params.append(self._param(name, kind, given, default))

    def _param(self, name: str, kind: Any, given: _Given, default: Any) -> click.Parameter:
        bare = _without_none(kind)
        is_list = get_origin(bare) is list
        if is_list:
            (bare,) = get_args(bare)
            self._lists.add(name)
            if default is None:
                self._nothing.add(name)
        common: dict[str, Any] = {"type": _type(bare, given), "metavar": given.metavar}
        if given.complete:
            common["shell_complete"] = _completed(given.complete)
        is_required = default is inspect.Parameter.empty
        if isinstance(given, Argument):
            if is_list:
                common |= {"nargs": -1}
            elif not is_required:  # to click a default is a value, even None: nothing is missing then
                common |= {"default": default}
            return ShownArgument([name], given.help, required=is_required, **common)
        if bare is bool:
            common = {"is_flag": True}
        if is_list:
            common |= {"multiple": True}
            default = ()
        if is_required and not is_list:
            common |= {"required": True}
        else:
            common |= {"default": default}
        return click.Option([name, *given.names], help=given.help, hidden=given.hidden, **common)


def _without_none(kind: Any) -> Any:
    if get_origin(kind) in (Union, types.UnionType):
        others = [each for each in get_args(kind) if each is not types.NoneType]
        if len(others) == 1:
            return others[0]
    return kind


def _type(kind: Any, given: _Given) -> click.ParamType[Any]:
    if given.parser is not None:
        return _Parsed(given.parser, kind is Path)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return Words(kind)
    if kind is Path:
        return click.Path(path_type=Path)
    is_ranged = given.min is not None or given.max is not None
    if kind is int:
        low, high = (None if limit is None else int(limit) for limit in (given.min, given.max))
        return click.IntRange(low, high) if is_ranged else click.INT
    if kind is float:
        return click.FloatRange(given.min, given.max) if is_ranged else click.FLOAT
    return click.STRING


def _completed(name: str) -> Callable[..., Any]:
    def found(context: click.Context, _param: click.Parameter, incomplete: str) -> Any:
        from click.shell_completion import CompletionItem

        complete = getattr(importlib.import_module(_COMPLETIONS), name)
        try:
            return [CompletionItem(word, help=about) for word, about in complete(incomplete, context.params)]
        except TopazdeskError:  # a shell that waits for words is no place to tell it
            return []

    return found
