"""Both stores answer alike: drivers, cards, accounts and sign-ins, guests, roaming partners, and notices."""

from forecourt.drivers import (
    Account,
    App,
    AppCode,
    AppGrant,
    ChargingNeed,
    Driver,
    GroupMember,
    GuestBooking,
    GuestVisit,
    RoamingPartner,
    RoamingToken,
    SecondFactor,
    SignIn,
    SingleSignOn,
    Token,
    contract_spellings,
)
from forecourt.flows.ports import PublishedObject, PushedObject
from forecourt.kernel import BookingId, DriverId, EvseId, OperatorId, SiteId, TokenUid
from forecourt.notices import DeliveryAttempt, Device, Notice, NoticeChoices, NoticeKind, Webhook
from forecourt.stations import EvseCode
from twins import Twins, World, any_order, seeds, walked

UIDS = ["04A1", "04B2", "DE8AAC123456X", "ABC"]


@seeds
def test_both_stores_agree_on_drivers_and_their_cards(twins: Twins, seed: int) -> None:
    world = World(twins, seed)
    world.pools |= {
        TokenUid: UIDS,
        "group": ["a", "B", "ä"],
        "name": ["Ada", "ÉMILE", "ada%", "a_b", "", "İnci", "ΝΙΚΟΣ"],
        "email": ["", "Ada@x.example"],
    }
    drivers = world.put(lambda store: store.drivers.put_driver, Driver, 14, "operator_id id")
    for driver in world.drivers:
        mine = {"driver_id": driver.id, "operator_id": driver.operator_id}
        world.put(lambda store: store.drivers.put_token, Token, 6, "uid driver_id", **mine)
        world.put(lambda store: store.drivers.put_member, GroupMember, 4, "group driver_id since", **mine)
    for site in world.sites:
        world.put(lambda store: store.drivers.put_need, ChargingNeed, 4, "driver_id", site_id=site.id, operator_id=site.operator_id)

    def queries():
        operator_id, driver_id, site_id, uid = world.pick(OperatorId), world.pick(DriverId), world.pick(SiteId), world.pick(TokenUid)
        some, limit, few = world.random.choice(drivers), world.random.randrange(1, 9), world.some(DriverId)
        text = world.random.choice(("", "İnci", "inci", "νικοσ", "ΝΙΚΟΣ", "ada", "émile", "É", "%", "_", "x.ex", "A@X", "\\"))
        return (
            lambda store: store.drivers.driver(some.id),
            lambda store: store.drivers.driver(DriverId(site_id)),
            lambda store: store.drivers.drivers(operator_id, limit),
            lambda store: walked(lambda request: store.drivers.page(operator_id, text, request)),
            lambda store: store.drivers.token(operator_id, uid),
            lambda store: store.drivers.tokens_of(driver_id),
            lambda store: store.drivers.lock_starts(driver_id),
            lambda store: store.drivers.cards(operator_id, None, limit),
            lambda store: store.drivers.cards(operator_id, few, limit),
            lambda store: store.drivers.members(operator_id),
            lambda store: store.drivers.groups_of(driver_id),
            lambda store: store.drivers.prefetch(few),
            lambda store: store.drivers.prefetch_needs(site_id, few),
            lambda store: store.drivers.need(driver_id, site_id),
            lambda store: store.drivers.needs(site_id),
        )

    world.ask(queries)


@seeds
def test_both_stores_agree_on_accounts_and_sign_in_methods(twins: Twins, seed: int) -> None:
    world = World(twins, seed)
    world.pools |= {"email": [f"{n}@x.example" for n in "aBAb1"], "name": ["a", "B", "Ä"]}
    accounts = world.put(lambda store: store.drivers.put_account, Account, 14, "operator_id id")
    world.pools["account_id"] = [one.id for one in accounts]
    sign_ins = world.put(lambda store: store.drivers.put_sign_in, SignIn, 12, "digest account_id")
    world.put(lambda store: store.factors.put, SecondFactor, 6, "account_id")
    world.put(lambda store: store.sso.put, SingleSignOn, 3, "operator_id")
    apps = world.put(lambda store: store.apps.put_app, App, 8, "operator_id id")
    world.pools["app_id"], world.pools[AppCode] = [one.id for one in apps], [AppCode(b"d", "r", "c")]
    grants = world.put(lambda store: store.apps.put_grant, AppGrant, 14, "family operator_id app_id account_id")
    gone = [sign_ins.pop(0), grants.pop(0)]
    twins.do(lambda store: store.drivers.drop_sign_in(gone[0].digest), lambda store: store.apps.drop_grant(gone[1].family))
    twins.do(lambda store: store.apps.drop_app(apps[-1].id), lambda store: store.factors.drop(accounts[0].id))

    def queries():
        operator_id, account_id, email, at = world.pick(OperatorId), world.pick("account_id"), world.pick("email"), world.at()
        sign_in, grant = world.random.choice([gone[0], *sign_ins]), world.random.choice([gone[1], *grants])
        app_id = world.pick("app_id")
        return (
            lambda store: store.drivers.account(account_id),
            lambda store: store.drivers.lock_account(account_id),
            lambda store: store.drivers.account_by_email(email),
            lambda store: store.drivers.account_by_email(email.upper()),
            lambda store: store.drivers.lock_team(operator_id),
            lambda store: store.drivers.team(operator_id),
            lambda store: store.drivers.sign_in(sign_in.digest),
            lambda store: store.drivers.sign_ins(account_id),
            lambda store: store.factors.factor(account_id),
            lambda store: store.sso.of(operator_id),
            lambda store: store.sso.all(),
            lambda store: store.apps.app(app_id),
            lambda store: store.apps.apps(operator_id),
            lambda store: store.apps.connected(app_id, at),
            lambda store: store.apps.grant(grant.family),
            lambda store: store.apps.lock_grant(grant.family),
            lambda store: store.apps.grants_of(account_id),
        )

    world.ask(queries)
    twins.do(lambda store: store.sso.drop(world.operators[0].id))
    twins.ask([lambda store: store.sso.all()])


@seeds
def test_both_stores_agree_on_guests(twins: Twins, seed: int) -> None:
    world = World(twins, seed)
    world.pools |= {
        BookingId: [],
        "code": [f"{one}{n}" for one in "cC" for n in range(6)],
        "email": ["a@x.example", "A@x.example", "b@x.example"],
    }
    world.pools |= {DriverId: [*world.pools[DriverId], *world.ids(40)], "digest": [one.bytes for one in world.ids(40)]}
    for evse in twins.first(lambda store: [one for site in world.sites for one in store.stations.evses(site.id)]):
        here = {"operator_id": evse.operator_id, "site_id": evse.site_id, "evse_id": evse.id}
        world.put(lambda store: store.guests.put_code, EvseCode, 2, "evse_id", **here)
        world.put(lambda store: store.guests.put_visit, GuestVisit, 4, "id driver_id digest", **here)
    for site in world.sites:
        here = {"operator_id": site.operator_id, "site_id": site.id}
        made = {"booking_id": world.id, **here}
        world.pools[BookingId] += [
            one.booking_id
            for one in world.put(lambda store: store.guests.put_booking, GuestBooking, 5, "booking_id driver_id digest", **made)
        ]

    def queries():
        operator_id, site_id, evse_id, code = world.pick(OperatorId), world.pick(SiteId), world.pick(EvseId), world.pick("code")
        driver_id, booking_id, digest, email = world.pick(DriverId), world.pick(BookingId), world.pick("digest"), world.pick("email")
        return (
            lambda store: store.guests.code(code),
            lambda store: store.guests.code_of(evse_id),
            lambda store: store.guests.codes(site_id),
            lambda store: store.guests.evses_with_code([site_id]),
            lambda store: store.guests.by_digest(digest),
            lambda store: (visit := store.guests.of_driver(driver_id)) and store.guests.visit(visit.id),
            lambda store: store.guests.booking_by_digest(digest),
            lambda store: store.guests.booking_of_driver(driver_id),
            lambda store: store.guests.booking(booking_id),
            lambda store: store.guests.unpaid(operator_id),
            lambda store: store.guests.lock_address(operator_id, email),
            lambda store: store.guests.paid_bookings_of(operator_id, email),
            lambda store: store.guests.open_at(site_id),
        )

    world.ask(queries)


@seeds
def test_both_stores_agree_on_roaming_partners(twins: Twins, seed: int) -> None:
    world = World(twins, seed)
    world.pools |= {
        "name": ["a", "B", "Ä"],
        "country": ["DE", "NL"],
        "party": ["ABC", "TNM"],
        "key": ["a", "B", "ä"],
        "type": ["RFID", "APP"],
    }
    world.pools |= {TokenUid: [*UIDS, *contract_spellings(TokenUid(UIDS[2]))]}
    partners = world.put(lambda store: store.roaming.put_partner, RoamingPartner, 12, "operator_id id country party")
    for partner in partners:
        mine = {"partner_id": partner.id, "operator_id": partner.operator_id}
        world.put(lambda store: store.roaming.put_token, RoamingToken, 6, "country party uid type", **mine)
        world.put(lambda store: store.roaming.put_pushed, PushedObject, 3, "key", **mine)
    world.put(lambda store: store.roaming.put_published, PublishedObject, 8, "operator_id key")
    twins.do(lambda store: store.roaming.forget_pushed(partners[0].id))

    def queries():
        operator_id, partner, uid, key = world.pick(OperatorId), world.random.choice(partners), world.pick(TokenUid), world.pick("key")
        owner, kind, keys = (world.pick("country"), world.pick("party")), world.pick("type"), world.some("key")
        digest = world.random.choice([*partner.digests, b"nobody's"])
        return (
            lambda store: store.roaming.partner(partner.id),
            lambda store: store.roaming.lock_partner(partner.id),
            lambda store: store.roaming.partners(operator_id),
            lambda store: store.roaming.by_digest(digest),
            lambda store: store.roaming.token(partner.id, owner, uid, kind),
            lambda store: any_order(store.roaming.shown(operator_id, uid)),
            lambda store: store.roaming.token_figures(partner.id),
            lambda store: store.roaming.published(operator_id, keys),
            lambda store: store.roaming.pushed(partner.id, key),
            lambda store: store.roaming.pushed_to(partner.id),
        )

    world.ask(queries)


@seeds
def test_both_stores_agree_on_notices(twins: Twins, seed: int) -> None:
    world = World(twins, seed)
    world.pools[NoticeKind] = list(NoticeKind)[:3]
    world.pools["endpoint"] = [f"https://push.example/{n}" for n in range(5)]
    notices = world.put(lambda store: store.notices.put, Notice, 30, "operator_id id")
    devices = world.put(lambda store: store.notices.put_device, Device, 10, "operator_id id")
    for driver in world.drivers:
        world.put(
            lambda store: store.notices.put_choices, NoticeChoices, 2, "driver_id", driver_id=driver.id, operator_id=driver.operator_id
        )
    hooks = world.put(lambda store: store.notices.put_hook, Webhook, 6, "operator_id id")
    for one in notices:
        world.put(
            lambda store: store.notices.put_attempt, DeliveryAttempt, 2, "operator_id id", notice_id=one.id, operator_id=one.operator_id
        )
    gone = notices.pop(0)
    twins.do(lambda store: store.notices.forget(gone.id), lambda store: store.notices.drop_device(devices[0].id))
    twins.do(lambda store: store.notices.drop_hook(hooks[0].id))

    def queries():
        operator_id, driver, some, at = (
            world.pick(OperatorId),
            world.random.choice(world.drivers),
            world.random.choice([gone, *notices]),
            world.at(),
        )
        hook, sent = world.random.choice(hooks), [one.id for one in (gone, *world.random.sample(notices, 3))]
        kinds, after, limit = (
            world.random.sample(world.pools[NoticeKind], 2),
            world.random.choice((None, some.id)),
            world.random.randrange(1, 9),
        )
        return (
            lambda store: store.notices.notice(some.id),
            lambda store: walked(lambda request: store.notices.page(operator_id, request)),
            lambda store: store.notices.failed_count(operator_id),
            lambda store: store.notices.finished_before(operator_id, at, kinds, after, limit),
            lambda store: walked(lambda request: store.notices.of_driver(driver.id, request)),
            lambda store: walked(lambda request: store.notices.deliveries(operator_id, request=request)),
            lambda store: walked(lambda request: store.notices.deliveries(operator_id, some.webhook_id, request)),
            lambda store: store.notices.attempts(sent),
            lambda store: store.notices.all_of(driver.id),
            lambda store: store.notices.choices(driver.operator_id, driver.id),
            lambda store: store.notices.devices_of(driver.id),
            lambda store: store.notices.hooks(operator_id),
            lambda store: store.notices.hook(hook.id),
            lambda store: store.notices.lock_hook(hook.id),
        )

    world.ask(queries)
