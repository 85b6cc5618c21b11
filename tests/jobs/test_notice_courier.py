"""A notice is sent once, whatever fails; with a real mail server and its fake, in both stores."""

import re
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from forecourt.drivers import Account, Role
from forecourt.flows.desk import (
    CONFIRM_LIFETIME,
    INVITATION_LIFETIME,
    RESET_LIFETIME,
    UNDO_LIFETIME,
    WEBHOOK_LANE_PREFIX,
    Staff,
    account_by_password_key,
    apply_email_change,
    read_email_change,
    request_email_change,
    request_password_link,
    resend_notice,
    send_invitation,
)
from forecourt.flows.desk.notifying import NoticeDraft, notify
from forecourt.jobs import WorkerPorts
from forecourt.jobs.notice_courier import MAX_TRIES, NoticeCourier
from forecourt.messengers import SmtpMailer, SmtpSettings
from forecourt.notices import Channel, NoDelivery, Notice, NoticeContent, NoticeKind, NoticeState, Webhook
from mail_server import Letterbox, mail_server

from ..flows.conftest import NOON, Forecourt, forecourt  # noqa: F401 - a fixture

TURN = NoticeContent("Testplatz", "Weg 1", "Europe/Berlin", "B1", start=NOON, end=NOON + timedelta(minutes=10))


class Clock:
    def __init__(self) -> None:
        self.at = NOON

    def now(self):
        return self.at


@pytest.fixture(scope="module")
def server():
    with mail_server() as running:
        yield running


@pytest.fixture(params=["smtp", "letterbox"])
def post(request, server):
    """(what letters are handed to, where they arrive)"""
    if request.param == "letterbox":
        box = Letterbox()
        return box, box
    server.received.clear()
    return SmtpMailer(SmtpSettings("127.0.0.1", server.port, "none", "post@charge.example"), Clock()), server


class Round:
    """A postman at work on a forecourt."""

    def __init__(self, place: Forecourt, mailer=None, caller=None) -> None:
        self.place, self.clock = place, Clock()
        self.ports = WorkerPorts(
            place.transactions,
            self.clock,
            place.ids,
            None,
            None,
            None,
            60.0,
            mailer or NoDelivery(),
            caller or NoDelivery(),
            "https://c.example",
        )  # type: ignore[arg-type]

    def use(self, **parts) -> None:
        self.ports = replace(self.ports, **parts)

    def notify(self, **changes) -> None:
        news = NoticeDraft("turn/1", self.place.operator_id, self.place.app_driver, NoticeKind.TURN, TURN, "/queue")
        with self.place.transactions.begin() as store:
            notify(store, replace(news, **changes), self.clock.at)

    def go(self, postman: NoticeCourier | None = None) -> int:
        with self.place.transactions.begin() as store:
            lanes = ["notice", *store.outbox.lanes_due(WEBHOOK_LANE_PREFIX, self.clock.at)]
            items = [item for lane in lanes for item in store.outbox.claim(lane, self.clock.at, 100, 60)]
        for item in items:
            (postman or NoticeCourier(self.ports)).deliver(item)
        return len(items)

    @property
    def notices(self) -> list[Notice]:
        with self.place.transactions.begin() as store:
            return list(store.notices.page(self.place.operator_id).rows)


def test_a_notice_requested_twice_is_sent_once(forecourt, post) -> None:  # noqa: F811
    mailer, arrived = post
    walk = Round(forecourt, mailer)
    walk.notify()
    walk.notify()
    assert (walk.go(), walk.go(), len(arrived.keys)) == (1, 0, 1)
    walk.notify()
    (sent,) = walk.notices
    assert walk.go() == 0 and (sent.state, sent.to, sent.tries) == (NoticeState.SENT, "apprider@x.example", 1)
    assert sent.subject == "Your turn at Testplatz: bay B1" and arrived.keys == [str(sent.id)]


def test_a_temporary_failure_is_retried_later_with_the_same_message_id(forecourt, post) -> None:  # noqa: F811
    mailer, arrived = post
    arrived.answers.extend(["450 busy", "451 busy"])
    walk = Round(forecourt, mailer)
    walk.notify()
    assert walk.go() == 1 and walk.go() == 0
    assert walk.notices[0].state is NoticeState.WAITING and walk.notices[0].error == "450 busy"
    for _ in range(3):
        walk.clock.at += timedelta(minutes=5)
        walk.go()
    assert [one.state for one in walk.notices] == [NoticeState.SENT] and arrived.keys == [str(walk.notices[0].id)]


def test_after_the_last_retry_a_notice_has_failed_and_staff_can_resend_it(forecourt, post) -> None:  # noqa: F811
    mailer, arrived = post
    arrived.answers.extend(["450 busy"] * MAX_TRIES)
    walk = Round(forecourt, mailer)
    walk.notify()
    tries = 0
    while walk.notices[0].state is NoticeState.WAITING:
        tries += walk.go()
        walk.clock.at += timedelta(hours=4)
    assert (tries, walk.notices[0].state, walk.notices[0].error) == (MAX_TRIES, NoticeState.FAILED, "450 busy") and not arrived.keys
    failed = walk.notices[0]
    with forecourt.transactions.begin() as store:
        resend_notice(store, Staff(forecourt.operator_id, "ops", walk.clock.at, forecourt.ids), failed.id)
    walk.go()
    assert [one.state for one in walk.notices] == [NoticeState.SENT] and len(arrived.keys) == 1


def test_a_rejected_address_fails_at_once_and_does_not_block_later_notices(forecourt, post) -> None:  # noqa: F811
    mailer, arrived = post
    walk = Round(forecourt, mailer)
    arrived.answers.append("550 no such user")
    walk.notify()
    walk.go()
    walk.notify(key="turn/2")
    walk.go()
    assert [(one.state, one.error) for one in walk.notices] == [(NoticeState.FAILED, "550 no such user"), (NoticeState.SENT, "")]


class Dying:
    """Units of work of a process that dies as it begins the nth, or as it commits it."""

    def __init__(self, kept, nth: int, at_commit: bool) -> None:
        self._kept, self._left, self._at_commit = kept, nth, at_commit

    @contextmanager
    def begin(self):
        self._left -= 1
        if self._left == 0 and not self._at_commit:
            raise ConnectionError("killed")
        with self._kept.begin() as store:
            yield store
            if self._left == 0:
                raise ConnectionError("killed")


@pytest.mark.parametrize(("nth", "at_commit"), [(1, False), (1, True), (2, False), (2, True)])
def test_after_a_crash_at_any_point_a_notice_is_sent_with_the_same_message_id(forecourt, post, nth, at_commit) -> None:  # noqa: F811
    mailer, arrived = post
    walk = Round(forecourt, mailer)
    walk.notify()
    dying = NoticeCourier(replace(walk.ports, transactions=Dying(forecourt.transactions, nth, at_commit)))
    with pytest.raises(ConnectionError):
        walk.go(dying)
    assert walk.go() == 0  # until the lease of the dead one ends
    walk.clock.at += timedelta(minutes=2)
    walk.go()
    assert [one.state for one in walk.notices] == [NoticeState.SENT] and set(arrived.keys) == {str(walk.notices[0].id)}
    assert len(arrived.keys) == (1 if nth == 1 else 2)  # handed over, and not known to be


def test_an_expired_notice_is_not_sent(forecourt, post) -> None:  # noqa: F811
    mailer, arrived = post
    walk = Round(forecourt, mailer)
    walk.notify(good_until=NOON + timedelta(minutes=10))
    walk.clock.at += timedelta(minutes=11)
    walk.go()
    assert [one.state for one in walk.notices] == [NoticeState.LATE] and not arrived.keys


def test_without_a_mail_server_emails_are_stored_and_can_be_sent_later(forecourt, post) -> None:  # noqa: F811
    mailer, arrived = post
    walk = Round(forecourt)
    walk.notify()
    walk.go()
    (kept,) = walk.notices
    assert kept.state is NoticeState.KEPT and "B1" in kept.text and kept.error == "no mail server is set"
    with forecourt.transactions.begin() as store:
        assert [one.id for one in store.notices.of_driver(forecourt.app_driver).rows] == [kept.id]
        resend_notice(store, Staff(forecourt.operator_id, "ops", NOON, forecourt.ids), kept.id)
    Round(forecourt, mailer).go()
    assert arrived.keys == [str(kept.id)]


def test_a_notice_goes_to_the_webhook_as_well_as_to_the_driver(forecourt, post) -> None:  # noqa: F811
    walk = Round(forecourt, post[0])
    with forecourt.transactions.begin() as store:
        store.notices.put_hook(Webhook(forecourt.operator_id, forecourt.operator_id, "https://erp.example/hook", "secret"))
    walk.notify()
    assert walk.go() == 2
    assert {one.channel: one.state for one in walk.notices} == {Channel.MAIL: NoticeState.SENT, Channel.HOOK: NoticeState.KEPT}


def ask(walk: Round, account: Account, good_for: timedelta = RESET_LIFETIME) -> None:
    with walk.place.transactions.begin() as store:
        store.drivers.put_account(account)
        request_password_link(store, account.email, NOON, datetime.now(UTC) + good_for, walk.place.ids)


@pytest.mark.parametrize("role", [Role.DRIVER, Role.OPERATOR, Role.PARTNER])
def test_a_password_reset_link_is_only_in_the_email(forecourt, role) -> None:  # noqa: F811
    box, secret = Letterbox(), b"s" * 32
    walk = Round(forecourt, box)
    walk.use(secret=secret)
    driver_id = forecourt.app_driver if role is Role.DRIVER else None
    account = Account(UUID(int=77), forecourt.operator_id, "who@x.example", role, "old", driver_id)
    ask(walk, account)
    walk.go()
    (letter,), (kept,) = box.letters, walk.notices
    (key,) = re.findall(r"https://c.example/password/(\S+)", letter.text)
    with forecourt.transactions.begin() as store:
        assert account_by_password_key(store, secret, key, datetime.now(UTC)) == account
    assert (letter.to, kept.state, kept.to) == ("who@x.example", NoticeState.SENT, "who@x.example")
    assert "/password/…" in kept.text and key not in repr(kept)


def test_a_team_invitation_has_a_link_to_set_a_password(forecourt) -> None:  # noqa: F811
    walk = Round(forecourt, box := Letterbox())
    walk.use(secret=b"s" * 32)
    lea = Account(UUID(int=77), forecourt.operator_id, "lea@x.example", Role.OPERATOR)
    with forecourt.transactions.begin() as store:
        store.drivers.put_account(lea)
        send_invitation(store, Staff(forecourt.operator_id, "boss", NOON, forecourt.ids), lea, datetime.now(UTC) + INVITATION_LIFETIME)
    walk.go()
    (key,) = re.findall(r"https://c.example/password/(\S+)", box.letters[0].text)
    with forecourt.transactions.begin() as store:
        assert account_by_password_key(store, b"s" * 32, key, datetime.now(UTC)) == lea
    assert box.letters[0].to == "lea@x.example" and key not in repr(walk.notices)


def test_an_expired_link_is_not_sent(forecourt) -> None:  # noqa: F811
    walk = Round(forecourt, box := Letterbox())
    walk.use(secret=b"s" * 32)
    ask(walk, Account(UUID(int=77), forecourt.operator_id, "who@x.example", Role.OPERATOR, "old"), -timedelta(seconds=1))
    walk.go()
    assert [one.state for one in walk.notices] == [NoticeState.LATE] and not box.letters


def test_an_email_change_is_confirmed_at_the_new_address_and_can_be_undone_from_the_old_one(forecourt) -> None:  # noqa: F811
    box, secret, real = Letterbox(), b"s" * 32, datetime.now(UTC)
    walk = Round(forecourt, box)
    walk.use(secret=secret)
    account = Account(UUID(int=77), forecourt.operator_id, "old@x.example", Role.DRIVER, "hash", forecourt.app_driver)
    with forecourt.transactions.begin() as store:
        store.drivers.put_account(account)
        request_email_change(store, account, "New@x.example", NOON, real + CONFIRM_LIFETIME, walk.place.ids)
    for undo in (False, True):
        walk.go()
        (key,) = re.findall(r"https://c.example/email/(\S+)", box.letters[-1].text)
        assert box.letters[-1].to == ("old@x.example" if undo else "new@x.example") and key not in walk.notices[0].text
        with forecourt.transactions.begin() as store:
            found = read_email_change(store, secret, key, real)
            assert found is not None and found.undo is undo
            if not undo:
                apply_email_change(store, found, NOON, real + UNDO_LIFETIME, walk.place.ids)


def test_an_unknown_email_address_gets_no_password_link(forecourt) -> None:  # noqa: F811
    with forecourt.transactions.begin() as store:
        request_password_link(store, "nobody@x.example", NOON, NOON + RESET_LIFETIME, forecourt.ids)
    assert Round(forecourt).notices == []
