"""All pages of help in the user's language: the written ones, and one for each model, made from the catalogue.

A new file in the catalogue has its page by itself. Names in the pages become links here: what an action is called and
which keys it has is asked of the program, so it is what the user sees.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from topazdesk.app import model_facts
from topazdesk.app.action_specs import SPECS
from topazdesk.app.help.source import NAMES, PLACE, Block, Kind, Page, source, spoken
from topazdesk.app.key_names import shortcut_text
from topazdesk.domain.catalogue import Catalogue, Model, ModelStatus, Tier
from topazdesk.domain.money import amount_text
from topazdesk.domain.params import Parameter
from topazdesk.domain.services import SERVICES
from topazdesk.errors import ExitCode
from topazdesk.language import full_stop, number, tr, translated

_ACTIONS = {spec.name: spec for spec in SPECS}
_MARKS = re.compile(r"\*\*(?P<bold>.+?)\*\*|`(?P<code>[^`]+)`|\{(?P<kind>do|page):(?P<name>[\w#/.-]+)\}")


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a line. `target` is what a click does: an action (`do:add`) or a page (`page:money#limits`)."""

    text: str
    is_bold: bool = False
    is_code: bool = False
    target: str = ""
    keys: str = ""


def default_keys(action: str) -> str:
    """Return the first shortcut of an action, unless the user has changed it."""
    keys = _ACTIONS[action].keys
    return shortcut_text(keys[0]) if keys else ""


class Library:
    """The pages. `keys_of` returns the shortcut of an action as the user has it, "" for none."""

    def __init__(self, catalogue: Catalogue, keys_of: Callable[[str], str] = default_keys) -> None:
        self._catalogue, self._keys_of = catalogue, keys_of
        self._models: dict[str, Model] = {}
        for service in SERVICES:
            if service.catalogue == service:
                self._models |= {_name(model): model for model in catalogue.of(service, with_legacy=True)}
        self._pages: dict[str, Page] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all pages, in order: the written ones, then the models."""
        return (*NAMES, *self._models)

    def page(self, name: str) -> Page:
        """Return a page; the first one for a name that is not known."""
        name = name if name in NAMES or name in self._models else NAMES[0]
        if name not in self._pages:
            model = self._models.get(name)
            page = Page(name, model.name, tuple(self._about(model))) if model else spoken(source(name))
            self._pages[name] = Page(page.name, page.title, tuple(self._filled(page.blocks)))
        return self._pages[name]

    def title(self, reference: str) -> str:
        """Return the title of a page, or of a part of it: "money#limits"."""
        name, _, anchor = reference.partition("#")
        page = self.page(name)
        return next((block.text for block in page.blocks if anchor and block.anchor == anchor), page.title)

    def spans(self, block: Block) -> list[Span]:
        """Return the parts of a block's text."""
        if block.is_literal:
            lead, _, rest = block.text.partition("\n")
            if not rest:
                return [Span(lead, target=f"page:{block.anchor}" if block.anchor else "")]
            return [
                Span(lead, is_bold=not block.anchor, target=f"page:{block.anchor}" if block.anchor else ""),
                Span(rest),
            ]
        return list(self._marked(block.text))

    def plain(self, block: Block) -> str:
        """Return the text of a block without marks."""
        return "".join(span.text for span in self.spans(block))

    def _marked(self, text: str) -> Iterator[Span]:
        end = 0
        for found in _MARKS.finditer(text):
            if found.start() > end:
                yield Span(text[end : found.start()])
            end = found.end()
            if found["bold"]:
                yield Span(found["bold"], is_bold=True)
            elif found["code"]:
                yield Span(found["code"], is_code=True)
            elif found["kind"] == "page":
                yield Span(self.title(found["name"]), target=f"page:{found['name']}")
            else:
                spec = _ACTIONS[found["name"]]
                words = translated(spec.text).rstrip("…")
                yield Span(words, target=f"do:{spec.name}", keys=self._keys_of(spec.name))
        if end < len(text):
            yield Span(text[end:])

    # what the program makes

    def _filled(self, blocks: tuple[Block, ...]) -> Iterator[Block]:
        for block in blocks:
            if block.kind is not Kind.MADE:
                yield block
                continue
            match block.text:
                case "models":
                    yield from self._all_models()
                case "keys":
                    yield from self._all_keys()
                case "exits":
                    rows = tuple((str(int(code)), translated(code.about)) for code in ExitCode)
                    yield Block(Kind.TABLE, rows=((tr("Exit code"), tr("Meaning")), *rows))
                case "kept":
                    for service in SERVICES.with_key:
                        yield Block(Kind.ITEM, translated(service.traits.keeps_copies), is_literal=True)

    def _all_keys(self) -> Iterator[Block]:
        groups: dict[str, list[tuple[str, ...]]] = {}
        for spec in SPECS:
            if keys := self._keys_of(spec.name):
                groups.setdefault(spec.group, []).append((translated(spec.text).rstrip("…"), keys))
        for place, (group, rows) in enumerate(groups.items()):
            yield Block(Kind.HEADING, translated(group), f"keys-{place}")
            yield Block(Kind.TABLE, rows=((tr("Command"), tr("Keys")), *rows))

    def _all_models(self) -> Iterator[Block]:
        for service in SERVICES:
            mine = [model for model in self._models.values() if model.service == service]
            for heading, shown in (
                (service.label, [m for m in mine if m.standing is not ModelStatus.LEGACY]),
                (
                    tr("{service}: older models").format(service=translated(service.label)),
                    [m for m in mine if m.standing is ModelStatus.LEGACY],
                ),
            ):
                if shown:
                    old = "-older" if shown[0].standing is ModelStatus.LEGACY else ""
                    yield Block(Kind.HEADING, translated(heading), f"{service.value}{old}")
                for model in shown:
                    words = f"{model.name}\n – {translated(model.purpose)}"
                    yield Block(Kind.ITEM, words, anchor=_name(model), is_literal=True)

    def _about(self, model: Model) -> Iterator[Block]:
        """Yield the page of a model."""
        for text in (model.purpose, model.caution, model.hint, *model_facts.standing(model)):
            if text:
                yield _data(translated(text))
        tiers = [b for b in spoken(source("models")).blocks if b.kind is Kind.ITEM][: len(Tier)]
        yield replace(tiers[list(Tier).index(model.tier)], kind=Kind.TEXT)
        yield Block(Kind.HEADING, tr("Price"), "price")
        if model.price.table:
            rows = tuple(
                (tr("up to {mp} MP").format(mp=number(mp, 0 if mp == int(mp) else 1)), _amount(model, amount))
                for mp, amount in sorted(model.price.table.items())
            )
            yield Block(Kind.TABLE, rows=((tr("Size of the result"), tr("Price")), *rows))
        else:
            yield _data(translated(model_facts.price(model)))
        yield Block(Kind.HEADING, tr("Sizes"), "sizes")
        for text in model_facts.limits(model):
            yield _data(translated(text))
        if model.parameters.parameters:
            yield Block(Kind.HEADING, tr("Settings"), "settings")
        for each in model.parameters:
            alike = sum(other.label == each.label for other in model.parameters) > 1
            yield Block(Kind.ITEM, _setting(each, with_group=alike), is_literal=True)
        service = "" if model.service == "topaz" else f" --service {model.service.value}"
        yield Block(Kind.CODE, f'topazdesk estimate --size 6000x4000 --model "{model.name}"{service}')


def _name(model: Model) -> str:
    return f"{model.service.value}/{model.slug}"


def _data(text: str) -> Block:
    return Block(Kind.TEXT, text, is_literal=True)


def _amount(model: Model, amount: int) -> str:
    return translated(amount_text(amount, model.price.unit))


def _setting(each: Parameter, *, with_group: bool) -> str:
    """Return the name of a setting, and what it does in sentences. `with_group`: another one has the same name."""
    name = translated(each.label)
    if with_group and each.group:
        name = f"{translated(each.group)} – {name}"
    told = [translated(text) for text in (each.description, each.advice) if text]
    told = told or [translated(each.range_text())]
    said = " ".join(text if text[-1:] in ".。!?" else text + full_stop() for text in told)
    return f"{name}\n: {said}"


def words_of_places(text: str) -> list[tuple[str, str]]:
    """Return what a text names: kind and name, for a test that there is such a thing."""
    return PLACE.findall(text)
