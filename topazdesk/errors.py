"""The taxonomy of everything that can go wrong in front of a user.

Each error has a *title* (what happened), a *hint* (what to do, and what it means for money and files) and *details*
(technical, shown behind a button). Its family says who can fix it and decides the command line's exit code.
The list of codes makes this module long: it is one table.
"""

from __future__ import annotations

from enum import Enum, IntEnum, StrEnum
from typing import ClassVar

from topazdesk.language import say


class Family(StrEnum):
    """Who or what must change to fix an error."""

    USE = "use"  # the user's input: an option, a value, a file
    ACCOUNT = "account"  # the account: key, credits, budget
    SERVICE = "service"  # the service or the network
    COMPUTER = "computer"  # this computer: disk, permissions
    BUG = "bug"  # this program


class Retry(Enum):
    """When a retry of the same attempt may succeed."""

    NEVER = "never"  # not unless the user changes something
    LATER = "later"  # as soon as the cause goes away by itself
    ASK = "ask"  # only the user may decide: it may cost money again


class Code(StrEnum):
    """What went wrong, as a stable word for logs, support and scripts. Each is written here and nowhere else.

    Codes are stored in job lists and read by scripts: new ones may be added, but no value may ever change.
    """

    ACCOUNT_CREDITS = "account.credits"
    ACCOUNT_DAY_CAP = "account.day_cap"
    ACCOUNT_OWN_CAP = "account.own_cap"
    ACCOUNT_TEAM_CAP = "account.team_cap"
    ACCOUNT_EMAIL = "account.email"
    ACCOUNT_FORBIDDEN = "account.forbidden"
    ACCOUNT_KEY_MALFORMED = "account.key_malformed"
    ACCOUNT_KEY_REFUSED = "account.key_refused"
    ACCOUNT_NO_KEY = "account.no_key"
    ACCOUNT_NO_RING = "account.no_ring"
    ACCOUNT_OTHER = "account.other"
    ACCOUNT_RING_GONE = "account.ring_gone"
    ACCOUNT_RING_LOCKED = "account.ring_locked"
    ACCOUNT_RUN_BUDGET = "account.run_budget"
    ACCOUNT_SUBSCRIPTION = "account.subscription"
    ACCOUNT_TOP_UP = "account.top_up"

    BUDGET_LIMIT = "budget.limit"
    BUDGET_RUN = "budget.run"

    BUG_UNEXPECTED = "bug.unexpected"
    BUG_WORKER = "bug.worker"

    COMPUTER_BAD_COPY = "computer.bad_copy"
    COMPUTER_DATABASE_CLOSED = "computer.database_closed"
    COMPUTER_DATABASE_DAMAGED = "computer.database_damaged"
    COMPUTER_DATABASE_FAULT = "computer.database_fault"
    COMPUTER_DATABASE_FULL = "computer.database_full"
    COMPUTER_DATABASE_GONE = "computer.database_gone"
    COMPUTER_DATABASE_LOCKED = "computer.database_locked"
    COMPUTER_DATABASE_LOST = "computer.database_lost"
    COMPUTER_DATABASE_NEWER = "computer.database_newer"
    COMPUTER_DATABASE_READ_ONLY = "computer.database_read_only"
    COMPUTER_DATABASE_TOO_MANY_FILES = "computer.database_too_many_files"
    COMPUTER_DISK_FAULT = "computer.disk_fault"
    COMPUTER_DISK_FULL = "computer.disk_full"
    COMPUTER_FOLDER_GONE = "computer.folder_gone"
    COMPUTER_FOLDER_READ_ONLY = "computer.folder_read_only"
    COMPUTER_FOLDER_UNWRITABLE = "computer.folder_unwritable"
    COMPUTER_GRAPHICS_CARD = "computer.graphics_card"
    COMPUTER_JOBS_UNREADABLE = "computer.jobs_unreadable"
    COMPUTER_NAME_REFUSED = "computer.name_refused"
    COMPUTER_NETWORK_BROKEN = "computer.network_broken"
    COMPUTER_NETWORK_MISSING = "computer.network_missing"
    COMPUTER_NO_NCNN = "computer.no_ncnn"
    COMPUTER_NO_PROGRAM = "computer.no_program"
    COMPUTER_OWNER_GONE = "computer.owner_gone"
    COMPUTER_OWNER_SILENT = "computer.owner_silent"
    COMPUTER_OWNER_VERSION = "computer.owner_version"
    COMPUTER_PORT = "computer.port"
    COMPUTER_POWER = "computer.power"
    COMPUTER_PROFILE_CHANGED = "computer.profile_changed"
    COMPUTER_PROFILE_IN_USE = "computer.profile_in_use"
    COMPUTER_PROFILE_READ_ONLY = "computer.profile_read_only"
    COMPUTER_PROFILE_REPLACED = "computer.profile_replaced"
    COMPUTER_PROFILE_TAKEN = "computer.profile_taken"
    COMPUTER_SAMPLES = "computer.samples"
    COMPUTER_SANDBOX = "computer.sandbox"
    COMPUTER_SANDBOX_FOLDER = "computer.sandbox_folder"
    COMPUTER_SANDBOX_RUNNING = "computer.sandbox_running"
    COMPUTER_SIDECAR_TAKEN = "computer.sidecar_taken"
    COMPUTER_TEAM_ADDRESS = "computer.team_address"
    COMPUTER_TEAM_FAULT = "computer.team_fault"
    COMPUTER_TEAM_FULL = "computer.team_full"
    COMPUTER_TEAM_NAME = "computer.team_name"
    COMPUTER_TEAM_NEWER = "computer.team_newer"
    COMPUTER_TEAM_NONE = "computer.team_none"
    COMPUTER_TEAM_NO_DATABASE = "computer.team_no_database"
    COMPUTER_TEAM_NO_JOB = "computer.team_no_job"
    COMPUTER_TEAM_OLDER = "computer.team_older"
    COMPUTER_TEAM_OTHER = "computer.team_other"
    COMPUTER_TEAM_PARTS = "computer.team_parts"
    COMPUTER_TEAM_RESTORED = "computer.team_restored"
    COMPUTER_TEAM_RING = "computer.team_ring"
    COMPUTER_TEAM_RIGHTS = "computer.team_rights"
    COMPUTER_TEAM_SIGN_IN = "computer.team_sign_in"
    COMPUTER_TEAM_UNREACHABLE = "computer.team_unreachable"
    COMPUTER_TOO_MANY_FILES = "computer.too_many_files"
    COMPUTER_WORKER = "computer.worker"

    CREDIT_TOO_LITTLE = "credit.too_little"

    DISK_CACHE = "disk.cache"
    DISK_CACHE_GONE = "disk.cache_gone"
    DISK_EXPORT = "disk.export"
    DISK_FILE_SIZE = "disk.file_size"
    DISK_FULL = "disk.full"
    DISK_FULL_CACHE = "disk.full_cache"
    DISK_GONE = "disk.gone"
    DISK_IO = "disk.io"
    DISK_NO_RIGHTS = "disk.no_rights"
    DISK_PRESET = "disk.preset"
    DISK_PRESETS = "disk.presets"
    DISK_PASTED = "disk.pasted"
    DISK_PROFILE = "disk.profile"
    DISK_READ_ONLY = "disk.read_only"
    DISK_KEYS = "disk.keys"
    DISK_SESSION = "disk.session"
    DISK_SETTINGS = "disk.settings"
    DISK_WRITE = "disk.write"

    INPUT_BOMB = "input.bomb"
    INPUT_BYTES = "input.bytes"
    INPUT_CHANGED = "input.changed"
    INPUT_CUT_OFF = "input.cut_off"
    INPUT_DAMAGED = "input.damaged"
    INPUT_EMPTY = "input.empty"
    INPUT_FOLDER = "input.folder"
    INPUT_FORMAT = "input.format"
    INPUT_HEIC_MISSING = "input.heic_missing"
    INPUT_IO = "input.io"
    INPUT_LINK_LOOP = "input.link_loop"
    INPUT_MISSING = "input.missing"
    INPUT_NAME = "input.name"
    INPUT_NO_PICTURES = "input.no_pictures"
    INPUT_NO_RIGHTS = "input.no_rights"
    INPUT_NOT_A_PICTURE = "input.not_a_picture"
    INPUT_OWN_RESULT = "input.own_result"
    INPUT_PAGE = "input.page"
    INPUT_PART_DAMAGED = "input.part_damaged"
    INPUT_PATCH = "input.patch"
    INPUT_RAW_MISSING = "input.raw_missing"
    INPUT_SIDE = "input.side"
    INPUT_SPECIAL = "input.special"
    INPUT_TOO_LARGE = "input.too_large"
    INPUT_TRANSPARENT = "input.transparent"
    INPUT_UNREADABLE = "input.unreadable"
    INPUT_UNSUPPORTED = "input.unsupported"
    INPUT_ZEROS = "input.zeros"

    NETWORK_BROKEN = "network.broken"
    NETWORK_NAME = "network.name"
    NETWORK_NOT_SECURE = "network.not_secure"
    NETWORK_OFFLINE = "network.offline"
    NETWORK_PROXY = "network.proxy"
    NETWORK_REFUSED = "network.refused"
    NETWORK_SIGN_IN = "network.sign_in"
    NETWORK_SILENT = "network.silent"

    RESULT_CHECKSUM = "result.checksum"
    RESULT_CUT_OFF = "result.cut_off"
    RESULT_DAMAGED = "result.damaged"
    RESULT_EMPTY = "result.empty"
    RESULT_FORMAT = "result.format"
    RESULT_GONE = "result.gone"
    RESULT_MISSING = "result.missing"
    RESULT_NAME = "result.name"
    RESULT_NO_PICTURE = "result.no_picture"
    RESULT_NOT_REPLACED = "result.not_replaced"
    RESULT_PACKED = "result.packed"
    RESULT_SIZE = "result.size"
    RESULT_TOO_LONG = "result.too_long"
    RESULT_WRONG_RANGE = "result.wrong_range"

    SERVICE_BAD_REQUEST = "service.bad_request"
    SERVICE_CANNOT_LOOK = "service.cannot_look"
    SERVICE_CHARGE_FAR_ABOVE = "service.charge_far_above"
    SERVICE_NO_CHARGE = "service.no_charge"
    SERVICE_DOUBTFUL = "service.doubtful"
    SERVICE_EXPIRED = "service.expired"
    SERVICE_FAILED = "service.failed"
    SERVICE_FAILING = "service.failing"
    SERVICE_GIVEN_UP = "service.given_up"
    SERVICE_JOB_FAILED = "service.job_failed"
    SERVICE_JOB_UNKNOWN = "service.job_unknown"
    SERVICE_KNOWN_ID = "service.known_id"
    SERVICE_LINK_EXPIRED = "service.link_expired"
    SERVICE_LINK_INSECURE = "service.link_insecure"
    SERVICE_LIST_INCOMPLETE = "service.list_incomplete"
    SERVICE_LIST_IS_OLDER = "service.list_is_older"
    SERVICE_MODEL_UNAVAILABLE = "service.model_unavailable"
    SERVICE_NO_ESTIMATE = "service.no_estimate"
    SERVICE_NO_RESULT = "service.no_result"
    SERVICE_NONSENSE = "service.nonsense"
    SERVICE_NOT_CANCELLABLE = "service.not_cancellable"
    SERVICE_NOT_FOUND = "service.not_found"
    SERVICE_NOT_READY = "service.not_ready"
    SERVICE_ODD_LIST = "service.odd_list"
    SERVICE_ODD_PRICE = "service.odd_price"
    SERVICE_OTHER_JOB = "service.other_job"
    SERVICE_OTHER_NAMES = "service.other_names"
    SERVICE_RATE_LIMIT = "service.rate_limit"
    SERVICE_REDIRECTED = "service.redirected"
    SERVICE_REFUSED = "service.refused"
    SERVICE_STORAGE_BUSY = "service.storage_busy"
    SERVICE_STORAGE_REFUSED = "service.storage_refused"
    SERVICE_TOO_LARGE = "service.too_large"
    SERVICE_UNCONFIRMED = "service.unconfirmed"
    SERVICE_UNDECIDED = "service.undecided"
    SERVICE_UNFINISHED = "service.unfinished"
    SERVICE_UNKNOWN_RESULTS = "service.unknown_results"
    SERVICE_UNPROCESSABLE = "service.unprocessable"
    SERVICE_UNREADABLE_PICTURE = "service.unreadable_picture"
    SERVICE_UPLOAD_REFUSED = "service.upload_refused"
    SERVICE_WEB_PAGE = "service.web_page"

    UI_ICON = "ui.icon"
    UI_ICONS = "ui.icons"

    USE_ADDRESS = "use.address"
    USE_ADDRESS_INSECURE = "use.address_insecure"
    USE_AMBIGUOUS_MODEL = "use.ambiguous_model"
    USE_ARGUMENTS = "use.arguments"
    USE_BAG_TAKEN = "use.bag_taken"
    USE_BUDGET = "use.budget"
    USE_CAP = "use.cap"
    USE_CATALOGUE_FILE = "use.catalogue_file"
    USE_DECLINED = "use.declined"
    USE_DOUBTFUL = "use.doubtful"
    USE_EMPTY = "use.empty"
    USE_EXPORT_NAME = "use.export_name"
    USE_FILE_GONE = "use.file_gone"
    USE_FORMAT = "use.format"
    USE_JOB_OVER = "use.job_over"
    USE_MODEL_GONE = "use.model_gone"
    USE_MODEL_REFUSED = "use.model_refused"
    USE_NAME_TEMPLATE = "use.name_template"
    USE_NO_CANDIDATES = "use.no_candidates"
    USE_NO_JOB = "use.no_job"
    USE_NO_ACCOUNT = "use.no_account"
    USE_NO_KEY = "use.no_key"
    USE_NO_KEY_NEEDED = "use.no_key_needed"
    USE_NO_MODELS = "use.no_models"
    USE_NO_PICTURES = "use.no_pictures"
    USE_NO_RESULTS = "use.no_results"
    USE_NO_PRESET = "use.no_preset"
    USE_NOT_A_WHOLE_TRIAL = "use.not_a_whole_trial"
    USE_NOT_AGREED = "use.not_agreed"
    USE_NOT_DOUBTFUL = "use.not_doubtful"
    USE_NOT_FAILED = "use.not_failed"
    USE_NOT_VERIFIED = "use.not_verified"
    USE_OPTIONS = "use.options"
    USE_HOURS = "use.hours"
    USE_OVER_LIMIT = "use.over_limit"
    USE_PARAMETER = "use.parameter"
    USE_PATCH = "use.patch"
    USE_PLAN = "use.plan"
    USE_POLICY = "use.policy"
    USE_POLICY_FILE = "use.policy_file"
    USE_PRESET_FILE = "use.preset_file"
    USE_PRESET_MODEL = "use.preset_model"
    USE_PRESET_NAME = "use.preset_name"
    USE_PRESET_TAKEN = "use.preset_taken"
    USE_PRESET_VALUE = "use.preset_value"
    USE_PRESET_VERSION = "use.preset_version"
    USE_PRICE_AGREED = "use.price_agreed"
    USE_PRICE_CHANGED = "use.price_changed"
    USE_PRICE_ASKED = "use.price_asked"
    USE_PRICE_REFUSED = "use.price_refused"
    USE_PRICE_UNKNOWN = "use.price_unknown"
    USE_PROFILE_FOLDER = "use.profile_folder"
    USE_RUN_FILE = "use.run_file"
    USE_SANDBOX_FOLDER = "use.sandbox_folder"
    USE_SCENARIO = "use.scenario"
    USE_SETTINGS_FILE = "use.settings_file"
    USE_SHAPE = "use.shape"
    USE_SIDECAR = "use.sidecar"
    USE_SIZE = "use.size"
    USE_SKIPPED = "use.skipped"
    USE_SOURCE_CHANGED = "use.source_changed"
    USE_STOPPED = "use.stopped"
    USE_STOPPED_WAITING = "use.stopped_waiting"
    USE_TEAM_NAME = "use.team_name"
    USE_TEAM_NO_ROOT = "use.team_no_root"
    USE_TEAM_OTHER_ROOT = "use.team_other_root"
    USE_TEAM_ROOT = "use.team_root"
    USE_TEAM_SERVER = "use.team_server"
    USE_TEAM_SERVICE = "use.team_service"
    USE_TEAM_TRIAL = "use.team_trial"
    USE_TEAM_URL = "use.team_url"
    USE_TOO_MANY_CANDIDATES = "use.too_many_candidates"
    USE_UNKNOWN_MODEL = "use.unknown_model"
    USE_URL = "use.url"
    USE_WATCHED = "use.watched"
    USE_WATCHED_FOLDER = "use.watched_folder"


class ExitCode(IntEnum):
    """How a command ended, for scripts: all that a command may return. No value may ever change.

    A part that failed is never 0. `about` is what the manual says of each.
    """

    DONE = 0
    SOME_FAILED = 1
    USE = 2
    ACCOUNT = 3
    SERVICE = 4
    COMPUTER = 5
    INTERRUPTED = 130

    @property
    def about(self) -> str:
        """What it means, in the words of the manual."""
        return _ABOUT_CODES[self]


_ABOUT_CODES = {
    ExitCode.DONE: say("all done"),
    ExitCode.SOME_FAILED: say("some pictures failed"),
    ExitCode.USE: say("wrong use or bad input"),
    ExitCode.ACCOUNT: say("account (key, credits, budget)"),
    ExitCode.SERVICE: say("service or network"),
    ExitCode.COMPUTER: say("this computer (disk, rights)"),
    # The system answers for a program that is not up yet.
    ExitCode.INTERRUPTED: say(
        "interrupted (143 or 129: in the first moment, before anything had begun; nothing was sent)"
    ),
}
EXIT_CODES: dict[Family, ExitCode] = {
    Family.USE: ExitCode.USE,
    Family.ACCOUNT: ExitCode.ACCOUNT,
    Family.SERVICE: ExitCode.SERVICE,
    Family.COMPUTER: ExitCode.COMPUTER,
    Family.BUG: ExitCode.SOME_FAILED,
}


def told(title: str, hint: str = "") -> str:
    """Return title and hint as sentences in one text, such as "No connection to Topaz. Nothing is lost."."""
    return f"{title.removesuffix('.')}. {hint}".strip()


class TopazdeskError(Exception):
    """Base of all errors that are shown to the user.

    The title has no full stop at the end (one that is given is removed); `told` makes sentences of title and hint.
    `code` is one of `Code`, never the main text;
    without one it is family and kind (`service.network`). `retry_after_s` is the
    delay in seconds that the service asked for, if it did.
    """

    family: ClassVar[Family] = Family.BUG

    def __init__(
        self,
        title: str,
        hint: str = "",
        *,
        details: str = "",
        code: str = "",
        retry: Retry = Retry.NEVER,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(title)
        self.title = title.removesuffix(".")
        self.hint = hint
        self.details = details
        self.code = str(code) if code else f"{self.family}.{type(self).__name__.removesuffix('Error').lower()}"
        self.retry = retry
        self.retry_after_s = retry_after_s

    @property
    def exit_code(self) -> ExitCode:
        """The command line's exit code for this error."""
        return EXIT_CODES[self.family]


class UseError(TopazdeskError):
    """A wrong option, value, model or recipe."""

    family = Family.USE


class InputError(TopazdeskError):
    """A file that cannot be used: not a picture, damaged, over a limit, or unreadable."""

    family = Family.USE


class CatalogueError(TopazdeskError):
    """A broken catalogue file; the error names the file and the line."""

    family = Family.USE


class AccountError(TopazdeskError):
    """The key is missing or wrong, or the account lacks the permission or the subscription."""

    family = Family.ACCOUNT


class CreditError(AccountError):
    """Not enough credits at the service (402), or a top-up in progress (425, `Retry.LATER`)."""


class BudgetError(AccountError):
    """The user's own spending cap would be exceeded."""


class ServiceError(TopazdeskError):
    """The service answered with an error, or with something that is not an answer."""

    family = Family.SERVICE


class RejectedError(ServiceError):
    """The service refused the request (4xx): it certainly was not accepted and costs nothing."""


class NotFoundError(RejectedError):
    """The service does not know the job (404): it was deleted, or is older than the service keeps jobs."""


class NotReadyError(ServiceError):
    """The job is in the wrong state for the request (409): not ready, not cancellable, not deletable."""


class BusyError(ServiceError):
    """The service is busy (429 or 5xx), on a request that is free to repeat."""


class NetworkError(ServiceError):
    """No connection, or the connection broke. `sent`: some of the request may have left this computer."""

    def __init__(self, title: str, hint: str = "", *, details: str = "", code: str = "", sent: bool = False) -> None:
        super().__init__(title, hint, details=details, code=code, retry=Retry.LATER)
        self.sent = sent


class UnknownOutcomeError(ServiceError):
    """A paid request was sent, in full or in part, and its answer is unknown. It is never repeated blindly.

    `handed_over` is True if the whole body left this computer or may have: something on the way can then still deliver
    it, long after the connection broke. A body that was certainly cut short is not a complete request.
    """

    def __init__(
        self,
        title: str,
        hint: str = "",
        *,
        details: str = "",
        code: str = "",
        retry: Retry = Retry.ASK,
        retry_after_s: float | None = None,
        handed_over: bool = True,
    ) -> None:
        super().__init__(title, hint, details=details, code=code, retry=retry, retry_after_s=retry_after_s)
        self.handed_over = handed_over


class KnownIdError(ServiceError):
    """The service gave a job the id that another job of this profile already has: it cannot be both."""


class ResultError(ServiceError):
    """A downloaded result is not what was ordered: truncated, undecodable, of the wrong size or format."""


class ComputerError(TopazdeskError):
    """A problem of this computer: disk full, folder gone or read-only, profile in use by another program."""

    family = Family.COMPUTER


class ProfileLostError(ComputerError):
    """The job list now belongs to another program, or is not the one that was opened: this program must stop."""


class BugError(TopazdeskError):
    """A mistake in this program: reported, never hidden."""

    family = Family.BUG
