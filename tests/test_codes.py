"""Codes of errors are spelled in one place: a typing error in a comparison was a button that never came."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import topazdesk
from topazdesk.errors import Code

PACKAGE = Path(topazdesk.__file__).parent
FAMILIES = {code.split(".")[0] for code in Code}


def _nodes() -> Iterator[tuple[Path, ast.AST]]:
    """All of the package's syntax; both tests are one, as this takes seconds."""
    for path in sorted(PACKAGE.rglob("*.py")):
        if path != PACKAGE / "errors.py":
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                yield path, node


def _is_code(text: object) -> bool:
    return isinstance(text, str) and bool(re.fullmatch(rf"({'|'.join(FAMILIES)})\.[a-z_]+\.?", text))


def _is_given(node: ast.AST) -> bool:
    """Whether a code is handed over as a text."""
    if not isinstance(node, ast.keyword) or node.arg != "code":
        return False
    return isinstance(node.value, ast.JoinedStr) or (isinstance(node.value, ast.Constant) and bool(node.value.value))


def test_each_code_is_used_spelled_in_the_errors_alone_and_named_like_its_word() -> None:
    spelled, given, used = list[str](), list[str](), set[str]()
    for path, node in _nodes():
        if isinstance(node, ast.Constant) and _is_code(node.value):
            spelled.append(f"{path}:{node.lineno}")
        elif _is_given(node) and path.parent.name != "sandbox":  # the wire's own codes
            given.append(f"{path}:{getattr(node, 'lineno', 0)}")
        elif path.name == "causes.py":
            continue  # the help has a part for each, whether it is ever told or not
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "Code":
            used.add(node.attr)
    assert (spelled, given) == ([], [])
    assert used == set(Code.__members__)
    assert all(member.name == member.value.replace(".", "_").upper() for member in Code)
