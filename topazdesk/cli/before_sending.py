"""What is said before pictures are sent: the uses that their owners do not allow, and what leaves this computer."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from topazdesk.app.settings import Settings
from topazdesk.cli.output import EventPrinter, and_more
from topazdesk.domain.displayed_text import one_line
from topazdesk.domain.file_metadata import Written, in_order
from topazdesk.domain.ports import Draft
from topazdesk.domain.sending import Sending, all_bytes, sending, sending_words
from topazdesk.domain.usage_rights import Reservation, reservations_text
from topazdesk.language import nsay

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
        text = nsay(
            "1 picture says in the rights: {kinds:text} ({names:text})",
            "{n} pictures say in the rights: {kinds:text} ({names:text})",
            len(paths),
            kinds=reservations_text(kinds),
            names=and_more(named, len(paths) - _NAMED),
        )
        output.event("rights", text, reservations=[kind.value for kind in kinds], paths=[str(path) for path in paths])


def sending_of(draft: Draft, settings: Settings) -> Sending:
    """Return what is sent of a draft's picture."""
    return sending(draft.info, draft.model, settings.host_of(draft.recipe.service))


async def stays_here(drafts: Sequence[Draft]) -> dict[str, tuple[Written, ...]]:
    """Return which kinds of data are in the files of pictures that are sent away; all of them are left out."""
    from topazdesk.media.metadata.aside import file_metadata_aside

    paths = list(dict.fromkeys(each.info.path for each in drafts if not each.recipe.service.traits.is_local))
    found = await asyncio.to_thread(file_metadata_aside, [Path(path) for path in paths])
    return {str(path): facts.written for path, facts in zip(paths, found, strict=True)}


def tell_leaving(output: EventPrinter, drafts: Sequence[Draft], settings: Settings) -> None:
    """Say the same right before a run, of what goes to others only; files are not read again for it."""
    away = [draft for draft in drafts if not draft.recipe.service.traits.is_local]
    tell_sending(output, away, settings, {})


def tell_sending(
    output: EventPrinter, drafts: Sequence[Draft], settings: Settings, here: Mapping[str, tuple[Written, ...]]
) -> None:
    """Say for all drafts together what leaves this computer, and what of their files does not."""
    if not drafts:
        return
    sent = [(draft.info, draft.model, sending_of(draft, settings)) for draft in drafts]
    first, most = sent[0][2], all_bytes(sent)
    left_out = in_order(kind for found in here.values() for kind in found)
    text = sending_words([each for _, _, each in sent], most, left_out).sentence
    left_out_words = [kind.value for kind in left_out]
    output.event("sends", text, host=first.host or None, most_bytes=most, left_out=left_out_words)
