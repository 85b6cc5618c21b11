"""The operator's page of a site's queue and of its rules for bookings."""

from dataclasses import fields
from typing import Any

from litestar import get, post
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Response
from msgspec import Struct

from forecourt.flows.ports import AuditEntry
from forecourt.kernel import BadInput, Money, Refused
from forecourt.reservations import BookingRules, DepositRule
from forecourt.web.frame.amounts import parse_amount
from forecourt.web.frame.errors import status_of
from forecourt.web.frame.responses import WebRequest, page, redirect_to
from forecourt.web.frame.stale_forms import check_form_version, form_version
from forecourt.web.frame.visitor import ports_of, visitor_of
from forecourt.web.queries.local_days import local_date, local_day
from forecourt.web.queries.queues import queue_day
from forecourt.web.queries.site_lookup import all_sites, own_site, selected_site


class RulesForm(Struct):
    held_back: str
    free_cancel_min: str
    walk_in_min: str
    plug_in_min: str
    member_lead_min: str
    broken_credit_percent: str
    too_busy_percent: str
    others_power_percent: str = "100"
    deposit: str = DepositRule.NONE
    deposit_amount: str = ""
    seen: str = ""


@get("/queue", sync_to_thread=True, opt={"of_sites": True})
def queue(request: WebRequest, site: FromQuery[str] = "") -> Response[str]:
    return _page(request, site)


@post("/sites/{slug:str}/booking-rules", sync_to_thread=True, status_code=200)
def save_rules(request: WebRequest, slug: FromPath[str], data: URLEncodedBody[RulesForm]) -> Response[Any]:
    """The log records who changed which rule, with the old and the new value. Existing promises stay."""
    ports, visitor = ports_of(request), visitor_of(request)
    at = ports.clock.now()
    try:
        with ports.transactions.begin() as store:
            site = own_site(store, slug, visitor.operator)
            wanted = _wanted(data, site.currency)
            before = store.bookings.rules(site.id)
            check_form_version(data.seen, before)
            changed = [name for name in _NAMES if getattr(before, name) != getattr(wanted, name)]
            if changed:
                store.bookings.put_rules(site, wanted)
                actor = str(visitor.require_account().id)
                summary = ", ".join(f"{name} {getattr(before, name)} → {getattr(wanted, name)}" for name in changed)
                store.audit.add(AuditEntry(ports.ids.new(at), visitor.operator, at, actor, "booking_rules", slug, summary))
    except Refused as error:
        return _page(request, slug, data, error)
    return redirect_to(request, f"/console/queue?site={slug}", "booking_rules")


_NAMES = tuple(field.name for field in fields(BookingRules))
_DEPOSIT_FIELDS = ("deposit", "deposit_minor")
_DEPOSITS = [
    (DepositRule.NONE, "none"),
    (DepositRule.FEE, "the no-show fee"),
    (DepositRule.AMOUNT, "the amount below"),
]


def _wanted(data: RulesForm, currency: str) -> BookingRules:
    if data.deposit not in list(DepositRule):
        raise BadInput("deposit", f"{data.deposit[:20]!r} is not a deposit rule.", "Choose one from the list.")
    rule = DepositRule(data.deposit)
    stated = parse_amount(data.deposit_amount, currency, "deposit_minor").minor if rule is DepositRule.AMOUNT else 0
    numbers = {name: _number(name, getattr(data, name)) for name in _NAMES if name not in _DEPOSIT_FIELDS}
    return BookingRules(**numbers, deposit=rule, deposit_minor=stated)


def _number(name: str, text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 6):
        raise BadInput(name, f"{text[:20]!r} is not a whole number.", "Use digits only.")
    return int(text)


def _stored_form(rules: BookingRules, currency: str) -> RulesForm:
    numbers = {name: str(getattr(rules, name)) for name in _NAMES if name not in _DEPOSIT_FIELDS}
    stated = str(Money(rules.deposit_minor, currency).amount) if rules.deposit_minor else ""
    return RulesForm(**numbers, deposit=rules.deposit, deposit_amount=stated)


def _page(request: WebRequest, slug: str, typed: RulesForm | None = None, error: Refused | None = None) -> Response[str]:
    ports, operator = ports_of(request), visitor_of(request).operator
    now = ports.clock.now()
    with ports.transactions.begin() as store:
        sites = all_sites(store, operator, visitor_of(request).sites)
        site = selected_site(sites, slug)
        view = queue_day(store, site, local_day(local_date(now, site.zone), site.zone), now) if site else None
        stored = store.bookings.rules(site.id) if site else None
        rules = typed or (_stored_form(stored, site.currency) if site and stored else None)
    status = status_of(error) if error else 200
    shown = {
        "deposits": _DEPOSITS,
        "view": view,
        "rules": rules,
        "place": site,
        "sites": [(one.slug, one.name) for one in sites],
        "error": error,
        "seen": form_version(stored),
    }
    return page(request, "console/queue.html", status, **shown, tab="bookings")


pages = [queue, save_rules]
