"""The recipient of a driver's receipts."""

from dataclasses import replace
from typing import Any

from litestar import Router, get, post
from litestar.params import URLEncodedBody
from litestar.response import Response
from msgspec import Struct

from forecourt.billing import buyer_country
from forecourt.flows.billing import Recipient, set_recipient
from forecourt.kernel import BadInput
from forecourt.web.frame.responses import WebRequest, page, redirect_to
from forecourt.web.frame.visitor import ports_of, signed_in, visitor_of

_HERE = "/account/details"


class RecipientForm(Struct):
    name: str = ""
    address: str = ""
    vat_number: str = ""
    order: str = ""
    country: str = ""


@get(_HERE, sync_to_thread=True)
def details(request: WebRequest) -> Response[str]:
    return _page(request)


@post(_HERE, sync_to_thread=True, status_code=200)
def save_details(request: WebRequest, data: URLEncodedBody[RecipientForm]) -> Response[Any]:
    driver_id = visitor_of(request).require_driver()
    try:
        wanted = Recipient(data.name, data.address, data.vat_number, data.order, data.country)
        with ports_of(request).transactions.begin() as store:
            set_recipient(store, driver_id, wanted)
    except BadInput as error:
        return _page(request, data, error)
    return redirect_to(request, "/account", "auto_kept")


def _page(request: WebRequest, typed: RecipientForm | None = None, error: BadInput | None = None) -> Response[str]:
    driver_id = visitor_of(request).require_driver()
    with ports_of(request).transactions.begin() as store:
        driver = store.drivers.driver(driver_id)
        home = store.stations.operator(driver.operator_id).country
    form = typed or replace(driver, country=buyer_country(driver.country, driver.vat_number, home))
    return page(request, "driver/details.html", 400 if error else 200, form=form, error=error, tab="account")


routes = Router("/", route_handlers=[details, save_details], guards=[signed_in])
