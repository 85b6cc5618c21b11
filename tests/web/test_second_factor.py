"""A second factor: enabled with a first code, required after the password, and disabled with both."""

import base64
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from forecourt.drivers import RECOVERY_CODES, STEP_S, Account, SecondFactor, code_at, recovery_digest
from forecourt.flows.desk import RESET_LIFETIME, password_key
from forecourt.web.frame.sealing import encrypt, seal

from .conftest import KEY, NOW, PASSWORD, Browser, Scene

SECRET, RECOVERY, PAGE = b"a secret of an app..", "ABCD-EFGH-JKLM-NPQR", "/account/second-factor"


def account_of(scene: Scene, name: str = "ada") -> Account:
    with scene.transactions.begin() as store:
        found = store.drivers.account_by_email(f"{name}@example.org")
    assert found is not None
    return found


def code(ahead: int = 0, secret: bytes = SECRET) -> str:
    """As an app shows it now; ahead: 1 = as one whose clock is a step fast."""
    return code_at(secret, int(datetime.now(UTC).timestamp()) // STEP_S + ahead)


def with_factor(scene: Scene, name: str = "ada") -> Account:
    account = account_of(scene, name)
    sealed = encrypt(KEY, f"factor:{account.id.hex}", SECRET)
    with scene.transactions.begin() as store:
        store.factors.put(SecondFactor(account.id, sealed, NOW, 0, (recovery_digest(RECOVERY),)))
    return account


@pytest.fixture
def ada(scene: Scene) -> Account:
    return with_factor(scene)


def at_step(client: Browser, name: str = "ada", back: str = "/") -> str:
    """Signs in with the right password; the address of the redirect."""
    answer = client.submit("/login", email=f"{name}@example.org", password=PASSWORD, back=back)
    assert answer.status_code == 303
    return str(answer.headers["location"])


def is_in(client: Browser) -> bool:
    return client.get("/account", follow_redirects=False).status_code == 200


def letters(scene: Scene) -> list[str]:
    with scene.transactions.begin() as store:
        return [one.kind.value for one in store.notices.page(scene.operator_id).rows]


def set_up(client: Browser, **changed: str):
    """The secret on the page, and the answer to the form below it."""
    shown = client.get(PAGE).text
    secret = base64.b32decode("".join(re.findall(r"Or enter: <code[^>]*>([^<]+)<", shown)[0].split()))
    sealed = re.findall(r'name="sealed" value="([^"]+)"', shown)[0]
    return secret, client.submit(PAGE, **{"sealed": sealed, "code": code(secret=secret), "password": PASSWORD, **changed})


def test_a_first_code_enables_the_second_factor_and_recovery_codes_are_shown_once(client, scene):
    _, answer = set_up(client.sign_in("ada"))
    codes = re.findall(r"<li><code>([A-Z2-7-]{19})</code>", answer.text)
    assert answer.status_code == 200 and len(set(codes)) == RECOVERY_CODES and answer.headers["cache-control"] == "no-store"
    assert codes[0] not in client.get(PAGE).text and "Recovery codes left" in client.get(PAGE).text
    assert letters(scene) == ["factor_on"]
    client.cookies.clear()
    at_step(client)
    assert client.submit("/login/code", code=codes[0].lower()).status_code == 303 and is_in(client)


def test_neither_the_secret_nor_the_recovery_codes_are_stored_in_plain_text(client, scene):
    secret, answer = set_up(client.sign_in("ada"))
    ada = account_of(scene)
    with scene.transactions.begin() as store:
        kept = repr([store.factors.factor(ada.id), *store.audit.recent(), *store.notices.page(scene.operator_id).rows])
    shown = [secret.hex(), base64.b32encode(secret).decode(), base64.b64encode(secret).decode(), repr(secret)]
    assert not [one for one in shown + re.findall(r"<li><code>([^<]+)</code>", answer.text) if one in kept]


def test_the_code_that_enabled_the_second_factor_cannot_be_used_to_sign_in(client, scene):
    secret, _ = set_up(client.sign_in("ada"))
    client.cookies.clear()
    at_step(client)
    assert client.submit("/login/code", code=code(secret=secret)).status_code == 401
    assert client.submit("/login/code", code=code(1, secret)).status_code == 303


@pytest.mark.parametrize(("wrong", "told"), [({"code": "000"}, "If none works"), ({"password": "wrong"}, "That password is not correct.")])
def test_a_mistake_while_enabling_is_shown_at_its_field_and_the_secret_stays_the_same(client, scene, wrong, told):
    secret, answer = set_up(client.sign_in("ada"), **wrong)
    assert answer.status_code == 422 and told in answer.text
    assert base64.b32encode(secret).decode() in answer.text.replace(" ", "")
    assert "Or enter:" in client.get(PAGE).text and letters(scene) == []


def test_a_secret_sealed_for_another_account_is_refused(client, scene):
    sealed = encrypt(KEY, f"factor:{account_of(scene, 'bob').id.hex}", SECRET)
    answer = client.sign_in("ada").submit(PAGE, sealed=sealed, code=code(), password=PASSWORD)
    assert (answer.status_code, answer.headers["location"]) == (303, PAGE)


def test_after_the_password_a_code_is_required_before_a_session_exists(client, ada):
    assert at_step(client, back="/receipts") == "/login/code?back=/receipts"
    assert not is_in(client) and not client.cookies.get("fc_session")
    shown = client.get("/login/code?back=/receipts").text
    assert 'autocomplete="one-time-code"' in shown and 'inputmode="numeric"' in shown
    answer = client.submit("/login/code", code=f" {code()[:3]} {code()[3:]}", back="/receipts")
    assert (answer.status_code, answer.headers["location"]) == (303, "/receipts") and is_in(client)


def test_a_code_can_be_used_once(client, ada):
    used = code()
    at_step(client)
    assert client.submit("/login/code", code=used).status_code == 303
    client.cookies.clear()
    at_step(client)
    assert client.submit("/login/code", code=used).status_code == 401 and not is_in(client)


def test_a_wrong_password_does_not_reveal_whether_there_is_a_second_factor(client, ada):
    answers = [client.submit("/login", email=f"{name}@example.org", password="wrong") for name in ("ada", "bob")]
    known, other = (re.sub(r'value="[^"]+"|ada@|bob@', "", one.text) for one in answers)
    assert known == other and [one.status_code for one in answers] == [401, 401]
    assert [sorted(one.cookies) for one in answers] == [[], []]


def test_wrong_codes_count_like_wrong_passwords_and_the_right_password_does_not_reset_them(client, ada):
    for _ in range(5):
        at_step(client)
        assert client.submit("/login/code", code="000000").status_code == 401
    blocked = client.submit("/login/code", code=code())
    assert blocked.status_code == 429 and int(blocked.headers["retry-after"]) > 0
    assert client.submit("/login", email="ada@example.org", password=PASSWORD).status_code == 429


def test_twenty_wrong_codes_block_codes_for_hours(client, ada, one_app):
    at_step(client)
    for _ in range(20):
        one_app.state.sign_in_limits.codes.failed(str(ada.id))
    blocked = client.submit("/login/code", code=code())
    assert blocked.status_code == 429 and "hours" in blocked.text


@pytest.mark.parametrize("step", ["", "none", "a~1~b.c"])
def test_the_code_page_requires_a_password_step_before_it(client, ada, step):
    client.cookies.set("fc_step", step)
    assert client.get("/login/code?back=/receipts", follow_redirects=False).headers["location"] == "/login?back=/receipts"
    assert client.submit("/login/code", code=code()).headers["location"].startswith("/login?")
    assert not is_in(client)


def test_the_password_step_expires_and_ends_when_the_password_changes(client, ada, scene):
    late = int((datetime.now(UTC) - timedelta(seconds=1)).timestamp())
    at_step(client)
    good = client.cookies["fc_step"]
    client.cookies.set("fc_step", seal(KEY, "step", f"{ada.id.hex}~{late}~{good.strip(chr(34)).split('~')[2].split('.')[0]}"))
    assert client.submit("/login/code", code=code()).headers["location"].startswith("/login?")
    client.cookies.set("fc_step", good)
    with scene.transactions.begin() as store:
        store.drivers.put_account(replace(ada, password_hash="another"))
    assert client.submit("/login/code", code=code()).headers["location"].startswith("/login?")


def test_a_password_reset_by_email_still_requires_the_code(client, ada):
    path = f"/password/{password_key(KEY, ada, datetime.now(UTC) + RESET_LIFETIME)}"
    answer = client.submit(path, password="a new one, long enough")
    assert answer.headers["location"] == "/login/code?back=/" and not is_in(client)
    assert client.submit("/login/code", code=code()).status_code == 303 and is_in(client)


def test_after_losing_the_installations_secret_app_codes_fail_but_recovery_codes_work(client, ada, scene):
    with scene.transactions.begin() as store:
        store.factors.put(replace(store.factors.factor(ada.id), sealed=encrypt(b"x" * 32, f"factor:{ada.id.hex}", SECRET)))
    at_step(client)
    assert client.submit("/login/code", code=code()).status_code == 401
    assert client.submit("/login/code", code=RECOVERY).status_code == 303


@pytest.mark.parametrize("wrong", [{"password": "wrong"}, {"code": "000000"}])
def test_disabling_the_second_factor_requires_password_and_code(client, ada, scene, wrong):
    client.sign_in("ada")
    assert client.submit(f"{PAGE}/off", **{"password": PASSWORD, "code": code(), **wrong}).status_code == 422
    assert letters(scene) == []
    answer = client.submit(f"{PAGE}/off", password=PASSWORD, code=code(1))
    assert (answer.status_code, answer.headers["location"]) == (303, "/account") and letters(scene) == ["factor_off"]
    client.cookies.clear()
    assert at_step(client) == "/" and is_in(client)


def test_new_recovery_codes_invalidate_the_old_ones(client, ada, scene):
    answer = client.sign_in("ada").submit(f"{PAGE}/codes", password=PASSWORD, code=RECOVERY)
    assert len(re.findall(r"<li><code>", answer.text)) == RECOVERY_CODES
    assert client.submit(f"{PAGE}/off", password=PASSWORD, code=RECOVERY).status_code == 422


def test_guessing_codes_in_a_signed_in_browser_is_limited_as_at_sign_in(client, ada):
    client.sign_in("ada")
    for _ in range(5):
        client.submit(f"{PAGE}/off", password=PASSWORD, code="000000")
    assert client.submit(f"{PAGE}/off", password=PASSWORD, code=code()).status_code == 429


def test_api_tokens_need_no_second_factor(client, ada):
    assert client.get("/api/v1/wallet", headers={"authorization": "Bearer api-ada"}).status_code == 200
