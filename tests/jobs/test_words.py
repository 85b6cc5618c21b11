"""Every language says everything, in its own numbers, dates and reasons."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given

from forecourt.billing import Invoice, LineKind
from forecourt.jobs.invoice_words import LANGUAGES, Words, words_of
from forecourt.tariffs import reason_of
from money_world import C, P, draft, invoice
from tariff_strategies import restricted_tariffs

SCHEMA = words_of("en")


def spoken(language: str, made: Invoice | None = None) -> Words:
    one = made or invoice()
    return Words(replace(one, content=replace(one.content, parties=replace(one.content.parties, language=language))))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_word(language: str) -> None:
    words = words_of(language)
    assert words.keys() == SCHEMA.keys() and all(words.values())
    assert words["because"].keys() == SCHEMA["because"].keys()
    assert {kind.value for kind in LineKind} <= words.keys()


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
def test_a_reason_is_told_in_the_language_of_the_document(language: str, expected: str) -> None:
    line = replace(draft().lines[0], because="element 2 (18:00 to 06:00, Mon to Fri): 30 min, rounded up by 15 min to blocks of 2700 s")
    assert spoken(language).because(line) == expected


def test_what_an_offer_says_stays_as_it_was_put() -> None:
    line = replace(draft().lines[0], because="Summer: 10 % off, borne by Café Blau")
    assert spoken("fr").because(line) == "Summer: 10 % off, borne by Café Blau"


@given(restricted_tariffs())
def test_every_reason_a_tariff_can_give_is_worded(source: dict[str, Any]) -> None:
    made = invoice(source, (C, 90, 20_000), (P, 30, 0))
    for line in made.content.lines:
        reason = reason_of(line.because)
        assert reason is not None, line.because
        assert all(spoken(language, made).because(line) for language in LANGUAGES)
