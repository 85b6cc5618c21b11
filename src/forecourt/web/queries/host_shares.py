"""What a site host earns: the terms, open items, and each document that contributes."""

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from forecourt.flows.ports import OpenItems, Store
from forecourt.kernel import DocumentId, Money, Span, instant_text
from forecourt.offers import OfferKind, Partner, Redemption
from forecourt.settlement import share_terms
from forecourt.stations import Site
from forecourt.web.queries.local_days import local_date

SHARE_COLUMNS = (
    "booked_at", "document", "issued_at", "site", "bay", "started_at", "ended_at", "energy_wh",
    "net", "terms", "share", "currency", "statement",
)  # fmt: skip
_BATCH = 500


@dataclass(frozen=True, slots=True)
class HostView:
    """terms: for each site, the percentage of net revenue and its start; the first applies now. open_items: shares on no statement yet."""

    terms: tuple[tuple[str, str, tuple[tuple[datetime | None, Decimal], ...]], ...]
    open_items: tuple[OpenItems, ...]

    @property
    def hosts(self) -> bool:
        return bool(self.terms or self.open_items)


@dataclass(frozen=True, slots=True)
class ShareRow:
    """A document and what the host gets of it; in a reversal energy_wh, net and share are negative. started_at, ended_at: of the charge, if
    there was one. statement: its number, empty until there is one. It names no driver."""

    booked_at: datetime
    document: str
    issued_at: datetime
    site: str
    bay: str
    started_at: datetime | None
    ended_at: datetime | None
    energy_wh: int
    net: Money
    terms: str
    share: Money
    statement: str

    @property
    def percent(self) -> Decimal:
        return share_terms(self.terms)[0]


@dataclass(frozen=True, slots=True)
class ShareSum:
    """first: one of the documents. day: on which they were booked, in the operator's zone."""

    first: ShareRow
    day: date
    documents: int
    energy_wh: int
    net: Money
    share: Money


@dataclass(frozen=True, slots=True)
class HostShares:
    """In the order of booking. by_terms: for each site, percentage, currency and statement; those of a day are the lines of its statement.
    by_day: for each day and currency."""

    rows: tuple[ShareRow, ...]
    by_terms: tuple[ShareSum, ...]
    by_day: tuple[ShareSum, ...]


def host_view(store: Store, partner: Partner, open_items: Sequence[OpenItems], now: datetime) -> HostView:
    sites = ((one.name, one.zone, _terms(one, partner.handle, now)) for one in store.stations.sites(partner.operator_id))
    hosting = tuple(one for one in open_items if one.kind is OfferKind.HOSTING)
    return HostView(tuple(one for one in sites if any(percent for _, percent in one[2])), hosting)


def host_shares(store: Store, partner: Partner, span: Span, zone: str) -> HostShares:
    """What was booked in a span, document by document."""
    rows = tuple(share_rows(store, partner, span))
    by_terms = _sums(rows, zone, lambda one: (one.terms, one.share.currency, one.statement))
    return HostShares(rows, by_terms, _sums(rows, zone, lambda one: (local_date(one.booked_at, zone), one.share.currency)))


def share_rows(store: Store, partner: Partner, span: Span) -> Iterator[ShareRow]:
    """A row for each document with a share booked in the span, in that order, so that their sum is the total on the statements."""
    numbers = {one.id: one.number for one in store.partners.statements(partner.operator_id, partner.id)}
    booked = [one for one in store.partners.redemptions(partner.id, span) if one.kind is OfferKind.HOSTING]
    for first in range(0, len(booked), _BATCH):
        batch = booked[first : first + _BATCH]
        store.prefetch_subjects({one.voucher_id for one in batch})
        for one in batch:
            yield _row(store, one, numbers.get(one.statement_id, "") if one.statement_id else "")


def share_cells(one: ShareRow) -> tuple[object, ...]:
    """In the order of `SHARE_COLUMNS`."""
    times = (instant_text(at) if at else "" for at in (one.started_at, one.ended_at))
    document_fields = (instant_text(one.booked_at), one.document, instant_text(one.issued_at), one.site, one.bay)
    return (*document_fields, *times, one.energy_wh, one.net.amount, one.terms, one.share.amount, one.share.currency, one.statement)


def _sums(rows: Sequence[ShareRow], zone: str, key: Callable[[ShareRow], Hashable]) -> tuple[ShareSum, ...]:
    """In the order in which the keys occur."""
    totals: dict[Hashable, ShareSum] = {}
    for one in rows:
        known = totals.get(key(one))
        if known is None:
            totals[key(one)] = ShareSum(one, local_date(one.booked_at, zone), 1, one.energy_wh, one.net, one.share)
        else:
            totals[key(one)] = ShareSum(
                first=known.first,
                day=known.day,
                documents=known.documents + 1,
                energy_wh=known.energy_wh + one.energy_wh,
                net=known.net + one.net,
                share=known.share + one.share,
            )
    return tuple(totals.values())


def _terms(site: Site, handle: str, now: datetime) -> tuple[tuple[datetime | None, Decimal], ...]:
    """The current percentage, and each planned change."""
    terms: list[tuple[datetime | None, Decimal]] = [(None, dict(site.shares_at(now)).get(handle, Decimal(0)))]
    terms += [(one.since, dict(one.shares).get(handle, Decimal(0))) for one in site.host_terms if one.since > now]
    return tuple(one for place, one in enumerate(terms) if not place or one[1] != terms[place - 1][1])


def _row(store: Store, one: Redemption, statement: str) -> ShareRow:
    document = store.documents.document(DocumentId(one.voucher_id))
    assert document is not None  # noqa: S101 - a share is of a document, and documents stay
    place, delivery = document.content.place, document.content.delivery
    sign = -1 if one.owed.minor < 0 else 1  # a credit note, or an invoice whose direct debit was returned
    return ShareRow(
        booked_at=one.at,
        document=one.document,
        issued_at=document.issued_at,
        site=place.site_name,
        bay=place.evse_label,
        started_at=delivery.started_at if delivery else None,
        ended_at=delivery.ended_at if delivery else None,
        energy_wh=sign * delivery.energy_wh if delivery else 0,
        net=document.net if sign > 0 else -document.net,
        terms=one.text,
        share=one.owed,
        statement=statement,
    )
