"""The operator's page of a site's hosts: their share of each document, and what is owed to them."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from litestar import get, post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Response

from forecourt.flows.offers import hosts_fingerprint, set_hosts
from forecourt.flows.ports import Store
from forecourt.kernel import Money, Refused, utc
from forecourt.settlement import payable
from forecourt.stations import Site
from forecourt.web.frame.errors import status_of
from forecourt.web.frame.lists import midnight, number_or_none
from forecourt.web.frame.responses import WebRequest, page, redirect_to
from forecourt.web.frame.visitor import ports_of, staff_member, visitor_of
from forecourt.web.queries.site_lookup import own_site

Fields = dict[str, str]


@dataclass(frozen=True, slots=True)
class HostRow:
    """owed: the balance in the ledger, from all sites; account: of the ledger."""

    handle: str
    name: str
    percent: Decimal | None
    owed: Money
    account: str


@get("/sites/{slug:str}/hosts", sync_to_thread=True)
def hosts(request: WebRequest, slug: FromPath[str]) -> Response[str]:
    with ports_of(request).transactions.begin() as store:
        return _page(request, store, own_site(store, slug, visitor_of(request).operator), {})


@post("/sites/{slug:str}/hosts", sync_to_thread=True, status_code=200)
def save_hosts(request: WebRequest, slug: FromPath[str], data: URLEncodedBody[Fields]) -> Response[Any]:
    try:
        with ports_of(request).transactions.begin() as store:
            site, by = own_site(store, slug, visitor_of(request).operator), staff_member(request)
            handles = {one.handle for one in store.partners.partners(by.operator_id)} | dict(_present(request, site)).keys()
            percents = [(one, number_or_none(data.get(f"share-{one}", ""), f"share-{one}")) for one in sorted(handles)]
            shares = [(handle, percent) for handle, percent in percents if percent]
            set_hosts(store, by, site.id, shares, _since(data.get("since", "").strip(), site.zone), data.get("seen", ""))
    except Refused as error:
        with ports_of(request).transactions.begin() as store:
            return _page(request, store, own_site(store, slug, visitor_of(request).operator), data, error)
    return redirect_to(request, f"/console/sites/{slug}/hosts", "hosts_kept")


def _present(request: WebRequest, site: Site) -> tuple[tuple[str, Decimal], ...]:
    return site.shares_at(ports_of(request).clock.now())


def _since(day: str, zone: str) -> datetime | None:
    """The start of that local day; None = now."""
    at = midnight(day, ZoneInfo(zone), "since")
    return at and utc(at)


def _page(request: WebRequest, store: Store, site: Site, fields: Fields, error: Refused | None = None) -> Response[str]:
    now, present = ports_of(request).clock.now(), dict(_present(request, site))
    rows = []
    for partner in store.partners.partners(site.operator_id):
        if partner.left_at is not None and partner.handle not in present:
            continue
        account = payable(partner.handle)
        balance = Money(-store.ledger.balance(site.operator_id, account, site.currency), site.currency)
        rows.append(HostRow(partner.handle, partner.name, present.get(partner.handle), balance, account.name))
    without_account = [(name, percent) for name, percent in present.items() if name not in {row.handle for row in rows}]
    shown = {
        "site": site,
        "rows": rows,
        "others": without_account,
        "planned": [one for one in site.host_terms if one.since > now],
        "fields": fields,
        "error": error,
        "seen": hosts_fingerprint(site),
    }
    return page(request, "console/hosts.html", status_of(error) if error else 200, **shown, tab="now")


pages = [hosts, save_hosts]
