"""Has a root known by the mark of its folder, and refuses a folder that is not the one which the team means."""

from __future__ import annotations

import asyncio
from pathlib import Path

from topazdesk.disk.names import shown_path
from topazdesk.errors import Code, UseError
from topazdesk.language import say
from topazdesk.team import root_marks
from topazdesk.team.team_store import TeamStore


async def settle_root(
    store: TeamStore, name: str, folder: Path, *, is_asked: bool = False, is_moved: bool = False
) -> None:
    """Give a root the mark of this folder, or this folder the mark of the root, where either has none yet.

    The first machine makes the mark. A folder in which nobody may write has none: it is known by not being empty.
    `is_asked`: the user has just named the folder, so an empty one is meant, too. `is_moved`: the team's pictures are
    there from now on. Raises UseError where the folder has another mark, or none where the root has one; ComputerError.
    """
    try:
        here = await asyncio.to_thread(root_marks.read, folder)
        if name not in store.marks:
            if here is None and (is_asked or not await asyncio.to_thread(root_marks.is_empty, folder)):
                here = await _marked(folder)
            if here:
                await store.claim_root(name, here)
        known = store.marks.get(name)
        if known is None or here == known:
            return
        if not is_moved:
            raise await _other(store, name, folder, has_mark=here is not None)
        if here:
            await store.move_root(name, here)
        elif await asyncio.to_thread(root_marks.write, folder, known) != known:
            raise await _other(store, name, folder, has_mark=True)
    except OSError as error:
        raise UseError(
            say("The folder of the root {name} cannot be used", name=name),
            say("Check its rights, and whether its share is mounted: {folder}", folder=shown_path(folder)),
            details=str(error),
            code=Code.USE_TEAM_ROOT,
        ) from error


async def _marked(folder: Path) -> str | None:
    try:
        return await asyncio.to_thread(root_marks.write, folder)
    except OSError:  # it can only be read
        return await asyncio.to_thread(root_marks.read, folder)


async def _other(store: TeamStore, name: str, folder: Path, *, has_mark: bool) -> UseError:
    first = await store.marked_on(name)
    title = (
        say("{folder} is another folder than the team's root {name}", folder=shown_path(folder), name=name)
        if has_mark
        else say("{folder} lacks the mark of the team's root {name}", folder=shown_path(folder), name=name)
    )
    return UseError(
        title,
        say(
            "The root was named on {machine}. Look whether the right share is mounted, or take another name. If the "
            "pictures are in this folder from now on, add --moved.",
            machine=first,
        ),
        details=root_marks.FILE,
        code=Code.USE_TEAM_OTHER_ROOT,
    )
