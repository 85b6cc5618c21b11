"""The rules of DATEX II 3.7 for what we write of it: of each type its elements in order, how often each may come, and what it holds.

Written from the schemas (AfirEnergyInfrastructure, AfirFacilities, LocationReferencing, LocationExtension, Common), which come without a
licence to pass them on. "?" may be missing, "*" may come any number of times, "+" at least once; attributes after "@".
"""

import re
from collections.abc import Iterator
from functools import cache
from xml.etree.ElementTree import Element, fromstring

XSI = "{http://www.w3.org/2001/XMLSchema-instance}type"
_SPACE = "http://datex2.eu/schema/3/"
_SPACES = {
    "d2Payload": "d2",
    "common": "com",
    "locationReferencing": "loc",
    "locationExtension": "locx",
    "afirFacilities": "afac",
    "afirEnergyInfrastructure": "aegi",
}
_FACILITY = """afac:name=words? afac:lastUpdated=instant? afac:accessibility=access* afac:externalIdentifier=Identifier*
    afac:informationWebsite=Website* afac:operatingHours=hours? afac:locationReference=place? afac:operator=organisation?
    afac:helpdesk=organisation? afac:applicableForVehicles=Vehicles* afac:amenities=Amenities? @id @version"""
_STATUS = "afac:reference=FacilityRef afac:lastUpdated=instant? afac:openingStatus=open? afac:operationStatus=working?"
TYPES = {
    "Publication": "com:publicationTime=instant com:publicationCreator=Creator @lang @modelBaseVersion",
    "Creator": "com:country=country com:nationalIdentifier=string",
    "aegi:EnergyInfrastructureTablePublication": "$Publication aegi:headerInformation=Header? aegi:energyInfrastructureTable=Table+",
    "aegi:EnergyInfrastructureStatusPublication": """$Publication aegi:tableReference=TableRef* aegi:headerInformation=Header?
        aegi:energyInfrastructureSiteStatus=SiteStatus*""",
    "Header": "com:confidentiality=secrecy? com:informationStatus=reality",
    "Table": "aegi:tableName=string? aegi:energyInfrastructureSite=Site+ @id @version",
    "Site": f"{_FACILITY} afac:dedicatedParkingSpaces=Spaces* aegi:serviceType=Service* aegi:energyInfrastructureStation=Station*",
    "Station": f"""{_FACILITY} aegi:totalMaximumPower=number? aegi:authenticationAndIdentificationMethods=shows*
        aegi:numberOfRefillPoints=count? aegi:renewableSources=boolean? aegi:refillPoint=point*""",
    "aegi:ElectricChargingPoint": f"""{_FACILITY} aegi:deliveryUnit=unit aegi:reservation=reservation? aegi:energyProduct=Product*
        aegi:currentType=current aegi:numberOfConnectors=count? aegi:availableVoltage=number* aegi:availableChargingPower=number*
        aegi:connector=Connector*""",
    "Connector": """aegi:connectorType=plug aegi:otherConnector=string? aegi:connectorFormat=format? aegi:maxPowerAtSocket=number
        aegi:voltage=number? aegi:maximumCurrent=number?""",
    "Spaces": f"{_FACILITY} aegi:numberOfSpaces=count aegi:userSpecific=user*",
    "Service": "aegi:serviceType=service",
    "Product": "aegi:isGreenEnergy=boolean? aegi:energyRate=Rate*",
    "Rate": """aegi:ratePolicy=policy aegi:lastUpdated=instant aegi:applicableCurrency=currency+ aegi:maximumDeliveryFee=decimal?
        aegi:minimumDeliveryFee=decimal? aegi:payment=Payment? @id""",
    "Payment": "afac:paymentMeans=means*",
    "Identifier": "afac:identifier=string afac:typeOfIdentifier=identifier?",
    "Website": "com:urlLinkAddress=uri",
    "afac:OpenAllHours": "",
    "afac:OperatingHoursSpecification": "afac:overallPeriod=Overall @id @version",
    "Overall": """com:overallStartTime=instant com:overallEndTime=instant? com:validPeriod=Period* com:exceptionPeriod=Period*""",
    "Period": """com:startOfPeriod=instant? com:endOfPeriod=instant? com:recurringTimePeriodOfDay=OfDay*
        com:recurringDayWeekMonthPeriod=OfWeek*""",
    "OfDay": "com:startTimeOfPeriod=time com:endTimeOfPeriod=time",
    "OfWeek": "com:applicableDay=day*",
    "loc:PointLocation": "loc:coordinatesForDisplay=Point? loc:_locationExtension=Extension? loc:pointByCoordinates=ByPoint?",
    "Extension": "loc:afirFacilityLocation=Facility?",
    "Facility": "afac:timeZone=zone? afac:address=Address?",
    "ByPoint": "loc:pointCoordinates=Point",
    "Point": "loc:latitude=number loc:longitude=number",
    "Address": "locx:postcode=string? locx:city=words? locx:countryCode=country? locx:addressLine=Line*",
    "Line": "locx:type=line locx:text=words @order",
    "afac:AnOrganisation": """afac:name=words afac:legalName=words? afac:vatIdentificationNumber=string?
        afac:organisationUnit=Unit* afac:externalIdentifier=Identifier*""",
    "Unit": "afac:contactInformation=contact*",
    "afac:ContactInformation": "afac:telephoneNumber=string?",
    "Vehicles": "com:vehicleType=vehicle* com:heightCharacteristic=Height?",
    "Height": "com:comparisonOperator=comparison com:vehicleHeight=number",
    "Amenities": "afac:illuminated=boolean? afac:roofed=boolean?",
    "FacilityRef": "@id @targetClass",
    "TableRef": "@id @targetClass",
    "RateRef": "@id @targetClass",
    "SiteStatus": f"{_STATUS} aegi:energyInfrastructureStationStatus=StationStatus*",
    "StationStatus": f"{_STATUS} aegi:refillPointStatus=pointStatus*",
    "aegi:ElectricChargingPointStatus": f"{_STATUS} aegi:status=state aegi:energyRateUpdate=RateUpdate*",
    "RateUpdate": "aegi:lastUpdated=instant aegi:energyRateReference=RateRef aegi:energyPrice=Price*",
    "Price": """aegi:priceGroupIndex=count aegi:priceType=price aegi:value=decimal aegi:taxIncluded=boolean? aegi:taxRate=number?
        aegi:additionalInformation=words? aegi:timeBasedApplicability=Minutes? aegi:energyBasedApplicability=Kwh?""",
    "Minutes": "aegi:fromMinute=count? aegi:toMinute=count?",
    "Kwh": "aegi:fromKWh=count? aegi:toKWh=count?",
    "words": "com:values=Values",
    "Values": "com:value=word+",
}
# Abstract: which of their kinds we write.
KINDS = {
    "payload": ("aegi:EnergyInfrastructureTablePublication", "aegi:EnergyInfrastructureStatusPublication"),
    "hours": ("afac:OpenAllHours", "afac:OperatingHoursSpecification"),
    "place": ("loc:PointLocation",),
    "organisation": ("afac:AnOrganisation",),
    "contact": ("afac:ContactInformation",),
    "point": ("aegi:ElectricChargingPoint",),
    "pointStatus": ("aegi:ElectricChargingPointStatus",),
}
_INSTANT = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"
PLAIN = {
    "string": r"(?s).{1,1024}",
    "word": r"(?s).{1,1024}",
    "uri": r"https?://\S+",
    "instant": _INSTANT,
    "time": r"([01]\d|2[0-3]):[0-5]\d:[0-5]\d",
    "zone": r"[-+]\d\d:\d\d|Z",
    "country": "[A-Z]{2}",
    "currency": "[A-Z]{3}",
    "count": r"\d+",
    "number": r"-?\d+(\.\d+)?",
    "decimal": r"-?\d{1,6}(\.\d\d?)?",
    "boolean": "true|false",
    "access": "wheelChairAccessible",
    "open": "open|closed",
    "working": "inOperation|notInOperation|technicalDefect|unknown",
    "state": "available|blocked|charging|faulted|inoperative|occupied|outOfOrder|planned|removed|reserved|unavailable|unknown",
    "secrecy": "noRestriction",
    "reality": "real|test",
    "shows": "website|creditCard|debitCard|nfc|rfid|apps",
    "unit": "kWh",
    "reservation": "optional|mandatory|notAvailable|partly|unknown|unspecified",
    "current": "ac|dc",
    "format": "cableMode2|cableMode3|otherCable|socket",
    "policy": "adHoc|contract",
    "means": "emv|qrCode|website|nfc",
    "identifier": "_extended",
    "day": "monday|tuesday|wednesday|thursday|friday|saturday|sunday",
    "line": "street|houseNumber|generalTextLine|districtTerritory",
    "user": "personsWithDisabilities",
    "service": "fullService|physicalAttendance|selfService|unattended",
    "vehicle": "bus|car|lorry|motorcycle|van",
    "comparison": "lessThanOrEqualTo",
    "price": "pricePerMinute|pricePerKWh|basePrice|flatRate|free|other",
    "plug": """chademo|cee3|cee5|yazaki|domestic|domestic[A-O]Type|iec60309x2single16|iec60309x2three(16|32|64)|iec62196T1|iec62196T1COMBO|
        iec62196T2|iec62196T2COMBO|iec62196T3A|iec62196T3C|mcs|pantographBottomUp|pantographTopDown|teslaConnectorEurope|
        teslaConnectorAmerica|teslaR|teslaS|other""",
}


def faults(document: bytes) -> list[str]:
    """What of a publication is not by the rules."""
    root = fromstring(document)
    return [*([] if root.tag == f"{{{_SPACE}d2Payload}}payload" else [root.tag]), *_faults(root, "payload", "payload")]


def _faults(at: Element, of: str, path: str) -> Iterator[str]:
    if of in KINDS:
        if at.get(XSI) not in KINDS[of]:
            yield f"{path} is of the kind {at.get(XSI)}"
            return
        of = at.get(XSI, "")
    if of in PLAIN:
        if len(at) or not re.fullmatch(PLAIN[of].replace("\n        ", ""), at.text or ""):
            yield f"{path} holds {at.text!r}, and is a {of}"
        return
    inside, attributes = _rule(of)
    said = "".join(f"<{_name(one.tag)}>" for one in at)
    pattern = "".join(f"(<{tag}>){often}" for tag, _, often in inside)
    if not re.fullmatch(pattern, said):
        yield f"{path}: {said} is not {pattern}"
    if {name for name in at.attrib if name != XSI} != attributes:
        yield f"{path} has the attributes {sorted(at.attrib)}"
    kinds = {tag: kind for tag, kind, _ in inside}
    for one in at:
        if _name(one.tag) in kinds:
            yield from _faults(one, kinds[_name(one.tag)], f"{path}/{_name(one.tag)}")


@cache
def _rule(of: str) -> tuple[tuple[tuple[str, str, str], ...], set[str]]:
    """Elements with their types and how often they come, and attributes."""
    inside: list[tuple[str, str, str]] = []
    attributes: set[str] = set()
    for part in TYPES[of].split():
        if part.startswith("@"):
            attributes.add(part[1:])
        elif part.startswith("$"):
            before, also = _rule(part[1:])
            inside += before
            attributes |= also
        else:
            tag, _, kind = part.partition("=")
            often = kind[-1] if kind[-1] in "?*+" else ""
            inside.append((tag, kind.rstrip("?*+"), often))
    return tuple(inside), attributes


def _name(tag: str) -> str:
    space, _, name = tag[1:].partition("}")
    return f"{_SPACES.get(space.removeprefix(_SPACE), '?')}:{name}"
