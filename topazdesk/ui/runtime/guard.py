"""No error in an event handler, a delegate or a model ends the process: what Qt calls in our classes is guarded.

An exception that leaves a Python override reaches Qt's C++ with the painter still open, which ends in a segmentation fault. So
importing this module wraps, in every class of `topazdesk.ui` that is made from now on, each method that Qt itself has under the
same name. There is nothing to do for a new class or method; `tests/ui/runtime/test_guard.py` looks at all of them.

A method that failed answers as Qt's own class would. It is told once, as a bug, however often it is painted.
"""

from __future__ import annotations

import functools
import logging
import traceback
from collections.abc import Callable
from types import FunctionType
from typing import Any, TypeVar

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QPainter

from topazdesk.errors import TopazdeskError

#: Methods that are called by us alone: Qt has them under these names, but not as virtual ones.
NOT_VIRTUAL = frozenset({"setText", "setWidget"})
#: What is answered where Qt's own class has no answer: only its heirs know how many rows there are.
_ANSWERS: dict[str, Any] = {"rowCount": 0, "columnCount": 0, "event": False, "eventFilter": False}

_log = logging.getLogger(__name__)
_told: set[tuple[str, str]] = set()
_report: Callable[[TopazdeskError], None] | None = None

_Class = TypeVar("_Class", bound=type)


def report_to(report: Callable[[TopazdeskError], None] | None) -> None:
    """Who hears of an error, once for each method and kind of error, when Qt is done with what it was doing."""
    global _report
    _report = report


def guarded(cls: _Class) -> _Class:
    """Guard a class that is no QObject; those are guarded by themselves."""
    _guard(cls)
    return cls


def is_guarded(method: object) -> bool:
    """Whether an error of a method is caught here."""
    return getattr(method, "is_guarded", False) is True


def overrides(cls: type) -> dict[str, FunctionType]:
    """The methods of a class that Qt calls, or may: its own functions that a class of Qt has, too."""
    qt = [base for base in cls.__mro__[1:] if base.__module__.startswith("PySide6.")]
    return {
        name: method
        for name, method in vars(cls).items()
        if isinstance(method, FunctionType)
        and not name.startswith("__")
        and name not in NOT_VIRTUAL
        and any(name in vars(base) for base in qt)
    }


def _guard(cls: type) -> None:
    for name, method in overrides(cls).items():
        if not is_guarded(method):
            setattr(cls, name, _wrapped(cls, name, method))


def _wrapped(cls: type, name: str, method: FunctionType) -> Callable[..., Any]:
    @functools.wraps(method)
    def call(self: Any, *args: Any, **named: Any) -> Any:
        try:
            return method(self, *args, **named)
        except Exception as error:  # noqa: BLE001 it must not reach Qt; told below
            _tell(method, error)
            _clean_up(args)
        return _instead(cls, name, self, args)

    call.is_guarded = True  # type: ignore[attr-defined]
    return call


def _tell(method: FunctionType, error: Exception) -> None:
    key = (method.__qualname__, type(error).__name__)
    if key not in _told:
        _told.add(key)
        _log.error("unexpected error in %s", method.__qualname__, exc_info=error)
        if _report is not None:
            from topazdesk.engine.supervisor import as_shown  # brings asyncio, which the first painting does without

            QTimer.singleShot(0, functools.partial(_hand_over, as_shown(error)))
    _drop_locals(error)


def _hand_over(error: TopazdeskError) -> None:
    if _report is not None:
        _report(error)


def _drop_locals(error: BaseException | None) -> None:
    """A painter that is kept alive by the traceback would still paint when Qt takes its widget away."""
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        each = waiting.pop()
        if each is not None and id(each) not in seen:
            seen.add(id(each))
            traceback.clear_frames(each.__traceback__)
            each.__traceback__ = None
            waiting += [each.__cause__, each.__context__]


def _clean_up(args: tuple[Any, ...]) -> None:
    """A view goes on with the same painter for its next rows."""
    for arg in args:
        if isinstance(arg, QPainter) and arg.isActive():
            arg.resetTransform()
            arg.setClipping(False)
            arg.setOpacity(1.0)


def _instead(cls: type, name: str, self: Any, args: tuple[Any, ...]) -> Any:
    if name in ("paint", "paintEvent"):
        return None
    try:
        return getattr(super(cls, self), name)(*args)
    except Exception:  # noqa: BLE001 Qt's class has none, or it fails for the same reason
        return _ANSWERS.get(name)


def _init_subclass(cls: type, **named: Any) -> None:
    super(QObject, cls).__init_subclass__(**named)  # type: ignore[misc]
    if cls.__module__.startswith("topazdesk.ui."):
        _guard(cls)


QObject.__init_subclass__ = classmethod(_init_subclass)  # type: ignore[assignment, arg-type]
