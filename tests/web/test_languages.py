"""Pages speak the language their reader chose, else the one of their account, else what their browser asks for; the console is English."""

import re
from dataclasses import replace
from decimal import Decimal
from html import unescape
from importlib.resources import files
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from babel.messages.pofile import read_po

from forecourt.flows.offers import settle_site_shares
from forecourt.offers import OfferKind, code_of, issue_voucher

from .test_transfers import stated

GERMAN = {"accept-language": "de-DE,de;q=0.9,en;q=0.5"}


@pytest.mark.parametrize(
    ("asked", "title", "price"), [("de", "Ladestation finden", "kWh, alles inbegriffen"), ("fr", "Trouver une borne", "kWh, tout compris")]
)
def test_pages_use_the_browsers_preferred_language(client, asked, title, price):
    answer = client.get("/", headers={"accept-language": asked})
    assert f'<html lang="{asked}"' in answer.text and f"<h1>{title}</h1>" in answer.text and price in answer.text
    assert answer.headers["content-language"] == asked and "accept-language" in answer.headers["vary"]
    assert ",".join(answer.text.split("€")[:-1])[-6:-3].strip().replace(",", "").isdecimal()


def test_a_language_chosen_in_the_footer_overrides_the_browsers(client):
    assert client.submit("/language", language="fr", back="/login").headers["location"] == "/login"
    page = client.get("/", headers=GERMAN).text
    assert '<html lang="fr"' in page and 'value="fr" lang="fr" aria-current="true">Français</button>' in page
    assert client.submit("/language", language="xx").status_code == 303 and '<html lang="en"' in client.get("/", headers=GERMAN).text


def test_a_signed_in_driver_sees_pages_in_the_language_of_their_account(client, scene):
    with scene.transactions.begin() as store:
        store.drivers.put_driver(replace(store.drivers.driver(scene.ada), language="nl"))
    assert '<html lang="nl"' in client.sign_in("ada").get("/", headers=GERMAN).text


def test_the_404_page_is_in_the_readers_language(client):
    page = client.get("/nowhere", headers=GERMAN).text
    assert "<h1>Nicht gefunden</h1>" in page and "Unter dieser Adresse gibt es keine Seite." in page


def test_rest_errors_use_the_accepted_language(client):
    told = client.get("/api/v1/sites/nowhere", headers=GERMAN).json()
    assert (told["title"], told["detail"]) == ("Nicht gefunden", "Es gibt keinen Ort namens 'nowhere'.")


def test_the_console_is_in_english(client):
    page = client.sign_in("ops").get("/console", headers=GERMAN)
    assert '<html lang="en"' in page.text and page.headers["content-language"] == "en"


def test_refusals_are_shown_in_the_readers_language(client):
    page = client.get("/sites/nowhere", headers=GERMAN).text
    assert "Es gibt keinen Ort namens &#39;nowhere&#39;." in page and "Suchen Sie ihn in der Liste der Orte." in page


def english_of(page: str, language: str = "de") -> list[str]:
    """What the page says in the words of an English text, its tags and values apart; short ones may be another language's as well."""
    apart = re.compile(r"%\(\w+\)s|\{.*?\}|<[^>]+>")
    with (files("forecourt.wording") / "pages" / f"{language}.po").open("rb") as opened:
        entries = [(message.id, message.string) for message in read_po(opened) if isinstance(message.id, str)]
    parts = {part.strip() for said, told in entries if said != told for part in apart.split(said)}
    shown = unescape(re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL))
    return sorted(part for part in parts if len(part) > 12 and part in shown)


def test_driver_pages_in_german_contain_no_english(lived, client):
    with lived.transactions.begin() as store:
        store.drivers.put_driver(replace(store.drivers.driver(lived.ada), language="de"))
    paths = ["/sites/market", "/sites/harbour", f"/charges/{lived.running[0]}", "/bookings", "/wallet", "/membership"]
    paths += ["/account", "/cards", "/charge", "/account/details", "/account/data"]
    pages = [client.sign_in("ada").get(path).text for path in paths]
    assert [english_of(page) for page in pages] == [[]] * len(paths)
    assert "Ladepunkt buchen" in pages[0] and "Laden beenden" in pages[2] and "Charging time" in english_of("<b>Charging time</b>")


def test_partner_pages_contain_no_english_in_any_other_language(lived, client):
    statement_id, code = stated(lived), code_of(UUID(int=5))
    with lived.transactions.begin() as store:
        store.stations.put_site(replace(store.stations.site(lived.site_id), host_shares=(("cafe-strom", Decimal("12.5")),)))
        settle_site_shares(store, store.documents.of_driver(lived.ada)[0].id, lived.clock.at)
        offers = {one.kind: one for one in store.partners.offers(lived.operator_id)}
        store.partners.put_voucher(issue_voucher(offers[OfferKind.EARNED], UUID(int=5), code, lived.clock.at, ZoneInfo("UTC")))
        at = f"/partners/statements/{store.partners.statement(statement_id).number}/lines"
    client.sign_in("till").submit(at, place="1", words="?")
    for language, share in (
        ("de", "12,5 % vom Netto"),
        ("fr", "12,5 % du montant HT"),
        ("nl", "12,5 % van het"),
        ("es", "12,5 % de la base"),
    ):
        client.submit("/language", language=language, back="/partners")
        sent = [client.submit("/partners/look", code=code), client.submit("/partners/look", code="K7QM-2X9P-4TDA")]
        sent.append(client.submit("/partners/hand-out", offer=str(offers[OfferKind.PURCHASE].id), key=language))
        sent.append(client.submit(at, place="1", words="?"))
        pages = [client.get(path).text for path in ("/partners", f"{at}?line=1", "/account")] + [one.text for one in sent]
        assert [english_of(page, language) for page in pages] == [[]] * len(pages) and share in pages[0]
        assert [one.status_code for one in sent] == [200, 404, 200, 409] and f'<html lang="{language}"' in pages[3]
