"""An account's second factor: turned on, verified, and turned off by its owner, or removed by staff who manage the team.

The account is always locked first: if several people show the same code at once, one succeeds.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from forecourt.drivers import Account, Role, SecondFactor
from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.desk.notifying import notify_account
from forecourt.flows.desk.operator_scope import operator_for_update
from forecourt.flows.desk.passwords import lock_unchanged_account
from forecourt.flows.ports.store import Store
from forecourt.kernel import Conflict, Ids, NotFound
from forecourt.notices import NoticeContent, NoticeKind, one_line


@dataclass(frozen=True, slots=True)
class CodeEntry:
    """What somebody entered, when (real time), and how the edge decrypts a factor's secret; None if it cannot."""

    code: str
    now: datetime
    decrypt: Callable[[SecondFactor], bytes | None]


def verify_code(store: Store, account: Account, entry: CodeEntry) -> bool:
    """Whether the code is the account's; if so, it is used up. Also True if only the password is required (any more).

    account: as it was when its password was checked. Raises Conflict if that has changed since.
    """
    lock_unchanged_account(store, account)
    factor = store.factors.factor(account.id)
    if factor is None:
        return True
    factor_left = factor.used(entry.decrypt(factor), entry.code, entry.now)
    if factor_left is not None:
        store.factors.put(factor_left)
    return factor_left is not None


def turn_on_factor(store: Store, account: Account, factor: SecondFactor, session_digest: bytes, at: datetime, ids: Ids) -> None:
    """Turn a factor on after its first code was right. Other browsers are signed out, API tokens stay. session_digest: of this sign-in.

    account: as it was when its password was checked. Raises Conflict if that has changed since, or a factor is already on.
    """
    lock_unchanged_account(store, account)
    if store.factors.factor(account.id) is not None:
        raise Conflict("factor_on", "A second factor is already on.", "Turn it off first.")
    store.factors.put(factor)
    for one in store.drivers.sign_ins(account.id):
        if not one.api and one.digest != session_digest:
            store.drivers.drop_sign_in(one.digest)
    _notify_and_log(store, account, NoticeKind.FACTOR_ON, Staff(account.operator_id, str(account.id), at, ids))


def turn_off_factor(store: Store, account: Account, at: datetime, ids: Ids) -> None:
    """Turn it off for its owner, who has shown the password and a code in this unit of work."""
    _factor_of(store, account)
    store.factors.drop(account.id)
    _notify_and_log(store, account, NoticeKind.FACTOR_OFF, Staff(account.operator_id, str(account.id), at, ids))


def renew_recovery(store: Store, account: Account, digests: tuple[bytes, ...]) -> None:
    """Replace the remaining recovery codes. By the owner, as for `turn_off_factor`."""
    store.factors.put(replace(_factor_of(store, account), recovery=digests))


def remove_factor(store: Store, by: Staff, account_id: UUID) -> Account:
    """Remove it, as a colleague who looks after the team, for somebody who lost phone and recovery codes. Not for oneself."""
    account = store.drivers.lock_account(account_id)
    if account is None or account.operator_id != by.operator_id or account.role is not Role.OPERATOR:
        raise NotFound("account", "There is no such person in your team.")
    if str(account_id) == by.actor:
        raise Conflict("own_factor", "Turn off your own second factor under Account, with a code.")
    return _remove(store, account, by)


def remove_factor_on_server(store: Store, email: str, at: datetime, ids: Ids) -> Account:
    """Remove anybody's from the command line on the server. Raises NotFound."""
    found = store.drivers.account_by_email(email.strip().lower())
    account = store.drivers.lock_account(found.id) if found else None
    if account is None or account.closed_at is not None:
        raise NotFound(
            "account", "There is no account for {given!r}.", "Accounts are found by their email address.", given=one_line(email)[:60]
        )
    return _remove(store, account, Staff(account.operator_id, "system", at, ids))


def require_factors(store: Store, by: Staff, required: bool) -> None:
    """Set whether staff need a second factor. Those without one must set it up before doing anything else."""
    operator = operator_for_update(store, by)
    if operator.team_needs_factor is not required:
        store.stations.put_operator(replace(operator, team_needs_factor=required))
        note(store, by, "team.factor_rule", by.operator_id, "needed" if required else "as they like")


def lacks_factor(store: Store, account: Account) -> bool:
    """Whether this person must set one up before anything else."""
    needed = account.role is Role.OPERATOR and store.stations.operator(account.operator_id).team_needs_factor
    return needed and store.factors.factor(account.id) is None


def _factor_of(store: Store, account: Account) -> SecondFactor:
    factor = store.factors.factor(account.id)
    if factor is None:
        raise Conflict("factor_off", "{email} has no second factor.", email=account.email)
    return factor


def _remove(store: Store, account: Account, by: Staff) -> Account:
    _factor_of(store, account)
    store.factors.drop(account.id)
    _notify_and_log(store, account, NoticeKind.FACTOR_OFF, by)
    return account


def _notify_and_log(store: Store, account: Account, kind: NoticeKind, by: Staff) -> None:
    """Notify its owner by email, and log it for staff, or if it was done for somebody else."""
    if account.role is Role.OPERATOR or by.actor != str(account.id):
        note(store, by, kind.value.replace("_", "."), account.id)
    notify_account(store, account, kind, NoticeContent(start=by.at), by.at, by.ids)
