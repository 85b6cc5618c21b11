"""A site's hosts in the console: their shares, from when on, and what stands in the books."""

import csv
import io
import re
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from forecourt.flows.billing import issue_partner_statements, settle_statement
from forecourt.flows.desk import Staff
from forecourt.flows.offers import settle_site_shares
from forecourt.kernel import Span
from forecourt.offers import Partner
from forecourt.web.frame.sealing import digest
from forecourt.web.queries.host_shares import host_shares

from .offers_scene import with_offers

AT = "/console/sites/market/hosts"
JUNE = Span(datetime(2026, 6, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC))


def seen(page: str) -> str:
    return re.search(r'name="seen" value="([^"]*)"', page).group(1)


def test_a_partner_is_set_as_host_of_a_site_with_a_share(lived, client):
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


def test_an_invalid_host_share_is_marked_and_all_entries_stay(lived, client):
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


def test_a_host_that_is_not_a_partner_keeps_its_share_until_removed(lived, client):
    with_offers(lived)
    with lived.transactions.begin() as store:
        store.stations.put_site(replace(store.stations.site(lived.site_id), host_shares=(("Old host", Decimal("12.5")),)))
    page = client.sign_in("ops").get(AT).text
    (handle,) = set(re.findall(r'name="share-([^"]*)"', page)) - {"Old host"}
    typed = {f"share-{handle}": "10", "share-Old host": "12.5"}
    assert 'value="12.5"' in page and client.submit(AT, seen=seen(page), **typed).status_code == 303
    with lived.transactions.begin() as store:
        assert dict(store.stations.site(lived.site_id).shares_at(lived.clock.at)) == {handle: Decimal(10), "Old host": Decimal("12.5")}


def test_a_host_sees_its_share_the_open_amount_and_the_documents_behind_it(lived, client):
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


def test_a_host_without_offers_sees_no_voucher_form(lived, client):
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


def test_a_partner_without_sites_sees_no_host_share(lived, client):
    with_offers(lived)
    assert "Your share as a host" not in client.sign_in("till").get("/partners").text


def test_on_the_first_of_a_month_the_host_is_offered_the_csv_of_the_month_before(lived, client):
    with_offers(lived)
    with lived.transactions.begin() as store:
        store.stations.put_operator(replace(store.stations.operator(lived.operator_id), zone="Europe/Berlin"))
        store.stations.put_site(replace(store.stations.site(lived.site_id), host_shares=(("cafe-strom", Decimal("12.5")),)))
    lived.clock.at = datetime(2026, 7, 1, 9, tzinfo=UTC)
    assert "shares?month=2026-06" in client.sign_in("till").get("/partners").text


def hosting(scene, *terms):
    """The café's till signs in, and the shares of two bills of the site are booked, each on its terms: 12.5 % for the café; the bills."""
    with_offers(scene)
    with scene.transactions.begin() as store:
        bills = [one for one in store.documents.of_driver(scene.ada) if one.content.site_id == scene.site_id][:2]
        for bill, hosts in zip(bills, terms or ({"cafe-strom": Decimal("12.5")},) * 2, strict=True):
            store.stations.put_site(replace(store.stations.site(scene.site_id), host_shares=tuple(hosts.items())))
            settle_site_shares(store, bill.id, scene.clock.at)
    return bills


def test_a_statement_line_of_a_host_leads_to_its_documents(lived, client):
    """The line leads to its day; the day's documents, their net and percentage come to the line, and name no driver."""
    bills = hosting(lived)
    with lived.transactions.begin() as store:
        (statement,) = issue_partner_statements(store, lived.operator_id, datetime(2026, 7, 1, 3, tzinfo=UTC), lived.ids)
    till, at = client.sign_in("till"), f"/partners/statements/{statement.number}/lines"
    day = re.search(r'href="(/partners/shares\?day=2026-06-01)"', till.get(at).text).group(1)
    page = till.get(day).text
    assert all(one.number in page and f"€{one.net.amount}" in page for one in bills) and "12.5 %" in page and "Ada" not in page
    assert f"€{statement.owed.amount}" in page and f'href="{at}"' in page
    month = till.get("/partners/shares?month=2026-06").text
    assert f'href="{day}"'.replace("&", "&amp;") in month and f"€{statement.owed.amount}" in month and "shares.csv?month=2026-06" in month
    assert "Nothing yet" in till.get("/partners/shares?month=2026-05").text
    assert [till.get(f"/partners/shares?{one}").status_code for one in ("day=2026", "month=May")] == [400, 400]


def test_a_reversed_share_is_negative_in_every_column(lived, client):
    """A direct debit that came back takes the share of an invoice back: its net and energy with it, or a column would not sum."""
    bill, _ = hosting(lived)
    with lived.transactions.begin() as store:
        (cafe,) = store.partners.partners(lived.operator_id)
        booked = next(one for one in store.partners.redemptions(cafe.id, JUNE) if one.document == bill.number)
        store.partners.put_redemption(replace(booked, id=UUID(int=5), owed=-booked.owed))
    rows = list(csv.DictReader(io.StringIO(client.sign_in("till").get("/partners/shares.csv").text)))
    mine = [row for row in rows if row["document"] == bill.number]
    assert len(mine) == 2 and all(sum(Decimal(row[name]) for row in mine) == 0 for name in ("net", "share", "energy_wh"))


def test_a_host_sees_payment_date_and_masked_bank_account(lived, client):
    hosting(lived)
    till = client.sign_in("till")
    assert "Your bank account is not known." in till.get("/partners").text
    with lived.transactions.begin() as store:
        (cafe,) = store.partners.partners(lived.operator_id)
        store.partners.put_partner(replace(cafe, bank="DE89370400440532013000", vat_number="DE123456788"))
        (statement,) = issue_partner_statements(store, lived.operator_id, at := datetime(2026, 7, 1, 3, tzinfo=UTC), lived.ids)
    lines = f"/partners/statements/{statement.number}/lines"
    pages = till.get("/partners").text + till.get(lines).text
    assert pages.count("DE89 … 3000") == 2 and "3704" not in pages and "DE123456788" in pages and "June 2026 · due on Wed 15 Jul" in pages
    with lived.transactions.begin() as store:
        settle_statement(store, Staff(lived.operator_id, "ops", at, lived.ids), statement.id, "SEPA 1")
    assert "paid on Wed 1 Jul" in till.get("/partners").text and "paid on Wed 1 Jul 2026, SEPA 1" in till.get(lines).text


def test_the_documents_of_a_statement_line_sum_to_it(lived):
    """With two percentages there are two lines on a day, and a share that comes after the statement is on neither."""
    bills = hosting(lived, {"cafe-strom": Decimal("33.33")}, {"cafe-strom": Decimal("12.5")})
    with lived.transactions.begin() as store:
        (cafe,) = store.partners.partners(lived.operator_id)
        (statement,) = issue_partner_statements(store, lived.operator_id, datetime(2026, 7, 1, 3, tzinfo=UTC), lived.ids)
        booked = store.partners.redemptions(cafe.id, JUNE)[0]
        store.partners.put_redemption(replace(booked, id=UUID(int=5), statement_id=None))
        view = host_shares(store, cafe, JUNE, "Europe/Berlin")
    stated = [one for one in view.by_terms if one.first.statement]
    assert sorted(one.share.minor for one in stated) == sorted(line.owed.minor for line in statement.lines) and len(stated) == 2
    assert {one.first.percent: one.net for one in stated} == {Decimal("33.33"): bills[0].net, Decimal("12.5"): bills[1].net}
    assert sum(one.documents for one in view.by_terms) == 3 and [one.documents for one in view.by_day] == [3]


def test_a_host_sees_only_documents_of_its_own_shares(lived, client):
    with lived.transactions.begin() as store:
        store.partners.put_partner(Partner(UUID(int=78), lived.operator_id, "baker", "Baker", "Weg 3", "b@x.example", (), country="DE"))
    own, other = hosting(lived, {"cafe-strom": Decimal(10), "baker": Decimal(45)}, {"baker": Decimal(45)})
    till = client.sign_in("till")
    for at in ("/partners/shares?day=2026-06-01", "/partners/shares.csv?month=2026-06"):
        page = till.get(at).text
        assert own.number in page and other.number not in page and "45 %" not in page
