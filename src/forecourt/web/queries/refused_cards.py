"""Why a card, or the app, begins no charge now, for the operator's people."""

from forecourt.drivers import Driver, PayBy, Standing
from forecourt.stations import Verdict

_REFUSED = {Verdict.BLOCKED: "it is blocked", Verdict.EXPIRED: "it has expired"}


def refused_for(verdict: Verdict, driver: Driver, standing: Standing) -> str:
    """Empty where a charge begins."""
    match verdict:
        case Verdict.ACCEPTED:
            return ""
        case Verdict.NO_CREDIT if standing.blocked:
            return "what is owed blocks it"
        case Verdict.NO_CREDIT if driver.pay_by is PayBy.WALLET:
            return "less is free on the prepaid balance than a charge needs to begin, and no card is stored"
        case Verdict.NO_CREDIT if driver.pay_by is PayBy.ACCOUNT or driver.payment_method:
            return "the limit that who pays for the fleet has set is used up"
        case Verdict.NO_CREDIT:
            return "no card to pay with is stored"
    return _REFUSED.get(verdict, verdict.value.replace("_", " ").lower())
