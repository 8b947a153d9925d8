"""Codes of errors are spelled in one place: a typing error in a comparison was a button that never came."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import topazdesk
from topazdesk.errors import Code

PACKAGE = Path(topazdesk.__file__).parent
FAMILIES = {code.split(".")[0] for code in Code}


@cache
def _nodes() -> list[tuple[str, ast.AST]]:
    return [
        (f"{path.relative_to(PACKAGE)}:{getattr(node, 'lineno', 0)}", node)
        for path in sorted(PACKAGE.rglob("*.py"))
        if path != PACKAGE / "errors.py"
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
    ]


def _is_code(text: object) -> bool:
    return isinstance(text, str) and bool(re.fullmatch(rf"({'|'.join(FAMILIES)})\.[a-z_]+\.?", text))


def test_no_code_is_spelled_outside_of_the_errors() -> None:
    spelled = [place for place, node in _nodes() if isinstance(node, ast.Constant) and _is_code(node.value)]
    given = [
        place
        for place, node in _nodes()
        if isinstance(node, ast.keyword)
        and node.arg == "code"
        and (isinstance(node.value, ast.JoinedStr) or (isinstance(node.value, ast.Constant) and node.value.value))
        and "sandbox" not in place  # the wire's own codes
    ]
    assert (spelled, given) == ([], [])


def test_each_code_is_used_and_named_like_its_word() -> None:
    used = {
        node.attr
        for _, node in _nodes()
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "Code"
    }
    assert used == set(Code.__members__)
    assert all(member.name == member.value.replace(".", "_").upper() for member in Code)
