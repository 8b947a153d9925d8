"""Colours of the change map, from violet (little changed) to yellow (much changed).

They are data, and the only colour that the viewer adds to a picture.
"""

from __future__ import annotations

import itertools

from PySide6.QtGui import QColor, QImage

from topazdesk.domain.changes import ChangeMap

#: Each colour is brighter than the one before by the same amount, so the order is visible without colour vision too.
RAMP = ((0, "#432371"), (0.2, "#7A2A80"), (0.4, "#B53A6E"), (0.6, "#E2584A"), (0.8, "#F2953B"), (1.0, "#F6D97C"))
#: Spreads small changes: half of the colours are for the lowest third of the strengths.
_GAMMA = 0.6
#: Below this strength the map is increasingly transparent; what did not change is not tinted at all.
_OPAQUE_FROM = 0.25


def colour_at(value: float) -> QColor:
    """Return the colour of a strength from 0 to 1."""
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
    """Return the map as an image with one pixel per cell."""
    image = QImage(changes.columns, changes.rows, QImage.Format.Format_ARGB32)
    for at, value in enumerate(changes.strengths):
        colour = colour_at(value)
        colour.setAlphaF(min(1.0, value / _OPAQUE_FROM))
        image.setPixelColor(at % changes.columns, at // changes.columns, colour)
    return image.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)
