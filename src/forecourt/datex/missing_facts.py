"""Facts the law requires about a charging point that have not been entered."""

from collections.abc import Iterator

from forecourt.ocpi import postal_address
from forecourt.stations import Operator, Site


def missing_of_operator(operator: Operator) -> Iterator[str]:
    """For every point, to be entered under Company."""
    if not operator.party_id:
        yield "the IDs of the charging points: your company has no roaming ID"


def missing_of_site(site: Site) -> Iterator[str]:
    """To be entered under the details of the site."""
    street, _, city = postal_address(site.address)
    if not street or not city:
        yield "its address is not of the form “street and number, postal code city”"
    if site.position is None:
        yield "it has no position"
    facts = site.facts
    stated = {
        "the phone number of its help desk": facts.help_phone,
        "whether its electricity is renewable": facts.renewable is not None,
        "whether staff are on site": facts.attended is not None,
        "how many spaces are reserved for people with disabilities": facts.disabled_spaces is not None,
        "which vehicles it suits": facts.vehicles,
    }
    missing = [what for what, known in stated.items() if not known]
    if missing:
        yield f"missing: {', '.join(missing)}"
