"""The parameters of a model as a form, generated from its schema."""

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
from topazdesk.ui.texts import tr

#: So many models' forms stay built. Making one takes three times as long as showing it again.
_KEPT = 6


class ParameterForm(QWidget):
    """All parameters of one model, in groups. To be put into a scroll area; it has its own side padding.

    `changed(values)` is emitted after every change by the user, with what `values()` gives; `released` when a slider is let
    go. `set_model` is silent. The forms of the last models stay built: pictures with different models are gone through.
    """

    changed = Signal(dict)
    released = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model: Model | None = None
        self._decides = ""
        self._state = FormState(ParameterSet(), {})
        self._groups: list[FormGroup] = []
        # By who decides and which parameters; the last is shown. The parameters are kept too, so that their id stays theirs.
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
        """Show a model with the values that the user has set; `None` takes over those that mean the same in both.

        `service` is who decides what is left in Auto, where that is not the model's own service (the sandbox).

        The same model again only shows the values (undo, presets): typed text stays where nothing changed under it.
        """
        decides = tr((service or model.service).traits.in_sentence)
        same = self._model is not None and self._model.parameters == model.parameters
        if same and decides == self._decides:
            self._model = model
            if values is not None:
                self._state.replace(values)
            self._show()
            return
        carried = self._state.carried_to(model.parameters) if values is None else values
        self._model, self._decides = model, decides
        self._state = FormState(model.parameters, carried)
        self._build(model)
        self._show()
        for group in self._groups:
            if group.isHidden():  # was kept from before; shown last, so that it is laid out once, without what it hides
                group.show()

    def values(self) -> dict[str, Value]:
        """What the user set, and what a switch requires; also values out of range, which `problems` names."""
        return self._state.values()

    def problems(self) -> list[tuple[str, str]]:
        """Parameter name and a sentence for everything that cannot be sent."""
        return self._state.problems()

    def show_used(self, used: Values) -> None:
        """What the service chose by itself for the picture that is looked at, by name; shown where a row is in Auto."""
        for group in self._groups:
            for name, row in group.rows.items():
                row.show_used(used.get(name))

    def is_dragging(self) -> bool:
        """Whether a slider is held down; all changes until it is let go are one undo step."""
        return any(group.is_dragging() for group in self._groups)

    def row(self, name: str) -> FormRow | None:
        """The row of a parameter, or None."""
        return next((g.rows[name] for g in self._groups if name in g.rows), None)

    def groups(self) -> list[FormGroup]:
        """The groups in order."""
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
