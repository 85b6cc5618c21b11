"""REST for an account itself: whose the token is, and the cards a driver carries."""

from uuid import UUID

from litestar import Router, get, post
from litestar.params import FromPath
from msgspec import Struct

from forecourt.drivers import Account, PayBy
from forecourt.flows.desk import Staff, block_card, paid_groups
from forecourt.flows.ports import Store
from forecourt.kernel import DriverId
from forecourt.web.api.models import Amount, amount
from forecourt.web.frame.responses import WebRequest
from forecourt.web.frame.visitor import ports_of, signed_in, visitor_of
from forecourt.web.queries.names import payer_name


class ChargeCardItem(Struct):
    """A card or fob that starts charges at chargers. A blocked one starts none; only the operator can unblock it."""

    uid: str
    label: str
    blocked: bool


class DriverSelf(Struct):
    """language: ISO 639-1, of messages and receipts. has_card: a payment card is stored. cards: those presented at chargers. owed: after
    failed and late payments; blocked: no charge starts because of it. payer: who pays for this driver's charges, empty if they do
    themselves. pays_for_fleet: this driver pays for others."""

    id: UUID
    name: str
    language: str
    pay_by: PayBy
    has_card: bool
    cards: list[ChargeCardItem]
    owed: Amount | None
    blocked: bool
    payer: str
    pays_for_fleet: bool


class AccountItem(Struct):
    """The owner of the token. role: "DRIVER", "OPERATOR" or "PARTNER". currency: of the operator. driver: null for staff of the operator
    and of partners."""

    role: str
    email: str
    operator: str
    currency: str
    driver: DriverSelf | None


@get("/", sync_to_thread=True, summary="Who you are: the token’s owner")
def get_me(request: WebRequest) -> AccountItem:
    with ports_of(request).transactions.begin() as store:
        return _item(request, store, visitor_of(request).require_account())


@post("/cards/{uid:str}/block", sync_to_thread=True, status_code=200, summary="Block one of your cards, for example a lost one")
def block_own_card(request: WebRequest, uid: FromPath[str]) -> AccountItem:
    """Sending it again changes nothing. A charge in progress continues."""
    ports, account = ports_of(request), visitor_of(request).require_account()
    by = Staff(account.operator_id, str(account.id), ports.clock.now(), ports.ids)
    with ports.transactions.begin() as store:
        block_card(store, by, visitor_of(request).require_driver(), uid, True)
        return _item(request, store, account)


def _item(request: WebRequest, store: Store, account: Account) -> AccountItem:
    operator = store.stations.operator(account.operator_id)
    driver = _driver(request, store, account.driver_id) if account.driver_id else None
    return AccountItem(account.role.value, account.email, operator.name, operator.currency, driver)


def _driver(request: WebRequest, store: Store, driver_id: DriverId) -> DriverSelf:
    driver, standing = store.drivers.driver(driver_id), store.payments.debt_status(driver_id)
    cards = [one for one in store.drivers.tokens_of(driver_id) if one.is_physical]
    return DriverSelf(
        id=driver.id,
        name=driver.name,
        language=driver.language,
        pay_by=driver.pay_by,
        has_card=bool(driver.payment_method),
        cards=[ChargeCardItem(one.uid, one.label, one.blocked) for one in cards],
        owed=amount(standing.owed) if standing.owed else None,
        blocked=standing.blocked,
        payer=payer_name(store, driver_id, ports_of(request).clock.now()),
        pays_for_fleet=bool(paid_groups(store, driver_id)),
    )


routes = Router("/api/v1/me", tags=["Account"], guards=[signed_in], route_handlers=[get_me, block_own_card])
