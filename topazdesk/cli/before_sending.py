"""What is said before pictures are sent: the uses that their owners do not allow, and what leaves this computer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from topazdesk.app.settings import Settings
from topazdesk.cli.output import EventPrinter, count_text
from topazdesk.domain.displayed_text import one_line
from topazdesk.domain.ports import Draft
from topazdesk.domain.sending import Sending, all_bytes, sending, sending_text
from topazdesk.domain.usage_rights import Reservation, reservations_text

#: So many files are named; all are in the event.
_NAMED = 3


def tell_reservations(output: EventPrinter, drafts: Sequence[Draft]) -> None:
    """Say which pictures that are sent away do not allow use by AI or data mining, once for each statement."""
    found: defaultdict[tuple[Reservation, ...], dict[Path, None]] = defaultdict(dict)
    for draft in drafts:
        if draft.info.reservations and not draft.recipe.service.traits.is_local:
            found[draft.info.reservations].setdefault(draft.info.path)
    for kinds, paths in found.items():
        named = [one_line(path.name, 200) for path in list(paths)[:_NAMED]]
        more = f" and {len(paths) - _NAMED:,} more" if len(paths) > _NAMED else ""
        says = "says" if len(paths) == 1 else "say"
        text = f"{count_text(len(paths))} {says} in the rights: {reservations_text(kinds)} ({', '.join(named)}{more})"
        output.event("rights", text, reservations=[kind.value for kind in kinds], paths=[str(path) for path in paths])


def sending_of(draft: Draft, settings: Settings) -> Sending:
    """Return what is sent of a draft's picture."""
    return sending(draft.info, draft.model, settings.host_of(draft.recipe.service))


def tell_sending(output: EventPrinter, drafts: Sequence[Draft], settings: Settings) -> None:
    """Say for all drafts together what leaves this computer."""
    if not drafts:
        return
    sent = [(draft.info, draft.model, sending_of(draft, settings)) for draft in drafts]
    first, most = sent[0][2], all_bytes(sent)
    output.event("sends", sending_text([each for _, _, each in sent], most), host=first.host or None, most_bytes=most)
