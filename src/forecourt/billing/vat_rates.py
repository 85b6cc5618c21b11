"""Standard VAT rates in percent: for forms, and for what a company is billed at home.

They are those of the countries' main territory (Directive 2006/112/EC, Article 96, for the Union). The rates at the start of 2026; reduced
ones are never chosen automatically.
"""

from decimal import Decimal
from types import MappingProxyType

_RATES = MappingProxyType(
    {
        **{"AT": "20", "BE": "21", "BG": "20", "CH": "8.1", "CY": "19", "CZ": "21", "DE": "19", "DK": "25", "EE": "24", "ES": "21"},
        **{"FI": "25.5", "FR": "20", "GB": "20", "GR": "24", "HR": "25", "HU": "27", "IE": "23", "IT": "22", "LT": "21", "LU": "17"},
        **{"LV": "21", "MT": "18", "NL": "21", "NO": "25", "PL": "23", "PT": "23", "RO": "21", "SE": "25", "SI": "22", "SK": "23"},
    }
)


def standard_vat(country: str) -> Decimal | None:
    """The rate of a country (ISO 3166-1); None if it is not known here."""
    found = _RATES.get(country)
    return None if found is None else Decimal(found)
