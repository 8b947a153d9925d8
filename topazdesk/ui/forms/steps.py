"""Decides from the schema alone which control fits a parameter, and with which step."""

from __future__ import annotations

from topazdesk.domain.params import Parameter, ParameterKind, Value
from topazdesk.ui.texts import translated

_WIDEST_SLIDER = 200  # integers with a wider range (such as seeds) get no slider
_SEGMENT_WORDS, _SEGMENT_LETTERS = 3, 14


def step_of(parameter: Parameter) -> float:
    """Return the step of a number: the schema's own, 1 for integers, else about a hundredth of the range."""
    if parameter.step:
        return parameter.step
    if parameter.kind is ParameterKind.INTEGER or parameter.minimum is None or parameter.maximum is None:
        return 1.0 if parameter.kind is ParameterKind.INTEGER else 0.01
    span = parameter.maximum - parameter.minimum
    for most, step in ((0.1, 0.001), (1.0, 0.01), (10.0, 0.1)):
        if span <= most:
            return step
    return 1.0


def has_slider(parameter: Parameter) -> bool:
    """Return whether a slider makes sense: for a number with two limits, unless an integer's are too far apart."""
    if parameter.minimum is None or parameter.maximum is None or parameter.minimum >= parameter.maximum:
        return False
    return parameter.kind is ParameterKind.NUMBER or parameter.maximum - parameter.minimum <= _WIDEST_SLIDER


def fits_segments(parameter: Parameter) -> bool:
    """Return whether a choice is short enough for a row of buttons: up to three short words."""
    letters = sum(len(label) for label in map(translated, parameter.choice_labels))
    return len(parameter.choices) <= _SEGMENT_WORDS and letters <= _SEGMENT_LETTERS


def ghost_of(parameter: Parameter) -> float:
    """Return where a number starts when the user leaves Auto.

    That is the advised value, else the default, else the middle of the range, else its only limit, else 0.
    """
    for value in (parameter.advised, parameter.default):
        if isinstance(value, int | float) and not isinstance(value, bool):
            return float(value)
    if parameter.minimum is not None and parameter.maximum is not None:
        step = step_of(parameter)
        middle = round(round((parameter.minimum + parameter.maximum) / 2 / step) * step, 6)
        return float(max(parameter.minimum, min(parameter.maximum, middle)))
    if parameter.minimum is not None:
        return float(parameter.minimum)
    return float(parameter.maximum) if parameter.maximum is not None else 0.0


def as_value(parameter: Parameter, number: float) -> Value:
    """Convert a number to the parameter's type; a fraction for an integer is kept, so that it can be refused."""
    if parameter.kind is ParameterKind.INTEGER and number == int(number):
        return int(number)
    return number
