"""Keeps the window in step with its team: what works, what needs the user, and this computer's part in the work."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from topazdesk.app.settings import Settings, team_in_environment
from topazdesk.domain.displayed_text import one_line
from topazdesk.domain.questions import Questions
from topazdesk.errors import Code, TopazdeskError
from topazdesk.ui.controls import NoticeAction
from topazdesk.ui.controls.sheet import is_open
from topazdesk.ui.host.feature import Feature
from topazdesk.ui.models.team_watch import TeamWatch
from topazdesk.ui.queue.panel import QueuePanel
from topazdesk.ui.texts import tr, translated

if TYPE_CHECKING:
    from topazdesk.app.team_desk import TeamDesk
    from topazdesk.engine.events import Event
    from topazdesk.ui.host.host import Host
    from topazdesk.ui.team.join_sheet import JoinSheet
    from topazdesk.ui.team.team_sheet import TeamSheet

_STUCK, _LINE, _CAP = "team stuck", "team line", "limit of the team"
#: The settings that say which queue it is, and where.
_OF_A_TEAM = ("team", "team_password", "team_work", "team_name", "team_roots")


@runtime_checkable
class Reopens(Protocol):
    """The top-level window, which opens its profile anew where another queue holds."""

    def reopen(self) -> None:
        """Close the profile and open it again."""
        ...


class TeamController(Feature):
    """The team of a window. Without one it offers to join one, and does nothing else."""

    def __init__(self, host: Host, panel: QueuePanel) -> None:
        super().__init__(host.widget)
        self._host = host
        self._context = host.session.context
        self._panel = panel
        self._told = ("", "")
        self.watch: TeamWatch | None = None
        team = self._context.team
        self._unsubscribe = self._context.events.subscribe(self._on_event)
        self._frame = host.widget.window()
        host.commands.provide("team", lambda: host.dialogs.run("team", self._show if team is not None else self._join))
        if team is not None:
            self._follow(team)

    def close(self) -> None:
        """Stop listening."""
        self._unsubscribe()
        if self._context.team is not None:
            self._context.team.changed = lambda: None
            self._host.widget.window().setWindowTitle("topazdesk")

    def _follow(self, team: TeamDesk) -> None:
        host = self._host
        watch = self.watch = TeamWatch(team, self._context.engine.unfinished, self)
        team.changed = self._work_changed
        host.widget.window().setWindowTitle(f"topazdesk · {one_line(team.name, 60)}")
        self._panel.team_wanted.connect(lambda: host.commands.run("team"))
        watch.changed.connect(self._refresh)
        host.session.library.queue.changed.connect(self._tell_stuck)
        if self._context.settings.team_work:
            team.begin_work()
        self._refresh()
        host.session.spawn("team", watch.run())

    def _on_event(self, event: Event) -> None:
        from topazdesk.engine.events import LineChanged

        if not isinstance(event, LineChanged) or self.watch is None:
            return
        error, notices = event.error, self._host.notices
        self.watch.set_line(error)
        if error is None:
            notices.withdraw(_LINE)
            notices.withdraw_errors(lambda told: told.code == Code.COMPUTER_TEAM_UNREACHABLE)
        elif not notices.is_told(_LINE):
            details = error.details
            notices.tell("warn", translated(error.title), translated(error.hint), details=details, subject=_LINE)

    def _work_changed(self) -> None:
        if self.watch is not None:
            self.watch.changed.emit()
            self.watch.look_soon()

    def _refresh(self) -> None:
        watch = self.watch
        if watch is not None:
            watch.team.is_alone = watch.team.is_working and watch.at_work == 1
            tip = tr("Team “{name}”: {state}").format(name=one_line(watch.team.name, 60), state=watch.brief)
            self._panel.show_team(watch.brief, tip)
            self._tell_stuck()

    def _tell_stuck(self) -> None:
        """Say why the queue does not move, as long as that is so."""
        if self.watch is None:
            return
        said = self.watch.stuck()
        if said == self._told:
            return
        if said[0] and said[0] == self._told[0] and not self._host.notices.is_told(_STUCK):
            self._told = said  # the user has closed it: only the number of pictures is another
            return
        self._told = said
        if not said[0]:
            self._host.notices.withdraw(_STUCK)
            return
        about = NoticeAction(tr("Team…"), lambda: self._host.commands.run("team"), "team", variant="quiet", keep=True)
        work = NoticeAction(tr("Work on this computer"), lambda: self.set_work(True), "play")
        actions = (about,) if self.watch.team.is_working else (work, about)
        self._host.notices.tell("warn", *said, *actions, subject=_STUCK)

    def set_work(self, wanted: bool) -> None:
        """Let this computer work for the team from now on, also when the window is opened again; or no more."""
        self._host.session.spawn("work for the team", self._set_work(wanted))

    async def _set_work(self, wanted: bool) -> None:
        team = self._context.team
        if team is None:
            return
        await self._context.save_settings(self._context.settings.with_(team_work=wanted))
        if wanted:
            team.begin_work()
        else:
            await team.end_work()

    async def _show(self) -> None:
        from topazdesk.engine.events import LimitsChanged
        from topazdesk.ui.team.team_sheet import TeamSheet

        if self.watch is None:
            return
        spawn, settings = self._host.session.spawn, self._context.settings
        sheet = TeamSheet(
            self._host.widget,
            self.watch,
            settings.team_roots,
            is_fixed=bool(team_in_environment()) or not settings.team,
        )
        sheet.work.clicked.connect(lambda: self.set_work(sheet.work.isChecked()))
        sheet.changes_wanted.connect(lambda *changes: spawn("changes for the team", self._use(sheet, *changes)))
        sheet.leave_wanted.connect(lambda: spawn("leave the team", self._leave()))
        caps: Questions[str] = Questions()

        def look_at_cap(event: Event | None = None) -> None:
            if event is None or isinstance(event, LimitsChanged):
                spawn(_CAP, self._show_cap(sheet, caps, caps.ask(_CAP)))

        sheet.cap_wanted.connect(lambda credits: spawn(_CAP, self._cap_day(sheet, caps, caps.ask(_CAP), credits)))
        unsubscribe = self._context.events.subscribe(look_at_cap)
        look_at_cap()
        self.watch.look_soon()
        try:
            await sheet.answered()
        finally:
            unsubscribe()
        sheet.deleteLater()

    async def _show_cap(self, sheet: TeamSheet, caps: Questions[str], question: int) -> None:
        if self.watch is not None:
            found = await self.watch.team.day_cap()
            if is_open(sheet) and caps.is_latest(_CAP, question):
                sheet.show_cap(found)

    async def _cap_day(self, sheet: TeamSheet, caps: Questions[str], question: int, credits: int | None) -> None:
        """Set the team's limit; where that fails, the sheet shows again what holds."""
        if self.watch is None:
            return
        try:
            await self.watch.team.cap_day(credits)
        except TopazdeskError:
            if is_open(sheet) and caps.is_latest(_CAP, question):
                sheet.take_back_cap()
            raise
        if is_open(sheet) and caps.is_latest(_CAP, question):
            sheet.show_cap(credits)

    async def _use(self, sheet: TeamSheet, folders: dict[str, str], name: str, is_moved: bool) -> None:
        from topazdesk.app.team_context import settle_roots

        before, team, context = self._context.settings, self._context.team, self._context
        settings = before.with_(team_roots=folders)
        if team is not None and name != team.machine:
            settings = settings.with_(team_name=name)
        new = {each: Path(where) for each, where in folders.items() if before.team_roots.get(each) != where}
        try:
            await settle_roots(settings, context.paths.profile, new, context.keys, is_asked=True, is_moved=is_moved)
        except TopazdeskError as error:
            if is_open(sheet):
                sheet.refuse(error)
            return
        if is_open(sheet):
            sheet.accept()
            await self._keep(settings)

    async def _leave(self) -> None:
        from topazdesk.app.team_context import left
        from topazdesk.ui.team.join_sheet import LeaveSheet

        team, context = self._context.team, self._context
        if team is None:
            return
        try:
            stays = await team.left_behind()
        except TopazdeskError:  # its database is away, which may be why the user leaves
            stays = None
        sheet = LeaveSheet(self._host.widget, one_line(team.name, 60), stays, is_working=team.is_working)
        accepted = await sheet.answered()
        sheet.deleteLater()
        if accepted:
            await self._keep(await left(context.settings, context.keys))

    async def _join(self) -> None:
        from topazdesk.app.team_context import check_parts
        from topazdesk.ui.team.join_sheet import JoinSheet

        check_parts()
        context = self._context
        sheet = JoinSheet(self._host.widget, context.settings.team_roots, unfinished=len(context.engine.unfinished()))
        sheet.join.clicked.connect(lambda: self._host.session.spawn("join the team", self._try(sheet)))
        await sheet.answered()
        sheet.deleteLater()

    async def _try(self, sheet: JoinSheet) -> None:
        from topazdesk.app.team_context import joined, settle_roots

        context = self._context
        sheet.set_trying(True)
        wanted = context.settings.with_(team_roots=sheet.roots.folders())
        try:
            settings = await joined(wanted, context.paths.profile, sheet.address.text().strip(), context.keys)
            roots = {name: Path(folder) for name, folder in settings.team_roots.items()}
            await settle_roots(settings, context.paths.profile, roots, context.keys, is_asked=True)
        except TopazdeskError as error:
            if is_open(sheet):
                sheet.set_trying(False)
                sheet.tell(error)
            return
        if is_open(sheet):
            sheet.accept()
            await self._keep(settings)

    async def _keep(self, settings: Settings) -> None:
        """Save what holds for the queue, and open the window anew with it.

        The rest stays as it is by now: to ask a database, or a key ring, takes as long as it likes.
        """
        wanted = {name: getattr(settings, name) for name in _OF_A_TEAM}
        await self._context.save_settings(self._context.settings.with_(**wanted))
        if isinstance(self._frame, Reopens):
            self._frame.reopen()
