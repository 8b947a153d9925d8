"""What XMP says about how a result was made, in the words of IPTC and Adobe, and in a namespace of our own."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from topazdesk.domain.catalogue import Tier
from topazdesk.media.metadata.library import PREFIX, exiv2

_CODES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
#: Ids made from what a job is, so that the same job makes the same file again after a crash.
_IDS = uuid.UUID("5d0a9f51-8a5e-4a7c-9f29-3f8f4c5d7d10")


@dataclass(frozen=True, slots=True)
class Provenance:
    """The facts. Times are Unix seconds, digests SHA-256 in hex; `settings` is JSON text.

    `source_page` is the page of the source that was chosen, from 1.
    """

    program: str
    service: str
    is_sandbox: bool
    model: str
    tier: str
    settings: str
    job: str
    remote_job: str
    source_name: str
    source_digest: str
    delivered_digest: str
    submitted_at: float | None
    completed_at: float | None
    made_at: float
    source_page: int | None = None

    @property
    def software(self) -> str:
        """What made the pixels, and with which program."""
        maker = f"{self.model} of {self.service}" if not self.is_sandbox else "sandbox - not made by Topaz"
        return f"{self.program} ({maker})"


def source_type(tier: str) -> str:
    """Return the IPTC code for a model of this tier (NewsCodes, Digital Source Type)."""
    match Tier(tier):
        case Tier.PRECISE:
            return _CODES + "algorithmicallyEnhanced"
        case Tier.GENERATIVE | Tier.CREATIVE:
            return _CODES + "compositeWithTrainedAlgorithmicMedia"


def put(xmp: Any, source_xmp: Any, facts: Provenance) -> None:
    """Set it in `xmp`. `source_xmp` is the original's, for the ids of what this was derived from."""
    when = _iso(facts.made_at)
    for name, value in {
        "Service": facts.service,
        "Model": facts.model,
        "Tier": facts.tier,
        "Settings": facts.settings,
        "JobID": facts.remote_job,
        "SourceName": facts.source_name,
        "SourcePage": "" if facts.source_page is None else str(facts.source_page),
        "SourceSHA256": facts.source_digest,
        "DeliveredSHA256": facts.delivered_digest,
        "SubmittedAt": _iso(facts.submitted_at) if facts.submitted_at else "",
        "CompletedAt": _iso(facts.completed_at) if facts.completed_at else "",
        "Program": facts.program,
        "Sandbox": "True" if facts.is_sandbox else "",
        "SourceDigitalSourceType": _value(source_xmp, "Xmp.iptcExt.DigitalSourceType"),
    }.items():
        if value:
            xmp[f"Xmp.{PREFIX}.{name}"] = value
    if not facts.is_sandbox and facts.tier:
        xmp["Xmp.iptcExt.DigitalSourceType"] = source_type(facts.tier)
        xmp["Xmp.iptcExt.AISystemUsed"] = f"{facts.model} ({facts.service})"
    xmp["Xmp.xmp.CreatorTool"] = facts.software
    xmp["Xmp.xmp.ModifyDate"] = when
    xmp["Xmp.xmp.MetadataDate"] = when
    _put_ids(xmp, source_xmp, facts, when)


def _put_ids(xmp: Any, source_xmp: Any, facts: Provenance, when: str) -> None:
    library = exiv2()
    seed = f"{facts.job} {facts.delivered_digest}"
    instance = f"xmp.iid:{uuid.uuid5(_IDS, seed + ' instance')}"
    xmp["Xmp.xmpMM.DocumentID"] = f"xmp.did:{uuid.uuid5(_IDS, seed)}"
    xmp["Xmp.xmpMM.InstanceID"] = instance
    document, before = (_value(source_xmp, f"Xmp.xmpMM.{name}") for name in ("DocumentID", "InstanceID"))
    original = _value(source_xmp, "Xmp.xmpMM.OriginalDocumentID") or document
    if original:
        xmp["Xmp.xmpMM.OriginalDocumentID"] = original
    struct = library.XmpTextValue("")
    struct.setXmpStruct()
    xmp.add(library.XmpKey("Xmp.xmpMM.DerivedFrom"), struct)
    for name, value in {
        "documentID": document or (f"sha256:{facts.source_digest}" if facts.source_digest else ""),
        "instanceID": before,
        "originalDocumentID": original,
    }.items():
        if value:
            xmp[f"Xmp.xmpMM.DerivedFrom/stRef:{name}"] = value
    if not document and not facts.source_digest:
        del xmp["Xmp.xmpMM.DerivedFrom"]
    number = 1 + sum(1 for datum in xmp if _is_event(datum.key()))
    if number == 1:
        history = library.XmpTextValue("")
        history.setXmpArrayType(library.XmpValue.XmpArrayType.xaSeq)
        xmp.add(library.XmpKey("Xmp.xmpMM.History"), history)
    event = f"Xmp.xmpMM.History[{number}]/stEvt:"
    for name, value in {
        "action": "derived",
        "instanceID": instance,
        "when": when,
        "softwareAgent": facts.software,
        "changed": "/",
    }.items():
        xmp[event + name] = value


def _is_event(key: str) -> bool:
    return key.startswith("Xmp.xmpMM.History[") and key.endswith("]")


def _value(xmp: Any, key: str) -> str:
    found = xmp.findKey(exiv2().XmpKey(key))
    return "" if found == xmp.end() else str(found.toString())


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds).astimezone().isoformat(timespec="seconds")
