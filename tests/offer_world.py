"""The forecourt of the money tests with a plan, a coupon, and a café beside it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from forecourt.billing import Invoice
from forecourt.drivers import Account
from forecourt.flows.desk import Staff
from forecourt.flows.offers import (
    CouponTerms,
    OfferTerms,
    PlanTerms,
    create_coupon,
    create_offer,
    invite_partner,
    issue_partner_voucher,
    join_plan,
    publish_plan,
    redeem_code,
    save_partner,
)
from forecourt.flows.ports import Transactions
from forecourt.kernel import DriverId, Money, Span
from forecourt.ledger import Account as Book
from forecourt.ledger import partner_receivable
from forecourt.offers import Coupon, DiscountRule, Offer, OfferKind, Partner, Plan
from forecourt.settlement import payable
from forecourt.tariffs import Dimension
from money_world import CARD_DRIVER, NOON, OPERATOR, SITE, C, MoneyWorld, P

YEAR = Span(NOON - timedelta(days=100), NOON + timedelta(days=265))
CAFE = UUID(int=77)
ENERGY, PARKING = frozenset({Dimension.ENERGY}), frozenset({Dimension.PARKING_TIME})


def eur(minor: int) -> Money:
    return Money(minor, "EUR")


@dataclass
class OfferWorld:
    transactions: Transactions
    source: dict[str, object] | None = None
    world: MoneyWorld = field(init=False)
    charges: int = 0

    def __post_init__(self) -> None:
        self.world = MoneyWorld(self.transactions, self.source).build()

    def staff(self, at: datetime = NOON) -> Staff:
        return Staff(OPERATOR, "ops", at, self.world.ids)

    def plan(self, *benefits: DiscountRule, fee: int = 990, group: str = "") -> Plan:
        with self.transactions.begin() as store:
            return publish_plan(store, self.staff(), PlanTerms("Plus", eur(fee), Decimal(19), benefits, group=group))

    def join(self, plan: Plan, driver: DriverId = CARD_DRIVER, at: datetime = NOON, code: str = "") -> None:
        with self.transactions.begin() as store:
            join_plan(store, driver, plan.id, code, at, self.world.ids)

    def coupon(self, cut: DiscountRule, **more: object) -> Coupon:
        with self.transactions.begin() as store:
            return create_coupon(store, self.staff(), CouponTerms("Welcome", cut, YEAR, **more))  # type: ignore[arg-type]

    def take(self, code: str, driver: DriverId = CARD_DRIVER, at: datetime = NOON) -> str:
        with self.transactions.begin() as store:
            return redeem_code(store, driver, code, at, self.world.ids)

    def cafe(self) -> Account:
        with self.transactions.begin() as store:
            cafe = Partner(CAFE, OPERATOR, "cafe-strom", "Café Strom", "Weg 2, Berlin", "cafe@x.example", (SITE,), country="DE")
            save_partner(store, self.staff(), cafe)
            return invite_partner(store, self.staff(), CAFE, "till@cafe.example", "")

    def parking_offer(self, percent: int = 100, **more: object) -> Offer:
        cut = DiscountRule(seconds=1800, dimensions=PARKING)
        terms = OfferTerms(CAFE, "30 free minutes", OfferKind.PURCHASE, Decimal(percent), YEAR, (SITE,), cut, **more)  # type: ignore[arg-type]
        with self.transactions.begin() as store:
            return create_offer(store, self.staff(), terms)

    def coffee_offer(self, percent: int = 0, worth: int = 320, **more: object) -> Offer:
        terms = OfferTerms(
            CAFE, "Coffee from 20 kWh", OfferKind.EARNED, Decimal(percent), YEAR, (SITE,), least_wh=20_000, worth=eur(worth), **more
        )  # type: ignore[arg-type]
        with self.transactions.begin() as store:
            return create_offer(store, self.staff(), terms)

    def voucher(self, offer: Offer, at: datetime = NOON) -> str:
        with self.transactions.begin() as store:
            return issue_partner_voucher(store, CAFE, offer.id, at, self.world.ids).code

    def charge(self, energy_wh: int = 10_000, parked_min: int = 0, driver: DriverId = CARD_DRIVER, begin: datetime = NOON) -> Invoice:
        """0.50 a start, 0.40 a kWh, 0.10 a minute parked; 19 % VAT on top."""
        self.charges += 1
        parts = ((C, 60, energy_wh), (P, parked_min, 0)) if parked_min else ((C, 60, energy_wh),)
        made = self.world.ended(*parts, driver=driver, number=self.charges, begin=begin)
        invoice = self.world.billed(made, made.ended_at + timedelta(minutes=1))
        assert invoice is not None
        return invoice

    def balance(self, account: Book) -> int:
        with self.transactions.begin() as store:
            return store.ledger.balance(OPERATOR, account, "EUR")

    def owes(self) -> tuple[int, int]:
        """What the café owes, and what is owed to it."""
        return self.balance(partner_receivable("cafe-strom")), -self.balance(payable("cafe-strom"))

    def balance_is_zero(self) -> bool:
        with self.transactions.begin() as store:
            return self.world.sum_is_zero(store)
