"""Send a command to a charger and show its response; change its password over its connection."""

import asyncio
from datetime import datetime
from typing import Any
from urllib.parse import quote

from litestar import post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Response

from forecourt.flows.chargers import (
    Command,
    command,
    command_answered,
    command_words,
    offer_password,
    password_answered,
    password_changeable,
    password_forms,
    password_setting,
)
from forecourt.kernel import BadInput, ChargerId, Conflict
from forecourt.stations import (
    DeleteRoot,
    InstallRoot,
    OrderResult,
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
)
from forecourt.web.charging.charger_page import render_charger
from forecourt.web.charging.charger_passwords import HASHER, fresh_password
from forecourt.web.frame.responses import WebRequest, page
from forecourt.web.frame.visitor import ports_of, staff_member

Fields = dict[str, str]


@post("/chargers/{charger_id:str}/command", status_code=200)
async def post_command(request: WebRequest, charger_id: FromPath[str], data: URLEncodedBody[Fields]) -> Response[Any]:
    """Not queued: without contact it is refused."""
    try:
        wanted = parse_command(data, ports_of(request).clock.now())
        result = await log_and_send(request, ChargerId(charger_id), wanted)
    except (BadInput, Conflict) as error:
        return await asyncio.to_thread(render_charger, request, ChargerId(charger_id), data.get("do", ""), data, error)
    topic = "roots" if isinstance(wanted, ReadRoots) else wanted.what.lower() if isinstance(wanted, ReportMeter) else "command"
    return await asyncio.to_thread(result_page, request, ChargerId(charger_id), command_words(wanted), result, topic)


@post("/chargers/{charger_id:str}/password/change", status_code=200)
async def change_password(request: WebRequest, charger_id: FromPath[str]) -> Response[Any]:
    """Nobody sees the new password: only the charger needs it."""
    ports, by, id_ = ports_of(request), staff_member(request), ChargerId(charger_id)

    def offer() -> tuple[WriteSetting, tuple[str, ...]]:
        new_password = fresh_password()
        with ports.transactions.begin() as store:
            charger = password_changeable(store, by, id_)
            hashes = tuple(HASHER.hash(one) for one in password_forms(charger, new_password))
            offer_password(store, by, id_, hashes)
        return password_setting(charger, new_password), hashes

    def keep() -> Response[Any]:
        with ports.transactions.begin() as store:
            password_answered(store, staff_member(request), id_, hashes, result)
        return result_page(request, id_, "change password", result, "password")

    wanted, hashes = await asyncio.to_thread(offer)
    result = await ports.send_order(id_, wanted)
    return await asyncio.to_thread(keep)


async def log_and_send(request: WebRequest, charger_id: ChargerId, wanted: Command) -> OrderResult:
    """Record the command in the audit log, send it, and record the answer."""

    def begin() -> None:
        with ports_of(request).transactions.begin() as store:
            command(store, staff_member(request), charger_id, wanted)

    await asyncio.to_thread(begin)
    return await send_logged(request, charger_id, wanted)


async def send_logged(request: WebRequest, charger_id: ChargerId, wanted: Command) -> OrderResult:
    """Send a command that is in the audit log already, and record the answer."""
    ports = ports_of(request)

    def end(result: OrderResult) -> None:
        with ports.transactions.begin() as store:
            command_answered(store, staff_member(request), charger_id, wanted, result)

    result = await ports.send_order(charger_id, wanted)
    await asyncio.to_thread(end, result)
    return result


def new_request_id(at: datetime) -> int:
    """The number of a log or firmware request: a new one each second, within the standard's range."""
    return int(at.timestamp()) % 2**31


def parse_command(data: Fields, at: datetime) -> Command:
    """Raises BadInput if it is not a command."""
    number = data.get("socket", "0")
    socket = int(number) if number.isascii() and number.isdecimal() and len(number) < 4 else -1
    match data.get("do"):
        case "restart":
            return Restart(hard=data.get("how") == "now")
        case "come_again":
            return Reconnect()
        case "unlock":
            return Unlock(socket)
        case "stop":
            return StopCharge(data.get("transaction", ""))
        case "status":
            return ReportMeter(socket, "STATUS")
        case "meter":
            return ReportMeter(socket)
        case "boot":
            return ReportMeter(0, "BOOT")
        case "certificate":
            return ReportMeter(0, "CERTIFICATE")
        case "read_roots":
            return ReadRoots(_root_use(data))
        case "install_root":
            return InstallRoot(_root_use(data), normalize_pem(data.get("certificate", "")))
        case "delete_root":
            return DeleteRoot(data.get("root", ""))
        case "read":
            return ReadSettings(tuple(data.get("names", "").replace(",", " ").split()), every=True)
        case "write":
            return WriteSetting(data.get("name", "").strip(), data.get("value", "").strip())
        case "log" | "security_log" as log_kind:
            return SendLog(new_request_id(at), data.get("address", "").strip(), log_kind == "security_log")
    raise BadInput("do", "That is not a charger command.")


def normalize_pem(pem: str) -> str:
    return pem.replace("\r\n", "\n").strip() + "\n"


def _root_use(data: Fields) -> RootUse:
    return RootUse.MAKER if data.get("use") == "maker" else RootUse.SERVER


def result_page(request: WebRequest, charger_id: ChargerId, text: str, result: OrderResult, topic: str = "command") -> Response[str]:
    back = f"/console/chargers/{quote(charger_id, safe='')}"
    return page(
        request, "console/charger_answer.html", charger_id=charger_id, words=text, result=result, about=topic, back=back, tab="chargers"
    )


pages = [post_command, change_password]
