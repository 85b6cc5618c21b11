"""DATEX II as XML: namespaced elements, multilingual texts, and the payload around them."""

import re
from collections.abc import Sequence
from datetime import datetime
from xml.etree.ElementTree import Element, tostring

from forecourt.kernel import instant_text

_NAMESPACES = {
    "d2": "d2Payload",
    "com": "common",
    "loc": "locationReferencing",
    "locx": "locationExtension",
    "afac": "afirFacilities",
    "aegi": "afirEnergyInfrastructure",
}
_MAX_CHARS = 1024  # com:String, com:MultilingualString
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
Part = Element | str | None


def element(tag: str, *inside: Part | Sequence[Element], **attributes: str) -> Element:
    """None is skipped. kind: the xsi:type; lang and the others are attributes of that name."""
    found = Element(tag, {{"kind": "xsi:type"}.get(name, name): value for name, value in attributes.items()})
    for one in inside:
        if isinstance(one, str):
            found.text = one
        elif isinstance(one, Element):
            found.append(one)
        elif one is not None:
            found.extend(one)
    return found


def text_element(tag: str, value: str) -> Element | None:
    """A text with characters that XML cannot hold removed; None if nothing is left."""
    cleaned = _clean(value)
    return element(tag, cleaned) if cleaned else None


def multilingual_element(tag: str, value: str, language: str = "") -> Element | None:
    """A MultilingualString. language: empty if unknown."""
    cleaned = _clean(value)
    if not cleaned:
        return None
    return element(tag, element("com:values", element("com:value", cleaned, **({"lang": language} if language else {}))))


def payload(kind: str, publisher: tuple[str, str], at: datetime, inside: Sequence[Element]) -> bytes:
    """A publication. publisher: the publisher's country and identifier there."""
    country, name = publisher
    root = element(
        "d2:payload",
        element("com:publicationTime", instant_text(at)),
        element("com:publicationCreator", element("com:country", country), element("com:nationalIdentifier", name)),
        inside,
        kind=kind,
        lang="en",
        modelBaseVersion="3",
    )
    root.set("xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance")
    for prefix, name in _NAMESPACES.items():
        root.set(f"xmlns:{prefix}", f"http://datex2.eu/schema/3/{name}")
    document: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return document


def _clean(value: str) -> str:
    return " ".join(_NOT_XML.sub(" ", value).split())[:_MAX_CHARS].strip()
