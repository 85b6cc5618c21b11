"""What the meter signed is billed only where it verifies and says the same as the charge."""

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from forecourt.billing import Invoice
from forecourt.flows.billing import rate_and_invoice
from forecourt.flows.ports import Transactions
from forecourt.jobs.meter_verifier import OcmfVerifier
from forecourt.stations import SignedReading
from money_world import NOON, C, MoneyWorld
from ocmf_records import key_of, signed

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


def test_a_sound_record_is_billed(world: MoneyWorld) -> None:
    made, set_aside = billed(world, SignedReading(signed(OURS, 5_000, 15_000)), meter_key=key_of(OURS))
    assert made is not None and set_aside == []


def test_the_key_sent_along_counts_where_the_operator_entered_none(world: MoneyWorld) -> None:
    assert billed(world, SignedReading(signed(OURS, 5_000, 15_000), key_of(OURS)))[0] is not None


def test_a_forged_record_with_its_forgers_key_is_set_aside(world: MoneyWorld) -> None:
    made, (why,) = billed(world, SignedReading(signed(OTHERS, 5_000, 15_000), key_of(OTHERS)), meter_key=key_of(OURS))
    assert made is None and "does not verify" in why


def test_a_changed_digit_is_set_aside(world: MoneyWorld) -> None:
    record = signed(OURS, 5_000, 15_000).replace("15.0", "15.1")
    made, (why,) = billed(world, SignedReading(record), meter_key=key_of(OURS))
    assert made is None and "does not verify" in why


def test_a_true_record_of_other_energy_is_set_aside(world: MoneyWorld) -> None:
    made, (why,) = billed(world, SignedReading(signed(OURS, 5_000, 14_000)), meter_key=key_of(OURS))
    assert made is None and "9000 Wh, the charge says 10000 Wh" in why


def test_where_the_meter_signs_an_unsigned_charge_is_set_aside(world: MoneyWorld) -> None:
    made, (why,) = billed(world, meter_key=key_of(OURS))
    assert made is None and "without a signed one" in why


def test_where_nothing_can_verify_what_is_signed_is_not_billed(world: MoneyWorld) -> None:
    record = world.ended((C, 60, 10_000), signed=(SignedReading(signed(OURS, 5_000, 15_000), key_of(OURS)),))
    with world.transactions.begin() as store:
        assert rate_and_invoice(store, record.session_id, NOON, world.ids) is None
