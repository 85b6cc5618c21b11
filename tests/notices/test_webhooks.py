"""Which events a webhook receives, and when it is disabled."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from forecourt.kernel import OperatorId, SiteId
from forecourt.notices import DISABLED_AFTER, EVENTS, SECRET_OVERLAP, NoticeKind, Webhook, WebhookState, receiving

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
OPERATOR, HERE, THERE = OperatorId(UUID(int=1)), SiteId(UUID(int=2)), SiteId(UUID(int=3))
EVERY = Webhook(UUID(int=4), OPERATOR, "https://erp.example", "s")


def test_a_webhook_receives_its_selected_events_and_every_test() -> None:
    some = replace(EVERY, events=(NoticeKind.TURN, NoticeKind.PAYOUT_SENT))
    for kind in EVENTS:
        assert EVERY.receives(kind, HERE) and EVERY.receives(kind, None)
        assert some.receives(kind, None) is (kind in (NoticeKind.TURN, NoticeKind.PAYOUT_SENT))
    assert some.receives(NoticeKind.TEST, None) and NoticeKind.TEST not in EVENTS


def test_a_webhook_limited_to_sites_receives_only_their_events() -> None:
    here = replace(EVERY, sites=(HERE,))
    assert [one for one in (HERE, THERE, None) if here.receives(NoticeKind.TURN, one)] == [HERE]
    assert receiving([EVERY, here], NoticeKind.TURN, THERE) == [EVERY]


def test_a_paused_or_disabled_webhook_receives_only_tests() -> None:
    for off in (replace(EVERY, paused_at=NOON), replace(EVERY, disabled_at=NOON)):
        assert not off.receives(NoticeKind.TURN, HERE) and off.receives(NoticeKind.TEST, None)


def test_the_previous_webhook_secret_also_signs_for_a_day() -> None:
    hook = replace(EVERY, secret="later", old_secret="former", old_until=NOON + SECRET_OVERLAP)
    assert hook.secrets_at(NOON) == ("later", "former") and hook.secrets_at(NOON + SECRET_OVERLAP) == ("later",)
    assert EVERY.secrets_at(NOON) == ("s",) and not {"later", "former"} & set(re.findall(r"\w+", repr(hook)))


@given(st.lists(st.tuples(st.integers(0, 30), st.booleans()), max_size=40), st.booleans())
def test_a_webhook_is_disabled_only_after_a_long_time_without_success(calls: list[tuple[int, bool]], paused: bool) -> None:
    hook, at, first_failed = replace(EVERY, paused_at=NOON if paused else None), NOON, None
    for hours, arrived in calls:
        at, before = at + timedelta(hours=hours), hook
        first_failed = None if arrived else first_failed or at
        hook = hook.after_attempt(arrived, at)
        is_long = first_failed is not None and at - first_failed >= DISABLED_AFTER
        assert hook.failing_since == first_failed and hook.paused_at == before.paused_at
        newly = hook.disabled_at != before.disabled_at
        assert newly is (is_long and before.state is WebhookState.ACTIVE) and (not newly or hook.disabled_at == at)
