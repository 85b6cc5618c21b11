"""The books of what drivers are entitled to, together: one unit of work has them all, and writes them in this order."""

from forecourt.store.postgres.coupons import Coupons
from forecourt.store.postgres.link import Link
from forecourt.store.postgres.memberships import Entitlements, Memberships
from forecourt.store.postgres.partners import Partners


class OfferBooks:
    def __init__(self, link: Link) -> None:
        self.memberships = Memberships(link)
        self.entitlements = Entitlements(link)
        self.coupons = Coupons(link)
        self.partners = Partners(link)

    def flush(self) -> None:
        self.memberships.flush()
        self.entitlements.flush()
        self.coupons.flush()
        self.partners.flush()
