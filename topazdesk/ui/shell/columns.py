"""Widths of the side panels, and which of them are hidden, as the settings keep them. Cheap to import: see `frame`."""

from __future__ import annotations

from dataclasses import dataclass, replace

#: Design pixels: the width of the pictures and of the adjustments, and how far each can be dragged.
LIST, LIST_LEAST, LIST_MOST = 288, 240, 420
RECIPE, RECIPE_LEAST, RECIPE_MOST = 352, 320, 480
#: Narrower than this (design pixels), a window has room for one of them beside the viewer, not for both.
BOTH = 940


@dataclass(frozen=True, slots=True)
class Columns:
    """The widths of both side panels in design pixels, and whether they are hidden."""

    list_width: int = LIST
    recipe_width: int = RECIPE
    hides_list: bool = False
    hides_recipe: bool = False

    @classmethod
    def parse(cls, text: str) -> Columns:
        """Read what `text` wrote, as "list=288 recipe=400 hidden=list". What is missing or invalid is as usual."""
        found = cls()
        for word in text.split():
            name, _, value = word.partition("=")
            if name == "list" and value.isdecimal():
                found = replace(found, list_width=min(max(int(value[:6]), LIST_LEAST), LIST_MOST))
            elif name == "recipe" and value.isdecimal():
                found = replace(found, recipe_width=min(max(int(value[:6]), RECIPE_LEAST), RECIPE_MOST))
            elif name == "hidden":
                found = replace(found, hides_list="list" in value, hides_recipe="recipe" in value)
        return found

    def fitting(self, width: float) -> Columns:
        """Return the columns that a window so wide (design pixels) begins with: the pictures give way."""
        is_both = not self.hides_list and not self.hides_recipe
        return replace(self, hides_list=True) if is_both and width < BOTH else self

    def text(self) -> str:
        """Return the columns as text, for the settings."""
        sides = (("list", self.hides_list), ("recipe", self.hides_recipe))
        hidden = ",".join(name for name, is_hidden in sides if is_hidden)
        words = f"list={self.list_width} recipe={self.recipe_width}"
        return f"{words} hidden={hidden}" if hidden else words
