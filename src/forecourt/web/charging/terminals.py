"""The card terminal of a charger, allowed and refused by the operator."""

import asyncio
from typing import Any

from litestar import post
from litestar.params import FromPath
from litestar.response import Redirect, Response

from forecourt.flows.guests import offer_terminal, refuse_terminal, terminal_answered
from forecourt.kernel import ChargerId
from forecourt.stations import OrderResult, Outcome, WriteSetting
from forecourt.web.charging.commands import result_page
from forecourt.web.frame.responses import WebRequest, redirect_to
from forecourt.web.frame.visitor import ports_of, staff_member


@post("/chargers/{charger_id:str}/terminal", status_code=200)
async def allow(request: WebRequest, charger_id: FromPath[str]) -> Response[Any]:
    """The terminal is configured at once, and allowed only if it accepts. It may reject the amount to hold: then it keeps its own."""
    ports, charger = ports_of(request), ChargerId(charger_id)

    def begin() -> tuple[WriteSetting, ...]:
        with ports.transactions.begin() as store:
            return offer_terminal(store, staff_member(request), charger)

    def end() -> Response[Any]:
        with ports.transactions.begin() as store:
            terminal_answered(store, staff_member(request), charger, answers[:2])
        return result_page(request, charger, "enable card terminal", worst, "terminal")

    answers: list[OrderResult] = []
    for setting in await asyncio.to_thread(begin):
        answers.append(await ports.send_order(charger, setting))
        if answers[-1].outcome is not Outcome.ACCEPTED:
            break
    worst = next((one for one in answers[:2] if one.outcome is not Outcome.ACCEPTED or one.detail), answers[0])
    return await asyncio.to_thread(end)


@post("/chargers/{charger_id:str}/terminal/off", status_code=303, sync_to_thread=True)
def refuse(request: WebRequest, charger_id: FromPath[str]) -> Redirect:
    """The terminal need not be reached: all its payments are refused from now on."""
    with ports_of(request).transactions.begin() as store:
        refuse_terminal(store, staff_member(request), ChargerId(charger_id))
    return redirect_to(request, f"/console/chargers/{charger_id}", "terminal_off")


pages = [allow, refuse]
