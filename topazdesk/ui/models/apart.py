"""What tells candidates of the same model apart: the settings that differ."""

from __future__ import annotations

from collections.abc import Sequence

from topazdesk.domain.catalogue import Model
from topazdesk.domain.params import Values
from topazdesk.domain.settings_report import value_text
from topazdesk.language import comma
from topazdesk.ui.texts import tr, translated


def settings_apart(model: Model, mine: Values, same: Sequence[Values]) -> str:
    """Return the settings of `mine` that differ among `same`, all of one model: "Noise removal 0.9", or "".

    Settings that the model decides by itself are "Auto".
    """
    names = [p.name for p in model.parameters if any(each.get(p.name) != mine.get(p.name) for each in same)]
    set_here = [name for name in names if name in mine]
    if not set_here:
        return tr("Auto") if names else ""
    labels = {p.name: p.label for p in model.parameters}
    return comma().join(f"{translated(labels[name])} {value_text(mine[name])}" for name in set_here)
