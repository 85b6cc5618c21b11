"""Third-party apps: the operator registers and removes them; a driver revokes an app's access."""

from typing import Any
from uuid import UUID

from litestar import Router, get, post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect, Response
from msgspec import Struct

from forecourt.drivers import Duty
from forecourt.flows.desk import add_app, remove_app, revoke_app_grant
from forecourt.kernel import Refused
from forecourt.web.frame.errors import status_of
from forecourt.web.frame.responses import WebRequest, page, redirect_to
from forecourt.web.frame.visitor import ports_of, signed_in, staff_member, visitor_of, wall_now

_HOME = "/console/apps"


class AppForm(Struct):
    """redirects: one per line."""

    name: str = ""
    redirects: str = ""


@get("/apps", sync_to_thread=True)
def apps(request: WebRequest) -> Response[str]:
    return _page(request)


@post("/apps", sync_to_thread=True, status_code=200)
def add(request: WebRequest, data: URLEncodedBody[AppForm]) -> Response[Any]:
    try:
        with ports_of(request).transactions.begin() as store:
            add_app(store, staff_member(request), data.name, data.redirects.split())
    except Refused as error:
        return _page(request, error, data)
    return redirect_to(request, _HOME, "kept")


@post("/apps/{app_id:uuid}/remove", sync_to_thread=True, status_code=303)
def remove(request: WebRequest, app_id: FromPath[UUID]) -> Redirect:
    with ports_of(request).transactions.begin() as store:
        remove_app(store, staff_member(request), app_id)
    return redirect_to(request, _HOME, "kept")


@post("/account/apps/{family:str}/end", sync_to_thread=True, guards=[signed_in], status_code=303)
def end(request: WebRequest, family: FromPath[str]) -> Redirect:
    """Only the driver's own."""
    visitor = visitor_of(request)
    visitor.require_driver()
    with ports_of(request).transactions.begin() as store:
        for one in store.apps.grants_of(visitor.require_account().id):
            if one.family.hex() == family:
                revoke_app_grant(store, one.account_id, one.family)
    return redirect_to(request, "/account", "app_ended")


def _page(request: WebRequest, error: Refused | None = None, typed: AppForm | None = None) -> Response[str]:
    with ports_of(request).transactions.begin() as store:
        rows = [(one, store.apps.connected(one.id, wall_now())) for one in store.apps.apps(visitor_of(request).operator)]
    shown: dict[str, Any] = {"rows": rows, "error": error, "typed": typed or AppForm()}
    return page(request, "console/apps.html", status_of(error) if error else 200, **shown, tab="team")


routes = Router("/", route_handlers=[end])
pages = Router("/", route_handlers=[apps, add, remove], opt={"duty": Duty.TEAM})
