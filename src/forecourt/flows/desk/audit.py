"""Who on the operator's staff changes something, and the log of it."""

from dataclasses import dataclass
from datetime import datetime

from forecourt.flows.ports.audit_log import AuditEntry
from forecourt.flows.ports.store import Store
from forecourt.kernel import Ids, OperatorId


@dataclass(frozen=True, slots=True)
class Staff:
    """A staff member at an instant. actor: the account's id, or "system"."""

    operator_id: OperatorId
    actor: str
    at: datetime
    ids: Ids


def note(store: Store, by: Staff, action: str, subject: object, detail: str = "") -> None:
    """Log an action. Name drivers only by id, which identifies nobody once they have left: the log is permanent and cannot be changed."""
    store.audit.add(AuditEntry(by.ids.new(by.at), by.operator_id, by.at, by.actor, action, str(subject), detail))
