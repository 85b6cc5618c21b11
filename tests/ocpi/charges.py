"""What partners are told of charges of the small forecourt in money_world."""

from forecourt.billing import Invoice, bill, issue, usage_of_record
from forecourt.kernel import DocumentId, SessionId
from forecourt.ocpi import AuthMethod, Cdr, CdrLocation, CdrToken, ChargeContext, ConnectorFormat, Party, PowerType, ocpi_cdr
from forecourt.reservations import Booking, Kept
from forecourt.sessions import ChargeRecord
from forecourt.tariffs import TariffVersion
from money_world import NOON, PARTIES, PLACE, UUID, replace

PLACE_TOLD = CdrLocation(
    id=str(UUID(int=2)),
    name="Testplatz",
    address="Weg 1",
    city="Berlin",
    postal_code="10115",
    country="DEU",
    coordinates={"latitude": "52.5", "longitude": "13.4"},
    evse_uid=str(UUID(int=101)),
    evse_id="DE*FCT*E101",
    connector_id="1",
    connector_standard="IEC_62196_T2",
    connector_format=ConnectorFormat.SOCKET,
    connector_power_type=PowerType.AC_3_PHASE,
)
TOKEN_TOLD = CdrToken(country_code="NL", party_id="TNM", uid="04AABBCC", type="RFID", contract_id="NL-TNM-C12345678-X")


PARTY = Party("DE", "FCT")


def told(version: TariffVersion) -> ChargeContext:
    return ChargeContext(UUID(int=1001), PARTY, PLACE_TOLD, TOKEN_TOLD, AuthMethod.WHITELIST, None, version.tariff, str(version.id))


def billed(record: ChargeRecord, version: TariffVersion, booking: Booking | None = None) -> Invoice:
    return issue(bill(record, version, PLACE, PARTIES, booking), DocumentId(UUID(int=600)), 1, NOON)


def kept(booking: Booking) -> Booking:
    return replace(booking, state=Kept(SessionId(UUID(int=1001)), NOON))


def cdr(record: ChargeRecord, version: TariffVersion, booking: Booking | None = None) -> Cdr:
    usage = usage_of_record(record, PLACE.zone, booking)
    return ocpi_cdr(told(version), billed(record, version, booking), usage, record.signed)
