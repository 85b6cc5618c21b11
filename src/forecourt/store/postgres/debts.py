"""What drivers owe: balances allocated to the newest charges of each account, in one question."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from forecourt.flows.ports import FIRST_PAGE, Debt, DebtQuery, ListOrders, ListPage, PageRequest
from forecourt.kernel import OperatorId
from forecourt.ledger import AGES, Account, AccountKind, AgedBalance
from forecourt.store.postgres.db_connection import DbConnection
from forecourt.store.postgres.drivers import CALLED, within
from forecourt.store.postgres.paged_query import PagedQuery

_BALANCES = "(SELECT operator_id, account, currency, debit_minor - credit_minor AS minor FROM ledger_balances) AS balances"
# As they were: today's less all that is dated since.
_BALANCES_THEN = """(SELECT operator_id, account, currency, sum(minor)::bigint AS minor FROM (
    SELECT operator_id, account, currency, debit_minor - credit_minor AS minor FROM ledger_balances
    UNION ALL SELECT operator_id, account, currency, -minor
    FROM ledger_entries JOIN ledger_txns USING (operator_id, position) WHERE at >= %s
) AS moved GROUP BY operator_id, account, currency) AS balances"""
_WHOSE = f"""(%s = '' OR EXISTS (SELECT FROM drivers WHERE {CALLED}
    AND driver_id = split_part(split_part(account, ':', 2), '/', 1)::uuid))"""
_OWED = f"operator_id = %s AND account >= %s AND account < %s AND minor <> 0 AND {_WHOSE}"
# What creates a debt on an account comes first, newest first; the remainder is whatever no debt explains. Only debts that carry part of a
# balance are dated: by their document, or the statement that collects it. The remainder is older than anything listed.
# Entries are looked up account by account, in their own collation: that of the balances ("C") cannot use their index, and without it all
# entries were joined with all accounts.
_AGED = """WITH owed AS (
    SELECT *, row_number() OVER () AS place FROM (SELECT operator_id, account, currency, minor FROM {balances} WHERE {where}) AS wanted
), charged AS (
    SELECT operator_id, account, currency, balance, position, moved.minor, key !~ '^(document|statement|dunning)/' AS rest
    FROM (
        SELECT operator_id, account, currency, owed.minor AS balance, position, entries.minor FROM owed CROSS JOIN LATERAL (
            SELECT position, sum(one.minor) AS minor FROM ledger_entries one WHERE one.operator_id = owed.operator_id
                AND one.account = owed.account COLLATE "default" AND one.currency = owed.currency
            GROUP BY position HAVING sum(one.minor) > 0
        ) AS entries WHERE owed.minor > 0
    ) AS moved JOIN ledger_txns USING (operator_id, position) WHERE at < %s
), laid AS (
    SELECT *, balance + minor - sum(minor) OVER (PARTITION BY account, currency ORDER BY rest, position DESC) AS left_minor FROM charged
), dated AS (
    SELECT laid.account, laid.currency, least(left_minor, laid.minor) AS minor,
        coalesce(s.issued_at, (t.data->>'about')::timestamptz, t.at)
        + CASE WHEN rest OR starts_with(key, 'dunning/') THEN interval '0' ELSE coalesce(make_interval(days =>
            (coalesce(s.data->'parties', d.data #> '{{content,parties}}')->>'due_days')::int), %s) END AS due_at
    FROM laid JOIN ledger_txns t USING (operator_id, position)
        LEFT JOIN documents d ON starts_with(key, 'document/') AND d.document_id = subject
        LEFT JOIN account_statement_lines l ON l.document_id = d.document_id
        LEFT JOIN account_statements s ON s.issued_at < %s
            AND s.statement_id = CASE WHEN starts_with(key, 'statement/') THEN subject ELSE l.statement_id END
    WHERE left_minor > 0
), classed AS (
    SELECT account, currency, coalesce(sum(minor) FILTER (WHERE due_at >= %s), 0) AS first,
        coalesce(sum(minor) FILTER (WHERE due_at >= %s), 0) AS second, coalesce(sum(minor) FILTER (WHERE due_at >= %s), 0) AS third
    FROM dated GROUP BY account, currency
), aged AS (
    SELECT place, account, currency, coalesce(first, 0) AS first, coalesce(second - first, 0) AS second,
        coalesce(third - second, 0) AS third, greatest(minor, 0) - coalesce(third, 0) AS older, greatest(-minor, 0) AS credit
    FROM owed LEFT JOIN classed USING (account, currency)
)
"""
_EACH = "SELECT account, currency, first, second, third, older, credit FROM aged ORDER BY place"
_SUMS = """SELECT NULL, currency, sum(first), sum(second), sum(third), sum(older), sum(credit)
FROM aged GROUP BY currency ORDER BY currency"""
_FOR_EVER = datetime.max.replace(tzinfo=UTC)
_PAGED = PagedQuery(ListOrders.DEBTS, ("minor", "currency", 'account COLLATE "C"'))


class Debts:
    def __init__(self, db: DbConnection, flush: Callable[[], None]) -> None:
        self._db = db
        self._flush = flush

    def page(self, operator_id: OperatorId, asked: DebtQuery, page: PageRequest = FIRST_PAGE) -> ListPage[Debt]:
        return _PAGED.page(
            lambda where, *parameters: self._aged(_EACH, where, asked, *parameters), page, _OWED, *_meant(operator_id, asked)
        )

    def totals(self, operator_id: OperatorId, asked: DebtQuery) -> Sequence[Debt]:
        return self._aged(_SUMS, _OWED, asked, *_meant(operator_id, asked))

    def _aged(self, what: str, where: str, asked: DebtQuery, *parameters: object) -> list[Debt]:
        self._flush()
        until, then = asked.until or _FOR_EVER, () if asked.until is None else (asked.until,)
        query = _AGED.format(balances=_BALANCES_THEN if then else _BALANCES, where=where) + what
        ages = (asked.at - age for age in AGES)
        return [_debt(*row) for row in self._db.rows(query, *then, *parameters, until, asked.due, until, *ages)]


def _meant(operator_id: OperatorId, asked: DebtQuery) -> tuple[object, ...]:
    text, kind = asked.text, AccountKind.DRIVER_RECEIVABLE
    return operator_id, f"{kind}:", f"{kind};", text, within(text)


def _debt(account: str | None, currency: str, *sums: int) -> Debt:
    first, second, third, older, credit = map(int, sums)
    return Debt(Account.from_name(account) if account else None, currency, AgedBalance((first, second, third, older), credit))
