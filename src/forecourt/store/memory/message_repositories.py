"""The repositories of notices, the outbox, the audit log and command results, as a part of the unit of work."""

from forecourt.store.memory.audit_log import AuditLog, CommandResults, LogSeals
from forecourt.store.memory.database import MemoryDatabase
from forecourt.store.memory.notices import Notices
from forecourt.store.memory.outbox import Outbox


class MessageRepositories:
    def __init__(self, db: MemoryDatabase) -> None:
        self.notices = Notices(db)
        self.outbox = Outbox(db)
        self.audit = AuditLog(db)
        self.log_seals = LogSeals(db)
        self.commands = CommandResults(db)
