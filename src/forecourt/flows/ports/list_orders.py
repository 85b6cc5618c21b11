"""The order of every long list: newest first, and largest first for debts. In lists of cases that somebody must handle, open ones come
before closed ones."""

from datetime import date, datetime
from uuid import UUID

from forecourt.billing import AccountStatement, Complaint, Invoice
from forecourt.drivers import Driver
from forecourt.flows.ports.audit_log import AuditEntry
from forecourt.flows.ports.debts import Debt
from forecourt.flows.ports.inbox import QuarantineEntry
from forecourt.flows.ports.job_runs import Run
from forecourt.flows.ports.paging import ListOrder
from forecourt.flows.ports.roaming_charges import RoamingCharge
from forecourt.ledger import ChainedTxn, ManualEntry
from forecourt.notices import Notice, NoticeState
from forecourt.offers import Open, Voucher
from forecourt.payments import Dispute, DunningCase, Payback
from forecourt.reservations import Booking
from forecourt.revenue import PriceProposal
from forecourt.sessions import EndedCharge
from forecourt.settlement import CollectionFile, Finding, StoredLine, TransferFile

STUCK = (NoticeState.WAITING, NoticeState.FAILED)


class ListOrders:
    AUDIT: ListOrder[AuditEntry] = ListOrder(lambda one: (one.at, one.id), (datetime, UUID))
    BANK_LINES: ListOrder[StoredLine] = ListOrder(lambda one: (one.open, one.line.day, one.line.id), (bool, date, UUID))
    BOOKINGS: ListOrder[Booking] = ListOrder(lambda one: (one.window.start, one.id), (datetime, UUID))
    BY_HAND: ListOrder[ManualEntry] = ListOrder(lambda one: (one.posted_at, one.id), (datetime, UUID))
    CASES: ListOrder[DunningCase] = ListOrder(lambda one: (one.open, one.since, one.document_id), (bool, datetime, UUID))
    CHARGES: ListOrder[EndedCharge] = ListOrder(lambda one: (one.ended_at, one.session_id), (datetime, UUID))
    COLLECTIONS: ListOrder[CollectionFile] = ListOrder(lambda one: (one.made_at, one.id), (datetime, UUID))
    COMPLAINTS: ListOrder[Complaint] = ListOrder(lambda one: (one.open, one.raised_at, one.id), (bool, datetime, UUID))
    DEBTS: ListOrder[Debt] = ListOrder(lambda one: (one.minor, one.currency, one.account.name if one.account else ""), (int, str, str))
    DISPUTES: ListOrder[Dispute] = ListOrder(lambda one: (one.open, one.opened_at, one.id), (bool, datetime, str))
    DOCUMENTS: ListOrder[Invoice] = ListOrder(lambda one: (one.issued_at, one.number), (datetime, str))
    DRIVERS: ListOrder[Driver] = ListOrder(lambda one: (one.id,), (UUID,))
    ENTRIES: ListOrder[ChainedTxn] = ListOrder(lambda one: (one.position,), (int,))
    FINDINGS: ListOrder[Finding] = ListOrder(lambda one: (one.open, one.found_at, one.id), (bool, datetime, UUID))
    NOTICES: ListOrder[Notice] = ListOrder(lambda one: (one.state in STUCK, one.made_at, one.id), (bool, datetime, UUID))
    PAYBACKS: ListOrder[Payback] = ListOrder(lambda one: (one.open, one.owed_at, one.id), (bool, datetime, UUID))
    PROPOSALS: ListOrder[PriceProposal] = ListOrder(lambda one: (one.made_at, one.id), (datetime, UUID))
    QUARANTINE: ListOrder[QuarantineEntry] = ListOrder(lambda one: (one.at, one.id), (datetime, UUID))
    ROAMED: ListOrder[RoamingCharge] = ListOrder(lambda one: (one.began_at, one.id), (datetime, UUID))
    RUNS: ListOrder[Run] = ListOrder(lambda one: (one.started_at, one.id), (datetime, UUID))
    STATEMENTS: ListOrder[AccountStatement] = ListOrder(lambda one: (one.issued_at, one.number), (datetime, str))
    TOLD: ListOrder[Notice] = ListOrder(lambda one: (one.made_at, one.id), (datetime, UUID))
    TRANSFERS: ListOrder[TransferFile] = ListOrder(lambda one: (one.made_at, one.id), (datetime, UUID))
    VOUCHERS: ListOrder[Voucher] = ListOrder(lambda one: (isinstance(one.state, Open), one.issued_at, one.id), (bool, datetime, UUID))
