"""A form sent after a sign-in had expired, to be sent again after the next."""

from typing import Any

from litestar import Router, get
from litestar.response import Response

from forecourt.web.frame.answers import Asked, go
from forecourt.web.frame.kept_form import AGAIN, again_page, kept_form
from forecourt.web.frame.visit import signed_in, visitor_of
from forecourt.web.people.doors import home_of


@get(AGAIN, sync_to_thread=True)
def typed_again(request: Asked) -> Response[Any]:
    """Show the kept form; if there is none, or it is another person's, go to the start page."""
    form = kept_form(request)
    return again_page(request, form) if form else go(request, home_of(visitor_of(request).account))


routes = Router("/", guards=[signed_in], route_handlers=[typed_again])
