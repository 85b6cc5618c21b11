"""Signed readings for tests: one reference record, and records signed with a key of our own."""

import json
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

# From the examples of pyocmf (MIT licence, Copyright the pyocmf authors).
RECORD = (Path(__file__).parent / "data" / "ocmf_reference.txt").read_text("utf-8").strip()
KEY = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAETRsfTvwathY9J7WjQKfccB7IlLsQXwVF+WDXaRmMV7KH6lPMrW1aGkEtKFls5LJIFFBv3M4+n78MQYX8kROSpg=="


def key_of(private: ec.EllipticCurvePrivateKey) -> str:
    der = private.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return der.hex()


def signed(private: ec.EllipticCurvePrivateKey, begin_wh: int, end_wh: int, at: datetime = datetime(2026, 6, 1, 10, tzinfo=UTC)) -> str:
    """A record of begin and end."""
    readings = [
        {"TM": f"{at:%Y-%m-%dT%H:%M:%S},000+0000 S", "TX": kind, "RV": wh / 1000, "RI": "1-b:1.8.0", "RU": "kWh", "ST": "G"}
        for kind, wh in (("B", begin_wh), ("E", end_wh))
    ]
    payload = json.dumps(
        {"FV": "1.0", "GI": "TEST", "GS": "1", "GV": "1", "PG": "T1", "MV": "TEST", "MS": "1", "IS": False, "RD": readings}
    )
    signature = private.sign(payload.encode(), ec.ECDSA(hashes.SHA256())).hex()
    return f"OCMF|{payload}|{json.dumps({'SA': 'ECDSA-secp256r1-SHA256', 'SD': signature})}"
