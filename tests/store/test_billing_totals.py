"""Totals of documents calculated by the database equal the sums of the documents."""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from forecourt.billing import Delivery, DocumentKind, Invoice, InvoiceLine, LineKind, UsedBy
from forecourt.flows.ports import BilledTotal, Transactions
from forecourt.kernel import DriverId, Money, SessionId, Span, TariffVersionId
from forecourt.tariffs import TaxLine

ONE = (Decimal(1), "", Decimal(1), Decimal(1))  # quantity, unit, price and the exact amount


def issued(sample, seed: int, count: int = 60) -> Iterator[Invoice]:
    """Of two sites and of memberships, in two currencies, of charges and of none, some given back."""
    chance = random.Random(seed)
    sites, versions = [sample.site.id, sample.id(), None], [TariffVersionId(sample.id()), None]
    for number in range(1, count):
        currency, at = chance.choice(["EUR", "CHF"]), sample.t0 + timedelta(hours=number)
        parts = [
            (chance.choice(list(LineKind)), chance.choice(["", "Gold"]), chance.randrange(1, 999)) for _ in range(chance.randrange(1, 5))
        ]
        nets = [Money(minor, currency) for *_, minor in parts]
        zero, net = Money.zero(currency), sum(nets, Money.zero(currency))
        lines = tuple(
            InvoiceLine(chance.choice(list(LineKind)), *ONE, one, one, Decimal(0), "", title=chance.choice(["", "Gold"])) for one in nets
        )
        used = Delivery(at - timedelta(hours=5), at, chance.randrange(1, 9000), None, None, 0, 0, 0, 0) if chance.random() < 0.7 else None
        one = sample.invoice(
            number,
            site_id=chance.choice(sites),
            kind=chance.choice(list(DocumentKind)),
            session_id=SessionId(sample.id()) if used else None,
            tariff_version_id=chance.choice(versions),
            delivery=used,
        )
        taxes = (TaxLine(Decimal(0), net, zero, net),)
        yield replace(
            one, issued_at=at, content=replace(one.content, currency=currency, lines=lines, taxes=taxes, net=net, tax=zero, gross=net)
        )


def signed(one: Invoice) -> int:
    return -1 if one.kind is DocumentKind.CREDIT_NOTE else 1


@pytest.mark.parametrize("seed", range(3))
def test_billing_totals_of_the_database_equal_the_sums_of_the_documents(any_transactions: Transactions, sample, seed: int) -> None:
    every, since = list(issued(sample, seed)), sample.t0 + timedelta(hours=20)
    with any_transactions.begin() as store:
        store.documents.put_all(every)
    late = [one for one in every if one.issued_at >= since]
    nets, grosses, charges, energy, lines = (Counter[object]() for _ in range(5))
    for one in late:
        key = (one.content.site_id, one.content.tariff_version_id, one.currency)
        nets[key] += signed(one) * one.net.minor
        grosses[key] += signed(one) * one.gross.minor
        charges[key] += one.kind is DocumentKind.INVOICE and one.session_id is not None
        energy[key] += one.content.delivery.energy_wh if one.kind is DocumentKind.INVOICE and one.content.delivery else 0
        for line in one.content.lines if one.content.site_id == sample.site.id else ():
            lines[line.what, line.title, one.currency] += signed(one) * line.net.minor
    with any_transactions.begin() as store:
        found = {
            (one.site_id, one.version_id, one.net.currency): one
            for one in store.billing_totals.by_tariff_version(sample.operator.id, since)
        }
        assert found.keys() == nets.keys()
        for key, one in found.items():
            assert (one.net.minor, one.gross.minor, one.charges, one.energy_wh) == (nets[key], grosses[key], charges[key], energy[key])
        by_line = store.billing_totals.by_line(sample.operator.id, sample.site.id, since)
        assert {(what, title, net.currency): net.minor for what, title, net in by_line} == lines
        spread = [(used(one), signed(one) * one.net.minor) for one in late if one.content.site_id == sample.site.id]
        assert [
            (span, net.minor) for span, net in store.billing_totals.by_delivery_time(sample.operator.id, sample.site.id, since)
        ] == spread


def made_out_to(every: Iterator[Invoice], payers: list[DriverId], seed: int) -> Iterator[Invoice]:
    """With tax, some to payers of fleets, by drivers with and without a card and a cost centre, at two places."""
    chance = random.Random(seed)
    for one in every:
        content, tax = one.content, Money(chance.randrange(0, 99), one.currency)
        used_by = UsedBy(chance.choice(payers), chance.choice("AB"), "", chance.choice(["", "North"]), chance.choice(["", "Van"]))
        parties = replace(content.parties, used_by=chance.choice([None, used_by]))
        place, taxes = (
            replace(content.place, site_name=chance.choice(["Here", "There"])),
            (TaxLine(Decimal(0), one.net, tax, one.net + tax),),
        )
        sums = {"taxes": taxes, "tax": tax, "gross": one.net + tax}
        yield replace(one, content=replace(content, parties=parties, place=place, **sums))


@pytest.mark.parametrize("seed", range(3))
def test_fleet_totals_equal_the_sums_of_documents_by_card_cost_centre_site_and_month(
    any_transactions: Transactions, sample, seed: int
) -> None:
    payers = [DriverId(sample.id()), DriverId(sample.id())]
    every = list(made_out_to(issued(sample, seed), payers, seed))
    span, zone = Span(sample.t0 + timedelta(hours=9), sample.t0 + timedelta(hours=50)), "Pacific/Kiritimati"
    by_use, by_month = Counter[object](), Counter[object]()
    for one in every:
        by = one.parties.used_by
        if by and by.payer_id == payers[0] and span.contains(one.issued_at):
            month = one.issued_at.astimezone(ZoneInfo(zone)).strftime("%Y-%m-01")
            energy = one.content.delivery.energy_wh if one.kind is DocumentKind.INVOICE and one.content.delivery else 0
            sums = {"charges": energy > 0, "energy_wh": energy} | {
                name: signed(one) * getattr(one, name).minor for name in ("net", "tax", "gross", "due")
            }
            for name, value in sums.items():
                by_use[one.driver_id, by.name, by.card, by.cost_centre, one.content.place.site_name, one.currency, name] += value
                by_month[month, one.currency, name] += value
    with any_transactions.begin() as store:
        store.documents.put_all(every)
    with any_transactions.begin() as store:
        used, months = store.billing_totals.fleet_usage(payers[0], span), store.billing_totals.fleet_usage_by_month(payers[0], span, zone)
    told = {(it.driver_id, it.name, it.card, it.cost_centre, it.site, it.billed.due.currency): it.billed for it in used}
    assert {(*key, name): value for key, billed in told.items() for name, value in plain(billed)} == by_use
    assert {(f"{day}", it.due.currency, name): value for day, it in months for name, value in plain(it)} == by_month


def plain(billed: BilledTotal) -> list[tuple[str, int]]:
    amounts = [(name, getattr(billed, name).minor) for name in ("net", "tax", "gross", "due")]
    return [("charges", billed.charges), ("energy_wh", billed.energy_wh), *amounts]


def used(one: Invoice) -> Span:
    start: datetime = one.content.delivery.started_at if one.content.delivery else one.issued_at
    return Span(start, one.content.delivery.ended_at if one.content.delivery else start + timedelta(minutes=1))
