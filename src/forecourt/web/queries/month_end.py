"""The end of a month, step by step, with the state of each from the records. Every number also appears on the linked page."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from urllib.parse import urlencode

from forecourt.flows.billing import DOCUMENT_ARCHIVE, StatementRun, accrual_outlook, accrued, can_close, earlier_exports
from forecourt.flows.desk import operator_month, operator_zone
from forecourt.flows.paying import payable_paybacks
from forecourt.flows.ports import ChargeSearch, PageRequest, Store
from forecourt.kernel import Money, OperatorId, Span, utc
from forecourt.ledger import CLEARING, AccountKind
from forecourt.offers import months_later
from forecourt.settlement import MISSING_AFTER, Statement
from forecourt.web.queries.accounting_months import is_final
from forecourt.web.queries.console_labels import count_text
from forecourt.web.queries.ledger_reports import debts_as_of
from forecourt.web.queries.money_totals import total_by_currency
from forecourt.web.queries.names import actor_name
from forecourt.web.queries.unlawful_prices import unlawful_count
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
    exports: tuple[BooksExport, ...]
    before: str
    after: str

    @property
    def open_count(self) -> int:
        return sum(one.state is StepState.OPEN for one in self.steps)

    @property
    def has_final_export(self) -> bool:
        """Of the postings: the documents alone are no books."""
        return any(one.final and not one.what.startswith(DOCUMENT_ARCHIVE) for one in self.exports)


@dataclass(frozen=True, slots=True)
class _Month:
    """at: now. first, last: its first and last day, in the operator's zone."""

    store: Store
    operator_id: OperatorId
    span: Span
    first: date
    last: date
    at: datetime

    @property
    def name(self) -> str:
        return f"{self.first:%Y-%m}"

    @property
    def over(self) -> bool:
        return self.at >= self.span.end


def month_end(store: Store, operator_id: OperatorId, first_day: date, at: datetime) -> MonthEnd:
    span = operator_month(store, operator_id, first_day)
    after = months_later(first_day, 1)
    month = _Month(store, operator_id, span, first_day, last := after - timedelta(days=1), at)
    closed = is_final(store, operator_id, span.end)
    return MonthEnd(
        name=month.name,
        begins=span.start,
        first_day=str(first_day),
        last_day=str(last),
        closed=closed,
        can_close=not closed and can_close(span, at),
        steps=tuple(step for build_step in _STEPS if (step := build_step(month)) is not None),
        exports=tuple(_books_exports(month)),
        before=f"{first_day - timedelta(days=1):%Y-%m}",
        after=f"{after:%Y-%m}" if month.over else "",
    )


def _books_exports(month: _Month) -> Iterable[BooksExport]:
    for one, final in earlier_exports(month.store, month.operator_id, (month.first, month.last)):
        yield BooksExport(one.detail, final, one.at, actor_name(month.store, one.actor))


def _step(title: str, count: int | str, text: str, *links: tuple[str, str], done: str) -> MonthStep:
    """Open while the count is not zero."""
    return MonthStep(title, StepState.OPEN, text, links) if count else MonthStep(title, StepState.DONE, done, links)


def _charges(month: _Month) -> MonthStep:
    wanted = ChargeSearch(since=month.span.start, until=month.span.end, unbilled=True)
    found = month.store.sessions.page(month.operator_id, wanted, PageRequest(limit=_COUNTED))
    count = f"More than {_COUNTED}" if found.older else f"{len(found.rows)}"
    days = {"since": month.first, "until": month.last}
    link = (f"/console/sessions?{urlencode({**days, 'billed': 'no'})}", "Charges without a bill")
    text = f"{count} that ended in the month have no document: they are being billed, or need review."
    return _step("Every charge is billed", len(found.rows), text, link, done="Each has its document, or was deliberately left without one.")


def _quarantine(month: _Month) -> MonthStep:
    prices = unlawful_count(month.store, month.operator_id, month.span.end).listed
    count = month.store.inbox.quarantine_count(month.operator_id, month.span.end) - prices
    text = f"{count_text(count, 'message')} of the month or earlier not reviewed yet."
    return _step("Doubtful messages are reviewed", count, text, ("/console/quarantine", "Needs review"), done="Nothing is waiting.")


def _complaints(month: _Month) -> MonthStep:
    repositories = (month.store.complaints, month.store.questions)
    count = sum(one.raised_at < month.span.end for repository in repositories for one in repository.waiting(month.operator_id))
    text = (
        f"{count_text(count, 'complaint')} about a bill or a line of a partner's statement without an answer. A justified one becomes "
        "a credit note, or a line of the next statement."
    )
    return _step("Complaints are answered", count, text, ("/console/complaints", "Complaints"), done="None is waiting.")


def _paybacks(month: _Month) -> MonthStep:
    count = sum(one.owed_at < month.span.end for one in payable_paybacks(month.store, month.store.paybacks.waiting(month.operator_id)))
    text = f"{count_text(count, 'amount')} to refund by transfer."
    return _step("Refunds by transfer are paid", count, text, ("/console/paybacks", "Refunds by transfer"), done="None is owed.")


def _accounts(month: _Month) -> MonthStep:
    title, links = "Monthly statements are issued", (("/console/statements", "Monthly statements"), ("/console/jobs", "Run history"))
    run = month.store.job_runs.of_period(month.operator_id, StatementRun.name, month.name)
    if run is None or run.finished_at is None:
        has_waiting = bool(month.store.statements.awaiting_statement(month.operator_id, month.span.end, None, 1))
        if not has_waiting:
            return MonthStep(title, StepState.NOTHING, "No one on account has anything to pay.", links)
        state = StepState.OPEN if month.over else StepState.LATER
        return MonthStep(title, state, "They are issued on the first of the next month.", links)
    text = f"{count_text(run.failed, 'statement')} could not be issued; the run shows why."
    return _step(title, run.failed, text, *links, done=f"{count_text(run.done, 'payer')} processed, each with a statement.")


def _payments(month: _Month) -> MonthStep:
    before = min(utc(month.at), utc(month.span.end))
    waiting = [one for one in month.store.payments.pending(before, 10 * _COUNTED) if one.operator_id == month.operator_id]
    links = tuple((f"/console/payments/{one.id}", f"Payment of {EN.day_words(_day(month, one.made_at))}") for one in waiting[:3])
    text = f"{count_text(len(waiting), 'payment')} of the month or earlier without an answer from the card processor."
    return _step("Every payment has an answer", len(waiting), text, *links, done="Every requested amount was charged or refused.")


def _clearing(month: _Month) -> MonthStep:
    title, links = "The card processor's file matches the ledger", (("/console/clearing", "Clearing"),)
    reading = month.store.clearing.progress()
    if reading is None:
        return _unread(month, title, links)
    finding_count = sum(one.doubt.since < month.span.end for one in month.store.clearing.open_findings(month.operator_id))
    if finding_count:
        return MonthStep(title, StepState.OPEN, f"{count_text(finding_count, 'finding')} of the month or earlier to explain.", links)
    read, whole = (EN.day_words(_day(month, one)) for one in (reading.read_at, month.span.end + MISSING_AFTER))
    if reading.read_at < month.span.end + MISSING_AFTER:
        text = f"It is read up to {read}. Rows arrive late: missing ones for the month are reported from {whole}."
        return MonthStep(title, StepState.OPEN if month.at >= month.span.end + MISSING_AFTER else StepState.LATER, text, links)
    return MonthStep(title, StepState.DONE, f"Read beyond the month, up to {read}; no open findings.", links)


def _unread(month: _Month, title: str, links: tuple[tuple[str, str], ...]) -> MonthStep:
    waiting = [
        EN.money(Money(one.minor, one.currency))
        for one in month.store.ledger.summary(month.operator_id)
        if one.account == CLEARING and one.minor
    ]
    if not waiting:
        return MonthStep(title, StepState.NOTHING, "No card payments so far.", links)
    state = StepState.OPEN if month.at >= month.span.end + MISSING_AFTER else StepState.LATER
    return MonthStep(title, state, f"No file has been read yet; {', '.join(waiting)} charged to cards is still to be reported.", links)


def _bank(month: _Month) -> MonthStep:
    title, links = "Bank statements match the ledger", (("/console/bank", "Bank statements"),)
    accounts = month.store.bank.accounts(month.operator_id)
    if not accounts:
        text = "No statement has been uploaded. Without them the bank balance cannot be checked."
        return MonthStep(title, StepState.NOTHING, text, links)
    incomplete = [f"{one.account} up to {EN.day_words(one.closes)}" for one in accounts if one.closes < month.last]
    if incomplete:
        state = StepState.OPEN if month.over else StepState.LATER
        return MonthStep(title, state, f"Statements are missing: known are {', '.join(incomplete)}.", links)
    unmatched, _ = month.store.bank.review_progress(month.operator_id)
    waiting = sum(one.line.day <= month.last for one in month.store.bank.open(month.operator_id))
    text = (
        f"{count_text(waiting, 'line')} of the month or earlier without a match."
        if waiting
        else f"{count_text(unmatched, 'line')} still to be matched."
    )
    return _step(title, waiting + unmatched, text, *links, done="Complete up to the last day; every line is matched.")


def _partners(month: _Month) -> MonthStep | None:
    """None if there are no hosts and partners."""
    partners = month.store.partners.partners(month.operator_id)
    title, links = "Hosts and partners have their statements", (("/console/offers", "Offers, partners' statements"),)
    without_partner = _shares_without_partner(month, {one.handle for one in partners})
    if not partners and not without_partner:
        return None
    waiting = [one.name for one in partners if month.store.partners.awaiting_statement(one.id, month.span.end)]
    if waiting:
        state = StepState.OPEN if month.over else StepState.LATER
        return MonthStep(
            title, state, f"Not yet on a statement: {', '.join(waiting[:5])}{' and others' if len(waiting) > 5 else ''}.", links
        )
    if without_partner:
        return MonthStep(title, StepState.CARRIED, f"Owed in the ledger only, as no partner has that short name: {without_partner}.", links)
    stated = [one for one in month.store.partners.statements(month.operator_id) if one.month.start < month.span.end]
    unpaid = sum(bool(one.owed) and month.store.partners.settled(one.id) is None for one in stated)
    invoiced = _self_billed(month, stated)
    if unpaid:
        return MonthStep(title, StepState.CARRIED, f"{count_text(unpaid, 'statement')} to settle by transfer.{invoiced}", links)
    return MonthStep(title, StepState.DONE, f"All are issued and settled.{invoiced}", links)


def _self_billed(month: _Month, stated: Iterable[Statement]) -> str:
    """The self-billed documents of the month's statements, and the input tax on them."""
    own = [one for one in stated if month.span.contains(one.month.start) and one.self_billed]
    documents, taxes = sum(len(one.self_billed) for one in own), total_by_currency(one.tax for one in own)
    if not documents:
        return ""
    return f" {count_text(documents, 'self-billed document')} with {', '.join(map(EN.money, taxes)) or 'no'} input VAT."


def _shares_without_partner(month: _Month, handles: Collection[str]) -> str:
    """Shares of hosts without a partner to make statements for; empty if there are none."""
    unsettled = month.store.ledger.unsettled(month.operator_id, AccountKind.PARTNER_PAYABLE)
    without_partner = [one for one in unsettled if one.account.part not in handles]
    return ", ".join(f"{one.account.part} {EN.money(Money(-one.minor, one.currency))}" for one in without_partner[:5])


def _roaming(month: _Month) -> MonthStep | None:
    """None if nobody roams."""
    partners = month.store.roaming.partners(month.operator_id)
    receivers = [one for one in partners if one.peer is not None and one.peer.url_of("cdrs", "RECEIVER") is not None]
    counts = [(one, month.store.roaming_charges.undelivered_cdrs(one.id, month.span)) for one in receivers]
    links = tuple((f"/console/roaming/{one.id}", f"{one.name}: {count}") for one, count in counts if count)
    text = f"{count_text(sum(count for _, count in counts), 'CDR')} of the month not accepted by the paying partner."
    step = _step("Roaming partners have their CDRs", len(links), text, *links, done="All CDRs sent were accepted.")
    return step if partners else None


def _receivables(month: _Month) -> MonthStep:
    links = [("/console/ledger/receivables", "Aged receivables"), ("/console/dunning", "Debts")]
    links += [(f"/console/ledger/receivables?day={month.last}", "At the end of the month")] if month.span.end <= month.at else []
    wanted = debts_as_of(month.store, month.operator_id, month.at)
    totals = [one for one in month.store.debts.totals(month.operator_id, wanted) if any(one.aged.by_age)]
    disputes = len(month.store.disputes.waiting(month.operator_id))
    amounts = [f"{EN.money(Money(sum(one.aged.by_age), one.currency))} as of now" for one in totals]
    amounts += [f"{count_text(disputes, 'dispute')} without a decision"] if disputes else []
    links += [("/console/disputes", "Disputes")] if disputes else []
    text = f"{', '.join(amounts)}. They carry over into the following months." if amounts else "Nothing is owed."
    return MonthStep("What drivers owe", StepState.CARRIED if amounts else StepState.DONE, text, tuple(links))


def _vat(month: _Month) -> MonthStep:
    title, links = "Tax on documents and in the ledger agree", ((f"/console/ledger/vat?month={month.name}", "Tax of the month"),)
    report = vat_report(month.store, month.operator_id, month.span)
    if not report.rows:
        return MonthStep(title, StepState.NOTHING, "No document was issued.", links)
    owed_text = ", ".join(EN.money(one.owed) for one in report.totals)
    text = "They differ: check the entries of the tax accounts."
    return _step(title, not report.agrees, text, *links, done=f"Owed for the month: {owed_text}.")


def _accrued(month: _Month) -> MonthStep:
    """A part of closing, so there is nothing to do before."""
    title, links = "Charges billed later are accrued", ((f"/console/ledger/months/{month.name}/balances", "Trial balance"),)
    if is_final(month.store, month.operator_id, month.span.end):
        amounts = ", ".join(EN.money(one) for one in accrued(month.store, month.operator_id, month.span))
        text = f"Accrued without tax, and reversed on the first of the next month: {amounts}."
        return MonthStep(title, StepState.DONE, text, links) if amounts else MonthStep(title, StepState.NOTHING, "Nothing was accrued.")
    amounts = ", ".join(EN.money(one) for one in accrual_outlook(month.store, month.operator_id, month.span, month.at))
    if not amounts:
        return MonthStep(title, StepState.NOTHING if month.over else StepState.LATER, "No charge of the month was billed later so far.")
    text = f"Billed after the month, without tax: {amounts}. Closing the books accrues it, and reverses it on the first of the next month."
    return MonthStep(title, StepState.CARRIED, text)


def _day(month: _Month, at: datetime) -> date:
    return at.astimezone(operator_zone(month.store, month.operator_id)).date()


_STEPS: Sequence[Callable[[_Month], MonthStep | None]] = (
    _charges,
    _quarantine,
    _complaints,
    _paybacks,
    _accounts,
    _payments,
    _clearing,
    _bank,
    _partners,
    _roaming,
    _receivables,
    _accrued,
    _vat,
)
