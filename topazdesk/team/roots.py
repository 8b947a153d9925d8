"""Named roots: one folder of pictures that is mounted here on one machine and there on another.

In a team's database a path is the name of its root and the way from there (`scans:/box 7/0001.tif`); each machine reads
it as its own path. A path below a root that this machine does not have reads as `/:scans/box 7/0001.tif`, which is no
file anywhere, and is written back as it was.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from topazdesk.disk.names import path_bytes, shown_path
from topazdesk.domain.recipe import Recipe
from topazdesk.errors import Code, UseError
from topazdesk.language import say

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_PORTABLE = re.compile(rb"([a-z0-9][a-z0-9_-]{0,39}):/(.*)", re.DOTALL)
_ELSEWHERE = re.compile(rb"/:([a-z0-9][a-z0-9_-]{0,39})/(.*)", re.DOTALL)


#: Behind the name of a root in which results are written.
WRITTEN = "!"


def named(needed: str) -> list[tuple[str, bool]]:
    """Return the names of the roots that a job needs, and whether it writes in them."""
    return [(each.removesuffix(WRITTEN), each.endswith(WRITTEN)) for each in needed.split("+") if each]


def needed_text(found: Mapping[str, str]) -> str:
    """Return roots, each with `!` where it is written, as a row has them."""
    return "+".join(sorted(f"{name}{mark}" for name, mark in found.items()))


class Roots:
    """The roots of this machine by name. Raises UseError for a name or folder that cannot be one."""

    def __init__(self, folders: Mapping[str, Path]) -> None:
        for name, folder in folders.items():
            if not _NAME.fullmatch(name) or not folder.is_absolute():
                raise UseError(
                    say("This is no root: {name} = {folder}", name=name, folder=shown_path(folder)),
                    "A root has a name of small letters and digits, and a whole path: scans = /mnt/scans",
                    code=Code.USE_TEAM_ROOT,
                )
        # The longest first: a root may lie inside another.
        found = {name: path_bytes(folder).rstrip(b"/\\") for name, folder in folders.items()}
        self._folders = dict(sorted(found.items(), key=lambda each: len(each[1]), reverse=True))
        self.names = frozenset(found)
        self._recipes: Callable[[Recipe], Recipe] = lru_cache(maxsize=256)(self._portable_recipe)

    def folder(self, name: str) -> Path:
        """Return the folder of a root of this machine."""
        return Path(os.fsdecode(self._folders[name]))

    def portable(self, path: bytes) -> bytes:
        """Return a path of this machine as a team's database has it; one in no root as it is."""
        elsewhere = _ELSEWHERE.fullmatch(path)
        if elsewhere is not None:
            return b"%s:/%s" % elsewhere.groups()
        for name, folder in self._folders.items():
            if path == folder or path[: len(folder) + 1] in (folder + b"/", folder + os.sep.encode()):
                return name.encode() + b":/" + path[len(folder) + 1 :].replace(os.sep.encode(), b"/")
        return path

    def names_of(self, path: bytes) -> list[bytes]:
        """Return all that a team's database may call a path of this machine: its roots may lie in each other."""
        found = {self.portable(path): None}
        for name, folder in self._folders.items():
            if path == folder or path[: len(folder) + 1] in (folder + b"/", folder + os.sep.encode()):
                found[name.encode() + b":/" + path[len(folder) + 1 :].replace(os.sep.encode(), b"/")] = None
        return list(found)

    def local(self, path: bytes) -> bytes:
        """Return a path of a team's database as this machine has it."""
        match = _PORTABLE.fullmatch(path)
        if match is None:
            return path
        folder = self._folders.get(match[1].decode())
        if folder is None:
            return b"/:%s/%s" % match.groups()
        return os.path.join(folder, match[2].replace(b"/", os.sep.encode())) if match[2] else folder  # noqa: PTH118 bytes

    def root_of(self, path: Path) -> str:
        """Return the name of the root that a path lies in, on whichever machine. Raises UseError for one in none."""
        match = _PORTABLE.fullmatch(self.portable(path_bytes(path)))
        if match is None:
            raise UseError(
                say("{path} is in no folder that the team shares", path=shown_path(path)),
                "Other machines could not read or write it. Give the folder a name that each machine knows: topazdesk "
                "team root NAME FOLDER",
                code=Code.USE_TEAM_NO_ROOT,
            )
        return match[1].decode()

    def needed(self, read: Iterable[Path], written: Iterable[Path]) -> str:
        """Return which roots these paths are in, as a job's row has it: `best!+scans`, with `!` where one is written.

        Raises UseError for a path in none.
        """
        found = dict.fromkeys(map(self.root_of, read), "") | dict.fromkeys(map(self.root_of, written), WRITTEN)
        return needed_text(found)

    def portable_recipe(self, recipe: Recipe) -> Recipe:
        """Return the recipe with its folder as a team's database has it. Raises UseError for a folder in no root."""
        return self._recipes(recipe) if recipe.output.folder else recipe

    def _portable_recipe(self, recipe: Recipe) -> Recipe:
        folder = Path(recipe.output.folder)
        self.root_of(folder)
        return _in(recipe, os.fsdecode(self.portable(path_bytes(folder))))

    def local_recipe(self, recipe: Recipe) -> Recipe:
        """Return the recipe of a team's database with its folder as this machine has it."""
        if not recipe.output.folder:
            return recipe
        return _in(recipe, os.fsdecode(self.local(os.fsencode(recipe.output.folder))))


def _in(recipe: Recipe, folder: str) -> Recipe:
    return replace(recipe, output=replace(recipe.output, folder=folder))
