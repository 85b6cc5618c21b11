"""A charger's certificate signing request, signed by hand."""

from typing import Any
from urllib.parse import quote

from litestar import post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Response

from forecourt.flows.chargers import sign_by_hand
from forecourt.kernel import BadInput, ChargerId, Conflict
from forecourt.web.charging.charger_page import render_charger
from forecourt.web.charging.commands import normalize_pem
from forecourt.web.frame.responses import WebRequest, redirect_to
from forecourt.web.frame.visitor import ports_of, staff_member


@post("/chargers/{charger_id:str}/certificate", sync_to_thread=True, status_code=200)
def save_signed_certificate(request: WebRequest, charger_id: FromPath[str], data: URLEncodedBody[dict[str, str]]) -> Response[Any]:
    """Sent to the charger at once, or as soon as it has contact."""
    ports, chain = ports_of(request), data.get("chain", "")
    try:
        with ports.transactions.begin() as store:
            sign_by_hand(store, staff_member(request), ChargerId(charger_id), normalize_pem(chain), ports.authority())
    except (BadInput, Conflict) as error:
        return render_charger(request, ChargerId(charger_id), "chain", {"chain": chain}, error)
    return redirect_to(request, f"/console/chargers/{quote(charger_id, safe='')}", "kept")


pages = [save_signed_certificate]
