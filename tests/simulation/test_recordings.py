"""The recorded days, and what is left out of them."""

from datetime import UTC, date, datetime, timedelta

import pytest

from forecourt.simulation import load_recording, load_site, recorded_days, sessions_on


def test_every_record_is_kept_or_counted_as_dropped_with_its_reason():
    recording = load_recording("caltech")
    assert len(recording.sessions) == 10_200
    assert recording.dropped == (("socket not on the site's drawing", 556),) and recording.trimmed == 0


def test_the_demo_day_has_39_sessions_and_364_kwh():
    day = sessions_on("caltech", date(2019, 9, 5))
    assert len(day) == 39 and sum(s.energy_wh for s in day) == 364_217
    assert all(s.departure - s.arrival >= timedelta(minutes=1) for s in day)


def test_a_day_begins_and_ends_in_the_zone_of_the_site():
    first = sessions_on("caltech", date(2019, 5, 1))[0]
    assert first.arrival == datetime(2019, 5, 1, 8, 18, 45, tzinfo=UTC)
    assert first.energy_wh == 44_069 and first.requested_wh == 60_000
    assert first.stated_departure == datetime(2019, 5, 1, 16, 20, 45, tzinfo=UTC)


def test_an_unclaimed_session_has_no_stated_needs():
    said = {(s.requested_wh is None, s.stated_departure is None) for s in load_recording("caltech").sessions}
    assert said == {(True, True), (False, False)}
    (unclaimed,) = [s for s in load_recording("caltech").sessions if s.ref == "2_39_79_383_2020-02-12 14:59:20.929207"]
    assert (unclaimed.requested_wh, unclaimed.stated_departure) == (None, None)


def test_recorded_steps_count_elapsed_time_over_a_clock_change():
    (session,) = [s for s in load_recording("caltech").sessions if s.ref == "2_39_130_31_2019-03-13 16:01:11.807890"]
    assert session.arrival == datetime(2019, 3, 13, 16, 0, tzinfo=UTC)


def test_no_socket_holds_two_cars_at_once():
    until = {}
    for session in load_recording("caltech").sessions:
        assert until.get(session.station, session.arrival) <= session.arrival
        until[session.station] = session.departure


def test_several_days_contain_the_sessions_of_each():
    days = [date(2019, 10, 28), date(2019, 10, 29)]
    assert sessions_on("caltech", days[0], 2) == sessions_on("caltech", days[0]) + sessions_on("caltech", days[1])
    assert set(days) <= set(recorded_days("caltech"))


def test_the_recorded_site_uses_every_protocol_and_its_limits_name_known_sockets():
    site = load_site("caltech")
    assert [s.protocol for s in site.stations[:4]] == ["ocpp1.6", "ocpp2.1", "ocpp1.6", "ocpp2.0.1"] and len(site.stations) == 54
    known = {s.id for s in site.stations}
    assert all(label in known for row in site.rows for label, _ in row.weights)


def test_an_unknown_site_is_refused_with_the_known_names():
    with pytest.raises(KeyError, match="caltech"):
        load_site("nowhere")
