"""Pages use the language of their reader."""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from babel.numbers import format_currency
from hypothesis import given
from hypothesis import strategies as st

from forecourt.kernel import Conflict, Money, NearbyDay, Text
from forecourt.notices import LANGUAGES
from forecourt.wording import EN, LocalisedValue, UnitPrice, Wording, localiser_for

DE, FR = localiser_for("de"), localiser_for("fr")
CURRENCIES = st.sampled_from(["EUR", "USD", "GBP", "CHF", "JPY", "CAD", "KWD", "SEK"])


@given(st.integers(-(10**9), 10**9), CURRENCIES, st.sampled_from(LANGUAGES))
def test_money_is_formatted_like_babel_on_pages_and_documents(minor, currency, language):
    amount = Money(minor, currency)
    told = format_currency(amount.amount, currency, locale=language, currency_digits=True)
    spaced = re.sub(r"([A-Z])(?=\d)", "\\1\u00a0", told)  # CHF 5, as CLDR asks for it
    assert localiser_for(language).money(amount) == Wording(language, "UTC").money(amount) == spaced


def test_thousands_are_separated_in_every_language():
    told = [localiser_for(one).kwh(11_630_600) for one in ("en", "de", "fr", "nl", "es")]
    assert told == ["11,630.6 kWh", "11.630,6 kWh", "11\u202f630,6 kWh", "11.630,6 kWh", "11.630,6 kWh"]


@given(st.integers(0, 10**9))
def test_energy_on_an_invoice_is_exact_and_has_at_least_the_usual_decimals(energy_wh):
    exact, shown = EN.kwh_exact(energy_wh), EN.kwh(energy_wh)
    assert Decimal(exact.removesuffix(" kWh").replace(",", "")) * 1000 == energy_wh
    assert len(exact) >= len(shown)


def test_examples_of_exact_energy_on_an_invoice():
    assert [EN.kwh_exact(one) for one in (85, 20_000, 20_040, 3_634_612)] == ["0.085 kWh", "20.0 kWh", "20.04 kWh", "3,634.612 kWh"]


def test_a_unit_price_keeps_all_decimals_in_every_language():
    price = UnitPrice(Decimal("0.3397935"), "EUR", "kWh")  # 0.3155 with 7.7 % on top
    told = ["€0.3397935", "0,3397935\xa0€", "0,3397935\xa0€", "€\xa00,3397935", "0,3397935\xa0€"]
    assert [localiser_for(one).unit_price(price) for one in ("en", "de", "fr", "nl", "es")] == [f"{one}/kWh" for one in told]


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", ["$1,250.50", "8.43 kWh", "1.2 km", "Mon 4 May 2026", "May 2026", "3 h 05 min"]),
        ("de", ["1.250,50\u00a0$", "8,43 kWh", "1,2 km", "Mo., 4. Mai 2026", "Mai 2026", "3 h 05 min"]),
        ("fr", ["1\u202f250,50\u00a0$US", "8,43 kWh", "1,2 km", "lun. 4 mai 2026", "mai 2026", "3 h 05 min"]),
        ("nl", ["US$\u00a01.250,50", "8,43 kWh", "1,2 km", "ma 4 mei 2026", "mei 2026", "3 u 05 min"]),
        ("es", ["1.250,50\u00a0US$", "8,43 kWh", "1,2 km", "lun, 4 may 2026", "mayo de 2026", "3 h 05 min"]),
    ],
)
def test_numbers_money_and_times_follow_the_language(language, expected):
    localiser, day = localiser_for(language), date(2026, 5, 4)
    said = [localiser.money(Money(125_050, "USD")), localiser.kwh(8425), localiser.distance(1_230, "DE"), localiser.day_words(day)]
    assert [*said, localiser.month(datetime(2026, 5, 4, tzinfo=UTC), "UTC"), localiser.duration(timedelta(minutes=185))] == expected


def test_a_text_is_english_by_default_and_translated_for_its_reader():
    text = Text("The charge: {energy} kWh for {cost} so far", energy=LocalisedValue("number", Decimal("1.5")), cost=Money(125, "EUR"))
    assert text == "The charge: 1.5 kWh for 1.25 EUR so far"
    assert EN.localise(text) == "The charge: 1.5 kWh for €1.25 so far"  # an amount looks the same wherever a page shows it
    assert DE.localise(text) == "Der Ladevorgang: bisher 1,5 kWh für 1,25\u00a0€"


def test_an_untranslated_text_is_english_with_localised_numbers():
    assert FR.localise(Text("{a} of a kind nobody knows", a=Decimal("0.5"))) == "0,5 of a kind nobody knows"
    assert FR.localise("Free") == "Free" and FR.localise(Text("Free")) == "Libre"


def test_an_error_message_is_translated_for_readers_and_english_for_programs():
    refusal = Conflict("slot", "Nothing is free at {place}.", "Try again in a moment.", place="Market")
    assert (refusal.text, refusal.remedy) == ("Nothing is free at Market.", "Try again in a moment.")
    assert str(refusal) == "Nothing is free at Market. Try again in a moment." and type(refusal.text) is str
    assert DE.localise(refusal.full_message) == "Nothing is free at Market. Versuchen Sie es gleich noch einmal."


@pytest.mark.parametrize(("n", "english", "french"), [(0, "0 places", "0 lieu"), (1, "1 place", "1 lieu"), (2, "2 places", "2 lieux")])
def test_plurals_follow_the_rules_of_each_language(n, english, french):
    text = Text.counted("{n} place", "{n} places", n=n)
    assert text == english and FR.ngettext("%(num)s place", "%(num)s places", n).replace("%(num)s", str(n)) == french


def test_stored_price_reasons_are_translated():
    kept = "Member price 'Night' at deck 2 with a contract, valid since 2 May 2026, as quoted with the booking"
    told = "Mitgliederpreis „Night“, bei deck 2, mit Vertrag, gültig seit 2. Mai 2026, wie bei der Buchung genannt"
    assert (DE.price_because(kept), EN.price_because(kept), DE.price_because("By hand")) == (told, kept, "By hand")
    wanted = "Price 'Day', valid since 2 May 2026; many want a bay at that time, and it costs the ordinary price"
    assert "viele wollen dann einen Ladepunkt, und er kostet den gewöhnlichen Preis" in DE.price_because(wanted)
    assert DE.conditions("22:00 to 06:00, Mon", "EUR") == "22:00 bis 06:00, Mo."
    assert DE.conditions("Mon to Fri, holidays as Sundays", "EUR") == "Mo. bis Fr., Feiertage wie Sonntage"
    assert [FR.conditions(when, "EUR") for when in ("on holidays", "not on holidays")] == ["les jours fériés", "sauf les jours fériés"]
    price = Text("{price} of charging", price=UnitPrice(Decimal("0.4879"), "EUR", "kWh"))
    assert (str(price), EN.localise(price)) == ("0.4879 EUR/kWh of charging", "€0.4879/kWh of charging")
    assert [one.unit_price(UnitPrice(Decimal("0.41"), "EUR", "kWh")) for one in (EN, DE)] == ["€0.41/kWh", "0,41\xa0€/kWh"]


@pytest.mark.parametrize("one", [EN, DE])
def test_discounts_and_price_limits_name_their_currency(one):
    told = [one.cut("0.05 off each kWh", "EUR"), one.cut("2.00 EUR off", "EUR"), one.because("element 1: once", "EUR")]
    assert (
        told
        == {
            EN: ["€0.05 off each kWh", "€2.00 off", "Once per charge"],
            DE: ["0,05\xa0€ Nachlass auf jede kWh", "2,00\xa0€ Nachlass", "Einmal je Ladevorgang"],
        }[one]
    )


def test_a_nearby_day_states_its_weekday_in_the_readers_language():
    until = Text("{day}, {time}", day=NearbyDay(2027, 6, 2), time="08:00")
    closed = Text("{place} is closed until {until}.", place="Hafen", until=until)
    assert closed == EN.localise(closed) == "Hafen is closed until Wednesday 2 June, 08:00."
    assert DE.localise(closed) == "Hafen ist geschlossen bis Mi., 2. Juni, 08:00." and FR.localise(until) == "mer. 2 juin, 08:00"
    assert [localiser_for(one).localise(until) for one in ("nl", "es")] == ["wo 2 jun, 08:00", "mié, 2 de junio, 08:00"]
