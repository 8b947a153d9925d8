"""Text for a terminal, broken by the columns that it takes there: letters of Japanese take two, and break anywhere."""

from __future__ import annotations

import re
from collections.abc import Iterable
from unicodedata import east_asian_width

import click

_WIDE = "\u2e80-\u303e\u3041-\u9fff\uac00-\ud7a3\uf900-\ufaff\uff01-\uff60\uffe0-\uffe6"
#: What begins no line and what ends none, by the usage of Japanese.
_NOT_FIRST, _NOT_LAST = "、。，．：；！？）」』】〕・ーぁぃぅぇぉっゃゅょァィゥェォッャュョ々", "（「『【〔"
#: What is not broken: a word, or a wide letter with the marks that belong to it.
_UNIT = re.compile(rf"\s*(?:[{_NOT_LAST}]*(?:[{_WIDE}]|[^\s{_WIDE}]+)[{_NOT_FIRST}]*|\S)")


def cells(text: str) -> int:
    """Return the columns that a text takes in a terminal."""
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)


def wrapped(text: str, columns: int) -> list[str]:
    """Return the lines of a paragraph. A word that is longer than a line stays whole."""
    lines: list[str] = []
    line, taken = "", 0
    for unit in _UNIT.findall(text):
        needed = cells(unit)
        if line and taken + needed > columns:
            lines.append(line)
            line, taken = "", 0
        if not line:
            unit = unit.lstrip()
            needed = cells(unit)
        line, taken = line + unit, taken + needed
    return [*lines, line] if line or not lines else lines


class Page(click.HelpFormatter):
    """Writes a help page that is as wide as it looks."""

    def write_text(self, text: str) -> None:
        """Write paragraphs."""
        indent = " " * self.current_indent
        columns = max(self.width - self.current_indent, 11)
        paragraphs = [
            "\n".join(f"{indent}{line}" for line in wrapped(" ".join(each.split()), columns))
            for each in re.split(r"\n\s*\n", text.strip())
        ]
        self.write("\n\n".join(paragraphs) + "\n")

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        """Write terms with what they mean in a second column."""
        rows = list(rows)
        first = min(max((cells(term) for term, _ in rows), default=0), col_max) + col_spacing
        margin, gap = " " * self.current_indent, " " * (first + self.current_indent)
        for term, meaning in rows:
            lines = wrapped(" ".join(meaning.split()), max(self.width - first - 2, 10))
            if cells(term) > first - col_spacing:
                self.write(f"{margin}{term}\n")
                self.write(f"{gap}{lines[0]}".rstrip() + "\n")
            else:
                self.write(f"{margin}{term}{' ' * (first - cells(term))}{lines[0]}".rstrip() + "\n")
            self.write("".join(f"{gap}{line}\n" for line in lines[1:]))
