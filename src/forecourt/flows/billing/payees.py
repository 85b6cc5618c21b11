"""Partners' bank accounts: set by staff who may pay out; recent changes are shown before a payment."""

from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from forecourt.billing import check_bank_account, printable_line
from forecourt.flows.desk.account_notices import warn_of_partner_account
from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.desk.operator_scope import partner_for_update
from forecourt.flows.ports.audit_log import AuditEntry
from forecourt.flows.ports.store import Store
from forecourt.kernel import Conflict
from forecourt.offers import Partner
from forecourt.settlement import DueTransfer

_LATELY = timedelta(days=30)
_CHANGED, _MAX_CHARS = "partner.account", 100


def payee_fingerprint(partner: Partner) -> str:
    """A mark of the account, to notice changes since it was displayed."""
    return sha256(partner.bank.encode()).hexdigest()[:16]


def set_payee(store: Store, by: Staff, partner_id: UUID, bank: str, seen: str) -> Partner:
    """Change the account, and warn the partner and staff. bank: an IBAN, or the local format; empty = unknown.

    Raises NotFound, BadInput; Conflict if the account has changed since it was displayed.
    """
    partner = partner_for_update(store, by, partner_id)
    if seen != payee_fingerprint(partner):
        raise Conflict("payee_changed", "Someone else has changed the account.", "Check it and save again.")
    after = replace(partner, bank=printable_line("bank", bank, _MAX_CHARS))
    check_bank_account(after.bank)
    if after != partner:
        store.partners.put_partner(after)
        note(store, by, _CHANGED, partner.id, f"{partner.name}: {partner.bank or 'none'} → {after.bank or 'none'}")
        warn_of_partner_account(store, by, partner, after)
    return after


def payee_changed(store: Store, due: DueTransfer, at: datetime) -> AuditEntry | None:
    """Who last changed the account for a partner's payout, and when, if within 30 days or since its last payment."""
    statement = store.partners.statement(due.about)
    if statement is None:
        return None
    changes = (one for one in store.audit.about(statement.operator_id, str(statement.partner_id)) if one.action == _CHANGED)
    change = next(changes, None)
    if change is None or change.at > at - _LATELY:
        return change
    sent = (one for one in store.partners.statements(statement.operator_id, statement.partner_id) if one.owed.minor > 0)
    paid = (store.partners.settled(one.id) for one in sent)
    return None if any(one and one.at >= change.at for one in paid) else change
