"""Drivers, their tokens, groups and needs; accounts, sign-ins, second factors and single sign-on: in memory."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from forecourt.drivers import Account, ChargingNeed, Driver, GroupMember, Role, SecondFactor, SignIn, SingleSignOn, Token, TokenKind
from forecourt.flows.ports import FIRST_PAGE, ListOrders, ListPage, PageRequest, page_of
from forecourt.kernel import DriverId, NotFound, OperatorId, SiteId, TokenUid, lowered
from forecourt.store.memory.database import MemoryDatabase


class Drivers:
    def __init__(self, db: MemoryDatabase) -> None:
        self._db = db

    def prefetch(self, driver_ids: Collection[DriverId]) -> None:
        """Nothing to read ahead."""

    def driver(self, driver_id: DriverId) -> Driver:
        found = self._db.drivers.get(driver_id)
        if found is None:
            raise NotFound("driver", "There is no such driver.")
        return found

    def drivers(self, operator_id: OperatorId, limit: int = 200) -> Sequence[Driver]:
        return sorted(self._db.drivers.where(lambda one: one.operator_id == operator_id), key=lambda one: one.id)[:limit]

    def page(self, operator_id: OperatorId, text: str, request: PageRequest = FIRST_PAGE) -> ListPage[Driver]:
        with_account = self._db.drivers.where(lambda one: one.operator_id == operator_id and one.email != "" and not one.guest)
        text = lowered(text)
        fitting = [one for one in with_account if text in lowered(one.name) or text in lowered(one.email)]
        return page_of(fitting, ListOrders.DRIVERS, request)

    def put_driver(self, driver: Driver) -> None:
        self._db.drivers.put(driver.id, driver)

    def token(self, operator_id: OperatorId, uid: TokenUid) -> Token | None:
        return self._db.tokens.get((operator_id, uid))

    def tokens_of(self, driver_id: DriverId) -> Sequence[Token]:
        return sorted(self._db.tokens.where(lambda one: one.driver_id == driver_id), key=lambda one: one.uid)

    def put_token(self, token: Token) -> None:
        self._db.tokens.put((token.operator_id, token.uid), token)

    def lock_starts(self, driver_id: DriverId) -> None:
        """Nothing to do: units of work run one after another."""

    def cards(self, operator_id: OperatorId, of: Collection[DriverId] | None, limit: int) -> Sequence[Token]:
        own = self._db.tokens.where(lambda one: one.operator_id == operator_id and (of is None or one.driver_id in of))
        shown = [one for one in own if not one.blocked and (one.is_physical or one.kind is TokenKind.ROAMING)]
        return sorted(shown, key=lambda one: one.uid)[:limit]

    def account(self, account_id: UUID) -> Account | None:
        return self._db.accounts.get(account_id)

    def lock_account(self, account_id: UUID) -> Account | None:
        return self.account(account_id)

    def account_by_email(self, email: str) -> Account | None:
        return next((one for one in self._db.accounts if one.email == email), None)

    def team(self, operator_id: OperatorId) -> Sequence[Account]:
        mine = self._db.accounts.where(lambda one: one.operator_id == operator_id and one.role is Role.OPERATOR)
        return sorted(mine, key=lambda one: one.email)

    def lock_team(self, operator_id: OperatorId) -> None:
        """Nothing to do: units of work run one after another."""

    def put_account(self, account: Account) -> None:
        self._db.accounts.put(account.id, account)

    def sign_in(self, digest: bytes) -> SignIn | None:
        return self._db.sign_ins.get(digest)

    def sign_ins(self, account_id: UUID) -> Sequence[SignIn]:
        mine = self._db.sign_ins.where(lambda one: one.account_id == account_id)
        return sorted(mine, key=lambda one: (one.expires_at, one.digest))

    def put_sign_in(self, sign_in: SignIn) -> None:
        self._db.sign_ins.put(sign_in.digest, sign_in)

    def drop_sign_in(self, digest: bytes) -> None:
        self._db.sign_ins.drop(digest)

    def members(self, operator_id: OperatorId) -> Sequence[GroupMember]:
        mine = self._db.members.where(lambda one: one.operator_id == operator_id)
        return sorted(mine, key=lambda one: (one.group, one.since, one.driver_id))

    def groups_of(self, driver_id: DriverId) -> Sequence[GroupMember]:
        return sorted(self._db.members.where(lambda one: one.driver_id == driver_id), key=lambda one: (one.group, one.since))

    def put_member(self, member: GroupMember) -> None:
        self._db.members.put((member.operator_id, member.group, member.driver_id, member.since), member)

    def need(self, driver_id: DriverId, site_id: SiteId) -> ChargingNeed | None:
        return self._db.needs.get((site_id, driver_id))

    def prefetch_needs(self, site_id: object, driver_ids: object) -> None:
        """Nothing to read ahead."""

    def needs(self, site_id: SiteId) -> Mapping[DriverId, ChargingNeed]:
        return {one.driver_id: one for one in self._db.needs if one.site_id == site_id}

    def put_need(self, need: ChargingNeed) -> None:
        self._db.needs.put((need.site_id, need.driver_id), need)


class Factors:
    def __init__(self, db: MemoryDatabase) -> None:
        self._db = db

    def factor(self, account_id: UUID) -> SecondFactor | None:
        return self._db.factors.get(account_id)

    def put(self, factor: SecondFactor) -> None:
        self._db.factors.put(factor.account_id, factor)

    def drop(self, account_id: UUID) -> None:
        self._db.factors.drop(account_id)


class SingleSignOns:
    def __init__(self, db: MemoryDatabase) -> None:
        self._db = db

    def of(self, operator_id: OperatorId) -> SingleSignOn | None:
        return self._db.sso.get(operator_id)

    def all(self) -> Sequence[SingleSignOn]:
        return sorted(self._db.sso, key=lambda one: one.operator_id)

    def put(self, sso: SingleSignOn) -> None:
        self._db.sso.put(sso.operator_id, sso)

    def drop(self, operator_id: OperatorId) -> None:
        self._db.sso.drop(operator_id)
