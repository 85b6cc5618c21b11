"""Payment codes on a charger's display: enabling them, scanning one and paying; the display is the simulated charger's."""

from dataclasses import replace

import pytest

from forecourt.drivers import visit_secret
from forecourt.kernel import ChargerId
from forecourt.simulation.charger import ChargerSpec, Display, EvseSpec, build_charger
from forecourt.stations import NotifyWebPayment, OrderResult, Outcome, Protocol
from forecourt.web.frame.sealing import digest

from .apps import app_of
from .conftest import KEY, NOW
from .guests_scene import guests
from .test_guest_visits import Cards

NAMED = ChargerId("CP-23")


class OwnClock:
    def __init__(self) -> None:
        self.at = NOW.timestamp()

    def seconds(self) -> float:
        return self.at


class Shows:
    """A charger that has one display, or one for each of its sockets; or that takes no secret."""

    def __init__(self) -> None:
        self.clock = OwnClock()
        spec = ChargerSpec("ws://nowhere", NAMED, (EvseSpec(1, "23"),), protocol="ocpp2.1")
        self.display = Display(build_charger(spec, self.clock))
        self.asked, self.each, self.refuses = [], False, ""

    async def ask(self, _charger_id, order):
        self.asked.append(order)
        name = order.name.rpartition("/")[2]
        if (self.each and not order.evse_number) or name == self.refuses:
            return OrderResult(Outcome.REJECTED, "UnknownComponent")
        self.display.settings[name] = order.value
        return OrderResult(Outcome.ACCEPTED)

    @property
    def path(self) -> str:
        return self.display.address(1).removeprefix("https://charge.example")


@pytest.fixture
def shows() -> Shows:
    return Shows()


@pytest.fixture
def client(scene, make_client, shows):
    guests(scene)
    with scene.transactions.begin() as store:
        store.stations.put_charger(replace(store.stations.charger(NAMED), connected=True, protocol=Protocol.OCPP21))
    ports = scene.ports(send_order=shows.ask, payment_events=Cards(), card_key="pk_test_1", public_url="https://charge.example")
    with make_client(app=app_of(ports)) as opened:
        yield opened.sign_in("ops")


def turn_on(client) -> str:
    return client.submit(f"/console/chargers/{NAMED}/pay-codes").text


def field(page: str, name: str) -> str:
    return page.split(f'name="{name}" value="')[1].split('"')[0]


def test_the_displayed_code_opens_price_and_payment_and_the_charger_is_notified(scene, client, shows) -> None:
    assert "The charger shows payment codes." in turn_on(client)
    page = client.get(shows.path).text
    assert '<h2 id="price">Price</h2>' in page
    form = {name: field(page, name) for name in ("_csrf", "key", "version", "scan")}
    code = page.split('action="/e/')[1].split('"')[0]
    assert client.post(f"/e/{code}", data=form, follow_redirects=False).status_code == 303
    with scene.transactions.begin() as store:
        assert store.guests.by_digest(digest(visit_secret(KEY, digest(form["key"]))))
        told = [one.work.order for one in store.outbox.open_items("charger") if isinstance(one.work.order, NotifyWebPayment)]
    assert told == [NotifyWebPayment(1, 300)]
    again = client.post(f"/e/{code}", data=form | {"key": "k" * 43})
    assert again.status_code == 409 and "Someone has already started to pay with this code." in again.text


def test_a_forged_or_expired_payment_code_starts_nothing(scene, client, shows) -> None:
    turn_on(client)
    page = client.get(shows.path).text
    code, form = page.split('action="/e/')[1].split('"')[0], {one: field(page, one) for one in ("_csrf", "key", "version", "scan")}
    assert client.post(f"/e/{code}", data=form | {"scan": form["scan"][:-2] + "xx"}).status_code == 400
    scene.clock.at = NOW.replace(minute=NOW.minute + 11)
    late = client.post(f"/e/{code}", data=form)
    assert late.status_code == 400 and "too long since you scanned" in late.text
    shows.clock.at = NOW.timestamp()
    assert client.get(shows.path).status_code == 404
    shows.clock.at = scene.clock.at.timestamp()
    assert client.get(shows.path).status_code == 200


def test_guessing_payment_codes_is_rate_limited(client, shows) -> None:
    turn_on(client)
    wrong = shows.path.replace("/v1", "").rpartition("/")[0] + "/0000000000/v1"
    assert {client.get(wrong).status_code for _ in range(20)} == {404}
    assert (client.get(wrong).status_code, client.get(shows.path).status_code) == (429, 429)


def test_a_charger_with_a_display_per_socket_is_configured_for_each(client, shows) -> None:
    shows.each = True
    assert "The charger shows payment codes." in turn_on(client)
    assert [one.evse_number for one in shows.asked] == [0, *(1 for _ in range(6))]
    assert client.get(shows.path).status_code == 200
    assert "no longer valid" in client.submit(f"/console/chargers/{NAMED}/pay-codes/off").text
    assert shows.path == ""


@pytest.mark.parametrize("refuses", ["TOTPVersion", "Enabled", "SharedSecret"])
def test_a_charger_that_rejects_payment_codes_stays_without_them(client, shows, refuses) -> None:
    shows.refuses = refuses
    assert "The charger shows no payment codes." in turn_on(client)
    assert "Show payment codes</button>" in client.get(f"/console/chargers/{NAMED}").text


def test_the_shared_secret_of_payment_codes_appears_on_no_page_and_in_no_log(scene, client, shows) -> None:
    pages = turn_on(client) + client.get(f"/console/chargers/{NAMED}").text + client.get("/console/audit").text
    secret = shows.display.settings["SharedSecret"]
    with scene.transactions.begin() as store:
        kept = f"{store.stations.charger(NAMED)!r}{store.outbox.open_items('charger')!r}"
    assert len(secret) == 43 and secret not in pages and secret not in kept
    refused = client.submit(f"/console/chargers/{NAMED}/command", do="write", name="WebPaymentsCtrlr/SharedSecret", value="mine")
    assert refused.status_code == 400


def test_ocpp_1_6_chargers_offer_no_payment_codes(scene, client) -> None:
    with scene.transactions.begin() as store:
        store.stations.put_charger(replace(store.stations.charger(NAMED), protocol=Protocol.OCPP16))
    assert client.submit(f"/console/chargers/{NAMED}/pay-codes").status_code == 409
    assert "payment codes" not in client.get(f"/console/chargers/{NAMED}").text
