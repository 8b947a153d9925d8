"""Opens the file of a run, saves the list as one, and gives back that of a past run. Nothing is ever sent by this."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog

from topazdesk.app.inputs import matching, named_paths
from topazdesk.app.run_file import RunTerms, RunWishes, kept_text, read_wishes, text_of, text_of_run
from topazdesk.disk import private_file
from topazdesk.domain.image import ImageInfo, PictureKey
from topazdesk.domain.page_choice import PageChoice
from topazdesk.domain.services import SERVICES
from topazdesk.errors import Code, ComputerError, UseError
from topazdesk.language import comma, full_stop, sentences
from topazdesk.ui.controls import Menu, NoticeAction
from topazdesk.ui.host.feature import Feature
from topazdesk.ui.host.notices import kind_of
from topazdesk.ui.host.picture_menu import Part, Subject
from topazdesk.ui.models.listed_run import ListedRun, listed_run
from topazdesk.ui.models.picture import Picture, shown_name
from topazdesk.ui.runtime.bind import bind
from topazdesk.ui.texts import money_text, ntr, number, pictures_text, tr, translated
from topazdesk.ui.theme.icons import icon

if TYPE_CHECKING:
    from topazdesk.domain.job import Job
    from topazdesk.ui.host.host import Host
    from topazdesk.ui.recipe.panel import RecipePanel

SUFFIX = ".toml"
_SUBJECT = "run file"
#: So many missing files are named.
_NAMED = 3


@dataclass(frozen=True, slots=True)
class _Found:
    """What a file names: the files and folders that are there, and the words for which there is nothing.

    `pages` are those that are pictures of their own.
    """

    paths: tuple[Path, ...]
    folders: tuple[Path, ...]
    missing: tuple[str, ...]
    pages: tuple[PictureKey, ...] = ()


class RunFiles(Feature):
    """Provides `open_run`, `save_run`, `hours` and the menu entry of past runs, and shows the terms of the next runs.

    `select` takes the ids of pictures to select in the list, and the current one.
    """

    def __init__(self, host: Host, panel: RecipePanel, select: Callable[[list[int], int], None]) -> None:
        super().__init__(host.widget)
        self._host = host
        self._select = select
        self._session = host.session
        self._library = host.session.library
        self._pricing = host.session.pricing
        self._context = host.session.context
        self._line = panel.terms
        self._opening = asyncio.Lock()  # files are opened in the order in which they were chosen
        host.commands.provide("open_run", self._choose_open)
        self._save_action = host.commands.provide("save_run", self._choose_save)
        host.commands.provide("hours", lambda: self._session.spawn("hours of runs", self._ask_hours()))
        host.menus.add(Part.FILES, self._fill)
        self._line.dropped.connect(lambda: self._session.set_terms(RunTerms()))
        bind(self._show_terms, self._session.terms_changed)
        bind(self._enable, self._library.pictures.counted)

    def _enable(self) -> None:
        self._save_action.setEnabled(len(self._library.pictures) > 0)

    def _show_terms(self) -> None:
        self._line.say(_terms_text(self._session.terms, self._money))

    def _money(self, amount: int) -> str:
        return money_text(amount, self._pricing.recipe.recipe.service.unit)

    async def _ask_hours(self) -> None:
        from topazdesk.ui.recipe.hours_sheet import HoursSheet

        sheet = HoursSheet(self._host.widget, self._session.terms.hours)
        accepted = await sheet.answered()
        hours = sheet.hours
        sheet.deleteLater()
        if accepted:
            self._session.set_terms(replace(self._session.terms, hours=hours))

    # opening

    def _choose_open(self) -> None:
        dialog = QFileDialog(self._host.widget, tr("Open a run file"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters(_filters())
        dialog.fileSelected.connect(lambda name: self.open(Path(name)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def open(self, path: Path) -> None:
        """Do what a file says, except sending: add its pictures, and take over its recipe, output and terms."""
        self._session.spawn("open run file", self._open(path))

    async def _open(self, path: Path) -> None:
        async with self._opening:
            await self._open_next(path)

    async def _open_next(self, path: Path) -> None:
        recipe = self._pricing.own.common
        try:
            wishes = await asyncio.to_thread(
                read_wishes,
                path,
                self._context.catalogue,
                recipe.service,
                self._context.paths.presets,
                self._context.settings.output_folder,
            )
            found = await asyncio.to_thread(_look, wishes)
        except UseError as error:
            # About whatever run file is opened next, too: it takes this away.
            notices, details = self._host.notices, error.details or ""
            notices.tell(kind_of(error), error.title, error.hint, details=details, subject=_SUBJECT)
            return
        try:
            self._take_account(wishes)
        except UseError as error:
            self._host.notices.tell(kind_of(error), error.title, error.hint, subject=_SUBJECT)
            return
        self._take_recipe(wishes)
        self._session.set_terms(wishes.terms)
        new = [*await self._library.intake.add(found.paths), *await self._library.take_pages(found.pages)]
        self._library.intake.know_folders((*wishes.mirror, *found.folders))
        meant = self._meant(found, new)
        if meant and len(meant) < len(self._library.pictures):  # there were others before: the file means only its own
            self._select([picture.id for picture in meant], meant[0].id)
        self._pricing.refresh()
        self._tell(path, wishes, found, len(meant), has_key=await self._has_key(wishes))

    def _take_account(self, wishes: RunWishes) -> None:
        """Use the account that the file names from now on. Raises UseError if there is none of that name."""
        if wishes.account:
            service = wishes.recipe.service
            self._context.use_account(self._context.account_named(service, wishes.account), in_this_run=False)
            if service is self._pricing.recipe.recipe.service:
                self._pricing.account_changed()

    def _take_recipe(self, wishes: RunWishes) -> None:
        pricing, recipe = self._pricing, wishes.recipe
        if recipe.service is not pricing.own.common.service:
            pricing.set_service(recipe.service)
        pricing.own.show_for(None)
        pricing.recipe.apply(recipe)
        pricing.own.show_for(self._library.picture)

    def _meant(self, found: _Found, new: Sequence[Picture]) -> list[Picture]:
        there = (self._library.pictures.at(path) for path in (*found.paths, *(path for path, _ in found.pages)))
        return list({picture.id: picture for picture in (*there, *new) if picture is not None}.values())

    async def _has_key(self, wishes: RunWishes) -> bool:
        service = wishes.recipe.service
        if service not in SERVICES.with_key:
            return True
        keys = self._context.keys
        return (await keys.ask(keys.source, self._context.account(service))).has_key

    def _tell(self, path: Path, wishes: RunWishes, found: _Found, count: int, *, has_key: bool) -> None:
        """Say what was done, and what could not be; nothing was sent."""
        service, model = wishes.recipe.service, self._pricing.own.model_of(wishes.recipe)
        done = [
            pictures_text(count),
            tr("{model} at {service}").format(model=model.name, service=translated(service.traits.in_sentence)),
            _terms_text(wishes.terms, lambda amount: money_text(amount, service.unit)),
        ]
        lacks: list[str] = []
        if found.missing:
            names = comma().join(found.missing[:_NAMED])
            more = len(found.missing) - _NAMED
            if more > 0:
                names = ntr("{names} and {n} more", "{names} and {n} more", more).format(names=names, n=number(more))
            lacks.append(tr("Not found: {names}.").format(names=names))
        if wishes.left_out:
            text = tr("Only topazdesk run does this part of it: {keys}.")
            lacks.append(text.format(keys=comma().join(wishes.left_out)))
        if not has_key:
            lacks.append(tr("There is no key for {service} yet.").format(service=translated(service.label)))
        title = tr("{name} is open").format(name=shown_name(path))
        made = f"{' · '.join(filter(None, done))}{full_stop()}"
        hint = sentences(made, *lacks, tr("Nothing is sent until you press the button."))
        if not lacks:
            self._host.notices.toast("ok", title, hint, subject=_SUBJECT)
            return
        key = NoticeAction(self._host.commands["key"].text(), lambda: self._host.commands.run("key"), "key")
        actions = () if has_key else (key,)
        details = "\n".join(found.missing) if len(found.missing) > _NAMED else ""
        self._host.notices.tell("warn", title, hint, *actions, details=details, subject=_SUBJECT)

    # saving

    def _choose_save(self) -> None:
        if len(self._library.pictures):
            self._choose_target(tr("Save as a run file"), tr("run"), self.save)

    def _choose_target(self, title: str, name: str, save: Callable[[Path], object]) -> None:
        dialog = QFileDialog(self._host.widget, title, f"{name}{SUFFIX}")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(SUFFIX.removeprefix("."))
        dialog.setNameFilters(_filters())
        dialog.fileSelected.connect(lambda chosen: save(Path(chosen)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def save(self, path: Path) -> None:
        """Write the list, the recipe, the output and the terms as a file."""
        self._session.spawn("save run file", self._save(path, listed_run(self._library.pictures.pictures())))

    async def _save(self, path: Path, listed: ListedRun) -> None:
        own, mirror = self._pricing.own, self._library.intake.mirror.folders
        model, recipe, terms = own.model_of(own.common), own.common, self._session.terms
        text = await asyncio.to_thread(text_of, listed.paths, model, recipe, terms, mirror=mirror, pages=listed.pages)
        lacks = []
        if listed.own:
            words = ntr(
                "1 picture has settings of its own: the file has the shared ones.",
                "{n} pictures have settings of their own: the file has the shared ones.",
                listed.own,
            )
            lacks.append(words.format(n=number(listed.own)))
        if listed.lacks_pages:
            lacks.append(tr("It means the first page of each file: different pages cannot stand in it."))
        await self._write(path, text, lacks)

    async def _write(self, path: Path, text: str, lacks: Sequence[str] = ()) -> None:
        try:
            await asyncio.to_thread(private_file.write, path, text, 0o666)
        except OSError as error:
            raise ComputerError(
                "The run file could not be saved",
                "Choose another folder, or check its space and rights.",
                details=str(error),
                code=Code.DISK_EXPORT,
            ) from error
        show = NoticeAction(tr("Show in folder"), lambda: self._host.outgoing.show_in_folder(path), "folder")
        title = tr("{name} is saved").format(name=shown_name(path))
        hint = tr("Open it here, or run it with: topazdesk run {name}").format(name=shown_name(path))
        if lacks:
            self._host.notices.tell("warn", title, sentences(*lacks, hint), show, subject=_SUBJECT)
        else:
            self._host.notices.toast("ok", title, hint, show, subject=_SUBJECT)

    # past runs

    def _fill(self, menu: Menu, subject: Subject) -> None:
        job = subject.job
        if job is not None and job.trial is None and not job.was_found:
            entry = menu.addAction(icon("save_picture"), tr("Save this run's file…"))
            entry.triggered.connect(lambda: self._session.spawn("run file", self._past(job)))

    async def _past(self, job: Job) -> None:
        try:
            text = await self.text_of_past(job)
        except UseError as error:
            self._host.tell(error)
            return
        title = tr("Save this run's file")
        self._choose_target(
            title, tr("run"), lambda path: self._session.spawn("save run file", self._write(path, text))
        )

    async def text_of_past(self, job: Job) -> str:
        """Return the file of the run that a job belongs to. Raises UseError where no file can say what it did."""
        kept = await asyncio.to_thread(kept_text, self._context.paths.runs, job.run_id)
        if kept is not None:
            return kept
        jobs = await self._context.saved_run(job.run_id)
        return await asyncio.to_thread(text_of_run, jobs, self._context.catalogue)


def _filters() -> list[str]:
    return [f"{tr('Run files')} (*{SUFFIX})", f"{tr('All files')} (*)"]


def _terms_text(terms: RunTerms, money: Callable[[int], str]) -> str:
    """Return for instance "Sent between 22:00 and 06:00 only · at most 20 credits per run"."""
    parts = []
    if terms.hours is not None:
        parts.append(tr("Sent {hours} only").format(hours=translated(terms.hours.text)))
    if terms.budget is not None:
        text = tr("at most {price} per run").format(price=money(terms.budget))
        parts.append(text if parts else f"{text[:1].upper()}{text[1:]}")
    return " · ".join(parts)


def _look(wishes: RunWishes) -> _Found:
    """Find what a file names. Blocking; folders are searched only to choose among their files."""
    paths: list[Path] = []
    missing: list[str] = []
    words = list(wishes.inputs)
    for listed in wishes.files_from:
        try:
            words += named_paths([], [listed])
        except UseError:
            missing.append(shown_name(Path(listed)))
    for word in words:
        if os.path.lexists(word):
            paths.append(word)
        elif matches := matching(word):
            paths += matches
        else:
            missing.append(shown_name(word))
    folders = tuple(path for path in paths if path.is_dir())
    pages: list[PictureKey] = []
    if not wishes.choice.is_all or wishes.pages is not None:
        from topazdesk.media.collect_files import Refusal, scan

        found = [item for item in scan(paths, is_wanted=lambda: True) if not isinstance(item, Refusal)]
        paths = [path for path in found if wishes.choice.takes(path)]
    if wishes.pages is not None:
        paths, pages = _apart(paths, wishes.pages)
    return _Found(tuple(dict.fromkeys(paths)), folders, tuple(missing), tuple(dict.fromkeys(pages)))


def _apart(paths: Sequence[Path], choice: PageChoice) -> tuple[list[Path], list[PictureKey]]:
    """Return the files that are one picture, also those that cannot be read, and the chosen pages of the others."""
    from topazdesk.media.headers import read_all

    whole: list[Path] = []
    pages: list[PictureKey] = []
    for path, info in zip(paths, read_all(paths), strict=True):
        if not isinstance(info, ImageInfo) or (info.pages == 1 and choice.first == 0):
            whole.append(path)
        else:
            pages += [(path, page) for page in choice.of(info.pages) or (choice.first,)]
    return whole, pages
