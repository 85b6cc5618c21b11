"""Tokens signed with a public key (JWS, RFC 7515 and 7518; EdDSA, RFC 8037 and 9864): verify them and return their claims."""

from collections.abc import Mapping, Sequence
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import BadSignatureError, JoseError
from joserfc.jwk import Key, RSAKey, import_key

from forecourt.kernel import BadInput

Jwk = Mapping[str, Any]
MAX_TOKEN_CHARS = 64 * 1024
_MIN_RSA_BITS = 2048
# Public-key algorithms only: a token that names none, or a shared-secret one, is refused before any key is looked up.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")
_REGISTRY = jws.JWSRegistry(algorithms=list(ALGORITHMS))
_REGISTRY.max_header_length = 4096  # some include a certificate


class UnknownKey(Exception):
    """None of the keys is the one that the token names: the key set may have changed."""


def signed_claims(token: str, keys: Sequence[Jwk]) -> dict[str, Any]:
    """The token's claims. keys: of a JSON Web Key Set (RFC 7517); invalid ones and those for other uses are skipped.

    Raises BadInput if it is not such a token or not signed by one of the keys, UnknownKey if no key matches its key id.
    """
    head = _head_of(token)
    algorithm = head.get("alg")
    if algorithm not in ALGORITHMS:
        raise _refused(f"is signed by {str(algorithm)[:20]!r}, which is not taken")
    if "crit" in head:
        raise _refused("requires something that is not supported here")
    candidates = [one for one in keys if head.get("kid") in (None, one.get("kid"))]
    fitting = [key for one in candidates if (key := _key(one, algorithm))]
    if not fitting:
        raise UnknownKey
    for key in fitting:
        try:
            return jwt.decode(token, key, registry=_REGISTRY).claims
        except BadSignatureError:
            continue
        except (JoseError, ValueError, RecursionError):
            raise _refused("is not a signed token") from None
    raise _refused("has an invalid signature")


def _head_of(token: str) -> Mapping[str, Any]:
    if len(token) > MAX_TOKEN_CHARS:
        raise _refused("is not a signed token")
    try:
        return jws.extract_compact(token.encode(), registry=_REGISTRY).headers()
    except (JoseError, ValueError, TypeError, RecursionError):
        raise _refused("is not a signed token") from None


def _key(key: Jwk, algorithm: str) -> Key | None:
    """None if it is not a key, is for another use, or does not suit the algorithm."""
    try:
        found = import_key(dict(key))
        jws.JWSRegistry.algorithms[algorithm].check_key(found)
    except (JoseError, ValueError, KeyError, TypeError):
        return None
    return None if isinstance(found, RSAKey) and found.raw_value.key_size < _MIN_RSA_BITS else found


def _refused(reason: str) -> BadInput:
    return BadInput("id_token", f"The provider’s answer about you {reason}.", "Contact the person who manages sign-in at your company.")
