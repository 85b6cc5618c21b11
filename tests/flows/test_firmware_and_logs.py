"""Log uploads and firmware updates of a charger: their progress, and that no unsigned firmware is requested."""

import pytest

from forecourt.flows.chargers import command, command_answered
from forecourt.flows.desk import Staff
from forecourt.kernel import BadInput, ChargerId
from forecourt.stations import ChargerJob, ChargerJobKind, InstallFirmware, OrderResult, Outcome, SendLog, WorkReported, place_of_address
from power_world import at
from stores import both_stores

CP1 = ChargerId("CP1")
PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----"
LOG = SendLog(7, "https://ada:secret@files.example/logs?token=secret")


def tells(forecourt, wanted, reason: str = "", result: OrderResult | None = None) -> None:
    by = Staff(forecourt.operator_id, "ada", at(0), forecourt.ids)
    with forecourt.transactions.begin() as store:
        command(store, by, CP1, wanted, reason)
        if result:
            command_answered(store, by, CP1, wanted, result)


def work(forecourt, kind: ChargerJobKind) -> ChargerJob:
    with forecourt.transactions.begin() as store:
        return store.stations.charger(CP1).job(kind)


def test_the_upload_of_a_chargers_log_is_followed_until_it_is_complete(forecourt) -> None:
    tells(forecourt, LOG, result=OrderResult(Outcome.ACCEPTED, values=(("File", "a.zip"),)))
    for minute, state, number in ((1, "Uploading", 7), (2, "Uploaded", None), (3, "UploadFailure", 6), (4, "Idle", 7)):
        forecourt.says(CP1, WorkReported(at(minute), ChargerJobKind.LOG, state, number))
    seen = work(forecourt, ChargerJobKind.LOG)
    assert (seen.state, seen.state_at, seen.file, seen.place) == ("Uploaded", at(2), "a.zip", "https://files.example/logs")


def test_upload_credentials_are_not_written_to_the_audit_log(forecourt) -> None:
    tells(forecourt, LOG)
    with forecourt.transactions.begin() as store:
        assert [one.detail for one in store.audit.recent(1)] == ["send its log to https://files.example/logs"]


@both_stores
def test_a_firmware_update_needs_a_signature_and_its_reason_is_in_the_audit_log(forecourt) -> None:
    for certificate, signature in (("", "MEUC"), (PEM, "")):
        with pytest.raises(BadInput):
            tells(forecourt, InstallFirmware(8, "https://files.example/fw", certificate, signature, at(0)))
    refused = OrderResult(Outcome.REJECTED, "InvalidCertificate")
    tells(forecourt, InstallFirmware(9, "https://files.example/fw", PEM, "MEUC", at(0)), "a fault of the meter", refused)
    assert work(forecourt, ChargerJobKind.FIRMWARE).state == "InvalidCertificate"
    with forecourt.transactions.begin() as store:
        assert any("a fault of the meter" in one.detail for one in store.audit.recent(2))


@pytest.mark.parametrize(
    "address", ["file:///etc/passwd", "files.example", "https://", "https://a b/", "https://a:99999/", "https://x/" + "y" * 512]
)
def test_an_address_that_a_charger_cannot_use_is_refused(address: str) -> None:
    with pytest.raises(BadInput):
        place_of_address(address)
