"""The demo network's offers: one plan, one coupon, one café with two offers, and the site's host, each with a sign-in."""

from datetime import datetime, timedelta
from decimal import Decimal

from forecourt.assembly.identifiers import RandomIds
from forecourt.assembly.secrets import hash_password
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
from forecourt.flows.ports import Store
from forecourt.kernel import Money, Span
from forecourt.offers import DiscountRule, OfferKind, Partner
from forecourt.stations import Site
from forecourt.tariffs import Dimension

PARTNER_EMAIL, PARTNER_PASSWORD, HOST_EMAIL = "cafe@forecourt.example", "forecourt-demo", "host@forecourt.example"


def add_offers(store: Store, site: Site, at: datetime) -> None:
    by = Staff(site.operator_id, "system", at, RandomIds())
    year, currency = Span(at, at + timedelta(days=365)), site.currency
    energy, parking = frozenset({Dimension.ENERGY}), frozenset({Dimension.PARKING_TIME, Dimension.TIME})
    benefits = (DiscountRule(energy_wh=30_000), DiscountRule(percent=Decimal(10), dimensions=energy))
    publish_plan(store, by, PlanTerms("Campus Plus", Money(490, currency), None, benefits))
    create_coupon(store, by, CouponTerms("Welcome", DiscountRule(amount=Money(200, currency)), year, budget=Money(50_000, currency)))
    cafe = Partner(by.ids.new(at), by.operator_id, "corner-cafe", "Corner Café", site.address, PARTNER_EMAIL, (site.id,), country="US")
    save_partner(store, by, cafe)
    invite_partner(store, by, cafe.id, PARTNER_EMAIL, hash_password(PARTNER_PASSWORD))
    host = Partner(by.ids.new(at), by.operator_id, "campus-garage", "Campus Garage", site.address, HOST_EMAIL, (site.id,), country="US")
    save_partner(store, by, host)
    invite_partner(store, by, host.id, HOST_EMAIL, hash_password(PARTNER_PASSWORD))
    free = DiscountRule(seconds=1800, dimensions=parking)
    create_offer(store, by, OfferTerms(cafe.id, "30 free minutes", OfferKind.PURCHASE, Decimal(100), year, (site.id,), free))
    coffee = OfferTerms(
        cafe.id, "Coffee from 20 kWh", OfferKind.EARNED, Decimal(50), year, (site.id,), least_wh=20_000, worth=Money(350, currency)
    )
    create_offer(store, by, coffee)
