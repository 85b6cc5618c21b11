"""The typesetter behind every file: PDF/A-3b, the same bytes for the same data, on every machine."""

import json
from collections.abc import Mapping
from datetime import datetime
from importlib.resources import files
from threading import Lock
from typing import Any

import typst


class Typesetter:
    """One layout. Uses only the fonts inside typst, so that every machine makes the same bytes."""

    def __init__(self, layout: str) -> None:
        self._compiler = typst.Compiler(str(files("forecourt.jobs") / layout), ignore_system_fonts=True)
        self._lock = Lock()

    def pdf(self, data: Mapping[str, Any], dated: datetime) -> bytes:
        text = json.dumps(data, ensure_ascii=False)
        with self._lock:
            made = self._compiler.compile(format="pdf", sys_inputs={"data": text}, pdf_standards="a-3b", timestamp=int(dated.timestamp()))
        if not isinstance(made, bytes):
            raise TypeError("the typesetter gave no file")
        return made
