"""Partners' statements for tests, from items used in June."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

from forecourt.billing import Party
from forecourt.kernel import Money, Span
from forecourt.offers import OfferKind, Partner, PayeeVat, Redemption, VatStatus
from forecourt.settlement import Statement, StatementNumber, build_statement
from money_world import NOON, OPERATOR, SITE

CAFE = Partner(UUID(int=77), OPERATOR, "cafe", "Café", "Weg 2", "cafe@x.example", (SITE,), pay_within_days=10)
JUNE = Span(NOON, NOON + timedelta(days=30))
DUE = NOON + timedelta(days=31)
US = Party("Test GmbH", "Ring 1, 10115 Berlin", "DE", "DE123456789")


def used(kind: OfferKind, minor: int, hours: float = 0, text: str = "Coffee", code: str = "ABCD-1234") -> Redemption:
    ids = (UUID(int=1), OPERATOR, CAFE.id, UUID(int=2), UUID(int=3))
    return Redemption(*ids, kind, NOON + timedelta(hours=hours), text, Money(minor, "EUR"), code, "INV-2026-000001")


def stated(*redemptions: Redemption, zone: str = "Europe/Berlin", partner: Partner = CAFE, operator: Party = US) -> Statement:
    return build_statement(partner, operator, JUNE, zone, redemptions, StatementNumber(UUID(int=9), 2026, 3, DUE))


def host(status: VatStatus = VatStatus.REGISTERED, country: str = "DE", number: str = "DE999999999") -> Partner:
    """The café as a host that agreed to self-billing."""
    vat = PayeeVat(status, country, number, "Section 19 UStG" if status is VatStatus.SMALL_BUSINESS else "", date(2026, 5, 1))
    return replace(CAFE, address="Weg 2, 10115 Berlin", country=country, vat_number=number, vat=vat)
