"""Mismatches between the processor's clearing file and the ledger: open, explained by a person, or resolved once they agree."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import NAMESPACE_OID, UUID, uuid5

from forecourt.kernel import BadInput, Conflict, Money, OperatorId, PaymentId

_MAX_TEXT_CHARS = 500


class Mismatch(StrEnum):
    """UNKNOWN: a row about nothing we know. CURRENCY: a row in another currency than its payment. AMOUNT: another amount than was booked.
    MISSING: booked, but not reported. UNBOOKED: a row reports money of a payment that is not in the ledger. CHANGED: a row was reported
    again with other amounts. PAYOUT: a payout that differs from the sum of its rows. TWICE: more of an invoice's payment was refunded than
    was paid, or a partner's statement was paid more than once (then without a payment)."""

    UNKNOWN = "UNKNOWN"
    CURRENCY = "CURRENCY"
    AMOUNT = "AMOUNT"
    MISSING = "MISSING"
    UNBOOKED = "UNBOOKED"
    CHANGED = "CHANGED"
    PAYOUT = "PAYOUT"
    TWICE = "TWICE"


class FindingState(StrEnum):
    OPEN = "OPEN"
    EXPLAINED = "EXPLAINED"
    GONE = "GONE"


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """A suspected mismatch. subject: a row, the money of a payment in or out, or a payout. booked: what our ledger has; reported: what the
    processor reports (for TWICE: paid, and refunded); None on a side that has nothing. since: the day of the money."""

    kind: Mismatch
    subject: str
    booked: Money | None
    reported: Money | None
    since: datetime
    operator_id: OperatorId | None
    payment_id: PaymentId | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """If the discrepancy's operator_id is None, its owner is unknown and every operator sees it. by, at, note: who explained it and how, or
    when it was resolved."""

    id: UUID
    doubt: Discrepancy
    found_at: datetime
    state: FindingState = FindingState.OPEN
    by: str = ""
    at: datetime | None = None
    note: str = ""

    @property
    def open(self) -> bool:
        return self.state is FindingState.OPEN


def finding_id(subject: str) -> UUID:
    return uuid5(NAMESPACE_OID, f"clearing/{subject}")


def update_finding(discrepancy: Discrepancy, known: Finding | None, at: datetime) -> Finding:
    """An explanation holds for the amounts it was given for; a mismatch that was resolved and occurs again is open again."""
    if known is None or known.state is FindingState.GONE:
        return Finding(finding_id(discrepancy.subject), discrepancy, at)
    is_unchanged = (discrepancy.kind, discrepancy.booked, discrepancy.reported) == (
        known.doubt.kind,
        known.doubt.booked,
        known.doubt.reported,
    )
    if known.open or is_unchanged:
        return replace(known, doubt=discrepancy)
    return Finding(known.id, discrepancy, at)


def add_explanation(finding: Finding, by: str, note: str, at: datetime) -> Finding:
    """Record a person's explanation. Raises BadInput if it is empty, Conflict if the finding is no longer open."""
    if not finding.open:
        raise Conflict("finding_over", "It is already explained or resolved.")
    text = " ".join(note.split())[:_MAX_TEXT_CHARS]
    if not text:
        raise BadInput("note", "The explanation is empty.", "Write what you found out.")
    return replace(finding, state=FindingState.EXPLAINED, by=by, at=at, note=text)


def resolve_finding(finding: Finding, at: datetime) -> Finding:
    """Resolve a finding: both sides agree now."""
    return replace(finding, state=FindingState.GONE, at=at)
