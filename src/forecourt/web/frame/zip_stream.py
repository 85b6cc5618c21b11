"""A ZIP of any length: each file is sent before the next one is read."""

import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from litestar.response import Stream

from forecourt.kernel import utc


@dataclass(frozen=True, slots=True)
class ArchivedFile:
    """name: its path in the ZIP. at: its time there."""

    name: str
    body: bytes
    at: datetime


class _Sink:
    """Holds what a ZIP has written until it is taken; it cannot be rewound, so nothing sent is changed afterwards."""

    def __init__(self) -> None:
        self._written = bytearray()

    def write(self, data: bytes) -> int:
        self._written += data
        return len(data)

    def flush(self) -> None:
        pass

    def take(self) -> bytes:
        data = bytes(self._written)
        self._written.clear()
        return data


def zip_stream(name: str, files: Iterable[ArchivedFile]) -> Stream:
    """If reading fails midway, the ZIP has no table of contents and no program opens it as complete."""
    return Stream(_parts(files), media_type="application/zip", headers={"content-disposition": f'attachment; filename="{name}"'})


def _parts(files: Iterable[ArchivedFile]) -> Iterator[bytes]:
    sink = _Sink()
    bundle = zipfile.ZipFile(sink, "w")  # type: ignore[call-overload]  # it needs no more than write and flush
    for one in files:
        info = zipfile.ZipInfo(one.name, utc(one.at).timetuple()[:6])
        kind = zipfile.ZIP_STORED if one.name.endswith(".pdf") else zipfile.ZIP_DEFLATED
        bundle.writestr(info, one.body, kind)
        yield sink.take()
    bundle.close()
    yield sink.take()
