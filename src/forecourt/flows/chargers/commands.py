"""Commands that staff send to a charger, waiting for its answer. Nothing is queued for later: a restart an hour late would surprise
people."""

from dataclasses import replace

from forecourt.flows.chargers.firmware_and_logs import begin_work, work_answered
from forecourt.flows.chargers.settings import settings_of, settings_read
from forecourt.flows.chargers.setup import serving
from forecourt.flows.chargers.trusted_roots import forget_root, roots_read
from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.ports.store import Store
from forecourt.kernel import BadInput, ChargerId, Conflict
from forecourt.stations import (
    Charger,
    DeleteRoot,
    InstallFirmware,
    InstallRoot,
    OrderResult,
    Outcome,
    Protocol,
    ReadRoots,
    ReadSettings,
    Reconnect,
    ReportMeter,
    Restart,
    RootUse,
    SendLog,
    StopCharge,
    Unlock,
    WriteSetting,
    after_settings,
    check_root,
    place_of_address,
)

Command = (
    Restart
    | Reconnect
    | Unlock
    | StopCharge
    | ReportMeter
    | ReadSettings
    | WriteSetting
    | SendLog
    | InstallFirmware
    | ReadRoots
    | InstallRoot
    | DeleteRoot
)
MAX_NAMES = 30
MAX_NAME_CHARS, MAX_VALUE_CHARS = 150, 500
# Settings for access and for the security of the connection (never lowered over that connection) cannot be written like the others.
_NOT_HERE = {
    "authorizationkey": "Change the password under Access.",
    "basicauthpassword": "Change the password under Access.",
    "securityprofile": "Change it at the charger: over the connection it could be lowered.",
    "networkconfigurationpriority": "Change it at the charger: a wrong value would cut it off for good.",
    "identity": "It keeps the name it was added with.",
    "sharedsecret": "Switch on payment codes instead: the secret is then created for you.",
}


def command(store: Store, by: Staff, charger_id: ChargerId, wanted: Command, reason: str = "") -> Charger:
    """Log a command with its reason, then send it.

    Raises Conflict if the charger is offline, BadInput for a command that cannot be sent."""
    charger = serving(store, by, charger_id)
    _check(store, charger, wanted)
    if not charger.connected:
        raise Conflict("no_contact", f"{charger.id} is offline.", "Try again when it is back online; commands are not queued.")
    if isinstance(wanted, InstallRoot):
        check_root(wanted.certificate, by.at)
    if isinstance(wanted, DeleteRoot):
        forget_root(store, charger, wanted)
    if isinstance(wanted, SendLog | InstallFirmware):
        begin_work(store, by, charger, wanted)
    note(store, by, "charger.command", charger.id, f"{command_words(wanted)}{f': {reason}' if reason else ''}")
    return charger


def command_answered(store: Store, by: Staff, charger_id: ChargerId, wanted: Command, result: OrderResult) -> None:
    charger = serving(store, by, charger_id)
    if isinstance(wanted, ReadSettings) and result.outcome is Outcome.ACCEPTED:
        settings_read(store, charger, dict(result.values), by.at, by.ids)
    if isinstance(wanted, WriteSetting) and result.outcome is Outcome.ACCEPTED:
        store.stations.put_charger(replace(charger, settings=settings_of(charger, {wanted.name: wanted.value})))
    if isinstance(wanted, WriteSetting) and result.outcome in (Outcome.ACCEPTED, Outcome.UNANSWERED):  # perhaps accepted
        known = store.stations.charger(charger_id) or charger
        store.stations.put_charger(replace(known, terminal=after_settings(known.terminal, {wanted.name: wanted.value})))
    if isinstance(wanted, ReadRoots):
        roots_read(store, charger, wanted, result)
    if isinstance(wanted, SendLog | InstallFirmware):
        work_answered(store, by, charger, wanted, result)
    note(store, by, "charger.answer", charger.id, f"{command_words(wanted)}: {answer_words(result)}"[:300])


_ANSWERS = {
    Outcome.ACCEPTED: "done",
    Outcome.REJECTED: "refused",
    Outcome.UNSUPPORTED: "not supported",
    Outcome.UNREACHABLE: "offline",
    Outcome.UNANSWERED: "no answer in time",
    Outcome.STALE: "replaced by a newer command",
}


def answer_words(result: OrderResult) -> str:
    """The answer for the log, with the charger's own word if there is one."""
    return _ANSWERS[result.outcome] + (f" ({result.detail})" if result.detail else "")


_TRUSTED_AS = {RootUse.SERVER: "this server", RootUse.MAKER: "its manufacturer"}


_REPORTS = {
    "METER": "read the meter",
    "STATUS": "report the status",
    "BOOT": "report what it is",
    "CERTIFICATE": "request a new certificate",
}


def command_words(wanted: Command) -> str:
    match wanted:
        case Restart(hard=hard):
            return "restart now" if hard else "restart"
        case Reconnect():
            return "reconnect"
        case Unlock(evse_number=number):
            return f"unlock socket {number}"
        case StopCharge(transaction=transaction):
            return f"stop charge {transaction}"
        case ReportMeter(evse_number=number, what=report_kind):
            return _REPORTS.get(report_kind, f"report {report_kind.lower()}") + (f" of socket {number}" if number else "")
        case ReadSettings(names=names):
            return f"read settings {', '.join(names)}".strip()
        case SendLog(address=address, security=security):
            return f"send its {'security log' if security else 'log'} to {place_of_address(address)}"
        case InstallFirmware(address=address):
            return f"install firmware from {place_of_address(address)}"
        case ReadRoots(use=use):
            return f"read roots for {_TRUSTED_AS[use]}"
        case InstallRoot(use=use):
            return f"install a root for {_TRUSTED_AS[use]}"
        case DeleteRoot(root=root):
            return f"delete the root with serial number {root.rpartition('/')[2]}"
        case WriteSetting(name=name, value=value):
            return f"write setting {name}" + ("" if _is_secret(name) else f" = {value}")


def _check(store: Store, charger: Charger, wanted: Command) -> None:
    match wanted:
        case Unlock(evse_number=number) | ReportMeter(evse_number=number, what="METER"):
            _check_socket(store, charger, number)
        case ReportMeter(evse_number=number) if number:
            _check_socket(store, charger, number)
        case StopCharge(transaction=transaction):
            if store.sessions.open_for(charger.id, transaction) is None:
                raise Conflict("no_charge", f"That charge is no longer running at {charger.id}.", "Reload the page.")
        case ReadSettings(names=names):
            if len(names) > MAX_NAMES:
                raise BadInput("names", f"{len(names)} settings are too many at once.", f"Read up to {MAX_NAMES}.")
            for name in names:
                _check_name(charger, name)
        case WriteSetting(name=name, value=value):
            _check_name(charger, name)
            if len(value) > MAX_VALUE_CHARS or not value.isprintable():
                raise BadInput("value", "That value cannot be sent.", f"Use up to {MAX_VALUE_CHARS} characters on one line.")
            remedy = _NOT_HERE.get(_last(name))
            if remedy is not None:
                raise BadInput("name", f"{name} cannot be changed here.", remedy)
        case _:
            pass


def _check_socket(store: Store, charger: Charger, number: int) -> None:
    evse = store.stations.evse_at(charger.id, number)
    if evse is None or evse.retired_at is not None:
        raise BadInput("socket", f"{charger.id} has no socket {number}.")


def _check_name(charger: Charger, name: str) -> None:
    parts = name.split("/")
    if (
        not name
        or len(name) > MAX_NAME_CHARS
        or not name.isascii()
        or not name.isprintable()
        or any(not 0 < len(one) <= 50 for one in parts)
    ):
        raise BadInput("name", f"{name[:50]!r} is not a setting.", "Enter it as in the charger's manual.")
    if charger.protocol is not Protocol.OCPP16 and not 2 <= len(parts) <= 3:
        raise BadInput(
            "name", f"{name!r} is not a variable.", "For OCPP 2, enter Component/Variable, for example OCPPCommCtrlr/HeartbeatInterval."
        )


_SECRETS = ("pass", "pwd", "key", "secret", "pin", "token", "psk", "credential")


def _is_secret(name: str) -> bool:
    return any(word in name.lower() for word in _SECRETS)


def _last(name: str) -> str:
    """A variable's own name, without its instance."""
    parts = name.lower().split("/")
    return parts[1] if len(parts) > 1 else parts[0]
