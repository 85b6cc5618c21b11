"""The repositories of notices, the outbox, the audit log and command results, as a part of the unit of work."""

from forecourt.store.postgres.audit_log import AuditLog, CommandResults, LogSeals
from forecourt.store.postgres.lazy_repository import LazyRepository
from forecourt.store.postgres.notices import Notices
from forecourt.store.postgres.outbox import Outbox


class MessageRepositories:
    notices = LazyRepository(lambda unit: Notices(unit._db))
    outbox = LazyRepository(lambda unit: Outbox(unit._db))
    audit = LazyRepository(lambda unit: AuditLog(unit._db))
    log_seals = LazyRepository(lambda unit: LogSeals(unit._db))
    commands = LazyRepository(lambda unit: CommandResults(unit._db))
