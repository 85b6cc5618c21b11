"""Signed webhook calls: which addresses are called, and which are not."""

import socket
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import ip_address
from itertools import product

import pytest

from forecourt.messengers import WebhookClient, public_only
from forecourt.notices import DeliveryOutcome, WebhookCall, one_line
from forecourt.processors.webhook_signatures import check_signature
from hook_server import Hooks, called_system  # noqa: F401 - a fixture

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def every_address(address: object) -> bool:
    """For systems on the same machine."""
    return True


def resolving(*addresses: str) -> Callable[..., list[tuple[object, ...]]]:
    return lambda host, port, **_: [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in addresses]


def call(url: str) -> WebhookCall:
    return WebhookCall("key-1", url, ("secret",), b'{"event": "turn"}', NOON)


def test_a_webhook_call_is_signed_and_names_its_event(hooks: Hooks) -> None:
    port = hooks.server_port
    caller = WebhookClient(every_address, secure_only=False, resolve=resolving("::1", "127.0.0.1"))  # the first one nobody answers at
    arrived = caller.call(call(f"http://hooks.example:{port}/hook?a=1"))
    assert (arrived.fate, arrived.code) == (DeliveryOutcome.SENT, hooks.code)
    ((heads, body),) = hooks.calls
    check_signature(body, heads["Forecourt-Signature"], ["secret"], NOON, 300)
    assert (heads["Forecourt-Event"], heads["Host"], body) == ("key-1", f"hooks.example:{port}", b'{"event": "turn"}')


def test_a_call_is_signed_with_both_secrets_while_one_is_replaced(hooks: Hooks) -> None:
    sent = replace(call(f"http://127.0.0.1:{hooks.server_port}/hook"), secrets=("new", "old"))
    WebhookClient(every_address, secure_only=False).call(sent)
    ((heads, body),) = hooks.calls
    signature = heads["Forecourt-Signature"]
    for secret in ("new", "old"):
        check_signature(body, signature, [secret], NOON, 300)


@pytest.mark.parametrize("text", [b"", b"no such hook\r\n\x00", b"zu viel " * 500, b"\xff\xfe", "\u20ac".encode() * 2000])
def test_the_first_characters_of_the_response_are_kept_on_one_line(hooks: Hooks, text: bytes) -> None:
    hooks.code, hooks.text = 503, text
    carried = WebhookClient(every_address, secure_only=False).call(call(f"http://127.0.0.1:{hooks.server_port}/hook"))
    assert carried.answer == one_line(text[:2000].decode(errors="replace"))[:500] and carried.code == 503


def test_an_incomplete_or_endless_response_counts_by_its_status(hooks: Hooks) -> None:
    hooks.code, hooks.text, hooks.stated_length = 200, b"all is we", 100
    carried = WebhookClient(every_address, secure_only=False).call(call(f"http://127.0.0.1:{hooks.server_port}/hook"))
    assert (carried.fate, carried.answer) == (DeliveryOutcome.SENT, "all is we")


@pytest.mark.parametrize("code", [301, 302, 307, 400, 404, 410, 500, 503])
def test_any_other_status_is_retried_and_redirects_are_not_followed(hooks: Hooks, code: int) -> None:
    hooks.code, hooks.location = code, f"http://127.0.0.1:{hooks.server_port}/elsewhere"
    carried = WebhookClient(every_address, secure_only=False).call(call(f"http://127.0.0.1:{hooks.server_port}/hook"))
    assert (carried.fate, carried.code) == (DeliveryOutcome.LATER, code) and len(hooks.calls) == 1


INWARD = [
    "127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0.0.0.0", "[::]",
    "169.254.169.254", "10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "[fe80::1]", "[fd00::1]", "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]", "224.0.0.1", "me@127.0.0.1",
]  # fmt: skip


@pytest.mark.parametrize("secure_only", [True, False])
def test_no_webhook_address_leads_into_our_own_network(hooks: Hooks, secure_only: bool) -> None:
    """Also where plain HTTP is allowed: the test server is never called."""
    caller = WebhookClient(secure_only=secure_only)
    for scheme, host in product(("https", "http"), INWARD):
        carried = caller.call(call(f"{scheme}://{host}:{hooks.server_port}/"))
        assert carried.fate is not DeliveryOutcome.SENT and not hooks.calls, f"{scheme}://{host}"


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "gopher://127.0.0.1/", "ftp://127.0.0.1/", "//127.0.0.1/", "", "https://", "https://[::1"]
)
def test_an_invalid_web_address_is_not_called(url: str) -> None:
    assert WebhookClient(every_address, secure_only=False).call(call(url)).fate is DeliveryOutcome.NEVER


def test_a_host_name_is_resolved_once_and_the_checked_address_is_called(hooks: Hooks) -> None:
    """DNS rebinding: the address that was checked is the one that is called."""
    asked: list[str] = []

    def rebinding(host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        asked.append(host)
        return resolving("127.0.0.1" if len(asked) == 1 else "127.0.0.2")(host, port)

    caller = WebhookClient(lambda one: one == ip_address("127.0.0.1"), secure_only=False, resolve=rebinding)
    assert caller.call(call(f"http://hooks.example:{hooks.server_port}/")).fate is DeliveryOutcome.SENT
    assert asked == ["hooks.example"] and len(hooks.calls) == 1
    assert caller.call(call(f"http://hooks.example:{hooks.server_port}/")).fate is DeliveryOutcome.NEVER


@pytest.mark.parametrize(
    "address",
    ["::127.0.0.1", "::ffff:0:127.0.0.1", "64:ff9b:1::a00:1", "fec0::1", "2001:db8::1", "3fff::1", "5f00::1", "100::1", "192.0.0.192"],
)
def test_special_purpose_addresses_are_not_public(address: str) -> None:
    assert not public_only(ip_address(address))


def test_public_addresses_are_public() -> None:
    assert all(public_only(ip_address(one)) for one in ("8.8.8.8", "2001:4860:4860::8888", "::ffff:8.8.8.8", "64:ff9b::808:808"))
