"""The operator sends a charger a command and reads its answer, and changes its password over the connection."""

import re
from dataclasses import dataclass, field, replace
from uuid import UUID

import pytest
from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from forecourt.kernel import ChargerId, DriverId
from forecourt.stations import (
    CertificateRequest,
    Certificates,
    MeterSample,
    OrderResult,
    Outcome,
    Protocol,
    ReadSettings,
    Reconnect,
    ReportMeter,
    RequestState,
    Restart,
    RootUse,
    StopCharge,
    TransactionStarted,
    Unlock,
    WriteSetting,
)
from forecourt.web.frame.sealing import digest

from .apps import app_of
from .conftest import NOW

NAMED = ChargerId("CP-05")
READ = (("HeartbeatInterval", "300"), ("ChargingScheduleAllowedChargingRateUnit", "Power"))


@dataclass
class Chargers:
    """Gives the answer that was set, and records the orders."""

    answer: OrderResult = field(default_factory=lambda: OrderResult(Outcome.ACCEPTED))
    asked: list = field(default_factory=list)

    async def ask(self, charger_id, order):
        self.asked.append(order)
        return self.answer


@pytest.fixture
def chargers() -> Chargers:
    return Chargers()


@pytest.fixture
def staff(scene, make_client, chargers):
    """A signed-in staff member; the charger is online and has a password."""
    with scene.transactions.begin() as store:
        store.stations.put_charger(replace(store.stations.charger(NAMED), connected=True))
        store.stations.put_secret_hash(NAMED, PasswordHasher(memory_cost=512, time_cost=1).hash("the old one"))
    with make_client(app=app_of(scene.ports(send_order=chargers.ask))) as client:
        yield client.sign_in("ops")


def tell(client, **fields):
    return client.submit(f"/console/chargers/{NAMED}/command", **fields)


def opening(scene) -> list[str]:
    with scene.transactions.begin() as store:
        return [store.stations.secret_hash(NAMED), *store.stations.offered_hashes(NAMED)]


def fits(secret_hash: str, password: str) -> bool:
    try:
        return PasswordHasher().verify(secret_hash, password)
    except VerifyMismatchError:
        return False


@pytest.mark.parametrize(
    ("typed", "order"),
    [
        ({"do": "restart", "how": "soft"}, Restart()),
        ({"do": "restart", "how": "now"}, Restart(hard=True)),
        ({"do": "come_again"}, Reconnect()),
        ({"do": "unlock", "socket": "1"}, Unlock(1)),
        ({"do": "status", "socket": "1"}, ReportMeter(1, "STATUS")),
        ({"do": "meter", "socket": "1"}, ReportMeter(1)),
        ({"do": "read"}, ReadSettings(every=True)),
        (
            {"do": "read", "names": "HeartbeatInterval, WebSocketPingInterval"},
            ReadSettings(("HeartbeatInterval", "WebSocketPingInterval"), True),
        ),
        ({"do": "write", "name": "HeartbeatInterval", "value": "600"}, WriteSetting("HeartbeatInterval", "600")),
    ],
)
def test_a_command_is_sent_to_the_charger_and_its_answer_shown_and_logged(staff, chargers, typed, order):
    answer = tell(staff, **typed)
    said = " requested." if isinstance(order, ReportMeter) else "Done."
    assert (answer.status_code, chargers.asked) == (200, [order]) and said in answer.text
    log = staff.get("/console/audit").text
    assert "Command sent to a charger" in log and "Charger answered a command" in log


def test_settings_read_from_a_charger_are_shown_and_its_rate_unit_is_stored(scene, staff, chargers):
    chargers.answer = OrderResult(Outcome.ACCEPTED, "Nonsense", READ)
    page = tell(staff, do="read").text
    assert "HeartbeatInterval" in page and "300" in page and "Unknown to the charger: Nonsense" in page
    with scene.transactions.begin() as store:
        assert store.stations.charger(NAMED).settings.rate_unit == "W"


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        (Outcome.REJECTED, "The charger refused."),
        (Outcome.UNSUPPORTED, "The charger does not support this."),
        (Outcome.UNREACHABLE, "Nothing was sent."),
        (Outcome.UNANSWERED, "It may or may not have carried it out."),
    ],
)
def test_every_outcome_of_a_command_is_shown(staff, chargers, outcome, words):
    chargers.answer = OrderResult(outcome, "<b>UnlockFailed</b>")
    page = tell(staff, do="unlock", socket=1).text
    assert words in page and "<b>UnlockFailed" not in page
    assert outcome.value not in staff.get("/console/audit").text, "the log shows the label of the outcome"


@pytest.mark.parametrize(
    ("typed", "status"),
    [
        ({"do": "unlock", "socket": "7"}, 400),
        ({"do": "unlock", "socket": "x"}, 400),
        ({"do": "explode"}, 400),
        ({"do": "write", "name": "Heart\u0007beat", "value": "1"}, 400),
        ({"do": "write", "name": "HeartbeatInterval", "value": "1" * 501}, 400),
        ({"do": "read", "names": " ".join("A" * n for n in range(1, 40))}, 400),
    ],
)
def test_an_invalid_command_is_not_sent(staff, chargers, typed, status):
    assert (tell(staff, **typed).status_code, chargers.asked) == (status, [])


@pytest.mark.parametrize(
    "name",
    [
        "SecurityProfile",
        "AuthorizationKey",
        "authorizationkey",
        "SecurityCtrlr/SecurityProfile",
        "OCPPCommCtrlr/NetworkConfigurationPriority",
    ],
)
def test_password_and_security_settings_of_a_charger_cannot_be_written_as_settings(scene, staff, chargers, name):
    if "/" in name:
        with scene.transactions.begin() as store:
            store.stations.put_charger(replace(store.stations.charger(NAMED), protocol=Protocol.OCPP201))
    assert (tell(staff, do="write", name=name, value="0").status_code, chargers.asked) == (400, [])


def test_a_command_to_an_offline_charger_is_refused_and_not_queued(scene, staff, chargers):
    with scene.transactions.begin() as store:
        store.stations.put_charger(replace(store.stations.charger(NAMED), connected=False))
    assert "The charger is offline" in staff.get(f"/console/chargers/{NAMED}").text
    assert tell(staff, do="restart").status_code == 409
    assert staff.submit(f"/console/chargers/{NAMED}/password/change").status_code == 409
    assert chargers.asked == []


@pytest.mark.parametrize(
    ("protocol", "setting", "decode"),
    [
        (Protocol.OCPP16, "AuthorizationKey", lambda sent: bytes.fromhex(sent).decode()),
        (Protocol.OCPP201, "SecurityCtrlr/BasicAuthPassword", str),
    ],
)
def test_a_password_accepted_by_the_charger_replaces_the_old_one_and_is_never_shown(scene, staff, chargers, protocol, setting, decode):
    with scene.transactions.begin() as store:
        store.stations.put_charger(replace(store.stations.charger(NAMED), protocol=protocol))
    page = staff.submit(f"/console/chargers/{NAMED}/password/change").text
    (told,) = chargers.asked
    password = decode(told.value)
    assert told.name == setting and re.fullmatch(r"\w{20}", password)
    first, *others = opening(scene)
    assert fits(first, password) and not any(fits(one, "the old one") for one in (first, *others))
    assert "The charger has a new password." in page
    assert password not in page + staff.get("/console/audit").text


def test_a_charger_that_refuses_a_password_keeps_the_old_one(scene, staff, chargers):
    chargers.answer = OrderResult(Outcome.REJECTED)
    assert "The old one still applies." in staff.submit(f"/console/chargers/{NAMED}/password/change").text
    (only,) = opening(scene)
    assert fits(only, "the old one")


@pytest.mark.parametrize("answer", [OrderResult(Outcome.UNANSWERED), OrderResult(Outcome.ACCEPTED, "RebootRequired")])
def test_a_charger_that_may_have_either_password_connects_with_both(scene, staff, chargers, answer):
    chargers.answer = answer
    assert staff.submit(f"/console/chargers/{NAMED}/password/change").status_code == 200
    password = bytes.fromhex(chargers.asked[0].value).decode()
    held, *offered = opening(scene)
    assert fits(held, "the old one") and fits(offered[0], password)
    assert fits(offered[1], password.encode().hex()), "some OCPP 1.6 chargers take the hex digits themselves as the password"


def test_a_charger_that_never_answers_gets_at_most_three_password_changes(staff, chargers):
    chargers.answer = OrderResult(Outcome.UNANSWERED)
    codes = [staff.submit(f"/console/chargers/{NAMED}/password/change").status_code for _ in range(4)]
    assert codes == [200, 200, 200, 409]


@pytest.mark.parametrize("name", ["WifiPassphrase", "ApnPwd", "MqttToken", "OcppPassword", "WifiPsk", "MonitorCredentials"])
def test_the_value_of_a_setting_named_like_a_secret_is_not_logged(staff, chargers, name):
    assert staff.submit(f"/console/chargers/{NAMED}/command", do="write", name=name, value="hush-hush").status_code == 200
    log = staff.get("/console/audit").text
    assert f"write setting {name}" in log and "hush-hush" not in log


def test_a_command_over_rest_returns_outcome_detail_and_values_as_json(scene, staff, chargers):
    chargers.answer = OrderResult(Outcome.ACCEPTED, "", READ)
    with scene.transactions.begin() as store:
        store.drivers.put_sign_in(replace(store.drivers.sign_in(digest("ops")), digest=digest("api-ops"), api=True))
    asked = {"do": "read", "names": ["HeartbeatInterval"]}
    answer = staff.post(f"/api/v1/chargers/{NAMED}/commands", json=asked, headers={"authorization": "Bearer api-ops"})
    assert answer.json() == {"outcome": "ACCEPTED", "detail": "", "values": dict(READ)}
    assert chargers.asked == [ReadSettings(("HeartbeatInterval",), every=True)]


FIRMWARE = {
    "address": "https://files.example/fw.bin",
    "certificate": "-----BEGIN CERTIFICATE-----\r\nMIIB\r\n-----END CERTIFICATE-----\r\n",
    "signature": "MEUC",
    "reason": "A fault of the meter",
}


def test_a_firmware_update_needs_the_password_of_the_staff_member_and_a_reason(staff, scene, chargers):
    path = f"/console/chargers/{NAMED}/firmware"
    refused = staff.submit(path, **FIRMWARE, password="guessed")
    assert (refused.status_code, chargers.asked) == (422, []) and "files.example/fw.bin" in refused.text
    assert staff.submit(path, **{**FIRMWARE, "reason": " "}, password="correct horse battery").status_code == 400
    chargers.answer = OrderResult(Outcome.ACCEPTED, "AcceptedCanceled")
    assert staff.submit(path, **FIRMWARE, password="correct horse battery").status_code == 200
    (wanted,) = chargers.asked
    assert wanted.certificate == "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----"
    assert "https://files.example/fw.bin: A fault of the meter" in staff.get("/console/audit").text
    assert "https://files.example/fw.bin" in staff.get(f"/console/chargers/{NAMED}").text


def test_a_log_upload_is_requested_from_a_charger_and_its_file_name_shown(staff, chargers):
    chargers.answer = OrderResult(Outcome.ACCEPTED, values=(("File", "log.zip"),))
    assert "log.zip" in tell(staff, do="log", address="https://files.example/logs").text
    assert "log.zip" in staff.get(f"/console/chargers/{NAMED}").text
    assert tell(staff, do="log", address="file:///etc").status_code == 400


def test_the_charger_page_shows_certificate_request_and_roots_and_the_last_root_is_kept(lived, client):
    root = "SHA256/aa/bb/5e1a1"
    request = CertificateRequest("-----BEGIN CERTIFICATE REQUEST-----", lived.clock.at, state=RequestState.BY_HAND)
    with lived.transactions.begin() as store:
        charger = store.stations.charger(ChargerId("CP-20"))
        known = Certificates(((root, RootUse.SERVER),), request)
        store.stations.put_charger(replace(charger, connected=True, certificates=known))
    page = client.sign_in("ops").get("/console/chargers/CP-20").text
    assert [words for words in ("have it signed", "BEGIN CERTIFICATE REQUEST", "serial number 5e1a1") if words not in page] == []
    assert "is requesting a certificate" in client.get("/console").text
    assert client.submit("/console/chargers/CP-20/command", do="delete_root", root=root).status_code == 400
    assert client.submit("/console/chargers/CP-20/certificate", chain="x").status_code == 409  # no signing authority is configured


def test_a_running_charge_is_stopped_from_its_page(scene, staff, chargers):
    """As staff do for a driver on the phone."""
    scene.say("CP-05", TransactionStarted(NOW, 1, "", "04CARD05", (MeterSample(NOW, 10_000),)))
    with scene.transactions.begin() as store:
        (session,) = store.sessions.open_of(DriverId(UUID(int=1005)))
    page = staff.get(f"/console/sessions/{session.id}").text
    assert "Stop charging" in page and f'href="/console/drivers/{UUID(int=1005)}"' in page
    told = tell(staff, do="stop", transaction=session.transaction)
    assert told.status_code == 200 and "Done." in told.text and chargers.asked == [StopCharge(session.transaction)]
    assert f"stop charge {session.transaction}" in staff.get("/console/audit").text


def test_stopping_a_charge_that_does_not_run_at_the_charger_is_refused(staff, chargers):
    got = tell(staff, do="stop", transaction="4711")
    assert got.status_code == 409 and "That charge is no longer running at CP-05." in got.text and chargers.asked == []
