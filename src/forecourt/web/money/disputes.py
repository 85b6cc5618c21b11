"""Disputed payments: the list with its deadlines, the rule for drivers, and the evidence to hand to the processor."""

from typing import Any

from litestar import get, post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Response
from msgspec import Struct

from forecourt.flows.paying import set_block_rule
from forecourt.kernel import BadInput, Conflict, NotFound
from forecourt.payments import BlockRule
from forecourt.web.frame.errors import status_of
from forecourt.web.frame.lists import pager, requested_page
from forecourt.web.frame.responses import WebRequest, page, redirect_to
from forecourt.web.frame.stale_forms import check_form_version, form_version
from forecourt.web.frame.visitor import ports_of, staff_member, visitor_of
from forecourt.web.queries.disputes import disputes_of, evidence

_RULES = [
    (BlockRule.NEVER.value, "never"),
    (BlockRule.OPENED.value, "as soon as a payment is disputed"),
    (BlockRule.LOST.value, "when a dispute is lost"),
]


class RuleForm(Struct):
    rule: str
    seen: str = ""


@get("/disputes", sync_to_thread=True)
def disputes(request: WebRequest) -> Response[str]:
    return _page(request)


def _page(request: WebRequest, typed: str = "", error: Conflict | None = None) -> Response[str]:
    ports, operator = ports_of(request), visitor_of(request).operator
    with ports.transactions.begin() as store:
        found, zone = disputes_of(store, operator, ports.clock.now(), requested_page(request)), store.stations.operator(operator).zone
        stored = store.disputes.rule(operator)
    pages = pager(request, found, "/console/disputes")
    shown = {"rule": typed or stored.value, "rules": _RULES, "seen": form_version(stored), "error": error}
    status = status_of(error) if error else 200
    return page(request, "console/disputes.html", status, rows=found.rows, pages=pages, zone=zone, **shown, tab="disputes")


@post("/disputes/rule", sync_to_thread=True, status_code=200)
def rule(request: WebRequest, data: URLEncodedBody[RuleForm]) -> Response[Any]:
    if data.rule not in list(BlockRule):
        raise BadInput("rule", "That rule is unknown.", "Choose one from the list.")
    try:
        with ports_of(request).transactions.begin() as store:
            by = staff_member(request)
            check_form_version(data.seen, store.disputes.rule(by.operator_id))
            set_block_rule(store, by, BlockRule(data.rule))
    except Conflict as error:
        return _page(request, data.rule, error)
    return redirect_to(request, "/console/disputes", "kept")


@get("/disputes/{name:str}", sync_to_thread=True)
def evidence_file(request: WebRequest, name: FromPath[str]) -> Response[Any]:
    """The evidence of a dispute; its id with .zip behind it."""
    dispute_id, _, ending = name.rpartition(".")
    if ending != "zip":
        raise NotFound("dispute", "There is no such evidence.", "Check the list of disputes.")
    with ports_of(request).transactions.begin() as store:
        body = evidence(store, visitor_of(request).operator, dispute_id)
    headers = {"content-disposition": f'attachment; filename="{dispute_id}.zip"'}
    return Response(body, media_type="application/zip", headers=headers)


pages = [disputes, rule, evidence_file]
