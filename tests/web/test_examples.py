"""The programs in examples/ do what they say, against the interface as it is."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import httpx
import pytest
from book_a_bay import book_cheapest, send_until_answered
from hear_messages import Hearing, is_ours
from mirror_ledger import balances, mirror

from forecourt.messengers import WebhookClient
from forecourt.messengers.webhooks import _headers
from forecourt.notices import DeliveryOutcome, WebhookCall

from .conftest import NOW
from .test_api import ADA, WINDOW

LATER = NOW + timedelta(days=1)
NEWS = b'{"id": "1", "event": "turn", "made_at": "2026-06-01T12:00:00Z", "path": "/queue"}'


@pytest.fixture
def hearing() -> Iterator[Hearing]:
    with Hearing(0, "shared") as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_during_a_secret_renewal_a_signature_by_either_secret_is_accepted():
    at = datetime.now(UTC)
    signature = _headers(WebhookCall("1", "https://erp.example", ("new", "old"), NEWS, at))["Forecourt-Signature"]
    heard = [is_ours(signature, NEWS, secret, at.timestamp()) for secret in ("new", "old", "another", "")]
    assert heard == [True, True, False, False]


def test_the_example_quotes_the_cheapest_site_line_by_line_and_books_once(lived, client, capsys):
    client.headers.update(ADA)
    booked = book_cheapest(client, LATER, timedelta(hours=1), 9_000)
    assert booked["state"] == "confirmed" and "EUR" in capsys.readouterr().out
    assert [one["id"] for one in client.get("/api/v1/bookings").json()].count(booked["id"]) == 1


def test_a_request_without_an_answer_is_retried_and_takes_effect_once(scene, client, monkeypatch):
    client.headers.update(ADA)
    post, lost = client.post, [httpx.ReadTimeout("lost")]

    def losing(*asked: object, **more: object) -> httpx.Response:
        answered = post(*asked, **more)
        if lost:
            raise lost.pop()
        return answered

    monkeypatch.setattr(client, "post", losing)
    booked = send_until_answered(client, "/api/v1/bookings", WINDOW, "one wish")
    assert not lost and [one["id"] for one in client.get("/api/v1/bookings").json()] == [booked["id"]]


def test_the_example_reports_a_refusal_in_plain_words(scene, client):
    client.headers.update(ADA)
    with pytest.raises(RuntimeError, match=r"\w+ \w+"):
        book_cheapest(client, NOW - timedelta(hours=3), timedelta(hours=1), 9_000)


def test_the_ledger_copy_is_completed_after_an_interruption_and_balances(lived, ops, tmp_path: Path):
    copy = tmp_path / "ledger.jsonl"
    whole = mirror(ops, copy)
    assert whole == len(ops.get("/api/v1/ledger").json()) > 3 and mirror(ops, copy) == 0
    copy.write_text(copy.read_text()[:-40])  # stopped in the middle of a line
    assert mirror(ops, copy) == 1 and mirror(ops, copy) == 0
    assert sum(balances(copy).values()) == Decimal(0) and any(balances(copy).values())


def test_a_ledger_copy_with_a_gap_is_refused(lived, ops, tmp_path: Path):
    copy = tmp_path / "ledger.jsonl"
    mirror(ops, copy)
    copy.write_text("".join(copy.read_text().splitlines(keepends=True)[1:]))
    with pytest.raises(ValueError, match="gap"):
        mirror(ops, copy)


def test_the_example_receiver_accepts_a_signed_call_once_and_no_forged_one(hearing: Hearing, capsys):
    def told(secret: str, at: datetime) -> DeliveryOutcome:
        caller = WebhookClient(lambda address: True, secure_only=False)
        return caller.call(WebhookCall("1", f"http://127.0.0.1:{hearing.server_port}/", (secret,), NEWS, at)).fate

    now = datetime.now(UTC)
    assert [told("forged", now), told("shared", now - timedelta(minutes=6))] == [DeliveryOutcome.LATER] * 2 and not hearing.heard
    assert [told("shared", now), told("shared", now)] == [DeliveryOutcome.SENT] * 2
    assert capsys.readouterr().out == "2026-06-01T12:00:00Z turn /queue\n"


@pytest.mark.parametrize("signature", ["", "t=", "t=1", "t=²,v1=00", "t=12,v1=é", "v1=00,t=x", ",,,"])
def test_a_malformed_signature_is_refused(signature: str):
    assert not is_ours(signature, b"{}", "shared", 12.0)
