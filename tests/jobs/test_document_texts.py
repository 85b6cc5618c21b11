"""Texts of documents in every language, with its numbers, dates and reasons."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from string import Formatter
from typing import Any

import pytest
from hypothesis import given

from forecourt.billing import Invoice, LineKind
from forecourt.jobs.invoice_wording import DocumentWording
from forecourt.kernel import Money, Span
from forecourt.notices import LANGUAGES
from forecourt.offers import DiscountRule, Entitlement, EntitlementKind, FunderKind, Funding, apply_offers
from forecourt.tariffs import Note, parse_reason, rate
from forecourt.wording import document_texts
from money_world import C, P, draft, invoice
from money_world import tariff as source
from tariff_strategies import restricted_tariffs
from tariffs.texts import NOON, element, price, tariff, usage

SCHEMA = document_texts("en")


def spoken(language: str, made: Invoice | None = None) -> DocumentWording:
    one = made or invoice()
    return DocumentWording(replace(one, content=replace(one.content, parties=replace(one.content.parties, language=language))))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_document_text(language: str) -> None:
    words = document_texts(language)
    assert words.keys() == SCHEMA.keys() and all(words.values())
    for part in ("because", "notes"):
        assert words[part].keys() == SCHEMA[part].keys() and all(words[part].values())
    assert {kind.value for kind in LineKind} <= words.keys()


def gaps(said: Any, where: str = "") -> Iterator[tuple[str, set[str]]]:
    """Of every sentence: where it stands, and what is put into it."""
    if isinstance(said, str):
        yield where, {name for _, name, _, _ in Formatter().parse(said) if name is not None}
        return
    for key, one in said.items() if isinstance(said, dict) else enumerate(said):
        yield from gaps(one, f"{where}/{key}")


@pytest.mark.parametrize("language", [one for one in LANGUAGES if one != "en"])
def test_every_translated_sentence_uses_the_same_values_as_the_english_one(language: str) -> None:
    """A translation without a value, such as an amount or a deadline, would lose it."""
    told, english = dict(gaps(dict(document_texts(language)))), dict(gaps(dict(SCHEMA)))
    assert {where: names for where, names in told.items() if names != english.get(where, set())} == {}


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", "Price for 18:00 to 06:00, Mon to Fri: 30 min, rounded up by 15 min to blocks of 2,700 s"),
        ("de", "Preis für 18:00 bis 06:00, Mo. bis Fr.: 30 min, um 15 min auf Blöcke von 2.700 s aufgerundet"),
        ("fr", "Prix pour 18:00 à 06:00, lun. à ven. : 30 min, arrondi de 15 min par tranches de 2\u202f700 s"),
        ("nl", "Prijs voor 18:00 tot 06:00, ma t/m vr: 30 min, met 15 min naar boven afgerond op blokken van 2.700 s"),
        ("es", "Precio para 18:00 a 06:00, lun a vie: 30 min, redondeado en 15 min a bloques de 2.700 s"),
    ],
)
def test_a_price_reason_is_in_the_language_of_the_document(language: str, expected: str) -> None:
    line = replace(draft().lines[0], because="element 2 (18:00 to 06:00, Mon to Fri): 30 min, rounded up by 15 min to blocks of 2700 s")
    assert spoken(language).because(line) == expected


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", "10 % off, borne by Café Blau"),
        ("de", "10 % Nachlass, getragen von: Café Blau"),
        ("fr", "10 % de remise, à la charge de : Café Blau"),
        ("nl", "10 % korting, betaald door: Café Blau"),
        ("es", "10 % de descuento, a cargo de: Café Blau"),
    ],
)
def test_a_discount_is_named_in_the_language_of_the_document(language: str, expected: str) -> None:
    line = replace(draft().lines[0], because="10 % off, borne by Café Blau")
    assert spoken(language).because(line) == expected


def test_a_reason_written_by_staff_is_not_translated() -> None:
    line = replace(draft().lines[0], because="Summer, with thanks")
    assert spoken("fr").because(line) == "Summer, with thanks"


EVERY_CUT = (
    DiscountRule(percent=Decimal("12.5")),
    DiscountRule(amount=Money(150, "EUR")),
    DiscountRule(per_kwh=Decimal("0.05")),
    DiscountRule(energy_wh=2_500),
    DiscountRule(seconds=100),
)
FUNDINGS = (Funding(), Funding("cafe", "Café, borne by Blau", Decimal(50)))


@pytest.mark.parametrize("funding", FUNDINGS)
@pytest.mark.parametrize("cut", EVERY_CUT)
def test_every_discount_is_translated_into_every_language(cut: DiscountRule, funding: Funding) -> None:
    """No translation is the English text."""
    made = tariff(element(price("ENERGY", "0.50", 19), price("TIME", 6, 19)))
    rating = rate(made, usage(("CHARGING", 60, 20_000)))
    year = Span(NOON - timedelta(days=99), NOON + timedelta(days=99))
    given = Entitlement("claim", EntitlementKind.COUPON, "Autumn", (cut,), year, funding)
    discounts = apply_offers(rating, [given], Span(NOON, NOON + timedelta(hours=1))).discounts
    assert len(discounts) == (2 if funding.partner_percent else 1)
    for one in discounts:
        line = replace(draft().lines[0], because=one.because)
        told = {language: spoken(language).because(line) for language in LANGUAGES}
        assert len(set(told.values())) == len(LANGUAGES), told
        assert all(one.funder.kind is FunderKind.OPERATOR or one.funder.name in text for text in told.values())


def test_a_membership_month_is_translated_into_every_language() -> None:
    line = replace(draft().lines[0], because="month 3 of the membership: once")
    assert len({spoken(language).because(line) for language in LANGUAGES}) == len(LANGUAGES)


@pytest.mark.parametrize("code", SCHEMA["notes"])
def test_every_note_is_translated_into_every_language(code: str) -> None:
    assert len({spoken(language).note(Note(code, "as kept")) for language in LANGUAGES}) == len(LANGUAGES)


@given(restricted_tariffs())
def test_every_reason_a_tariff_can_give_is_translated(source: dict[str, Any]) -> None:
    made = invoice(source, (C, 90, 20_000), (P, 30, 0))
    for line in made.content.lines:
        reason = parse_reason(line.because)
        assert reason is not None, line.because
        assert all(spoken(language, made).because(line) for language in LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_document_mentions_vat_only_in_currencies_with_vat(language: str) -> None:
    euros, dollars = (spoken(language, invoice(source(currency=currency))) for currency in ("EUR", "USD"))
    names = document_texts(language)["no_vat"].keys()
    assert all(euros.label(name) != dollars.label(name) for name in names) and names <= SCHEMA.keys()


def test_french_documents_have_a_space_before_a_colon() -> None:
    line = replace(draft().lines[0], title="Nuit")
    assert spoken("fr").line_name(line) == f"{spoken('fr').label(line.what)}\u00a0: Nuit"
    assert spoken("de").line_name(line) == f"{spoken('de').label(line.what)}: Nuit"
