"""The graphics cards that ncnn can use here. To ask for them loads their drivers, which may end the process."""

from __future__ import annotations

import importlib
from contextlib import suppress
from typing import Any

from topazdesk.domain.compute_device import Card, CardKind

_MOST = 16
_LONGEST_NAME = 200


def cards() -> list[Card]:
    """Return the graphics cards, none without ncnn or a driver."""
    found = []
    with suppress(ImportError, AttributeError, RuntimeError):
        ncnn: Any = importlib.import_module("ncnn")
        for index in range(min(_MOST, int(ncnn.get_gpu_count()))):
            info = ncnn.get_gpu_info(index)
            kind = int(info.type())
            kinds = {each.value for each in CardKind}
            name = str(info.device_name())[:_LONGEST_NAME]
            found.append(Card(index, name, CardKind(kind) if kind in kinds else CardKind.VIRTUAL))
    return found
