"""Web push: only its browser can decrypt it, it is signed for the push service, and answers are understood."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecourt.messengers import HttpRequest, WebPusher, encrypted
from forecourt.notices import DeliveryOutcome, Push
from push_service import AUTH, P256DH, opened, private, push_service, raw, signed_by, text

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
SECRET = b"a secret of the tests, 32 bytes."
# RFC 8291, appendix A.
SENDER, SALT = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw", "DGv6ra1nlYgDCS1FRnbzlw"
PLAIN = b"When I grow up, I want to be a watermelon"
BODY = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPT"
    "pK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)


@pytest.fixture
def service():
    with push_service() as running:
        yield running


@pytest.fixture
def pusher():
    made = WebPusher(SECRET, "mailto:ops@example.org", HttpRequest(lambda address: True, secure_only=False))
    yield made
    made.close()


def push(endpoint: str, **changes: object) -> Push:
    return replace(Push("k" * 32, endpoint, P256DH, text(AUTH), b'{"title":"Your turn"}', 600, urgent=True), **changes)


def test_encryption_reproduces_the_example_of_rfc_8291() -> None:
    assert text(encrypted(PLAIN, raw(P256DH), AUTH, private(SENDER), raw(SALT))) == BODY and opened(raw(BODY)) == PLAIN


@given(st.binary(max_size=3993), st.binary(min_size=16, max_size=16))
def test_an_encrypted_push_is_decrypted_by_its_browser(plain: bytes, salt: bytes) -> None:
    body = encrypted(plain, raw(P256DH), AUTH, private(SENDER), salt)
    assert len(body) <= 4096 and opened(body) in (plain, plain.rstrip(b"\0"))


@pytest.mark.parametrize("wrong", [{"plain": b"x" * 3994}, {"auth": b"short"}, {"receiver": b"\x04" + b"1" * 64}, {"receiver": b""}])
def test_too_long_a_push_or_an_invalid_key_is_refused(wrong) -> None:
    given = {"plain": PLAIN, "receiver": raw(P256DH), "auth": AUTH, **wrong}
    with pytest.raises(ValueError):
        encrypted(**given, sender=private(SENDER), salt=raw(SALT))


def test_a_push_arrives_encrypted_and_signed_with_the_subscribed_key(service, pusher) -> None:
    assert pusher.push(push(service.at("/p/1")), NOON).fate is DeliveryOutcome.SENT
    ((path, heads, body),) = service.taken
    assert path == "/p/1" and opened(body) == b'{"title":"Your turn"}'
    key, claims = signed_by(heads["Authorization"])
    assert key == pusher.public_key == WebPusher(SECRET, "").public_key
    assert claims["aud"] == f"http://{heads['Host']}" and claims["sub"] == "mailto:ops@example.org"
    assert NOON.timestamp() < claims["exp"] <= (NOON + timedelta(hours=24)).timestamp()
    assert (heads["Content-Encoding"], heads["TTL"], heads["Urgency"], heads["Topic"]) == ("aes128gcm", "600", "high", "k" * 32)


@pytest.mark.parametrize(
    ("code", "fate"),
    [
        (200, DeliveryOutcome.SENT),
        (404, DeliveryOutcome.GONE),
        (410, DeliveryOutcome.GONE),
        (429, DeliveryOutcome.LATER),
        (503, DeliveryOutcome.LATER),
        (400, DeliveryOutcome.NEVER),
        (413, DeliveryOutcome.NEVER),
        (307, DeliveryOutcome.NEVER),
    ],
)
def test_the_status_of_the_push_service_decides_the_outcome(service, pusher, code, fate) -> None:
    service.codes["/p/1"] = code
    assert pusher.push(push(service.at("/p/1")), NOON).fate is fate


@pytest.mark.parametrize("keys", [{"p256dh": text(b"\x04" + b"1" * 64)}, {"auth": "AA"}, {"p256dh": "ü"}])
def test_a_subscription_with_invalid_keys_counts_as_gone(service, pusher, keys) -> None:
    assert pusher.push(push(service.at("/p/1"), **keys), NOON).fate is DeliveryOutcome.GONE and not service.taken


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/", "https://localhost/", "https://169.254.169.254/", "file:///etc/passwd", "https://[::1]/"]
)
def test_no_push_address_leads_into_our_own_network(url) -> None:
    assert WebPusher(SECRET, "mailto:ops@example.org").push(push(url), NOON).fate in (DeliveryOutcome.NEVER, DeliveryOutcome.LATER)
