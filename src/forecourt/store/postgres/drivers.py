"""Drivers, their tokens and logins, and what they said about their vehicles."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from forecourt.drivers import Account, ChargingNeed, Driver, GroupMember, SecondFactor, SignIn, SingleSignOn, Token
from forecourt.flows.ports import FIRST_PAGE, ListOrders, ListPage, PageRequest
from forecourt.kernel import DriverId, NotFound, OperatorId, SiteId, TokenUid
from forecourt.store.codec import CachingCodec, Codec
from forecourt.store.postgres.db_connection import DbConnection, DbQuery, Table
from forecourt.store.postgres.identity_map import IdentityMap, MergingIdentityMap
from forecourt.store.postgres.paged_query import PagedQuery

_DRIVERS = Table("drivers", (("operator_id", "uuid"), ("driver_id", "uuid"), ("email", "text"), ("data", "jsonb")), ("driver_id",))
_TOKENS = Table("tokens", (("operator_id", "uuid"), ("uid", "text"), ("driver_id", "uuid"), ("data", "jsonb")), ("operator_id", "uid"))
_ACCOUNTS = Table("accounts", (("operator_id", "uuid"), ("account_id", "uuid"), ("email", "text"), ("data", "jsonb")), ("account_id",))
_SIGN_INS = Table("sign_ins", (("digest", "text"), ("account_id", "uuid"), ("expires_at", "timestamptz"), ("data", "jsonb")), ("digest",))
_NEEDS = Table(
    "needs",
    (("operator_id", "uuid"), ("site_id", "uuid"), ("driver_id", "uuid"), ("data", "jsonb")),
    ("operator_id", "site_id", "driver_id"),
)
_MEMBERS = Table(
    "group_members",
    (("operator_id", "uuid"), ("group_name", "text"), ("driver_id", "uuid"), ("since", "timestamptz"), ("data", "jsonb")),
    ("operator_id", "group_name", "driver_id", "since"),
)
_DRIVER = CachingCodec[Driver](Driver, 4096)
_PAGED = PagedQuery(ListOrders.DRIVERS, ("driver_id",))
# A pattern, as made by `within`, that matches the name or the email address; written like the index on these.
CALLED = "lower(email || chr(10) || (data->>'name')) LIKE lower(%s)"
_TOKEN = CachingCodec[Token](Token, 4096)
_ACCOUNT = Codec[Account](Account)
_SIGN_IN = Codec[SignIn](SignIn)
_MEMBER = Codec[GroupMember](GroupMember)
_SSO = Table("single_sign_on", (("operator_id", "uuid"), ("data", "jsonb")), ("operator_id",))
_FACTORS = Table("second_factors", (("account_id", "uuid"), ("data", "jsonb")), ("account_id",))
_SSO_PAPER = Codec[SingleSignOn](SingleSignOn)
_FACTOR = Codec[SecondFactor](SecondFactor)
_NEED = Codec[ChargingNeed](ChargingNeed)
_THESE = "operator_id = %s AND uid = ANY(%s)"
_CARDS = """operator_id = %s AND (%s::uuid[] IS NULL OR driver_id = ANY(%s)) AND data->>'kind' IN ('RFID', 'CONTRACT', 'ROAMING')
AND coalesce(data->>'status', 'ACTIVE') = 'ACTIVE' AND coalesce(data->'disputed', '[]') = '[]' ORDER BY uid COLLATE "C" LIMIT %s"""
_GROUPS_OF = "driver_id = %s ORDER BY group_name, since"
_TOKENS_OF = "driver_id = %s ORDER BY uid"
_HOLDERS = "driver_id IN (SELECT driver_id FROM tokens WHERE operator_id = %s AND uid = ANY(%s))"


def within(text: str) -> str:
    """A pattern for texts that contain this one; the database lowers it like the texts, letter by letter."""
    plain = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{plain}%"


class Drivers:
    def __init__(self, db: DbConnection) -> None:
        self._db = db
        self._drivers: MergingIdentityMap[DriverId, Driver] = MergingIdentityMap(
            db,
            _DRIVERS,
            _DRIVER,
            lambda one: one.id,
            lambda one: {"operator_id": one.operator_id, "driver_id": one.id, "email": one.email},
        )
        self._tokens: IdentityMap[tuple[OperatorId, TokenUid], Token] = IdentityMap(
            db,
            _TOKENS,
            _TOKEN,
            lambda one: (one.operator_id, one.uid),
            lambda one: {"operator_id": one.operator_id, "uid": one.uid, "driver_id": one.driver_id},
        )
        self._accounts: MergingIdentityMap[UUID, Account] = MergingIdentityMap(
            db,
            _ACCOUNTS,
            _ACCOUNT,
            lambda one: one.id,
            lambda one: {"operator_id": one.operator_id, "account_id": one.id, "email": one.email},
        )
        self._sign_ins: IdentityMap[bytes, SignIn] = IdentityMap(
            db,
            _SIGN_INS,
            _SIGN_IN,
            lambda one: one.digest,
            lambda one: {"digest": one.digest.hex(), "account_id": one.account_id, "expires_at": one.expires_at},
        )
        self._members: IdentityMap[tuple[OperatorId, str, DriverId, datetime], GroupMember] = IdentityMap(
            db,
            _MEMBERS,
            _MEMBER,
            lambda one: (one.operator_id, one.group, one.driver_id, one.since),
            lambda one: {"operator_id": one.operator_id, "group_name": one.group, "driver_id": one.driver_id, "since": one.since},
        )
        self._needs: IdentityMap[tuple[SiteId, DriverId], ChargingNeed] = IdentityMap(
            db,
            _NEEDS,
            _NEED,
            lambda one: (one.site_id, one.driver_id),
            lambda one: {"operator_id": one.operator_id, "site_id": one.site_id, "driver_id": one.driver_id},
        )
        self._no_tokens: set[tuple[OperatorId, TokenUid]] = set()
        self._said_nothing: set[tuple[SiteId, DriverId]] = set()  # as far as this unit has read

    def prefetch(self, driver_ids: Collection[DriverId]) -> None:
        self._drivers.find("driver_id = ANY(%s)", list(driver_ids))

    def driver(self, driver_id: DriverId) -> Driver:
        driver = self._drivers.get(driver_id, "driver_id = %s", driver_id)
        if driver is None:
            raise NotFound("driver", "There is no such driver.")
        return driver

    def drivers(self, operator_id: OperatorId, limit: int = 200) -> Sequence[Driver]:
        return self._drivers.find("operator_id = %s ORDER BY driver_id LIMIT %s", operator_id, limit)

    def page(self, operator_id: OperatorId, text: str, request: PageRequest = FIRST_PAGE) -> ListPage[Driver]:
        where = "operator_id = %s AND email <> '' AND NOT coalesce((data->>'guest')::boolean, false)"
        if not text:
            return _PAGED.page(self._drivers.find, request, where, operator_id)
        return _PAGED.page(self._drivers.find, request, f"{where} AND {CALLED}", operator_id, within(text))

    def put_driver(self, driver: Driver) -> None:
        self._drivers.put(driver)

    def token(self, operator_id: OperatorId, uid: TokenUid) -> Token | None:
        if (operator_id, uid) in self._no_tokens:
            return None
        found = self._tokens.get((operator_id, uid), "operator_id = %s AND uid = %s", operator_id, uid)
        if found is None:
            self._no_tokens.add((operator_id, uid))
        return found

    def tokens_of(self, driver_id: DriverId) -> Sequence[Token]:
        return self._tokens.find(_TOKENS_OF, driver_id)

    def tokens_query(self, driver_id: DriverId) -> DbQuery:
        return self._tokens.find_query(_TOKENS_OF, driver_id)

    def put_token(self, token: Token) -> None:
        self._no_tokens.discard((token.operator_id, token.uid))
        self._tokens.put(token)

    def lock_starts(self, driver_id: DriverId) -> None:
        self._db.lock("starts", driver_id)

    def cards(self, operator_id: OperatorId, of: Collection[DriverId] | None, limit: int) -> Sequence[Token]:
        holders = None if of is None else list(of)
        return self._tokens.find(_CARDS, operator_id, holders, holders, limit)

    def account(self, account_id: UUID) -> Account | None:
        return self._accounts.get(account_id, "account_id = %s", account_id)

    def lock_account(self, account_id: UUID) -> Account | None:
        return next(iter(self._accounts.find_locked("account_id = %s FOR NO KEY UPDATE", account_id)), None)

    def account_by_email(self, email: str) -> Account | None:
        return self._accounts.first("email = %s", email)

    def team(self, operator_id: OperatorId) -> Sequence[Account]:
        return self._accounts.find("operator_id = %s AND data->>'role' = 'OPERATOR' ORDER BY email COLLATE \"C\"", operator_id)

    def lock_team(self, operator_id: OperatorId) -> None:
        self._db.lock("team", operator_id)
        self._accounts.forget()

    def put_account(self, account: Account) -> None:
        self._accounts.put(account)

    def sign_in(self, digest: bytes) -> SignIn | None:
        return self._sign_ins.get(digest, "digest = %s", digest.hex())

    def sign_ins(self, account_id: UUID) -> Sequence[SignIn]:
        return self._sign_ins.find("account_id = %s ORDER BY expires_at, digest", account_id)

    def put_sign_in(self, sign_in: SignIn) -> None:
        self._sign_ins.put(sign_in)

    def drop_sign_in(self, digest: bytes) -> None:
        self._sign_ins.drop(digest, "digest = %s", digest.hex())

    def members(self, operator_id: OperatorId) -> Sequence[GroupMember]:
        return self._members.find("operator_id = %s ORDER BY group_name, since, driver_id", operator_id)

    def groups_of(self, driver_id: DriverId) -> Sequence[GroupMember]:
        return self._members.find(_GROUPS_OF, driver_id)

    def groups_query(self, driver_id: DriverId) -> DbQuery:
        return self._members.find_query(_GROUPS_OF, driver_id)

    def put_member(self, member: GroupMember) -> None:
        self._members.put(member)

    def need(self, driver_id: DriverId, site_id: SiteId) -> ChargingNeed | None:
        if (site_id, driver_id) in self._said_nothing:
            return None
        return self._needs.get((site_id, driver_id), "site_id = %s AND driver_id = %s", site_id, driver_id)

    def prefetch_needs(self, site_id: SiteId, driver_ids: Collection[DriverId]) -> None:
        wanted = {(site_id, one) for one in driver_ids} - self._said_nothing - self._needs.known.keys()
        if wanted:
            self._needs.find("site_id = %s AND driver_id = ANY(%s)", site_id, [driver_id for _, driver_id in wanted])
            self._said_nothing |= wanted - self._needs.known.keys()

    def needs(self, site_id: SiteId) -> Mapping[DriverId, ChargingNeed]:
        return {one.driver_id: one for one in self._needs.find("site_id = %s", site_id)}

    def put_need(self, need: ChargingNeed) -> None:
        self._said_nothing.discard((need.site_id, need.driver_id))
        self._needs.put(need)

    def card_queries(self, operator_id: OperatorId, uids: Sequence[TokenUid]) -> list[DbQuery]:
        """The queries that `preload` runs."""
        return [self._tokens.find_query(_THESE, operator_id, uids), self._drivers.find_query(_HOLDERS, operator_id, uids)]

    def preload(self, operator_id: OperatorId, uids: Sequence[TokenUid]) -> set[DriverId]:
        """Read many tokens and their holders at once; returns the holders."""
        tokens = self._tokens.find(_THESE, operator_id, uids)
        self._no_tokens |= {(operator_id, uid) for uid in set(uids) - {one.uid for one in tokens}}
        return {one.id for one in self._drivers.find(_HOLDERS, operator_id, uids)}

    def flush(self) -> None:
        for shelf in (self._drivers, self._accounts, self._tokens, self._sign_ins, self._needs, self._members):
            shelf.flush()


class Factors:
    """Second factors of accounts."""

    def __init__(self, db: DbConnection) -> None:
        self._map: IdentityMap[UUID, SecondFactor] = IdentityMap(
            db, _FACTORS, _FACTOR, lambda one: one.account_id, lambda one: {"account_id": one.account_id}
        )

    def factor(self, account_id: UUID) -> SecondFactor | None:
        return self._map.first("account_id = %s", account_id)

    def put(self, factor: SecondFactor) -> None:
        self._map.put(factor)

    def drop(self, account_id: UUID) -> None:
        self._map.drop(account_id, "account_id = %s", account_id)

    def flush(self) -> None:
        self._map.flush()


class SingleSignOns:
    """Single sign-on of operators' staff through their company."""

    def __init__(self, db: DbConnection) -> None:
        self._map: IdentityMap[OperatorId, SingleSignOn] = IdentityMap(
            db, _SSO, _SSO_PAPER, lambda one: one.operator_id, lambda one: {"operator_id": one.operator_id}
        )

    def of(self, operator_id: OperatorId) -> SingleSignOn | None:
        return self._map.first("operator_id = %s", operator_id)

    def all(self) -> Sequence[SingleSignOn]:
        return self._map.find("true ORDER BY operator_id")

    def put(self, sso: SingleSignOn) -> None:
        self._map.put(sso)

    def drop(self, operator_id: OperatorId) -> None:
        self._map.drop(operator_id, "operator_id = %s", operator_id)

    def flush(self) -> None:
        self._map.flush()
