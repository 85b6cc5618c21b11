"""General rules of OCPI 2.2.1 messages: status codes, headers, addresses and dates."""

import pytest

from .conftest import Desk, Provider
from .test_charges import charged  # noqa: F401 - a fixture
from .test_tokens import TOKEN


def codes(answer) -> tuple[int, int]:
    return answer.status_code, answer.json()["status_code"]


@pytest.mark.parametrize("what", ["commands/STOP_SESSION", "chargingprofiles/1"])
def test_invalid_json_gets_http_400_and_a_wrong_json_type_an_ocpi_error(joined: Desk, what: str) -> None:
    method = "POST" if what.startswith("commands") else "PUT"
    for body in (b"{", b"\xff", b'{"response_url": NaN}', b'{"limit": 1e400}', b"[" * 50_000):
        assert codes(joined.ask(method, f"/ocpi/2.2.1/{what}", body)) == (400, 2000)
    assert codes(joined.ask(method, f"/ocpi/2.2.1/{what}", [])) == (200, 2001)


def test_refusals_carry_the_ocpi_routing_headers(joined: Desk) -> None:
    heads = {"ocpi-from-country-code": "BE", "ocpi-from-party-id": "ABC"}
    for path in ("cdrs?limit=x", "tokens/NL/TNM/NONE", "locations/nowhere"):
        answer = joined.ask("GET", f"/ocpi/2.2.1/{path}", **heads)
        routing = [answer.headers[f"ocpi-{way}-party-id"] for way in ("to", "from")]
        assert answer.json()["status_code"] >= 2000 and routing == ["ABC", "FCT"]
    for path in ("versions", "2.2.1", "2.2.1/credentials"):  # not between parties, but between systems
        assert not [one for one in joined.ask("GET", f"/ocpi/{path}").headers if one.startswith("ocpi-")]


def test_a_command_for_an_unknown_location_gets_code_2003_and_a_rejected_result(joined: Desk, provider: Provider) -> None:
    site, nowhere = str(joined.scene.site_id), "00000000-0000-0000-0000-00000000ffff"
    socket = {"location_id": site, "evse_uid": str(joined.scene.evse(12)), "connector_id": "1"}
    wanted = {"response_url": provider.base, "token": TOKEN, "reservation_id": "R", "expiry_date": "2026-06-01T13:30:00Z", **socket}
    for command, change in (
        ("UNLOCK_CONNECTOR", {"evse_uid": "x"}),
        ("UNLOCK_CONNECTOR", {"location_id": nowhere}),
        ("UNLOCK_CONNECTOR", {"connector_id": "2"}),
        ("START_SESSION", {"connector_id": "2"}),
        ("RESERVE_NOW", {"location_id": "x"}),
        ("RESERVE_NOW", {"location_id": nowhere}),
    ):
        answer = joined.ask("POST", f"/ocpi/2.2.1/commands/{command}", wanted | change)
        assert codes(answer) == (200, 2003) and answer.json()["data"]["result"] == "REJECTED", (command, change)


def test_charging_preferences_are_refused_for_sockets_without_the_capability(joined: Desk) -> None:
    wanted = {"profile_type": "CHEAP", "departure_time": "2026-06-01T18:00:00Z"}
    answer = joined.ask("PUT", "/ocpi/2.2.1/sessions/1/charging_preferences", wanted)
    assert codes(answer) == (404, 2001) and answer.headers["ocpi-to-party-id"] == "TNM"


def test_stopping_an_unknown_session_is_answered_with_unknown_session(joined: Desk, provider: Provider) -> None:
    for name in ("1", "00000000-0000-0000-0000-00000000ffff"):
        answer = joined.ask("POST", "/ocpi/2.2.1/commands/STOP_SESSION", {"response_url": provider.base, "session_id": name})
        assert codes(answer) == (200, 1000) and answer.json()["data"]["result"] == "UNKNOWN_SESSION"


def test_date_filters_from_1970_or_earlier_are_accepted_and_invalid_dates_refused(charged: Desk) -> None:  # noqa: F811
    assert len(charged.data("/ocpi/2.2.1/sessions/?date_from=1970-01-01T00:00:00Z&date_to=9999-12-31T23:59:59Z")) == 2
    assert charged.data("/ocpi/2.2.1/cdrs?date_from=0001-01-01T00:00:00&date_to=1970-01-01T00:00:00.123Z") == []
    for wrong in ("2026-06-01T10:00:00%2B02:00", "2026-06-01", "2026-02-30T00:00:00Z", "%D9%A2%D9%A0%D9%A2%D9%A6-06-01T10:00:00Z"):
        assert codes(charged.ask("GET", f"/ocpi/2.2.1/cdrs?date_from={wrong}")) == (200, 2001)


def test_a_token_uid_may_contain_any_printable_character(joined: Desk) -> None:
    for uid, path in (("04/FA:CE", "04%2FFA:CE"), ("A%2F B?#", "A%252F%20B%3F%23"), ("..", "%2E%2E")):
        home = f"/ocpi/2.2.1/tokens/NL/TNM/{path}"
        assert codes(joined.ask("PUT", home, {**TOKEN, "uid": uid})) == (201, 1000)
        assert joined.data(home)["uid"] == uid


def test_dates_finer_than_milliseconds_are_read_and_zone_offsets_refused(joined: Desk) -> None:
    home = "/ocpi/2.2.1/tokens/NL/TNM/04FACADE"
    assert codes(joined.ask("PUT", home, {**TOKEN, "last_updated": "2026-06-01T10:00:00.1234567Z"})) == (201, 1000)
    assert joined.data(home)["last_updated"] == "2026-06-01T10:00:00.123Z"
    for zone in ("+02:00", "+00:00", " UTC"):
        assert codes(joined.ask("PUT", home, {**TOKEN, "last_updated": f"2026-06-01T11:00:00{zone}"})) == (200, 2001)
