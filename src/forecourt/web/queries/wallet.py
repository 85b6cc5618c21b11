"""Data for the pages of prepaid balances. The movements are the ledger's account, line by line."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from forecourt.drivers import PayBy
from forecourt.flows.paying import prepaid
from forecourt.flows.ports import FIRST_PAGE, ListOrder, ListPage, PageRequest, Store, page_of
from forecourt.kernel import DriverId, Money, NotFound, OperatorId, PaymentId, Text
from forecourt.ledger import AccountKind, Balance, ChainedTxn, overdrawn, wallet
from forecourt.payments import AtPayer, AutoTopUp, Captured, Charging, Declined, Payment, Prepaid, TopUp, Unknown, WalletRules, coming
from forecourt.web.frame.amounts import parse_amount
from forecourt.web.queries.money_totals import total_by_currency
from forecourt.web.queries.refusals import decline_text
from forecourt.web.queries.wallet_movements import movement_within, movement_words


@dataclass(frozen=True, slots=True)
class Movement:
    """A line of the statement. amount: positive for money that came in. balance: after it. href: of its reason."""

    position: int
    at: datetime
    what: str
    amount: Money
    balance: Money
    href: str


@dataclass(frozen=True, slots=True)
class TopUpView:
    """A top-up that is not on the statement: pending, unanswered, or refused (reason). state: for its pill. href: where it is paid."""

    at: datetime
    amount: Money
    state: str
    words: Text
    reason: str
    automatic: bool
    href: str = ""


@dataclass(frozen=True, slots=True)
class WalletView:
    """owed: what the bank reversed after it was spent. waiting: recent top-ups that credited nothing (yet)."""

    zone: str
    prepaid: Prepaid
    pending: Money
    owed: Money
    rules: WalletRules
    auto: AutoTopUp | None
    pay_by: PayBy
    has_card: bool
    movements: ListPage[Movement]
    waiting: tuple[TopUpView, ...]

    @property
    def currency(self) -> str:
        return self.prepaid.balance.currency

    @property
    def paused_why(self) -> str:
        return decline_text(self.auto.paused_why) if self.auto else ""


@dataclass(frozen=True, slots=True)
class TopUpReceipt:
    """number: the payment's. returned: refunded to the card since."""

    number: str
    at: datetime
    zone: str
    amount: Money
    returned: Money
    automatic: bool
    seller: str
    buyer: str


@dataclass(frozen=True, slots=True)
class WalletsView:
    """liability: owed to all drivers, per currency. page: names, emails and balances, the largest first."""

    rules: WalletRules
    liability: tuple[Money, ...]
    page: ListPage[tuple[str, str, Money]]


def parse_balance_amount(store: Store, driver_id: DriverId, text: str, code: str) -> Money:
    """As typed, in the currency of the driver's balance. Raises BadInput with the code for anything that is no amount in it."""
    rules = store.wallets.rules(store.drivers.driver(driver_id).operator_id)
    return parse_amount(text, rules.least_load.currency, code)


_BY_AMOUNT: ListOrder[Balance] = ListOrder(lambda one: (one.currency, -one.minor, one.account.part), (str, int, str))


def wallet_of(store: Store, driver_id: DriverId, page_request: PageRequest = FIRST_PAGE) -> WalletView:
    driver = store.drivers.driver(driver_id)
    operator = store.stations.operator(driver.operator_id)
    rules = store.wallets.rules(operator.id)
    currency = rules.least_load.currency
    top_ups = store.payments.top_ups(driver_id, 50)
    return WalletView(
        zone=operator.zone,
        prepaid=prepaid(store, operator.id, driver_id, currency),
        pending=coming(top_ups, currency),
        owed=Money(store.ledger.balance(operator.id, overdrawn(driver_id), currency), currency),
        rules=rules,
        auto=store.wallets.auto_top_up(driver_id),
        pay_by=driver.pay_by,
        has_card=bool(driver.payment_method),
        movements=movements_of(store, driver_id, page_request),
        waiting=tuple(view for one in top_ups[:10] if (view := _top_up_view(one)) is not None),
    )


def movements_of(store: Store, driver_id: DriverId, page_request: PageRequest = FIRST_PAGE) -> ListPage[Movement]:
    """Newest first, each with the balance after it."""
    operator_id = store.drivers.driver(driver_id).operator_id
    currency = store.wallets.rules(operator_id).least_load.currency
    account, rows = wallet(driver_id), []
    found = store.ledger.account_page(operator_id, account, currency, page_request)
    balance = -store.ledger.balance(operator_id, account, currency, found.rows[0].position) if found.rows else 0
    store.prefetch_subjects({one.txn.subject for one in found.rows})
    payments = [store.payments.payment(PaymentId(one.txn.subject)) for one in found.rows]
    store.prefetch_subjects({one.document_id for one in payments if one and one.document_id})
    for one, payment in zip(found.rows, payments, strict=True):
        minor = -sum(entry.minor for entry in one.txn.entries if entry.account == account)
        label, href = _reason(store, one, payment)
        rows.append(Movement(one.position, one.txn.happened_at, label, Money(minor, currency), Money(balance, currency), href))
        balance -= minor
    return found.of(rows)


def top_up_receipt(store: Store, payment_id: PaymentId, driver_id: DriverId) -> TopUpReceipt:
    """Raises NotFound for somebody else's, and for one whose money never came."""
    payment = store.payments.payment(payment_id)
    if payment is None or payment.driver_id != driver_id or payment.top_up is None or not payment.taken:
        raise NotFound("top_up", "You have no such top-up.", "Yours are listed under Prepaid balance.")
    driver, operator = store.drivers.driver(driver_id), store.stations.operator(payment.operator_id)
    at = payment.state.captured_at if isinstance(payment.state, Captured) else payment.made_at
    return TopUpReceipt(
        number=str(payment.id),
        at=at,
        zone=operator.zone,
        amount=payment.taken,
        returned=payment.returned,
        automatic=payment.top_up is TopUp.AUTO,
        seller=", ".join(filter(None, (operator.legal_name, operator.address, operator.vat_number))),
        buyer=", ".join(filter(None, (driver.name, driver.address))),
    )


def wallets_of(store: Store, operator_id: OperatorId, page_request: PageRequest) -> WalletsView:
    """Every balance of an operator's drivers, the largest first."""
    found = store.ledger.unsettled(operator_id, AccountKind.WALLET)
    totals = total_by_currency(Money(-one.minor, one.currency) for one in found)
    shown = page_of(found, _BY_AMOUNT, page_request)
    return WalletsView(store.wallets.rules(operator_id), totals, shown.of(_holder(store, one) for one in shown.rows))


def _holder(store: Store, balance: Balance) -> tuple[str, str, Money]:
    """Name, email and balance."""
    driver = store.drivers.driver(DriverId(UUID(balance.account.part)))
    return driver.name, driver.email, Money(-balance.minor, balance.currency)


def _reason(store: Store, one: ChainedTxn, payment: Payment | None) -> tuple[str, str]:
    """What moved the balance, and the page that explains it."""
    if payment is None:
        return movement_words(one.txn.text), ""
    if payment.top_up is not None:
        return movement_words(one.txn.text), f"/wallet/top-ups/{payment.id}"
    document = store.documents.document(payment.document_id) if payment.document_id else None
    if document is None:
        return movement_words(one.txn.text), ""
    label = Text(
        "{document}, {place}: {what}",
        document=document.number,
        place=document.content.place.site_name,
        what=movement_within(one.txn.text),
    )
    return label, f"/receipts/{document.number}"


def _top_up_view(payment: Payment) -> TopUpView | None:
    automatic = payment.top_up is TopUp.AUTO
    match payment.state:
        case AtPayer(amount=amount):
            return TopUpView(payment.made_at, amount, "PENDING", Text("Waiting for you"), "", False, f"/wallet/pay-ins/{payment.id}")
        case Charging(amount=amount):
            return TopUpView(payment.made_at, amount, "PENDING", Text("On its way"), "", automatic)
        case Unknown() if payment.pending_amount:
            return TopUpView(payment.made_at, payment.pending_amount, "PENDING", Text("No answer yet"), "", automatic)
        case Declined(amount=amount, code=code):
            return TopUpView(payment.made_at, amount, "REFUSED", Text("Declined"), decline_text(code), automatic)
    return None


def lacks_card(store: Store, driver_id: DriverId) -> bool:
    """Whether a driver cannot start charges because no card is stored."""
    driver = store.drivers.driver(driver_id)
    return driver.pay_by is PayBy.CARD and not driver.payment_method
