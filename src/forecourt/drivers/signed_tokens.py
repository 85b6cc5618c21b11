"""Tokens signed with a public key (JWS, RFC 7515 and 7518; EdDSA, RFC 8037): what somebody says, if it was they who signed it.

The kind of a key says with which algorithms it may have signed: a token cannot choose another, nor none, nor one of a shared secret.
"""

import base64
import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512, HashAlgorithm

from forecourt.kernel import BadInput

Jwk = Mapping[str, Any]
LONGEST_TOKEN = 64 * 1024
_LEAST_RSA_BITS = 2048
_HASHES: dict[str, HashAlgorithm] = {"256": SHA256(), "384": SHA384(), "512": SHA512()}
_CURVES: dict[str, tuple[str, ec.EllipticCurve]] = {
    "ES256": ("P-256", ec.SECP256R1()),
    "ES384": ("P-384", ec.SECP384R1()),
    "ES512": ("P-521", ec.SECP521R1()),
}
_KIND_OF = {"RS": "RSA", "PS": "RSA", "ES": "EC", "Ed": "OKP"}
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", *_CURVES, "EdDSA")


class UnknownKey(Exception):
    """None of the keys is the one that the token names: they may have been changed since."""


def signed_claims(token: str, keys: Sequence[Jwk]) -> dict[str, Any]:
    """What the token says. keys: of a JSON Web Key Set (RFC 7517); those for other uses, or that are none, are passed over.

    Raises BadInput where it is no such token or not signed by one of the keys, UnknownKey where none of them fits its name.
    """
    parts = token.split(".")
    if len(token) > LONGEST_TOKEN or len(parts) != 3:
        raise _refused("is not a signed token")
    head, body = (_json(part) for part in parts[:2])
    algorithm, name = head.get("alg"), head.get("kid")
    if algorithm not in ALGORITHMS:
        raise _refused(f"is signed by {str(algorithm)[:20]!r}, which is not taken")
    if "crit" in head:
        raise _refused("asks for what is not known here")
    fitting = [check for one in keys if _is_for(one, algorithm, name) and (check := _check_of(one, algorithm))]
    if not fitting:
        raise UnknownKey
    signature, said = _bytes(parts[2]), f"{parts[0]}.{parts[1]}".encode()
    if not any(_holds(check, signature, said) for check in fitting):
        raise _refused("has a signature that does not fit")
    return body


_Check = Callable[[bytes, bytes], None]


def _holds(check: _Check, signature: bytes, said: bytes) -> bool:
    try:
        check(signature, said)
    except InvalidSignature:
        return False
    return True


def _is_for(key: Jwk, algorithm: str, name: object) -> bool:
    if key.get("kty") != _KIND_OF[algorithm[:2]] or key.get("use") not in (None, "sig") or key.get("alg") not in (None, algorithm):
        return False
    return name is None or key.get("kid") == name


def _check_of(key: Jwk, algorithm: str) -> _Check | None:
    """What raises InvalidSignature; None for what is no key of that kind."""
    try:
        if algorithm == "EdDSA":
            return ed25519.Ed25519PublicKey.from_public_bytes(_bytes(key["x"])).verify if key.get("crv") == "Ed25519" else None
        if algorithm in _CURVES:
            return _curve_check(key, algorithm)
        return _rsa_check(key, algorithm)
    except (KeyError, TypeError, ValueError, BadInput, UnsupportedAlgorithm):
        return None


def _rsa_check(key: Jwk, algorithm: str) -> _Check | None:
    public = rsa.RSAPublicNumbers(_number(key["e"]), _number(key["n"])).public_key()
    if public.key_size < _LEAST_RSA_BITS:
        return None
    digest = _HASHES[algorithm[2:]]
    padded = padding.PKCS1v15() if algorithm.startswith("RS") else padding.PSS(padding.MGF1(digest), digest.digest_size)
    return lambda signature, said: public.verify(signature, said, padded, digest)


def _curve_check(key: Jwk, algorithm: str) -> _Check | None:
    name, curve = _CURVES[algorithm]
    if key.get("crv") != name:
        return None
    public = ec.EllipticCurvePublicNumbers(_number(key["x"]), _number(key["y"]), curve).public_key()
    size = -(-curve.key_size // 8)

    def check(signature: bytes, said: bytes) -> None:
        if len(signature) != 2 * size:
            raise InvalidSignature
        both = (int.from_bytes(half, "big") for half in (signature[:size], signature[size:]))
        public.verify(utils.encode_dss_signature(*both), said, ec.ECDSA(_HASHES[algorithm[2:]]))

    return check


def _number(text: str) -> int:
    return int.from_bytes(_bytes(text), "big")


def _bytes(text: str) -> bytes:
    """base64url without padding."""
    if not re.fullmatch(r"[A-Za-z0-9_-]+", text) or len(text) % 4 == 1:
        raise _refused("is not a signed token")
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _json(part: str) -> dict[str, Any]:
    try:
        found = json.loads(_bytes(part))
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise _refused("is not a signed token")
    return found


def _refused(why: str) -> BadInput:
    return BadInput("id_token", f"What the provider says of you {why}.", "Tell who looks after the sign-in of your company.")
