"""The next version of a plan: its form prefilled with the present version, and what happens to members."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Response
from msgspec import structs

from forecourt.flows.offers import PlanTerms, plan_of_operator, revise_plan
from forecourt.kernel import Conflict, Money, Refused
from forecourt.offers import DiscountRule, PlanVersion, discount_text
from forecourt.tariffs import Dimension, number_text
from forecourt.web.frame.errors import status_of
from forecourt.web.frame.idempotency import IdempotentForm
from forecourt.web.frame.lists import number_or_none, parts_or_none, selected_sites, whole_or_none
from forecourt.web.frame.responses import WebRequest, page, redirect_to
from forecourt.web.frame.visitor import ports_of, staff_member, visitor_of
from forecourt.web.offers.form_errors import FIELD_IDS, errors_by_field
from forecourt.web.queries.benefits import benefits_text
from forecourt.web.queries.site_lookup import open_sites

PARKING = frozenset({Dimension.PARKING_TIME, Dimension.TIME})
ENERGY = frozenset({Dimension.ENERGY})


class PlanForm(IdempotentForm):
    title: str
    fee: str
    vat: str = ""
    percent: str = ""
    per_kwh: str = ""
    free_kwh: str = ""
    free_minutes: str = ""
    share: str = ""
    group: str = ""
    sites: list[UUID] | UUID | None = None
    # Benefits that the fields cannot express, by version number and place, such as 2.0.
    keep: list[str] | str | None = None

    def benefits(self) -> tuple[DiscountRule, ...]:
        """Free quantities come first, then discounts per kilowatt-hour, then the percentage."""
        wh, seconds = parts_or_none(self.free_kwh, "free_kwh", 1000), parts_or_none(self.free_minutes, "free_minutes", 60)
        percent, per_kwh = number_or_none(self.percent, "percent"), number_or_none(self.per_kwh, "per_kwh")
        return (
            *((DiscountRule(energy_wh=wh),) if wh else ()),
            *((DiscountRule(seconds=seconds, dimensions=PARKING),) if seconds else ()),
            *((DiscountRule(per_kwh=per_kwh),) if per_kwh else ()),
            *((DiscountRule(percent=percent, dimensions=ENERGY),) if percent else ()),
        )

    def kept_benefits(self, present: PlanVersion, currency: str) -> tuple[DiscountRule, ...]:
        """The chosen ones of the benefits that the fields cannot express. Raises Conflict if another version was published since."""
        chosen = [self.keep] if isinstance(self.keep, str) else self.keep or []
        known = dict(inexpressible_benefits(present, currency))
        if not set(chosen) <= known.keys():
            raise Conflict("plan_moved", "The plan has a newer version since this page was shown.", "Check it and publish again.")
        return tuple(known[name] for name in chosen)

    def terms(self, currency: str, kept_benefits: tuple[DiscountRule, ...] = ()) -> PlanTerms:
        fee = Money.of(number_or_none(self.fee, "fee") or Decimal(0), currency)
        vat, sites, share = number_or_none(self.vat, "vat"), selected_sites(self.sites), whole_or_none(self.share, "share")
        benefits = tuple(sorted((*self.benefits(), *kept_benefits), key=_sort_key))
        return PlanTerms(self.title, fee, vat, benefits, sites, self.group, 100 if share is None else share)


@get("/offers/plans/{plan_id:uuid}", sync_to_thread=True)
def plan(request: WebRequest, plan_id: FromPath[UUID]) -> Response[str]:
    return _page(request, plan_id, None, None)


@post("/offers/plans/{plan_id:uuid}", sync_to_thread=True, status_code=200)
def revise(request: WebRequest, plan_id: FromPath[UUID], data: URLEncodedBody[PlanForm]) -> Response[Any]:
    """New members get it; present members keep what they bought."""
    try:
        with ports_of(request).transactions.begin() as store:
            by, currency = staff_member(request), store.stations.operator(visitor_of(request).operator).currency
            present = store.memberships.versions(plan_of_operator(store, by.operator_id, plan_id).id)[-1]
            revise_plan(store, by, plan_id, data.terms(currency, data.kept_benefits(present, currency)))
    except Refused as error:
        return _page(request, plan_id, data, error)
    return redirect_to(request, "/console/offers", "plan_revised")


def _page(request: WebRequest, plan_id: UUID, data: PlanForm | None, error: Refused | None) -> Response[str]:
    operator_id = visitor_of(request).operator
    with ports_of(request).transactions.begin() as store:
        found = plan_of_operator(store, operator_id, plan_id)
        versions = store.memberships.versions(found.id)
        operator, sites = store.stations.operator(operator_id), open_sites(store, operator_id)
        members = store.memberships.members(found.id)
    present = versions[-1]
    form = data or next_form(present, operator.currency)
    chosen = set(selected_sites(form.sites))
    others = [
        (name, discount_text(cut), data is None or name in (data.keep or ()))
        for name, cut in inexpressible_benefits(present, operator.currency)
    ]
    rows = [(one, ", ".join(benefits_text(one))) for one in reversed(versions)]
    shown = {
        "plan": found,
        "present": present,
        "form": form,
        "rows": rows,
        "members": members,
        "currency": operator.currency,
        "others": others,
        "at": errors_by_field("plan", error),
        "ids": FIELD_IDS["plan"],
    }
    status = status_of(error) if error else 200
    return page(request, "console/plan.html", status, **shown, sites=sites, chosen=chosen, error=error, zone=operator.zone, tab="offers")


def form_of(version: PlanVersion) -> PlanForm:
    """The form that would make this version again."""

    def written(value: Decimal | None) -> str:
        return "" if value is None else number_text(value)

    discounts = [cut for cut in version.benefits if _is_expressible(cut)]
    return PlanForm(
        title=version.title,
        fee=str(version.fee.amount),
        vat=written(version.vat_percent),
        percent=written(next((cut.percent for cut in discounts if cut.percent is not None), None)),
        per_kwh=written(next((cut.per_kwh for cut in discounts if cut.per_kwh is not None), None)),
        free_kwh=written(next((Decimal(cut.energy_wh) / 1000 for cut in discounts if cut.energy_wh is not None), None)),
        free_minutes=written(next((Decimal(cut.seconds) / 60 for cut in discounts if cut.seconds is not None), None)),
        share=str(version.share_percent),
        sites=list(version.sites),
    )


def next_form(version: PlanVersion, currency: str) -> PlanForm:
    """The starting point of the next version: this one, without amounts in another currency, whose numbers would mean other prices."""
    same_currency = version.fee.currency == currency
    return form_of(version) if same_currency else structs.replace(form_of(version), fee="", per_kwh="")


def inexpressible_benefits(version: PlanVersion, currency: str) -> list[tuple[str, DiscountRule]]:
    """The benefits that the fields cannot express: a second one of a kind, for other lines, or above some energy. By their names in `keep`.
    currency: of the next version; amounts in another one are left out."""
    expressible = list(form_of(version).benefits())
    inexpressible = []
    for index, discount in enumerate(version.benefits):
        if discount in expressible:
            expressible.remove(discount)
        elif version.fee.currency == currency or (discount.per_kwh is None and discount.amount is None):
            inexpressible.append((f"{version.number}.{index}", discount))
    return inexpressible


def _is_expressible(discount: DiscountRule) -> bool:
    """Whether a field of the form produces exactly this benefit."""
    dimensions = PARKING if discount.seconds is not None else ENERGY if discount.percent is not None else frozenset(Dimension)
    return not discount.least_wh and discount.dimensions == dimensions


def _sort_key(discount: DiscountRule) -> int:
    return 0 if discount.is_allowance else 1 if discount.percent is None else 2


pages: list[Any] = [plan, revise]
