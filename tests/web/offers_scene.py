"""What a scene has to offer: a plan, a coupon, a café with both kinds of offers and a till that is signed in as "till"."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from forecourt.drivers import Account, SignIn
from forecourt.flows.desk import Staff
from forecourt.flows.offers import (
    CouponTerms,
    OfferTerms,
    PlanTerms,
    create_coupon,
    create_offer,
    invite_partner,
    publish_plan,
    save_partner,
)
from forecourt.kernel import Money, Span
from forecourt.offers import Coupon, DiscountRule, Offer, OfferKind, Partner, Plan
from forecourt.tariffs import Dimension
from forecourt.web.frame.sealing import digest

from .conftest import NOW, Scene

CAFE = UUID(int=77)
YEAR = Span(NOW - timedelta(days=30), NOW + timedelta(days=335))


def eur(minor: int) -> Money:
    return Money(minor, "EUR")


@dataclass(frozen=True)
class Offered:
    plan: Plan
    fleet: Plan
    coupon: Coupon
    parking: Offer
    coffee: Offer
    till: Account


def with_offers(scene: Scene) -> Offered:
    staff = Staff(scene.operator_id, "ops", NOW, scene.ids)
    tenth, parking = DiscountRule(percent=Decimal(10)), DiscountRule(seconds=1800, dimensions=frozenset({Dimension.PARKING_TIME}))
    with scene.transactions.begin() as store:
        plan = publish_plan(store, staff, PlanTerms("Market Plus", eur(990), Decimal(19), (tenth,)))
        fleet = publish_plan(store, staff, PlanTerms("Fleet", eur(0), None, (tenth,), group="Musterfirma"))
        coupon = create_coupon(store, staff, CouponTerms("Welcome", DiscountRule(amount=eur(200)), YEAR))
        where = (scene.site_id,)
        cafe = Partner(CAFE, scene.operator_id, "cafe-strom", "Café Strom", "Weg 2", "cafe@x.example", where, country="DE")
        save_partner(store, staff, cafe)
        till = invite_partner(store, staff, CAFE, "till@cafe.example", "")
        free = create_offer(store, staff, OfferTerms(CAFE, "30 free minutes", OfferKind.PURCHASE, Decimal(100), YEAR, where, parking))
        gift = OfferTerms(CAFE, "Coffee from 5 kWh", OfferKind.EARNED, Decimal(25), YEAR, where, least_wh=5_000, worth=eur(320))
        coffee = create_offer(store, staff, gift)
        sign_in(store, "till", till)
    return Offered(plan, fleet, coupon, free, coffee, till)


def sign_in(store, name: str, account: Account) -> None:  # type: ignore[no-untyped-def]
    """In a browser as `name`, and with the API token "api-name"."""
    now = datetime.now(UTC)
    store.drivers.put_sign_in(SignIn(digest(name), account.id, now, now + timedelta(days=1)))
    store.drivers.put_sign_in(SignIn(digest(f"api-{name}"), account.id, now, now + timedelta(days=1), True, "Till"))
