"""A simulated charger's log uploads and firmware updates: it does neither, but sends the messages of one that does."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from forecourt.simulation.charger.link import Payload
    from forecourt.simulation.charger.machine import SimulatedCharger

UPLOAD = ("Uploading", "Uploaded")
INSTALL = ("Downloading", "Downloaded", "SignatureVerified", "Installing", "Installed")


def do_maintenance(charger: "SimulatedCharger", action: str, payload: "Payload") -> "Payload":
    """The answer; the remaining messages follow it."""
    number = payload.get("requestId")
    said = {} if number is None else {"requestId": number}
    match action:
        case "GetDiagnostics":
            _send_after_answer(charger, "DiagnosticsStatusNotification", UPLOAD, said)
            return {"fileName": "diagnostics.zip"}
        case "GetLog":
            _send_after_answer(charger, "LogStatusNotification", UPLOAD, said)
            return {"status": "Accepted", "filename": "log.zip"}
        case "SignedUpdateFirmware":
            _send_after_answer(charger, "SignedFirmwareStatusNotification", INSTALL, said)
        case _:
            _send_after_answer(charger, "FirmwareStatusNotification", INSTALL, said)
    return {"status": "Accepted"}


def _send_after_answer(charger: "SimulatedCharger", action: str, states: tuple[str, ...], said: "Payload") -> None:
    def enqueue_call() -> None:
        for state in states:
            charger.enqueue_call(action, {"status": state, **said})

    charger.after_answer(enqueue_call)
