"""Old messages are deleted by the operator's rule, except those about money or needing attention; in both stores."""

from dataclasses import replace
from datetime import timedelta

import pytest

from forecourt.flows.desk import Staff, set_message_retention, set_reading_retention
from forecourt.flows.ports import PageRequest
from forecourt.jobs.calendar_jobs import CalendarRuns
from forecourt.kernel import BadInput
from forecourt.notices import NoticeKind, NoticeState, Topic, topic_of

from ..flows.conftest import NOON, Forecourt, forecourt  # noqa: F401 - a fixture
from .test_notice_courier import Round

LONG_AGO = NOON - timedelta(days=91)


def tells(walk: Round, kind: NoticeKind, state: NoticeState, made_at) -> None:
    walk.clock.at = made_at
    walk.notify(kind=kind, key=f"{kind}/{state}/{made_at}")
    with walk.place.transactions.begin() as store:
        made = max(
            store.notices.page(walk.place.operator_id, PageRequest(limit=1000)).rows,
            key=lambda one: (one.state is NoticeState.WAITING, one.made_at),
        )
        store.notices.put(replace(made, state=state))


def rounds(place: Forecourt, at) -> None:
    clock = type("Clock", (), {"now": lambda self: at})()
    runs = CalendarRuns(place.transactions, clock, place.ids)
    while runs.run_due_batches():
        pass


def test_old_messages_are_deleted_unless_they_are_about_money_or_need_attention(forecourt) -> None:  # noqa: F811
    walk = Round(forecourt)
    with forecourt.transactions.begin() as store:
        set_message_retention(store, Staff(forecourt.operator_id, "ops", NOON, forecourt.ids), 90)
    for kind in NoticeKind:
        tells(walk, kind, NoticeState.SENT, LONG_AGO)
    for state in (NoticeState.LATE, NoticeState.KEPT, NoticeState.FAILED):
        tells(walk, NoticeKind.READY, state, LONG_AGO)
    tells(walk, NoticeKind.READY, NoticeState.SENT, NOON - timedelta(days=89))
    for _ in range(2):
        rounds(forecourt, NOON)
    left = [(one.kind, one.state) for one in walk.notices]
    money = [(kind, NoticeState.SENT) for kind in NoticeKind if topic_of(kind) is Topic.MONEY]
    assert sorted(left) == sorted([*money, (NoticeKind.READY, NoticeState.FAILED), (NoticeKind.READY, NoticeState.SENT)])


@pytest.mark.parametrize("days", [0, 29, 3651, -1])
def test_too_short_or_too_long_a_message_retention_is_refused(forecourt, days) -> None:  # noqa: F811
    with forecourt.transactions.begin() as store, pytest.raises(BadInput):
        set_message_retention(store, Staff(forecourt.operator_id, "ops", NOON, forecourt.ids), days)


def test_meter_readings_are_kept_for_at_least_four_and_at_most_ten_years(forecourt) -> None:  # noqa: F811
    by = Staff(forecourt.operator_id, "ops", NOON, forecourt.ids)
    with forecourt.transactions.begin() as store:
        for months in (0, 47, 121):
            with pytest.raises(BadInput):
                set_reading_retention(store, by, months)
        set_reading_retention(store, by, 60)
        assert store.stations.operator(forecourt.operator_id).keep_readings_months == 60
        assert [one.detail for one in store.audit.recent() if one.action == "readings.retention"] == ["60 months"]
