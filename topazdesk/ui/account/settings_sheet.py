"""The settings: every change applies at once and is saved, so there is nothing to confirm."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from topazdesk.app.keys import KeySource
from topazdesk.app.settings import Settings
from topazdesk.app.speaking import available
from topazdesk.domain.money import Unit
from topazdesk.domain.services import ServiceName
from topazdesk.language import LANGUAGES, SYSTEM
from topazdesk.ui.account.address_field import AddressField
from topazdesk.ui.account.device_field import DeviceField
from topazdesk.ui.account.limit_fields import LimitFields
from topazdesk.ui.account.metadata_fields import MetadataFields
from topazdesk.ui.controls import Button, CheckBox, Choice, ElidedLabel, Option, Segmented, Sheet, Text
from topazdesk.ui.controls.titled_rows import hint, in_row, stacked, titled_rows
from topazdesk.ui.texts import ntr, tr, translated
from topazdesk.ui.theme import px


class SettingsDialog(Sheet):
    """Shows the settings. `changed` is emitted with the new values of those that were changed, by name.

    `key_wanted` and `forget_wanted` are emitted with the service whose key is meant. `fixed_urls` are addresses set by
    the environment, which cannot be changed here, and so is `fixed_device`; `demanded` names settings that the
    organisation has switched on. `team` is the name of the team whose queue is used, "" for none.
    """

    help_page = "files#metadata"

    changed = Signal(object)
    key_wanted = Signal(object)
    forget_wanted = Signal(object)
    accounts_wanted = Signal()
    team_wanted = Signal()

    def __init__(
        self,
        parent: QWidget,
        settings: Settings,
        services: Sequence[ServiceName] = (ServiceName.TOPAZ,),
        *,
        fixed_urls: Mapping[ServiceName, str] = MappingProxyType({}),
        fixed_device: str = "",
        demanded: Collection[str] = (),
        team: str = "",
    ) -> None:
        super().__init__(parent, tr("Settings…").rstrip("…"), width=600, closable=True)
        self.settings = settings
        self._demanded = demanded
        self.theme = Segmented(
            (Option("system", tr("Use system setting")), Option("dark", tr("Dark")), Option("light", tr("Light"))),
            name=tr("Appearance"),
        )
        self.theme.set_value(settings.theme if settings.theme in ("dark", "light") else "system")
        named = [(code, LANGUAGES[code]) for code in available()]
        self.language = Choice([(SYSTEM, tr("Use system setting")), *named], name=tr("Language"))
        self.language.set_value(settings.language if settings.language in LANGUAGES else SYSTEM)
        self.contrast = CheckBox(tr("High contrast"), tr("When off: as set in the system"))
        self.contrast.setChecked(settings.contrast == "high")
        self.motion = CheckBox(tr("Less motion"), tr("When off: as set in the system"))
        self.motion.setChecked(settings.motion == "reduced")
        self.sidecars = CheckBox(
            tr("Save a sidecar file with the settings used"),
            tr("JSON next to each result"),
        )
        self.sidecars.setChecked(settings.sidecars)
        self.labels = CheckBox(
            tr("Also save a copy labelled “AI-enhanced”"),
            tr("Below the picture; the result itself stays as it is"),
        )
        self.labels.setChecked(settings.labels)
        for name, box in (("sidecars", self.sidecars), ("labels", self.labels)):
            if name in demanded:
                box.setChecked(True)
                box.setEnabled(False)
                box.setToolTip(tr("Set by your organisation"))
        self.awake = CheckBox(
            tr("Keep the computer awake during a run"),
            tr("Only while pictures are being worked on; the screen may go dark"),
        )
        self.awake.setChecked(settings.stay_awake)
        self.notifications = CheckBox(
            tr("Notify me when a run ends or stops"),
            tr("Only while you are looking at another program"),
        )
        self.notifications.setChecked(settings.notifications)
        self.leaving = CheckBox(
            tr("Ask before closing in mid-run"), tr("Says what happens to pictures that are not finished")
        )
        self.leaving.setChecked(settings.leaving_told)
        self.metadata = MetadataFields(settings)
        self.keys = {service: KeyRow(service) for service in services}
        units = tuple(unit for unit in Unit if any(service.unit is unit for service in services))
        self.team_state = ElidedLabel(
            tr("Shares the queue of the team “{name}”").format(name=team)
            if team
            else tr("This computer has its own queue"),
            "base",
        )
        self.team = Button(tr("Team…"), icon="team", size="panel")
        self.limits = LimitFields(settings, units or (Unit.CREDIT,))
        self.addresses = {
            each: AddressField(each, settings.addresses.get(each, ""), fixed_urls.get(each, "")) for each in services
        }
        self.device = DeviceField(settings.compute_device, fixed_device)
        self.speed = Segmented(
            (Option(1.0, tr("Realistic")), Option(0.0, tr("Instant"))), name=tr("Speed of the sandbox")
        )
        self.speed.set_value(0.0 if settings.sandbox_speed == 0 else 1.0)
        self._lay_out()
        self._connect()
        first = self.theme.segment(self.theme.value())
        if first is not None:
            first.setFocus(Qt.FocusReason.OtherFocusReason)

    def _lay_out(self) -> None:
        parts: list[tuple[str, QWidget]] = [
            (tr("Appearance"), stacked(_at_left(self.theme), self.contrast, self.motion)),
            (tr("Language"), self.language),
            (
                tr("Results"),
                stacked(
                    self.sidecars,
                    self.labels,
                    *([hint(tr("What is greyed out is set by your organisation."))] if self._demanded else []),
                    hint(tr("Folder and file names are set under Output, beside the pictures.")),
                ),
            ),
            (tr("Metadata"), self.metadata),
            (tr("Runs"), stacked(self.awake, self.notifications, self.leaving)),
            (tr("This computer"), self.device),
            (tr("Queue"), in_row(self.team_state, self.team, stretch=0)),
            *((tr("{service} key").format(service=each.label), row) for each, row in self.keys.items()),
            (tr("Spending limits"), self.limits),
            (
                ntr("Server URL", "Server URLs", len(self.addresses)),
                stacked(*self.addresses.values(), hint(tr("Change them only for a proxy or a test service."))),
            ),
            (
                tr("Sandbox"),
                stacked(
                    self.speed,
                    hint(tr("The free sandbox works on this computer. At real speed it takes as long as a service.")),
                ),
            ),
        ]
        self.body.addLayout(titled_rows(parts))
        self.footer.addWidget(Text(tr("Changes apply at once."), "small", "text2"))
        self.footer.addStretch(1)
        close = Button(tr("Close"))
        close.clicked.connect(self.accept)
        self.footer.addWidget(close)

    def _connect(self) -> None:
        self.theme.chosen.connect(lambda mode: self._put(theme=str(mode)))
        self.language.chosen.connect(lambda code: self._put(language=str(code)))
        self.contrast.toggled.connect(lambda on: self._put(contrast="high" if on else "system"))
        self.motion.toggled.connect(lambda on: self._put(motion="reduced" if on else "system"))
        self.speed.chosen.connect(lambda speed: self._put(sandbox_speed=float(speed)))
        self.device.changed.connect(lambda device: self._put(compute_device=device))
        self.sidecars.toggled.connect(lambda wanted: self._put(sidecars=wanted))
        self.awake.toggled.connect(lambda wanted: self._put(stay_awake=wanted))
        self.leaving.toggled.connect(lambda wanted: self._put(leaving_told=wanted))
        self.notifications.toggled.connect(lambda wanted: self._put(notifications=wanted))
        self.labels.toggled.connect(lambda wanted: self._put(labels=wanted))
        self.metadata.changed.connect(lambda name, value: self._put(**{name: value}))
        for address in self.addresses.values():
            address.changed.connect(
                lambda service, url: self._put(addresses=self.settings.with_address(service, url).addresses)
            )
            address.grew.connect(self.fit)
            self.finished.connect(lambda _code, each=address: each.settle())
        for service, row in self.keys.items():
            row.change.clicked.connect(lambda _checked=False, wanted=service: self.key_wanted.emit(wanted))
            row.accounts.clicked.connect(self._leave_for_accounts)
            row.forget.clicked.connect(lambda _checked=False, wanted=service: self.forget_wanted.emit(wanted))
        self.team.clicked.connect(self._leave_for_team)
        self.limits.changed.connect(lambda name, amount: self._put(**{name: amount}))
        self.finished.connect(lambda _code: self.limits.settle())

    def _leave_for_accounts(self) -> None:
        self.accept()
        self.accounts_wanted.emit()

    def _leave_for_team(self) -> None:
        self.accept()
        self.team_wanted.emit()

    def _put(self, **changes: object) -> None:
        new = self.settings.with_(**changes)
        if new != self.settings:
            self.settings = new
            self.changed.emit(changes)

    def show_limits(self) -> None:
        """Put the keyboard focus on the limits, and bring all of them into view, because they were asked for."""
        self.begin_at(self.limits)
        self.limits.fields["day_cap"].setFocus(Qt.FocusReason.ShortcutFocusReason)

    def show_metadata(self) -> None:
        """Put the keyboard focus on what becomes of metadata, and bring it into view with the sidecars above it."""
        self.begin_at(self.metadata)
        chosen = self.metadata.mode.segment(self.metadata.mode.value())
        if chosen is not None:
            chosen.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def show_cards(self, cards: Sequence[str]) -> None:
        """Offer these graphics cards."""
        self.device.show_cards(cards)
        self.fit()

    # key

    def show_key(self, service: ServiceName, source: KeySource | None, account: str = "") -> None:
        """Show where a key is kept; None while that is being looked up. `account`: whose, where there are several."""
        self.keys[service].show_source(source, account)
        self.fit()


def _at_left(widget: QWidget) -> QWidget:
    """Return a row in which a widget is no wider than it needs to be."""
    row = QWidget()
    across = QHBoxLayout(row)
    across.setContentsMargins(0, 0, 0, 0)
    across.addWidget(widget)
    across.addStretch(1)
    return row


class KeyRow(QWidget):
    """Where the key of a service is kept, and the buttons to change or remove it."""

    def __init__(self, service: ServiceName) -> None:
        super().__init__()
        self._service = service
        self.state = ElidedLabel("", "base")
        self.change = Button(tr("Add…"), icon="key", size="panel")
        self.forget = Button(tr("Remove"), "quiet", size="panel")
        self.accounts = Button(tr("Accounts…"), "quiet", size="panel")
        self.accounts.setAccessibleName(tr("Accounts at {service}").format(service=translated(service.label)))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(px(8))
        row.addWidget(self.state, 1)
        row.addWidget(self.accounts)
        row.addWidget(self.forget)
        row.addWidget(self.change)
        self.setMinimumHeight(px(28))
        self.show_source(None)

    def show_source(self, source: KeySource | None, account: str = "") -> None:
        """Show where the key is kept; None while that is being looked up. `account`: whose it is."""
        words = {
            None: tr("Looking…"),
            KeySource.RING: tr("Saved in this computer's keyring"),
            KeySource.FILE: tr("Saved in a file, not encrypted"),
            KeySource.MEMORY: tr("Kept until you quit"),
            KeySource.ENVIRONMENT: tr("Set by the environment ({name})").format(
                name=f"{self._service.upper()}_API_KEY"
            ),
            KeySource.NONE: tr("No key yet"),
            KeySource.LOCKED: tr("The keyring is locked"),
            KeySource.UNREACHABLE: tr("The keyring does not answer"),
        }
        self.state.setText(" · ".join(part for part in (translated(account), words[source]) if part))
        # A ring that is locked may have one, which can be removed once it is unlocked.
        own = (KeySource.RING, KeySource.FILE, KeySource.MEMORY, KeySource.LOCKED, KeySource.UNREACHABLE)
        has_own = source in own
        self.change.setText(tr("Change…") if has_own else tr("Add…"))
        name = tr("Change the {service} key") if has_own else tr("Add your {service} key")
        self.change.setAccessibleName(name.format(service=translated(self._service.label)))
        self.forget.setAccessibleName(tr("Remove the {service} key").format(service=translated(self._service.label)))
        self.change.setVisible(source not in (None, KeySource.ENVIRONMENT))
        self.forget.setVisible(has_own)
