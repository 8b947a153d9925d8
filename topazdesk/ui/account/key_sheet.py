"""The dialog to add a key: the service checks it while it is typed, and it is kept where the user says.

The key is shown in clear only on request. It lives in the field and in `key` until the dialog is closed; nothing here
writes it anywhere.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from PySide6.QtCore import QEvent, QObject, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication, QHideEvent, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from topazdesk.app.keys import KeySource
from topazdesk.domain.ports import Balance
from topazdesk.domain.services import ServiceName
from topazdesk.errors import AccountError, Code, TopazdeskError, UseError
from topazdesk.language import sentences, titled
from topazdesk.ui.controls import Button, IconButton, LineField, RadioButton, Sheet, Text
from topazdesk.ui.controls.mark import Mark
from topazdesk.ui.runtime.bind import bind
from topazdesk.ui.runtime.debounce import Debounce
from topazdesk.ui.runtime.work import Spawn
from topazdesk.ui.texts import money_text, plain_tip, tr, translated
from topazdesk.ui.theme import px
from topazdesk.ui.theme.mirrored import is_mirrored

#: Code of the error for a key that may not ask for the balance, but may be good for everything else.
FORBIDDEN = Code.ACCOUNT_FORBIDDEN

#: Errors of an account whose key is right: it lacks a plan or credits.
_GOOD_KEY = (Code.ACCOUNT_SUBSCRIPTION, Code.ACCOUNT_CREDITS, Code.ACCOUNT_TOP_UP)

#: Milliseconds without typing after which the service is asked.
_CHECK_AFTER_MS = 400

Check = Callable[[str], Awaitable[Balance]]


class KeyDialog(Sheet):
    """Asks for a key: await `answered()`. If accepted, `key` and `place` say what to do.

    `free_wanted` is set by the button that goes (back) to `free`, a service that costs nothing. `check` asks the
    service for the balance with a key, and `spawn` runs that. `recipient` is who gets to see the key.
    """

    help_page = "start#key"

    def __init__(
        self,
        parent: QWidget,
        check: Check,
        spawn: Spawn,
        *,
        service: ServiceName = ServiceName.TOPAZ,
        free: ServiceName = ServiceName.LOCAL,
        recipient: str = "",
        note: str = "",
    ) -> None:
        super().__init__(parent, tr("Add your {service} key").format(service=translated(service.label)), width=560)
        self._service = service
        self._check = check
        self._spawn = spawn
        self._asked = 0
        self._save_when_known = False
        self._works: bool | None = None
        self.free_wanted = False
        self.field = LineField()
        self.eye = IconButton("show", tr("Show the key"), checkable=True)
        self.paste = Button(tr("Paste"), size="panel")
        self.mark = Mark("info", "text2")
        self.status = Text("", "base", "text2", wrap=True)
        self.in_ring = RadioButton(
            tr("Save it in this computer's keyring"),
            tr("Recommended. It is only ever sent to {service}.").format(
                service=recipient or translated(service.label)
            ),
        )
        self.in_file = RadioButton(
            tr("Save it in a file that only you can read"),
            tr("Not encrypted: who can read your files or a backup of them can use it."),
        )
        self.in_file.hide()
        self.for_now = RadioButton(tr("Forget when I quit"), tr("You will be asked again next time."))
        self.ring_reason = Text("", "small", "warn", wrap=True)
        words = tr("Use the free sandbox") if free.traits.is_practice else tr("Use this computer · free")
        self.stay = Button(words, "quiet")
        self.save = Button(tr("Save key"), "primary")
        self._lay_out(note)
        self._timer = Debounce(_CHECK_AFTER_MS, self._ask, self)
        self.field.installEventFilter(self)
        self.eye.toggled.connect(self._show_key)
        self.paste.clicked.connect(self._paste)
        self.stay.clicked.connect(self._stay)
        self.save.clicked.connect(self.accept)
        self.in_ring.setChecked(True)
        bind(self._typed, self.field.textChanged)
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def _lay_out(self, note: str) -> None:
        where = tr(
            "Pictures are paid for by your account at {service}. Its key is there under <b>API keys</b>."
        ).format(service=translated(self._service.label))
        page = f'<a href="{self._service.traits.key_page}">{tr("Open the page")}</a>'
        self.link = Text(f"{where} {page}", "base", "text2", rich=True, wrap=True)
        self.link.setTextInteractionFlags(
            Qt.TextInteractionFlag.LinksAccessibleByMouse | Qt.TextInteractionFlag.LinksAccessibleByKeyboard
        )
        self.link.linkActivated.connect(lambda address: QDesktopServices.openUrl(QUrl(address)))
        self.body.addWidget(self.link)
        self.note = Text(note, "small", "warn", wrap=True)
        self.note.setVisible(bool(note))
        self.body.addWidget(self.note)
        self.body.addSpacing(px(8))
        label = Text(tr("Key"), "base")
        label.setBuddy(self.field)
        self.body.addWidget(label)
        self.field.setAccessibleName(tr("Key"))
        self.field.setEchoMode(QLineEdit.EchoMode.Password)
        hints = Qt.InputMethodHint
        self.field.setInputMethodHints(
            hints.ImhSensitiveData | hints.ImhHiddenText | hints.ImhNoPredictiveText | hints.ImhNoAutoUppercase
        )
        first, last = (px(34), px(8)) if is_mirrored() else (px(8), px(34))  # the eye stands where lines end
        self.field.setTextMargins(first, 0, last, 0)
        inside = QHBoxLayout(self.field)
        inside.setContentsMargins(0, 0, px(4), 0)
        inside.addStretch(1)
        inside.addWidget(self.eye)
        row = QHBoxLayout()
        row.setSpacing(px(8))
        row.addWidget(self.field, 1)
        row.addWidget(self.paste)
        self.body.addLayout(row)
        told = QHBoxLayout()
        told.setSpacing(px(6))
        told.addWidget(self.mark, 0, Qt.AlignmentFlag.AlignTop)
        told.addWidget(self.status, 1, Qt.AlignmentFlag.AlignTop)
        room = QWidget()  # the sentences have up to three lines, and nothing below them is to move
        room.setMinimumHeight(px(56))
        room.setLayout(told)
        told.setContentsMargins(0, 0, 0, 0)
        self.body.addWidget(room)
        self.body.addWidget(self.in_ring)
        self.ring_reason.setContentsMargins(px(24), 0, 0, 0)
        self.ring_reason.hide()
        self.body.addWidget(self.ring_reason)
        self.body.addWidget(self.in_file)
        self.body.addWidget(self.for_now)
        self.footer.addWidget(self.stay)
        self.footer.addStretch(1)
        cancel = Button(tr("Cancel"))
        cancel.clicked.connect(self.reject)
        self.footer.addWidget(cancel)
        self.footer.addWidget(self.save)

    @property
    def key(self) -> str:
        """What was typed, without surrounding blanks."""
        return self.field.text().strip()

    @property
    def place(self) -> KeySource:
        """Where the key is to be kept: in the key ring, a file, or memory."""
        if self.in_ring.isChecked():
            return KeySource.RING
        return KeySource.FILE if self.in_file.isChecked() else KeySource.MEMORY

    def set_note(self, note: str) -> None:
        """Say something about the key before it is entered."""
        self.note.setText(note)
        self.note.setVisible(bool(note))
        self.fit()

    def set_ring(self, there: bool) -> None:
        """Say whether this computer has a key ring.

        Without one that choice is disabled, with the reason beside it, and a file is offered; nobody begins with it.
        """
        reason = "" if there else tr("No working keyring was found on this computer.")
        self.in_ring.setEnabled(there)
        self.in_ring.setToolTip(plain_tip(reason))
        self.ring_reason.setText(reason)
        self.ring_reason.setVisible(not there)
        self.in_file.setVisible(not there)
        if not there:
            self.for_now.setChecked(True)
        self.fit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Save on Return; while the check is running, save as soon as it succeeds."""
        is_return = (
            watched is self.field
            and event.type() == QEvent.Type.KeyPress
            and isinstance(event, QKeyEvent)
            and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        )
        if not is_return:
            return super().eventFilter(watched, event)
        if self.save.isEnabled():
            self.accept()
        elif self.key and self._works is None:
            self._save_when_known = True
            self._timer.flush()
        return True

    def hideEvent(self, event: QHideEvent) -> None:
        """Forget the running check: a late answer has nobody to tell."""
        self._timer.stop()
        self._asked += 1
        super().hideEvent(event)

    # the check

    def _typed(self) -> None:
        self._asked += 1
        self._works = None
        self._save_when_known = False
        if self.key:
            self._say("queued", "text2", tr("Checking…"))
            self.save.set_reason(tr("Checking the key"))
            self._timer.start()
        else:
            self._timer.stop()
            self._say("info", "text2", tr("The key is verified as you enter it, free of charge."))
            self.save.set_reason(tr("No key entered yet"))

    def _ask(self) -> None:
        self._spawn("check key", self._look(self._asked, self.key))

    async def _look(self, asked: int, key: str) -> None:
        balance: Balance | None = None
        trouble: TopazdeskError | None = None
        try:
            balance = await self._check(key)
        except TopazdeskError as error:
            trouble = error
        if asked != self._asked:
            return
        if balance is not None:
            self._works = True
            left = money_text(balance.available, balance.unit)
            self._say("ok", "ok", tr("The key works · {credits} left").format(credits=left))
        elif trouble is not None and trouble.code in _GOOD_KEY:
            self._works = True
            told = sentences(titled(trouble.title, trouble.hint), tr("The key itself is right and can be saved."))
            self._say("warning", "warn", told)
        elif isinstance(trouble, AccountError | UseError) and trouble.code != FORBIDDEN:
            self._works = False
            self._say("failed", "err", titled(trouble.title, trouble.hint))
        elif trouble is not None:
            self._works = True  # unknown; the user may know better than the connection
            words = tr("Couldn't check it: {title}. You can save it anyway.")
            self._say("warning", "warn", words.format(title=translated(trouble.title)))
        is_taken = trouble is not None and trouble.code == Code.USE_NO_ACCOUNT
        reason = tr("Another account has this key") if is_taken else tr("This key does not work")
        self.save.set_reason("" if self._works else reason)
        if self._works and self._save_when_known and balance is not None:
            self.accept()

    def _say(self, icon: str, role: str, words: str) -> None:
        self.mark.show_icon(icon, role)
        self.status.set_colour(role)
        self.status.setText(words)
        self.field.setAccessibleDescription(words)

    # small things

    def _show_key(self, shown: bool) -> None:
        self.field.setEchoMode(QLineEdit.EchoMode.Normal if shown else QLineEdit.EchoMode.Password)
        self.eye.set_icon_name("hide" if shown else "show")
        self.eye.set_name(tr("Hide the key") if shown else tr("Show the key"))

    def _paste(self) -> None:
        self.field.setText("".join(QGuiApplication.clipboard().text().split()))
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def _stay(self) -> None:
        self.free_wanted = True
        self.reject()
