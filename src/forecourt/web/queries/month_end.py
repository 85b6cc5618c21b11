"""The end of a month, step by step, with the state of each from the records. Every number also appears on the linked page."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from urllib.parse import urlencode

from forecourt.flows.billing import StatementRun, can_close, earlier_exports
from forecourt.flows.desk import operator_month, operator_zone
from forecourt.flows.paying import payable_paybacks
from forecourt.flows.ports import ChargeSearch, DebtQuery, PageRequest, Store
from forecourt.kernel import Money, OperatorId, Span, utc
from forecourt.ledger import CLEARING, AccountKind
from forecourt.settlement import MISSING_AFTER
from forecourt.web.queries.accounting_months import is_final
from forecourt.web.queries.console_labels import count_text
from forecourt.web.queries.names import actor_name
from forecourt.web.queries.vat_report import vat_report
from forecourt.wording import EN

# Lists are counted up to this many; beyond it, the page says "more than".
_COUNTED = 100


class StepState(StrEnum):
    """The state of a step. CARRIED: open, and may be carried into the next month. NOTHING: there is nothing to do. LATER: it is too
    early."""

    DONE = "DONE"
    OPEN = "OPEN"
    CARRIED = "CARRIED"
    NOTHING = "NOTHING"
    LATER = "LATER"


@dataclass(frozen=True, slots=True)
class MonthStep:
    """title: the desired state. text: the present state. links: where to do it, with the names of the pages."""

    title: str
    state: StepState
    text: str
    links: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class BooksExport:
    """An export that somebody downloaded for exactly these days. what: as the log names it."""

    what: str
    final: bool
    at: datetime
    who: str


@dataclass(frozen=True, slots=True)
class MonthEnd:
    """name: "2026-06". begins: its first instant; first_day, last_day: "2026-06-01". steps: before its books are closed, in order. before,
    after: the adjacent months; after is empty for the current one."""

    name: str
    begins: datetime
    first_day: str
    last_day: str
    closed: bool
    can_close: bool
    steps: tuple[MonthStep, ...]
    taken: tuple[BooksExport, ...]
    before: str
    after: str

    @property
    def open_count(self) -> int:
        return sum(one.state is StepState.OPEN for one in self.steps)

    @property
    def has_final_export(self) -> bool:
        return any(one.final for one in self.taken)


@dataclass(frozen=True, slots=True)
class _Month:
    """at: now. last: the month's last day, in the operator's zone."""

    store: Store
    operator_id: OperatorId
    span: Span
    last: date
    at: datetime

    @property
    def name(self) -> str:
        return f"{self.span.start:%Y-%m}"

    @property
    def over(self) -> bool:
        return self.at >= self.span.end


def month_end(store: Store, operator_id: OperatorId, first: date, at: datetime) -> MonthEnd:
    span = operator_month(store, operator_id, first)
    last = (span.end - timedelta(days=1)).date()
    of = _Month(store, operator_id, span, last, at)
    closed = is_final(store, operator_id, span.end)
    return MonthEnd(
        name=of.name,
        begins=span.start,
        first_day=str(first),
        last_day=str(last),
        closed=closed,
        can_close=not closed and can_close(span, at),
        steps=tuple(step for ask in _STEPS if (step := ask(of)) is not None),
        taken=tuple(_books_exports(of, first)),
        before=f"{first - timedelta(days=1):%Y-%m}",
        after=f"{span.end:%Y-%m}" if of.over else "",
    )


def _books_exports(of: _Month, first: date) -> Iterable[BooksExport]:
    for one, final in earlier_exports(of.store, of.operator_id, (first, of.last)):
        yield BooksExport(one.detail, final, one.at, actor_name(of.store, one.actor))


def _step(title: str, count: int | str, text: str, *links: tuple[str, str], done: str) -> MonthStep:
    """Open while the count is not zero."""
    return MonthStep(title, StepState.OPEN, text, links) if count else MonthStep(title, StepState.DONE, done, links)


def _charges(of: _Month) -> MonthStep:
    wanted = ChargeSearch(since=of.span.start, until=of.span.end, unbilled=True)
    found = of.store.sessions.page(of.operator_id, wanted, PageRequest(limit=_COUNTED))
    many = f"More than {_COUNTED}" if found.older else f"{len(found.rows)}"
    days = {"since": of.span.start.date(), "until": of.last}
    here = (f"/console/sessions?{urlencode({**days, 'billed': 'no'})}", "Charges without a bill")
    text = f"{many} that ended in the month have no document: they are being billed, or need review."
    return _step("Every charge is billed", len(found.rows), text, here, done="Each has its document, or was deliberately left without one.")


def _doubts(of: _Month) -> MonthStep:
    count = of.store.inbox.quarantine_count(of.operator_id, of.span.end)
    text = f"{count_text(count, 'message')} of the month or earlier not reviewed yet."
    return _step("Doubtful messages are reviewed", count, text, ("/console/quarantine", "Needs review"), done="Nothing is waiting.")


def _complaints(of: _Month) -> MonthStep:
    books = (of.store.complaints, of.store.questions)
    count = sum(one.said_at < of.span.end for book in books for one in book.waiting(of.operator_id))
    text = (
        f"{count_text(count, 'complaint')} about a bill or a line of a partner's statement without an answer. A justified one becomes "
        "a credit note, or a line of the next statement."
    )
    return _step("Complaints are answered", count, text, ("/console/complaints", "Complaints"), done="None is waiting.")


def _paybacks(of: _Month) -> MonthStep:
    count = sum(one.owed_at < of.span.end for one in payable_paybacks(of.store, of.store.paybacks.waiting(of.operator_id)))
    text = f"{count_text(count, 'amount')} to refund by transfer."
    return _step("Refunds by transfer are paid", count, text, ("/console/paybacks", "Refunds by transfer"), done="None is owed.")


def _accounts(of: _Month) -> MonthStep:
    title, links = "Monthly statements are issued", (("/console/statements", "Monthly statements"), ("/console/jobs", "Run history"))
    run = of.store.runs.of_period(of.operator_id, StatementRun.name, of.name)
    if run is None or run.finished_at is None:
        waits = bool(of.store.statements.unstated(of.operator_id, of.span.end, None, 1))
        if not waits:
            return MonthStep(title, StepState.NOTHING, "No one on account has anything to pay.", links)
        state = StepState.OPEN if of.over else StepState.LATER
        return MonthStep(title, state, "They are issued on the first of the next month.", links)
    text = f"{count_text(run.failed, 'statement')} could not be issued; the run shows why."
    return _step(title, run.failed, text, *links, done=f"{count_text(run.done, 'payer')} processed, each with a statement.")


def _payments(of: _Month) -> MonthStep:
    before = min(utc(of.at), utc(of.span.end))
    waiting = [one for one in of.store.payments.pending(before, 10 * _COUNTED) if one.operator_id == of.operator_id]
    links = tuple((f"/console/payments/{one.id}", f"Payment of {one.made_at:%d %B}") for one in waiting[:3])
    text = f"{count_text(len(waiting), 'payment')} of the month or earlier without an answer from the card processor."
    return _step("Every payment has an answer", len(waiting), text, *links, done="Every requested amount was charged or refused.")


def _clearing(of: _Month) -> MonthStep:
    title, links = "The card processor's file matches the ledger", (("/console/clearing", "Clearing"),)
    reading = of.store.clearing.reading()
    if reading is None:
        return _unread(of, title, links)
    odd = sum(one.doubt.since < of.span.end for one in of.store.clearing.open_findings(of.operator_id))
    if odd:
        return MonthStep(title, StepState.OPEN, f"{count_text(odd, 'finding')} of the month or earlier to explain.", links)
    read, whole = (EN.day_words(_day(of, one)) for one in (reading.read_at, of.span.end + MISSING_AFTER))
    if reading.read_at < of.span.end + MISSING_AFTER:
        text = f"It is read up to {read}. Rows arrive late: missing ones for the month are reported from {whole}."
        return MonthStep(title, StepState.OPEN if of.at >= of.span.end + MISSING_AFTER else StepState.LATER, text, links)
    return MonthStep(title, StepState.DONE, f"Read beyond the month, up to {read}; no open findings.", links)


def _unread(of: _Month, title: str, links: tuple[tuple[str, str], ...]) -> MonthStep:
    waiting = [
        EN.money(Money(one.minor, one.currency)) for one in of.store.ledger.summary(of.operator_id) if one.account == CLEARING and one.minor
    ]
    if not waiting:
        return MonthStep(title, StepState.NOTHING, "No card payments so far.", links)
    state = StepState.OPEN if of.at >= of.span.end + MISSING_AFTER else StepState.LATER
    return MonthStep(title, state, f"No file has been read yet; {', '.join(waiting)} charged to cards is still to be reported.", links)


def _bank(of: _Month) -> MonthStep:
    title, links = "Bank statements match the ledger", (("/console/bank", "Bank statements"),)
    accounts = of.store.bank.accounts(of.operator_id)
    if not accounts:
        text = "No statement has been uploaded. Without them the bank balance cannot be checked."
        return MonthStep(title, StepState.NOTHING, text, links)
    short = [f"{one.account} up to {EN.day_words(one.closes)}" for one in accounts if one.closes < of.last]
    if short:
        state = StepState.OPEN if of.over else StepState.LATER
        return MonthStep(title, state, f"Statements are missing: known are {', '.join(short)}.", links)
    left, _ = of.store.bank.left(of.operator_id)
    waiting = sum(one.line.day <= of.last for one in of.store.bank.open(of.operator_id))
    text = (
        f"{count_text(waiting, 'line')} of the month or earlier without a match."
        if waiting
        else f"{count_text(left, 'line')} still to be matched."
    )
    return _step(title, waiting + left, text, *links, done="Complete up to the last day; every line is matched.")


def _partners(of: _Month) -> MonthStep | None:
    """None if there are no hosts and partners."""
    partners = of.store.partners.partners(of.operator_id)
    title, links = "Hosts and partners have their statements", (("/console/offers", "Offers, partners' statements"),)
    nobody = _owed_to_nobody(of, {one.handle for one in partners})
    if not partners and not nobody:
        return None
    waiting = [one.name for one in partners if of.store.partners.unstated(one.id, of.span.end)]
    if waiting:
        state = StepState.OPEN if of.over else StepState.LATER
        return MonthStep(
            title, state, f"Not yet on a statement: {', '.join(waiting[:5])}{' and others' if len(waiting) > 5 else ''}.", links
        )
    if nobody:
        return MonthStep(title, StepState.CARRIED, f"Owed in the ledger only, as no partner has that short name: {nobody}.", links)
    stated = [one for one in of.store.partners.statements(of.operator_id) if one.month.start < of.span.end]
    unpaid = sum(bool(one.owed) and of.store.partners.settled(one.id) is None for one in stated)
    if unpaid:
        return MonthStep(title, StepState.CARRIED, f"{count_text(unpaid, 'statement')} to settle by transfer.", links)
    return MonthStep(title, StepState.DONE, "All are issued and settled.", links)


def _owed_to_nobody(of: _Month, handles: Collection[str]) -> str:
    """Shares of hosts without a partner to make statements for; empty if there are none."""
    owed = of.store.ledger.unsettled(of.operator_id, AccountKind.PARTNER_PAYABLE)
    named = [one for one in owed if one.account.part not in handles]
    return ", ".join(f"{one.account.part} {EN.money(Money(-one.minor, one.currency))}" for one in named[:5])


def _roaming(of: _Month) -> MonthStep | None:
    """None if nobody roams."""
    partners = of.store.roaming.partners(of.operator_id)
    brought = [one for one in partners if one.peer is not None and one.peer.url_of("cdrs", "RECEIVER") is not None]
    counts = [(one, of.store.roamed.untaken(one.id, of.span)) for one in brought]
    links = tuple((f"/console/roaming/{one.id}", f"{one.name}: {count}") for one, count in counts if count)
    text = f"{count_text(sum(count for _, count in counts), 'CDR')} of the month not accepted by the paying partner."
    step = _step("Roaming partners have their CDRs", len(links), text, *links, done="All CDRs sent were accepted.")
    return step if partners else None


def _owed(of: _Month) -> MonthStep:
    links = [("/console/ledger/receivables", "Aged receivables"), ("/console/dunning", "Debts")]
    due = timedelta(days=of.store.dunning.rules(of.operator_id).due_days)
    sums = [one for one in of.store.owed.totals(of.operator_id, DebtQuery(of.at, due)) if any(one.aged.by_age)]
    disputes = len(of.store.disputes.waiting(of.operator_id))
    told = [f"{EN.money(Money(sum(one.aged.by_age), one.currency))} as of now" for one in sums]
    told += [f"{count_text(disputes, 'dispute')} without a decision"] if disputes else []
    links += [("/console/disputes", "Disputes")] if disputes else []
    text = f"{', '.join(told)}. They carry over into the following months." if told else "Nothing is owed."
    return MonthStep("What drivers owe", StepState.CARRIED if told else StepState.DONE, text, tuple(links))


def _vat(of: _Month) -> MonthStep:
    title, links = "Tax on documents and in the ledger agree", ((f"/console/ledger/vat?month={of.name}", "Tax of the month"),)
    report = vat_report(of.store, of.operator_id, of.span)
    if not report.rows:
        return MonthStep(title, StepState.NOTHING, "No document was issued.", links)
    owed = ", ".join(EN.money(one.owed) for one in report.totals)
    text = "They differ: check the entries of the tax accounts."
    return _step(title, not report.agrees, text, *links, done=f"Owed for the month: {owed}.")


def _day(of: _Month, at: datetime) -> date:
    return at.astimezone(operator_zone(of.store, of.operator_id)).date()


_STEPS: Sequence[Callable[[_Month], MonthStep | None]] = (
    _charges,
    _doubts,
    _complaints,
    _paybacks,
    _accounts,
    _payments,
    _clearing,
    _bank,
    _partners,
    _roaming,
    _owed,
    _vat,
)
