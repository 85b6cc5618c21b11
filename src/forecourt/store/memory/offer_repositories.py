"""The repositories of offers and partners, as a part of the unit of work."""

from forecourt.store.memory.coupons import Coupons
from forecourt.store.memory.database import MemoryDatabase
from forecourt.store.memory.memberships import Entitlements, Memberships
from forecourt.store.memory.partners import Partners
from forecourt.store.memory.roaming import Roaming
from forecourt.store.memory.statement_questions import Questions


class OfferRepositories:
    def __init__(self, db: MemoryDatabase) -> None:
        self.memberships = Memberships(db)
        self.entitlements = Entitlements(db)
        self.coupons = Coupons(db)
        self.partners = Partners(db)
        self.questions = Questions(db)
        self.roaming = Roaming(db)
