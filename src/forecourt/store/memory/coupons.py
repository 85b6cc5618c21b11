"""Coupons and their claims, in memory."""

from collections.abc import Sequence
from uuid import UUID

from forecourt.kernel import DriverId, OperatorId
from forecourt.offers import Claim, Coupon
from forecourt.store.memory.database import MemoryDatabase


class Coupons:
    def __init__(self, db: MemoryDatabase) -> None:
        self._db = db

    def coupon(self, coupon_id: UUID) -> Coupon | None:
        return self._db.coupons.get(coupon_id)

    def lock(self, coupon_id: UUID) -> Coupon | None:
        return self.coupon(coupon_id)

    def by_code(self, operator_id: OperatorId, code: str) -> Coupon | None:
        return next((one for one in self._db.coupons if (one.operator_id, one.code) == (operator_id, code)), None)

    def coupons(self, operator_id: OperatorId) -> Sequence[Coupon]:
        return sorted(self._db.coupons.where(lambda one: one.operator_id == operator_id), key=lambda one: one.id, reverse=True)

    def put(self, coupon: Coupon) -> None:
        self._db.coupons.put(coupon.id, coupon)

    def claim(self, claim_id: UUID) -> Claim | None:
        return self._db.claims.get(claim_id)

    def claims_of(self, driver_id: DriverId) -> Sequence[Claim]:
        return sorted(self._db.claims.where(lambda one: one.driver_id == driver_id), key=lambda one: (one.claimed_at, one.id))

    def open_claims(self, operator_id: OperatorId) -> Sequence[Claim]:
        unused = self._db.claims.where(lambda one: one.operator_id == operator_id and one.used_by is None)
        return sorted(unused, key=lambda one: (one.claimed_at, one.id))

    def put_claim(self, claim: Claim) -> None:
        self._db.claims.put(claim.id, claim)
