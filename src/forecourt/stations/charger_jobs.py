"""Jobs that a charger takes minutes or hours for: uploading a log, installing firmware."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from urllib.parse import urlsplit

from forecourt.kernel import BadInput

MAX_ADDRESS_CHARS = 512
SCHEMES = ("https", "http", "ftps", "sftp", "ftp")


class ChargerJobKind(StrEnum):
    LOG = "LOG"
    FIRMWARE = "FIRMWARE"


@dataclass(frozen=True, slots=True)
class ChargerJob:
    """The latest of its kind. number: by which the charger's messages name it. place: where to or from, without credentials.

    state: the charger's own word, since state_at; file: the charger's name for the uploaded file.
    """

    kind: ChargerJobKind
    number: int
    place: str
    by: str
    requested_at: datetime
    state: str = ""
    state_at: datetime | None = None
    file: str = ""


def place_of_address(address: str) -> str:
    """Scheme, host and path only, so that no credentials end up in a log. Raises BadInput for an unusable address."""
    remedy = f"Enter it as {SCHEMES[0]}://files.example.org/folder, up to {MAX_ADDRESS_CHARS} characters."
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise BadInput("address", "That is not an address.", remedy) from error
    if parts.scheme not in SCHEMES or not host or len(address) > MAX_ADDRESS_CHARS or not address.isascii() or not address.isprintable():
        raise BadInput("address", "That is not an address a charger can use.", remedy)
    if " " in address:
        raise BadInput("address", "An address cannot contain spaces.", remedy)
    return f"{parts.scheme}://{host}{f':{port}' if port else ''}{parts.path}"
