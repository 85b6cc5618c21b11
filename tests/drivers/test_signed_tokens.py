"""Tokens signed with public keys, against RFC 7515 and what joserfc 1.8 signed."""

import json
from pathlib import Path

import pytest

from forecourt.drivers import UnknownKey, signed_claims
from forecourt.drivers.signed_tokens import ALGORITHMS
from forecourt.kernel import BadInput

SIGNED = json.loads((Path(__file__).parent / "joserfc_tokens.json").read_text())
# RFC 7515, A.3
JOE = {"kty": "EC", "crv": "P-256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}
OF_JOE = (
    "eyJhbGciOiJFUzI1NiJ9"
    ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
    ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
)


def test_the_signed_token_of_rfc_7515_is_valid_and_any_change_is_refused():
    assert signed_claims(OF_JOE, [JOE])["iss"] == "joe"
    for place in (30, len(OF_JOE) - 20):
        changed = f"{OF_JOE[:place]}{'A' if OF_JOE[place] != 'A' else 'B'}{OF_JOE[place + 1 :]}"
        with pytest.raises(BadInput):
            signed_claims(changed, [JOE])


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_tokens_signed_by_another_library_are_valid_for_each_algorithm_with_their_own_key_only(algorithm):
    token, keys = SIGNED["tokens"][algorithm], SIGNED["keys"]
    assert signed_claims(token, [{"kty": "oct", "k": "AA"}, {"kty": "RSA"}, *keys]) == {"sub": "joe"}
    (own,) = [one for one in keys if one["kid"] in (algorithm, "rsa" if algorithm[1] == "S" and algorithm[0] in "RP" else "")]
    for other in ({**own, "kid": "other"}, {**own, "use": "enc"}, {**own, "alg": "HS256"}, {**own, "kty": "oct"}):
        with pytest.raises(UnknownKey):
            signed_claims(token, [other])
    half = token.rpartition(".")
    with pytest.raises(BadInput):
        signed_claims(f"{half[0]}.{half[2][:40]}", keys)


@pytest.mark.parametrize("token", ["", "a.b", "a.b.c", "e30.e30.", "W10.e30.AA", f"{'A' * 70_000}.e30.AA", OF_JOE + "=", "é.e30.AA"])
def test_an_invalid_token_is_refused(token):
    with pytest.raises(BadInput):
        signed_claims(token, [JOE])
