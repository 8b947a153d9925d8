"""Makes the copies of a result in other formats, for free: of several formats only the best is bought. Blocking.

The result is paid for and stays as it is: whatever goes wrong with a copy is said, fails nothing, and is made good by
the next run that asks for it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from topazdesk.domain.catalogue import Model
from topazdesk.domain.copies import CopyForm, ResultCopy, can_be_made
from topazdesk.domain.image import FileFormat
from topazdesk.domain.job import Job
from topazdesk.domain.kept import KeptReport, Remark, RemarkKind
from topazdesk.domain.ports import Pictures
from topazdesk.engine import files, packets
from topazdesk.engine.completing import completed
from topazdesk.engine.copy_places import is_it, placed
from topazdesk.engine.file_times import set_file_time
from topazdesk.engine.labelled_copies import labelled_name
from topazdesk.engine.left_parts import clear_file
from topazdesk.errors import TopazdeskError
from topazdesk.language import say

_log = logging.getLogger(__name__)

#: Format, and whether it has a caption; and the copies of results that are replaced, with their digests.
CopyKind = tuple[FileFormat, bool]
Older = Mapping[CopyKind, Mapping[Path, str]]
_Make = Callable[[CopyForm, Path, KeptReport | None], tuple[ResultCopy, KeptReport | None]]


def wanted_copies(job: Job) -> tuple[CopyForm, ...]:
    """Return the copies that the job is to have of its result."""
    output = job.recipe.output
    told = (each for each in output.copies if each is not None and each is not job.format)
    return tuple(CopyForm(each, output.encoding.only_for((each,))) for each in dict.fromkeys(told))


def _is_there(path: Path, copy: ResultCopy) -> bool:
    try:
        return files.size_of(path) == copy.size_bytes and is_it(path, copy.digest)
    except TopazdeskError:
        return True  # it cannot be read at the moment, and is left


@dataclass(frozen=True, slots=True)
class CopyMaker:
    """Makes the copies of the result at `job.target`.

    `part` is the job's part file, beside which they are written. `caption` is that of labelled copies, "" for none.
    `older` are the copies of the results that this one replaced: one that nobody changed may be replaced.
    `is_promised` tells which names are another file's.
    """

    pictures: Pictures
    model: Model | None
    job: Job
    part: Path
    caption: str = ""
    older: Older | None = None
    is_promised: Callable[[Path], bool] = lambda _: False

    def make(self, report: KeptReport | None) -> tuple[tuple[ResultCopy, ...], KeptReport | None]:
        """Return the job's copies, those that are there already included, and what to say.

        After a crash the same copies are made again, and those that are there are known by their content.
        """
        job = self.job
        lying = replace(job, result=job.target)
        made = {(copy.form, copy.is_labelled): copy for copy, path in lying.copy_paths if _is_there(path, copy)}

        def add(form: CopyForm, is_labelled: bool, make: _Make) -> None:
            nonlocal report
            copy, report = self._guarded(form, report, make)
            if copy is not None:
                for kind in [kind for kind, other in made.items() if other.name == copy.name]:
                    del made[kind]  # it was replaced
                made[form, is_labelled] = copy

        for form in wanted_copies(job):
            format_ = form.format
            if not can_be_made(format_, job.format):
                text = say("the result came as {came}, and nothing better can be made from it", came=job.format.upper())
                report = _with(report, RemarkKind.FAILED, _of(format_, text))
                continue
            if (form, False) not in made:
                report = _without(report, format_)
                add(form, False, self._converted)
            if self.caption and (form, False) in made and (form, True) not in made:
                add(form, True, self._labelled(made[form, False]))
        return tuple(made.values()), report

    def _guarded(
        self,
        form: CopyForm,
        report: KeptReport | None,
        make: _Make,
    ) -> tuple[ResultCopy | None, KeptReport | None]:
        format_ = form.format
        raw = files.copy_path(self.part, format_.value)
        try:
            clear_file(raw)
            return make(form, raw, report)
        except Exception as error:  # noqa: BLE001 not even a bug in it may cost the paid result
            title = error.title if isinstance(error, TopazdeskError) else type(error).__name__
            is_bug = not isinstance(error, TopazdeskError | OSError)
            _log.warning("no %s copy for %s: %s", format_.value, self.job.id, title, exc_info=is_bug)
            clear_file(raw)
            text = say("it could not be made ({title:text}); the next run that asks for it makes it, free", title=title)
            return None, _with(report, RemarkKind.FAILED, _of(format_, text))

    def _converted(self, form: CopyForm, raw: Path, report: KeptReport | None) -> tuple[ResultCopy, KeptReport | None]:
        result, format_ = self.job.target, form.format
        assert result is not None  # noqa: S101 set before the download
        lost = self.pictures.convert(result, raw, format_, form.encoding)
        kept = completed(self.pictures, replace(self.job, format=format_), self.model, raw)
        file = files.kept_path(raw) if kept.is_new else raw
        digest, size = files.digest_of(file), files.size_of(file)
        set_file_time(self.pictures, file, self.job)
        older = (self.older or {}).get((format_, False), {})
        target = placed(file, result.with_name(result.stem + format_.suffix), digest, older, self.is_promised)
        own = packets.place(raw, target, kept.report) if kept.report.has_packet else kept.report
        clear_file(raw)
        said = {remark.text for remark in report.remarks} if report is not None else set()
        for text in lost:
            report = _with(report, RemarkKind.DIFFERENCE, _of(format_, text))
        if report is not None and report.signed_by:
            text = say("no content credentials: it was made here")
            report = _with(report, RemarkKind.CREDENTIALS, _of(format_, text))
        for remark in own.remarks:  # what holds for the result is said already
            if remark.kind is not RemarkKind.DIFFERENCE and remark.text not in said:
                report = _with(report, remark.kind, _of(format_, remark.text))
        return ResultCopy(format_, target.name, size, digest, encoding=form.encoding), report

    def _labelled(self, copy: ResultCopy) -> _Make:
        def make(form: CopyForm, raw: Path, report: KeptReport | None) -> tuple[ResultCopy, KeptReport | None]:
            assert self.job.target is not None  # noqa: S101 set before the download
            plain = self.job.target.with_name(copy.name)
            self.pictures.label(plain, raw, self.caption, form.encoding)
            digest, size = files.digest_of(raw), files.size_of(raw)
            set_file_time(self.pictures, raw, self.job)
            older = (self.older or {}).get((form.format, True), {})
            target = placed(raw, labelled_name(plain), digest, older, self.is_promised)
            return ResultCopy(form.format, target.name, size, digest, True, form.encoding), report

        return make


def _of(format_: FileFormat, text: str) -> str:
    return say("{format} copy: {text:text}", format=format_.upper(), text=text)


def _without(report: KeptReport | None, format_: FileFormat) -> KeptReport | None:
    """Return the report without what an earlier try to make this copy said."""
    if report is None:
        return None
    own = remarks_on(report, [format_])
    return replace(report, remarks=tuple(each for each in report.remarks if each not in own))


def remarks_on(report: KeptReport, formats: Iterable[FileFormat]) -> tuple[Remark, ...]:
    """Return what the report says of the copies in these formats."""
    begins = tuple(_of(each, "") for each in formats)
    return tuple(each for each in report.remarks if each.text.startswith(begins))


def _with(report: KeptReport | None, kind: RemarkKind, text: str) -> KeptReport:
    report = report or KeptReport()
    remark = Remark(kind, text)
    return report if remark in report.remarks else replace(report, remarks=(*report.remarks, remark))
