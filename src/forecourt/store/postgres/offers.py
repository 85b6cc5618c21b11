"""The books of offers and partners, together: one unit of work has them all, and writes them in this order."""

from forecourt.store.postgres.coupons import Coupons
from forecourt.store.postgres.link import Link
from forecourt.store.postgres.memberships import Entitlements, Memberships
from forecourt.store.postgres.partners import Partners
from forecourt.store.postgres.roaming import Roaming


class OfferBooks:
    def __init__(self, link: Link) -> None:
        self.memberships = Memberships(link)
        self.entitlements = Entitlements(link)
        self.coupons = Coupons(link)
        self.partners = Partners(link)
        self.roaming = Roaming(link)

    def flush(self) -> None:
        self.memberships.flush()
        self.entitlements.flush()
        self.coupons.flush()
        self.partners.flush()
        self.roaming.flush()
