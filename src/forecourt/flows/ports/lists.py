"""The order of every long list: the newest first, in those of what waits for somebody what waits before what is over."""

from datetime import datetime
from uuid import UUID

from forecourt.billing import AccountStatement, Complaint, Invoice
from forecourt.drivers import Driver
from forecourt.flows.ports.listing import ListOrder
from forecourt.flows.ports.papers import AuditEntry, Quarantined
from forecourt.flows.ports.run import Run
from forecourt.notices import Notice, NoticeState
from forecourt.payments import Dispute, DunningCase, Payback
from forecourt.sessions import EndedCharge

STUCK = (NoticeState.WAITING, NoticeState.FAILED)


class Lists:
    AUDIT: ListOrder[AuditEntry] = ListOrder(lambda one: (one.at, one.id), (datetime, UUID))
    CASES: ListOrder[DunningCase] = ListOrder(lambda one: (one.open, one.since, one.document_id), (bool, datetime, UUID))
    CHARGES: ListOrder[EndedCharge] = ListOrder(lambda one: (one.ended_at, one.session_id), (datetime, UUID))
    COMPLAINTS: ListOrder[Complaint] = ListOrder(lambda one: (one.open, one.said_at, one.id), (bool, datetime, UUID))
    DISPUTES: ListOrder[Dispute] = ListOrder(lambda one: (one.open, one.opened_at, one.id), (bool, datetime, str))
    DOCUMENTS: ListOrder[Invoice] = ListOrder(lambda one: (one.issued_at, one.number), (datetime, str))
    DRIVERS: ListOrder[Driver] = ListOrder(lambda one: (one.id,), (UUID,))
    NOTICES: ListOrder[Notice] = ListOrder(lambda one: (one.state in STUCK, one.made_at, one.id), (bool, datetime, UUID))
    PAYBACKS: ListOrder[Payback] = ListOrder(lambda one: (one.open, one.owed_at, one.id), (bool, datetime, UUID))
    QUARANTINE: ListOrder[Quarantined] = ListOrder(lambda one: (one.at, one.id), (datetime, UUID))
    RUNS: ListOrder[Run] = ListOrder(lambda one: (one.started_at, one.id), (datetime, UUID))
    STATEMENTS: ListOrder[AccountStatement] = ListOrder(lambda one: (one.issued_at, one.number), (datetime, str))
