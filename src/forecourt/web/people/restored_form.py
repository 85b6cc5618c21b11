"""A form sent after a sign-in had expired, to be sent again after the next."""

from typing import Any

from litestar import Router, get
from litestar.response import Response

from forecourt.web.frame.responses import WebRequest, redirect_to
from forecourt.web.frame.saved_form import SAVED_FORM_PATH, saved_form, saved_form_page
from forecourt.web.frame.visitor import signed_in, visitor_of
from forecourt.web.people.sign_in import start_page


@get(SAVED_FORM_PATH, sync_to_thread=True)
def restored_form(request: WebRequest) -> Response[Any]:
    """Show the kept form; if there is none, or it is another person's, go to the start page."""
    form = saved_form(request)
    return saved_form_page(request, form) if form else redirect_to(request, start_page(visitor_of(request).account))


routes = Router("/", guards=[signed_in], route_handlers=[restored_form])
