"""External limits reported by a charger: one that is never lifted can be set aside by the operator."""

from datetime import datetime
from typing import Any

from litestar import post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Response
from msgspec import Struct

from forecourt.flows.chargers import set_limit_aside
from forecourt.kernel import BadInput, Conflict
from forecourt.stations import charger_named
from forecourt.web.charging.charger_page import render_charger
from forecourt.web.frame.responses import WebRequest, redirect_to, trigger_planning
from forecourt.web.frame.visitor import ports_of, staff_member


class IgnoreLimitForm(Struct):
    source: str = ""
    socket: str = "0"
    told: str = ""
    reason: str = ""

    @property
    def limit(self) -> tuple[str, int, datetime]:
        """The limit that was shown. Raises BadInput if it is invalid."""
        try:
            reported_at = datetime.fromisoformat(self.told)
            if reported_at.tzinfo is None or not self.socket.isascii():
                raise ValueError(self.told)
            return self.source, int(self.socket), reported_at
        except ValueError as error:
            raise BadInput("told", "The limit is missing.", "Set it aside on the charger's page.") from error


@post("/chargers/{charger_id:str}/limits/set-aside", sync_to_thread=True, status_code=200)
def ignore_limit(request: WebRequest, charger_id: FromPath[str], data: URLEncodedBody[IgnoreLimitForm]) -> Response[Any]:
    """From now on plans ignore it, until the charger reports it again."""
    try:
        with ports_of(request).transactions.begin() as store:
            set_limit_aside(store, staff_member(request), charger_named(charger_id), data.limit, data.reason)
    except (BadInput, Conflict) as error:
        return render_charger(request, charger_named(charger_id), f"aside/{data.source}/{data.socket}", {"reason": data.reason}, error)
    return trigger_planning(request, redirect_to(request, f"/console/chargers/{charger_id}", "limit_aside"))


pages = [ignore_limit]
