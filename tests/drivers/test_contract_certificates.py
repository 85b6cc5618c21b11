"""Contract certificates: forged, expired, foreign ones and those of an unknown root are refused."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import ocsp

from forecourt.drivers import CertificateVerdict, ContractRoots, PresentedContract
from forecourt.kernel import BadInput
from forecourt.stations import StatusAnswer
from mobility_operator import CONTRACT, DAY, NOW, MobilityOperator, pem

MO, OTHER = MobilityOperator(), MobilityOperator("Other")
ROOTS = ContractRoots(pem(MO.root).encode())
LEAF = MO.contract()
THIEF = ec.generate_private_key(ec.SECP256R1())
CLIENT_CA = MobilityOperator("MO")  # the same names, other keys


def judged(chain: str, token: str = CONTRACT) -> tuple[CertificateVerdict, int]:
    verdict, links = ROOTS.judge(PresentedContract(token, chain), NOW)
    return verdict, len(links)


@pytest.mark.parametrize("chain", [(LEAF, MO.sub), (LEAF, MO.sub, MO.root)])
@pytest.mark.parametrize("token", [CONTRACT, "de8aaca2b3c4d5x"])
def test_a_complete_chain_to_a_configured_root_is_valid_and_each_link_is_checked(chain, token) -> None:
    assert judged(pem(*chain), token) == (CertificateVerdict.ACCEPTED, 2)


BROKEN, FORGED = CertificateVerdict.BROKEN, CertificateVerdict.FORGED
BY_ROOT, SHORT = (MO.root, MO.root_key), MO.made("Short", MO.key, (MO.root, MO.root_key), signs=True, length=0)
DEEP = MO.made("Deep", THIEF, (SHORT, MO.key), signs=True)


@pytest.mark.parametrize(
    ("chain", "verdict"),
    [
        (pem(LEAF), BROKEN),  # who signed it is left out
        (pem(MO.sub, LEAF), BROKEN),
        (pem(OTHER.contract(), OTHER.sub), BROKEN),  # a root that nobody entered
        (pem(OTHER.contract(), OTHER.sub, OTHER.root), BROKEN),
        (pem(CLIENT_CA.contract(), CLIENT_CA.sub), FORGED),  # one of the same name
        (pem(MO.made(CONTRACT, THIEF, (MO.sub, THIEF)), MO.sub), FORGED),
        (pem(MO.made(CONTRACT, THIEF, (LEAF, THIEF)), LEAF, MO.sub), BROKEN),  # a contract signs no other
        (pem(MO.made(CONTRACT, THIEF, (DEEP, THIEF)), DEEP, SHORT), BROKEN),  # SHORT may sign contracts alone
        (pem(MO.contract(signs=True), MO.sub), BROKEN),
        (pem(MO.root), BROKEN),
        (pem(MO.contract(ends=NOW), MO.sub), CertificateVerdict.EXPIRED),
        (pem(MO.contract(begins=NOW + DAY), MO.sub), BROKEN),
        (pem(MO.contract("DE-8AA-CA2B3C4D6"), MO.sub), CertificateVerdict.OTHERS),
        (pem(MO.contract("CP1"), MO.sub), CertificateVerdict.OTHERS),
        (pem(LEAF, MO.sub) * 30, BROKEN),  # longer than any version carries
        (pem(LEAF, MO.sub, MO.root, MO.root, MO.root, MO.root), BROKEN),
        ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", BROKEN),
        ("nothing", BROKEN),
    ],
)  # fmt: skip
def test_an_invalid_chain_is_refused_without_a_status_request(chain: str, verdict: CertificateVerdict) -> None:
    assert judged(chain) == (verdict, 0)


@pytest.mark.parametrize(
    ("status", "signer", "verdict"),
    [
        ("GOOD", None, CertificateVerdict.ACCEPTED),
        ("REVOKED", None, CertificateVerdict.REVOKED),
        ("UNKNOWN", None, BROKEN),
        ("GOOD", (MO.made("OCSP", THIEF, (MO.sub, MO.key), answers=True), THIEF), CertificateVerdict.ACCEPTED),  # told to answer for it
        ("GOOD", (MO.made("OCSP", THIEF, (MO.sub, MO.key), answers=True, ends=NOW), THIEF), BROKEN),
        ("GOOD", (MO.made("OCSP", THIEF, (MO.root, MO.root_key), answers=True), THIEF), BROKEN),  # told by the issuer of others
        ("GOOD", (MO.made(CONTRACT, THIEF, (MO.sub, MO.key)), THIEF), BROKEN),  # the key of a car
        ("GOOD", (OTHER.sub, OTHER.key), BROKEN),
    ],
)
def test_a_certificate_status_counts_only_if_signed_by_the_issuer(status, signer, verdict) -> None:
    """Anybody on the line could answer otherwise."""
    _, (link, _) = ROOTS.judge(PresentedContract(CONTRACT, pem(LEAF, MO.sub)), NOW)
    MO.statuses[LEAF.serial_number] = ocsp.OCSPCertStatus[status]
    question = link.question()
    answer = StatusAnswer(MO.answer(question.request(), signer))
    assert link.verdict(answer, NOW) is verdict
    known = ContractRoots(pem(MO.root, MO.sub).encode())
    assert known.verdict(question, answer, NOW) is verdict
    assert ROOTS.verdict(question, answer, NOW) is BROKEN  # whose key nobody knows, and anybody could have said it


def test_a_status_of_another_certificate_or_none_is_invalid() -> None:
    _, (leaf, sub) = ROOTS.judge(PresentedContract(CONTRACT, pem(LEAF, MO.sub)), NOW)
    assert leaf.verdict(StatusAnswer(MO.answer(sub.question().request())), NOW) is BROKEN
    assert leaf.verdict(StatusAnswer(why="silent"), NOW) is BROKEN
    assert leaf.question().responders == (MO.responder,)


@pytest.mark.parametrize("given", [b"", b"nothing", pem(LEAF).encode(), pem(MO.root, LEAF).encode()])
def test_a_contract_root_must_be_a_signing_certificate(given: bytes) -> None:
    with pytest.raises(BadInput):
        ContractRoots(given)
