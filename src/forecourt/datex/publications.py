"""The two publications that national access points accept: the table of sites, and their current status."""

from collections.abc import Sequence
from datetime import datetime
from xml.etree.ElementTree import Element

from forecourt.datex.xml_elements import element, payload
from forecourt.stations import Operator


def table_publication(operator: Operator, table: Element, at: datetime) -> bytes:
    return payload("aegi:EnergyInfrastructureTablePublication", _publisher(operator), at, [_header(), table])


def status_publication(operator: Operator, sites: Sequence[Element], at: datetime) -> bytes:
    """Of the points in the operator's table."""
    table = element("aegi:tableReference", id=str(operator.id), targetClass="aegi:EnergyInfrastructureTable")
    return payload("aegi:EnergyInfrastructureStatusPublication", _publisher(operator), at, [table, _header(), *sites])


def _header() -> Element:
    return element("aegi:headerInformation", element("com:confidentiality", "noRestriction"), element("com:informationStatus", "real"))


def _publisher(operator: Operator) -> tuple[str, str]:
    return operator.country, operator.party_id or str(operator.id)
