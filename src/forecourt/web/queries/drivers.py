"""The operator's drivers: searched by name, email or card, and one driver with their cards."""

from dataclasses import dataclass
from datetime import datetime

from forecourt.drivers import DebtStatus, Driver, PayBy, Token, token_uid
from forecourt.flows.charging import card_verdict
from forecourt.flows.ports import ListPage, PageRequest, Store
from forecourt.kernel import BadInput, DriverId, NotFound, OperatorId
from forecourt.stations import Verdict

PAYS = {PayBy.ACCOUNT: "a monthly account", PayBy.WALLET: "a prepaid balance", PayBy.CARD: "a stored card"}
_REFUSED = {Verdict.BLOCKED: "it is blocked", Verdict.EXPIRED: "it has expired"}


@dataclass(frozen=True, slots=True)
class DriverRow:
    """card: the card by which they were found; empty = by name or address."""

    id: str
    name: str
    email: str
    pays: str
    card: str = ""


@dataclass(frozen=True, slots=True)
class CardRow:
    """refused: why it cannot start a charge now; empty if it can."""

    uid: str
    label: str
    blocked: bool
    refused: str


@dataclass(frozen=True, slots=True)
class DriverPage:
    """signs_in: has chosen a password. invited: has an account, but no password yet."""

    id: str
    name: str
    email: str
    pays: str
    debt_status: DebtStatus
    signs_in: bool
    cards: tuple[CardRow, ...]
    invited: bool = False
    pay_by: str = ""


def drivers_found(store: Store, operator_id: OperatorId, search_text: str, page_request: PageRequest) -> ListPage[DriverRow]:
    """The holder of the card with that number, or those whose name or address contains the words, the latest first."""
    holder = card_holder(store, operator_id, search_text)
    if holder is not None:
        return ListPage((_row(holder, search_text.strip().upper()),))
    found = store.drivers.page(operator_id, search_text.strip(), page_request)
    return found.of(_row(one) for one in found.rows)


def driver_page(store: Store, operator_id: OperatorId, driver_id: DriverId, now: datetime) -> DriverPage:
    driver, debt_status = own_driver(store, operator_id, driver_id), store.payments.debt_status(driver_id)
    tokens = (one for one in store.drivers.tokens_of(driver_id) if one.is_physical)
    cards = tuple(CardRow(one.uid, one.label, one.blocked, refusal_reason(store, one, driver, now)) for one in tokens)
    account = store.drivers.account_by_email(driver.email)
    signs_in = account is not None and account.password_hash != ""
    invited = account is not None and not signs_in
    return DriverPage(str(driver.id), driver.name, driver.email, PAYS[driver.pay_by], debt_status, signs_in, cards, invited, driver.pay_by)


def own_driver(store: Store, operator_id: OperatorId, driver_id: DriverId) -> Driver:
    """Raises NotFound for another operator's driver, and for a guest."""
    driver = store.drivers.driver(driver_id)
    if driver.operator_id != operator_id or driver.guest:
        raise NotFound("driver", "There is no such driver.")
    return driver


def card_holder(store: Store, operator_id: OperatorId, text: str) -> Driver | None:
    """The driver with an account whose card, or car's contract, has that number."""
    try:
        token = store.drivers.token(operator_id, token_uid(text))
    except BadInput:
        return None
    driver = store.drivers.driver(token.driver_id) if token is not None and token.is_physical else None
    return None if driver is None or driver.guest else driver


def refusal_reason(store: Store, card: Token, driver: Driver, now: datetime) -> str:
    """Why a card, or the app, cannot start a charge now, for the operator's staff; empty if it can."""
    debt_status = store.payments.debt_status(driver.id)
    match card_verdict(store, card, now):
        case Verdict.ACCEPTED:
            return ""
        case Verdict.NO_CREDIT if debt_status.blocked:
            return "it is blocked by a debt"
        case Verdict.NO_CREDIT if driver.pay_by is PayBy.WALLET:
            return "the prepaid balance is too low to start a charge, and no card is stored"
        case Verdict.NO_CREDIT if driver.pay_by is PayBy.ACCOUNT or driver.payment_method:
            return "the limit set by the payer of the fleet is used up"
        case Verdict.NO_CREDIT:
            return "no payment card is stored"
        case verdict:
            return _REFUSED.get(verdict, verdict.value.replace("_", " ").lower())


def _row(driver: Driver, card: str = "") -> DriverRow:
    return DriverRow(str(driver.id), driver.name, driver.email, PAYS[driver.pay_by], card)
