"""Guards every method that Qt calls in our classes, so that no error in an event handler, delegate or model is fatal.

An exception that leaves a Python override reaches Qt's C++ code with the painter still open, which ends in a
segmentation fault. So importing this module wraps, in every `topazdesk.ui` class defined from then on, each method that
overrides one of Qt's. A new class or method needs nothing extra; `tests/ui/runtime/test_guard.py` checks all of them.

A method that fails returns what Qt's own class would return. The error is reported once, as a bug, however often the
method is called.
"""

from __future__ import annotations

import functools
import logging
import traceback
from collections.abc import Callable
from types import FunctionType
from typing import TYPE_CHECKING, Any, TypeVar

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QPainter

if TYPE_CHECKING:
    from topazdesk.errors import TopazdeskError

#: Methods with the name of a non-virtual Qt method: only we call them, Qt never does. Of a painter none is virtual.
NOT_VIRTUAL = frozenset({"setText", "setWidget", "drawText", "drawImage"})
#: Return values where Qt's own method is abstract: only a subclass knows the number of rows.
_ANSWERS: dict[str, Any] = {"rowCount": 0, "columnCount": 0, "event": False, "eventFilter": False}

_log = logging.getLogger(__name__)
_told: set[tuple[str, str]] = set()
_report: Callable[[TopazdeskError], None] | None = None

_Class = TypeVar("_Class", bound=type)


def report_to(report: Callable[[TopazdeskError], None] | None) -> None:
    """Set who receives errors: once per method and error type, after Qt has finished its current call."""
    global _report
    _report = report


def guarded(cls: _Class) -> _Class:
    """Guard a class that is not a QObject (QObjects are guarded automatically)."""
    _guard(cls)
    return cls


def is_guarded(method: object) -> bool:
    """Return whether errors in a method are caught here."""
    return getattr(method, "is_guarded", False) is True


def overrides(cls: type) -> dict[str, FunctionType]:
    """Return the methods of a class that Qt may call: those that override a method of a Qt base class."""
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
        except Exception as error:  # noqa: BLE001 it must not reach Qt; reported below
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
            from topazdesk.engine.supervisor import as_shown  # imports asyncio, which the first paint does not need

            QTimer.singleShot(0, functools.partial(_hand_over, as_shown(error)))
    _drop_locals(error)


def _hand_over(error: TopazdeskError) -> None:
    if _report is not None:
        _report(error)


def _drop_locals(error: BaseException | None) -> None:
    """Drop the traceback's local variables: a painter kept alive by them would outlive the widget it paints on."""
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
    """Reset a painter that was passed in, because a view uses the same painter for its next rows."""
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
    except Exception:  # noqa: BLE001 Qt's method is abstract, or fails for the same reason
        return _ANSWERS.get(name)


def _init_subclass(cls: type, **named: Any) -> None:
    super(QObject, cls).__init_subclass__(**named)  # type: ignore[misc]
    if cls.__module__.startswith("topazdesk.ui."):
        _guard(cls)


QObject.__init_subclass__ = classmethod(_init_subclass)  # type: ignore[assignment, arg-type]
