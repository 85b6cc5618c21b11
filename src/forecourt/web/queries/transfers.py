"""Payouts that wait, and the transfer files made of them, as the operator sees them."""

from dataclasses import dataclass
from datetime import date, datetime

from forecourt.billing import STATEMENT_SERIES, iban_of
from forecourt.flows.billing import barred_payouts, payee_changed, pending_transfers
from forecourt.flows.paying import barred_reasons
from forecourt.flows.ports import ListPage, PageRequest, Store
from forecourt.kernel import Money, OperatorId
from forecourt.settlement import DueTransfer, TransferFile, TransferKind, transfer_obstacle
from forecourt.web.queries.local_days import local_date
from forecourt.web.queries.money_totals import total_by_currency
from forecourt.web.queries.names import actor_name


@dataclass(frozen=True, slots=True)
class DueRow:
    """path: of the page of what is paid. why_not: why no file can pay it; can_type: it could with an account entered by hand. changed: when
    its account was changed recently, and by whom. has_open_question: its partner waits for an answer about one of its lines."""

    due: DueTransfer
    path: str
    why_not: str
    can_type: bool
    changed: tuple[datetime, str] | None
    has_open_question: bool


@dataclass(frozen=True, slots=True)
class FileRow:
    """open: how many of its transfers are still to be paid. barred: those that must not be."""

    file: TransferFile
    who: str
    open: int
    barred: tuple[DueTransfer, ...]


@dataclass(frozen=True, slots=True)
class TransfersPage:
    """account: the one paid from; empty if the company has no IBAN. sums: of what is in no file yet."""

    zone: str
    today: date
    account: str
    rows: tuple[DueRow, ...]
    sums: tuple[Money, ...]
    page: ListPage[FileRow]


def transfers_page(store: Store, operator_id: OperatorId, page_request: PageRequest, at: datetime) -> TransfersPage:
    operator, dues, found = (
        store.stations.operator(operator_id),
        pending_transfers(store, operator_id),
        store.bank.files(operator_id, page_request),
    )
    barred = barred_reasons(store, store.paybacks.waiting(operator_id))
    rows = tuple(_row(store, due, at) for due, file in dues if file is None and due.about not in barred)
    waiting = {(due.about, due.times) for due, _ in dues}
    return TransfersPage(
        zone=operator.zone,
        today=local_date(at, operator.zone),
        account=iban_of(operator.bank),
        rows=rows,
        sums=total_by_currency(one.due.amount for one in rows),
        page=found.of(
            FileRow(
                one,
                actor_name(store, one.by),
                sum((due.about, due.times) in waiting for due in one.dues),
                tuple(barred_payouts(store, one)),
            )
            for one in found.rows
        ),
    )


def _row(store: Store, due: DueTransfer, at: datetime) -> DueRow:
    is_back = due.kind is TransferKind.PAYBACK
    stated = None if is_back else store.partners.statement(due.about)
    of_payer = "statements" if due.number.startswith(f"{STATEMENT_SERIES}-") else "documents"
    path = f"/console/offers/partners/{stated.partner_id}" if stated else f"/console/{of_payer}/{due.number}"
    change = payee_changed(store, due, at)
    changed = (change.at, actor_name(store, change.actor)) if change else None
    has_question = stated is not None and any(one.open for one in store.questions.of_statement(stated.id))
    return DueRow(due, path, transfer_obstacle(due), is_back and due.amount.currency == "EUR", changed, has_question)
