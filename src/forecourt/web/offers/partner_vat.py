"""The operator's page of a partner's VAT status and agreement to self-billing."""

from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Response
from msgspec import Struct

from forecourt.drivers import Duty
from forecourt.flows.billing import VatEntry, set_payee_vat, vat_fingerprint
from forecourt.flows.desk import own_partner
from forecourt.kernel import BadInput, Conflict, Refused, parse_day
from forecourt.offers import Partner, VatStatus
from forecourt.web.frame.errors import status_of
from forecourt.web.frame.field_errors import field_errors
from forecourt.web.frame.responses import WebRequest, page, redirect_to
from forecourt.web.frame.visitor import ports_of, staff_member, visitor_of
from forecourt.web.queries.self_billing import VAT_STATUSES, vat_view

_STATUSES = tuple(("" if status is None else status.value, str(words)) for status, words in VAT_STATUSES.items())


class VatForm(Struct):
    status: str = ""
    exemption: str = ""
    agreed_on: str = ""
    seen: str = ""


@get("/offers/partners/{partner_id:uuid}/vat", sync_to_thread=True, opt={"duty": Duty.MONEY})
def vat(request: WebRequest, partner_id: FromPath[UUID]) -> Response[str]:
    return _page(request, partner_id)


@post("/offers/partners/{partner_id:uuid}/vat", sync_to_thread=True, status_code=200, opt={"duty": Duty.MONEY})
def save_vat(request: WebRequest, partner_id: FromPath[UUID], data: URLEncodedBody[VatForm]) -> Response[Any]:
    """Only staff who may pay out enter it, as it adds tax to what is paid."""
    by = staff_member(request)
    try:
        with ports_of(request).transactions.begin() as store:
            set_payee_vat(store, by, partner_id, _entry(data), data.seen)
    except (BadInput, Conflict) as error:
        return _page(request, partner_id, data, error)
    return redirect_to(request, f"/console/offers/partners/{partner_id}", "partner_vat")


def _entry(form: VatForm) -> VatEntry:
    if form.status and form.status not in list(VatStatus):
        raise BadInput("status", "There is no such status.", "Choose one from the list.")
    agreed_on = parse_day(form.agreed_on, "agreed_on") if form.agreed_on.strip() else None
    return VatEntry(VatStatus(form.status) if form.status else None, form.exemption, agreed_on)


def _stored(partner: Partner) -> VatForm:
    if partner.vat is None:
        return VatForm()
    agreed_on = partner.vat.agreed_on
    return VatForm(partner.vat.status.value, partner.vat.rule, agreed_on.isoformat() if agreed_on else "")


def _page(request: WebRequest, partner_id: UUID, typed: VatForm | None = None, error: Refused | None = None) -> Response[str]:
    ports = ports_of(request)
    with ports.transactions.begin() as store:
        known = own_partner(store, visitor_of(request).operator, partner_id)
        view = vat_view(store, known, ports.clock.now())
    stale = typed is None or isinstance(error, Conflict)
    shown: dict[str, Any] = {"partner": known, "view": view, "form": _stored(known) if stale else typed, "statuses": _STATUSES}
    shown |= {"seen": vat_fingerprint(known), "error": error, "at": field_errors(error)}
    return page(request, "console/partner_vat.html", status_of(error) if error else 200, **shown, tab="offers")


pages: list[Any] = [vat, save_vat]
