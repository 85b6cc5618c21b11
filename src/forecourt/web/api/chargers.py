"""REST for commands to a charger, for the operator's own programs: the same flow and the same log as the console's."""

from typing import Annotated, Literal

from litestar import Router, post
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct

from forecourt.drivers import Duty
from forecourt.kernel import ChargerId
from forecourt.web.charging.commands import log_and_send, parse_command
from forecourt.web.frame.responses import WebRequest
from forecourt.web.frame.visitor import ports_of, staff_only

Text = Annotated[str, Meta(max_length=500)]


class CommandRequest(Struct, forbid_unknown_fields=True):
    """socket: its number at the charger, for unlock, meter and status (0: the whole charger). at_once: a restart does not wait until nobody
    charges. transaction: of the charge to stop, as its charger numbers it. names: of settings to read, none = all or the usual ones. name,
    value: of a setting to write. address: where to send a log. use: what a root certificate is trusted for: to identify the server, or the
    manufacturer; certificate: the one to install, PEM; root: the one to delete, as returned by `read_roots`."""

    do: Literal[
        "restart",
        "come_again",
        "unlock",
        "stop",
        "status",
        "meter",
        "boot",
        "read",
        "write",
        "log",
        "security_log",
        "certificate",
        "read_roots",
        "install_root",
        "delete_root",
    ]
    socket: Annotated[int, Meta(ge=0, le=999)] = 0
    at_once: bool = False
    names: Annotated[list[Annotated[str, Meta(min_length=1, max_length=150)]], Meta(max_length=30)] = []
    name: Text = ""
    value: Text = ""
    address: Text = ""
    use: Literal["server", "maker"] = "server"
    certificate: Annotated[str, Meta(max_length=5500)] = ""
    root: Text = ""
    transaction: Text = ""


class CommandResult(Struct):
    """outcome: ACCEPTED, REJECTED, UNSUPPORTED, UNREACHABLE (nothing was sent) or UNANSWERED (it may or may not have been carried out).
    detail: the charger's own status, or the settings it does not know. values: of the settings read."""

    outcome: str
    detail: str
    values: dict[str, str]


@post("/chargers/{charger_id:str}/commands", status_code=200, summary="Send a charger a command and wait for its answer")
async def send_command(request: WebRequest, charger_id: FromPath[str], data: JSONBody[CommandRequest]) -> CommandResult:
    """Nothing is queued for a charger that is offline (409). An answer may take half a minute."""
    how, names = "now" if data.at_once else "soft", " ".join(data.names)
    texts = {key: getattr(data, key) for key in ("do", "name", "value", "address", "use", "certificate", "root", "transaction")}
    wanted = parse_command({**texts, "socket": str(data.socket), "how": how, "names": names}, ports_of(request).clock.now())
    result = await log_and_send(request, ChargerId(charger_id), wanted)
    return CommandResult(result.outcome.value, result.detail, dict(result.values))


routes = Router("/api/v1", tags=["Chargers"], guards=[staff_only], route_handlers=[send_command], opt={"duty": Duty.SITES})
