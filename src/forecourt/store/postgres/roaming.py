"""Roaming partners, and the tokens they vouch for."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from forecourt.drivers import RoamingPartner, RoamingToken, contract_spellings
from forecourt.flows.ports import PublishedObject, PushedObject
from forecourt.kernel import OperatorId, TokenUid
from forecourt.store.codec import Codec
from forecourt.store.postgres.db_connection import DbConnection, Table
from forecourt.store.postgres.identity_map import IdentityMap

_PARTNERS = Table(
    "roaming_partners",
    (
        ("operator_id", "uuid"),
        ("partner_id", "uuid"),
        ("country", "text"),
        ("party", "text"),
        ("digest", "text"),
        ("before", "text"),
        ("renewing", "text"),
        ("data", "jsonb"),
    ),
    ("partner_id",),
)
_TOKENS = Table(
    "roaming_tokens",
    (
        ("operator_id", "uuid"),
        ("partner_id", "uuid"),
        ("country", "text"),
        ("party", "text"),
        ("uid", "text"),
        ("type", "text"),
        ("last_updated", "timestamptz"),
        ("data", "jsonb"),
    ),
    ("partner_id", "country", "party", "uid", "type"),
)
_TOLD = Table("roaming_published", (("operator_id", "uuid"), ("key", "text"), ("data", "jsonb")), ("operator_id", "key"))
_PUSHED = Table(
    "roaming_pushed", (("operator_id", "uuid"), ("partner_id", "uuid"), ("key", "text"), ("data", "jsonb")), ("partner_id", "key")
)
_PARTNER = Codec[RoamingPartner](RoamingPartner)
_TOKEN = Codec[RoamingToken](RoamingToken)
# The credentials tokens that admit it: it is found by any of them.
_DIGESTS = ("digest", "before", "renewing")
_THIS = "partner_id = %s AND country = %s AND party = %s AND uid = %s AND type = %s"
_FIGURES = "SELECT count(*), max(last_updated) FROM roaming_tokens WHERE partner_id = %s"
_Key = tuple[UUID, str, str, TokenUid, str]


class Roaming:
    def __init__(self, db: DbConnection) -> None:
        self._db = db
        self._partners: IdentityMap[UUID, RoamingPartner] = IdentityMap(db, _PARTNERS, _PARTNER, lambda one: one.id, _partner_record)
        self._tokens: IdentityMap[_Key, RoamingToken] = IdentityMap(db, _TOKENS, _TOKEN, _key, _token_record)
        self._told: IdentityMap[tuple[OperatorId, str], PublishedObject] = IdentityMap(
            db,
            _TOLD,
            Codec[PublishedObject](PublishedObject),
            lambda one: (one.operator_id, one.key),
            lambda one: {"operator_id": one.operator_id, "key": one.key},
        )
        self._pushed: IdentityMap[tuple[UUID, str], PushedObject] = IdentityMap(
            db,
            _PUSHED,
            Codec[PushedObject](PushedObject),
            lambda one: (one.partner_id, one.key),
            lambda one: {"operator_id": one.operator_id, "partner_id": one.partner_id, "key": one.key},
        )

    def partner(self, partner_id: UUID) -> RoamingPartner | None:
        return self._partners.get(partner_id, "partner_id = %s", partner_id)

    def lock_partner(self, partner_id: UUID) -> RoamingPartner | None:
        return self._partners.first("partner_id = %s FOR NO KEY UPDATE", partner_id)

    def partners(self, operator_id: OperatorId) -> Sequence[RoamingPartner]:
        return self._partners.find("operator_id = %s ORDER BY data->>'name' COLLATE \"C\", partner_id", operator_id)

    def by_digest(self, digest: bytes) -> RoamingPartner | None:
        return self._partners.first("%s IN (digest, before, renewing)", digest.hex())

    def put_partner(self, partner: RoamingPartner) -> None:
        self._partners.put(partner)

    def token(self, partner_id: UUID, owner: tuple[str, str], uid: TokenUid, kind: str) -> RoamingToken | None:
        return self._tokens.get((partner_id, *owner, uid, kind), _THIS, partner_id, *owner, uid, kind)

    def shown(self, operator_id: OperatorId, uid: TokenUid) -> Sequence[RoamingToken]:
        spelled = list(contract_spellings(uid))
        return self._tokens.find("operator_id = %s AND uid = ANY(%s) ORDER BY last_updated DESC, partner_id, type", operator_id, spelled)

    def token_figures(self, partner_id: UUID) -> tuple[int, datetime | None]:
        self.flush()
        count, newest = self._db.one(_FIGURES, partner_id) or (0, None)
        return count, newest

    def put_token(self, token: RoamingToken) -> None:
        self._tokens.put(token)

    def published(self, operator_id: OperatorId, keys: Collection[str]) -> Mapping[str, PublishedObject]:
        return {one.key: one for one in self._told.find("operator_id = %s AND key = ANY(%s)", operator_id, list(keys))}

    def put_published(self, told: PublishedObject) -> None:
        self._told.put(told)

    def pushed(self, partner_id: UUID, key: str) -> PushedObject | None:
        return self._pushed.get((partner_id, key), "partner_id = %s AND key = %s", partner_id, key)

    def pushed_to(self, partner_id: UUID) -> Sequence[PushedObject]:
        return self._pushed.find('partner_id = %s ORDER BY key COLLATE "C"', partner_id)

    def put_pushed(self, pushed: PushedObject) -> None:
        self._pushed.put(pushed)

    def forget_pushed(self, partner_id: UUID) -> None:
        self._pushed.forget()
        self._db.run("DELETE FROM roaming_pushed WHERE partner_id = %s", partner_id)

    def flush(self) -> None:
        self._partners.flush()
        self._tokens.flush()
        self._told.flush()
        self._pushed.flush()


def _partner_record(one: RoamingPartner) -> dict[str, object]:
    return {
        "operator_id": one.operator_id,
        "partner_id": one.id,
        "country": one.country,
        "party": one.party,
        **{name: known.hex() if known else None for name, known in zip(_DIGESTS, (one.digest, one.before, one.offered), strict=True)},
    }


def _key(one: RoamingToken) -> _Key:
    return one.partner_id, one.country, one.party, one.uid, one.type


def _token_record(one: RoamingToken) -> dict[str, object]:
    return {
        "operator_id": one.operator_id,
        "partner_id": one.partner_id,
        "country": one.country,
        "party": one.party,
        "uid": one.uid,
        "type": one.type,
        "last_updated": one.last_updated,
    }
