"""Import of a fleet's drivers and cards from a file: the changes are previewed before anything is done."""

from typing import Annotated, Any

from litestar import Router, get, post
from litestar.datastructures import UploadFile
from litestar.enums import RequestEncodingType
from litestar.params import Body, URLEncodedBody
from litestar.response import Response
from msgspec import Struct

from forecourt.flows.desk import INVITATION_LIFETIME, ImportPreview, apply_import, export_fleet, plan_import
from forecourt.kernel import BadInput, Conflict, Refused
from forecourt.web.frame.code_attempts import TooManyAttempts, limit_code_attempts
from forecourt.web.frame.errors import status_of
from forecourt.web.frame.lists import csv_response
from forecourt.web.frame.responses import WebRequest, page, redirect_to
from forecourt.web.frame.visitor import ports_of, signed_in, wall_now
from forecourt.web.money.fleets import acting_payer, payer_of
from forecourt.web.views.fleet_list import COLUMNS, decode_text, list_rows, read_list

_HOME = "/fleet/list"


class FileForm(Struct):
    file: UploadFile | None = None


class TakeForm(Struct):
    """text: of the file, as previewed; seen: the changes shown."""

    text: str = ""
    seen: str = ""


@get(_HOME, sync_to_thread=True)
def import_page(request: WebRequest) -> Response[str]:
    _require_payer(request)
    return page(request, "driver/fleet_list.html", plan=None, error=None, tab="account")


@get("/fleet/list.csv", sync_to_thread=True)
def export(request: WebRequest) -> Response[str]:
    """The present fleet, as a file in the format of the import."""
    with ports_of(request).transactions.begin() as store:
        rows = list(list_rows(export_fleet(store, payer_of(store, request), ports_of(request).clock.now())))
    return csv_response("fleet.csv", COLUMNS, rows)


@post(_HOME, sync_to_thread=True, status_code=200)
def preview(request: WebRequest, data: Annotated[FileForm, Body(media_type=RequestEncodingType.MULTI_PART)]) -> Response[str]:
    _require_payer(request)
    try:
        text = decode_text(data.file.file.read() if data.file else b"")
    except BadInput as error:
        return page(request, "driver/fleet_list.html", status_of(error), plan=None, error=error, tab="account")
    return _preview(request, text)


@post(f"{_HOME}/take", sync_to_thread=True, status_code=200)
def apply(request: WebRequest, data: URLEncodedBody[TakeForm]) -> Response[Any]:
    _require_payer(request)
    try:
        lines = read_list(data.text)
        with limit_code_attempts(request), ports_of(request).transactions.begin() as store:
            apply_import(store, acting_payer(request), payer_of(store, request), lines, data.seen, wall_now() + INVITATION_LIFETIME)
    except (BadInput, Conflict) as error:
        return _preview(request, data.text, error)
    return redirect_to(request, "/fleet", "fleet_listed")


def _preview(request: WebRequest, text: str, changed: Refused | None = None) -> Response[str]:
    """changed: why the confirmed changes were not made."""
    error, plan = changed, None
    try:
        lines = read_list(text)
        with limit_code_attempts(request):
            with ports_of(request).transactions.begin() as store:
                plan = plan_import(store, acting_payer(request), payer_of(store, request), lines)
            if plan.taken:
                raise plan.taken
    except (BadInput, TooManyAttempts) as refused:
        error, plan = refused, None
    except Conflict:
        pass  # it is listed among the errors of the file
    shown: dict[str, Any] = {"plan": plan, "error": error, "text": text if plan and not plan.wrong else ""}
    return page(request, "driver/fleet_list.html", _status(plan, error), **shown, tab="account")


def _require_payer(request: WebRequest) -> None:
    """Raises NotFound unless the visitor pays for a fleet."""
    with ports_of(request).transactions.begin() as store:
        payer_of(store, request)


def _status(plan: ImportPreview | None, error: Refused | None) -> int:
    return status_of(error) if error else 422 if plan and plan.wrong else 200


routes = Router("/", guards=[signed_in], route_handlers=[import_page, export, preview, apply])
