"""Which field of the forms for plans, coupons, partners and offers a refusal is about, and the id of that field on the page."""

from collections.abc import Mapping

from forecourt.kernel import Refused, Text
from forecourt.web.frame.field_errors import field_errors

_CUT = dict.fromkeys(("cut", "cut_percent", "cut_amount", "cut_quantity", "discount_sign"), "worth")
# Rule codes that differ from the name of the field.
_FIELDS: Mapping[str, Mapping[str, str]] = {
    "plan": {"plan_title": "title", "plan_fee": "fee", "plan_vat": "vat", "plan_share": "share", "cut_percent": "percent"}
    | {"cut_per_kwh": "per_kwh"},
    "coupon": {"coupon_title": "title", "coupon_cut": "worth", "coupon_limit": "most", "coupon_budget": "budget", **_CUT},
    "partner": {"partner_handle": "handle", "partner_name": "name"},
    "offer": {"offer_title": "title", "offer_share": "share", "offer_days": "days", "offer_worth": "worth", "offer_cut": "worth", **_CUT},
}
_FORM_FIELDS = {
    "plan": ("title", "fee", "vat", "percent", "per_kwh", "free_kwh", "free_minutes", "share", "group"),
    "coupon": ("title", "worth", "days", "most", "budget", "each", "least"),
    "partner": ("name", "handle", "address", "country", "email", "password"),
    "offer": ("title", "worth", "share", "least_kwh", "budget", "days"),
}
FIELD_IDS: Mapping[str, Mapping[str, str]] = {form: {name: f"{form}-{name}" for name in names} for form, names in _FORM_FIELDS.items()}


def errors_by_field(form: str, error: Refused | None) -> Mapping[str, Text]:
    """By the field of that form."""
    return field_errors(error, _FIELDS.get(form))
