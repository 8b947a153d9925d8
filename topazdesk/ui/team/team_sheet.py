"""The team as one sheet: which one it is, which machines work for it now, and whether this computer is one of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from topazdesk import __version__
from topazdesk.app.team_context import read_machine_name
from topazdesk.app.team_standing import CLOCK_S, TeamMachine, TeamStanding
from topazdesk.domain.displayed_text import one_line
from topazdesk.errors import TopazdeskError, UseError
from topazdesk.language import comma, titled
from topazdesk.ui.controls import Button, LineField, Sheet, Switch, Text
from topazdesk.ui.controls.mark import Mark
from topazdesk.ui.controls.titled_rows import hint, in_row, stacked, titled_rows
from topazdesk.ui.models.team_watch import TeamWatch
from topazdesk.ui.runtime.bind import bind
from topazdesk.ui.team.roots_field import RootsField, refused_text
from topazdesk.ui.texts import ntr, number, sentences, tr, translated
from topazdesk.ui.theme import px

#: Machines that are listed; of more than these, how many there are.
_MOST = 40
_MOST_CREDITS = 10**8
_MINUTE_S, _HOUR_S, _DAY_S = 60, 3_600, 86_400
_DAYS_LOST = 7


class TeamSheet(Sheet):
    """Shows how the team stands, as long as it is open.

    `folders` are those of this computer by name. `changes_wanted` is emitted with others, with the name of this
    computer, and whether the team's pictures have moved there, `leave_wanted` to leave the
    team, `cap_wanted` with the most credits a day for the whole team, None for no limit. A team of the command line or
    the environment `is_fixed`: it cannot be left here.
    """

    help_page = "team"

    changes_wanted = Signal(dict, str, bool)
    leave_wanted = Signal()
    cap_wanted = Signal(object)

    def __init__(
        self,
        parent: QWidget,
        watch: TeamWatch,
        folders: Mapping[str, str] = MappingProxyType({}),
        *,
        is_fixed: bool = False,
    ) -> None:
        super().__init__(
            parent, tr("Team “{name}”").format(name=one_line(watch.team.name, 60)), width=620, closable=True
        )
        self._watch = watch
        self.work = Switch(tr("Let this computer work for the team while the window is open"))
        self.work.setChecked(watch.team.is_working)
        self._folders = dict(folders)
        self._cap: int | None = None  # as wanted here
        self._held: int | None = None  # as it is known to be
        self.roots = RootsField(folders)
        self.name = LineField(watch.team.machine)
        self.name.setAccessibleName(tr("Name of this computer in the team"))
        self.cap = LineField()
        self.cap.setPlaceholderText(tr("No limit"))
        self.cap.setFixedWidth(px(110))
        self.cap.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.cap.setEnabled(False)  # until it is known
        self.cap.setAccessibleName(tr("Most credits a day for the whole team"))
        self.cap_told = hint(tr("For all machines of the team together. Each machine's own limits hold beside it."))
        self.rows: list[MachineRow] = []
        self.told = Text("", "base", "warn", wrap=True)
        self._list = QVBoxLayout()
        self._list.setContentsMargins(0, 0, 0, 0)
        self._list.setSpacing(px(10))
        machines = QWidget()
        machines.setLayout(self._list)
        self.place = Text(one_line(watch.team.place, 200), "base", wrap=True)
        self.place.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        parts: list[tuple[str, QWidget]] = [
            (tr("Database"), _beside_title(self.place)),
            (
                tr("This computer"),
                stacked(
                    self.name,
                    self.work,
                    hint(tr("It sends and fetches what any machine of the team has started, with its own key.")),
                ),
            ),
            (tr("Machines"), stacked(self.told, machines)),
            (tr("Folders here"), self.roots),
            (tr("Most per day"), stacked(in_row(self.cap, Text(tr("credits"), "base", "text2")), self.cap_told)),
        ]
        self.body.addLayout(titled_rows(parts))
        self.leave = Button(tr("Leave the team…"), "quiet")
        self.leave.set_reason(tr("The team was named with --team or by the environment.") if is_fixed else "")
        self.leave.clicked.connect(self._leave)
        self.footer.addWidget(self.leave)
        self.footer.addStretch(1)
        self.apply = Button(tr("Apply"), "primary")
        self.apply.hide()
        self.apply.clicked.connect(lambda: self._apply(is_moved=False))
        self.refused = Text("", "base", "err", wrap=True)
        self.refused.hide()
        self.body.addWidget(self.refused)
        self.moved = Button(tr("The pictures are there from now on"))
        self.moved.hide()
        self.moved.clicked.connect(lambda: self._apply(is_moved=True))
        self.footer.addWidget(self.moved)
        self.footer.addWidget(self.apply)
        self.roots.grew.connect(self.fit)
        self.roots.changed.connect(self._edited)
        self.name.textChanged.connect(self._edited)
        self.cap.textChanged.connect(self._check_cap)
        self.cap.editingFinished.connect(self._take_cap)
        close = Button(tr("Close"))
        close.clicked.connect(self.accept)
        self.footer.addWidget(close)
        bind(self.refresh, watch.changed)
        self.work.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_cap(self, credits: int | None) -> None:
        """Show the team's limit a day, once it is known and whenever it is another; what was just typed stays."""
        is_typed = self.cap.isEnabled() and self.cap.text() != _in_field(self._cap)
        self._cap = self._held = credits
        if not is_typed:
            self.cap.setText(_in_field(credits))
        self.cap.setEnabled(True)

    def take_back_cap(self) -> None:
        """Show the limit that holds, as another one could not be set."""
        self.show_cap(self._held)

    def _typed_cap(self) -> int | None:
        """Return what was typed, None for no limit. Raises ValueError."""
        typed = self.cap.text().strip()
        if not typed:
            return None
        if not typed.isascii() or not typed.isdecimal() or not 0 < int(typed) <= _MOST_CREDITS:
            raise ValueError(typed)
        return int(typed)

    def _check_cap(self) -> None:
        try:
            self._typed_cap()
        except ValueError:
            self.cap.set_invalid(True)
        else:
            self.cap.set_invalid(False)

    def _take_cap(self) -> None:
        if not self.cap.isEnabled() or self.cap.is_invalid:
            return
        wanted = self._typed_cap()
        if wanted != self._cap:
            self._cap = wanted
            self.cap.setText(_in_field(wanted))
            self.cap_wanted.emit(wanted)

    def _edited(self) -> None:
        is_another = self.name.text().strip() != self._watch.team.machine
        self.apply.setVisible(is_another or self.roots.folders() != self._folders)
        self.apply.set_reason(self.roots.problem() or self._name_problem())

    def _name_problem(self) -> str:
        try:
            name = read_machine_name(self.name.text())
        except UseError as error:
            return translated(error.title)
        return "" if name else tr("Enter a name for this computer first")

    def _apply(self, *, is_moved: bool) -> None:
        self.apply.set_reason(tr("Asking the database…"))
        self.moved.hide()
        self.refused.hide()
        self.changes_wanted.emit(self.roots.folders(), self.name.text().strip(), is_moved)

    def refuse(self, error: TopazdeskError) -> None:
        """Say why the changes cannot be made. A folder other than the one that the team means may be it from now on."""
        words, is_other = refused_text(error)
        self.refused.setText(words)
        self.refused.show()
        self.moved.setVisible(is_other)
        self._edited()
        self.fit()

    def _leave(self) -> None:
        self.accept()
        self.leave_wanted.emit()

    def refresh(self) -> None:
        """Show what is known now."""
        watch = self._watch
        self.work.setChecked(watch.team.is_working)
        fault, standing = watch.fault, watch.standing or TeamStanding()
        title, why = watch.stuck()
        said = titled(title, why) if title else ""
        if fault is not None:
            said = titled(translated(fault.title), translated(fault.hint))
        elif not said and watch.standing is not None and not watch.at_work:
            said = tr("No machine is working for this team")
        self.told.setText(said)
        self.told.setVisible(bool(said))
        self.roots.show_away(dict(standing.away_here))
        self._show([machine for machine in standing.machines if _is_news(machine)][:_MOST])
        self.fit()

    def _show(self, machines: Sequence[TeamMachine]) -> None:
        while len(self.rows) > len(machines):
            self.rows.pop().deleteLater()
        while len(self.rows) < len(machines):
            self.rows.append(MachineRow())
            self._list.addWidget(self.rows[-1])
        for row, machine in zip(self.rows, machines, strict=True):
            row.show_machine(machine, is_here=machine.name == self._watch.team.machine)


def _is_news(machine: TeamMachine) -> bool:
    """Tell whether a machine is listed: one that works, has worked today, or was lost this week."""
    return machine.seen_ago <= (_DAYS_LOST * _DAY_S if machine.is_lost else _DAY_S)


def _beside_title(words: Text) -> Text:
    """Return words that stand as high as the title of their row."""
    words.setMinimumHeight(px(28))
    words.setAlignment(Qt.AlignmentFlag.AlignVCenter)
    return words


class MachineRow(QWidget):
    """One machine: whether it works, what it does at once, and what is wrong with it."""

    def __init__(self) -> None:
        super().__init__()
        self.mark = Mark("ok", "ok")
        self.name = Text("", "base", weight=600)
        self.status = Text("", "small", "text2", wrap=True)
        self.trouble = Text("", "small", "warn", wrap=True)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(px(8))
        grid.setVerticalSpacing(px(1))
        grid.setColumnStretch(1, 1)
        grid.addWidget(self.mark, 0, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(self.name, 0, 1)
        grid.addWidget(self.status, 1, 1)
        grid.addWidget(self.trouble, 2, 1)

    def show_machine(self, machine: TeamMachine, *, is_here: bool) -> None:
        """Show a machine as its row in the database tells of it."""
        name = one_line(machine.name, 80)
        self.name.setText(tr("{machine} (this computer)").format(machine=name) if is_here else name)
        status, trouble = machine_text(machine), trouble_text(machine)
        self.status.setText(status)
        self.trouble.setText(trouble)
        self.trouble.setVisible(bool(trouble))
        look = ("warning", "warn") if trouble else ("ok", "ok") if machine.works else ("info", "text2")
        self.mark.show_icon(*look)
        self.setAccessibleName(titled(name, sentences(f"{status}.", trouble)))


def machine_text(machine: TeamMachine) -> str:
    """Return what a machine does."""
    if not machine.works:
        return tr("Does not work now, last seen {time}").format(time=ago_text(machine.seen_ago))
    up = ntr("1 upload at once", "{n} uploads at once", machine.uploads).format(n=number(machine.uploads))
    down = ntr("1 download at once", "{n} downloads at once", machine.downloads).format(n=number(machine.downloads))
    roots = comma().join(machine.roots)
    return " · ".join(
        part
        for part in (
            up if machine.uploads else "",
            down if machine.downloads else "",
            tr("Folders: {names}").format(names=roots) if roots else tr("no folders"),
        )
        if part
    )


def trouble_text(machine: TeamMachine) -> str:
    """Return what is wrong with a machine, in sentences; "" if nothing is."""
    said = []
    if machine.is_lost:
        said.append(tr("It was not heard of: it is off, or cut off. What it had begun is taken up by others."))
    if machine.works and machine.trouble:
        said.append(tr("It sends nothing: {why}.").format(why=translated(machine.trouble)))
    if machine.works:
        words = tr("Folder {name}: {state}.")
        said += [words.format(name=name, state=translated(state)) for name, state in machine.away]
    if machine.works and machine.version != __version__:
        words = tr("It has topazdesk {there}, this computer {here}.")
        said.append(words.format(there=one_line(machine.version, 30), here=__version__))
    if machine.works and abs(machine.clock_ahead) > CLOCK_S:
        off = round(abs(machine.clock_ahead))
        words = ntr(
            "Its clock is 1 second off; the database's counts.",
            "Its clock is {n} seconds off; the database's counts.",
            off,
        )
        said.append(words.format(n=number(off)))
    return sentences(*said)


def ago_text(seconds: float) -> str:
    """Return how long ago something was: "3 minutes ago"."""
    minutes, hours, days = int(seconds // _MINUTE_S), int(seconds // _HOUR_S), int(seconds // _DAY_S)
    if days:
        return ntr("1 day ago", "{n} days ago", days).format(n=number(days))
    if hours:
        return ntr("1 hour ago", "{n} hours ago", hours).format(n=number(hours))
    if minutes:
        return ntr("1 minute ago", "{n} minutes ago", minutes).format(n=number(minutes))
    return tr("a moment ago")


def _in_field(cap: int | None) -> str:
    return "" if cap is None else str(cap)
