"""Claims of an identity provider: for whom, when, and which of them count."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from forecourt.drivers import Account, ExpectedClaims, Identity, Role, SignIn, SingleSignOn, check_id_token, identity_of, read_logout_token
from forecourt.kernel import BadInput, OperatorId

NOW = datetime(2026, 6, 1, tzinfo=UTC)
AT = int(NOW.timestamp())
GOOD = {"iss": "https://id.example", "aud": "we", "sub": "1", "nonce": "n", "iat": AT, "exp": AT + 300}


def check(**changed: object) -> None:
    claims = {name: value for name, value in {**GOOD, **changed}.items() if value is not None}
    check_id_token(claims, ExpectedClaims("https://id.example", "we", "n"), NOW)


def test_valid_claims_pass_with_a_minute_of_clock_drift():
    check()
    check(aud=["we", "they"], azp="we", exp=AT - 59, iat=AT + 60, nbf=AT + 60)


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "https://id.example/"},
        {"aud": "they"},
        {"aud": None},
        {"aud": ["we", "they"]},
        {"aud": ["we", "they"], "azp": "they"},
        {"azp": "they"},
        {"nonce": "m"},
        {"nonce": None},
        {"sub": ""},
        {"sub": 1},
        {"sub": "x" * 256},
        {"exp": AT - 60},
        {"exp": None},
        {"exp": True},
        {"exp": str(AT + 300)},
        {"exp": float("nan")},
        {"exp": float("inf")},
        {"exp": 10**400},
        {"iat": float("nan")},
        {"nbf": float("-inf")},
        {"nonce": "\ud800"},
        {"sub": "\ud800"},
        {"sub": "1\0"},
        {"iat": AT + 61},
        {"iat": None},
        {"nbf": AT + 61},
    ],
)
def test_invalid_claims_are_refused(changed):
    with pytest.raises(BadInput):
        check(**changed)


@pytest.mark.parametrize(
    ("issuer", "said", "email"),
    [
        ("https://id.example", {"email_verified": True}, "ada@firm.example"),
        ("https://id.example", {"email_verified": False}, ""),
        ("https://id.example", {}, ""),
        ("https://id.example", {"email": "ada@firm.example\ud800", "email_verified": True}, ""),
        ("https://id.example", {"xms_edov": True}, ""),
        ("https://login.microsoftonline.com/t/v2.0", {"xms_edov": "1"}, "ada@firm.example"),
        ("https://login.microsoftonline.com/t/v2.0", {"email_verified": True}, ""),
        ("https://login.microsoftonline.com.evil.example/", {"xms_edov": True}, ""),
        ("https://accounts.google.com", {"email_verified": True, "hd": "firm.example"}, "ada@firm.example"),
        ("https://accounts.google.com", {"email_verified": True}, ""),
        ("https://accounts.google.com", {"email_verified": True, "hd": "other.example"}, ""),
    ],
)
def test_an_email_address_counts_only_if_the_provider_may_vouch_for_it(issuer, said, email):
    assert identity_of({"sub": "1", "email": "Ada@Firm.example", **said}, issuer).email == email


@pytest.mark.parametrize(
    ("said", "strong"),
    [
        ({"amr": ["pwd", "mfa"]}, True),
        ({"amr": ["pwd"], "acr": "phr"}, False),
        ({"acr": "phr"}, True),
        ({"acr": "1"}, None),
        ({"acr": ["phr"]}, None),
        ({}, None),
    ],
)
def test_the_providers_statement_about_the_second_factor_takes_precedence_over_the_operators(said, strong):
    identity = identity_of({"sub": "1", **said}, "https://id.example")
    assert identity.strong is strong
    for trusted in (True, False):
        sso = SingleSignOn(OperatorId(UUID(int=1)), "", "", "", UUID(int=2), trusts_factor=trusted)
        assert sso.factor_shown(identity) is (trusted if strong is None else strong)


def test_an_account_linked_to_a_subject_is_no_longer_matched_by_email():
    new = Account(UUID(int=1), OperatorId(UUID(int=1)), "ada@firm.example", Role.OPERATOR)
    known = Account(UUID(int=1), OperatorId(UUID(int=1)), "ada@firm.example", Role.OPERATOR, sso_subject="1")
    assert Identity("2", "ada@firm.example").fits(new) and not Identity("2").fits(new)
    assert Identity("1").fits(known) and not Identity("2", "ada@firm.example").fits(known)


EVENTS = {"http://schemas.openid.net/event/backchannel-logout": {}}
ENDED = {"iss": "https://id.example", "aud": "we", "jti": "7", "iat": AT, "exp": AT + 120, "events": EVENTS}


def sign_in(**of: object) -> SignIn:
    return SignIn(b"", UUID(int=1), NOW, NOW, **{"by_company": True, **of})  # type: ignore[arg-type]


def test_a_logout_token_ends_its_session_or_all_sessions_of_its_person():
    a, b, unnamed = (sign_in(company_session=identity_of({"sub": "1", "sid": sid}, "").session) for sid in ("A", "B", None))
    of_both = read_logout_token({**ENDED, "sub": "1", "sid": "A"}, "https://id.example", "we", NOW)
    of_session = read_logout_token({**ENDED, "sid": "A"}, "https://id.example", "we", NOW)
    of_person = read_logout_token({**ENDED, "sub": "1"}, "https://id.example", "we", NOW)
    assert [[told.ends(one) for one in (a, b, unnamed)] for told in (of_both, of_session, of_person)] == [
        [True, False, True],
        [True, False, False],
        [True, True, True],
    ]
    assert not any(told.ends(sign_in(**other)) for told in (of_both, of_person) for other in ({"api": True}, {"by_company": False}))


def test_an_api_token_pauses_days_after_the_last_sign_in_creation_or_rule_change():
    day = timedelta(days=1)
    ada = Account(UUID(int=1), OperatorId(UUID(int=1)), "ada@firm.example", Role.OPERATOR, sso_subject="1")
    sso = SingleSignOn(OperatorId(UUID(int=1)), "", "", "", UUID(int=2), NOW, token_days=10)
    token = replace(sign_in(api=True), created_at=NOW - 5 * day)
    assert sso.token_pauses_at(ada, token) == NOW + 10 * day
    assert sso.token_pauses_at(replace(ada, sso_seen_at=NOW + 3 * day), token) == NOW + 13 * day
    assert replace(sso, no_passwords_since=NOW + 4 * day).token_pauses_at(ada, token) == NOW + 14 * day
    assert sso.token_pauses_at(ada, replace(token, created_at=NOW + 5 * day)) == NOW + 15 * day


def test_api_tokens_of_accounts_with_another_sign_in_method_do_not_pause():
    known = Account(UUID(int=1), OperatorId(UUID(int=1)), "ada@firm.example", Role.OPERATOR, "hash", sso_subject="1")
    sso = SingleSignOn(OperatorId(UUID(int=1)), "", "", "", UUID(int=2), NOW)
    only = replace(sso, passwords=False)
    assert sso.token_pauses_at(known, sign_in(api=True)) is None and only.token_pauses_at(known, sign_in(api=True)) is not None
    assert replace(only, keeper_id=known.id).token_pauses_at(known, sign_in(api=True)) is None
    assert replace(only, tried_at=None).token_pauses_at(known, sign_in(api=True)) is None
