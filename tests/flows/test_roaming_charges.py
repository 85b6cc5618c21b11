"""A charge of a roaming customer: sent as a session, invoiced to the partner, sent as a CDR to the cent, credited as a whole."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from forecourt.billing import replaced_number
from forecourt.drivers import Whitelist
from forecourt.flows.answers import message_for_partner
from forecourt.flows.billing import (
    CreditRequest,
    bill_late_end,
    credit_invoice,
    issue_account_statements,
    issue_credit_note,
    late_amount,
    process_late_ends,
    rate_and_invoice,
    session_for_partner,
)
from forecourt.flows.charging import end_stale
from forecourt.flows.desk import Staff
from forecourt.flows.ports import ChangedSince, LateEnd, PartnerResponse, PassCdr, QuarantineEntry
from forecourt.flows.roaming import apply_authorization, authorization_question, update_partners
from forecourt.kernel import ChargerId, Conflict, DriverId, Money, SessionId, Span, TokenUid
from forecourt.ledger import receivable
from forecourt.ocpi import CommandResponse
from forecourt.stations import (
    CardPresented,
    ChargingState,
    ConnectorReported,
    ConnectorState,
    MeterSample,
    Outcome,
    StopReason,
    TransactionEnded,
    TransactionUpdated,
    Verdict,
)
from forecourt.tariffs import parse_tariff, rate_cdr
from roaming_world import PARTNER
from stores import both_stores

from .conftest import NOON, Forecourt, at
from .partner import answers, asks, said, token

PAGE = ChangedSince()


def charged(place: Forecourt, minutes: int = 60) -> SessionId:
    """A whole charge with the partner's card, 5 kWh."""
    transaction = place.starts("CP1", 0, "04FACADE").transaction
    place.meters("CP1", transaction, 30, 3500)
    place.stops("CP1", transaction, minutes, 6000)
    with place.transactions.begin() as store:
        return store.roaming_charges.charges_of(PARTNER, PAGE)[0][-1].session_id


def test_a_roaming_session_is_sent_to_the_partner_at_start_updates_and_end(roaming: Forecourt) -> None:
    transaction = roaming.starts("CP1", 0, "04FACADE").transaction
    ((method, path, begun),) = said(roaming)
    assert (method, begun["status"], begun["kwh"]) == ("PUT", "ACTIVE", 0)
    assert path == f"sessions/DE/FCT/{begun['id']}" and begun["cdr_token"]["contract_id"] == "NL8ACC12E46L89"
    roaming.meters("CP1", transaction, 30, 3500)
    with roaming.transactions.begin() as store:
        assert [update_partners(store, roaming.site_id, at(minute), roaming.ids) for minute in (31, 32, 36)] == [1, 0, 1]
    patches = said(roaming)
    assert [(one[0], one[2]["kwh"]) for one in patches] == [("PATCH", 2.5), ("PATCH", 2.5)] and "cdr_token" not in patches[0][2]
    roaming.stops("CP1", transaction, 60, 6000)
    ((method, _, ended),) = said(roaming)
    assert (method, ended["status"], ended["kwh"], ended["end_date_time"]) == ("PUT", "COMPLETED", 5, "2026-06-01T13:00:00Z")
    assert ended["total_cost"] == {"excl_vat": Decimal("2.5"), "incl_vat": Decimal("2.98")}


def test_the_cdr_equals_the_invoice_to_the_cent_and_is_sent_once(roaming: Forecourt) -> None:
    session_id = charged(roaming)
    with roaming.transactions.begin() as store:
        invoice = rate_and_invoice(store, session_id, at(61), roaming.ids)
        assert invoice and rate_and_invoice(store, session_id, at(62), roaming.ids) == invoice
        assert invoice.content.parties.buyer.name == "The New Motion"
    *_, (method, path, cdr) = said(roaming)
    assert (method, path) == ("POST", "cdrs/") and (cdr["id"], cdr["invoice_reference_id"]) == (str(invoice.id), invoice.number)
    assert cdr["total_cost"] == {"excl_vat": invoice.net.amount, "incl_vat": invoice.gross.amount}
    assert rate_cdr(parse_tariff(cdr["tariffs"][0]), cdr, "Europe/Berlin").gross == invoice.gross
    assert said(roaming) == []
    with roaming.transactions.begin() as store:
        assert message_for_partner(store, PassCdr(invoice.id, session_id), at(63)) is None  # it is told, whoever asks again


def test_a_real_time_authorisation_is_valid_for_one_whole_charge_and_no_other(roaming: Forecourt) -> None:
    """OCPI: with whitelist NEVER the partner is asked about each use of the card."""
    with roaming.transactions.begin() as store:
        card = store.roaming.shown(roaming.operator_id, TokenUid("04FACADE"))[0]
        store.roaming.put_token(replace(card, whitelist=Whitelist.NEVER, last_updated=at(-1)))
        question = authorization_question(store, CardPresented("CP1", roaming.operator_id, roaming.site_id, "04FACADE", at(0)), at(0))
        assert apply_authorization(store, question, PartnerResponse(200, 1000, data={"allowed": "ALLOWED"}), at(0))
    begun = roaming.starts("CP1", 1, "04FACADE")
    again = roaming.says("CP1", TransactionUpdated(at(2), 1, begun.transaction, "04FACADE"))
    assert (begun.verdict, again.verdict) == (Verdict.ACCEPTED, Verdict.ACCEPTED)  # the charge that it was good for
    assert roaming.starts("CP2", 3, "04FACADE").verdict is Verdict.EXPIRED


def test_a_full_credit_note_is_sent_as_a_credit_cdr_and_a_partial_one_is_refused(roaming: Forecourt) -> None:
    session_id = charged(roaming)
    with roaming.transactions.begin() as store:
        invoice = rate_and_invoice(store, session_id, at(61), roaming.ids)
    by = Staff(roaming.operator_id, "ops", at(90), roaming.ids)
    with pytest.raises(Conflict, match="cannot be credited in part"), roaming.transactions.begin() as store:
        issue_credit_note(store, by, CreditRequest(invoice.id, 0, "A part", amount=Money(100, "EUR")))
    with roaming.transactions.begin() as store:
        note = credit_invoice(store, invoice.id, "Wrong card", at(90), roaming.ids)
    first, credit = [one[2] for one in said(roaming) if one[1] == "cdrs/"]
    assert (credit["id"], credit["credit_reference_id"], credit["credit"]) == (str(note.id), first["id"], True)
    assert credit["total_cost"]["incl_vat"] == -first["total_cost"]["incl_vat"]


def test_a_late_reported_end_is_sent_as_a_credit_cdr_and_a_new_cdr_of_the_whole_charge(roaming: Forecourt) -> None:
    """OCPI: a CDR is final and must not be supplemented by a second one."""
    session_id, late = charged(roaming), LateEnd(at(70), 7000)
    about = (roaming.operator_id, roaming.site_id, ChargerId("CP1"), at(90), "late_end", "told late", str(session_id))
    entry, by = QuarantineEntry(UUID(int=4000), *about, late=late), Staff(roaming.operator_id, "ops", at(90), roaming.ids)
    with roaming.transactions.begin() as store:
        first = rate_and_invoice(store, session_id, at(61), roaming.ids)
        store.inbox.quarantine(entry)
        more = late_amount(store, entry)
    said(roaming)
    with roaming.transactions.begin() as store:
        made = bill_late_end(store, by, entry.id, more)
        assert first and made.gross == first.gross + more and replaced_number(made.content.reason) == first.number
    told = said(roaming)
    credit, new = [one[2] for one in told if one[1] == "cdrs/"]
    ((method, _, session),) = [one for one in told if one[1] != "cdrs/"]
    assert (method, session["status"], session["kwh"], session["total_cost"]) == ("PUT", "COMPLETED", 6, new["total_cost"])
    ends = ("end_date_time", "charging_periods")
    assert [session[one] for one in ends] == [new[one] for one in ends] and session["last_updated"] == "2026-06-01T13:30:00Z"
    assert credit["credit_reference_id"] == str(first.id) and credit["total_cost"]["incl_vat"] == -first.gross.amount
    assert (new["id"], new["session_id"], new["total_energy"]) == (str(made.id), credit["session_id"], 6) and "credit" not in new
    assert new["end_date_time"] == "2026-06-01T13:10:00Z" and new["total_cost"]["incl_vat"] == made.gross.amount
    assert rate_cdr(parse_tariff(new["tariffs"][0]), new, "Europe/Berlin").gross == made.gross
    july = NOON + timedelta(days=30)
    with roaming.transactions.begin() as store:
        (statement,) = issue_account_statements(store, DriverId(PARTNER), Span(NOON - timedelta(days=1), july), july, roaming.ids)
        assert statement.due == made.gross and [each.driver_id for each in statement.lines] == 3 * [first.driver_id]
    with roaming.transactions.begin() as store:
        note = issue_credit_note(store, by, CreditRequest(made.id, 0, "wrong card")).note
    ((_, _, taken_back),) = said(roaming)
    assert (taken_back["id"], taken_back["credit_reference_id"]) == (str(note.id), new["id"]), "of the bill in place of another, too"


@both_stores
def test_an_end_found_to_be_earlier_is_sent_as_a_credit_cdr_and_a_lower_cdr(roaming: Forecourt) -> None:
    transaction = roaming.starts("CP1", 0, "04FACADE").transaction
    roaming.meters("CP1", transaction, 30, 3500)
    roaming.says("CP1", ConnectorReported(at(31), 1, ConnectorState.OCCUPIED, ChargingState.SUSPENDED_EV))
    roaming.free(90)
    with roaming.transactions.begin() as store:
        end_stale(store, roaming.site_id, at(121), roaming.ids, at(0))
        session_id = store.roaming_charges.charges_of(PARTNER, PAGE)[0][-1].session_id
        first = rate_and_invoice(store, session_id, at(122), roaming.ids)
    said(roaming)
    roaming.hears("CP1", TransactionEnded(at(41), transaction, None, None, (MeterSample(at(41), 3500),), StopReason.DRIVER), 130)
    for _ in range(2):
        with roaming.transactions.begin() as store:
            process_late_ends(store, session_id, at(130), roaming.ids)
    credit, new, session = [one[2] for one in said(roaming)]
    assert (credit["credit_reference_id"], round(new["total_parking_time"] * 60)) == (str(first.id), 10)
    assert (session["end_date_time"], session["total_cost"]) == ("2026-06-01T12:41:00Z", new["total_cost"])


def test_the_roaming_partner_gets_one_monthly_statement_and_owes_its_invoices(roaming: Forecourt) -> None:
    session_id = charged(roaming)
    with roaming.transactions.begin() as store:
        invoice = rate_and_invoice(store, session_id, at(61), roaming.ids)
    july = NOON + timedelta(days=30)
    with roaming.transactions.begin() as store:
        (statement,) = issue_account_statements(store, DriverId(PARTNER), Span(NOON - timedelta(days=1), july), july, roaming.ids)
        assert statement.parties.buyer.name == "The New Motion" and statement.due == invoice.gross
        owed = [store.ledger.balance(roaming.operator_id, receivable(one), "EUR") for one in (invoice.driver_id, DriverId(PARTNER))]
        assert owed == [0, invoice.gross.minor]


def test_a_failed_start_is_sent_as_an_invalid_session_without_a_cdr(roaming: Forecourt) -> None:
    transaction = roaming.starts("CP1", 0, "04FACADE").transaction
    roaming.stops("CP1", transaction, 1, 1000)
    with roaming.transactions.begin() as store:
        session_id = store.roaming_charges.charges_of(PARTNER, PAGE)[0][0].session_id
        rate_and_invoice(store, session_id, at(2), roaming.ids)
    assert [one[2]["status"] for one in said(roaming)] == ["INVALID", "INVALID"]


def test_a_roaming_partner_that_refuses_a_session_gets_no_updates_until_the_complete_one(roaming: Forecourt) -> None:
    transaction = roaming.starts("CP1", 0, "04FACADE").transaction
    said(roaming, "answered 500")
    with roaming.transactions.begin() as store:
        assert update_partners(store, roaming.site_id, at(31), roaming.ids) == 0
    roaming.stops("CP1", transaction, 60, 6000)
    assert [(one[0], one[2]["status"]) for one in said(roaming)] == [("PUT", "COMPLETED")]


def test_a_fetched_roaming_session_has_the_content_of_its_last_updated_time(roaming: Forecourt) -> None:
    def fetched(minute: int) -> tuple[Decimal, str]:
        with roaming.transactions.begin() as store:
            update_partners(store, roaming.site_id, at(minute), roaming.ids)
            session = session_for_partner(store, store.roaming_charges.charges_of(PARTNER, PAGE)[0][0])
        return session.kwh, session.last_updated[11:16]

    transaction = roaming.starts("CP1", 0, "04FACADE").transaction
    said(roaming)
    roaming.meters("CP1", transaction, 3, 1100)
    assert fetched(4) == (0, "12:00")
    assert fetched(5) == (Decimal("0.1"), "12:05")
    roaming.meters("CP1", transaction, 7, 1300)
    assert fetched(8) == (Decimal("0.1"), "12:05")
    said(roaming, "answered 500")  # it takes nothing, and fetches all the same
    assert fetched(11) == (Decimal("0.3"), "12:11")


@both_stores
def test_a_roaming_partner_can_start_and_stop_its_own_charge_and_gets_the_command_results(roaming: Forecourt) -> None:
    assert asks(roaming, "START_SESSION") is CommandResponse.ACCEPTED
    assert answers(roaming).token == "APP-USER-1"
    assert said(roaming) == [("POST", "https://emsp.example/r/1", {"result": "ACCEPTED"})]
    roaming.starts("CP1", 1, "APP-USER-1")
    ((_, _, begun),) = said(roaming)
    assert (begun["auth_method"], begun["authorization_reference"]) == ("COMMAND", "REF1")
    assert asks(roaming, "STOP_SESSION", session_id=begun["id"]) is CommandResponse.ACCEPTED
    answers(roaming, Outcome.UNANSWERED)
    assert said(roaming)[0][2] == {"result": "TIMEOUT"}
    assert asks(roaming, "UNLOCK_CONNECTOR") is CommandResponse.ACCEPTED


@both_stores
def test_ocpi_commands_for_foreign_sessions_tokens_or_busy_sockets_are_rejected(roaming: Forecourt) -> None:
    transaction = roaming.starts("CP1", 0, "04CARD").transaction
    with roaming.transactions.begin() as store:
        session = store.sessions.open_for("CP1", transaction)
    assert asks(roaming, "STOP_SESSION", session_id=str(session.id)) is CommandResponse.UNKNOWN_SESSION
    assert asks(roaming, "STOP_SESSION", session_id="1") is CommandResponse.UNKNOWN_SESSION
    free = str(roaming.evse_id(2))
    for kind, fields in (
        ("UNLOCK_CONNECTOR", {}),
        ("START_SESSION", {}),  # the socket is in use
        ("START_SESSION", {"token": token(party_id="ABC"), "evse_uid": free}),
        ("START_SESSION", {"token": token(uid="04CARD"), "evse_uid": free}),  # a card of one of our own drivers
        ("START_SESSION", {"location_id": str(UUID(int=9)), "evse_uid": free}),
    ):
        assert asks(roaming, kind, **fields) is CommandResponse.REJECTED, (kind, fields)
    with roaming.transactions.begin() as store:
        assert [one for one in store.outbox.open_items("charger") if one.idempotency_key.startswith("roaming/")] == []


def test_a_token_uid_too_long_for_ocpp_is_replaced_at_the_charger_and_not_towards_the_partner(roaming: Forecourt) -> None:
    uid = "0b1f6b9e-6c7f-4d0c-9f59-2d9d6b0f1a11"
    assert asks(roaming, "START_SESSION", token=token(uid=uid)) is CommandResponse.ACCEPTED
    shown = answers(roaming).token
    assert len(shown) == 20 and roaming.starts("CP1", 1, shown).verdict is Verdict.ACCEPTED
    assert said(roaming)[-1][2]["cdr_token"]["uid"] == uid
    assert roaming.starts("CP2", 60, shown).verdict is Verdict.EXPIRED  # good for that start alone
