"""A simulated charger sends logs and installs firmware: it does neither, but says what one that does would say."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from forecourt.simulation.charger.link import Payload
    from forecourt.simulation.charger.machine import SimulatedCharger

UPLOAD = ("Uploading", "Uploaded")
INSTALL = ("Downloading", "Downloaded", "SignatureVerified", "Installing", "Installed")


def works(charger: "SimulatedCharger", action: str, payload: "Payload") -> "Payload":
    """The answer; the rest follows it."""
    number = payload.get("requestId")
    said = {} if number is None else {"requestId": number}
    match action:
        case "GetDiagnostics":
            _say_after(charger, "DiagnosticsStatusNotification", UPLOAD, said)
            return {"fileName": "diagnostics.zip"}
        case "GetLog":
            _say_after(charger, "LogStatusNotification", UPLOAD, said)
            return {"status": "Accepted", "filename": "log.zip"}
        case "SignedUpdateFirmware":
            _say_after(charger, "SignedFirmwareStatusNotification", INSTALL, said)
        case _:
            _say_after(charger, "FirmwareStatusNotification", INSTALL, said)
    return {"status": "Accepted"}


def _say_after(charger: "SimulatedCharger", action: str, states: tuple[str, ...], said: "Payload") -> None:
    def say() -> None:
        for state in states:
            charger.say(action, {"status": state, **said})

    charger.after_answer(say)
