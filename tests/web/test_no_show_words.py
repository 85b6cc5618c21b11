"""What it costs not to come is told as it would be billed: in the currency's own digits, tax included."""

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


def test_a_fee_by_the_hour_is_told_for_stays_and_is_the_amount_billed():
    kept = version(fee("FLAT", 4), fee("TIME", 0.6))
    two = max_no_show_fee(kept, Span(NOW, NOW + timedelta(hours=2)), ZONE)
    assert (
        words(kept)
        == f"If you do not come, it costs at most {two} for a 2-hour booking (1 hour: 5.07 USD, 8 hours: 9.70 USD), tax included."
    )


def test_one_that_depends_on_the_hour_is_told_as_at_the_dearest():
    said = words(version(fee("FLAT", 9, start_time="16:00", end_time="21:00"), fee("FLAT", 4)))
    assert said == "If you do not come, it costs at most 9.92 USD, tax included."


def test_where_not_coming_is_free_nothing_is_said():
    assert words(version(fee("FLAT", 0))) == ""


def test_what_is_paid_once_is_in_whole_cents_and_a_price_of_a_kwh_is_exact():
    start = {
        "price_components": [
            {"type": kind, "price": price, "vat": 10.25, "step_size": 1} for kind, price in (("FLAT", 0.5), ("ENERGY", 0.34))
        ]
    }
    told = [price_text(part, "USD") for part in describe_tariff(version(start).tariff, NOW, ZONE)]
    assert told == ["0.37485 USD/kWh", "0.55 USD to start"]


def test_a_quantity_is_told_as_it_is_billed():
    assert [quantity_text(Decimal(text), "h") for text in ("0.283333333333", "0.033333333333", "1.5")] == ["17 min", "2 min", "1 h 30 min"]
    assert quantity_text(Decimal("7.559999999999"), "kWh") == quantity_text(Decimal("7.56"), "kWh")


def test_who_comes_late_is_told_before_what_the_bay_costs_that_is_kept_for_them(scene):
    with scene.transactions.begin() as store:
        site = store.stations.site(scene.site_id)
    kept, missed = fee("TIME", 0.6), fee("TIME", 9)
    missed["restrictions"] = {"reservation": "RESERVATION_EXPIRES"}
    said = late_fee_text(version(kept), NOW, site)
    assert said == "If you arrive late, it costs 0.6615 EUR/h from the booked time until you plug in, VAT included."
    assert late_fee_text(version(missed), NOW, site) == ""
