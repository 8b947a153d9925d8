"""The texts of a catalogue folder: who may put a file into it may put a pipe or a terabyte there, too."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from topazdesk.disk.reading import read_text

#: The largest of the program's own has 30,000.
MOST_BYTES = 256_000
#: Ten times what all services together offer.
MOST_FILES = 1_000


def read_catalogue(root: Path) -> tuple[dict[str, str], dict[str, str]]:
    """Texts by name relative to `root` ("standard-2.json", "endpoints/enhance.json"), and why other files were left out.

    Empty where there is no such folder. Blocking.
    """
    texts: dict[str, str] = {}
    faults: dict[str, str] = {}
    for number, path in enumerate(_files(root)):
        name = path.relative_to(root).as_posix()
        if number >= MOST_FILES:
            faults[name] = f"There are more than {MOST_FILES:,} files in the folder"
            break
        try:
            texts[name] = read_text(path, MOST_BYTES)
        except UnicodeDecodeError:
            faults[name] = "It is no text in UTF-8"
        except ValueError as error:
            faults[name] = str(error)
        except OSError as error:
            faults[name] = error.strerror or type(error).__name__
    return texts, faults


def _files(root: Path) -> Iterator[Path]:
    """Two levels: models, and the folder of what they share."""
    found: list[Path] = []
    for pattern in ("*.json", "*/*.json"):
        try:
            found += sorted(root.glob(pattern))
        except OSError:
            continue  # a folder that may not be looked into
    return iter(found)
