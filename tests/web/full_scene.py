"""A town in which no page is empty: a month of charges, debts and reminders behind it, offers, a queue, a proposed price.

Built by the real flows and jobs; the clock ends at NOW.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from uuid import UUID

from busy_weeks import bill, live_weeks
from camt_file import IBAN, Line, camt
from forecourt.drivers import Account, Driver, GroupMember, GuestStep, PayBy, Role, SingleSignOn
from forecourt.flows.billing import (
    ManualEntryRequest,
    VatEntry,
    answer_question,
    ask_question,
    decline_complaint,
    file_complaint,
    import_bank_statements,
    issue_statement_now,
    post_manual_entry,
    reverse_manual_entry,
    set_payee_vat,
    set_payer,
    vat_fingerprint,
)
from forecourt.flows.bookings import JoinQueue, ReserveRequest, advance_waitlist, join_queue, join_waitlist, reserve
from forecourt.flows.chargers import describe_bay
from forecourt.flows.desk import CONFIRM_LIFETIME, RESET_LIFETIME, UNLAWFUL_PRICE, EmailChange, Staff, email_change_key, password_key
from forecourt.flows.offers import accept_gift, issue_partner_voucher, join_plan, redeem_code, settle_site_shares
from forecourt.flows.paying import collect_payment, record_transfer
from forecourt.flows.ports import FindingAcknowledgement, QuarantineEntry, Store
from forecourt.flows.prices import Publication, propose_prices, publish_tariff, set_rules
from forecourt.kernel import ChargerId, DriverId, Money, Span, TariffVersionId
from forecourt.ledger import BANK, BANK_FEES, Entry
from forecourt.offers import VatStatus
from forecourt.payments import Payback
from forecourt.revenue import Bounds, PriceRules
from forecourt.settlement import DueTransfer, TransferFile, TransferKind, parse_camt
from forecourt.stations import BayTraits, ExternalLimit, ExternalLimitStep
from roaming_world import PARTNER, registered

from .balance_scene import paid_ahead
from .clearing_scene import PAYOUT, reconciled
from .conftest import HARBOUR, KEY, KIND, NOW, TARIFF, Scene
from .connected_app import app_of_others, asking, connected
from .direct_debit_scene import with_mandate
from .guests_scene import ASKED, CHARGES, COMPANY, PAID, booked_guests, charging_guest, company_guest, dispute, guests
from .messages_scene import HOOK_ID, event_sent, told
from .offers_scene import CAFE, sign_in, with_offers
from .power_days import with_days, with_plant
from .roaming_scene import roamed
from .role_scene import put_behind
from .test_debts_browser import bank_answers, goes_on
from .test_queue import fill, others_join
from .test_second_factor import with_factor

MONTH = timedelta(days=25)


def fill_scene(scene: Scene) -> SimpleNamespace:
    """The addresses' parts: ids and numbers of one thing of each kind. Ada is in good standing, Bob is blocked, "vans" pays for a fleet."""
    firm = _a_fleet(scene)
    _a_debt(scene)
    weeks(scene)
    scene.live_a_day()
    offered = with_offers(scene)
    with scene.transactions.begin() as store:
        join_plan(store, scene.ada, offered.plan.id, "", NOW, scene.ids)
        redeem_code(store, scene.ada, offered.coupon.code, NOW, scene.ids)
        redeem_code(store, scene.ada, issue_partner_voucher(store, CAFE, offered.parking.id, NOW, scene.ids).code, NOW, scene.ids)
        app = store.drivers.tokens_of(scene.ada)[0].uid
    for bay in (6, 7):
        scene.charge(bay, app, NOW - timedelta(minutes=100), 90, 7_200, end=True)
    scene._bill()
    guest, booked = guests(scene), booked_guests(scene)
    charging_guest(scene, 19, CHARGES)
    dispute(scene)
    company = company_guest(scene, 18)
    cleared = reconciled(scene, guest.bill)
    roamed(scene, registered(scene.operator_id))
    told(scene)
    with scene.transactions.begin() as store:
        event_sent(store, scene)
    with_days(scene)
    with_plant(scene)
    with_factor(scene, "bob")
    fill(scene)
    others_join(scene, 21)
    with scene.transactions.begin() as store:
        ticket = join_queue(store, JoinQueue(HARBOUR, KIND, scene.ada), NOW, scene.ids)
        tomorrow = Span(NOW + timedelta(hours=24), NOW + timedelta(hours=25))
        hope = join_waitlist(store, ReserveRequest(HARBOUR, KIND, scene.ada, tomorrow), NOW, scene.ids)
        advance_waitlist(store, HARBOUR, NOW, scene.ids)
        gifts = [one.code for one in store.partners.vouchers_of(scene.ada) if one.offer_id == offered.coffee.id]
        accept_gift(store, offered.till, gifts[0], NOW)
        by = Staff(scene.operator_id, "ops", NOW, scene.ids)
        _agreed(store, scene, by)
        (stated,) = issue_statement_now(store, by := Staff(scene.operator_id, "ops", NOW + timedelta(minutes=1), scene.ids), CAFE)
        answer_question(store, by, ask_question(store, stated, 1, "Two were given.", NOW).id, "One was.", -stated.lines[0].owed)
        ask_question(store, stated, 1, "Look at our till, please.", NOW + timedelta(minutes=2))
        store.inbox.quarantine(QuarantineEntry(UUID(int=70), scene.operator_id, scene.site_id, ChargerId("CP-01"), NOW, "test", "A test."))
        price = (scene.operator_id, scene.site_id, None, NOW, UNLAWFUL_PRICE, "DAY is unlawful.")
        for number, fee, decision in ((71, "session", None), (72, "idle", FindingAcknowledgement(NOW, "ops", "Our lawyer agrees.", ""))):
            law = f"It has a {fee} fee."
            entry = QuarantineEntry(UUID(int=number), *price, subject=UNLAWFUL_PRICE, raw=law, acknowledged=decision)
            store.inbox.quarantine(entry)
        describe_bay(store, Staff(scene.operator_id, "ops", NOW, scene.ids), scene.evse(2), BayTraits((), 190))
        limited = ExternalLimit(1, "EMS", NOW, (ExternalLimitStep(NOW, 16_000, 11_000), ExternalLimitStep(NOW + timedelta(hours=2))))
        store.stations.put_charger(replace(store.stations.charger(ChargerId("CP-01")), outside=(limited, ExternalLimit(0, "SO", NOW))))
        _a_payback(store, scene)
        _complaints(store, scene)
        _by_hand(store, scene)
        connected(store, scene)
        store.sso.put(SingleSignOn(scene.operator_id, "https://id.example/realms/firm", "forecourt", "", UUID(int=90), NOW))
        prepaid = paid_ahead(store, scene)
        booking = next(one for one in store.bookings.of_driver(scene.ada) if one.live)
        put_behind(store, booking, GuestStep.PAYING)
        later = Span(NOW + timedelta(hours=50), NOW + timedelta(hours=51))  # it can still be changed
        changed = reserve(store, ReserveRequest(scene.site_id, KIND, scene.ada, later), NOW, scene.ids)
        return SimpleNamespace(
            choose=f"/password/{password_key(KEY, store.drivers.account_by_email('bob@example.org'), datetime.now(UTC) + RESET_LIFETIME)}",
            email=f"/email/{_email_key(store)}",
            prepaid=prepaid,
            cleared=cleared,
            offered=offered,
            stated=stated.number,
            ticket=ticket.id,
            hope=hope.id,
            guest=guest,
            booked=booked,
            company=company,
            gift=gifts[1],
            booking=booking.id,
            changed=changed.id,
            running=scene.running[0],
            ended=store.sessions.records_of(scene.ada)[0].session_id,
            number=store.documents.of_driver(scene.ada)[-1].number,
            statement=store.statements.of_driver(firm)[0].number,
            entry=store.prices.entries(scene.operator_id, scene.site_id)[0].id,
        )


def pages_of(the: SimpleNamespace) -> dict[str, list[str]]:
    """Every address at which a person is shown a page, by who is shown it."""
    firm, missed = f"/b/{the.booked.firm}", f"/b/{the.booked.missed}"
    bill = f"/c/{PAID}/receipts/{the.guest.bill}"
    guest = [f"/c/{PAID}", bill, f"{bill}/check", f"/c/{ASKED}", f"/b/{the.booked.asked}", firm, missed]
    guest += [f"{firm}/change", f"{firm}/cancel", f"{missed}/receipts/{the.booked.bill}", f"{missed}/receipts/{the.booked.bill}/check"]
    guest += [f"/c/{COMPANY}", *(f"/c/{COMPANY}/receipts/{number}" for number in (the.company.first, the.company.bill))]
    guest += [the.choose, the.email, "/password", f"/c/{CHARGES}", f"/c/{CHARGES}/need"]
    booking, offers, version = f"/bookings/{the.booking}", "/console/offers", UUID(int=5)
    return {
        "": [
            "/", "/map", "/sites/market", "/sites/harbour", "/login", "/login/company", "/register", "/nope", "/offline",
            "/api/v1/reference", f"/e/{the.guest.code}", *guest,
        ],
        "ada": [
            "/bookings", f"/bookings/{the.changed}/change", f"{booking}/cancel", f"{booking}/deposit",
            "/charge", f"/charges/{the.running}", f"/charges/{the.ended}",
            f"/queue/{the.ticket}", f"/hopes/{the.hope}",
            "/receipts", f"/receipts/{the.number}", f"/receipts/{the.number}/check", "/account", "/dues",
            "/membership", "/membership/cancel", "/sites/market", "/sites/harbour", "/wallet", f"/wallet/top-ups/{the.prepaid.top_up}",
            f"/wallet/pay-ins/{the.prepaid.pay_in}", f"/wallet/pay-ins/{the.prepaid.top_up}",
            "/account/messages", "/account/bay", "/account/details",
            f"/oauth/authorize?{asking(app_of_others)}", "/account/email", "/account/password", "/account/data", "/account/second-factor",
            "/cards", f"/cards/setups/{the.prepaid.setup}", f"/cards/{the.prepaid.cards[0]}/remove",
        ],
        "bob": ["/account", "/dues", "/receipts", "/account/second-factor"],
        "vans": ["/account", "/mandate", "/fleet", "/fleet/list", "/fleet?month=2026-05", "/fleet?by=month",
                 f"/fleet/drivers/{UUID(int=1024)}",
                 "/receipts", f"/statements/{the.statement}", "/dues"],
        "till": ["/partners", "/partners/shares", f"/partners/statements/{the.stated}/lines?line=1",
                 "/account", "/account/password", "/account/second-factor"],
        "ops": [
            "/console", "/console/network",
            "/console/sites/market", "/console/sites/market/codes", "/console/sites/market/power?limit=50&more=1",
            "/console/sites/market/limits", "/console/sites/market/plant", "/console/sites/market/hosts",
            "/console/sites/market/hours", "/console/sites/harbour/hours",
            "/console/sessions", f"/console/sessions/{the.running}",
            f"/console/sessions/{the.ended}", "/console/chargers", "/console/chargers/CP-01",
            "/console/availability?month=2026-06", "/console/chargers/CP-01/history?month=2026-06",
            "/console/chargers/CP-01/retire", "/console/chargers/CP-01/firmware",
            "/console/new-charger", "/console/new-charger?name=NEW-77",
            "/console/drivers", "/console/drivers?q=04card05", "/console/find?q=1",
            f"/console/drivers/{UUID(int=1005)}", f"/console/drivers/{UUID(int=1005)}/start?bay=M-12",
            "/console/new-site", "/console/sites/market/details", "/console/bookings?site=market",
            f"/console/bookings/{the.changed}/cancel",
            "/console/queue?site=market", "/console/queue?site=harbour", "/console/prices?site=market",
            "/console/prices/edit?site=market", f"/console/prices/versions/{version}", "/console/prices/entries/new?site=market",
            f"/console/prices/entries/{the.entry}/end", "/console/prices/groups?site=market", offers,
            f"{offers}/plans/{the.offered.plan.id}", f"{offers}/partners/{CAFE}", f"{offers}/partners/{CAFE}/end",
            f"{offers}/partners/{CAFE}/account", f"{offers}/partners/{CAFE}/vat",
            "/console/documents", "/console/documents?kind=invoice&state=open", "/console/company", f"/console/documents/{the.number}",
            f"/console/documents/{the.number}/check", f"/console/documents/{the.number}/credit",
            f"/console/documents/{the.number}/buyer", f"/console/documents/{the.company.bill}/buyer",
            f"/console/documents/{the.company.first}", f"/console/documents/{the.company.bill}",
            f"/console/sessions/{the.company.session}",
            "/console/statements?state=open", f"/console/statements/{the.statement}", "/console/ledger",
            "/console/ledger/receivables?day=2026-05-31", "/console/ledger/vat", "/console/ledger/months/2026-05",
            "/console/ledger/months/2026-06/balances",
            "/console/dunning", "/console/disputes", "/console/paybacks",
            "/console/complaints", "/console/ledger/accounts", "/console/ledger/debtors", "/console/ledger/by-hand", "/console/bank",
            "/console/transfers", "/console/direct-debits",
            "/console/clearing",
            "/console/ledger/entries?account=DRIVER_RECEIVABLE&currency=EUR&month=2026-06", "/console/ledger/entries/1",
            "/console/ledger/vat/lines?month=2026-06&what=INVOICE", f"/console/clearing/payouts/{PAYOUT}",
            f"/console/payments/{the.cleared.payment}",
            "/console/jobs", "/console/revenue", "/console/revenue?site=harbour", "/console/earnings?month=2026-06",
            "/console/revenue/market", "/console/revenue/harbour", "/console/quarantine", "/console/audit?area=site",
            "/console/design", "/account",
            "/console/wallets", "/console/messages", "/console/messages/hooks", f"/console/messages/hooks/{HOOK_ID}",
            "/console/team", "/console/single-sign-on", "/console/apps", "/console/roaming",
            f"/console/roaming/{PARTNER}", "/account/second-factor",
        ],
    }  # fmt: skip


def _a_fleet(scene: Scene) -> DriverId:
    """Two drivers on account, who charged in May, and the firm that pays for them."""
    firm = DriverId(scene.ids.new(NOW))
    staff = Staff(scene.operator_id, "ops", NOW - MONTH, scene.ids)
    with scene.transactions.begin() as store:
        store.drivers.put_driver(Driver(firm, scene.operator_id, "Vans Ltd", "pay@vans.example", "en", PayBy.ACCOUNT, "pm_vans"))
        account = Account(scene.ids.new(NOW), scene.operator_id, "pay@vans.example", Role.DRIVER, "", firm)
        store.drivers.put_account(account)
        sign_in(store, "vans", account)
        for number in (24, 25):
            store.drivers.put_member(GroupMember(scene.operator_id, "vans", DriverId(UUID(int=1000 + number)), NOW - MONTH))
        set_payer(store, staff, "vans", "pay@vans.example")
        with_mandate(store, scene, firm, "Vans Ltd")
    return firm


def _email_key(store: Store) -> str:
    bob = store.drivers.account_by_email("bob@example.org")
    assert bob is not None
    return email_change_key(KEY, EmailChange(bob, bob.email, "bob@new.example", False), datetime.now(UTC) + CONFIRM_LIFETIME)


def _complaints(store: Store, scene: Scene) -> None:
    """One that waits, about her newest bill; one that was declined."""
    first, *_, last = store.documents.of_driver(scene.ada)
    by = Staff(scene.operator_id, "ops", NOW, scene.ids)
    decline_complaint(
        store, by, file_complaint(store, first, "I parked for ten minutes, not for sixty.", NOW, scene.ids).id, "The meter says 60."
    )
    file_complaint(store, last, "The charge broke off, and I paid the start twice.", NOW, scene.ids)


def _by_hand(store: Store, scene: Scene) -> None:
    """A fee of the bank; one that was posted twice, and taken back."""
    by, lines = Staff(scene.operator_id, "ops", NOW, scene.ids), (Entry(BANK, "EUR", -990), Entry(BANK_FEES, "EUR", 990))
    post_manual_entry(store, by, ManualEntryRequest(UUID(int=76), NOW.date(), lines, "Fees of the bank in May"))
    lines_of_bank = [
        Line(NOW.date(), -990, "Account fee"),
        Line(NOW.date(), -800_00, "Rent of June"),
        Line(NOW.date(), -150, "Fee", code="CHRG"),
    ]
    import_bank_statements(store, by, parse_camt(camt(12_345, lines_of_bank, NOW.date())))
    twice = post_manual_entry(store, by, ManualEntryRequest(UUID(int=77), NOW.date(), lines, "Fees of the bank in May"))
    reverse_manual_entry(store, by, twice.number, NOW.date(), "Posted twice")


def _agreed(store: Store, scene: Scene, by: Staff) -> None:
    """The café hosts the market, and agreed to self-billing: its statement comes with an invoice."""
    details = {"address": "Weg 2, 10115 Berlin", "country": "DE", "vat_number": "DE999999999"}
    store.partners.put_partner(cafe := replace(store.partners.partner(CAFE), **details))
    set_payee_vat(store, by, CAFE, VatEntry(VatStatus.REGISTERED, agreed_on=NOW.date()), vat_fingerprint(cafe))
    bill = next(one for one in store.documents.of_driver(scene.ada) if one.content.site_id == scene.site_id)
    site = store.stations.site(scene.site_id)
    store.stations.put_site(replace(site, host_shares=(("cafe-strom", Decimal("12.5")),)))
    settle_site_shares(store, bill.id, NOW)


def _a_payback(store: Store, scene: Scene) -> None:
    """Of one bill that was paid by transfer: a part is to go back, another part has gone."""
    bill = store.documents.of_driver(scene.ada)[0]
    payment = record_transfer(store, Staff(scene.operator_id, "ops", NOW, scene.ids), bill.id, "SEPA 4711")
    one = Payback(UUID(int=71), bill.operator_id, scene.ada, payment.id, bill.id, bill.number, Money(250, "EUR"), NOW)
    store.paybacks.put(one)
    store.paybacks.put(replace(one, id=UUID(int=72), amount=Money(100, "EUR"), paid_on=NOW.date(), reference="SEPA 77"))
    dues = (
        DueTransfer(TransferKind.PAYBACK, UUID(int=number), bill.number, "Ada Lindgren", IBAN, Money(250, "EUR")) for number in (71, 72)
    )
    file = (UUID(int=79), scene.operator_id, "PAY-2025-000001", IBAN, "Forecourt", NOW.date(), tuple(dues), "ops", NOW)
    store.bank.put_file(TransferFile(*file))


def _a_debt(scene: Scene) -> None:
    """Bob's bank declines: reminded day by day until he is blocked. The month's statement falls due on the way."""
    with scene.transactions.begin() as store:
        (bob,) = [one for one in store.drivers.drivers(scene.operator_id) if one.name == "Bob Ostrom"]
        token = store.drivers.tokens_of(bob.id)[0].uid
    scene.charge(6, token, NOW - MONTH, 90, 7_200, end=True)
    scene.charge(6, "04CARD24", NOW - MONTH + timedelta(hours=3), 90, 7_200, end=True)
    scene.charge(7, "04CARD25", NOW - MONTH + timedelta(hours=6), 120, 7_200, end=True)
    scene._bill()
    scene.clock.at = NOW - timedelta(days=24)
    with scene.transactions.begin() as store:
        collect_payment(store, store.documents.of_driver(bob.id)[0].id, scene.clock.at, scene.ids)
    bank_answers(scene, says=False)
    goes_on(scene, 24)


def weeks(scene: Scene) -> None:
    """Ten weeks of charges at the small site, a dearer price in the last two, and a price that the house proposes."""
    dearer = {**TARIFF, "elements": TARIFF["elements"][2:]}
    since = NOW - timedelta(days=14)
    with scene.transactions.begin() as store:
        publish_tariff(store, Publication(TariffVersionId(scene.ids.new(NOW)), HARBOUR, dearer, since, at=since))
        live_weeks(store, HARBOUR, NOW, 10, scene.ids, busy=2.0)
        bill(store, HARBOUR, NOW - timedelta(days=3), DriverId(UUID(int=1029)), scene.ids)
        bounds = Bounds(Decimal("0.30"), Decimal("0.56"), Decimal("0.06"), Decimal("0.01"), 2, 24, Decimal(0))
        set_rules(store, PriceRules(scene.operator_id, HARBOUR, bounds), "ops", NOW, scene.ids)
        propose_prices(store, HARBOUR, NOW, scene.ids)
