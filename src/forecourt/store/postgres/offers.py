"""The repositories of offers and partners together: one unit of work has them all, and writes them in one order."""

from forecourt.store.postgres.coupons import Coupons
from forecourt.store.postgres.made import Made, flush_made
from forecourt.store.postgres.memberships import Entitlements, Memberships
from forecourt.store.postgres.partners import Partners
from forecourt.store.postgres.questions import Questions
from forecourt.store.postgres.roaming import Roaming

_ORDER = ("memberships", "entitlements", "coupons", "partners", "questions", "roaming")


class OfferBooks:
    memberships = Made(lambda unit: Memberships(unit._link))
    entitlements = Made(lambda unit: Entitlements(unit._link))
    coupons = Made(lambda unit: Coupons(unit._link))
    partners = Made(lambda unit: Partners(unit._link))
    questions = Made(lambda unit: Questions(unit._link))
    roaming = Made(lambda unit: Roaming(unit._link))

    def flush_offers(self) -> None:
        flush_made(self, _ORDER)
