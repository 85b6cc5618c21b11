"""Matching the clearing file with the ledger. Pure: transactions and rows in, mismatches out."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from forecourt.kernel import Money, PaymentId
from forecourt.ledger import CLEARING, Txn
from forecourt.payments import ClearingLine, Payment, RowKind
from forecourt.settlement.clearing import StoredRow
from forecourt.settlement.findings import Discrepancy, Mismatch

# By then the clearing file should contain whatever was booked.
MISSING_AFTER = timedelta(days=5)
# By then the processor's record of a payment has been read because of an unexpected row.
SETTLES_WITHIN = timedelta(hours=6)


class _Moved(NamedTuple):
    """at: when it happened, not the day it is dated to. reported: whether the clearing file states it, not the payment's own record."""

    minor: int
    at: datetime
    reported: bool


def payment_discrepancies(txns: Sequence[Txn], waiting: Sequence[ClearingLine], at: datetime) -> list[Discrepancy]:
    """txns: everything posted about a payment. waiting: rows about it that could not be booked; they explain what is missing on their side.

    Money in and money out are matched separately, so that an unreported refund does not hide a capture that is missing as well.
    """
    moves = [_Moved(minor, txn.happened_at, txn.key.startswith("cleared/")) for txn in txns if (minor := _on_clearing(txn))]
    sides = (
        ("in", [one for one in moves if (one.minor > 0) != one.reported]),
        ("out", [one for one in moves if (one.minor > 0) == one.reported]),
    )
    found = (_side(txns[0], name, side, at) for name, side in sides if not any((one.gross.minor > 0) == (name == "in") for one in waiting))
    return [one for one in found if one is not None]


def row_discrepancy(row: StoredRow, payment: Payment | None, at: datetime) -> Discrepancy | None:
    """Why a row is not booked. For a payout of several operators, the rows it contains are only known some days later."""
    line = row.line
    if row.booked or (line.kind is RowKind.PAYOUT and at < line.at + MISSING_AFTER):
        return None
    head = (line.id, None, line.gross, line.at, row.operator_id)
    if payment is not None and line.kind is RowKind.PAYMENT:
        return Discrepancy(Mismatch.CURRENCY, *head, payment.id, f"The payment is in {payment.currency}.")
    return Discrepancy(Mismatch.UNKNOWN, *head, line.payment_id, line.description)


def changed_row_discrepancy(stored: StoredRow, reported: ClearingLine) -> Discrepancy:
    """A row that was reported again with different amounts; the first version stays booked."""
    line = stored.line
    text = f"First {line.gross} less {line.fee}, then {reported.gross} less {reported.fee}."
    return Discrepancy(
        Mismatch.CHANGED, f"{line.id}/changed", line.gross, reported.gross, line.at, stored.operator_id, line.payment_id, text
    )


def payout_discrepancy(payout: StoredRow, rows: Money, at: datetime) -> Discrepancy | None:
    """rows: the sum of the rows in the payout."""
    line = payout.line
    if line.net == -rows or at < line.at + SETTLES_WITHIN:
        return None
    return Discrepancy(Mismatch.PAYOUT, line.id, rows, -line.net, line.at, payout.operator_id, detail=line.payout)


def _side(txn: Txn, name: str, side: Sequence[_Moved], at: datetime) -> Discrepancy | None:
    if not sum(one.minor for one in side):
        return None
    booked, reported = _unmatched([one for one in side if not one.reported], [one for one in side if one.reported])
    kind = Mismatch.AMOUNT if booked and reported else Mismatch.MISSING if booked else Mismatch.UNBOOKED
    since = min(one.at for one in (booked or reported))
    if at < (since + MISSING_AFTER if kind is Mismatch.MISSING else max(one.at for one in reported) + SETTLES_WITHIN):
        return None
    booked_sum, reported_sum = (Money(sum(one.minor for one in some), txn.currency) for some in (booked, reported))
    head = (kind, f"{txn.subject}/{name}", booked_sum if booked else None, -reported_sum if reported else None)
    return Discrepancy(*head, since, txn.operator_id, PaymentId(txn.subject))


def _unmatched(booked: Iterable[_Moved], reported: Iterable[_Moved]) -> tuple[list[_Moved], list[_Moved]]:
    """What is left after removing pairs of equal amounts."""
    booked, reported = list(booked), list(reported)
    booked_amounts, reported_amounts = Counter(one.minor for one in booked), Counter(-one.minor for one in reported)
    return _left(booked, booked_amounts - reported_amounts, 1), _left(reported, reported_amounts - booked_amounts, -1)


def _left(moves: Sequence[_Moved], counts: Counter[int], sign: int) -> list[_Moved]:
    """Of each amount as many moves as counted, newest first."""
    unmatched = []
    for one in sorted(moves, key=lambda one: one.at, reverse=True):
        if counts[sign * one.minor] > 0:
            counts[sign * one.minor] -= 1
            unmatched.append(one)
    return unmatched


def _on_clearing(txn: Txn) -> int:
    return sum(entry.minor for entry in txn.entries if entry.account == CLEARING)
