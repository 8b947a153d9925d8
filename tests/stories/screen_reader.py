"""What a screen reader can see and do, through AT-SPI alone. Runs with the system's Python, which has pyatspi.

Reads one JSON object a line: `{"do": WORD, "name": BEGINNING}`; answers with one JSON value a line.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import pyatspi  # type: ignore[import-not-found, unused-ignore]  # a package of Debian, not of the environment

_CONTROLS = {"push button", "check box", "radio button", "combo box", "slider", "text", "list", "spin button", "link"}
#: Those of which the name is not all there is to know: a button says what it does.
_VALUES = {"combo box", "slider", "text", "spin button"}
_WAIT_S = 400


def nodes(under: Any = None) -> Iterator[Any]:
    """All that is on the screen, from above."""
    if under is None:
        for program in pyatspi.Registry.getDesktop(0):
            if program is not None and program.name == "topazdesk":
                yield from nodes(program)
        return
    for place in range(under.childCount):
        child = under.getChildAtIndex(place)
        if child is None:
            continue
        # Lists have their rows in view or not; all else that is not shown is not there.
        if child.getState().contains(pyatspi.STATE_SHOWING) or child.getRoleName() == "list item":
            yield child
            yield from nodes(child)


#: How a name begins; one of several.
Beginning = str | tuple[str, ...]


def is_seen(node: Any, name: Beginning, role: str) -> bool:
    """Whether this is what is meant: its name begins like that, and it is of that kind."""
    return bool(node.name.startswith(name)) and role in ("", node.getRoleName())


def find(name: Beginning, role: str = "") -> Any:
    """Wait until something of this name is on the screen and return it."""
    return _awaited(lambda node: is_seen(node, name, role), name)


def open_choices(description: str) -> None:
    """Open a list of choices, which is told by its description: what it is called is its value."""
    _do(
        _awaited(lambda node: node.getRoleName() == "combo box" and node.description == description, description),
        "Press",
    )


def _awaited(is_meant: Callable[[Any], bool], name: Beginning) -> Any:
    end = time.monotonic() + _WAIT_S
    while time.monotonic() < end:
        try:
            found = next((node for node in nodes() if is_meant(node)), None)
        except Exception:  # noqa: BLE001 the tree changed while it was read
            found = None
        if found is not None:
            return found
        time.sleep(0.2)
    raise SystemExit(f"nothing is called {name!r}: {[(n.getRoleName(), n.name) for n in nodes() if n.name]}")


def press(name: Beginning, role: str) -> None:
    """Press what has this name, once it can be pressed."""
    end = time.monotonic() + _WAIT_S
    while True:
        node = find(name, role)
        if node.getState().contains(pyatspi.STATE_ENABLED):
            break
        assert time.monotonic() < end, f"{name} cannot be pressed"
        time.sleep(0.2)
    _do(node, "Press")


def _do(node: Any, what: str) -> None:
    actions = node.queryAction()
    names = [actions.getName(place) for place in range(actions.nActions)]
    assert what in names, (node.name, names)
    actions.doAction(names.index(what))


def poor() -> list[str]:
    """The controls on the screen that a screen reader has no name or no further word for."""
    found = []
    for node in nodes():
        state = node.getState()
        if node.getRoleName() in _CONTROLS and state.contains(pyatspi.STATE_FOCUSABLE):
            if not node.name.strip():
                found.append(f"{node.getRoleName()} without a name in {node.parent.name!r}")
            elif node.getRoleName() in _VALUES and not node.description.strip():
                found.append(f"{node.getRoleName()} {node.name!r} without a description")
    return found


def main() -> None:
    """Answer until there is nothing more to read."""
    for line in sys.stdin:
        asked = json.loads(line)
        name, role = asked.get("name", ""), asked.get("role", "")
        match asked["do"]:
            case "find":
                node = find(name, role)
                answer: Any = [node.name, node.description]
            case "press":
                answer = press(name, role)
            case "set":
                find(name, role).queryValue().currentValue = asked["value"]
                answer = None
            case "value":
                answer = find(name, role).queryValue().currentValue
            case "poor":
                answer = poor()
            case other:
                raise SystemExit(f"unknown: {other}")
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
