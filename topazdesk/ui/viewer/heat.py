"""Colours of the change map, from little changed (violet) to much (yellow): data, the only colour on the viewer."""

from __future__ import annotations

import itertools

from PySide6.QtGui import QColor, QImage

from topazdesk.domain.changes import ChangeMap

#: Evenly brighter from one to the next, so that the order is seen without colours too.
RAMP = ((0, "#432371"), (0.2, "#7A2A80"), (0.4, "#B53A6E"), (0.6, "#E2584A"), (0.8, "#F2953B"), (1.0, "#F6D97C"))
#: Small changes are spread: half of the colours belong to the lowest third.
_GAMMA = 0.6
#: Up to here the picture shines through more and more; nothing changed is not tinted.
_OPAQUE_FROM = 0.25


def colour_at(value: float) -> QColor:
    """The colour of a strength from 0 to 1."""
    place = min(max(value, 0.0), 1.0) ** _GAMMA
    for (low, first), (high, second) in itertools.pairwise(RAMP):
        if place <= high:
            share = (place - low) / (high - low)
            one, other = QColor(first), QColor(second)
            mixed = (
                round(a + (b - a) * share)
                for a, b in (
                    (one.red(), other.red()),
                    (one.green(), other.green()),
                    (one.blue(), other.blue()),
                )
            )
            return QColor(*mixed)
    return QColor(RAMP[-1][1])


def heat_image(changes: ChangeMap) -> QImage:
    """One pixel per cell."""
    image = QImage(changes.columns, changes.rows, QImage.Format.Format_ARGB32)
    for at, value in enumerate(changes.strengths):
        colour = colour_at(value)
        colour.setAlphaF(min(1.0, value / _OPAQUE_FROM))
        image.setPixelColor(at % changes.columns, at // changes.columns, colour)
    return image.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)
