"""Facts about a site besides its location and sockets: contact, staff on site, and who may use it."""

from xml.etree.ElementTree import Element

from forecourt.datex.xml_elements import element, multilingual_element, text_element
from forecourt.stations import Operator, Site


def helpdesk(operator: Operator, site: Site) -> Element | None:
    number = text_element("afac:telephoneNumber", site.facts.help_phone)
    if number is None:
        return None
    contact = element("afac:contactInformation", number, kind="afac:ContactInformation")
    return element("afac:helpdesk", named(operator), element("afac:organisationUnit", contact), kind="afac:AnOrganisation")


def named(operator: Operator) -> Element:
    """The operator's name; its id if there is no readable name."""
    names = (operator.name, operator.legal_name, str(operator.id))
    return next(name for one in names if (name := multilingual_element("afac:name", one)) is not None)


def vehicles(site: Site) -> Element | None:
    kinds = [element("com:vehicleType", one) for one in site.facts.vehicles]
    return element("afac:applicableForVehicles", kinds) if kinds else None


def disabled_spaces(site: Site, version: str) -> Element | None:
    if site.facts.disabled_spaces is None:
        return None
    number = element("aegi:numberOfSpaces", str(site.facts.disabled_spaces))
    whose = element("aegi:userSpecific", "personsWithDisabilities")
    return element("afac:dedicatedParkingSpaces", number, whose, id=f"disabled/{site.id}", version=version)


def attendance(site: Site) -> Element | None:
    if site.facts.attended is None:
        return None
    return element("aegi:serviceType", element("aegi:serviceType", "physicalAttendance" if site.facts.attended else "unattended"))


def renewable(tag: str, site: Site) -> Element | None:
    """Whether all of the site's electricity is renewable, as the law asks; None if unknown."""
    is_renewable = site.facts.renewable
    return None if is_renewable is None else element(tag, "true" if is_renewable else "false")
