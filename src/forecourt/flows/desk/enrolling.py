"""Staff enrol drivers, hand out cards, and block lost ones.

The log names drivers only by id, so that those who leave can no longer be found in it.
"""

from dataclasses import replace

from forecourt.drivers import Account, Driver, Token, TokenStatus, token_uid
from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.desk.driver_accounts import DriverAccountRequest, clean_name, create_driver_account, normalise_email, register_card
from forecourt.flows.ports.store import Store
from forecourt.kernel import Conflict, DriverId, NotFound


def enrol_driver(store: Store, by: Staff, wanted: DriverAccountRequest) -> Account:
    """Like `join`; the log records who did it."""
    if store.drivers.account_by_email(normalise_email(wanted.email)) is not None:
        raise Conflict("email_taken", "There is already an account with this email address.", "Search for it, or use another address.")
    account = create_driver_account(store, wanted, by.at, by.ids)
    note(store, by, "driver.add", account.driver_id, f"pays by {wanted.pay_by.lower()}")
    return account


def resend_invitation(store: Store, by: Staff, driver_id: DriverId, email: str) -> Account:
    """Send another link to a driver who has not chosen a password yet, as theirs was lost or expired, or the address was mistyped. Emails
    go to this address from now on, and links for another one end.

    Raises Conflict if a password was chosen: then only the driver can change the address.
    """
    driver, address = own_driver(store, by, driver_id), normalise_email(email)
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


def rename_driver(store: Store, by: Staff, driver_id: DriverId, name: str) -> Driver:
    """Set the name for the driver's pages and future bills. Raises BadInput."""
    driver, new_name = own_driver(store, by, driver_id), clean_name(name)
    if new_name == driver.name:
        return driver
    renamed = replace(driver, name=new_name)
    store.drivers.put_driver(renamed)
    note(store, by, "driver.name", driver.id)
    return renamed


def assign_card(store: Store, by: Staff, driver_id: DriverId, uid: str, label: str) -> Token:
    """Like `register_card`, for one of the operator's drivers."""
    driver = own_driver(store, by, driver_id)
    token = register_card(store, driver.id, uid, label)
    note(store, by, "card.add", token.uid, f"of {driver.id}")
    return token


def block_card(store: Store, by: Staff, driver_id: DriverId, uid: str, blocked: bool, payer_id: DriverId | None = None) -> Token:
    """A blocked card starts nothing anywhere; a running charge goes on. Its driver cannot unblock it. payer_id: the fleet's payer, if they
    do this. If staff block it as well, the block becomes theirs; only unblocking by staff also lifts blocks by disputes."""
    before = _own_card(store, by, driver_id, uid)
    return _moved(store, by, before, _blocked(before, payer_id) if blocked else _unblocked(before, lifts=payer_id is None))


def block_card_by_api(store: Store, by: Staff, driver_id: DriverId, uid: str, blocked: bool) -> Token:
    """Like `block_card` by staff, but for programs that send a card's whole state each time: a card blocked by a dispute stays blocked,
    as the program may only have renamed it."""
    before = _own_card(store, by, driver_id, uid)
    return _moved(store, by, before, _blocked(before, None) if blocked else _unblocked(before, lifts=False))


def _own_card(store: Store, by: Staff, driver_id: DriverId, uid: str) -> Token:
    store.prices.lock(by.operator_id)  # like changes of fleets
    driver = own_driver(store, by, driver_id)
    token = store.drivers.token(by.operator_id, token_uid(uid))
    if token is None or token.driver_id != driver.id or not token.is_physical:
        raise NotFound("card", "This driver has no such card.")
    return token


def _moved(store: Store, by: Staff, before: Token, after: Token) -> Token:
    if after != before:
        store.drivers.put_token(after)
        note(store, by, "card.block" if after.status is TokenStatus.BLOCKED else "card.unblock", after.uid, f"of {after.driver_id}")
    return after


def _blocked(token: Token, payer_id: DriverId | None) -> Token:
    stays_blocked = payer_id is not None and token.status is TokenStatus.BLOCKED
    return token if stays_blocked else replace(token, status=TokenStatus.BLOCKED, blocked_by=payer_id)


def _unblocked(token: Token, lifts: bool) -> Token:
    """lifts: unblock what disputes have blocked as well."""
    return replace(token, status=TokenStatus.ACTIVE, blocked_by=None, disputed=() if lifts else token.disputed)


def own_driver(store: Store, by: Staff, driver_id: DriverId) -> Driver:
    driver = store.drivers.driver(driver_id)
    if driver.operator_id != by.operator_id or driver.guest:
        raise NotFound("driver", "There is no such driver.")
    if not driver.email:
        raise Conflict("driver_left", "This driver has closed the account.", "The cards stay blocked.")
    return driver
