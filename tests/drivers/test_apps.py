"""Redirect addresses of third-party apps, and the proof that an app is the one that asked (PKCE)."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from forecourt.drivers import App, csp_entry, is_challenge, is_redirect
from forecourt.drivers.apps import verifies
from forecourt.kernel import OperatorId


def app(*redirects: str) -> App:
    return App(UUID(int=1), OperatorId(UUID(int=2)), "Volt", redirects, datetime(2026, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("redirect", "leads"),
    [
        ("https://app.example/back?x=1", "https://app.example"),
        ("https://app.example:8443", "https://app.example:8443"),
        ("com.example.app:/back", "com.example.app:"),
        ("com.example.app://back", "com.example.app:"),
        ("http://127.0.0.1/back", "http://127.0.0.1"),
        ("http://127.0.0.1:5000/back", "http://127.0.0.1:5000"),
        ("http://[::1]/back", "http:"),
    ],
)
def test_a_redirect_address_may_use_https_a_private_scheme_or_localhost(redirect: str, leads: str) -> None:
    assert is_redirect(redirect) and app(redirect).takes(redirect) and csp_entry(redirect) == leads


@pytest.mark.parametrize(
    "redirect",
    [
        "", "http://app.example/back", "http://localhost/back", "http://127.0.0.1.evil.example/", "https://a@evil.example/", "https://",
        "https://app.example/back#x", "https://app.example /", "https://app.example;x/", "https://a'b/", "javascript:alert(1)", "app:/back",
        "data:text/html,x", "com.example.app:back", "https://app.example/\r\nx", "https://app.example\\.evil.example/", "HTTPS://app.example/",
    ],
)  # fmt: skip
def test_other_redirect_addresses_are_refused(redirect: str) -> None:
    assert not is_redirect(redirect)


@pytest.mark.parametrize(
    "asked",
    [
        "https://app.example/back/", "https://app.example/back?y=1", "https://app.example:444/back", "https://app.example/BACK", "",
        "com.example.app:/other", "http://127.0.0.1:1234/other", "http://[::1]:1234/back", "http://127.0.0.1:1234@evil.example/back",
        "http://127.0.0.1:123456/back", "https://127.0.0.1/back",
    ],
)  # fmt: skip
def test_a_redirect_address_must_match_the_registered_one_exactly(asked: str) -> None:
    assert not app("https://app.example/back", "com.example.app:/back", "http://127.0.0.1/back").takes(asked)


def test_a_localhost_redirect_may_use_any_port() -> None:
    assert app("http://127.0.0.1/back").takes("http://127.0.0.1:51004/back") and app("http://[::1]:1/").takes("http://[::1]:2/")


def test_the_pkce_verifier_of_rfc_7636_matches_only_its_challenge() -> None:
    verifier, challenge = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    assert is_challenge(challenge) and verifies(verifier, challenge)
    assert not verifies(verifier[:-1] + "l", challenge) and not verifies("short", challenge) and not is_challenge(challenge[1:])
