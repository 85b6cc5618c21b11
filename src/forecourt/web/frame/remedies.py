"""Links to the console's pages that a remedy names."""

from collections.abc import Mapping

# By what a remedy says of the place: the page's address, and its name.
REMEDY_PAGES: Mapping[str, tuple[str, str]] = {
    "under Company": ("/console/company", "Company"),
    "under Ledger, Accounts by VAT rate": ("/console/ledger/accounts", "Accounts by VAT rate"),
}


def remedy_link(remedy: object) -> tuple[str, str]:
    """Address and name of the page that the remedy of a refusal names; both empty if it names none."""
    return next((page for place, page in REMEDY_PAGES.items() if place in str(remedy)), ("", ""))
