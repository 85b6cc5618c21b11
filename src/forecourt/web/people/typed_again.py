"""What was filled in when a sign-in had ended, to be sent after the next."""

from typing import Any

from litestar import Router, get
from litestar.response import Response

from forecourt.web.frame.answers import Asked, go
from forecourt.web.frame.kept_form import AGAIN, again_page, kept_form
from forecourt.web.frame.visit import signed_in, visitor_of
from forecourt.web.people.doors import home_of


@get(AGAIN, sync_to_thread=True)
def typed_again(request: Asked) -> Response[Any]:
    """Nothing is kept, or it is another's: where they begin."""
    form = kept_form(request)
    return again_page(request, form) if form else go(request, home_of(visitor_of(request).account))


routes = Router("/", guards=[signed_in], route_handlers=[typed_again])
