"""Which certificate requests of chargers are signed, and which certificates are sent."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from certificate_authority import DAY, NOW, Authority, request_for
from forecourt.kernel import BadInput, ChargerId
from forecourt.stations import ChargerAuthority, check_root

CP1 = ChargerId("CP1")


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture
def authority(signer: Authority) -> ChargerAuthority:
    return signer.as_kept("Example")


def test_a_valid_certificate_request_is_signed_and_the_certificate_accepted(authority: ChargerAuthority) -> None:
    csr, _ = request_for("CP1", "Example")
    assert authority.name_in(csr) == "CP1"
    authority.check_signed(authority.sign(csr, 7, NOW), csr, CP1, "", NOW)


def test_invalid_certificate_requests_are_not_signed(authority: ChargerAuthority) -> None:
    well, _ = request_for("CP1", "Example")
    lines = well.splitlines()
    tampered = "\n".join([*lines[:-2], lines[-2][:-8] + "AAAAAA" + lines[-2][-2:], lines[-1]])
    weak, _ = request_for("CP1", "Example", rsa.generate_private_key(65537, 1024))
    for csr in ("", "garbage", tampered, well + "x" * 5500, weak, request_for("CP1", "Other")[0], request_for("CP1")[0]):
        with pytest.raises(BadInput):
            authority.name_in(csr)


def test_a_certificate_the_charger_could_not_connect_with_is_not_sent(
    authority: ChargerAuthority, signer: Authority, tmp_path: Path
) -> None:
    csr, _ = request_for("CP1", "Example")
    other_key, _ = request_for("CP1", "Example")
    other_name, _ = request_for("CP2", "Example")
    signed = authority.sign(csr, 7, NOW)
    strangers = Authority(tmp_path).as_kept()
    refused = [
        (authority.sign(other_key, 7, NOW), csr, NOW),
        (authority.sign(other_name, 7, NOW), other_name, NOW),
        (strangers.sign(csr, 7, NOW), csr, NOW),
        (signed, csr, NOW + 400 * DAY),
        ("garbage", csr, NOW),
        (signed + "x" * 10_000, csr, NOW),
    ]
    for chain, asked, at in refused:
        with pytest.raises(BadInput):
            authority.check_signed(chain, asked, CP1, "", at)


def test_a_signing_key_that_does_not_match_its_certificate_is_refused_at_startup(signer: Authority, tmp_path: Path) -> None:
    other = Authority(tmp_path)
    with pytest.raises(BadInput, match="not match any of the certificates"):
        ChargerAuthority(signer.certificate.read_bytes(), other.certificate.with_suffix(".key").read_bytes())


def test_a_root_is_a_single_unexpired_certificate_of_an_authority(signer: Authority) -> None:
    root = signer.certificate.read_text()
    check_root(root, NOW)
    for pem, at in ((root, NOW + 366 * DAY), (root * 2, NOW), (signer.issue("CP9")[0].read_text(), NOW), ("garbage", NOW)):
        with pytest.raises(BadInput):
            check_root(pem, at)
