"""No module of the program imports, over however many others, itself; imports for type checking count too."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter

import grimp
import pytest


def _order(imports: dict[str, set[str]]) -> list[str]:
    return list(TopologicalSorter(imports).static_order())


def test_no_circle_of_imports() -> None:
    """Who changes one module of a circle has to understand all of them. The viewer had two, the theme and the profile one each."""
    graph = grimp.build_graph("topazdesk", cache_dir=None)
    imports = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    assert len(imports) > 300
    try:
        _order(imports)
    except CycleError as circle:
        pytest.fail(f"a circle of imports: {' → '.join(circle.args[1])}")


def test_a_circle_would_be_found() -> None:
    with pytest.raises(CycleError):
        _order({"a": {"b"}, "b": {"c"}, "c": {"a"}})
