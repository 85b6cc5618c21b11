"""Drivers, tokens, logins, groups and needs; bookings; notices: in memory."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from forecourt.drivers import (
    Account,
    App,
    AppGrant,
    ChargingNeed,
    Driver,
    GroupMember,
    Role,
    SecondFactor,
    SignIn,
    SingleSignOn,
    Token,
    TokenKind,
)
from forecourt.flows.ports import FIRST_PAGE, ListOrders, ListPage, PageRequest, page_of
from forecourt.kernel import BookingId, DriverId, NotFound, OperatorId, SiteId, Span, TokenUid, lowered
from forecourt.notices import Channel, Device, Notice, NoticeChoices, NoticeKind, NoticeState, Webhook
from forecourt.reservations import Booking, BookingRules, Habits
from forecourt.stations import Site
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


class Apps:
    def __init__(self, db: MemoryDatabase) -> None:
        self._db = db

    def app(self, app_id: UUID) -> App | None:
        return self._db.apps.get(app_id)

    def apps(self, operator_id: OperatorId) -> Sequence[App]:
        return sorted(self._db.apps.where(lambda one: one.operator_id == operator_id), key=lambda one: (one.name, one.id))

    def put_app(self, app: App) -> None:
        self._db.apps.put(app.id, app)

    def drop_app(self, app_id: UUID) -> None:
        for grant in self._db.app_grants.where(lambda one: one.app_id == app_id):
            self.drop_grant(grant.family)
        self._db.apps.drop(app_id)

    def connected(self, app_id: UUID, at: datetime) -> int:
        return len({one.account_id for one in self._db.app_grants if one.app_id == app_id and one.connected_at(at)})

    def grant(self, family: bytes) -> AppGrant | None:
        return self._db.app_grants.get(family)

    def lock_grant(self, family: bytes) -> AppGrant | None:
        return self.grant(family)

    def grants_of(self, account_id: UUID) -> Sequence[AppGrant]:
        return sorted(self._db.app_grants.where(lambda one: one.account_id == account_id), key=lambda one: (one.since, one.family))

    def put_grant(self, grant: AppGrant) -> None:
        self._db.app_grants.put(grant.family, grant)

    def drop_grant(self, family: bytes) -> None:
        self._db.app_grants.drop(family)


class Bookings:
    def __init__(self, db: MemoryDatabase) -> None:
        self._db = db

    def lock_fee(self, site_id: SiteId, booking_id: BookingId) -> None:
        pass

    def lock_pool(self, site_id: SiteId, kind: str) -> None:
        """Nothing to do: units of work run one after another."""

    def live_at(self, site_id: SiteId) -> Sequence[Booking]:
        return _by_start(self._db.bookings.where(lambda one: one.site_id == site_id and one.live))

    def booking(self, booking_id: BookingId) -> Booking | None:
        return self._db.bookings.get(booking_id)

    def by_number(self, site_id: SiteId, number: int) -> Booking | None:
        found = _by_start(self._db.bookings.where(lambda one: (one.site_id, one.number) == (site_id, number)))
        return found[-1] if found else None

    def of_driver(self, driver_id: DriverId, limit: int = 50) -> Sequence[Booking]:
        mine = sorted(self._db.bookings.where(lambda one: one.driver_id == driver_id), key=lambda one: one.id)
        return sorted(mine, key=lambda one: one.window.start, reverse=True)[:limit]

    def live_of(self, driver_id: DriverId) -> Sequence[Booking]:
        return _by_start(self._db.bookings.where(lambda one: one.driver_id == driver_id and one.live))

    def past_of(self, driver_id: DriverId, request: PageRequest = FIRST_PAGE) -> ListPage[Booking]:
        return page_of(self._db.bookings.where(lambda one: one.driver_id == driver_id and not one.live), ListOrders.BOOKINGS, request)

    def of_site(self, site_id: SiteId, span: Span) -> Sequence[Booking]:
        return _by_start(self._db.bookings.where(lambda one: one.site_id == site_id and one.window.overlaps(span)))

    def put(self, booking: Booking) -> None:
        self._db.bookings.put(booking.id, booking)

    def next_number(self) -> int:
        return next(self._db.booking_numbers)

    def rules(self, site_id: SiteId) -> BookingRules:
        site = self._db.sites.get(site_id)
        return (site and self._db.booking_rules.get((site.operator_id, site_id))) or BookingRules()

    def put_rules(self, site: Site, rules: BookingRules) -> None:
        self._db.booking_rules.put((site.operator_id, site.id), rules)

    def habits(self, site_id: SiteId, kind: str) -> Habits | None:
        site = self._db.sites.get(site_id)
        return self._db.booking_habits.get((site.operator_id, site_id, kind)) if site else None

    def put_habits(self, site: Site, kind: str, habits: Habits) -> None:
        self._db.booking_habits.put((site.operator_id, site.id, kind), habits)


def _by_start(bookings: Sequence[Booking]) -> list[Booking]:
    return sorted(bookings, key=lambda one: (one.window.start, one.id))


class Notices:
    def __init__(self, db: MemoryDatabase) -> None:
        self._db = db

    def notice(self, notice_id: UUID) -> Notice | None:
        return self._db.notices.get(notice_id)

    def put(self, notice: Notice) -> None:
        self._db.notices.put(notice.id, notice)

    def page(self, operator_id: OperatorId, request: PageRequest = FIRST_PAGE) -> ListPage[Notice]:
        return page_of(self._db.notices.where(lambda one: one.operator_id == operator_id), ListOrders.NOTICES, request)

    def failed_count(self, operator_id: OperatorId) -> int:
        return len(self._db.notices.where(lambda one: one.operator_id == operator_id and one.state is NoticeState.FAILED))

    def of_driver(self, driver_id: DriverId, request: PageRequest = FIRST_PAGE) -> ListPage[Notice]:
        mail = self._db.notices.where(lambda one: one.driver_id == driver_id and one.channel is Channel.MAIL)
        return page_of(mail, ListOrders.TOLD, request)

    def deliveries(self, operator_id: OperatorId, request: PageRequest = FIRST_PAGE) -> ListPage[Notice]:
        calls = self._db.notices.where(lambda one: one.operator_id == operator_id and one.channel is Channel.HOOK)
        return page_of(calls, ListOrders.TOLD, request)

    def all_of(self, driver_id: DriverId) -> Sequence[Notice]:
        return _newest(self._db.notices.where(lambda one: one.driver_id == driver_id))

    def finished_before(
        self, operator_id: OperatorId, before: datetime, kinds: Sequence[NoticeKind], after: UUID | None, limit: int
    ) -> Sequence[UUID]:
        over = (NoticeState.SENT, NoticeState.KEPT, NoticeState.LATE)
        old = self._db.notices.where(lambda one: one.operator_id == operator_id and one.made_at < before and one.state in over)
        return sorted(one.id for one in old if one.kind in kinds and (after is None or one.id > after))[:limit]

    def forget(self, notice_id: UUID) -> None:
        self._db.notices.drop(notice_id)

    def choices(self, operator_id: OperatorId, driver_id: DriverId) -> NoticeChoices:
        return self._db.notice_choices.get(driver_id) or NoticeChoices(operator_id, driver_id)

    def put_choices(self, choices: NoticeChoices) -> None:
        self._db.notice_choices.put(choices.driver_id, choices)

    def devices_of(self, driver_id: DriverId) -> Sequence[Device]:
        ours = self._db.devices.where(lambda one: one.driver_id == driver_id)
        return sorted(ours, key=lambda one: (one.made_at, one.id))

    def put_device(self, device: Device) -> None:
        for other in self._db.devices.where(lambda one: one.endpoint == device.endpoint and one.id != device.id):
            self._db.devices.drop(other.id)
        self._db.devices.put(device.id, device)

    def drop_device(self, device_id: UUID) -> None:
        if device_id in self._db.devices:
            self._db.devices.drop(device_id)

    def hook(self, operator_id: OperatorId) -> Webhook | None:
        return self._db.notice_hooks.get(operator_id)

    def put_hook(self, hook: Webhook) -> None:
        self._db.notice_hooks.put(hook.operator_id, hook)


def _newest(notices: Iterable[Notice]) -> list[Notice]:
    return sorted(sorted(notices, key=lambda one: one.id), key=lambda one: one.made_at, reverse=True)
