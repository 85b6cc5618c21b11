"""What a site host earns: the terms, open items, and each document that contributes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from forecourt.billing import DocumentKind
from forecourt.flows.ports import OpenItems, Store
from forecourt.kernel import DocumentId, Span, instant_text
from forecourt.offers import OfferKind, Partner, Redemption
from forecourt.stations import Site

SHARE_COLUMNS = (
    "booked_at", "document", "issued_at", "site", "bay", "started_at", "ended_at", "energy_wh",
    "net", "terms", "share", "currency", "statement",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class HostView:
    """terms: for each site, the percentage of net revenue and its start; the first applies now. open_items: shares on no statement yet."""

    terms: tuple[tuple[str, str, tuple[tuple[datetime | None, Decimal], ...]], ...]
    open_items: tuple[OpenItems, ...]

    @property
    def hosts(self) -> bool:
        return bool(self.terms or self.open_items)


def host_view(store: Store, partner: Partner, open_items: Sequence[OpenItems], now: datetime) -> HostView:
    sites = ((one.name, one.zone, _terms(one, partner.handle, now)) for one in store.stations.sites(partner.operator_id))
    hosting = tuple(one for one in open_items if one.kind is OfferKind.HOSTING)
    return HostView(tuple(one for one in sites if any(percent for _, percent in one[2])), hosting)


def share_rows(store: Store, partner: Partner, month: Span) -> Iterator[tuple[object, ...]]:
    """A row for each document with a share booked in the month, in that order. Reversals are negative, so that a column adds up to the
    total on the statements. Contains no names."""
    numbers = {one.id: one.number for one in store.partners.statements(partner.operator_id, partner.id)}
    for one in store.partners.redemptions(partner.id, month):
        if one.kind is OfferKind.HOSTING:
            yield _row(store, one, numbers.get(one.statement_id, "") if one.statement_id else "")


def _terms(site: Site, handle: str, now: datetime) -> tuple[tuple[datetime | None, Decimal], ...]:
    """The current percentage, and each planned change."""
    held: list[tuple[datetime | None, Decimal]] = [(None, dict(site.shares_at(now)).get(handle, Decimal(0)))]
    held += [(one.since, dict(one.shares).get(handle, Decimal(0))) for one in site.host_terms if one.since > now]
    return tuple(one for place, one in enumerate(held) if not place or one[1] != held[place - 1][1])


def _row(store: Store, one: Redemption, statement: str) -> tuple[object, ...]:
    document = store.documents.document(DocumentId(one.voucher_id))
    assert document is not None  # noqa: S101 - a share is of a document, and documents stay
    sign, place, delivery = -1 if document.kind is DocumentKind.CREDIT_NOTE else 1, document.content.place, document.content.delivery
    times = (instant_text(delivery.started_at), instant_text(delivery.ended_at)) if delivery else ("", "")
    where = (instant_text(one.at), one.document, instant_text(document.issued_at), place.site_name, place.evse_label)
    energy_wh = sign * delivery.energy_wh if delivery else 0
    return (*where, *times, energy_wh, sign * document.net.amount, one.text, one.owed.amount, one.owed.currency, statement)
