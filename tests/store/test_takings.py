"""What documents came to, added up by the database, is what their papers say one by one."""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from forecourt.billing import Delivery, DocumentKind, Invoice, InvoiceLine, LineKind
from forecourt.flows.ports import Transactions
from forecourt.kernel import Money, SessionId, Span, TariffVersionId
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
def test_sums_of_the_database_are_those_of_the_papers(any_transactions: Transactions, sample, seed: int) -> None:
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
        found = {(one.site_id, one.version_id, one.net.currency): one for one in store.takings.by_version(sample.operator.id, since)}
        assert found.keys() == nets.keys()
        for key, one in found.items():
            assert (one.net.minor, one.gross.minor, one.charges, one.energy_wh) == (nets[key], grosses[key], charges[key], energy[key])
        by_line = store.takings.by_line(sample.operator.id, sample.site.id, since)
        assert {(what, title, net.currency): net.minor for what, title, net in by_line} == lines
        spread = [(used(one), signed(one) * one.net.minor) for one in late if one.content.site_id == sample.site.id]
        assert [(span, net.minor) for span, net in store.takings.in_time(sample.operator.id, sample.site.id, since)] == spread


def used(one: Invoice) -> Span:
    start: datetime = one.content.delivery.started_at if one.content.delivery else one.issued_at
    return Span(start, one.content.delivery.ended_at if one.content.delivery else start + timedelta(minutes=1))
