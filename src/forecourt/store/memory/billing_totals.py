"""Sums over documents, in memory."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from operator import attrgetter
from zoneinfo import ZoneInfo

from forecourt.billing import DocumentKind, Invoice, LineKind, UsedBy
from forecourt.flows.ports import EARNING_ACCOUNTS, AccountTotal, BilledTotal, FleetUsage, TariffTotal
from forecourt.kernel import DocumentId, DriverId, Money, OperatorId, PaymentId, SiteId, Span, TokenUid
from forecourt.ledger import Account
from forecourt.store.memory.database import MemoryDatabase


class BillingTotals:
    """Added up from the documents and the ledger at every call."""

    def __init__(self, db: MemoryDatabase) -> None:
        self._db = db

    def fleet_usage(self, payer_id: DriverId, span: Span) -> Sequence[FleetUsage]:
        alike = defaultdict[tuple[str, DriverId, str, str, str, str], list[Invoice]](list)
        for by, one in self._of_payer(payer_id, span):
            alike[by.name, one.driver_id, by.card, by.cost_centre, one.content.place.site_name, one.currency].append(one)
        rows = sorted(alike.items())
        return [FleetUsage(driver_id, name, card, centre, site, _billed(some)) for (name, driver_id, card, centre, site, _), some in rows]

    def fleet_usage_by_month(self, payer_id: DriverId, span: Span, zone: str) -> Sequence[tuple[date, BilledTotal]]:
        alike = defaultdict[tuple[date, str], list[Invoice]](list)
        for _, one in self._of_payer(payer_id, span):
            alike[one.issued_at.astimezone(ZoneInfo(zone)).date().replace(day=1), one.currency].append(one)
        return [(month, _billed(some)) for (month, _), some in sorted(alike.items())]

    def spent_by(self, driver_id: DriverId, begun: Span, currency: str, card: TokenUid | None = None) -> Money:
        def fits(one: Invoice) -> bool:
            content, record = one.content, self._db.records.get(one.session_id) if one.session_id else None
            mine = (one.driver_id, one.currency) == (driver_id, currency) and content.parties.used_by is not None
            when = content.delivery is not None and begun.contains(content.delivery.started_at)
            return mine and when and (card is None or (record is not None and record.token == card))

        return sum((_signed(one, one.due) for one in self._db.documents.where(fits)), Money.zero(currency))

    def by_tariff_version(self, operator_id: OperatorId, since: datetime, until: datetime | None = None) -> Sequence[TariffTotal]:
        alike = defaultdict[object, list[Invoice]](list)
        for one in (one for one in self._issued(operator_id, since) if until is None or one.issued_at < until):
            alike[one.content.site_id, one.content.tariff_version_id, one.currency].append(one)
        return [_taking(some) for some in alike.values()]

    def earnings(self, operator_id: OperatorId, span: Span) -> Sequence[AccountTotal]:
        sums: Counter[tuple[SiteId | None, bool, Account, str]] = Counter()
        for txn in (one.txn for one in self._db.book if one.txn.operator_id == operator_id and span.contains(one.txn.at)):
            payment = self._db.payments.get(PaymentId(txn.subject))
            paid = payment.document_id if payment and payment.operator_id == operator_id else None
            document = self._db.documents.get(paid or DocumentId(txn.subject))
            noted = document is not None and document.kind is DocumentKind.CREDIT_NOTE
            for entry in (one for one in txn.entries if one.account.kind in EARNING_ACCOUNTS):
                sums[document.content.site_id if document else None, noted, entry.account, entry.currency] -= entry.minor
        return [
            AccountTotal(site_id, noted, account, Money(minor, currency)) for (site_id, noted, account, currency), minor in sums.items()
        ]

    def by_line(self, operator_id: OperatorId, site_id: SiteId, since: datetime) -> Sequence[tuple[LineKind, str, Money]]:
        sums: Counter[tuple[LineKind, str, str]] = Counter()
        for one in self._issued(operator_id, since, site_id):
            for line in one.content.lines:
                sums[line.what, line.title, one.currency] += _signed(one, line.net).minor
        return [(what, title, Money(minor, currency)) for (what, title, currency), minor in sorted(sums.items())]

    def by_delivery_time(self, operator_id: OperatorId, site_id: SiteId, since: datetime) -> Sequence[tuple[Span, Money]]:
        return [(_used(one), _signed(one, one.net)) for one in self._issued(operator_id, since, site_id)]

    def _of_payer(self, payer_id: DriverId, span: Span) -> Sequence[tuple[UsedBy, Invoice]]:
        named = [(one.content.parties.used_by, one) for one in self._db.documents.where(lambda one: span.contains(one.issued_at))]
        return [(by, one) for by, one in named if by is not None and by.payer_id == payer_id]

    def _issued(self, operator_id: OperatorId, since: datetime, site_id: SiteId | None = None) -> Sequence[Invoice]:
        mine = self._db.documents.where(lambda one: one.operator_id == operator_id and one.issued_at >= since)
        return [one for one in sorted(mine, key=lambda one: (one.issued_at, one.number)) if site_id in (None, one.content.site_id)]


def _billed(alike: Sequence[Invoice]) -> BilledTotal:
    invoices = [one for one in alike if one.kind is DocumentKind.INVOICE]
    energy_wh = sum(one.content.delivery.energy_wh for one in invoices if one.content.delivery)
    zero = Money.zero(alike[0].currency)
    net, tax, gross, due = (
        sum((_signed(one, amount(one)) for one in alike), zero) for amount in map(attrgetter, ("net", "tax", "gross", "due"))
    )
    return BilledTotal(sum(one.session_id is not None for one in invoices), energy_wh, net, tax, gross, due)


def _taking(alike: Sequence[Invoice]) -> TariffTotal:
    one, zero = alike[0], Money.zero(alike[0].currency)
    invoices = [one for one in alike if one.kind is DocumentKind.INVOICE]
    return TariffTotal(
        one.content.site_id,
        one.content.tariff_version_id,
        sum((_signed(one, one.net) for one in alike), zero),
        sum((_signed(one, one.gross) for one in alike), zero),
        sum(one.session_id is not None for one in invoices),
        sum(one.content.delivery.energy_wh for one in invoices if one.content.delivery),
    )


def _signed(invoice: Invoice, amount: Money) -> Money:
    return -amount if invoice.kind is DocumentKind.CREDIT_NOTE else amount


def _used(one: Invoice) -> Span:
    used = one.content.delivery
    return Span(used.started_at, used.ended_at) if used else Span(one.issued_at, one.issued_at + timedelta(minutes=1))
