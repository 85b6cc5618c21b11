"""The repositories of offers and partners together: one unit of work has them all, and writes them in one order."""

from forecourt.store.postgres.coupons import Coupons
from forecourt.store.postgres.lazy_repository import LazyRepository, flush_created, flush_of
from forecourt.store.postgres.memberships import Entitlements, Memberships
from forecourt.store.postgres.partners import Partners
from forecourt.store.postgres.roaming import Roaming
from forecourt.store.postgres.statement_questions import Questions

_ORDER = ("memberships", "entitlements", "coupons", "partners", "questions", "roaming")


class OfferRepositories:
    memberships = LazyRepository(lambda unit: Memberships(unit._db))
    entitlements = LazyRepository(lambda unit: Entitlements(unit._db, flush_of(unit, "memberships", "coupons", "partners")))
    coupons = LazyRepository(lambda unit: Coupons(unit._db))
    partners = LazyRepository(lambda unit: Partners(unit._db))
    questions = LazyRepository(lambda unit: Questions(unit._db))
    roaming = LazyRepository(lambda unit: Roaming(unit._db))

    def flush_offers(self) -> None:
        flush_created(self, _ORDER)
