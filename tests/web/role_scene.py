"""One of everything that belongs to somebody, and a request for each route that a role of every kind sends in turn."""

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from uuid import UUID

from litestar import Litestar
from litestar.routes import HTTPRoute

from camt_file import IBAN, Line, camt
from forecourt.billing import Complaint
from forecourt.drivers import Account, App, GroupMember, GuestStep, Role
from forecourt.flows.billing import ManualEntryRequest, ask_question, import_bank_statements, issue_statement_now, post_manual_entry
from forecourt.flows.desk import UNLAWFUL_PRICE, Subscription, add_device, register_card
from forecourt.flows.desk.audit import Staff
from forecourt.flows.offers import accept_gift
from forecourt.flows.ports import QuarantineEntry, Store
from forecourt.kernel import ChargerId, DriverId, Money, OperatorId, PaymentId, SiteId, Span, TariffVersionId
from forecourt.ledger import BANK, BANK_FEES, Entry
from forecourt.notices import Webhook
from forecourt.payments import Declined, Payment
from forecourt.reservations import Booking, BookingRules, Deposit, Ticket, WaitlistEntry
from forecourt.revenue import Effect, PriceProposal, ProposalKind
from forecourt.settlement import DueTransfer, TransferFile, TransferKind, parse_camt
from forecourt.stations import Operator, Site
from roaming_world import PARTNER, registered

from .balance_scene import paid_ahead, wallet_calls
from .clearing_scene import PAYOUT, owed_back, reconciled
from .conftest import HARBOUR, KIND, NOW, Scene
from .connected_app import APP_BACK, asking
from .direct_debit_scene import with_mandate
from .guests_scene import ASKED, booked_guests, dispute, guests
from .messages_scene import CALLED, FAILED, HOOK_ID, event_sent, failed_message
from .offers_scene import CAFE, sign_in, with_offers
from .roaming_scene import roamed
from .test_revenue import RULES

SHARING = {"fairness": "2", "turn_min": "45", "pauses": "1", "usual_need": "15", "random_delay_s": "0"}
BOOKING_RULES = [field.name for field in fields(BookingRules) if not field.name.startswith("deposit")]
RIVAL_SITE = SiteId(UUID(int=8))
STATE_STYLES = UUID(int=98)
DRIVEN = UUID(int=1005)  # with the card 04CARD05
APP, GONE_APP = UUID(int=60), UUID(int=61)
VAN, LEAVES = DriverId(UUID(int=1007)), DriverId(UUID(int=1006))  # of Ada's fleet
BUYER = {"name": "Firma GmbH", "address": "Weg 1"}
ROLES = ("nobody", "ada", "bob", "till", "ops", "rival", "looks")


@dataclass(frozen=True)
class Call:
    """body: of a form or of JSON. A dictionary that lacks fields is refused as malformed, by whoever may ask at all."""

    path: str
    body: dict[str, object]


def put_behind(store: Store, booking: Booking, step: GuestStep) -> None:
    """A deposit: one that is held later, or one that the stored card was refused for."""
    place = (booking.id, booking.operator_id, booking.site_id, booking.kind, booking.driver_id, Money(500, "EUR"), NOW, step)
    if step is GuestStep.PAID:
        store.deposits.put(Deposit(*place, place_at=booking.promised.end))
        return
    declined = Declined(Money(500, "EUR"), NOW, "authentication_required")
    payment = Payment(PaymentId(booking.id), booking.operator_id, booking.driver_id, "pm_ada", "EUR", NOW, declined, booking_id=booking.id)
    store.payments.put(payment)
    store.deposits.put(Deposit(*place, pay_until=booking.promised.start, payment_id=payment.id))


def routes_of(app: Litestar) -> Iterator[str]:
    """ "GET /console", one for each handler of the app."""
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            yield from (f"{method} {route.path_format}" for method in route.methods if method not in {"HEAD", "OPTIONS"})


def parameters_of(app: Litestar) -> Iterator[tuple[str, dict[str, type]]]:
    """Of each GET handler, as in `routes_of`: the days, instants, numbers and texts that it takes by name; a day or none is a day."""
    handlers = ((route.path_format, one) for route in app.routes if isinstance(route, HTTPRoute) for one in route.route_handlers)
    for path, handler in handlers:
        if "GET" in handler.http_methods:
            fields = handler.parsed_fn_signature.parameters.items()
            kinds = {name: {of.annotation, *(one.annotation for one in of.inner_types)} for name, of in fields}
            known = {name: next((one for one in (date, datetime, int, str) if one in of), None) for name, of in kinds.items()}
            yield f"GET {path}", {name: kind for name, kind in known.items() if kind}


def peopled(scene: Scene) -> SimpleNamespace:
    """A scene with a café, a charge that is billed, one that runs, a booking, and another operator's person; the ids of all that."""
    offered = with_offers(scene)
    scene.charge(1, _token(scene), NOW - timedelta(hours=5), 120, 7_200, end=True)
    scene.charge(2, _token(scene), NOW - timedelta(hours=2), 120, 7_200, end=True)
    scene._bill()
    scene.charge(4, _token(scene), NOW - timedelta(minutes=30), 30, 7_200)
    scene._promises()
    guest = guests(scene)
    booked = booked_guests(scene)
    dispute(scene)
    cleared = reconciled(scene, guest.bill)
    untaken = roamed(scene, registered(scene.operator_id))
    staff = Staff(scene.operator_id, "ops", NOW + timedelta(minutes=1), scene.ids)
    with scene.transactions.begin() as store:
        store.stations.put_operator(Operator(OperatorId(UUID(int=9)), "Rival", "Rival GmbH", "DE", "DE999", "Weg 9", "EUR"))
        own = Site(
            RIVAL_SITE, OperatorId(UUID(int=9)), "rival", "Rival Yard", "Weg 9", "DE", "Europe/Berlin", "EUR", Decimal(52), Decimal(13)
        )
        store.stations.put_site(own)
        store.drivers.put_account(rival := Account(UUID(int=99), OperatorId(UUID(int=9)), "rival@example.org", Role.OPERATOR, ""))
        sign_in(store, "rival", rival)
        for app_id, name in ((APP, "Volt"), (GONE_APP, "Amp")):
            store.apps.put_app(App(app_id, scene.operator_id, name, (APP_BACK,), NOW))
        looks = Account(STATE_STYLES, scene.operator_id, "looks@example.org", Role.OPERATOR, "", duties=())
        store.drivers.put_account(looks)
        sign_in(store, "looks", looks)
        for name, number, site in (("warden", 96, scene.site_id), ("yard", 97, HARBOUR)):
            limited = Account(UUID(int=number), scene.operator_id, f"{name}@example.org", Role.OPERATOR, "", sites=(site,))
            store.drivers.put_account(limited)
            sign_in(store, name, limited)
        sign_in(store, "ops", Account(UUID(int=90), scene.operator_id, "ops@example.org", Role.OPERATOR, ""))
        coffees = [one.code for one in store.partners.vouchers_of(scene.ada)]
        accept_gift(store, offered.till, coffees[0], NOW)
        (statement,) = issue_statement_now(store, staff, CAFE)
        store.partners.put_pdf(statement.id, b"%PDF-1.7", "")
        asked = ask_question(store, statement, 1, "Two were given.", NOW)
        store.pricing.put_proposal(_proposal(scene))
        failed_message(store, scene)
        event_sent(store, scene)
        store.notices.put_hook(Webhook(LEAVES, scene.operator_id, "https://erp.example/gone", "secret"))
        doubt = QuarantineEntry(UUID(int=70), scene.operator_id, scene.site_id, ChargerId("CP-01"), NOW, "test", "A test.")
        store.inbox.quarantine(doubt)
        price = (scene.operator_id, scene.site_id, None, NOW, UNLAWFUL_PRICE, "DAY is unlawful.")
        unlawful = QuarantineEntry(UUID(int=71), *price, subject=UNLAWFUL_PRICE, raw="It has a session fee.")
        store.inbox.quarantine(unlawful)
        mine = store.drivers.tokens_of(scene.ada)[0].uid
        register_card(store, scene.ada, "ZADA01", "Key ring")
        for member in (VAN, LEAVES):
            store.drivers.put_member(GroupMember(scene.operator_id, "vans", member, NOW - timedelta(days=1)))
        store.statements.put_payer(scene.operator_id, "vans", scene.ada)
        store.queue.put(Ticket(UUID(int=72), scene.operator_id, scene.site_id, KIND, scene.ada, mine, 77, NOW, NOW))
        tomorrow = Span(NOW + timedelta(hours=24), NOW + timedelta(hours=25))
        store.waitlist.put(WaitlistEntry(UUID(int=79), scene.operator_id, scene.site_id, KIND, scene.ada, tomorrow, 10_000, NOW, NOW))
        bill = store.documents.of_driver(scene.ada)[0]
        back = owed_back(store, UUID(int=73), bill, bill.due, NOW)
        store.paybacks.put(replace(back, id=UUID(int=75), paid_on=NOW.date(), reference="SEPA 2"))
        store.complaints.put(Complaint(UUID(int=74), bill.operator_id, scene.ada, bill.id, bill.number, NOW, "It broke off."))
        put_behind(store, booking := next(one for one in store.bookings.of_driver(scene.ada) if one.live), GuestStep.PAID)
        lines = (Entry(BANK, "EUR", -100), Entry(BANK_FEES, "EUR", 100))
        _, by_hand = (post_manual_entry(store, staff, ManualEntryRequest(UUID(int=key), NOW.date(), lines, "Fees")) for key in (77, 78))
        import_bank_statements(store, staff, parse_camt(camt(0, [Line(NOW.date(), -800, "Rent")], NOW.date())))
        (bank_line,) = store.bank.open(scene.operator_id)
        due = DueTransfer(TransferKind.PAYBACK, UUID(int=73), bill.number, "Ada", IBAN, bill.due)
        file = (UUID(int=79), scene.operator_id, "PAY-2026-000001", IBAN, "Forecourt", NOW.date(), (due,), "ops", NOW)
        store.bank.put_file(TransferFile(*file))
        with_mandate(store, scene, scene.ada, "Ada")
        (entry, *_) = store.prices.entries(scene.operator_id, scene.site_id)
        return SimpleNamespace(
            booking=booking.id,
            running=scene.running[0],
            record=store.sessions.records_of(scene.ada)[0].session_id,
            untaken=untaken,
            document=store.documents.of_driver(scene.ada)[0].id,
            number=store.documents.of_driver(scene.ada)[0].number,
            coffee=coffees[1],
            statement=statement,
            asked=asked.id,
            doubt=doubt.id,
            unlawful=unlawful.id,
            entry=entry.id,
            version=store.prices.versions(scene.operator_id, scene.site_id)[0].id,
            offered=offered,
            evse=scene.evse(15),
            code=guest.code,
            cleared=cleared,
            by_hand=by_hand.number,
            bank_line=bank_line.line.id,
            booked=booked,
            device=add_device(store, scene.ada, Subscription("https://push.example/1", "p" * 87, "a" * 22), NOW, scene.ids).id,
            prepaid=paid_ahead(store, scene),
        )


def guest_calls(the: SimpleNamespace) -> dict[str, tuple[str, dict[str, object]]]:
    """Whoever has the link may; what belongs to another link does not exist. And what drivers ask for by REST."""
    pages = {f"GET /b/{{key}}{rest}": (f"/b/{the.booked.firm}{rest}", {}) for rest in ("", "/calendar.ics", "/cancel", "/change")}
    window = {"site": "market", "kind": KIND, "start": "2026-06-04T06:00:00Z", "end": "2026-06-04T07:00:00Z"}
    form = {"site": "market", "kind": KIND, "start": "soon", "minutes": 60, "energy": 10, "key": "k" * 16, "email": "a@example.org"}
    return pages | {
        "POST /bookings/guest": ("/bookings/guest", form),
        "POST /bookings/sign-in": ("/bookings/sign-in", {"site": "market"}),
        "POST /bookings/times": ("/bookings/times", {"site": "market"}),
        "POST /api/v1/bookings/series": ("/api/v1/bookings/series", window | {"repeat": "daily"}),
        "POST /console/messages/hooks": ("/console/messages/hooks", {"url": "https://erp.example/hook"}),
        "POST /console/messages/hooks/{hook_id}": (
            f"/console/messages/hooks/{HOOK_ID}",
            {"url": "https://erp.example/hook", "all_events": "0", "events": "turn", "all_sites": "1"},
        ),
        "POST /console/messages/hooks/{hook_id}/state": (f"/console/messages/hooks/{HOOK_ID}/state", {"do": "pause"}),
        "POST /console/messages/hooks/sent/{notice_id}/again": (f"/console/messages/hooks/sent/{CALLED}/again", {}),
        "DELETE /api/v1/webhooks/{webhook_id}": (f"/api/v1/webhooks/{LEAVES}", {}),
        "POST /api/v1/webhooks": ("/api/v1/webhooks", {"url": "https://erp.example/hook"}),
        "PUT /api/v1/webhooks/{webhook_id}": (
            f"/api/v1/webhooks/{HOOK_ID}",
            {"url": "https://erp.example/hook", "name": "", "events": ["turn"], "sites": None},
        ),
        "POST /console/messages/retention": ("/console/messages/retention", {"days": "365", "months": "60"}),
        "PUT /api/v1/message-choices": ("/api/v1/message-choices", {"language": "en", "off": []}),
        "POST /account/devices": ("/account/devices", {"endpoint": "https://push.example/2", "p256dh": "p" * 87, "auth": "a" * 22}),
        "POST /account/devices/{device_id}/remove": (f"/account/devices/{the.device}/remove", {}),
        "GET /b/{key}/pay": (f"/b/{the.booked.asked}/pay", {}),
        "GET /b/{key}/receipts/{name}": (f"/b/{the.booked.firm}/receipts/{the.booked.bill}", {}),
        "GET /b/{key}/receipts/{number}/check": (f"/b/{the.booked.firm}/receipts/{the.booked.bill}/check", {}),
        "GET /c/{key}/receipts/{number}/check": ("/c/none/receipts/none/check", {}),
        "POST /b/{key}/cancel": (f"/b/{the.booked.asked}/cancel", {}),
        "POST /b/{key}/change": (f"/b/{the.booked.firm}/change", {"day": "2026-06-01", "time": "20:00", "minutes": 60}),
        "POST /b/{key}/longer": (f"/b/{the.booked.firm}/longer", {"minutes": 30, "end": "1780340400"}),
        "POST /b/{key}/blocked": (f"/b/{the.booked.firm}/blocked", {}),
        "POST /b/{key}/start": (f"/b/{the.booked.firm}/start", {"code": the.code}),
    }


def office_calls(the: SimpleNamespace) -> dict[str, tuple[str, dict[str, object]]]:
    span = f"?start={NOW.date()}T00:00:00Z&end={NOW.date()}T23:00:00Z"
    time = {"start": "2026-06-02T07:00:00Z", "end": "2026-06-02T08:00:00Z"}
    return {
        "GET /api/v1/sessions": (f"/api/v1/sessions{span}", {}),
        "GET /api/v1/documents": (f"/api/v1/documents{span}", {}),
        "GET /api/v1/documents/{name}": (f"/api/v1/documents/{the.number}", {}),
        "GET /api/v1/find": ("/api/v1/find?words=1", {}),
        "POST /api/v1/drivers": ("/api/v1/drivers", {"name": "Kim Lee", "email": "kim@example.org"}),
        "GET /api/v1/drivers/{driver_id}": (f"/api/v1/drivers/{DRIVEN}", {}),
        "PUT /api/v1/drivers/{driver_id}": (f"/api/v1/drivers/{DRIVEN}", {"name": "Kim", "pay_by": "ACCOUNT"}),
        "GET /api/v1/drivers/{driver_id}/now": (f"/api/v1/drivers/{DRIVEN}/now", {}),
        "POST /api/v1/drivers/{driver_id}/cards/{uid}/move": (f"/api/v1/drivers/{DRIVEN}/cards/04CARD06/move", {}),
        "POST /api/v1/drivers/{driver_id}/charges": (f"/api/v1/drivers/{DRIVEN}/charges", {"evse": str(UUID(int=101))}),
        "PUT /api/v1/drivers/{driver_id}/cards/{uid}": (f"/api/v1/drivers/{DRIVEN}/cards/04CARD05", {"blocked": False}),
        "PUT /api/v1/bookings/{booking_id}": (f"/api/v1/bookings/{the.booking}", time),
        "PUT /api/v1/bay-need": ("/api/v1/bay-need", {"features": ["lit"]}),
        "POST /api/v1/bookings/{booking_id}/blocked": (f"/api/v1/bookings/{the.booking}/blocked", {}),
        "POST /api/v1/bookings/{booking_id}/other-car": (f"/api/v1/bookings/{the.booking}/other-car", {}),
        "POST /api/v1/bookings/{booking_id}/longer": (f"/api/v1/bookings/{the.booking}/longer", {"end": "2026-06-02T08:30:00Z"}),
    }


def setting_up_calls() -> dict[str, tuple[str, dict[str, object]]]:
    site = {"name": "Market Square", "country": "DE", "zone": "Europe/Berlin", "currency": "EUR"}
    boxes = "/api/v1/chargers"
    return {
        "PUT /api/v1/sites/{slug}/details": ("/api/v1/sites/market/details", site),
        "PUT /api/v1/sites/{slug}/hosts": ("/api/v1/sites/market/hosts", {"seen": "another", "shares": []}),
        "GET /api/v1/chargers/{charger_id}": (f"{boxes}/CP-01", {}),
        "PUT /api/v1/chargers/{charger_id}": (f"{boxes}/CP-98", {"site": "market", "sockets": []}),
        "POST /api/v1/chargers/{charger_id}/stay": (f"{boxes}/CP-20/stay", {}),
        "DELETE /api/v1/chargers/{charger_id}": (f"{boxes}/CP-22", {}),
        "POST /api/v1/chargers/{charger_id}/password": (f"{boxes}/CP-20/password", {}),
        "PUT /api/v1/chargers/{charger_id}/sockets/{number}/bay": (f"{boxes}/CP-01/sockets/1/bay", {"features": ["roof"]}),
        "POST /api/v1/chargers/{charger_id}/refuse": (f"{boxes}/CP-20/refuse", {}),
    }


def calls(the: SimpleNamespace) -> dict[str, Call]:
    """Of each route with something to fill in; all others are asked as they stand, with nothing in them."""
    plan, coupon, parking = the.offered.plan.id, the.offered.coupon, the.offered.parking.id
    window = {"site": "market", "kind": KIND, "start": "2026-06-02T06:00:00Z", "end": "2026-06-02T07:00:00Z", "energy_wh": 10_000}
    span = f"?start={NOW.date()}T00:00:00Z&end={NOW.date()}T23:00:00Z"
    given: dict[str, tuple[str, dict[str, object]]] = {
        "POST /account/tokens/{digest}/revoke": ("/account/tokens/abc/revoke", {}),
        "POST /account/apps/{family}/end": ("/account/apps/abc/end", {}),
        "POST /oauth/authorize": ("/oauth/authorize", {"asked": asking(APP), "answer": "yes"}),
        "GET /oauth/authorize": (f"/oauth/authorize?{asking(APP)}", {}),
        "POST /console/apps/{app_id}/remove": (f"/console/apps/{GONE_APP}/remove", {}),
        "POST /api/v1/bookings": ("/api/v1/bookings", window),
        "POST /api/v1/ocpi/booking-requests/check": ("/api/v1/ocpi/booking-requests/check?site=market", {}),
        "POST /api/v1/quotes": ("/api/v1/quotes", window),
        "POST /api/v1/charges": ("/api/v1/charges", {"evse": str(the.evse)}),
        "POST /api/v1/needs": ("/api/v1/needs", {"evse": str(the.evse), "energy_wh": 9000}),
        "POST /api/v1/codes": ("/api/v1/codes", {"code": coupon.code}),
        "POST /api/v1/membership": ("/api/v1/membership", {"plan": str(plan)}),
        "PUT /api/v1/membership": ("/api/v1/membership", {"plan": str(plan)}),
        "GET /api/v1/codes/{code}": (f"/api/v1/codes/{coupon.code}", {}),
        "POST /api/v1/partner/vouchers": ("/api/v1/partner/vouchers", {"offer": str(parking)}),
        "GET /api/v1/partner/vouchers": (f"/api/v1/partner/vouchers{span}", {}),
        "GET /api/v1/partner/redemptions/{code}": (f"/api/v1/partner/redemptions/{the.coffee}", {}),
        "POST /api/v1/partner/redemptions": ("/api/v1/partner/redemptions", {"code": the.coffee}),
        "GET /api/v1/receipts/{name}": (f"/api/v1/receipts/{the.number}", {}),
        "GET /receipts/{name}": (f"/receipts/{the.number}", {}),
        "GET /receipts/{number}/check": (f"/receipts/{the.number}/check", {}),
        "GET /api/v1/schema/{path}": ("/api/v1/schema/other", {}),
        "POST /bookings/{booking_id}/change": (
            f"/bookings/{the.booking}/change",
            {"day": "2026-06-02", "time": "09:00", "minutes": 60},
        ),
        "POST /api/v1/bookings/{booking_id}/deposit": (f"/api/v1/bookings/{the.booking}/deposit", {"by": "stored"}),
        "POST /bookings/{booking_id}/deposit": (f"/bookings/{the.booking}/deposit", {"by": "stored"}),
        "POST /console/bookings/{booking_id}/cancel": (f"/console/bookings/{the.booking}/cancel", {"costs": "99999"}),
        "POST /bookings/{booking_id}/blocked": (f"/bookings/{the.booking}/blocked", {}),
        "POST /bookings/{booking_id}/other-car": (f"/bookings/{the.booking}/other-car", {}),
        "POST /bookings/{booking_id}/longer": (f"/bookings/{the.booking}/longer", {"minutes": 30, "end": "1780308000"}),
        "POST /bookings": (
            "/bookings",
            {"site": "market", "kind": KIND, "start": window["start"], "minutes": 60, "energy": 10, "key": "k"},
        ),
        "POST /queue": ("/queue", {"site": "market", "kind": KIND}),
        "POST /hopes": ("/hopes", {"site": "market", "kind": KIND, "start": window["start"], "minutes": 60, "energy": 10}),
        "POST /api/v1/waitlist": ("/api/v1/waitlist", window),
        "POST /api/v1/queue": ("/api/v1/queue", {"site": "market", "kind": KIND}),
        "POST /console/sites/{slug}/limits": ("/console/sites/market/limits", {"limit-0": "80"}),
        "POST /console/sites/{slug}/offline-cards": ("/console/sites/market/offline-cards", {"which": "ALL"}),
        "POST /console/sites/{slug}/hosts": ("/console/sites/market/hosts", {"seen": "another"}),
        "POST /console/sites/{slug}/hours": ("/console/sites/market/hours", {"what": "hours", "seen": "another"}),
        "PUT /api/v1/sites/{slug}/hours": ("/api/v1/sites/market/hours", {"seen": "another", "openings": {"monday": "6-22"}}),
        "POST /api/v1/sites/{slug}/maintenance": (
            "/api/v1/sites/market/maintenance",
            {"seen": "another", "start": "2026-07-01T06:00:00Z", "end": "2026-07-01T18:00:00Z"},
        ),
        "DELETE /api/v1/sites/{slug}/maintenance/{works}": ("/api/v1/sites/market/maintenance/none", {}),
        "PUT /api/v1/sites/{slug}/last-day": ("/api/v1/sites/market/last-day", {"seen": "another", "last_day": None}),
        "PUT /api/v1/sites/{slug}/limits": ("/api/v1/sites/market/limits", {"seen": "another"}),
        "POST /api/v1/sites/{slug}/limits/preview": ("/api/v1/sites/market/limits/preview", {"seen": "another"}),
        "PUT /api/v1/sites/{slug}/allowances/{source}": (
            "/api/v1/sites/market/allowances/grid",
            {"steps": [{"start": "2026-06-01T13:00:00Z", "power_w": 4200}]},
        ),
        "DELETE /api/v1/sites/{slug}/allowances/{source}": ("/api/v1/sites/market/allowances/grid", {}),
        "POST /console/sites/{slug}/allowances": ("/console/sites/market/allowances", {"source": "works", "kw": "10"}),
        "POST /console/sites/{slug}/allowances/lift": ("/console/sites/market/allowances/lift", {"source": "works"}),
        "POST /console/sites/{slug}/plant": ("/console/sites/market/plant", {"peak": "", "capacity": "0"}),
        "POST /console/sites/{slug}/plant/forecast": ("/console/sites/market/plant/forecast", {"forecast": "2026-06-01 13:00, 4200"}),
        "PUT /api/v1/sites/{slug}/plant/forecast": (
            "/api/v1/sites/market/plant/forecast",
            {"steps": [{"start": "2026-06-01T13:00:00Z", "watts": 4200}]},
        ),
        "PUT /api/v1/sites/{slug}/plant/level": ("/api/v1/sites/market/plant/level", {"level_wh": 1}),
        "PUT /api/v1/sites/{slug}/plant/grid-peak": ("/api/v1/sites/market/plant/grid-peak", {"power_w": 1}),
        "POST /console/sites/{slug}/sharing": ("/console/sites/market/sharing", SHARING),
        "POST /console/sites/{slug}/energy-costs": ("/console/sites/market/energy-costs", {"working_day": "0:00 0.1", "earns": "0.4"}),
        "POST /console/sites/{slug}/booking-rules": ("/console/sites/market/booking-rules", dict.fromkeys(BOOKING_RULES, "5")),
        "POST /charges": ("/charges", {"evse": str(the.evse), "site": "market", "key": "k"}),
        "POST /account/messages": ("/account/messages", {"language": "en"}),
        "POST /account/close": ("/account/close", {"password": "not it"}),
        "POST /account/cards/block": ("/account/cards/block", {"uid": "ZADA01"}),
        "POST /api/v1/me/cards/{uid}/block": ("/api/v1/me/cards/ZADA01/block", {}),
        "POST /account/cards": ("/account/cards", {"uid": "04AABBCC", "label": "Key"}),
        "POST /account/password": ("/account/password", {"current": "not it", "password": "a long enough one"}),
        "POST /login/code": ("/login/code", {"code": "000000"}),
        "POST /account/second-factor/off": ("/account/second-factor/off", {"password": "not it", "code": "000000"}),
        "POST /account/second-factor/codes": ("/account/second-factor/codes", {"password": "not it", "code": "000000"}),
        "POST /password": ("/password", {"email": "nobody@example.org"}),
        "GET /password/{key}": ("/password/none", {}),
        "POST /password/{key}": ("/password/none", {"password": "a long enough one"}),
        "POST /account/tokens": ("/account/tokens", {"label": "Till"}),
        "POST /console/revenue/{slug}/rules": ("/console/revenue/market/rules", RULES),
        "POST /membership/join": ("/membership/join", {"plan": str(plan)}),
        "POST /membership/change": ("/membership/change", {"plan": str(plan)}),
        "POST /codes": ("/codes", {"code": coupon.code}),
        "GET /console/chargers/{charger_id}": ("/console/chargers/CP-01", {}),
        "GET /console/chargers/{charger_id}/history": ("/console/chargers/CP-01/history", {}),
        "GET /console/chargers/{charger_id}/live": ("/console/chargers/CP-01/live", {}),
        "POST /console/drivers": ("/console/drivers", {"name": "Zoe", "email": "zoe"}),
        "POST /api/v1/fleet/drivers": ("/api/v1/fleet/drivers", {"name": "Vic", "email": "vic@vans.example"}),
        "GET /api/v1/fleet/drivers/{driver_id}": (f"/api/v1/fleet/drivers/{VAN}", {}),
        "PUT /api/v1/fleet/drivers/{driver_id}": (f"/api/v1/fleet/drivers/{VAN}", {"cost_centre": "North"}),
        "DELETE /api/v1/fleet/drivers/{driver_id}": (f"/api/v1/fleet/drivers/{LEAVES}", {}),
        "PUT /api/v1/fleet/drivers/{driver_id}/cards/{uid}": (f"/api/v1/fleet/drivers/{VAN}/cards/04VAN1", {}),
        "GET /fleet/drivers/{driver_id}": (f"/fleet/drivers/{VAN}", {}),
        "POST /fleet/drivers": ("/fleet/drivers", {"name": "Vic", "email": "vic@vans.example"}),
        "POST /fleet/drivers/{driver_id}/cards": (f"/fleet/drivers/{VAN}/cards", {"uid": "04VAN1"}),
        "POST /fleet/drivers/{driver_id}/cards/state": (f"/fleet/drivers/{VAN}/cards/state", {"uid": "04VAN1", "do": "block"}),
        "POST /fleet/drivers/{driver_id}/centre": (f"/fleet/drivers/{VAN}/centre", {"centre": "North"}),
        "POST /fleet/drivers/{driver_id}/limits": (f"/fleet/drivers/{VAN}/limits", {"day": "20"}),
        "POST /mandate": ("/mandate", {"holder": "Ada", "iban": IBAN, "agreed": "1"}),
        "PUT /api/v1/mandate": ("/api/v1/mandate", {"holder": "Ada", "iban": IBAN, "agreed": True}),
        "POST /fleet/drivers/{driver_id}/leave": (f"/fleet/drivers/{VAN}/leave", {}),
        "POST /fleet/drivers/{driver_id}/charges/{session_id}/stop": (f"/fleet/drivers/{VAN}/charges/{UUID(int=1)}/stop", {}),
        "GET /console/drivers/{driver_id}": (f"/console/drivers/{DRIVEN}", {}),
        "POST /console/drivers/{driver_id}/mend": (f"/console/drivers/{DRIVEN}/mend", {"name": "Kim", "pay_by": "ACCOUNT"}),
        "GET /console/drivers/{driver_id}/start": (f"/console/drivers/{DRIVEN}/start?bay=M-01", {}),
        "POST /console/drivers/{driver_id}/start": (f"/console/drivers/{DRIVEN}/start", {"evse": str(UUID(int=101)), "key": "k"}),
        "POST /console/drivers/{driver_id}/invite": (f"/console/drivers/{DRIVEN}/invite", {"email": "zoe"}),
        "POST /console/drivers/{driver_id}/cards": (f"/console/drivers/{DRIVEN}/cards", {"uid": "04CARD05"}),
        "POST /console/drivers/{driver_id}/cards/state": (f"/console/drivers/{DRIVEN}/cards/state", {"uid": "04CARD05", "do": "block"}),
        "POST /console/new-site": ("/console/new-site", {"slug": "market"}),
        **setting_up_calls(),
        **office_calls(the),
        "POST /console/new-charger": ("/console/new-charger", {"id": "CP-99", "site": "market"}),
        "POST /console/chargers/{charger_id}/password": ("/console/chargers/CP-20/password", {}),
        "POST /api/v1/chargers/{charger_id}/commands": ("/api/v1/chargers/CP-20/commands", {"do": "restart"}),
        "POST /console/chargers/{charger_id}/certificate": ("/console/chargers/CP-20/certificate", {"chain": ""}),
        "POST /console/chargers/{charger_id}/command": ("/console/chargers/CP-20/command", {"do": "restart"}),
        "GET /console/chargers/{charger_id}/firmware": ("/console/chargers/CP-20/firmware", {}),
        "POST /console/chargers/{charger_id}/firmware": ("/console/chargers/CP-20/firmware", {"reason": "A test."}),
        "POST /console/chargers/{charger_id}/password/change": ("/console/chargers/CP-20/password/change", {}),
        "POST /console/chargers/{charger_id}/pay-codes": ("/console/chargers/CP-20/pay-codes", {}),
        "POST /console/chargers/{charger_id}/pay-codes/off": ("/console/chargers/CP-20/pay-codes/off", {}),
        "POST /console/chargers/{charger_id}/limits/set-aside": (
            "/console/chargers/CP-20/limits/set-aside",
            {"source": "SO", "told": "2026-06-01T12:00:00+00:00", "reason": "A test."},
        ),
        "GET /api/v1/chargers/{charger_id}/limits": ("/api/v1/chargers/CP-20/limits", {}),
        "POST /api/v1/chargers/{charger_id}/limits/set-aside": (
            "/api/v1/chargers/CP-20/limits/set-aside",
            {"source": "SO", "socket": 0, "told_at": "2026-06-01T12:00:00Z", "reason": "A test."},
        ),
        "POST /console/chargers/{charger_id}/terminal": ("/console/chargers/CP-20/terminal", {}),
        "POST /console/chargers/{charger_id}/terminal/off": ("/console/chargers/CP-20/terminal/off", {}),
        "GET /q/{charger_id}/{number}/{code}/{version}": ("/q/CP-20/1/0000000000/v1", {}),
        "GET /console/chargers/{charger_id}/retire": ("/console/chargers/CP-21/retire", {}),
        "POST /console/chargers/{charger_id}/retire-later": ("/console/chargers/CP-20/retire-later", {}),
        "POST /console/chargers/{charger_id}/retire": ("/console/chargers/CP-21/retire", {}),
        "POST /console/chargers/{charger_id}/refuse": ("/console/chargers/CP-20/refuse", {}),
        "GET /console/documents/{name}": (f"/console/documents/{the.number}", {}),
        "GET /console/documents/{number}/check": (f"/console/documents/{the.number}/check", {}),
        "GET /console/ledger/months/{month}": ("/console/ledger/months/2026-04", {}),
        "GET /console/ledger/months/{month}/balances": ("/console/ledger/months/2026-04/balances", {}),
        "GET /console/ledger/months/{month}/documents.zip": ("/console/ledger/months/2026-04/documents.zip", {}),
        "POST /console/ledger/months/{month}/close": ("/console/ledger/months/2026-04/close", {}),
        "POST /console/ledger/months/{month}/reopen": ("/console/ledger/months/2026-04/reopen", {"reason": "A test."}),
        "POST /receipts/{number}/complaint": (f"/receipts/{the.number}/complaint", {"words": "It broke off."}),
        "POST /api/v1/receipts/{number}/complaints": (f"/api/v1/receipts/{the.number}/complaints", {"words": "It broke off."}),
        "POST /c/{key}/receipts/{number}/complaint": ("/c/none/receipts/none/complaint", {"words": "It broke off."}),
        "POST /c/{key}/receipts/{number}/buyer": ("/c/none/receipts/none/buyer", BUYER),
        "POST /b/{key}/receipts/{number}/buyer": (
            f"/b/{the.booked.firm}/receipts/{the.booked.bill}/buyer",
            BUYER,
        ),
        "POST /b/{key}/receipts/{number}/complaint": (
            f"/b/{the.booked.firm}/receipts/{the.booked.bill}/complaint",
            {"words": "It broke off."},
        ),
        "POST /console/complaints/questions/{question_id}": (f"/console/complaints/questions/{the.asked}", {"words": "One was."}),
        "POST /console/complaints/{complaint_id}/decline": (f"/console/complaints/{UUID(int=74)}/decline", {"words": "It did not."}),
        "GET /console/ledger/entries": ("/console/ledger/entries?account=BANK&currency=EUR", {}),
        "GET /console/ledger/entries/{position}": ("/console/ledger/entries/1", {}),
        "GET /console/ledger/vat/lines": ("/console/ledger/vat/lines?month=2026-06", {}),
        "POST /console/bank/{line_id}/book": (
            f"/console/bank/{the.bank_line}/book",
            {"account": "OTHER_BOOKS", "day": f"{NOW:%Y-%m-%d}", "reason": "A test."},
        ),
        "POST /console/bank/{line_id}/match": (f"/console/bank/{the.bank_line}/match", {"1": "on"}),
        "POST /console/bank/{line_id}/pays": (f"/console/bank/{the.bank_line}/pays", {"number": "ACC-2026-000099"}),
        "POST /console/direct-debits": ("/console/direct-debits", {"key": str(UUID(int=80)), "day": f"{NOW:%Y-%m-%d}"}),
        "POST /console/direct-debits/mandates": (
            "/console/direct-debits/mandates",
            {"creditor": "DE48ZZZ08888888888", "seen": "1", "wanted": "end"},
        ),
        "POST /console/direct-debits/{number}/file": ("/console/direct-debits/COL-2026-000001/file", {}),
        "POST /console/direct-debits/{number}/withdraw": ("/console/direct-debits/COL-2026-000001/withdraw", {"why": "A test."}),
        "POST /console/direct-debits/{number}/refused": (
            "/console/direct-debits/COL-2026-000001/refused",
            {"statement": "ACC-1", "reason": "AC04"},
        ),
        "POST /console/transfers": ("/console/transfers", {"key": str(UUID(int=80)), "day": f"{NOW:%Y-%m-%d}"}),
        "POST /console/transfers/{number}/file": ("/console/transfers/PAY-2026-000001/file", {}),
        "POST /console/transfers/{number}/withdraw": ("/console/transfers/PAY-2026-000001/withdraw", {"why": "A test."}),
        "POST /console/ledger/by-hand": (
            "/console/ledger/by-hand",
            {
                "key": str(UUID(int=76)),
                "day": f"{NOW:%Y-%m-%d}",
                "currency": "EUR",
                "reason": "A test.",
                "account-0": "BANK",
                "credit-0": "9.90",
                "account-1": "BANK_FEES",
                "debit-1": "9,90",
            },
        ),
        "POST /console/ledger/by-hand/{number}/reverse": (
            f"/console/ledger/by-hand/{the.by_hand}/reverse",
            {"day": f"{NOW:%Y-%m-%d}", "reason": "A test."},
        ),
        "GET /console/clearing/rows.csv": ("/console/clearing/rows.csv?start=2026-06-01&end=2026-06-30", {}),
        "GET /console/clearing/payouts/{payout}": (f"/console/clearing/payouts/{PAYOUT}", {}),
        "POST /console/clearing/findings/{finding_id}/explain": (
            f"/console/clearing/findings/{the.cleared.finding}/explain",
            {"note": "A test."},
        ),
        "POST /console/statements/{number}/ask-back": ("/console/statements/ACC-2026-000099/ask-back", {"amount": "9.90"}),
        "POST /console/clearing/read": ("/console/clearing/read", {"since": "2026-05-01"}),
        "GET /console/payments/{payment_id}": (f"/console/payments/{the.cleared.payment}", {}),
        "GET /api/v1/payments/{payment_id}": (f"/api/v1/payments/{the.cleared.payment}", {}),
        "GET /api/v1/payments": (f"/api/v1/payments?document={the.number}", {}),
        "POST /console/paybacks/{payback_id}/card": (f"/console/paybacks/{UUID(int=73)}/card", {}),
        "POST /console/paybacks/{payback_id}/drop": (f"/console/paybacks/{UUID(int=73)}/drop", {}),
        "POST /console/paybacks/{payback_id}/paid": (
            f"/console/paybacks/{UUID(int=73)}/paid",
            {"paid_on": f"{NOW:%Y-%m-%d}", "reference": "SEPA 1"},
        ),
        "POST /console/paybacks/{payback_id}/returned": (f"/console/paybacks/{UUID(int=75)}/returned", {"reference": "SEPA 2 R"}),
        "GET /api/v1/disputes/{name}": ("/api/v1/disputes/dp_1", {}),
        "GET /api/v1/partner-statements/{name}": (f"/api/v1/partner-statements/{the.statement.number}", {}),
        "GET /console/disputes/{name}": ("/console/disputes/dp_1.zip", {}),
        "POST /console/disputes/rule": ("/console/disputes/rule", {"rule": "LOST"}),
        "GET /console/documents/{number}/credit": (f"/console/documents/{the.number}/credit", {}),
        "GET /console/documents/{number}/buyer": (f"/console/documents/{the.number}/buyer", {}),
        "POST /console/documents/{number}/buyer": (
            f"/console/documents/{the.number}/buyer",
            BUYER | {"words": "A test."},
        ),
        "POST /console/documents/{number}/credit": (
            f"/console/documents/{the.number}/credit",
            {"how": "whole", "seen": "0", "reason": "A test."},
        ),
        "GET /console/sessions/{session_id}": (f"/console/sessions/{the.record}", {}),
        "POST /console/offers/coupons/{coupon_id}/pause": (f"/console/offers/coupons/{coupon.id}/pause", {}),
        "GET /console/offers/partners/{partner_id}": (f"/console/offers/partners/{CAFE}", {}),
        "POST /console/offers/partners/{partner_id}": (f"/console/offers/partners/{CAFE}", {"name": "Café Strom"}),
        "GET /console/offers/partners/{partner_id}/account": (f"/console/offers/partners/{CAFE}/account", {}),
        "POST /console/offers/partners/{partner_id}/account": (f"/console/offers/partners/{CAFE}/account", {"bank": "12-34"}),
        "GET /console/offers/partners/{partner_id}/vat": (f"/console/offers/partners/{CAFE}/vat", {}),
        "POST /console/offers/partners/{partner_id}/vat": (f"/console/offers/partners/{CAFE}/vat", {"status": "REGISTERED"}),
        "GET /console/offers/partners/{partner_id}/end": (f"/console/offers/partners/{CAFE}/end", {}),
        "POST /console/offers/partners/{partner_id}/end": (f"/console/offers/partners/{CAFE}/end", {}),
        "POST /console/offers/partners/{partner_id}/pause": (f"/console/offers/partners/{CAFE}/pause", {"to": "pause"}),
        "POST /console/offers/partners/{partner_id}/state": (f"/console/offers/partners/{CAFE}/state", {}),
        "POST /console/roaming/{partner_id}/payer": (f"/console/roaming/{PARTNER}/payer", {"name": "TNM B.V."}),
        "POST /console/roaming/{partner_id}/tax": (f"/console/roaming/{PARTNER}/tax", {"country": "NL"}),
        "GET /console/offers/plans/{plan_id}": (f"/console/offers/plans/{plan}", {}),
        "POST /console/offers/plans/{plan_id}": (f"/console/offers/plans/{plan}", {"title": "Plus", "fee": "5", "percent": "5"}),
        "POST /console/offers/plans/{plan_id}/pause": (f"/console/offers/plans/{plan}/pause", {}),
        "GET /console/offers/statements/{name}": (f"/console/offers/statements/{the.statement.number}.pdf", {}),
        "GET /partners/statements/{name}": (f"/partners/statements/{the.statement.number}.pdf", {}),
        "GET /partners/statements/{number}/lines": (f"/partners/statements/{the.statement.number}/lines", {}),
        "POST /partners/statements/{number}/lines": (
            f"/partners/statements/{the.statement.number}/lines",
            {"place": "1", "words": "Once more."},
        ),
        "POST /console/offers/statements/{statement_id}/settle": (
            f"/console/offers/statements/{the.statement.id}/settle",
            {"reference": "T1"},
        ),
        "POST /console/offers/{offer_id}/pause": (f"/console/offers/{parking}/pause", {}),
        "POST /console/quarantine/{entry_id}/acknowledge": (f"/console/quarantine/{the.unlawful}/acknowledge", {"reason": "As is."}),
        "POST /console/quarantine/{entry_id}/withdraw": (f"/console/quarantine/{the.unlawful}/withdraw", {}),
        "POST /console/quarantine/{entry_id}/bill": (f"/console/quarantine/{the.doubt}/bill", {"amount": "1.00", "currency": "EUR"}),
        "POST /console/quarantine/{entry_id}/clear": (f"/console/quarantine/{the.doubt}/clear", {}),
        "POST /partners/hand-out": ("/partners/hand-out", {"offer": str(parking)}),
        "POST /console/dunning/{document_id}/transfer": (
            f"/console/dunning/{the.document}/transfer",
            {"amount": "1.00", "reference": "T2"},
        ),
        "POST /console/dunning/{document_id}/write-off": (f"/console/dunning/{the.document}/write-off", {"reason": "A test."}),
        "POST /e/{code}": (f"/e/{the.code}", {"key": "k" * 43, "version": str(the.version)}),
        **guest_calls(the),
        **{
            f"POST /console/team/{{account_id}}/{step}": (f"/console/team/{STATE_STYLES}/{step}", {})
            for step in ("link", "duties", "sites", "close", "open", "factor-off")
        },
        "POST /dues/{document_id}/pay": (f"/dues/{the.document}/pay", {}),
        "POST /api/v1/dues/{document_id}/pay": (f"/api/v1/dues/{the.document}/pay", {}),
        **wallet_calls(the.prepaid),
        "GET /static/{file_path}": ("/static/css/tokens.css", {}),
        "GET /{rest}": ("/nowhere", {}),
    }
    return {route: Call(path, body) for route, (path, body) in given.items()}


def filled(route: str, the: SimpleNamespace) -> Call:
    if not hasattr(the, "calls"):  # once, as thousands of them are asked for
        the.calls = calls(the)
    known = the.calls.get(route)
    if known is not None:
        return known
    path = route.split()[1]
    names = {
        "slug": "market",
        "operator_id": UUID(int=1),
        "code": the.code,
        "key": ASKED,
        "evse_id": the.evse,
        "name": "NONE-1",
        "booking_id": the.booking,
        "session_id": the.running,
        "entry_id": the.entry,
        "version_id": the.version,
        "proposal_id": UUID(int=71),
        "ticket_id": UUID(int=72),
        "wait_id": UUID(int=79),
        "notice_id": FAILED,
        "delivery_id": CALLED,
        "hook_id": HOOK_ID,
        "webhook_id": HOOK_ID,
        "partner_id": PARTNER,
        "document_id": the.untaken,
    }
    return Call(path.format_map(names), {})


def _token(scene: Scene) -> str:
    with scene.transactions.begin() as store:
        return store.drivers.tokens_of(scene.ada)[0].uid


def _proposal(scene: Scene) -> PriceProposal:
    effect = Effect(1.0, 1.0, Decimal("0.4"), 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    return PriceProposal(
        UUID(int=71),
        scene.operator_id,
        scene.site_id,
        NOW,
        ProposalKind.BY_CLOCK,
        "{}",
        TariffVersionId(UUID(int=5)),
        (),
        (),
        effect,
        "A test.",
    )
