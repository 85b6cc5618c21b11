"""The price book: which tariff applies to a socket, a driver and an instant. At most one entry applies; there are never ties.

The order of the entries is total, and documented in docs/prices.md. An entry that would tie with another is refused when published.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, tzinfo

from forecourt.kernel import BadInput, OperatorId, PriceEntryId, SiteId, Span, utc
from forecourt.tariffs.model import TariffKey, TariffVersion
from forecourt.tariffs.statutes import Channel

MAX_PRIORITY = 99
_CHANNEL_WORDS = {Channel.ADHOC: "without a contract", Channel.CONTRACT: "with a contract", Channel.ROAMING: "through roaming"}


@dataclass(frozen=True, slots=True)
class Buyer:
    """The driver as the price book sees one: the channel, and the plans and offers held at that instant."""

    channel: Channel = Channel.ADHOC
    plans: frozenset[str] = frozenset()
    offers: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class PriceLocation:
    """A socket as the price book sees it. evse_group is empty if its kind belongs to none."""

    site_id: SiteId
    evse_group: str
    power_class: str


@dataclass(frozen=True, slots=True)
class PriceEntry:
    """A tariff holds for these sockets and these drivers, from valid_from (inside) to valid_to (outside; None: until further notice).

    An empty site, group, class, plan, offer or channel matches any. name: shown to drivers ("Commuter").
    priority: decides between equally specific entries; the higher wins. published_by: an account id, or "system".
    """

    id: PriceEntryId
    operator_id: OperatorId
    site_id: SiteId | None
    tariff: TariffKey
    name: str
    valid_from: datetime
    valid_to: datetime | None = None
    evse_group: str = ""
    power_class: str = ""
    plan: str = ""
    offer: str = ""
    channel: Channel | None = None
    priority: int = 0
    withdrawn: bool = False
    published_by: str = "system"
    published_at: datetime | None = None

    def __post_init__(self) -> None:
        _check_validity(self.valid_from, self.valid_to)
        if self.tariff.site_id not in (None, self.site_id):
            raise BadInput("entry_tariff", "A price uses a tariff of its own site, or one for all sites.")
        if self.site_id is None and self.evse_group:
            raise BadInput("entry_group", "Socket groups belong to a site.", "Choose the site, or leave the group empty.")
        if self.channel not in (None, Channel.CONTRACT) and self.plan:
            raise BadInput("entry_channel", "Only drivers with a contract have a plan.", "Leave the channel empty.")
        if not 1 <= len(self.name) <= 60 or not self.name.isprintable():
            raise BadInput("entry_name", "A price needs a name for drivers.", "1 to 60 characters.")
        if not -MAX_PRIORITY <= self.priority <= MAX_PRIORITY:
            raise BadInput("entry_priority", f"{self.priority} is not a priority.", f"Choose {-MAX_PRIORITY} to {MAX_PRIORITY}.")

    @property
    def channels(self) -> tuple[Channel, ...]:
        """The channels through which drivers can get this price: its own; contract if it needs a plan; otherwise all."""
        if self.channel is not None:
            return (self.channel,)
        return (Channel.CONTRACT,) if self.plan else tuple(Channel)

    def is_valid_at(self, at: datetime) -> bool:
        return not self.withdrawn and self.valid_from <= at and (self.valid_to is None or at < self.valid_to)

    def fits(self, place: PriceLocation) -> bool:
        """Whether the entry matches the socket."""
        return (
            self.site_id in (None, place.site_id)
            and self.evse_group in ("", place.evse_group)
            and self.power_class in ("", place.power_class)
        )

    def serves(self, buyer: Buyer) -> bool:
        """Whether the entry matches the driver."""
        return (
            self.channel in (None, buyer.channel)
            and (not self.plan or self.plan in buyer.plans)
            and (not self.offer or self.offer in buyer.offers)
        )


@dataclass(frozen=True, slots=True)
class ChosenPrice:
    """The entry that applies and the version of its tariff in force. because: the reason, for drivers."""

    entry: PriceEntry
    version: TariffVersion
    because: str


def choose_price(
    entries: Iterable[PriceEntry],
    in_force: Callable[[TariffKey], TariffVersion | None],
    place: PriceLocation,
    buyer: Buyer,
    at: datetime,
    zone: tzinfo,
) -> ChosenPrice | None:
    """The one price of a socket for a driver at an instant; None where there is none. The order of the entries makes no difference.

    in_force: the version of a tariff at that instant. An entry whose tariff has none then does not hold. zone: for the words.
    """
    holding = [entry for entry in entries if entry.is_valid_at(at) and entry.fits(place) and entry.serves(buyer) and in_force(entry.tariff)]
    if not holding:
        return None
    entry = max(holding, key=precedence)
    version = in_force(entry.tariff)
    return None if version is None else ChosenPrice(entry, version, _because(entry, version, zone))


def precedence(entry: PriceEntry) -> tuple[bool, bool, bool, bool, bool, bool, int]:
    """How specific an entry is; the greatest applies: by offer, plan, site, group, class, channel, then priority."""
    return (
        bool(entry.offer),
        bool(entry.plan),
        entry.site_id is not None,
        bool(entry.evse_group),
        bool(entry.power_class),
        entry.channel is not None,
        entry.priority,
    )


def tie_key(entry: PriceEntry) -> str:
    """Two entries with the same text, valid at once, could not be told apart for some driver at some socket.

    A socket has one site, group and class, and a driver comes by one channel, so entries that name different ones never
    meet. A driver may have several plans and offers: that two entries name different ones does not keep them apart.
    """
    fields = [str(entry.site_id or ""), entry.evse_group, entry.power_class, str(entry.channel or "")]
    return "\x1f".join([*fields, "offer" if entry.offer else "", "plan" if entry.plan else "", str(entry.priority)])


def is_tied(one: PriceEntry, other: PriceEntry) -> bool:
    """Whether the two entries conflict, so that the book cannot contain both."""
    comparable = not one.withdrawn and not other.withdrawn and one.id != other.id and one.operator_id == other.operator_id
    return comparable and tie_key(one) == tie_key(other) and overlap(one, other)


def overlap(one: PriceEntry | TariffVersion, other: PriceEntry | TariffVersion) -> bool:
    """Whether there is an instant at which both are valid."""
    starts = max(one.valid_from, other.valid_from)
    return all(each.valid_to is None or starts < each.valid_to for each in (one, other))


def _check_validity(valid_from: datetime, valid_to: datetime | None) -> None:
    if valid_to is not None:
        Span(valid_from, valid_to)
    utc(valid_from)


def _because(entry: PriceEntry, version: TariffVersion, zone: tzinfo) -> str:
    since = max(entry.valid_from, version.valid_from).astimezone(zone)
    kind = "Partner price" if entry.offer else "Member price" if entry.plan else "Price"
    group = f"at {entry.evse_group}" if entry.evse_group else ""
    power = f"for {entry.power_class} sockets" if entry.power_class else ""
    channel = "" if entry.channel is None or entry.plan else _CHANNEL_WORDS[entry.channel]
    terms = " ".join(filter(None, (f"{kind} '{entry.name}'", group, power, channel)))
    return f"{terms}, valid since {since.day} {since:%B %Y}"
