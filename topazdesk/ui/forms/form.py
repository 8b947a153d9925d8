"""The form of a model's parameters, generated from its schema."""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from topazdesk.domain.catalogue import Model
from topazdesk.domain.params import Parameter, ParameterSet, Value, Values
from topazdesk.domain.services import ServiceName
from topazdesk.ui.controls import Text
from topazdesk.ui.controls.paint import px
from topazdesk.ui.forms.group import FormGroup
from topazdesk.ui.forms.row import SIDE, FormRow, label_width
from topazdesk.ui.forms.state import FormState
from topazdesk.ui.texts import tr, translated

#: How many forms are kept. Building one takes three times as long as showing it again.
_KEPT = 6


class ParameterForm(QWidget):
    """All parameters of one model, in groups. Belongs in a scroll area; it has its own side padding.

    `changed` is emitted with `values()` after every change by the user, but not by `set_model`; `released` is emitted
    when the user lets go of a slider. The forms of the last models are kept, because users step through pictures with
    different models.
    """

    changed = Signal(dict)
    released = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model: Model | None = None
        self._decides = ""
        self._state = FormState(ParameterSet(), {})
        self._groups: list[FormGroup] = []
        # Forms by deciding service and id of the parameter set, the one on screen last. The parameter sets are kept
        # too, so that their ids are not reused.
        self._built: dict[tuple[str, int], tuple[ParameterSet, list[FormGroup]]] = {}
        self._folded: set[str] = set()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._empty = Text(tr("This model has no settings."), "small", "text2")
        self._empty.setContentsMargins(px(SIDE), px(8), px(SIDE), px(8))
        self._column.addWidget(self._empty)
        self._column.addStretch(1)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self.setMinimumWidth(px(300))
        self.setAccessibleName(tr("Settings of the model"))

    @property
    def model(self) -> Model | None:
        """The model whose parameters are shown."""
        return self._model

    def set_model(self, model: Model, values: Values | None = None, service: ServiceName | None = None) -> None:
        """Show a model with the values that the user has set; None carries over those that both models understand.

        `service` is the service that decides settings in Auto, if that is not the model's own (the sandbox).

        For the same model, only the values are replaced (undo, presets); invalid typed text stays in a field whose
        value did not change.
        """
        decides = translated((service or model.service).traits.in_sentence)
        same = self._model is not None and self._model.parameters == model.parameters
        if same and decides == self._decides:
            self._model = model
            if values is not None:
                self._state.replace(values)
            self._show()
            return
        carried = self._state.carried_to(model.parameters) if values is None else values
        self._model = model
        self._decides = decides
        self._state = FormState(model.parameters, carried)
        self._build(model)
        self._show()
        for group in self._groups:
            if group.isHidden():  # a kept form; shown after its rows are up to date, so that it is laid out only once
                group.show()

    def values(self) -> dict[str, Value]:
        """Return what the user set and what a switch requires, including invalid values (see `problems`)."""
        return self._state.values()

    def problems(self) -> list[tuple[str, str]]:
        """Return parameter name and a sentence for everything that cannot be sent."""
        return self._state.problems()

    def show_used(self, used: Values) -> None:
        """Show in rows set to Auto which values, by parameter name, the service chose for the picture in the viewer."""
        for group in self._groups:
            for name, row in group.rows.items():
                row.show_used(used.get(name))

    def is_dragging(self) -> bool:
        """Return whether a slider is held down; all changes until it is let go form one undo step."""
        return any(group.is_dragging() for group in self._groups)

    def row(self, name: str) -> FormRow | None:
        """Return the row of a parameter, or None."""
        return next((g.rows[name] for g in self._groups if name in g.rows), None)

    def groups(self) -> list[FormGroup]:
        """Return the groups in order."""
        return list(self._groups)

    def _build(self, model: Model) -> None:
        for group in self._groups:
            self._column.removeWidget(group)
            group.hide()
        key = (self._decides, id(model.parameters))
        known = self._built.pop(key, None)
        self._groups = known[1] if known is not None else self._make(model)
        self._built[key] = (model.parameters, self._groups)
        for place, group in enumerate(self._groups):
            group.head.set_open(group.title not in self._folded)
            self._column.insertWidget(place, group)
        self._empty.setVisible(not self._groups)
        self.show_used({})
        while len(self._built) > _KEPT:
            for group in self._built.pop(next(iter(self._built)))[1]:
                group.deleteLater()

    def _make(self, model: Model) -> list[FormGroup]:
        named = groupby(model.parameters.parameters, key=lambda p: p.group)
        members: dict[str, list[Parameter]] = {}
        for title, found in named:
            members.setdefault(title, []).extend(found)
        width = label_width(model.parameters.parameters)
        groups = []
        for title, inside in members.items():
            group = FormGroup(title or tr("Settings"), tuple(inside), self._decides, width)
            group.folded.connect(self._remember_fold(group.title))
            group.reset.connect(self._reset(tuple(p.name for p in inside)))
            group.released.connect(self.released)
            for name, row in group.rows.items():
                row.edited.connect(self._setter(name))
                row.typed.connect(self._keeper(name))
                row.returned.connect(self._reset((name,)))
            groups.append(group)
        return groups

    def _show(self) -> None:
        for group in self._groups:
            group.show_state(self._state)

    def _tell(self) -> None:
        self._show()
        self.changed.emit(self.values())

    def _setter(self, name: str) -> Callable[[Value], None]:
        def put(value: Value) -> None:
            self._state.set(name, value)
            self._tell()

        return put

    def _keeper(self, name: str) -> Callable[[str], None]:
        def keep(text: str) -> None:
            self._state.keep_typed(name, text)
            self._tell()

        return keep

    def _reset(self, names: tuple[str, ...]) -> Callable[[], None]:
        def give_back() -> None:
            for name in names:
                self._state.give_back(name)
            self._tell()

        return give_back

    def _remember_fold(self, title: str) -> Callable[[bool], None]:
        def remember(is_open: bool) -> None:
            (self._folded.discard if is_open else self._folded.add)(title)
            self._show()

        return remember
