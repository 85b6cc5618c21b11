"""The typesetter behind every file: PDF/A-3b, the same bytes for the same data, on every machine."""

import json
from collections.abc import Mapping
from datetime import datetime
from importlib.resources import files
from threading import Lock
from typing import Any

import typst

from forecourt.billing import Party
from forecourt.wording import Wording


def party_fields(party: Party, wording: Wording, home: str = "") -> dict[str, str]:
    """A party's details as printed in every layout. home: the other party's country; an address in another one ends with its country."""
    abroad = wording.country(party.country) if home and party.address and party.country not in ("", home) else ""
    return {
        "name": party_name(party, wording),
        "address": f"{party.address}, {abroad}" if abroad else party.address,
        "vat": party.vat_number,
        "email": party.email,
        "order": party.order,
    }


def party_name(party: Party, wording: Wording) -> str:
    return wording.label("guest") if party.is_guest else party.name


class Typesetter:
    """One layout. Uses only the fonts inside typst, so that every machine makes the same bytes."""

    def __init__(self, layout: str) -> None:
        self._layout = (files("forecourt.jobs") / layout).read_bytes()
        self._compiler = typst.Compiler(ignore_system_fonts=True)
        self._lock = Lock()

    def pdf(self, data: Mapping[str, Any], issued_at: datetime) -> bytes:
        # Passed as a file next to the layout: the compiler caches its inputs from one document to the next.
        inputs: Any = {"main.typ": self._layout, "data.json": json.dumps(data, ensure_ascii=False).encode()}
        with self._lock:
            pdf = self._compiler.compile(inputs, format="pdf", pdf_standards="a-3b", timestamp=int(issued_at.timestamp()))
        if not isinstance(pdf, bytes):
            raise TypeError("the typesetter gave no file")
        return pdf
