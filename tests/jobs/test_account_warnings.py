"""Changes of a bank account are notified at once to those affected, also at recently replaced email addresses."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from forecourt.drivers import Account, Duty, Role
from forecourt.flows.billing import CompanyDetails, company_fingerprint, payee_fingerprint, set_company_details, set_payee
from forecourt.flows.desk import own_partner
from forecourt.flows.desk.account_notices import FORMER_ADDRESS, account_ending
from forecourt.flows.offers import PartnerDetails, change_partner, details_fingerprint
from forecourt.jobs import WorkerPorts
from forecourt.jobs.notice_courier import NoticeCourier
from forecourt.store import MemoryTransactions
from mail_server import Letterbox
from money_world import NOON, OPERATOR
from offer_world import CAFE, OfferWorld
from sequential_ids import SequentialIds

OLD, NEW = "DE02120300000000202051", "FR1420041010050500013M02606"
STAFF = ("boss", (Duty.TEAM,)), ("leo", (Duty.MONEY,)), ("mia", (Duty.PRICES, Duty.SITES)), ("gone", (Duty.MONEY,))
LEO = UUID(int=72)


class Desk:
    def __init__(self) -> None:
        self.world = OfferWorld(MemoryTransactions())
        self.world.cafe()
        with self.world.transactions.begin() as store:
            store.partners.put_partner(replace(own_partner(store, OPERATOR, CAFE), email="till@cafe.example", bank=OLD, country="DE"))
            for number, (name, duties) in enumerate(STAFF, 71):
                closed = NOON if name == "gone" else None
                store.drivers.put_account(
                    Account(UUID(int=number), OPERATOR, f"{name}@desk.example", Role.OPERATOR, "x", duties=duties, closed_at=closed)
                )

    def does(self, what, *about, days=0):
        by = replace(self.world.staff(NOON + timedelta(days=days)), actor=str(LEO))
        with self.world.transactions.begin() as store:
            what(store, by, *about)

    def pays_to(self, bank, days=0):
        self.does(lambda store, by: set_payee(store, by, CAFE, bank, payee_fingerprint(own_partner(store, OPERATOR, CAFE))), days=days)

    def writes_to(self, email, days=0):
        def change(store, by):
            known = own_partner(store, OPERATOR, CAFE)
            change_partner(store, by, CAFE, PartnerDetails(known.name, email, country="DE"), details_fingerprint(known))

        self.does(change, days=days)

    def letters(self, days=0):
        box, at = Letterbox(), NOON + timedelta(days=days)
        clock = type("Clock", (), {"now": lambda self: at})()
        ports = WorkerPorts(self.world.transactions, clock, SequentialIds(), None, None, None, mailer=box, public_url="https://c.example")
        with self.world.transactions.begin() as store:
            items = store.outbox.claim("notice", at, 100, 60)
        for item in items:
            NoticeCourier(ports).deliver(item)
        return {one.to: one for one in box.letters}


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_a_changed_bank_account_is_notified_to_the_partner_and_to_staff_with_money_and_team_duties(desk):
    desk.pays_to(NEW)
    letters = desk.letters()
    assert letters.keys() == {"till@cafe.example", "boss@desk.example", "leo@desk.example"}
    partners, staffs = letters["till@cafe.example"].text, letters["boss@desk.example"].text
    for text in (partners, staffs):
        assert "leo@desk.example" in text and "… 2051" in text and "… 2606" in text and OLD not in text and NEW not in text
    assert "rufen Sie Test sofort an" in partners and "https://c.example/partners" in partners
    assert f"https://c.example/console/offers/partners/{CAFE}/account" in staffs and "pay nothing to it yet" in staffs


def test_changes_of_email_and_bank_account_are_notified_at_the_previous_address_too(desk):
    desk.writes_to("eve@evil.example")
    assert desk.letters()["till@cafe.example"].text.count("eve@evil.example") == 1
    desk.pays_to(NEW, days=29)
    assert {"till@cafe.example", "eve@evil.example"} <= desk.letters(days=29).keys()


def test_an_address_replaced_long_ago_gets_no_account_warning(desk):
    desk.writes_to("new@cafe.example")
    desk.letters()
    desk.pays_to(NEW, days=FORMER_ADDRESS.days)
    assert "till@cafe.example" not in desk.letters(days=FORMER_ADDRESS.days)


def test_saving_unchanged_details_sends_no_warning(desk):
    desk.pays_to(OLD)
    desk.writes_to("till@cafe.example")
    assert desk.letters() == {}


def test_a_change_of_the_operators_own_bank_account_is_notified_to_staff(desk):
    def change(store, by):
        known = store.stations.operator(OPERATOR)
        set_company_details(store, by, CompanyDetails("Test", "Test GmbH", bank=NEW), company_fingerprint(known))

    desk.does(change)
    letters = desk.letters()
    assert letters.keys() == {"boss@desk.example", "leo@desk.example"}
    assert all("Account until then: —. Account from now on: … 2606." in one.text for one in letters.values())


@pytest.mark.parametrize(
    ("bank", "ending"),
    [
        ("DE02 1203 0000 0000 2020 51", "… 2051"),
        ("12-34-56 12345678 Barclays", "… 5678"),
        ("", "—"),
        ("12-34", "… 2-34"),
        ("café", "… café"),
    ],
)
def test_a_bank_account_is_shown_by_its_last_four_characters(bank, ending):
    assert account_ending(bank) == ending
