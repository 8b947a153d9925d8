"""Why pictures failed, grouped: a thousand pictures with three reasons are three lines that can be acted on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from topazdesk.cli.output import and_more
from topazdesk.cli.wording import in_commands
from topazdesk.domain.collected_files import Refusal
from topazdesk.domain.displayed_text import one_line
from topazdesk.domain.job import Job
from topazdesk.errors import Code
from topazdesk.language import say, translated

#: So many pictures are named; all are in `--json` and in a report.
_NAMED = 3


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason, what to do about it, and the pictures that it is about."""

    code: str
    title: str
    hint: str
    paths: tuple[Path, ...]

    @property
    def lines(self) -> list[str]:
        """The reason for a terminal."""
        names = and_more([one_line(path.name, 200) for path in self.paths[:_NAMED]], len(self.paths) - _NAMED)
        title = translated(self.title)  # the line around it has no words, and is no text of its own
        found = [say("  {n:,} × {title:text}: {names:text}", n=len(self.paths), title=title, names=names)]
        return [*found, f"      {self.hint}"] if self.hint else found

    def to_json(self) -> dict[str, Any]:
        """Return the reason for programs, with every picture."""
        paths = [str(path) for path in self.paths]
        return {"code": self.code, "title": self.title, "hint": in_commands(self.hint), "paths": paths}


def grouped_reasons(failed: Iterable[Job], refused: Iterable[Refusal] = ()) -> Sequence[Reason]:
    """Return the reasons why jobs failed and files were refused, the most frequent first."""
    found: defaultdict[tuple[str, str, str], list[Path]] = defaultdict(list)
    for job in failed:
        trouble = job.trouble
        code = trouble.code if trouble is not None else Code.SERVICE_FAILED
        title = trouble.title if trouble is not None else job.state.traits.word
        found[code, title, trouble.hint if trouble is not None else ""].append(job.picture)
    for each in refused:
        found[each.code, each.title, each.hint].append(each.path)
    reasons = [Reason(*key, tuple(paths)) for key, paths in found.items()]
    return sorted(reasons, key=lambda reason: -len(reason.paths))
