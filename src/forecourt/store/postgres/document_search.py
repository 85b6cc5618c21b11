"""The conditions of searches for documents and for statements, for the rows of their tables."""

from dataclasses import replace

from forecourt.flows.ports import ALL_STATEMENTS, DocumentSearch, PaidSearch, PaidState, StatementSearch
from forecourt.kernel import OperatorId
from forecourt.payments import WRITTEN_OFF
from forecourt.store.postgres.direct_debits import TAKEN_OFF

_SEARCH = """operator_id = %s AND issued_at >= coalesce(%s, '-infinity'::timestamptz) AND issued_at < coalesce(%s, 'infinity'::timestamptz)
AND gross_minor BETWEEN coalesce(%s, 0) AND coalesce(%s, 9223372036854775807)
AND (strpos(lower(number), lower(%s)) > 0
    OR strpos(lower(coalesce(nullif(data #>> '{content,parties,buyer,name}', ''), 'guest')), lower(%s)) > 0
    OR strpos(lower(data #>> '{content,parties,buyer,email}'), lower(%s)) > 0
    OR strpos(lower(data #>> '{content,parties,used_by,name}'), lower(%s)) > 0
    OR strpos(lower(data #>> '{content,parties,used_by,email}'), lower(%s)) > 0)"""
# What was captured for a payable, whether or not it was refunded since: see `Payment.taken`.
_CAPTURED = """coalesce(CASE p.state WHEN 'Captured' THEN p.data #>> '{state,amount,minor}' END,
    p.data #>> '{state,captured,minor}', p.data #>> '{state,pending,captured,minor}')::bigint"""
_TAKEN = f"(SELECT coalesce(sum({_CAPTURED}), 0) FROM payments p WHERE p.document_id = %s)"  # noqa: S608
_STATED = "(SELECT l.statement_id FROM account_statement_lines l WHERE l.document_id = documents.document_id)"
_CREDITED = "(SELECT coalesce(sum(c.due_minor), 0) FROM documents c WHERE c.corrects = documents.document_id)"
# The operator's statements for which less was captured than they ask for by now.
_LACKING = "(s.data #>> '{due,minor}')::bigint - " + _TAKEN.replace("%s", "s.statement_id")
_UNPAID = f"""SELECT s.statement_id FROM account_statements s
    WHERE s.operator_id = %s AND CASE WHEN {_LACKING} > 0 THEN {_LACKING} > {TAKEN_OFF} ELSE false END"""  # noqa: S608
_MONTHLY = """coalesce(data #>> '{content,parties,pays_by}', (SELECT r.data->>'pay_by' FROM drivers r
    WHERE r.driver_id = documents.driver_id)) = 'ACCOUNT'"""
# OFFSET keeps the planner from asking twice for each figure.
_STATE = f"""CASE WHEN kind = 'CREDIT_NOTE' THEN 'credited' WHEN due_minor = 0 THEN 'paid' ELSE (SELECT CASE
    WHEN due_minor = credited THEN 'credited'
    WHEN stated IS NOT NULL THEN CASE WHEN stated IN ({_UNPAID}) THEN 'open' ELSE 'paid' END
    WHEN taken >= due_minor - credited THEN 'paid' WHEN {_MONTHLY} THEN 'monthly' ELSE 'open' END
    FROM (SELECT {_CREDITED} AS credited, {_STATED} AS stated,
        {_TAKEN.replace("%s", "documents.document_id")} AS taken OFFSET 0) sums) END"""  # noqa: S608
# Most documents are paid by one payment, or by that of their statement, and few are credited. Joined as sets, this leaves few rows for
# which a state has to be worked out; OFFSET keeps the planner from working it out first.
_ANY_NOTES = """(kind = 'CREDIT_NOTE'
    OR document_id IN (SELECT c.corrects FROM documents c WHERE c.corrects IS NOT NULL AND c.operator_id = %s))"""
_UNPAID_AT_ONCE = f"""kind <> 'CREDIT_NOTE' AND due_minor > 0 AND NOT EXISTS (SELECT FROM payments p
        WHERE p.document_id = documents.document_id AND {_CAPTURED} >= documents.due_minor
        AND NOT EXISTS (SELECT FROM account_statement_lines l WHERE l.document_id = p.document_id))
    AND NOT EXISTS (SELECT FROM account_statement_lines l
        WHERE l.document_id = documents.document_id AND l.statement_id NOT IN ({_UNPAID}))"""  # noqa: S608
_FEW = "(SELECT * FROM documents WHERE operator_id = %s AND {} OFFSET 0) AS documents"
_LATE = f"""coalesce((SELECT s.issued_at + make_interval(days => coalesce((s.data #>> '{{parties,due_days}}')::int, %s))
        FROM account_statements s WHERE s.statement_id = {_STATED}),
        issued_at + make_interval(days => coalesce((data #>> '{{content,parties,due_days}}')::int, %s))) <= %s
    AND NOT EXISTS (SELECT FROM dunning_cases k WHERE k.document_id = coalesce({_STATED}, documents.document_id)
        AND k.data->>'outcome' = %s)"""  # noqa: S608
_STATEMENTS = """operator_id = %s AND issued_at >= coalesce(%s, '-infinity'::timestamptz)
AND issued_at < coalesce(%s, 'infinity'::timestamptz) AND (strpos(lower(number), lower(%s)) > 0
    OR strpos(lower(data #>> '{parties,buyer,name}'), lower(%s)) > 0 OR strpos(lower(data #>> '{parties,buyer,email}'), lower(%s)) > 0)"""
_STATEMENT_LATE = """issued_at + make_interval(days => coalesce((data #>> '{parties,due_days}')::int, %s)) <= %s
    AND NOT EXISTS (SELECT FROM dunning_cases k WHERE k.document_id = account_statements.statement_id AND k.data->>'outcome' = %s)"""


def searched(operator_id: OperatorId, wanted: DocumentSearch) -> tuple[str, tuple[object, ...]]:
    """The condition for what is searched for, with its parameters."""
    text, rest = wanted.text, replace(wanted, driver_id=None, payer_id=None, kind=None, paid=None, delivered_before=None)
    where: str = "operator_id = %s"
    known: tuple[object, ...] = (operator_id,)
    if rest != DocumentSearch():
        where, known = _SEARCH, (operator_id, wanted.since, wanted.until, wanted.least_minor, wanted.most_minor, *[text] * 5)
    if wanted.driver_id is not None:
        where, known = f"{where} AND driver_id = %s", (*known, wanted.driver_id)
    if wanted.payer_id is not None:
        where, known = f"{where} AND (data #>> '{{content,parties,used_by,payer_id}}')::uuid = %s", (*known, wanted.payer_id)
    if wanted.delivered_before is not None:
        where, known = f"{where} AND (data #>> '{{content,delivery,ended_at}}')::timestamptz < %s", (*known, wanted.delivered_before)
    if wanted.kind is not None:
        where, known = f"{where} AND kind = %s", (*known, wanted.kind)
    return where if wanted.paid is None else f"{where} AND {_paid(wanted.paid)}", (*known, *_paid_parameters(operator_id, wanted.paid))


def possible_documents(operator_id: OperatorId, state: PaidState) -> tuple[str, tuple[object, ...]]:
    """The rows that can have a state, with the parameters: what to select from instead of the table. All that have it are among them."""
    return _FEW.format(_ANY_NOTES if state is PaidState.CREDITED else _UNPAID_AT_ONCE), (operator_id, operator_id)


def _paid(wanted: PaidSearch) -> str:
    if wanted.state is not PaidState.OVERDUE:
        return f"{_STATE} = %s"
    return f"CASE WHEN {_STATE} = 'open' THEN {_LATE} ELSE false END"


def _paid_parameters(operator_id: OperatorId, wanted: PaidSearch | None) -> tuple[object, ...]:
    if wanted is None:
        return ()
    if wanted.state is not PaidState.OVERDUE:
        return operator_id, wanted.state.value
    return operator_id, wanted.due.days, wanted.due.days, wanted.at, WRITTEN_OFF


def searched_statements(operator_id: OperatorId, wanted: StatementSearch) -> tuple[str, tuple[object, ...]]:
    """The condition for the statements that are searched for, with its parameters."""
    if wanted == ALL_STATEMENTS:
        return "operator_id = %s", (operator_id,)
    known: tuple[object, ...] = (operator_id, wanted.since, wanted.until, *[wanted.text] * 3)
    if wanted.paid is None:
        return _STATEMENTS, known
    state = wanted.paid.state
    if state is PaidState.PAID:
        return f"{_STATEMENTS} AND statement_id NOT IN ({_UNPAID})", (*known, operator_id)
    if state is PaidState.OPEN:
        return f"{_STATEMENTS} AND statement_id IN ({_UNPAID})", (*known, operator_id)
    if state is PaidState.OVERDUE:
        late = (wanted.paid.due.days, wanted.paid.at, WRITTEN_OFF)
        return f"{_STATEMENTS} AND statement_id IN ({_UNPAID}) AND {_STATEMENT_LATE}", (*known, operator_id, *late)
    return f"{_STATEMENTS} AND false", known  # no statement waits for another, or is credited
