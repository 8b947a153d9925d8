"""What keys are called in the user's language: the same words in sentences, menus and the terminal."""

from __future__ import annotations

from topazdesk.language import tr


def key_names() -> dict[str, str]:
    """Return the names of keys by what Qt calls them in English; letters and F1 to F12 are what they are."""
    # The key beside the letters and that of the number pad have one name: they do the same everywhere.
    return {
        "Ctrl": tr("Ctrl"),
        "Shift": tr("Shift"),
        "Space": tr("Space"),
        "Return": tr("Return"),
        "Enter": tr("Return"),
        "Del": tr("Del"),
        "Delete": tr("Del"),
        "Left": tr("Left", "key"),
        "Right": tr("Right", "key"),
        "Up": tr("Up", "key"),
        "Down": tr("Down", "key"),
    }


def shortcut_text(keys: str) -> str:
    """Return a shortcut for people from its portable form: "Ctrl+O", in German "Strg+O". A plus may be a key itself."""
    names = key_names()
    last_is_plus = keys.endswith("+")
    parts = keys[:-1].removesuffix("+").split("+") if last_is_plus else keys.split("+")
    named = [names.get(part, part) for part in parts if part]
    return "+".join([*named, "+"] if last_is_plus else named)
