"""Drivers' accounts: an account, a driver and an app token opened in one step; cards registered later."""

from dataclasses import dataclass, replace
from datetime import datetime

from forecourt.drivers import (
    Account,
    Driver,
    PayBy,
    Role,
    Token,
    TokenKind,
    contract_id,
    looks_like_contract,
    token_uid,
    without_contract_mark,
)
from forecourt.flows.ports.store import Store
from forecourt.kernel import BadInput, Conflict, DriverId, Ids, OperatorId, TokenUid

MAX_NAME_LENGTH = 100


@dataclass(frozen=True, slots=True)
class DriverAccountRequest:
    """password_hash: argon2id text, made by the edge. payment_method: the processor's reference; empty = none yet."""

    operator_id: OperatorId
    name: str
    email: str
    password_hash: str
    language: str = "en"
    pay_by: PayBy = PayBy.CARD
    payment_method: str = ""


def create_driver_account(store: Store, request: DriverAccountRequest, at: datetime, ids: Ids) -> Account:
    """Open a driver's account. One account per email address (compared without case)."""
    email, name = normalise_email(request.email), clean_name(request.name)
    if store.drivers.account_by_email(email) is not None:
        raise Conflict("email_taken", "There is already an account with this email address.", "Sign in instead.")
    driver_id = DriverId(ids.new(at))
    store.drivers.put_driver(Driver(driver_id, request.operator_id, name, email, request.language, request.pay_by, request.payment_method))
    account = Account(ids.new(at), request.operator_id, email, Role.DRIVER, request.password_hash, driver_id)
    store.drivers.put_account(account)
    # 20 characters, so that OCPP 1.6 chargers (idTag: CiString20) can carry it.
    uid = token_uid("APP" + ids.new(at).hex[-17:])
    store.drivers.put_token(Token(uid, request.operator_id, driver_id, TokenKind.APP, label="App"))
    return account


def clean_name(text: str) -> str:
    """Clean up a name. Raises BadInput."""
    name = text.strip()
    if not 1 <= len(name) <= MAX_NAME_LENGTH:
        raise BadInput("name", "Enter your name.", "At most {longest} characters.", longest=MAX_NAME_LENGTH)
    return name


def normalise_email(text: str) -> str:
    """The address in the form by which accounts are found. Raises BadInput."""
    email = text.strip().lower()
    if not 3 <= len(email) <= 254 or email.count("@") != 1 or any(ord(char) < 33 for char in email):
        raise BadInput("email", "{given} is not an email address.", given=repr(text[:60]))
    return email


def register_card(store: Store, driver_id: DriverId, uid: str, label: str) -> Token:
    """Assign an RFID card, or a car's contract (EMAID: and its id), to a driver. What is already assigned stays with its driver.

    Raises BadInput, Conflict."""
    driver = store.drivers.driver(driver_id)
    store.prices.lock(driver.operator_id)  # serialise with somebody blocking the card
    shown, kind = parse_card(uid)
    token = Token(shown, driver.operator_id, driver_id, kind, label=label.strip()[:40])
    known = store.drivers.token(driver.operator_id, token.uid)
    if known is not None and known.driver_id != driver_id:
        raise Conflict("card_taken", "This card is already registered.", "Check the number printed on it.")
    if known is not None:  # a card that the operator has blocked stays blocked
        token = replace(known, label=token.label)
    store.drivers.put_token(token)
    return token


def parse_card(text: str) -> tuple[TokenUid, TokenKind]:
    """Parse what is shown at chargers: a card's number, or a contract's id after EMAID. Raises BadInput."""
    shown = token_uid(text)
    if not looks_like_contract(shown):
        return shown, TokenKind.RFID
    if contract_id(without_contract_mark(shown)) is None:
        raise BadInput("token_uid", "That is not a contract ID.", "Enter it as EMAID:DE-8AA-CA2B3C4D5.")
    return shown, TokenKind.CONTRACT
