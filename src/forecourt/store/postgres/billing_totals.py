"""Sums over documents. The documents themselves stay in the database."""

from collections.abc import Callable, Sequence
from datetime import date, datetime

from forecourt.billing import LineKind
from forecourt.flows.ports import EARNING_ACCOUNTS, AccountTotal, BilledTotal, FleetUsage, TariffTotal
from forecourt.kernel import DriverId, Money, OperatorId, SiteId, Span, TariffVersionId, TokenUid
from forecourt.ledger import Account
from forecourt.store.postgres.db_connection import DbConnection
from forecourt.store.postgres.documents import NO_SITE

_SIGN = "CASE kind WHEN 'CREDIT_NOTE' THEN -1 ELSE 1 END"
_CONTENT = "documents, jsonb_to_record(data->'content') AS content (net jsonb, delivery jsonb, tariff_version_id uuid)"
_NET = f"{_SIGN} * (net->>'minor')::bigint"
_SINCE = "operator_id = %s AND issued_at >= %s"
_BY_VERSION = f"""SELECT site_id, tariff_version_id, currency, sum({_NET}), sum({_SIGN} * gross_minor),
    count(session_id) FILTER (WHERE kind = 'INVOICE'), coalesce(sum((delivery->>'energy_wh')::bigint) FILTER (WHERE kind = 'INVOICE'), 0)
FROM {_CONTENT} WHERE {_SINCE} AND issued_at < coalesce(%s, 'infinity'::timestamptz)
GROUP BY site_id, tariff_version_id, currency ORDER BY site_id, tariff_version_id, currency"""  # noqa: S608
_BY_LINE = f"""SELECT what, title, currency, sum({_NET})
FROM documents, jsonb_to_recordset(data #> '{{content,lines}}') AS line (what text, title text, net jsonb)
WHERE {_SINCE} AND site_id = %s GROUP BY what, title, currency ORDER BY what, title, currency"""  # noqa: S608
_IN_TIME = f"""SELECT coalesce((delivery->>'started_at')::timestamptz, issued_at),
    coalesce((delivery->>'ended_at')::timestamptz, issued_at + interval '1 minute'), currency, {_NET}
FROM {_CONTENT} WHERE {_SINCE} AND site_id = %s ORDER BY issued_at, number"""  # noqa: S608


# Summed before documents are looked up, each by its key. The bounds of position are for the planner, as in the ledger's own questions.
_EARNINGS = """WITH dated AS MATERIALIZED (SELECT position, subject FROM ledger_txns WHERE operator_id = %s AND at >= %s AND at < %s),
moved AS (SELECT coalesce(p.document_id, subject) AS document_id, account, currency, sum(minor) AS minor
    FROM dated JOIN ledger_entries e USING (position) LEFT JOIN payments p ON p.operator_id = e.operator_id AND p.payment_id = subject
    WHERE e.operator_id = %s AND split_part(account, ':', 1) = ANY(%s)
        AND position BETWEEN (SELECT min(position) FROM dated) AND (SELECT max(position) FROM dated)
    GROUP BY 1, 2, 3)
SELECT coalesce(site_id, %s), coalesce(kind = 'CREDIT_NOTE', false), account, moved.currency, -sum(minor)
FROM moved LEFT JOIN documents USING (document_id) GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4"""


_BILLED = f"""count(session_id) FILTER (WHERE kind = 'INVOICE'),
    coalesce(sum((data #>> '{{content,delivery,energy_wh}}')::bigint) FILTER (WHERE kind = 'INVOICE'), 0),
    sum({_SIGN} * (data #>> '{{content,net,minor}}')::bigint), sum({_SIGN} * (data #>> '{{content,tax,minor}}')::bigint),
    sum({_SIGN} * gross_minor), sum({_SIGN} * due_minor)"""
_OF_PAYER = """(data #>> '{content,parties,used_by,payer_id}')::uuid = %s
    AND data #>> '{content,parties,used_by,payer_id}' IS NOT NULL AND issued_at >= %s AND issued_at < %s"""
_USED_FOR = f"""SELECT driver_id, used_by->>'name', coalesce(used_by->>'card', ''), coalesce(used_by->>'cost_centre', ''),
    data #>> '{{content,place,site_name}}', currency, {_BILLED}
FROM documents, LATERAL (SELECT data #> '{{content,parties,used_by}}' AS used_by) AS named
WHERE {_OF_PAYER} GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 2, 1, 3, 4, 5, 6"""  # noqa: S608
_USED_BY_MONTH = f"""SELECT date_trunc('month', issued_at AT TIME ZONE %s)::date, currency, {_BILLED}
FROM documents WHERE {_OF_PAYER} GROUP BY 1, 2 ORDER BY 1, 2"""  # noqa: S608


_SPENT_BY = f"""SELECT coalesce(sum({_SIGN} * due_minor), 0) FROM documents d
WHERE driver_id = %s AND issued_at >= %s AND currency = %s AND data #>> '{{content,parties,used_by,payer_id}}' IS NOT NULL
    AND (data #>> '{{content,delivery,started_at}}')::timestamptz >= %s AND (data #>> '{{content,delivery,started_at}}')::timestamptz < %s
    AND (%s::text IS NULL OR EXISTS (SELECT FROM charge_records r WHERE r.session_id = d.session_id AND r.data->>'token' = %s))"""  # noqa: S608


class BillingTotals:
    """flush: of what is read here and may not be written yet."""

    def __init__(self, db: DbConnection, flush: Callable[[], None]) -> None:
        self._db, self._flush = db, flush

    def fleet_usage(self, payer_id: DriverId, span: Span) -> Sequence[FleetUsage]:
        rows = self._db.rows(_USED_FOR, payer_id, span.start, span.end)
        return [FleetUsage(driver_id, name, card, centre, site, _billed(*sums)) for driver_id, name, card, centre, site, *sums in rows]

    def fleet_usage_by_month(self, payer_id: DriverId, span: Span, zone: str) -> Sequence[tuple[date, BilledTotal]]:
        rows = self._db.rows(_USED_BY_MONTH, zone, payer_id, span.start, span.end)
        return [(month, _billed(*sums)) for month, *sums in rows]

    def spent_by(self, driver_id: DriverId, begun: Span, currency: str, card: TokenUid | None = None) -> Money:
        self._flush()
        ((minor,),) = self._db.rows(_SPENT_BY, driver_id, begun.start, currency, begun.start, begun.end, card, card)
        return Money(int(minor), currency)

    def by_tariff_version(self, operator_id: OperatorId, since: datetime, until: datetime | None = None) -> Sequence[TariffTotal]:
        return [_taking(*row) for row in self._db.rows(_BY_VERSION, operator_id, since, until)]

    def earnings(self, operator_id: OperatorId, span: Span) -> Sequence[AccountTotal]:
        self._flush()
        rows = self._db.rows(_EARNINGS, operator_id, span.start, span.end, operator_id, list(EARNING_ACCOUNTS), NO_SITE)
        return [
            AccountTotal(None if site_id == NO_SITE else site_id, noted, Account.from_name(name), Money(int(minor), currency))
            for site_id, noted, name, currency, minor in rows
        ]

    def by_line(self, operator_id: OperatorId, site_id: SiteId, since: datetime) -> Sequence[tuple[LineKind, str, Money]]:
        rows = self._db.rows(_BY_LINE, operator_id, since, site_id)
        return [(LineKind(what), title, Money(int(net), currency)) for what, title, currency, net in rows]

    def by_delivery_time(self, operator_id: OperatorId, site_id: SiteId, since: datetime) -> Sequence[tuple[Span, Money]]:
        rows = self._db.rows(_IN_TIME, operator_id, since, site_id)
        return [(Span(start, end), Money(int(net), currency)) for start, end, currency, net in rows]


def _billed(currency: str, charges: int, energy_wh: int, *minors: int) -> BilledTotal:
    net, tax, gross, due = (Money(int(minor), currency) for minor in minors)
    return BilledTotal(charges, int(energy_wh), net, tax, gross, due)


def _taking(site_id: SiteId, version_id: TariffVersionId | None, currency: str, *sums: int) -> TariffTotal:
    net, gross, charges, energy_wh = map(int, sums)
    return TariffTotal(
        None if site_id == NO_SITE else site_id, version_id, Money(net, currency), Money(gross, currency), charges, energy_wh
    )
