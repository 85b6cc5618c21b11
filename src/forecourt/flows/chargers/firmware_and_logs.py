"""A charger's logs and firmware updates: requested by a person, with their progress."""

from dataclasses import replace

from forecourt.flows.desk.audit import Staff
from forecourt.flows.ports.store import Store
from forecourt.flows.power.fallbacks import send_fallback
from forecourt.flows.power.lost_fallbacks import forget_fallback
from forecourt.kernel import BadInput, Ids
from forecourt.stations import (
    Charger,
    ChargerJob,
    ChargerJobKind,
    InstallFirmware,
    Message,
    OrderResult,
    Outcome,
    SendLog,
    WorkReported,
    place_of_address,
)

_CERTIFICATE = ("-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----")
_MAX_CERTIFICATE_CHARS, _MAX_SIGNATURE_CHARS = 5500, 800


def begin_work(store: Store, by: Staff, charger: Charger, wanted: SendLog | InstallFirmware) -> None:
    """Recorded before the charger is asked. Raises BadInput for what cannot be sent."""
    if isinstance(wanted, InstallFirmware):
        _check_signed(wanted)
    work = ChargerJob(_kind(wanted), wanted.number, place_of_address(wanted.address), by.actor, by.at)
    store.stations.put_charger(charger.with_job(work))


def work_answered(store: Store, by: Staff, charger: Charger, wanted: SendLog | InstallFirmware, result: OrderResult) -> None:
    """The charger's own reports may have arrived before this answer."""
    work = charger.job(_kind(wanted))
    if work is None or work.number != wanted.number:
        return
    file = dict(result.values).get("File", "")
    if result.outcome is not Outcome.ACCEPTED:
        work = replace(work, state=result.detail or result.outcome.value, state_at=by.at)
    store.stations.put_charger(charger.with_job(replace(work, file=file)))


def work_reported(store: Store, message: Message, fact: WorkReported, ids: Ids) -> None:
    """Reports about anything but the latest request are not shown. A charger that is idle says so when asked, which is no news.

    New firmware, whoever requested it, may have lost the charger's fallback.
    """
    charger = store.stations.charger(message.charger_id)
    if charger is not None and fact.work is ChargerJobKind.FIRMWARE and fact.state == "Installed":
        forget_fallback(store, charger.id)
        send_fallback(store, charger, message.received_at, ids, f"firmware/{charger.id}/{message.dedupe_key}/fallback")
    work = charger.job(fact.work) if charger else None
    if charger is None or work is None or fact.state == "Idle" or fact.number not in (None, work.number):
        return
    store.stations.put_charger(charger.with_job(replace(work, state=fact.state, state_at=fact.at)))


def _kind(wanted: SendLog | InstallFirmware) -> ChargerJobKind:
    return ChargerJobKind.FIRMWARE if isinstance(wanted, InstallFirmware) else ChargerJobKind.LOG


def _check_signed(wanted: InstallFirmware) -> None:
    begins, ends = _CERTIFICATE
    if (
        not (wanted.certificate.startswith(begins) and wanted.certificate.endswith(ends))
        or len(wanted.certificate) > _MAX_CERTIFICATE_CHARS
    ):
        raise BadInput("certificate", "That is not a certificate.", f"Paste the manufacturer's, from {begins} to {ends}.")
    if not wanted.signature.isascii() or not wanted.signature.isprintable() or not 1 <= len(wanted.signature) <= _MAX_SIGNATURE_CHARS:
        raise BadInput("signature", "That is not a signature.", "Paste the one supplied with the firmware, in base64.")
