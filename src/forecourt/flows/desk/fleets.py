"""A fleet as managed by its payer: drivers joining and leaving, their cards, cost centres and limits.

Those who pay for nobody have no fleet, and other payers' drivers do not exist for them.
"""

from dataclasses import replace
from datetime import datetime

from forecourt.drivers import Account, Driver, GroupMember, Limits, PayBy, Token, TokenKind, token_uid
from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.desk.driver_accounts import DriverAccountRequest
from forecourt.flows.desk.enrolling import assign_card, block_card, enrol_driver
from forecourt.flows.desk.notifying import notify_account
from forecourt.flows.ports.store import Store
from forecourt.kernel import BadInput, Conflict, DriverId, NotFound, OperatorId
from forecourt.notices import NoticeContent, NoticeKind, one_line

MAX_COST_CENTRE_LENGTH = 40


def paid_groups(store: Store, payer_id: DriverId) -> tuple[str, ...]:
    """The groups a driver pays for, by name."""
    operator_id = store.drivers.driver(payer_id).operator_id
    return tuple(sorted(group for group, payer in store.statements.payers(operator_id) if payer == payer_id))


def drivers_in_fleet(store: Store, payer_id: DriverId, at: datetime) -> tuple[Driver, ...]:
    """The drivers whose charges this fleet payer pays for, by name; without the payer."""
    operator_id, paid = store.drivers.driver(payer_id).operator_id, paid_groups(store, payer_id)
    if not paid:
        return ()
    members = {one.driver_id for one in store.drivers.members(operator_id) if one.group in paid and one.is_valid_at(at)} - {payer_id}
    drivers = [store.drivers.driver(one) for one in members if store.statements.payer_of(one, at) == payer_id]
    return tuple(sorted(drivers, key=lambda driver: (driver.name, driver.id)))


def fleet_membership(store: Store, operator_id: OperatorId, driver_id: DriverId, at: datetime) -> GroupMember | None:
    """The membership that makes a charge begun then the payer's; of several groups with one, the first by name."""
    paid = {group for group, _ in store.statements.payers(operator_id)}
    memberships = store.drivers.groups_of(driver_id) if paid else ()
    return next((one for one in memberships if one.group in paid and one.is_valid_at(at)), None)


def account_membership(store: Store, operator_id: OperatorId, driver_id: DriverId, began: datetime) -> GroupMember | None:
    """The membership that makes the fleet pay for a charge begun then; None: the driver pays."""
    stay = fleet_membership(store, operator_id, driver_id, began)
    return stay if stay and (stay.on_account or store.drivers.driver(driver_id).pay_by is PayBy.ACCOUNT) else None


def new_member(store: Store, operator_id: OperatorId, driver_id: DriverId, group: str, since: datetime) -> GroupMember:
    """A driver added by the operator. A monthly account is the driver's own unless it came with a fleet."""
    on_account = store.drivers.driver(driver_id).pay_by is PayBy.ACCOUNT
    owns_account = on_account and all(one.own_account for one in store.drivers.groups_of(driver_id))
    return GroupMember(operator_id, group, driver_id, since, own_account=owns_account)


def add_fleet_driver(store: Store, by: Staff, payer_id: DriverId, name: str, email: str, until: datetime) -> Account:
    """Add a driver to the payer's first fleet, with a separate account whose charges the fleet pays. They choose a password by an emailed
    link, valid until an instant of real time. Raises BadInput, NotFound; Conflict for somebody who has an account: that stays
    private."""
    group = next(iter(paid_groups(store, payer_id)), None)
    if group is None:
        raise NotFound("fleet", "You do not pay for a fleet.", "The operator sets who pays.")
    language = store.drivers.driver(payer_id).language
    account = enrol_driver(store, by, DriverAccountRequest(by.operator_id, name, email, "", language, PayBy.ACCOUNT))
    assert account.driver_id is not None  # noqa: S101 - a driver's account has a driver
    store.drivers.put_member(GroupMember(by.operator_id, group, account.driver_id, by.at))
    note(store, by, "group.join", group, str(account.driver_id))
    notify_account(store, account, NoticeKind.SIGN_UP, NoticeContent(until=until), by.at, by.ids)
    return account


def remove_fleet_driver(store: Store, by: Staff, payer_id: DriverId, driver_id: DriverId) -> None:
    """From now on nothing is charged to the payer: cards are blocked, and the account becomes private, on the monthly account the driver
    had before, else paid by their own card. Charges already begun are the payer's. Raises NotFound."""
    driver = own_member(store, by, payer_id, driver_id)
    paid, on_account = paid_groups(store, payer_id), driver.pay_by is PayBy.ACCOUNT
    memberships = [one for one in store.drivers.groups_of(driver.id) if one.group in paid and one.is_valid_at(by.at)]
    for stay in memberships:
        store.drivers.put_member(replace(stay, until=by.at, on_account=on_account))
        note(store, by, "group.leave", stay.group, str(driver.id))
    for card in cards_of(store, driver.id):
        block_card(store, by, driver.id, card.uid, True, payer_id)
    if on_account and not all(one.own_account for one in memberships):
        store.wallets.lock(driver.id)
        store.drivers.put_driver(replace(store.drivers.driver(driver.id), pay_by=PayBy.CARD))


def assign_fleet_card(store: Store, by: Staff, payer_id: DriverId, driver_id: DriverId, uid: str, label: str) -> Token:
    return assign_card(store, by, own_member(store, by, payer_id, driver_id).id, uid, label)


def block_fleet_card(store: Store, by: Staff, payer_id: DriverId, driver_id: DriverId, uid: str, blocked: bool) -> Token:
    """Raises Conflict if the payer tries to unblock a card that somebody else has blocked."""
    card = _card_of(store, own_member(store, by, payer_id, driver_id).id, uid)
    if not blocked and card.blocked and card.blocked_by != payer_id:
        raise Conflict("card_blocked", "You did not block this card: only the operator can unblock it.")
    return block_card(store, by, driver_id, uid, blocked, payer_id)


def set_cost_centre(store: Store, by: Staff, payer_id: DriverId, driver_id: DriverId, centre: str, uid: str = "") -> None:
    """Set the cost centre, in the payer's books, of a driver or a card (which takes precedence), for future bills.
    Raises BadInput, NotFound."""
    name_cost_centre(store, by, own_member(store, by, payer_id, driver_id).id, centre, uid)


def name_cost_centre(store: Store, by: Staff, driver_id: DriverId, centre: str, uid: str = "") -> None:
    """The same, for a driver known to be in the payer's fleet."""
    new_centre = one_line(centre)
    if len(new_centre) > MAX_COST_CENTRE_LENGTH:
        raise BadInput("centre", "A cost centre can have at most {most} characters.", most=MAX_COST_CENTRE_LENGTH)
    if uid:
        store.drivers.put_token(replace(_card_of(store, driver_id, uid), cost_centre=new_centre))
    else:
        stay = fleet_membership(store, by.operator_id, driver_id, by.at)
        assert stay is not None  # noqa: S101 - an own member has one
        store.drivers.put_member(replace(stay, cost_centre=new_centre))
    note(store, by, "fleet.centre", uid or driver_id, new_centre or "none")


def set_limits(store: Store, by: Staff, payer_id: DriverId, driver_id: DriverId, limits: Limits, uid: str = "") -> None:
    """Limit what a driver, or a card, may charge from now on, including running charges. Raises NotFound."""
    driver = own_member(store, by, payer_id, driver_id)
    if uid:
        store.drivers.put_token(replace(_card_of(store, driver.id, uid), limits=limits))
    else:
        stay = fleet_membership(store, by.operator_id, driver.id, by.at)
        assert stay is not None  # noqa: S101 - an own member has one
        store.drivers.put_member(replace(stay, limits=limits))
    note(store, by, "fleet.limits", uid or driver.id, ", ".join(f"{of.lower()} {amount}" for of, amount in limits.set) or "none")


def _card_of(store: Store, driver_id: DriverId, uid: str) -> Token:
    card = next((one for one in cards_of(store, driver_id) if one.uid == token_uid(uid)), None)
    if card is None:
        raise NotFound("card", "This driver has no such card.")
    return card


def cards_of(store: Store, driver_id: DriverId) -> list[Token]:
    """The driver's cards that can be shown at chargers."""
    return [one for one in store.drivers.tokens_of(driver_id) if one.is_physical]


def card_label(token: Token | None) -> str:
    """A card as its driver knows it: label and last characters, never the whole number."""
    if token is None or token.kind is TokenKind.GUEST:
        return ""
    return "App" if token.kind is TokenKind.APP else f"{token.label} …{token.uid[-4:]}".strip()


def own_member(store: Store, by: Staff, payer_id: DriverId, driver_id: DriverId) -> Driver:
    """The driver, under the operator's lock for group changes. Raises NotFound for another payer's driver."""
    store.prices.lock(by.operator_id)
    found = next((one for one in drivers_in_fleet(store, payer_id, by.at) if one.id == driver_id), None)
    if found is None:
        raise NotFound("driver", "There is no such driver in your fleet.")
    return found
