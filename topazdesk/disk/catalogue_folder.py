"""Load the files of a catalogue folder without trusting them.

Users may add model files to such a folder, and whoever can add a file can also add a pipe or a terabyte of data. So the
number and the size of the files are limited, and a bad file is reported instead of failing the rest.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from topazdesk.disk.reading import read_text
from topazdesk.language import say

#: Size limit of one file. The program's own largest one has 30,000 bytes.
MOST_BYTES = 256_000
#: Limit on the number of files: ten times as many as all services together need.
MOST_FILES = 1_000


def read_catalogue(root: Path) -> tuple[dict[str, str], dict[str, str]]:
    """Return two dicts: the texts of all valid files, and the reasons why the others were skipped.

    Both are keyed by the path relative to `root` ("standard-2.json", "endpoints/enhance.json"). Both are empty when the
    folder does not exist. Blocking.
    """
    texts: dict[str, str] = {}
    faults: dict[str, str] = {}
    for number, path in enumerate(_files(root)):
        name = path.relative_to(root).as_posix()
        if number >= MOST_FILES:
            faults[name] = say("The folder has more than {most_files:,} files", most_files=MOST_FILES)
            break
        try:
            texts[name] = read_text(path, MOST_BYTES)
        except UnicodeDecodeError:
            faults[name] = say("It is not UTF-8 text")
        except ValueError as error:
            faults[name] = str(error)
        except OSError as error:
            faults[name] = error.strerror or type(error).__name__
    return texts, faults


def _files(root: Path) -> Iterator[Path]:
    """Iterate over the files of two levels: the models, and one folder deeper what they share."""
    found: list[Path] = []
    for pattern in ("*.json", "*/*.json"):
        try:
            found += sorted(root.glob(pattern))
        except OSError:
            continue  # a folder that we may not list
    return iter(found)
