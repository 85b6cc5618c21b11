"""A second factor of an account: turned on, asked for, turned off, by its owner or by who looks after the team.

The account is locked first, always: of several who show the same code at once, one has it.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from forecourt.drivers import Account, Role, SecondFactor
from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.desk.own import operator_to_change
from forecourt.flows.desk.passwords import account_unchanged
from forecourt.flows.desk.telling import tell_account
from forecourt.flows.ports.store import Store
from forecourt.kernel import Conflict, Ids, NotFound
from forecourt.notices import NoticeKind, Says, one_line


@dataclass(frozen=True, slots=True)
class Shown:
    """What somebody typed, when (real time), and how the edge opens the secret of a factor; None where it cannot."""

    code: str
    now: datetime
    opened: Callable[[SecondFactor], bytes | None]


def show_code(store: Store, account: Account, shown: Shown) -> bool:
    """Whether the code is the account's; if so it is used up. True, too, where nothing but the password is asked for (any more).

    account: as its password was judged by. Raises Conflict where that is another one by now.
    """
    account_unchanged(store, account)
    factor = store.factors.factor(account.id)
    if factor is None:
        return True
    left = factor.used(shown.opened(factor), shown.code, shown.now)
    if left is not None:
        store.factors.put(left)
    return left is not None


def turn_on_factor(store: Store, account: Account, factor: SecondFactor, here: bytes, at: datetime, ids: Ids) -> None:
    """Its first code was right. Other browsers are signed out; programs' tokens stay. here: the digest of the sign-in that stays.

    account: as its password was judged by. Raises Conflict where that is another one by now, or a factor is on already.
    """
    account_unchanged(store, account)
    if store.factors.factor(account.id) is not None:
        raise Conflict("factor_on", "A second factor is already on.", "Turn it off first.")
    store.factors.put(factor)
    for one in store.drivers.sign_ins(account.id):
        if not one.api and one.digest != here:
            store.drivers.drop_sign_in(one.digest)
    _told(store, account, NoticeKind.FACTOR_ON, Staff(account.operator_id, str(account.id), at, ids))


def turn_off_factor(store: Store, account: Account, at: datetime, ids: Ids) -> None:
    """By its owner, who has shown the password and a code in this unit of work."""
    _factor_of(store, account)
    store.factors.drop(account.id)
    _told(store, account, NoticeKind.FACTOR_OFF, Staff(account.operator_id, str(account.id), at, ids))


def renew_recovery(store: Store, account: Account, digests: tuple[bytes, ...]) -> None:
    """In place of those that are left. By its owner, as for `turn_off_factor`."""
    store.factors.put(replace(_factor_of(store, account), recovery=digests))


def take_factor_off(store: Store, by: Staff, account_id: UUID) -> Account:
    """By a colleague who looks after the team, for somebody who has lost phone and recovery codes. Nobody does it for themselves."""
    account = store.drivers.lock_account(account_id)
    if account is None or account.operator_id != by.operator_id or account.role is not Role.OPERATOR:
        raise NotFound("account", "There is no such person in your team.")
    if str(account_id) == by.actor:
        raise Conflict("own_factor", "Turn off your own second factor under Account, with a code.")
    return _taken_off(store, account, by)


def take_factor_off_by_hand(store: Store, email: str, at: datetime, ids: Ids) -> Account:
    """By whoever owns the machine, for anybody. Raises NotFound."""
    found = store.drivers.account_by_email(email.strip().lower())
    account = store.drivers.lock_account(found.id) if found else None
    if account is None or account.closed_at is not None:
        raise NotFound(
            "account", "There is no account for {given!r}.", "Accounts are found by their email address.", given=one_line(email)[:60]
        )
    return _taken_off(store, account, Staff(account.operator_id, "system", at, ids))


def require_factors(store: Store, by: Staff, required: bool) -> None:
    """Whether the operator's people need one. Who has none sets it up before doing anything else."""
    operator = operator_to_change(store, by)
    if operator.team_needs_factor is not required:
        store.stations.put_operator(replace(operator, team_needs_factor=required))
        note(store, by, "team.factor_rule", by.operator_id, "needed" if required else "as they like")


def lacks_factor(store: Store, account: Account) -> bool:
    """Whether this person has to set one up before anything else."""
    needed = account.role is Role.OPERATOR and store.stations.operator(account.operator_id).team_needs_factor
    return needed and store.factors.factor(account.id) is None


def _factor_of(store: Store, account: Account) -> SecondFactor:
    factor = store.factors.factor(account.id)
    if factor is None:
        raise Conflict("factor_off", "{email} has no second factor.", email=account.email)
    return factor


def _taken_off(store: Store, account: Account, by: Staff) -> Account:
    _factor_of(store, account)
    store.factors.drop(account.id)
    _told(store, account, NoticeKind.FACTOR_OFF, by)
    return account


def _told(store: Store, account: Account, kind: NoticeKind, by: Staff) -> None:
    """To its holder by mail; and in the log, where it is one of the operator's people or was done for somebody."""
    if account.role is Role.OPERATOR or by.actor != str(account.id):
        note(store, by, kind.value.replace("_", "."), account.id)
    tell_account(store, account, kind, Says(start=by.at), by.at, by.ids)
