"""Coupons and the claims drivers have on them."""

from collections.abc import Sequence
from uuid import UUID

from forecourt.kernel import DriverId, OperatorId
from forecourt.offers import Claim, Coupon
from forecourt.store.codec import Codec
from forecourt.store.postgres.db_connection import DbConnection, Table
from forecourt.store.postgres.identity_map import IdentityMap

_COUPONS = Table("coupons", (("operator_id", "uuid"), ("coupon_id", "uuid"), ("code", "text"), ("data", "jsonb")), ("coupon_id",))
_CLAIMS = Table(
    "coupon_claims",
    (("operator_id", "uuid"), ("claim_id", "uuid"), ("driver_id", "uuid"), ("claimed_at", "timestamptz"), ("data", "jsonb")),
    ("claim_id",),
)
_COUPON_CODEC = Codec[Coupon](Coupon)
_CLAIM_CODEC = Codec[Claim](Claim)


class Coupons:
    def __init__(self, db: DbConnection) -> None:
        self._coupons: IdentityMap[UUID, Coupon] = IdentityMap(
            db,
            _COUPONS,
            _COUPON_CODEC,
            lambda one: one.id,
            lambda one: {"operator_id": one.operator_id, "coupon_id": one.id, "code": one.code},
        )
        self._claims: IdentityMap[UUID, Claim] = IdentityMap(
            db,
            _CLAIMS,
            _CLAIM_CODEC,
            lambda one: one.id,
            lambda one: {"operator_id": one.operator_id, "claim_id": one.id, "driver_id": one.driver_id, "claimed_at": one.claimed_at},
        )

    def coupon(self, coupon_id: UUID) -> Coupon | None:
        return self._coupons.get(coupon_id, "coupon_id = %s", coupon_id)

    def lock(self, coupon_id: UUID) -> Coupon | None:
        return self._coupons.first("coupon_id = %s FOR NO KEY UPDATE", coupon_id)

    def by_code(self, operator_id: OperatorId, code: str) -> Coupon | None:
        return self._coupons.first("operator_id = %s AND code = %s", operator_id, code)

    def coupons(self, operator_id: OperatorId) -> Sequence[Coupon]:
        return self._coupons.find("operator_id = %s ORDER BY coupon_id DESC", operator_id)

    def put(self, coupon: Coupon) -> None:
        self._coupons.put(coupon)

    def claim(self, claim_id: UUID) -> Claim | None:
        return self._claims.get(claim_id, "claim_id = %s", claim_id)

    def claims_of(self, driver_id: DriverId) -> Sequence[Claim]:
        return self._claims.find("driver_id = %s ORDER BY claimed_at, claim_id", driver_id)

    def open_claims(self, operator_id: OperatorId) -> Sequence[Claim]:
        unused = "operator_id = %s AND data->>'used_by' IS NULL ORDER BY claimed_at, claim_id"
        return self._claims.find(unused, operator_id)

    def put_claim(self, claim: Claim) -> None:
        self._claims.put(claim)

    def flush(self) -> None:
        self._coupons.flush()
        self._claims.flush()
