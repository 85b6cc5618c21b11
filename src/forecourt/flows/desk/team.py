"""The operator's staff: who may sign in to the console, and what each may change.

At least one person with a password always looks after the team. Sign-ins of those who leave end in the same commit.
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from forecourt.drivers import Account, Duty, Role
from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.desk.driver_accounts import normalise_email
from forecourt.flows.desk.notifying import notify_account
from forecourt.flows.ports.store import Store
from forecourt.kernel import BadInput, Conflict, NotFound, SiteId
from forecourt.notices import NoticeContent, NoticeKind


def add_to_team(store: Store, by: Staff, email: str, duties: Collection[Duty], password_hash: str = "") -> Account:
    """A new account; if no password is given, its owner chooses one by a link. Raises BadInput, Conflict."""
    address = normalise_email(email)
    if store.drivers.account_by_email(address) is not None:
        raise Conflict("email_taken", "There is already an account with this email address.", "Choose another address.")
    account = Account(by.ids.new(by.at), by.operator_id, address, Role.OPERATOR, password_hash, duties=_in_order(duties))
    store.drivers.put_account(account)
    note(store, by, "team.add", address, _words(account))
    return account


def send_invitation(store: Store, by: Staff, account: Account, until: datetime) -> None:
    """Email a member without a password a link to choose one, valid until an instant of real time."""
    notify_account(store, account, NoticeKind.TEAM_INVITED, NoticeContent(until=until), by.at, by.ids)


def set_duties(store: Store, by: Staff, account_id: UUID, duties: Collection[Duty]) -> Account:
    """Raises Conflict if nobody would be left to look after the team."""
    store.drivers.lock_team(by.operator_id)
    account = replace(_member(store, by, account_id), duties=_in_order(duties))
    _check_team_manager_remains(store, account)
    store.drivers.put_account(account)
    note(store, by, "team.duties", account.email, _words(account))
    return account


def set_sites(store: Store, by: Staff, account_id: UUID, sites: Collection[SiteId]) -> Account:
    """Set which sites they look after and can see; none = all. Raises BadInput for another operator's site; Conflict if nobody
    would be left to look after the team."""
    store.drivers.lock_team(by.operator_id)
    slugs = {one.id: one.slug for one in store.stations.sites(by.operator_id)}
    if not slugs.keys() >= set(sites):
        raise BadInput("sites", "You do not have access to one of these sites.", "Choose from the list.")
    account = replace(_member(store, by, account_id), sites=tuple(sorted(set(sites))))
    _check_team_manager_remains(store, account)
    store.drivers.put_account(account)
    summary = ", ".join(sorted(slugs[one] for one in account.sites)) or "all"
    note(store, by, "team.sites", account.email, f"sites: {summary}"[:1000])
    return account


def close_account(store: Store, by: Staff, account_id: UUID) -> Account:
    """Close an account: nobody can sign in with it; its owner's actions stay in the log. Raises Conflict as `set_duties` does."""
    store.drivers.lock_team(by.operator_id)
    account = replace(_member(store, by, account_id), password_hash="", closed_at=by.at, sso_subject="")
    _check_team_manager_remains(store, account)
    store.drivers.put_account(account)
    for sign_in in store.drivers.sign_ins(account_id):
        store.drivers.drop_sign_in(sign_in.digest)
    note(store, by, "team.close", account.email)
    return account


def reopen_account(store: Store, by: Staff, account_id: UUID) -> Account:
    """Return somebody to the team with their former duties; they choose a password by a link."""
    account = _member(store, by, account_id)
    if account.closed_at is None:
        return account
    opened = replace(account, closed_at=None)
    store.drivers.put_account(opened)
    note(store, by, "team.open", opened.email, _words(opened))
    return opened


def member_for_link(store: Store, by: Staff, account_id: UUID) -> Account:
    """The member for whom a link is to be shown: only one without a password, as it would otherwise give access to their account."""
    account = _member(store, by, account_id)
    if account.closed_at is not None or account.password_hash:
        raise Conflict("has_password", f"{account.email} has a password, or is closed.", "They can ask for a new one on the sign-in page.")
    note(store, by, "team.link", account.email)
    return account


def uncovered_duties(people: Collection[Account], leaving_id: UUID | None = None) -> tuple[Duty, ...]:
    """Duties that no team member who can sign in has; leaving_id: or would have without this member."""
    staff = [one for one in people if one.can_sign_in and one.id != leaving_id]
    return tuple(duty for duty in Duty if not any(one.may(duty) for one in staff))


def _member(store: Store, by: Staff, account_id: UUID) -> Account:
    account = store.drivers.lock_account(account_id)  # its owner may be choosing a password right now
    if account is None or account.operator_id != by.operator_id or account.role is not Role.OPERATOR:
        raise NotFound("account", "There is no such person in your team.")
    return account


def _check_team_manager_remains(store: Store, changed: Account) -> None:
    """Somebody who may manage the team and signs in by password must remain: the company's identity provider may fail."""
    sso = store.sso.of(changed.operator_id)
    others = (one for one in store.drivers.team(changed.operator_id) if one.id != changed.id)
    if any(one.may(Duty.TEAM) and one.password_hash and (sso is None or sso.takes_password(one.id)) for one in (changed, *others)):
        return
    raise Conflict("last_of_team", "No one would be left to manage the team.", "Give someone else this duty first.")


def _in_order(duties: Collection[Duty]) -> tuple[Duty, ...]:
    return tuple(duty for duty in Duty if duty in duties)


def _words(account: Account) -> str:
    return ", ".join(duty.lower() for duty in account.duties) or "view only"
