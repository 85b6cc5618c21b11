"""A charger's card terminal: enabled on its page if the charger accepts the settings, and disabled there again."""

from dataclasses import replace

import pytest

from forecourt.kernel import ChargerId
from forecourt.stations import OrderResult, Outcome, Protocol

from .apps import app_of
from .guests_scene import guests

NAMED = ChargerId("CP-23")
PAGE = f"/console/chargers/{NAMED}"


class Told:
    """A charger of OCPP 2.1 that takes what it is told, but for one setting."""

    def __init__(self) -> None:
        self.settings: dict[str, str] = {}
        self.refuses, self.detail = "", ""

    async def ask(self, _charger_id, order):
        name = order.name.rpartition("/")[2]
        if name == self.refuses:
            return OrderResult(Outcome.REJECTED, "no such variable")
        self.settings[name] = order.value
        return OrderResult(Outcome.ACCEPTED, self.detail)


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def client(scene, make_client, told):
    guests(scene)
    with scene.transactions.begin() as store:
        store.stations.put_charger(replace(store.stations.charger(NAMED), connected=True, protocol=Protocol.OCPP21))
    with make_client(app=app_of(scene.ports(send_order=told.ask))) as opened:
        yield opened.sign_in("ops")


def allowed(scene) -> bool:
    with scene.transactions.begin() as store:
        return store.stations.charger(NAMED).takes_terminal


def test_enabling_a_terminal_sets_authorisation_central_settlement_and_the_amount_to_hold(scene, client, told) -> None:
    assert "if there is one, is disabled" in client.get(PAGE).text and not allowed(scene)
    assert "can start charges now" in client.submit(f"{PAGE}/terminal").text and allowed(scene)
    assert (told.settings["AuthorizeDirectPayment"], told.settings["SettlementByCSMS"]) == ("true", "true")
    assert float(told.settings["AuthorizationAmount"]) > 1
    assert "The card terminal is enabled" in client.get(PAGE).text
    client.submit(f"{PAGE}/terminal/off")
    assert "Card terminal disabled." in client.get(PAGE).text and not allowed(scene)
    assert "Card terminal of a charger" in client.get("/console/audit").text


@pytest.mark.parametrize("refuses", ["AuthorizeDirectPayment", "SettlementByCSMS"])
def test_a_terminal_that_rejects_a_setting_stays_disabled_and_the_page_says_why(scene, client, told, refuses) -> None:
    told.refuses = refuses
    assert "cannot start charges" in client.submit(f"{PAGE}/terminal").text and not allowed(scene)
    assert f"is disabled: it answered PaymentCtrlr/{refuses} with rejected (no such variable)" in client.get(PAGE).text


def test_a_terminal_may_refuse_the_amount_to_hold(scene, client, told) -> None:
    told.refuses = "AuthorizationAmount"
    assert "can start charges now" in client.submit(f"{PAGE}/terminal").text and allowed(scene)


def test_a_terminal_setting_that_needs_a_restart_is_not_enabled_before_it(scene, client, told) -> None:
    told.detail = "RebootRequired"
    assert "after a restart" in client.submit(f"{PAGE}/terminal").text and not allowed(scene)


def test_a_manually_written_setting_that_undoes_it_disables_the_terminal(scene, client) -> None:
    client.submit(f"{PAGE}/terminal")
    client.submit(f"{PAGE}/command", do="write", name="PaymentCtrlr/SettlementByCSMS", value="false")
    assert "it reports that PaymentCtrlr/SettlementByCSMS is false" in client.get(PAGE).text and not allowed(scene)


def test_ocpp_2_0_1_chargers_have_no_terminal_settings(scene, client) -> None:
    with scene.transactions.begin() as store:
        store.stations.put_charger(replace(store.stations.charger(NAMED), protocol=Protocol.OCPP201))
    assert client.submit(f"{PAGE}/terminal").status_code == 409 and "card terminal" not in client.get(PAGE).text
