"""Results of orders to chargers: update the stored state by each answer."""

from dataclasses import replace
from datetime import datetime

from forecourt.flows.chargers.card_lists import card_list_version_reported, cards_answered
from forecourt.flows.chargers.certificates import certificate_answered
from forecourt.flows.chargers.history import start_failed
from forecourt.flows.chargers.maintenance import use_answered
from forecourt.flows.chargers.measuring import setting_written
from forecourt.flows.chargers.price_sheets import sheet_answered
from forecourt.flows.chargers.settings import settings_read
from forecourt.flows.charging.roaming_commands import command_done
from forecourt.flows.charging.starting import start_refused
from forecourt.flows.desk.orders import enqueue_order
from forecourt.flows.ports.outbox import ChargerOrder, OutboxItem
from forecourt.flows.ports.store import Store
from forecourt.flows.power.fallbacks import fallback_accepted, fallback_refused, raises_fallback
from forecourt.flows.power.limit_ends import is_seamless, with_acceptance
from forecourt.flows.power.lost_fallbacks import forget_fallback
from forecourt.flows.power.proof import is_answer_to_last, with_refusal_or_silence
from forecourt.flows.power.reported_schedules import handle_schedule_report
from forecourt.flows.power.socket_testing import limit_answered
from forecourt.flows.roaming.profile_results import report_limit_answer
from forecourt.kernel import ChargerId, Ids
from forecourt.reservations import Bound, unbind
from forecourt.stations import (
    ASKS_FIRST,
    LEAVES_SETTLING,
    UNKNOWN_CHARGE,
    ChargingState,
    ClearSheets,
    InstallSigned,
    OrderResult,
    Outcome,
    Protocol,
    QueryCharge,
    QuirkKind,
    ReadCards,
    ReadInventory,
    ReadSchedule,
    ReadSettings,
    ReportMeter,
    Reserve,
    SendCards,
    SetAvailability,
    SetFallback,
    SetLimit,
    SetSheet,
    StartCharge,
    WriteSetting,
)

# Orders that are retried if the charger was unreachable or did not answer, because they set a lasting state.
RETRIED_ORDERS = (SetFallback, ReadSettings, ReadInventory, InstallSigned)
_OF_OCPP_2 = (
    "SmartChargingCtrlr/RateUnit",
    "SmartChargingCtrlr/ProfileStackLevel",
    "SmartChargingCtrlr/PeriodsPerSchedule",
    "SampledDataCtrlr/TxUpdatedMeasurands",
    "SampledDataCtrlr/TxUpdatedInterval",
    "SampledDataCtrlr/TxStartedMeasurands",
    "SampledDataCtrlr/TxEndedMeasurands",
    "TariffCostCtrlr/Enabled/Cost",
    "TariffCostCtrlr/Enabled/Tariff",
    "ClockCtrlr/TimeZone",
    "TxCtrlr/SupportedLimits",
    ASKS_FIRST,
    LEAVES_SETTLING,
)


def apply_order_result(
    store: Store, item: OutboxItem, work: ChargerOrder, result: OrderResult, at: datetime, ids: Ids
) -> ReportMeter | None:
    """Apply the result of a delivered order. Idempotent.

    Returns a request to send to the charger right after the commit: a reading that shows the new limit. It is not stored in the
    outbox, because the next periodic reading shows the same, only later.
    """
    if item.site_id is not None:
        store.plans.lock_site(item.site_id)  # grants are also written by the planner and by meter readings
    _store_mute(store, work.charger_id, result)
    match work.order:
        case SetLimit() as limit:
            follow_up = _apply_limit_result(store, work.charger_id, limit, result, at)
            report_limit_answer(store, work.charger_id, limit, result, at, ids)
            return follow_up
        case SetFallback() as sent if result.outcome is Outcome.ACCEPTED:
            fallback_accepted(store, work.charger_id, sent, at)
        case SetFallback() as sent if result.outcome is Outcome.REJECTED:
            fallback_refused(store, work.charger_id, sent, at, ids, f"{item.idempotency_key}/0")
        case SetFallback() if _is_unsupported(store, work, result, item.attempts, at):
            forget_fallback(store, work.charger_id)
        case ReadSettings() if result.outcome is Outcome.ACCEPTED:
            charger = store.stations.charger(work.charger_id)
            if charger is not None:
                settings_read(store, charger, dict(result.values), at, ids)
        case Reserve(reservation_number=number) if result.outcome is Outcome.REJECTED:
            _unbind(store, item, work, number, at)
        case ReadSettings(names=(), every=False) if result.outcome is Outcome.REJECTED:
            _read_in_parts(store, item, work.charger_id, at, ids)
        case WriteSetting() as written:
            setting_written(store, work.charger_id, written, result, at, ids)
        case SetSheet() | ClearSheets() as sent:
            sheet_answered(store, work.charger_id, sent, result)
        case SendCards() as sent:
            cards_answered(store, work.charger_id, sent, result, at)
        case ReadCards():
            card_list_version_reported(store, work.charger_id, result)
        case ReadSchedule() as follow_up:
            handle_schedule_report(store, work.charger_id, follow_up, result, at)
        case InstallSigned():
            certificate_answered(store, work.charger_id, result, at)
        case SetAvailability() as sent:
            use_answered(store, work.charger_id, sent, result.outcome)
        case QueryCharge(transaction=transaction) if result.detail == UNKNOWN_CHARGE:
            _mark_unplugged_session(store, work.charger_id, transaction, at)
        case StartCharge() if result.outcome is not Outcome.ACCEPTED:
            start_failed(store, work.charger_id, work.order, result, at)
            start_refused(store, item.idempotency_key, result, at, ids)
        case _:
            pass
    command_done(store, item, result, at, ids)
    return None


def _store_mute(store: Store, charger_id: ChargerId, result: OrderResult) -> None:
    charger = store.stations.charger(charger_id)
    if charger is not None and result.mute is not None and result.mute != charger.mute:
        store.stations.put_charger(replace(charger, mute=result.mute))


def retry_in_s(store: Store, work: ChargerOrder, result: OrderResult, attempts: int, at: datetime) -> float | None:
    """Seconds until the order is retried; None = it is not. An unanswered order holds up all others of its charger, so a request for
    information we can do without is not repeated. A higher fallback is not sent to a charger that has been away (`raises_fallback`)."""
    order = work.order
    if isinstance(order, ReadInventory) and result.outcome is Outcome.UNANSWERED:
        return None
    if isinstance(order, SetFallback) and result.outcome is Outcome.UNREACHABLE and raises_fallback(store, work.charger_id, order, at):
        return None
    if result.outcome in (Outcome.UNREACHABLE, Outcome.UNANSWERED) and isinstance(order, RETRIED_ORDERS) and attempts < 10:
        return float(min(600, 15 << attempts))
    return None


def _is_unsupported(store: Store, work: ChargerOrder, result: OrderResult, attempts: int, at: datetime) -> bool:
    """Whether the charger does not support the order, or never answers it although it is connected."""
    if result.outcome is Outcome.UNANSWERED:
        return retry_in_s(store, work, result, attempts, at) is None
    return result.outcome is Outcome.UNSUPPORTED


def _read_in_parts(store: Store, item: OutboxItem, charger_id: ChargerId, at: datetime, ids: Ids) -> None:
    """The charger refused to report so many settings at once. With OCPP 1.6, request all of them without a list; with 2.x, as many at a
    time as the charger accepts, or one by one if that is unknown."""
    charger = store.stations.charger(charger_id)
    if charger is None:
        return
    is_ocpp16, per_request = (
        charger.protocol is Protocol.OCPP16,
        (charger.inventory.at_once("GetVariables") if charger.inventory else None) or 1,
    )
    lists = [_OF_OCPP_2[first : first + per_request] for first in range(0, len(_OF_OCPP_2), per_request)]
    for index, wanted in enumerate([ReadSettings(every=True)] if is_ocpp16 else [ReadSettings(names) for names in lists]):
        enqueue_order(store, charger_id, wanted, at, ids, f"{item.idempotency_key}/{index}")


def _apply_limit_result(store: Store, charger_id: ChargerId, limit: SetLimit, result: OrderResult, at: datetime) -> ReportMeter | None:
    evse = store.stations.evse_at(charger_id, limit.evse_number)
    grant = store.plans.grant(evse.id) if evse else None
    if evse is None or grant is None or grant.session_id is None or grant.sent_a is None or result.outcome is Outcome.STALE:
        return None
    if result.outcome is Outcome.ACCEPTED:
        if not is_answer_to_last(grant, limit.limit_a, limit.plan):
            return None
        is_renewal = is_seamless(grant, limit.limit_a, at)
        store.plans.put_grant(with_acceptance(grant, limit.limit_a, limit.until, at))
        if is_renewal:
            return None
        limit_answered(store, evse, limit, result, at)
        # Current released by this socket is only available to others once its meter shows the drop.
        charger = store.stations.charger(charger_id)
        is_unreadable = charger is not None and charger.has(QuirkKind.NO_READING_ON_REQUEST)
        return None if is_unreadable else ReportMeter(evse.number)
    refused = result.outcome in (Outcome.REJECTED, Outcome.UNSUPPORTED)
    store.plans.put_grant(with_refusal_or_silence(grant, limit.limit_a, limit.plan, evse.max_a, refused))
    limit_answered(store, evse, limit, result, at)
    return None


def _mark_unplugged_session(store: Store, charger_id: ChargerId, transaction: str, at: datetime) -> None:
    """The charger restarted and no longer knows the charge: a car may be connected at its socket, as OCPP 1.6 reports by itself."""
    session = store.sessions.open_for(charger_id, transaction)
    if session is not None:
        socket = store.stations.socket(session.evse_id)
        store.stations.put_socket(replace(socket, charging_state=ChargingState.EV_CONNECTED, at=at))


def _unbind(store: Store, item: OutboxItem, work: ChargerOrder, number: int, at: datetime) -> None:
    """The charger refused to reserve the socket: the booking stays, and another socket is chosen at the next tick."""
    booking = store.bookings.by_number(item.site_id, number) if item.site_id else None
    if booking is None:
        return
    store.bookings.lock_pool(booking.site_id, booking.kind)
    booking = store.bookings.booking(booking.id) or booking
    if isinstance(booking.state, Bound):
        evse = store.stations.evse(booking.state.evse_id)
        if evse.charger_id == work.charger_id:  # else it has been moved meanwhile
            store.bookings.put(unbind(booking, at, evse.label, refused=True))
