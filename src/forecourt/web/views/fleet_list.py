"""A fleet's list as a spreadsheet's CSV, with column names in any of our languages."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping

from forecourt.flows.desk import FleetLine
from forecourt.kernel import BadInput

MAX_LINES, MAX_BYTES = 500, 60_000  # lines; bytes, so that they fit into a form
COLUMNS = ("email", "name", "card", "label", "centre")
# Column headings people use; spaces, dashes and case are ignored.
_HEADINGS: Mapping[str, str] = {
    **dict.fromkeys(("email", "mail", "courriel", "correo", "emailadresse", "correoelectronico"), "email"),
    **dict.fromkeys(("name", "nom", "naam", "nombre", "driver", "fahrer"), "name"),
    **dict.fromkeys(("card", "cardnumber", "karte", "kartennummer", "carte", "kaart", "kaartnummer", "tarjeta"), "card"),
    **dict.fromkeys(("label", "cardname", "bezeichnung", "libelle", "benaming", "etiqueta"), "label"),
    **dict.fromkeys(("centre", "costcentre", "costcenter", "kostenstelle", "centredecouts", "kostenplaats", "centrodecoste"), "centre"),
}
_PLAIN = str.maketrans("éèûüó", "eeuuo", " -_'’")
_FORMULAS = ("'=", "'+", "'-", "'@")


def read_list(text: str) -> list[FleetLine]:
    """The separator is the one most frequent in the first line: semicolon, comma or tab. Empty lines are skipped. Raises BadInput at
    "file"."""
    head, _, _ = text.partition("\n")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(";,\t", key=head.count), strict=True)
    try:
        columns = _columns(next(reader, []))
        lines = list(_lines(reader, columns))
    except csv.Error as error:
        raise BadInput(
            "file", "Line {line} cannot be read.", "Check its quotation marks: each one must be closed by another.", line=reader.line_num
        ) from error
    if not lines:
        raise BadInput("file", "The file has no lines.", "Below the column names, add a line for each driver or card.")
    if len(lines) > MAX_LINES:
        raise BadInput("file", "The file is too large.", "At most {most} lines. Upload the rest in another file.", most=MAX_LINES)
    return lines


def decode_text(data: bytes) -> str:
    """Decodes UTF-8 or UTF-16 by byte order mark, else UTF-8, else Windows-1252, as spreadsheets save. Raises BadInput at "file"."""
    if len(data) > MAX_BYTES:
        raise BadInput("file", "The file is too large.", "At most {most} lines. Upload the rest in another file.", most=MAX_LINES)
    marks = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
    charset_by_mark = next((charset for mark, charset in marks if data.startswith(mark)), "")
    for charset in (charset_by_mark,) if charset_by_mark else ("utf-8", "cp1252"):
        try:
            return data.decode(charset)
        except UnicodeDecodeError:
            continue
    raise BadInput("file", "The file is not text.", "Save the table as CSV, in UTF-8.")


def list_rows(lines: Iterable[FleetLine]) -> Iterator[tuple[str, ...]]:
    """As `read_list` reads them, by `COLUMNS`."""
    for one in lines:
        yield one.email, one.name, one.card, one.label, one.centre


def _columns(head: list[str]) -> list[str]:
    columns = [_HEADINGS.get(cell.strip().lower().translate(_PLAIN), "") for cell in head]
    unknown_column = next((cell for cell, column in zip(head, columns, strict=True) if cell.strip() and not column), None)
    if unknown_column is not None:
        raise BadInput("file", "No column is called {given}.", "Use email, name, card, label, centre.", given=unknown_column.strip()[:40])
    if "email" not in columns:
        raise BadInput("file", "The first line has no column called email.", "Use email, name, card, label, centre.")
    if len([one for one in columns if one]) > len({one for one in columns if one}):
        raise BadInput("file", "Two columns have the same name.", "Use email, name, card, label, centre.")
    return columns


def _lines(reader: Iterable[list[str]], columns: list[str]) -> Iterator[FleetLine]:
    for number, row in enumerate(reader, 2):
        if not any(cell.strip() for cell in row):
            continue
        if any(cell.strip() for cell in row[len(columns) :]):
            raise BadInput("file", "Line {line} has more cells than the first.", "Remove separators inside cells.", line=number)
        cells = {column: _cell(cell) for column, cell in zip(columns, row, strict=False) if column}
        yield FleetLine(number, **cells)


def _cell(text: str) -> str:
    """Without the quote that keeps spreadsheets from taking it for a formula."""
    return (text[1:] if text.startswith(_FORMULAS) else text).strip()
