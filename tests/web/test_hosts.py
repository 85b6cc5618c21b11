"""A site's hosts in the console: their shares, from when on, and what stands in the books."""

import csv
import io
import re
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from forecourt.flows.offers import settle_site_shares
from forecourt.web.frame.sealing import digest

from .offers_scene import with_offers

AT = "/console/sites/market/hosts"


def seen(page: str) -> str:
    return re.search(r'name="seen" value="([^"]*)"', page).group(1)


def test_a_partner_becomes_the_host_of_a_site(lived, client):
    with_offers(lived)
    client.sign_in("ops")
    page = client.get(AT).text
    assert "partner-payable" in page.lower() or "payable" in page.lower()
    handle = re.search(r'name="share-([^"]*)"', page).group(1)
    assert client.submit(AT, seen=seen(page), **{f"share-{handle}": "12.5"}).status_code == 303
    with lived.transactions.begin() as store:
        site = store.stations.site(lived.site_id)
        assert [(name, str(percent)) for name, percent in site.shares_at(lived.clock.at)] == [(handle, "12.5")]
    assert 'value="12.5"' in client.get(AT).text and client.submit(AT, seen=seen(page)).status_code == 409
    later = client.submit(AT, seen=seen(client.get(AT).text), since="2026-09-01", **{f"share-{handle}": "20"})
    assert later.status_code == 303 and "From Tue 1 Sep 2026, 00:00" in client.get(AT).text


def test_what_cannot_be_is_named_at_its_field_and_nothing_typed_is_lost(lived, client):
    with_offers(lived)
    client.sign_in("ops")
    page = client.get(AT).text
    handle = re.search(r'name="share-([^"]*)"', page).group(1)
    wrong = client.submit(AT, seen=seen(page), since="2020-01-01", **{f"share-{handle}": "7"})
    assert wrong.status_code == 400 and 'value="7"' in wrong.text and re.search(r'id="f-since"[^>]*aria-invalid', wrong.text)
    assert client.submit(AT, seen=seen(page), **{f"share-{handle}": "120"}).status_code == 400
    assert client.submit(AT, seen=seen(page), **{f"share-{handle}": "many"}).status_code == 400


def test_without_partners_the_page_says_where_to_add_one(lived, client):
    client.sign_in("ops")
    assert "No partners yet" in client.get(AT).text


def test_who_earns_without_being_a_partner_keeps_the_share_until_it_is_taken_away(lived, client):
    with_offers(lived)
    with lived.transactions.begin() as store:
        store.stations.put_site(replace(store.stations.site(lived.site_id), host_shares=(("Old host", Decimal("12.5")),)))
    page = client.sign_in("ops").get(AT).text
    (handle,) = set(re.findall(r'name="share-([^"]*)"', page)) - {"Old host"}
    typed = {f"share-{handle}": "10", "share-Old host": "12.5"}
    assert 'value="12.5"' in page and client.submit(AT, seen=seen(page), **typed).status_code == 303
    with lived.transactions.begin() as store:
        assert dict(store.stations.site(lived.site_id).shares_at(lived.clock.at)) == {handle: Decimal(10), "Old host": Decimal("12.5")}


def test_a_host_sees_the_terms_what_is_open_and_each_document_that_makes_it_up(lived, client):
    """A column of the file sums to what the page says, and no driver is named in it."""
    with_offers(lived)
    with lived.transactions.begin() as store:
        store.stations.put_site(replace(store.stations.site(lived.site_id), host_shares=(("cafe-strom", Decimal("12.5")),)))
        bills = [one for one in store.documents.of_driver(lived.ada) if one.content.site_id == lived.site_id][:2]
        bills.sort(key=lambda one: one.number)
        earned = [settle_site_shares(store, one.id, lived.clock.at)[0].amount for one in bills]
    page, file = client.sign_in("till").get("/partners").text, client.get("/partners/shares.csv").text
    total = sum((one.amount for one in earned), Decimal(0))
    assert "12.5 % of the net" in page and f"€{total}</span> of {len(bills)} document" in page and "Not yet on a statement: none." in page
    rows = list(csv.DictReader(io.StringIO(file)))
    assert sorted(row["document"] for row in rows) == [one.number for one in bills] and sum(Decimal(row["share"]) for row in rows) == total
    assert {Decimal(row["net"]) for row in rows} == {one.net.amount for one in bills} and "Ada" not in file
    assert client.get("/partners/shares.csv?month=2026-05").text.count("\n") == 1
    assert client.get("/partners/shares.csv?month=May").status_code == 400


def test_a_host_without_offers_is_not_asked_for_vouchers(lived, client):
    with_offers(lived)
    with lived.transactions.begin() as store:
        (cafe,) = store.partners.partners(lived.operator_id)
        till = store.drivers.sign_in(digest("till"))
        garage = replace(cafe, id=UUID(int=78), handle="garage", name="Garage")
        store.partners.put_partner(garage)
        store.drivers.put_account(replace(store.drivers.account(till.account_id), partner_id=garage.id))
        store.stations.put_site(replace(store.stations.site(lived.site_id), host_shares=(("garage", Decimal("12.5")),)))
    page = client.sign_in("till").get("/partners").text
    assert "Your share as a host" in page and "voucher" not in page


def test_who_hosts_nothing_reads_nothing_of_shares(lived, client):
    with_offers(lived)
    assert "Your share as a host" not in client.sign_in("till").get("/partners").text


def test_on_the_first_of_a_month_the_host_is_offered_the_file_of_the_one_that_has_just_ended(lived, client):
    with_offers(lived)
    with lived.transactions.begin() as store:
        store.stations.put_operator(replace(store.stations.operator(lived.operator_id), zone="Europe/Berlin"))
        store.stations.put_site(replace(store.stations.site(lived.site_id), host_shares=(("cafe-strom", Decimal("12.5")),)))
    lived.clock.at = datetime(2026, 7, 1, 9, tzinfo=UTC)
    assert "shares.csv?month=2026-06" in client.sign_in("till").get("/partners").text
