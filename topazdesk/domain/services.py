"""The services, as data: one record of traits a service, and the registry that knows them by name.

Code asks a trait, never which service it is: a service that is added then works everywhere, or the type checker names the
trait that was forgotten. Its client is named in `app.services`, its models lie in the catalogue folder of its name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import ClassVar

from topazdesk.domain.image import MAX_UPLOAD_BYTES, SERVICE_FORMATS, FileFormat
from topazdesk.domain.money import Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceTraits:
    """All that differs from service to service, but for how to talk to it. No trait has a default: each is a decision.

    Money and results hang on most of them, and what a new service would silently take over is the dangerous choice.
    """

    #: The word of `--service`, in files and in environment variables; also the folder of its models.
    name: str
    #: Name for people; within a sentence ("the sandbox"); as a place ("at Topaz").
    label: str
    in_sentence: str
    where: str
    #: What the window says of it: while it is in use, in the list of services, what its use means, and its line in the books.
    in_use: str
    offer: str
    consequence: str
    purse: str

    #: Whose models it offers: its own name, or that of a service whose contract it speaks.
    catalogue: str
    #: Where its models may be asked for; a model at any other place needs code of its own.
    endpoints: tuple[str, ...]
    #: First words of those endpoints that take PNG only.
    png_only: tuple[str, ...]
    #: Enlargement where a model takes an output size and the user names none.
    default_scale: float
    #: What may be uploaded as it stands: formats, and the most bytes.
    upload_formats: frozenset[FileFormat]
    upload_bytes: int

    #: What it counts its prices, charges and balance in.
    unit: Unit
    #: Its money is play money: nobody is asked before it is spent, and limits keep it apart from real money.
    is_free: bool
    #: Whether it has a call that names a price and how long a job takes.
    has_estimates: bool
    #: What happens to the money of a job that failed there; `{price}` is that of the job.
    failure_refund: str

    #: A process on this computer that the program starts itself: it needs no key and no address.
    is_local: bool
    #: Root address of its API, where people make keys, and where they buy credits; "" where there is none or it is not known.
    address: str
    key_page: str
    top_up_page: str

    #: Whether a running job can be taken back.
    can_cancel: bool
    #: Whether its list of jobs is known to show all of them, page by page. Else jobs are asked for one by one, and by name.
    lists_all: bool
    #: How many days that list, or the look-up by name, reaches back for certain: a job that was sent earlier is not absent.
    lists_days: int
    #: Whether it says how far a running job is.
    tells_progress: bool
    #: How many days a result can be fetched.
    keeps_results_days: int


class ServiceName(str):
    """A known service by its word. `ServiceName("…")` raises ValueError for any other; equal names are one object."""

    __slots__ = ()

    TOPAZ: ClassVar[ServiceName]
    RUNFLOW: ClassVar[ServiceName]
    SANDBOX: ClassVar[ServiceName]

    def __new__(cls, word: object) -> ServiceName:  # noqa: D102 - see the class
        return SERVICES.named(word)

    @property
    def traits(self) -> ServiceTraits:
        """All that is known of it."""
        return SERVICES.traits(self)

    @property
    def value(self) -> str:
        """The word itself, as plain text."""
        return str.__str__(self)

    @property
    def label(self) -> str:
        """Name for people."""
        return self.traits.label

    @property
    def unit(self) -> Unit:
        """What it counts its prices, charges and balance in."""
        return self.traits.unit

    @property
    def catalogue(self) -> ServiceName:
        """Whose models it offers."""
        return ServiceName(self.traits.catalogue)


class ServiceRegistry:
    """The services in the order in which people see them. Iterate for the names."""

    def __init__(self) -> None:
        self._traits: dict[str, ServiceTraits] = {}
        self._names: dict[str, ServiceName] = {}

    def __iter__(self) -> Iterator[ServiceName]:
        return iter(tuple(self._names.values()))

    def add(self, traits: ServiceTraits) -> Callable[[], None]:
        """Make a service known; call what is returned to take it out again. Raises ValueError for a name that is taken."""
        name = traits.name
        if name in self._traits:
            raise ValueError(f"there is a service called {name} already")
        self._traits[name] = traits
        self._names[name] = str.__new__(ServiceName, name)

        def remove() -> None:
            del self._traits[name], self._names[name]

        return remove

    def named(self, word: object) -> ServiceName:
        """The service of this name. Raises ValueError when there is none."""
        found = self._names.get(word) if isinstance(word, str) else None
        if found is None:
            raise ValueError(f"{word!r} is not a service")
        return found

    def traits(self, name: str) -> ServiceTraits:
        """What is known of a service."""
        return self._traits[name]

    @property
    def with_key(self) -> tuple[ServiceName, ...]:
        """Those that have an account, and a key to it."""
        return tuple(name for name in self if not name.traits.is_local)

    @property
    def free_first(self) -> tuple[ServiceName, ...]:
        """All of them, those whose money is play money first: the order of the chooser."""
        return tuple(sorted(self, key=lambda name: not name.traits.is_free))


_TOPAZ_ENDPOINTS = (
    "enhance", "enhance-gen", "sharpen", "sharpen-gen", "denoise", "denoise-gen", "restore-gen", "lighting", "matting", "tool",
)  # fmt: skip

_TOPAZ = ServiceTraits(
    name="topaz",
    label="Topaz",
    in_sentence="Topaz",
    where="at Topaz",
    in_use="Topaz",
    offer="Topaz · paid",
    consequence="Pictures are sent to Topaz and paid with its credits",
    purse="Topaz",
    catalogue="topaz",
    endpoints=_TOPAZ_ENDPOINTS,
    png_only=("tool",),  # published OpenAPI
    # It documents no default of its own ("Topaz decides"), so its price would be unknown before the click; 2× is stated.
    default_scale=2.0,
    upload_formats=SERVICE_FORMATS,
    upload_bytes=MAX_UPLOAD_BYTES,
    unit=Unit.CREDIT,
    is_free=False,
    has_estimates=True,
    failure_refund="It gives the money back ({price}), at the latest within a day.",
    is_local=False,
    address="https://api.topazlabs.com",
    key_page="https://account.topazlabs.com/manage-api",
    top_up_page="https://account.topazlabs.com/manage-api",
    can_cancel=True,
    lists_all=True,
    lists_days=7,
    tells_progress=True,
    keeps_results_days=7,
)

_RUNFLOW = ServiceTraits(
    name="runflow",
    label="Runflow",
    in_sentence="Runflow",
    where="at Runflow",
    in_use="Runflow",
    offer="Runflow · paid",
    consequence="Pictures are sent to Runflow and paid in dollars from the account there",
    purse="Runflow",
    catalogue="runflow",
    endpoints=("topaz/upscale/image",),
    png_only=(),
    default_scale=2.0,
    upload_formats=frozenset({FileFormat.JPEG, FileFormat.PNG}),  # TIFF is documented nowhere
    upload_bytes=52_428_800,  # its upload page: 50 MiB
    unit=Unit.USD,
    is_free=False,
    has_estimates=False,
    failure_refund="Failed runs are not billed.",
    is_local=False,
    address="https://api.runflow.io",
    key_page="https://app.runflow.io/settings/api-keys",
    top_up_page="",
    can_cancel=False,  # its cancel call needs an administrator's key and refunds nothing
    lists_all=False,  # no page describes its list
    lists_days=7,
    tells_progress=False,
    keeps_results_days=3,  # the life of its links
)

_SANDBOX = ServiceTraits(
    name="sandbox",
    label="Sandbox",
    in_sentence="the sandbox",
    where="in the sandbox",
    in_use="Sandbox · free",
    offer="Sandbox · free, on this computer",
    consequence="Works on this computer with play credits. Nothing is charged, nothing leaves it.",
    purse="Sandbox · play credits",
    catalogue="topaz",  # it speaks the Topaz contract: one catalogue, not two
    endpoints=_TOPAZ_ENDPOINTS,
    png_only=("tool",),
    default_scale=2.0,
    upload_formats=SERVICE_FORMATS,
    upload_bytes=MAX_UPLOAD_BYTES,
    unit=Unit.CREDIT,
    is_free=True,
    has_estimates=True,
    failure_refund="It gives the money back ({price}), at the latest within a day.",
    is_local=True,
    address="",
    key_page="",
    top_up_page="",
    can_cancel=True,
    lists_all=True,
    lists_days=7,
    tells_progress=True,
    keeps_results_days=7,
)

#: All services that the program knows.
SERVICES = ServiceRegistry()
for _each in (_TOPAZ, _RUNFLOW, _SANDBOX):
    SERVICES.add(_each)
ServiceName.TOPAZ = ServiceName("topaz")
ServiceName.RUNFLOW = ServiceName("runflow")
ServiceName.SANDBOX = ServiceName("sandbox")
