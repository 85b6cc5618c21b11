"""REST for sites, hosts, chargers and sockets: added, changed and retired as in the console, with the same errors and audit entries."""

import pytest

from forecourt.flows.chargers import list_unknown
from forecourt.kernel import ChargerId
from forecourt.stations import ChargerBooted, Protocol
from forecourt.web.frame.passwords import Argon2Passwords

from .conftest import NOW
from .offers_scene import with_offers

QUAY = {"name": "Quay", "country": "DE", "zone": "Europe/Berlin", "currency": "EUR", "latitude": 52.5, "longitude": 13.4, "limit_kw": 44}
SOCKET = {"standard": "IEC_62196_T2", "phases": ["L1", "L2", "L3"], "voltage_v": 230, "max_a": 32}
BOX = {"site": "harbour", "sockets": [SOCKET, SOCKET | {"max_a": 16, "kind": "Slow"}]}
AT, BOXES = "/api/v1/sites/quay/details", "/api/v1/chargers"


def logged(scene):
    with scene.transactions.begin() as store:
        return [one.action for one in store.audit.recent()]


def test_a_site_is_added_once_and_its_details_are_changed(scene, ops):
    assert [ops.put(AT, json=QUAY).status_code for _ in range(2)] == [201, 200]
    unsaid = {"help_phone": "", "renewable": None, "attended": None, "disabled_spaces": None, "vehicles": []}
    assert ops.get(AT).json() == {"slug": "quay", "address": "", "region": "", "public": unsaid} | QUAY
    again = ops.put(AT, json=QUAY | {"address": "Kai 1", "limit_kw": None})
    assert (again.status_code, again.json()["address"], again.json()["limit_kw"]) == (200, "Kai 1", 44)
    assert ops.get("/api/v1/sites/quay/limits").json()["power_w"] == 44_000
    assert sorted(logged(scene)) == ["site.add", "site.describe"]


def test_the_region_of_a_site_stays_when_a_change_leaves_it_out(ops):
    for change, region in (({"region": "DE-BE"}, "DE-BE"), ({"address": "Kai 1"}, "DE-BE"), ({"region": ""}, "")):
        assert ops.put(AT, json=QUAY | change).json()["region"] == region
    assert ops.put(AT, json=QUAY | {"region": "AT-9"}).json()["code"] == "region"


def test_the_public_details_of_a_site_stay_when_a_change_leaves_them_out(ops):
    said = {"help_phone": "+49 30 123456", "renewable": False, "attended": None, "disabled_spaces": 0, "vehicles": ["car", "bus"]}
    for change, public in (({"public": said}, said), ({"address": "Kai 1"}, said), ({"public": said | {"disabled_spaces": None}}, None)):
        told = ops.put(AT, json=QUAY | change).json()["public"]
        assert told == (public or said | {"disabled_spaces": None})
    assert ops.put(AT, json=QUAY | {"public": {"help_phone": "030 1"}}).json()["code"] == "help_phone"


@pytest.mark.parametrize(
    ("slug", "change", "code"),
    [
        ("quay", {"zone": "Mars/Olympus"}, "zone"),
        ("quay", {"country": "Germany"}, "country"),
        ("quay", {"currency": "euros"}, "currency"),
        ("quay", {"latitude": 91}, "malformed"),
        ("quay", {"limit_kw": 0}, "malformed"),
        ("quay", {"colour": "red"}, "malformed"),
        ("Quay%20West", {}, "slug"),
        ("market", {"limit_kw": 44}, "limit_kw"),
        ("market", {"limit_kw": None, "currency": "CHF"}, "currency"),
    ],
)
def test_invalid_site_details_are_refused_with_an_error_code_and_not_logged(scene, ops, slug, change, code):
    refused = ops.put(f"/api/v1/sites/{slug}/details", json=QUAY | change)
    assert (refused.status_code, refused.json()["code"]) == (400, code) and logged(scene) == []


def test_a_charger_is_added_once_and_its_password_is_returned_once(scene, ops):
    added = ops.put(f"{BOXES}/HB-9", json=BOX)
    password = added.json()["password"]
    assert (added.status_code, added.headers["cache-control"], len(password)) == (201, "no-store", 20)
    assert added.json()["address"].endswith("/ocpp/HB-9")
    same = ops.put(f"{BOXES}/HB-9", json=BOX)
    assert (same.status_code, same.json()["password"]) == (200, None)
    assert [one["kind"] for one in ops.get(f"{BOXES}/HB-9").json()["sockets"]] == ["Type 2 22 kW", "Slow"]
    with scene.transactions.begin() as store:
        assert Argon2Passwords().verify(store.stations.secret_hash(ChargerId("HB-9")), password)
    other = ops.put(f"{BOXES}/HB-9", json=BOX | {"sockets": [SOCKET]})
    assert (other.status_code, other.json()["code"]) == (400, "id") and logged(scene) == ["charger.add"]


def test_a_charger_password_chosen_by_the_operator_is_never_returned(scene, ops):
    own = "0123456789abcdef"
    assert ops.put(f"{BOXES}/HB-9", json=BOX | {"password": own}).json()["password"] is None
    renewed = ops.post(f"{BOXES}/HB-9/password", json={"password": own + "!"})
    assert renewed.json()["password"] is None and len(ops.post(f"{BOXES}/HB-9/password", json={}).json()["password"]) == 20
    assert ops.post(f"{BOXES}/HB-9/password", json={"password": "short"}).status_code == 400


def test_a_pending_charger_is_refused_or_approved_and_keeps_its_protocol_and_credentials(scene, ops):
    with scene.transactions.begin() as store:
        list_unknown(store, ChargerId("NEW-1"), ChargerBooted(NOW, Protocol.OCPP201, "Neuwerk", "One"), NOW)
    assert ops.post(f"{BOXES}/NEW-1/refuse").json()["state"] == "REFUSED"
    let_in = ops.put(f"{BOXES}/NEW-1", json=BOX).json()
    assert (let_in["password"], let_in["charger"]["state"], let_in["charger"]["protocol"]) == (None, "APPROVED", "2.0.1")
    assert ops.post(f"{BOXES}/NEW-1/refuse").status_code == 409
    assert "NEW-1" in [one["id"] for one in ops.get(BOXES).json()]


def test_retiring_a_charger_twice_has_one_effect_and_it_cannot_be_added_again(scene, ops):
    assert [ops.delete(f"{BOXES}/HB-1").json()["state"] for _ in range(2)] == ["RETIRED", "RETIRED"]
    refused = ops.put(f"{BOXES}/HB-1", json=BOX)
    assert (refused.status_code, refused.json()["code"]) == (400, "id") and logged(scene) == ["charger.retire"]


@pytest.mark.parametrize("change", [{"max_a": 5}, {"phases": ["L1", "L1"]}, {"phases": ["L4"]}, {"standard": "a plug"}, {"voltage_v": 0}])
def test_a_socket_with_invalid_electrical_data_is_refused(scene, ops, change):
    assert ops.put(f"{BOXES}/HB-9", json=BOX | {"sockets": [SOCKET | change]}).status_code == 400 and logged(scene) == []


def test_host_shares_apply_now_or_from_a_date_and_a_change_based_on_old_ones_is_refused(scene, ops):
    with_offers(scene)
    at, share = "/api/v1/sites/market/hosts", {"host": "cafe-strom", "percent": "12.5"}
    seen = ops.get(at).json()["seen"]
    kept = ops.put(at, json={"seen": seen, "shares": [share]}).json()
    assert (kept["shares"], kept["planned"], ops.get(at).json()) == ([share], [], kept)
    assert ops.put(at, json={"seen": seen, "shares": []}).status_code == 409
    later = ops.put(at, json={"seen": kept["seen"], "shares": [], "since": "2026-07-01T00:00:00Z"}).json()
    assert later["shares"] == [share] and later["planned"] == [{"since": "2026-07-01T00:00:00Z", "shares": []}]
    strange = ops.put(at, json={"seen": later["seen"], "shares": [{"host": "nobody", "percent": "1"}]})
    assert (strange.status_code, strange.json()["code"]) == (400, "shares")
