"""Roaming partners, their tokens, and what was published and pushed to them, in memory."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from forecourt.drivers import RoamingPartner, RoamingToken, contract_spellings
from forecourt.flows.ports import PublishedObject, PushedObject
from forecourt.kernel import OperatorId, TokenUid
from forecourt.store.memory.database import MemoryDatabase


class Roaming:
    def __init__(self, db: MemoryDatabase) -> None:
        self._db = db

    def partner(self, partner_id: UUID) -> RoamingPartner | None:
        return self._db.roaming_partners.get(partner_id)

    def lock_partner(self, partner_id: UUID) -> RoamingPartner | None:
        return self.partner(partner_id)  # units of work run alone here

    def partners(self, operator_id: OperatorId) -> Sequence[RoamingPartner]:
        return sorted(self._db.roaming_partners.where(lambda one: one.operator_id == operator_id), key=lambda one: (one.name, one.id))

    def by_digest(self, digest: bytes) -> RoamingPartner | None:
        return next((one for one in self._db.roaming_partners if digest in one.digests), None)

    def put_partner(self, partner: RoamingPartner) -> None:
        self._db.roaming_partners.put(partner.id, partner)

    def token(self, partner_id: UUID, owner: tuple[str, str], uid: TokenUid, kind: str) -> RoamingToken | None:
        return self._db.roaming_tokens.get((partner_id, *owner, uid, kind))

    def shown(self, operator_id: OperatorId, uid: TokenUid) -> Sequence[RoamingToken]:
        spelled = contract_spellings(uid)
        found = self._db.roaming_tokens.where(lambda one: one.operator_id == operator_id and one.uid in spelled)
        return sorted(sorted(found, key=lambda one: (one.partner_id, one.type)), key=lambda one: one.last_updated, reverse=True)

    def token_figures(self, partner_id: UUID) -> tuple[int, datetime | None]:
        theirs = self._db.roaming_tokens.where(lambda one: one.partner_id == partner_id)
        return len(theirs), max((one.last_updated for one in theirs), default=None)

    def put_token(self, token: RoamingToken) -> None:
        self._db.roaming_tokens.put((token.partner_id, token.country, token.party, token.uid, token.type), token)

    def published(self, operator_id: OperatorId, keys: Collection[str]) -> Mapping[str, PublishedObject]:
        return {key: one for key in keys if (one := self._db.roaming_published.get((operator_id, key)))}

    def put_published(self, told: PublishedObject) -> None:
        self._db.roaming_published.put((told.operator_id, told.key), told)

    def pushed(self, partner_id: UUID, key: str) -> PushedObject | None:
        return self._db.roaming_pushed.get((partner_id, key))

    def pushed_to(self, partner_id: UUID) -> Sequence[PushedObject]:
        return sorted(self._db.roaming_pushed.where(lambda one: one.partner_id == partner_id), key=lambda one: one.key)

    def put_pushed(self, pushed: PushedObject) -> None:
        self._db.roaming_pushed.put((pushed.partner_id, pushed.key), pushed)

    def forget_pushed(self, partner_id: UUID) -> None:
        for one in self.pushed_to(partner_id):
            self._db.roaming_pushed.drop((partner_id, one.key))
