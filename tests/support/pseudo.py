"""Languages that nobody speaks: one with accents and 40 % longer, one that is written from right to left.

A text that is not in them was never given to a translator; one that is cut off in the first will be so in German.
"""

from __future__ import annotations

import importlib.util
import re
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import ModuleType

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

_PLACEHOLDER = re.compile(r"(\{\w+(?::[^{}]*)?\})")
_ACCENTS = str.maketrans("AEIOUYCNSZaeiouycnsz", "ÀÉÎÕÜÝÇÑŠŽàéîõüýçñšž")
_HEBREW = str.maketrans(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "אבגדהופצקרטילמנסעףשתוזחכםץאבגדהופצקרטילמנסעףשתוזחכםץ",
)
LONGER, FROM_THE_RIGHT = "xx", "xr"


@cache
def texts_tool() -> ModuleType:
    """The tool that gathers and compiles texts."""
    path = Path(__file__).parents[2] / "packaging" / "texts.py"
    spec = importlib.util.spec_from_file_location("texts", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["texts"] = module  # its dataclasses look themselves up
    spec.loader.exec_module(module)
    module.gather = cache(module.gather)  # type: ignore[attr-defined]
    return module


def all_texts() -> Catalog:
    """All texts of today with up to three of their places, from the file for translators.

    `packaging/test_texts.py` compares it with the program itself, from which they take a second to gather.
    """
    with texts_tool().TEMPLATE.open("rb") as file:
        return read_po(file)


def pseudo(text: str, language: str) -> str:
    """Return a text in one of the languages; its places stay as they are."""
    parts = _PLACEHOLDER.split(text)
    table = _ACCENTS if language == LONGER else _HEBREW
    said = "".join(part if part.startswith("{") else part.translate(table) for part in parts)
    if language == FROM_THE_RIGHT:
        return said
    letters = sum(len(part) for part in parts if not part.startswith("{"))
    return f"⟦{said}{'~' * max(1, round(letters * 0.4) - 2)}⟧"


def write_pseudo(folder: Path, language: str) -> None:
    """Write the compiled catalogue of a language, with all texts of today."""
    write_catalogue(folder, language, lambda text: pseudo(text, language))


def write_catalogue(folder: Path, language: str, said: Callable[[str], str]) -> None:
    """Write a compiled catalogue in which each text of today is what `said` makes of it."""
    texts = texts_tool()
    catalogue = all_texts()
    for message in catalogue:
        if message.id:
            many = isinstance(message.id, tuple)
            message.string = tuple(map(said, message.id)) if many else said(message.id)
    (folder / f"{language}.mo").write_bytes(texts.mo_bytes(catalogue, "de"))
