"""Closing a month's books, and reopening them. Everything up to the month's end is closed, as is usual in accounting."""

from datetime import date, datetime, timedelta

from forecourt.flows.billing.month_accruals import post_accruals
from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.desk.operator_scope import operator_month
from forecourt.flows.ports.audit_log import AuditEntry
from forecourt.flows.ports.store import Store
from forecourt.kernel import Conflict, OperatorId, Span

# By then everything that began in the month has ended, and no document of it is still being issued.
SETTLES = timedelta(days=1)
_FINAL = ", final"
DOCUMENT_ARCHIVE = "Documents archive"


def can_close(month: Span, at: datetime) -> bool:
    return at >= month.end + SETTLES


def close_month(store: Store, by: Staff, first_day: date) -> None:
    """Date nothing into the month, or any before it, from now on: later entries are dated to the first open day. What its charges earned
    that are billed later is accrued."""
    month = operator_month(store, by.operator_id, first_day)
    if not can_close(month, by.at):
        raise Conflict(
            "month_running", f"{first_day:%B %Y} has not been over for a full day yet.", "Close it from the 2nd of the next month."
        )
    known = store.ledger.open_from(by.operator_id)
    if known is not None and month.end <= known:
        raise Conflict("month_closed", f"{first_day:%B %Y} is already closed.", "Reload the page.")
    post_accruals(store, by.operator_id, first_day, by.at)
    position = store.ledger.close(by.operator_id, month.end)
    note(store, by, "ledger.close", f"{first_day:%Y-%m}", f"up to its end, at entry {position}")


def log_export(store: Store, by: Staff, days: tuple[date, date], export_name: str, final: bool) -> None:
    """Log that somebody exported these days. final: a later export will be identical."""
    note(store, by, "ledger.export", _days(days), f"{export_name}{_FINAL if final else ', provisional'}")


def earlier_exports(store: Store, operator_id: OperatorId, days: tuple[date, date]) -> tuple[tuple[AuditEntry, bool], ...]:
    """Earlier exports of exactly these days, and whether they were final; newest first."""
    found = store.audit.about(operator_id, _days(days))
    return tuple((one, one.detail.endswith(_FINAL)) for one in found if one.action == "ledger.export")


def _days(days: tuple[date, date]) -> str:
    return f"{days[0]}/{days[1]}"


def reopen_month(store: Store, by: Staff, first_day: date, reason: str) -> None:
    """Allow entries in the month, and those after it, again. Entries dated past it stay where they are."""
    month = operator_month(store, by.operator_id, first_day)
    known = store.ledger.open_from(by.operator_id)
    if known is None or known <= month.start:
        raise Conflict("month_open", f"{first_day:%B %Y} is already open.", "Reload the page.")
    if not reason.strip():
        raise Conflict("reason", "Reopening a month needs a reason.", "Enter a reason.")
    store.ledger.reopen(by.operator_id, month.start)
    note(store, by, "ledger.reopen", f"{first_day:%Y-%m}", reason.strip()[:200])
