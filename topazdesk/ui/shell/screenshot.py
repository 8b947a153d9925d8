"""`--screenshot`: saves a picture of the window once it has finished loading."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from topazdesk.ui.models.pricing import Pricing

if TYPE_CHECKING:
    from topazdesk.ui.shell.window import Window

_MOST_S = 60.0
_LOOK_S = 0.02
_NOTICE_S = 0.4  # until a notice has reached its full height


async def take_screenshot(window: Window, out: Path, *, results: bool) -> int:
    """Wait until the window is at rest (at most 60 s), then write `out`. Return the exit code.

    `results`: select a picture that has a result first, if there is one.
    """
    library, pricing = window.library, window.findChildren(Pricing)  # none if the profile could not be opened
    end = asyncio.get_running_loop().time() + _MOST_S
    # Polled, not awaited: four parts with threads of their own must be at rest, and this runs once per process.
    while asyncio.get_running_loop().time() < end:
        await asyncio.sleep(_LOOK_S)
        quiet = library.reader.is_idle and library.intake.is_idle and window.viewer.is_sharp
        priced = all(not each.plan.ids or each.plan.is_confirmed for each in pricing)
        told = all(each.available is not None for each in pricing) or bool(window.notices.shown())
        if not (quiet and priced and told):
            continue
        # Whether a picture has an earlier result is known only once it has been read.
        done = [p for p in library.pictures.pictures() if p.result is not None] if results else []
        if not done or any(p.id == library.current for p in done):
            break
        window.pictures.view.choose([done[0].id], done[0].id)
    await asyncio.sleep(_NOTICE_S if window.notices.shown() else _LOOK_S)
    saved = window.window().grab().save(str(out))
    if not saved:
        sys.stderr.write(f"The screenshot could not be written: {out}\n")
    return 0 if saved else 5
