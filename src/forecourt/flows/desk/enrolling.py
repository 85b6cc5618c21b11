"""The operator enrols a driver, hands out cards, and blocks one that is lost.

The log names drivers by their ids alone: who leaves is to be found in it no more.
"""

from dataclasses import replace

from forecourt.drivers import Account, Driver, Token, TokenStatus, token_uid
from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.desk.joining import JoinRequest, add_card, email_of, join, name_of
from forecourt.flows.ports.store import Store
from forecourt.kernel import Conflict, DriverId, NotFound


def enrol(store: Store, by: Staff, wanted: JoinRequest) -> Account:
    """As `join`; the log keeps who did it."""
    if store.drivers.account_by_email(email_of(wanted.email)) is not None:
        raise Conflict("email_taken", "There is already an account with this email address.", "Search for it, or use another address.")
    account = join(store, wanted, by.at, by.ids)
    note(store, by, "driver.add", account.driver_id, f"pays by {wanted.pay_by.lower()}")
    return account


def invite_again(store: Store, by: Staff, driver_id: DriverId, email: str) -> Account:
    """Of a driver who has chosen no password yet: whose link is lost or over, or whose address was mistyped. Letters go to the address from
    now on, and links that were handed out for another one end.

    Raises Conflict where a password is chosen: then the address is theirs to change.
    """
    driver, address = own_driver(store, by, driver_id), email_of(email)
    found = store.drivers.account_by_email(driver.email)
    account = store.drivers.lock_account(found.id) if found is not None else None
    if account is None or account.driver_id != driver.id or account.email != driver.email:
        raise NotFound("driver", "There is no such driver.")
    if account.password_hash:
        raise Conflict(
            "password_chosen", "This driver has already chosen a password.", "They can change their address themselves, under Account."
        )
    if address != account.email:
        if store.drivers.account_by_email(address) is not None:
            raise Conflict("email_taken", "There is already an account with this email address.", "Search for it, or use another address.")
        account = replace(account, email=address)
        store.drivers.put_account(account)
        store.drivers.put_driver(replace(driver, email=address))
    note(store, by, "driver.invite", driver.id)
    return account


def rename(store: Store, by: Staff, driver_id: DriverId, name: str) -> Driver:
    """As the driver's pages and bills from now on have it. Raises BadInput."""
    driver, named = own_driver(store, by, driver_id), name_of(name)
    if named == driver.name:
        return driver
    renamed = replace(driver, name=named)
    store.drivers.put_driver(renamed)
    note(store, by, "driver.name", driver.id)
    return renamed


def give_card(store: Store, by: Staff, driver_id: DriverId, uid: str, label: str) -> Token:
    """As `add_card`, for one of the operator's drivers."""
    driver = own_driver(store, by, driver_id)
    token = add_card(store, driver.id, uid, label)
    note(store, by, "card.add", token.uid, f"of {driver.id}")
    return token


def block_card(store: Store, by: Staff, driver_id: DriverId, uid: str, blocked: bool, payer_id: DriverId | None = None) -> Token:
    """A blocked card starts nothing any more, wherever it is shown; a charge that runs goes on. Its driver cannot unblock it.
    payer_id: who pays for their fleet, where they block it; who else blocks it too takes it over, and alone unblocks it for a dispute."""
    before = _own_card(store, by, driver_id, uid)
    return _moved(store, by, before, _blocked(before, payer_id) if blocked else _unblocked(before, lifts=payer_id is None))


def block_by_program(store: Store, by: Staff, driver_id: DriverId, uid: str, blocked: bool) -> Token:
    """As `block_card` by the operator, from a program that tells all of a card each time: what disputes block stays so, for it may only
    have named the card anew."""
    before = _own_card(store, by, driver_id, uid)
    return _moved(store, by, before, _blocked(before, None) if blocked else _unblocked(before, lifts=False))


def _own_card(store: Store, by: Staff, driver_id: DriverId, uid: str) -> Token:
    store.prices.lock(by.operator_id)  # as changes of fleets
    driver = own_driver(store, by, driver_id)
    token = store.drivers.token(by.operator_id, token_uid(uid))
    if token is None or token.driver_id != driver.id or not token.carried:
        raise NotFound("card", "This driver has no such card.")
    return token


def _moved(store: Store, by: Staff, before: Token, after: Token) -> Token:
    if after != before:
        store.drivers.put_token(after)
        note(store, by, "card.block" if after.status is TokenStatus.BLOCKED else "card.unblock", after.uid, f"of {after.driver_id}")
    return after


def _blocked(token: Token, payer_id: DriverId | None) -> Token:
    kept = payer_id is not None and token.status is TokenStatus.BLOCKED
    return token if kept else replace(token, status=TokenStatus.BLOCKED, blocked_by=payer_id)


def _unblocked(token: Token, lifts: bool) -> Token:
    """lifts: what disputes block as well."""
    return replace(token, status=TokenStatus.ACTIVE, blocked_by=None, disputed=() if lifts else token.disputed)


def own_driver(store: Store, by: Staff, driver_id: DriverId) -> Driver:
    driver = store.drivers.driver(driver_id)
    if driver.operator_id != by.operator_id or driver.guest:
        raise NotFound("driver", "There is no such driver.")
    if not driver.email:
        raise Conflict("driver_left", "This driver has closed the account.", "The cards stay blocked.")
    return driver
