"""The services as data: one record of traits per service, and the registry that finds them by name.

Code asks for a trait, never which service it is. So a new service works everywhere, or the type checker names the trait
that was forgotten. A service's client is named in `app.services`; its models are in the catalogue folder of its name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import ClassVar

from topazdesk.domain.image import MAX_UPLOAD_BYTES, SERVICE_FORMATS, FileFormat
from topazdesk.domain.money import Unit
from topazdesk.domain.run_duration import AT_ONCE
from topazdesk.language import say


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceTraits:
    """Everything that differs between services, except how to talk to them. No trait has a default: each is a decision.

    Money and results depend on most of them, and a default would be the dangerous choice for a new service.
    """

    #: The word for `--service`, files and environment variables; also the name of its catalogue folder.
    name: str
    #: Its name for people: alone, within a sentence ("the sandbox"), and as a place ("at Topaz").
    label: str
    in_sentence: str
    where: str
    #: What the window says about it: while in use, in the list of services, what using it means, and in the accounts.
    in_use: str
    offer: str
    consequence: str
    purse: str

    #: The service whose models it offers: itself, or one with the same contract.
    catalogue: str
    #: The endpoints that its models may use; any other endpoint would need code of its own.
    endpoints: tuple[str, ...]
    #: The first path segments of those endpoints that accept only PNG.
    png_only: tuple[str, ...]
    #: The enlargement for models that take an output size if the user chooses none.
    default_scale: float
    #: What may be uploaded without conversion: formats, and most bytes.
    upload_formats: frozenset[FileFormat]
    upload_bytes: int

    #: The unit of its prices, charges and balance.
    unit: Unit
    #: Whether nothing is really paid: spending needs no confirmation, and is counted apart from real money.
    is_free: bool
    #: Whether it only rehearses: a server that the program starts itself, with play money; its results are marked.
    is_practice: bool
    #: Whether it has a call that returns the price and the duration of a job.
    has_estimates: bool
    #: What happens to the money of a job that failed there; `{price}` stands for the job's price.
    failure_refund: str

    #: Whether its work is done on this computer, so that nothing leaves it; it needs no key and no address.
    is_local: bool
    #: Whether it runs networks that its models name, which have to be installed.
    runs_networks: bool
    #: Whether this program writes its results, encoded as the recipe says; no other's contract has such a choice.
    writes_here: bool
    #: Whether pictures go to a storage at another host, which the service names when it is asked.
    has_storage: bool
    #: Root address of its API, page to create keys, page to buy credits, page about what its models make of pictures;
    #: "" if there is none or it is not known.
    address: str
    key_page: str
    top_up_page: str
    models_page: str

    #: Whether to submit a token again is the same job again, so that a doubtful submit may always be repeated.
    repeats_safely: bool
    #: How many jobs it works on at the same time, as far as estimates of time go.
    at_once: int
    #: Whether a running job can be cancelled.
    can_cancel: bool
    #: Whether its job list is known to show all jobs, page by page. Otherwise jobs are looked up one by one, and by
    #: name.
    lists_all: bool
    #: How many days that list, or the look-up by name, certainly goes back; jobs sent earlier may be missing from it.
    lists_days: int
    #: Whether it reports the progress of a running job.
    tells_progress: bool
    #: For how many days a result can be downloaded.
    keeps_results_days: int
    #: How long it keeps copies of what was sent and made, as a sentence; what it does not say itself is said so.
    keeps_copies: str


class ServiceName(str):
    """The name of a known service. `ServiceName("…")` raises ValueError for any other; equal names are one object."""

    __slots__ = ()

    TOPAZ: ClassVar[ServiceName]
    RUNFLOW: ClassVar[ServiceName]
    LOCAL: ClassVar[ServiceName]
    SANDBOX: ClassVar[ServiceName]

    def __new__(cls, word: object) -> ServiceName:  # noqa: D102 - see the class
        return SERVICES.named(word)

    @property
    def traits(self) -> ServiceTraits:
        """The service's traits."""
        return SERVICES.traits(self)

    @property
    def value(self) -> str:
        """The name itself, as a plain string."""
        return str.__str__(self)

    @property
    def label(self) -> str:
        """The name for people."""
        return self.traits.label

    @property
    def unit(self) -> Unit:
        """The unit of its prices, charges and balance."""
        return self.traits.unit

    @property
    def catalogue(self) -> ServiceName:
        """The service whose models it offers."""
        return ServiceName(self.traits.catalogue)


class ServiceRegistry:
    """The known services, in the order in which people see them. Iterate over it for the names."""

    def __init__(self) -> None:
        self._traits: dict[str, ServiceTraits] = {}
        self._names: dict[str, ServiceName] = {}

    def __iter__(self) -> Iterator[ServiceName]:
        return iter(tuple(self._names.values()))

    def add(self, traits: ServiceTraits) -> Callable[[], None]:
        """Add a service; call the returned function to remove it again. Raises ValueError if the name is taken."""
        name = traits.name
        if name in self._traits:
            raise ValueError(f"there is a service called {name} already")
        self._traits[name] = traits
        self._names[name] = str.__new__(ServiceName, name)

        def remove() -> None:
            del self._traits[name], self._names[name]

        return remove

    def named(self, word: object) -> ServiceName:
        """Return the service of this name. Raises ValueError if there is none."""
        found = self._names.get(word) if isinstance(word, str) else None
        if found is None:
            raise ValueError(f"{word!r} is not a service")
        return found

    def traits(self, name: str) -> ServiceTraits:
        """Return the traits of a service."""
        return self._traits[name]

    @property
    def with_key(self) -> tuple[ServiceName, ...]:
        """The services that have an account, and a key to it."""
        return tuple(name for name in self if not name.traits.is_local)

    @property
    def free_first(self) -> tuple[ServiceName, ...]:
        """All services, those with play money first, as the service chooser shows them."""
        return tuple(sorted(self, key=lambda name: not name.traits.is_free))


_TOPAZ_ENDPOINTS = (
    "enhance",
    "enhance-gen",
    "sharpen",
    "sharpen-gen",
    "denoise",
    "denoise-gen",
    "restore-gen",
    "lighting",
    "matting",
    "tool",
)

_TOPAZ = ServiceTraits(
    name="topaz",
    label="Topaz",
    in_sentence="Topaz",
    where=say("at Topaz"),
    in_use="Topaz",
    offer=say("Topaz · paid"),
    consequence=say("Pictures are sent to Topaz and paid with its credits"),
    purse="Topaz",
    catalogue="topaz",
    endpoints=_TOPAZ_ENDPOINTS,
    png_only=("tool",),  # published OpenAPI
    # Topaz documents no default ("Topaz decides"), so without one of ours the price would be unknown before the click.
    default_scale=2.0,
    upload_formats=SERVICE_FORMATS,
    upload_bytes=MAX_UPLOAD_BYTES,
    unit=Unit.CREDIT,
    is_free=False,
    is_practice=False,
    has_estimates=True,
    failure_refund=say("The price ({price}) is refunded, within a day at the latest."),
    is_local=False,
    runs_networks=False,
    writes_here=False,
    has_storage=False,
    address="https://api.topazlabs.com",
    key_page="https://account.topazlabs.com/manage-api",
    top_up_page="https://account.topazlabs.com/manage-api",
    models_page="https://developer.topazlabs.com/image-api/available-models",
    repeats_safely=False,
    at_once=AT_ONCE,
    can_cancel=True,
    lists_all=True,
    lists_days=7,
    tells_progress=True,
    keeps_results_days=7,
    keeps_copies=say("Topaz keeps pictures and results for 7 days."),
)

_RUNFLOW = ServiceTraits(
    name="runflow",
    label="Runflow",
    in_sentence="Runflow",
    where=say("at Runflow"),
    in_use="Runflow",
    offer=say("Runflow · paid"),
    consequence=say("Pictures are sent to Runflow and paid in dollars from the account there"),
    purse="Runflow",
    catalogue="runflow",
    endpoints=("topaz/upscale/image",),
    png_only=(),
    default_scale=2.0,
    upload_formats=frozenset({FileFormat.JPEG, FileFormat.PNG}),  # TIFF is documented nowhere
    upload_bytes=52_428_800,  # 50 MiB, according to its upload page
    unit=Unit.USD,
    is_free=False,
    is_practice=False,
    has_estimates=False,
    failure_refund=say("Failed runs are not billed."),
    is_local=False,
    runs_networks=False,
    writes_here=False,
    has_storage=True,
    address="https://api.runflow.io",
    key_page="https://app.runflow.io/settings/api-keys",
    top_up_page="",
    models_page="",
    repeats_safely=False,
    at_once=AT_ONCE,
    can_cancel=False,  # its cancel call needs an administrator's key and refunds nothing
    lists_all=False,  # no page describes its list
    lists_days=7,
    tells_progress=False,
    keeps_results_days=3,  # as long as its links live
    keeps_copies=say("Runflow does not say how long it keeps pictures. Its links to results work for 3 days."),
)

_LOCAL = ServiceTraits(
    name="local",
    label=say("This computer"),
    in_sentence=say("this computer"),
    where=say("on this computer"),
    in_use=say("This computer · free"),
    offer=say("This computer · free, works offline"),
    consequence=say("Works on this computer, without an account. Nothing is charged, nothing leaves this computer."),
    purse=say("This computer"),
    catalogue="local",
    endpoints=("local",),
    png_only=(),
    default_scale=2.0,
    upload_formats=SERVICE_FORMATS,
    upload_bytes=1 << 40,  # it is only copied within this computer
    unit=Unit.NONE,
    is_free=True,
    is_practice=False,
    has_estimates=True,
    failure_refund=say("Nothing was charged."),
    is_local=True,
    runs_networks=True,
    writes_here=True,
    has_storage=False,
    address="",
    key_page="",
    top_up_page="",
    models_page="",
    repeats_safely=True,
    at_once=1,
    can_cancel=True,
    lists_all=False,  # looking one up is as quick
    lists_days=7,
    tells_progress=True,
    keeps_results_days=7,
    keeps_copies=say("Nothing leaves this computer."),
)

_SANDBOX = ServiceTraits(
    name="sandbox",
    label=say("Sandbox"),
    in_sentence=say("the sandbox"),
    where=say("in the sandbox"),
    in_use=say("Sandbox · free"),
    offer=say("Sandbox · for practice, simulated results"),
    consequence=say("Works on this computer with practice credits. Nothing is charged, nothing leaves it."),
    purse=say("Sandbox (practice credits)"),
    catalogue="topaz",  # it has the Topaz contract, so the same catalogue serves both
    endpoints=_TOPAZ_ENDPOINTS,
    png_only=("tool",),
    default_scale=2.0,
    upload_formats=SERVICE_FORMATS,
    upload_bytes=MAX_UPLOAD_BYTES,
    unit=Unit.CREDIT,
    is_free=True,
    is_practice=True,
    has_estimates=True,
    failure_refund=say("The price ({price}) is refunded, within a day at the latest."),
    is_local=True,
    runs_networks=False,
    writes_here=False,
    has_storage=False,
    address="",
    key_page="",
    top_up_page="",
    models_page="",
    repeats_safely=False,
    at_once=AT_ONCE,
    can_cancel=True,
    lists_all=True,
    lists_days=7,
    tells_progress=True,
    keeps_results_days=7,
    keeps_copies=say("Nothing leaves this computer."),
)

#: All services that the program knows.
SERVICES = ServiceRegistry()
for _each in (_TOPAZ, _RUNFLOW, _LOCAL, _SANDBOX):
    SERVICES.add(_each)
ServiceName.TOPAZ = ServiceName("topaz")
ServiceName.RUNFLOW = ServiceName("runflow")
ServiceName.LOCAL = ServiceName("local")
ServiceName.SANDBOX = ServiceName("sandbox")
