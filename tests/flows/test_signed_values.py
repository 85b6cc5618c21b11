"""A signed meter record is billed only if it verifies and agrees with the charge."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from forecourt.billing import Invoice, supplemented_number
from forecourt.flows.billing import bill_late_end, check_bill, late_amount, process_late_ends, rate_and_invoice
from forecourt.flows.desk import Staff
from forecourt.flows.ports import LateEnd, QuarantineEntry, Transactions
from forecourt.jobs.meter_verifier import OcmfVerifier
from forecourt.kernel import Conflict, Money
from forecourt.sessions import END_NOT_REPORTED, ChargeRecord
from forecourt.stations import SignedReading
from money_world import NOON, C, MoneyWorld
from ocmf_records import key_of, signed
from stores import both_stores

LATER = NOON + timedelta(hours=5)
OURS, OTHERS = ec.derive_private_key(4711, ec.SECP256R1()), ec.derive_private_key(815, ec.SECP256R1())


@pytest.fixture
def world(any_transactions: Transactions) -> MoneyWorld:
    return MoneyWorld(any_transactions).build()


def billed(world: MoneyWorld, *readings: SignedReading, meter_key: str = "") -> tuple[Invoice | None, list[str]]:
    """The bill of a charge of 10 kWh with those signed readings, and why it was set aside."""
    record = world.ended((C, 60, 10_000), signed=tuple(readings))
    with world.transactions.begin() as store:
        store.stations.put_evse(replace(store.stations.evse(record.evse_id), meter_key=meter_key))
    with world.transactions.begin() as store:
        made = rate_and_invoice(store, record.session_id, NOON, world.ids, OcmfVerifier())
    with world.transactions.begin() as store:
        return made, [one.text for one in store.inbox.quarantined(10)]


def test_a_charge_with_a_valid_signed_meter_record_is_billed(world: MoneyWorld) -> None:
    made, set_aside = billed(world, SignedReading(signed(OURS, 5_000, 15_000)), meter_key=key_of(OURS))
    assert made is not None and set_aside == []


def test_the_transmitted_meter_key_is_used_if_the_operator_entered_none(world: MoneyWorld) -> None:
    assert billed(world, SignedReading(signed(OURS, 5_000, 15_000), key_of(OURS)))[0] is not None


def test_a_record_signed_with_a_key_other_than_the_entered_one_is_set_aside(world: MoneyWorld) -> None:
    made, (why,) = billed(world, SignedReading(signed(OTHERS, 5_000, 15_000), key_of(OTHERS)), meter_key=key_of(OURS))
    assert made is None and "does not verify" in why


def test_a_signed_record_with_a_changed_digit_is_set_aside(world: MoneyWorld) -> None:
    record = signed(OURS, 5_000, 15_000).replace("15.0", "15.1")
    made, (why,) = billed(world, SignedReading(record), meter_key=key_of(OURS))
    assert made is None and "does not verify" in why


def test_a_valid_signed_record_of_different_energy_is_set_aside(world: MoneyWorld) -> None:
    made, (why,) = billed(world, SignedReading(signed(OURS, 5_000, 14_000)), meter_key=key_of(OURS))
    assert made is None and "9000 Wh, the charge says 10000 Wh" in why


@both_stores
def test_an_unsigned_charge_at_a_signing_meter_is_set_aside(world: MoneyWorld) -> None:
    made, (why,) = billed(world, meter_key=key_of(OURS))
    assert made is None and "without a signed one" in why


def test_a_signed_charge_is_not_billed_if_no_verifier_is_available(world: MoneyWorld) -> None:
    record = world.ended((C, 60, 10_000), signed=(SignedReading(signed(OURS, 5_000, 15_000), key_of(OURS)),))
    with world.transactions.begin() as store:
        assert rate_and_invoice(store, record.session_id, NOON, world.ids) is None


def told_late(world: MoneyWorld, before_wh: tuple[int, int], late: LateEnd) -> tuple[ChargeRecord, QuarantineEntry]:
    """Nobody told the end of a charge sealed at 15,000 Wh, of which the meter signed so much; then its charger tells it. What a worker
    does about it is done."""
    record = world.ended((C, 60, 10_000), signed=(SignedReading(signed(OURS, *before_wh)),), notes=(END_NOT_REPORTED,))
    with world.transactions.begin() as store:
        evse = replace(store.stations.evse(record.evse_id), meter_key=key_of(OURS), phases=("L1", "L2", "L3"))
        store.stations.put_evse(evse)
        rate_and_invoice(store, record.session_id, NOON, world.ids, OcmfVerifier())
        about = (record.operator_id, record.site_id, record.charger_id, LATER, "late_end", "told late", str(record.session_id))
        entry = QuarantineEntry(UUID(int=4000), *about, late=late)
        store.inbox.quarantine(entry)
    with world.transactions.begin() as store:
        process_late_ends(store, record.session_id, LATER, world.ids, OcmfVerifier())
        rate_and_invoice(store, record.session_id, LATER, world.ids, OcmfVerifier())
    return record, entry


def test_a_charge_whose_signed_end_is_reported_late_is_billed_up_to_that_end(world: MoneyWorld) -> None:
    end = SignedReading(signed(OURS, 5_000, 16_000))
    record, _ = told_late(world, (5_000, 5_000), LateEnd(NOON + timedelta(minutes=70), 16_000, (end,)))
    with world.transactions.begin() as store:
        (made,) = store.documents.of_session(record.session_id)
        assert made.content.delivery is not None and made.content.delivery.energy_wh == 11_000
        checked = check_bill(store, made)
        assert checked.check.agrees and checked.signer is not None and end in checked.signer.signed
        assert store.inbox.quarantined() == [], "neither what was missing, nor the end"


@pytest.mark.parametrize("end", [(), (SignedReading(signed(OTHERS, 5_000, 16_000)),), (SignedReading(signed(OURS, 5_000, 15_500)),)])
def test_a_late_end_that_is_unsigned_or_does_not_verify_is_not_billed_at_a_signing_meter(world: MoneyWorld, end) -> None:  # type: ignore[no-untyped-def]
    record, _ = told_late(world, (5_000, 5_000), LateEnd(NOON + timedelta(minutes=70), 16_000, end))
    with world.transactions.begin() as store:
        assert store.documents.of_session(record.session_id) == [] and store.sessions.record(record.session_id) == record
        assert sorted(one.code for one in store.inbox.quarantined()) == ["late_end", "signed_values"]


@pytest.mark.parametrize("is_signed", [True, False])
def test_energy_beyond_a_signed_invoice_is_billed_only_if_signed_and_can_be_verified(world: MoneyWorld, is_signed: bool) -> None:
    end = SignedReading(signed(OURS, 5_000, 16_000))
    late = LateEnd(NOON + timedelta(minutes=70), 16_000, (end,) if is_signed else ())
    record, entry = told_late(world, (5_000, 15_000), late)
    with world.transactions.begin() as store:
        (first,) = store.documents.of_session(record.session_id)
        if not is_signed:
            with pytest.raises(Conflict, match="signs its readings"):
                late_amount(store, entry)
            return
        by = Staff(record.operator_id, "ada", LATER, world.ids)
        made = bill_late_end(store, by, entry.id, late_amount(store, entry))
        checked = check_bill(store, made)
        assert made.gross == Money(48, "EUR") and supplemented_number(made.content.reason) == first.number
        assert checked.signer is not None and end in checked.signer.signed
