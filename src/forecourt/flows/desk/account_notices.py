"""Warn people by email when a bank account that money is paid to changes, or where a partner's emails go.

A thief who can change the account can change the address first, so an address given up lately is warned as well.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from forecourt.billing import iban_of
from forecourt.drivers import Duty
from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.desk.notifying import enqueue_notice
from forecourt.flows.ports.store import Store
from forecourt.notices import Channel, Notice, NoticeContent, NoticeKind
from forecourt.offers import Partner
from forecourt.stations import Operator

# How long an address that a partner no longer uses is warned, too.
FORMER_ADDRESS = timedelta(days=30)
_MOVED, _ARROW, _NONE = "partner.email", " → ", "—"


def warn_of_partner_account(store: Store, by: Staff, before: Partner, after: Partner) -> None:
    """Call when the account that a partner is paid to has changed: warns the partner, also at addresses it used until lately, and the
    staff who could have changed it, including the person who did."""
    content = _account_change(store, by, before.bank, after.bank, before.name)
    for address in sorted({before.email, *_former_addresses(store, before, by.at)} - {""}):
        _warn_partner(store, by, before, NoticeKind.PARTNER_ACCOUNT, replace(content, address=address))
    _warn_staff(store, by, NoticeKind.PAYEE_CHANGED, content, f"/console/offers/partners/{before.id}/account")


def warn_of_partner_address(store: Store, by: Staff, before: Partner, after: Partner) -> None:
    """Call when a partner's address for statements has changed: logs the change and warns the old address, if there was one."""
    note(store, by, _MOVED, before.id, f"{before.email}{_ARROW}{after.email}")
    if before.email:
        content = NoticeContent(
            before.name,
            before.email,
            _zone(store, by),
            after.email or _NONE,
            start=by.at,
            words=_actor_email(store, by),
            before=before.email,
        )
        _warn_partner(store, by, before, NoticeKind.PARTNER_ADDRESS, content)


def warn_of_company_account(store: Store, by: Staff, before: Operator, after: Operator) -> None:
    """Call when the operator's own account has changed, which its bills name: warns the staff who could have changed it."""
    _warn_staff(store, by, NoticeKind.COMPANY_ACCOUNT, _account_change(store, by, before.bank, after.bank, ""), "/console/company")


def account_ending(bank: str) -> str:
    """The last four characters of an account number, "… 3000"; of other texts, of their last part with a digit. A dash for none."""
    parts = [iban_of(bank)] if iban_of(bank) else [one for one in bank.split() if any(map(str.isdigit, one))] or [bank.strip()]
    return f"… {parts[-1][-4:]}" if parts[-1] else _NONE


def _account_change(store: Store, by: Staff, before: str, after: str, name: str) -> NoticeContent:
    author, endings = _actor_email(store, by), (account_ending(before), account_ending(after))
    return NoticeContent(name, "", _zone(store, by), endings[1], start=by.at, words=author, before=endings[0])


def _former_addresses(store: Store, partner: Partner, at: datetime) -> set[str]:
    changes = (one for one in store.audit.about(partner.operator_id, str(partner.id)) if one.action == _MOVED)
    return {one.detail.partition(_ARROW)[0] for one in changes if one.at > at - FORMER_ADDRESS}


def _warn_partner(store: Store, by: Staff, partner: Partner, kind: NoticeKind, content: NoticeContent) -> None:
    notice_id = by.ids.new(by.at)
    details = (notice_id, by.operator_id, None, kind, Channel.MAIL, by.at, content, "/partners")
    enqueue_notice(store, Notice(*details, partner_id=partner.id), by.at, f"notice/{notice_id}", notice_id)


def _warn_staff(store: Store, by: Staff, kind: NoticeKind, content: NoticeContent, path: str) -> None:
    for one in store.drivers.team(by.operator_id):
        if one.can_sign_in and (one.may(Duty.MONEY) or one.may(Duty.TEAM)):
            notice_id = by.ids.new(by.at)
            details = (notice_id, by.operator_id, None, kind, Channel.MAIL, by.at, content, path)
            enqueue_notice(store, Notice(*details, account_id=one.id), by.at, f"notice/{notice_id}", notice_id)


def _actor_email(store: Store, by: Staff) -> str:
    """The email address of the person who changes something; automatic actors keep their name."""
    try:
        account = store.drivers.account(UUID(by.actor))
    except ValueError:
        return by.actor
    return account.email if account else by.actor


def _zone(store: Store, by: Staff) -> str:
    return store.stations.operator(by.operator_id).zone
