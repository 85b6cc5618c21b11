"""The no-show fee is stated as it would be billed: in the currency's own digits, tax included."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from forecourt.billing import max_no_show_fee
from forecourt.kernel import OperatorId, Span, TariffVersionId
from forecourt.tariffs import TariffVersion, describe_tariff, parse_tariff
from forecourt.web.queries.prices import late_fee_text, no_show_text, price_text, quantity_text

NOW, ZONE = datetime(2026, 6, 1, 12, tzinfo=UTC), "America/Los_Angeles"


def fee(kind, price, **when):
    part = {"type": kind, "price": price, "vat": 10.25, "step_size": 60}
    return {"price_components": [part], "restrictions": {"reservation": "RESERVATION_EXPIRES" if kind == "FLAT" else "RESERVATION", **when}}


def version(*elements):
    text = {"country_code": "US", "party_id": "FCD", "id": "A", "currency": "USD", "tax_included": "NO", "elements": [*elements]}
    return TariffVersion(TariffVersionId(UUID(int=1)), OperatorId(UUID(int=2)), None, NOW, None, "", parse_tariff(text), "")


def words(kept):
    return no_show_text(kept, describe_tariff(kept.tariff, NOW, ZONE), Span(NOW, NOW + timedelta(days=7)), ZONE)


def test_an_hourly_no_show_fee_is_quoted_for_sample_stays_and_equals_the_amount_billed():
    kept = version(fee("FLAT", 4), fee("TIME", 0.6))
    two = max_no_show_fee(kept, Span(NOW, NOW + timedelta(hours=2)), ZONE)
    assert (
        words(kept)
        == f"If you do not come, it costs at most {two} for a 2-hour booking (1 hour: 5.07 USD, 8 hours: 9.70 USD), tax included."
    )


def test_a_no_show_fee_that_depends_on_the_hour_is_quoted_at_its_highest():
    said = words(version(fee("FLAT", 9, start_time="16:00", end_time="21:00"), fee("FLAT", 4)))
    assert said == "If you do not come, it costs at most 9.92 USD, tax included."


def test_a_free_no_show_is_not_mentioned():
    assert words(version(fee("FLAT", 0))) == ""


def test_flat_fees_are_quoted_in_whole_cents_and_energy_prices_exactly():
    start = {
        "price_components": [
            {"type": kind, "price": price, "vat": 10.25, "step_size": 1} for kind, price in (("FLAT", 0.5), ("ENERGY", 0.34))
        ]
    }
    told = [price_text(part, "USD") for part in describe_tariff(version(start).tariff, NOW, ZONE)]
    assert told == ["0.37485 USD/kWh", "0.55 USD to start"]


def test_quantities_are_displayed_as_billed():
    assert [quantity_text(Decimal(text), "h") for text in ("0.283333333333", "0.033333333333", "1.5")] == ["17 min", "2 min", "1 h 30 min"]
    assert quantity_text(Decimal("7.559999999999"), "kWh") == quantity_text(Decimal("7.56"), "kWh")


def test_the_fee_for_arriving_late_is_quoted_before_booking(scene):
    with scene.transactions.begin() as store:
        site = store.stations.site(scene.site_id)
    kept, missed = fee("TIME", 0.6), fee("TIME", 9)
    missed["restrictions"] = {"reservation": "RESERVATION_EXPIRES"}
    said = late_fee_text(version(kept), NOW, site)
    assert said == "If you arrive late, it costs 0.6615 EUR/h from the booked time until you plug in, VAT included."
    assert late_fee_text(version(missed), NOW, site) == ""
