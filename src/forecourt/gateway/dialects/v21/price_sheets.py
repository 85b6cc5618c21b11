"""Orders about the tariffs with which a charger calculates costs itself, and the cost it reports for a charge."""

from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
from msgspec import Raw, Struct, json

from forecourt.gateway.dialects.model import OutgoingCall
from forecourt.gateway.dialects.outcomes import UNREADABLE, outcome, status_reader
from forecourt.stations import ClearSheets, CostLimit, KwhPrice, OrderResult, PriceSheet, PriceWhen, SetChargeSheet, SetSheet

_MAX_TRANSACTION_CHARS = 36
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_NUMBERS = json.Encoder(decimal_format="number")
_SET = status_reader(done=("DuplicateTariffId",))  # it already has this tariff: a different one has a different id
_CHANGED = status_reader()


class _ClearResult(Struct):
    status: str


class _Cleared(Struct, rename="camel"):
    clear_tariffs_result: list[_ClearResult]


_CLEARED = json.Decoder(_Cleared)


def set_sheet(order: SetSheet) -> OutgoingCall:
    return OutgoingCall("SetDefaultTariff", _NUMBERS.encode({"evseId": order.evse_number, "tariff": _tariff(order.sheet)}), _SET)


def set_charge_sheet(order: SetChargeSheet) -> OutgoingCall | OrderResult:
    if len(order.transaction) > _MAX_TRANSACTION_CHARS:
        return outcome("TxNotFound")
    wanted = {"transactionId": order.transaction, "tariff": _tariff(order.sheet)}
    return OutgoingCall("ChangeTransactionTariff", _NUMBERS.encode(wanted), _CHANGED)


def clear_sheets(order: ClearSheets) -> OutgoingCall:
    """Removes all default tariffs of a socket."""
    return OutgoingCall("ClearTariffs", json.encode({"evseId": order.evse_number}), _cleared)


def _cleared(payload: Raw) -> OrderResult:
    try:
        results = _CLEARED.decode(payload).clear_tariffs_result
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return UNREADABLE
    failed = [one.status for one in results if one.status not in ("Accepted", "NoTariff")]
    return outcome(failed[0] if failed else "Accepted")


def _tariff(sheet: PriceSheet) -> dict[str, Any]:
    tariff: dict[str, Any] = {"tariffId": sheet.id, "currency": sheet.currency}
    if sheet.kwh:
        tariff["energy"] = {"prices": [_kwh(one) for one in sheet.kwh], **_taxes(sheet.kwh_tax)}
    if sheet.fee is not None:
        tariff["fixedFee"] = {"prices": [{"priceFixed": sheet.fee}], **_taxes(sheet.fee_tax)}
    return tariff | _limit("minCost", sheet.least) | _limit("maxCost", sheet.most)


def _kwh(one: KwhPrice) -> dict[str, Any]:
    conditions = _conditions(one.when)
    return {"priceKwh": one.price, **({"conditions": conditions} if conditions else {})}


def _conditions(when: PriceWhen) -> dict[str, Any]:
    stated = {
        "startTimeOfDay": _time(when.start_minute),
        "endTimeOfDay": _time(when.end_minute),
        "dayOfWeek": [_DAYS[day] for day in when.days] or None,
        "validFromDate": _day(when.start_date),
        "validToDate": _day(when.end_date),
        "minEnergy": when.min_wh,
        "maxEnergy": when.max_wh,
        "minPower": when.min_w,
        "maxPower": when.max_w,
        "minTime": when.min_seconds,
        "maxTime": when.max_seconds,
    }
    return {name: value for name, value in stated.items() if value is not None}


def _taxes(percent: Decimal | None) -> dict[str, Any]:
    return {} if percent is None else {"taxRates": [{"type": "VAT", "tax": percent}]}


def _limit(name: str, limit: CostLimit) -> dict[str, Any]:
    sides = {"exclTax": limit.before_tax, "inclTax": limit.after_tax}
    stated = {side: value for side, value in sides.items() if value is not None}
    return {name: stated} if stated else {}


def _time(minute: int | None) -> str | None:
    return None if minute is None else f"{minute // 60:02}:{minute % 60:02}"


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
