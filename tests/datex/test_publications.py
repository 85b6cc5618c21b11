"""Any stored site gives a valid DATEX II document that contains what is known, and nothing else."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID
from xml.etree.ElementTree import Element, fromstring

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datex.grammar import faults
from forecourt.datex import (
    PointState,
    PublicPoint,
    PublicSite,
    infrastructure_table,
    missing_of_operator,
    missing_of_site,
    site_element,
    site_status,
    status_publication,
    table_publication,
)
from forecourt.kernel import BadInput, ChargerId, EvseId, OperatorId, SiteId, Span
from forecourt.ocpi import EvseStatus, Party
from forecourt.stations import (
    NOTHING_SAID,
    BayTraits,
    Calendar,
    Evse,
    Feature,
    Maintenance,
    Opening,
    Operator,
    PublicFacts,
    Site,
    SpecialDay,
    VehicleKind,
)
from forecourt.tariffs import Tariff, effective_prices
from tariffs.texts import element, price, tariff

AT = datetime(2026, 6, 1, 12, 20, tzinfo=UTC)
ODDEST = ["", "  ", "<&>'\"]]>", "Straße 北京 Ελλάδα", "a\x00b\x0b\ud800c\ufffe", "x" * 1100, "\u202e, 1 \x7f"]
ODD = st.text(max_size=9) | st.sampled_from(ODDEST)
PLUGS = ["IEC_62196_T2", "IEC_62196_T2_COMBO", "CHADEMO", "IEC_62196_T1", "NEMA_14_50", "DOMESTIC_F", "IEC_60309_2_SINGLE_16", "SAE_J3400"]
EVENING = tariff(
    element(price("ENERGY", "0.41", 19), price("PARKING_TIME", "6", 19), min_duration=3600),
    element(price("ENERGY", "0.70", 19), min_power=50),
    element(price("FLAT", "0.5", 19), price("ENERGY", "0.49", 19), price("TIME", "1")),
    max_price={"before_taxes": 9, "after_taxes": 10},
)
FREE = tariff(element(price("FLAT", "0")))
PLAIN = BayTraits()
OPERATOR = Operator(OperatorId(UUID(int=1)), "Musterstrom", "Musterstrom GmbH", "DE", "DE123456789", "Ring 1", "EUR", party_id="FCT")
PLACE = (Decimal("52.5163"), Decimal("13.3777"))
ALL_SAID = PublicFacts("+49 30 123456", True, False, 2, (VehicleKind.LORRY, VehicleKind.CAR))
SITE = Site(SiteId(UUID(int=2)), OPERATOR.id, "market", "Market", "Marktplatz 4, 10115 Berlin", "DE", "Europe/Berlin", "EUR", *PLACE)


def evse(number: int = 1, standard: str = "IEC_62196_T2", label: str = "M-01", bay: BayTraits = PLAIN) -> Evse:
    return Evse(
        EvseId(UUID(int=100 + number)), OPERATOR.id, SITE.id, ChargerId(f"CP-{number // 2}"), number, label, standard, "Type 2",
        ("L1", "L2", "L3"), 230, 16, bay=bay,
    )  # fmt: skip


def told(site: Site = SITE, operator: Operator = OPERATOR, rules: Tariff = EVENING, *evses: Evse) -> tuple[bytes, bytes]:
    """Table and status."""
    party, at_it = Party(operator.country, operator.party_id or "#NA"), evses or (evse(),)
    places = PublicSite(operator, party, site, tuple(PublicPoint(one, rules, True) for one in at_it), "https://x.example/sites/m", True)
    states = list(EvseStatus)
    points = [
        PointState(one.id, one.charger_id, states[one.number % len(states)], AT, effective_prices(rules, AT, site.zone), AT)
        for one in at_it
    ]
    found = infrastructure_table(operator, [(places, AT)], AT)
    return table_publication(operator, found, AT), status_publication(operator, [site_status(site, points, AT)], AT)


def values(document: bytes, name: str) -> list[str | None]:
    return [one.text for one in fromstring(document).iter() if one.tag.endswith(f"}}{name}")]


@settings(max_examples=20)
@given(st.data())
def test_any_stored_site_gives_a_valid_datex_document(data):
    hours = data.draw(st.lists(st.builds(Opening, st.integers(0, 6), st.integers(0, 700), st.integers(701, 1440)), max_size=4))
    days = (SpecialDay(date(2026, 6, 3)),) if data.draw(st.booleans()) else ()
    works = (Maintenance(Span(AT, AT + timedelta(days=1))),) if data.draw(st.booleans()) else ()
    site = replace(
        SITE,
        name=data.draw(ODD),
        address=data.draw(ODD | st.builds("{}, {} {}".format, ODD, st.integers(0, 99999), ODD)),
        latitude=data.draw(st.sampled_from([Decimal(0), Decimal("-33.4"), Decimal("1E-7")])),
        openings=tuple(hours),
        calendar=Calendar("DE-BE" if days else "", (), days),
        region=data.draw(st.sampled_from(["", "DE-BE"])),
        maintenance=works,
        last_day=data.draw(st.sampled_from([None, date(2026, 6, 30)])),
        facts=data.draw(st.sampled_from([NOTHING_SAID, ALL_SAID])),
    )
    names = {name: data.draw(ODD) for name in ("name", "legal_name", "vat_number")}
    operator = replace(OPERATOR, **names, party_id=data.draw(st.sampled_from(["", "F1T"])))
    bays = st.builds(BayTraits, st.lists(st.sampled_from(list(Feature))).map(tuple), st.sampled_from([None, 190]))
    made = [(data.draw(st.sampled_from(PLUGS)), data.draw(ODD), data.draw(bays)) for _ in range(data.draw(st.integers(1, 3)))]
    evses = [evse(number, *each) for number, each in enumerate(made)]
    for document in told(site, operator, data.draw(st.sampled_from([EVENING, FREE])), *evses):
        assert not faults(document)


def test_the_schema_detects_planted_errors():
    table_told, status_told = told()
    assert faults(table_told.replace(b">ac<", b">threephase<")) and faults(table_told.replace(b"aegi:deliveryUnit", b"aegi:unit"))
    assert faults(status_told.replace(b"aegi:status", b"aegi:state"))
    assert faults(status_told.replace(b' targetClass="aegi:EnergyRate"', b""))


def test_a_refill_point_is_published_with_all_known_details():
    bay = BayTraits((Feature.ACCESSIBLE, Feature.LIT), 190)
    document, _ = told(SITE, OPERATOR, EVENING, evse(1, bay=bay), evse(2, "IEC_62196_T2_COMBO"))
    assert values(document, "identifier")[1:] == [f"DE*FCT*E{UUID(int=100 + one).hex[:30].upper()}" for one in (1, 2)]
    assert values(document, "currentType") == ["ac", "dc"] and values(document, "connectorType") == ["iec62196T2", "iec62196T2COMBO"]
    assert values(document, "maxPowerAtSocket") == ["11040", "11040"] and values(document, "voltage") == ["230"]
    assert values(document, "accessibility") == ["wheelChairAccessible"] and values(document, "vehicleHeight") == ["1.9"]
    assert values(document, "illuminated") == ["true"] and not values(document, "roofed")
    assert values(document, "legalName") and values(document, "postcode") == ["10115"] * 3 and b"CP-" not in document


def test_the_region_of_a_site_is_published_in_its_address():
    """As an administrative area of its kind."""
    document, _ = told(replace(SITE, region="DE-BE"))
    assert not faults(document) and "DE-BE" in values(document, "value")
    assert values(document, "type")[:2] == ["street", "districtTerritory"]
    document, _ = told()
    assert "districtTerritory" not in values(document, "type")


def test_unknown_details_are_left_out_and_listed_as_missing():
    site, operator = replace(SITE, address="Somewhere", latitude=Decimal(0), longitude=Decimal(0)), replace(OPERATOR, party_id="")
    document, _ = told(site, operator)
    for name in ("latitude", "city", "externalIdentifier", "vehicleHeight", "amenities", "renewableSources"):
        assert not values(document, name)
    for name in ("helpdesk", "isGreenEnergy", "serviceType", "numberOfSpaces", "vehicleType"):
        assert not values(document, name)
    assert len([*missing_of_site(site), *missing_of_operator(operator)]) == 4
    assert not [*missing_of_site(replace(SITE, facts=ALL_SAID)), *missing_of_operator(OPERATOR)]


def test_stated_facts_of_a_site_are_published_and_a_no_is_published_too():
    document, _ = told(replace(SITE, facts=ALL_SAID))
    assert values(document, "telephoneNumber") == ["+49 30 123456"] and values(document, "vehicleType") == ["car", "lorry"]
    assert values(document, "renewableSources") == values(document, "isGreenEnergy") == ["true"]
    assert values(document, "numberOfSpaces") == ["2"] and values(document, "userSpecific") == ["personsWithDisabilities"]
    assert values(document, "serviceType")[-1] == "unattended"
    document, _ = told(replace(SITE, facts=PublicFacts(renewable=False, attended=True, disabled_spaces=0)))
    assert values(document, "renewableSources") == values(document, "isGreenEnergy") == ["false"]
    assert values(document, "numberOfSpaces") == ["0"] and values(document, "serviceType")[-1] == "physicalAttendance"
    assert list(missing_of_site(replace(SITE, facts=replace(ALL_SAID, help_phone="", vehicles=())))) == [
        "missing: the phone number of its help desk, which vehicles it suits"
    ]


@pytest.mark.parametrize("phone", ["030 123456", "+49", "+0 30 123456", "+49 30 12a456", "+49 30 123456 ext 7", "+1234567890123456"])
def test_a_help_desk_phone_number_must_be_international(phone):
    with pytest.raises(BadInput):
        PublicFacts(phone)
    assert PublicFacts("+49 (0)30/12-34.56").help_phone


def test_the_time_zone_is_published_as_the_current_utc_offset():
    winter = datetime(2026, 12, 1, tzinfo=UTC)
    places = PublicSite(OPERATOR, Party("DE", "FCT"), SITE, (PublicPoint(evse(), EVENING),))
    for at, ahead in ((AT, "+02:00"), (winter, "+01:00")):
        document = table_publication(OPERATOR, infrastructure_table(OPERATOR, [(places, at)], at), at)
        assert values(document, "timeZone") == [ahead] * 2 and not faults(document)
    utc = replace(SITE, zone="UTC"), replace(SITE, zone="America/St_Johns")
    assert [values(told(one)[0], "timeZone")[0] for one in utc] == ["+00:00", "-02:30"]


def prices(status: bytes) -> list[tuple[str, ...]]:
    every = [one for one in fromstring(status).iter() if one.tag.endswith("}energyPrice")]
    return [tuple(part.text or "".join(part.itertext()) for part in one if not part.tag.endswith("priceGroupIndex")) for one in every]


def test_prices_are_published_with_tax_in_the_order_of_the_law():
    rules = tariff(
        element(price("FLAT", "0.5", 19), price("PARKING_TIME", "6", 19), price("ENERGY", "0.30", 19), max_kwh=10),
        element(price("ENERGY", "0.41", 19)),
    )
    assert prices(told(SITE, OPERATOR, rules)[1]) == [
        ("pricePerKWh", "0.36", "true", "19", "exactly 0.357", "10"),
        ("pricePerKWh", "0.49", "true", "19", "exactly 0.4879", "10"),
        ("pricePerMinute", "0.12", "true", "19", "exactly 0.119, plugged in without charging", "10"),
        ("flatRate", "0.60", "true", "19", "10"),
    ]
    assert not prices(told(SITE, OPERATOR, tariff(element(price("FLAT", "1000000"))))[1])  # their amounts end before it
    assert prices(told(SITE, OPERATOR, FREE)[1]) == [("flatRate", "0.00", "true")]


def test_opening_hours_are_published_by_weekday_with_exceptions():
    works = (Maintenance(Span(AT, AT + timedelta(hours=1))),)
    site = replace(SITE, openings=tuple(Opening(day, 360, 1440) for day in range(5)), maintenance=works)
    document, status = told(site)
    assert values(document, "endTimeOfPeriod") == ["23:59:59"] and values(document, "applicableDay")[::4] == ["monday", "friday"]
    assert values(document, "startOfPeriod") == ["2026-06-01T12:20:00Z"] and values(status, "openingStatus") == ["open"]


def test_an_unchanged_site_is_published_unchanged():
    party = Party("DE", "FCT")

    def bare(at: datetime) -> Element:
        return site_element(PublicSite(OPERATOR, party, SITE, (PublicPoint(evse(), EVENING),)), AT, at)

    assert list(bare(AT).itertext()) == list(bare(AT + timedelta(days=3)).itertext())
