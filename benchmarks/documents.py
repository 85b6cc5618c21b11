"""Complete e-invoices per CPU-second (rated record → checked document → XML → PDF/A-3b with the XML), compared with bare typst on
the same template and view, and where the time goes. Memory is read at the start and at the end: it must stay flat.

python benchmarks/documents.py [--count 300] [--json FILE]
"""

import argparse
import json
import resource
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import typst

from forecourt.billing import Invoice, Parties, Party, Place, bill, issue
from forecourt.drivers import PayBy
from forecourt.jobs import invoice_pdf
from forecourt.jobs.invoice_cii import cii_xml
from forecourt.jobs.invoice_view import view_of
from forecourt.kernel import ChargerId, DocumentId, DriverId, EvseId, OperatorId, SessionId, SiteId, TariffVersionId, TokenUid
from forecourt.payments import PaymentProgress, PaymentStatus
from forecourt.sessions import ChargeRecord
from forecourt.stations import StopReason
from forecourt.tariffs import Phase, PhaseState, tariff_version

BEGIN = datetime(2026, 6, 1, 8, tzinfo=UTC)
OPERATOR, SITE, VERSION = OperatorId(UUID(int=1)), SiteId(UUID(int=2)), TariffVersionId(UUID(int=7))
SELLER = Party("Forecourt Test GmbH", "Ladeweg 1, 10115 Berlin", "DE", "DE123456789")
PLACE = Place("Marktplatz", "Markt 1, 10115 Berlin", "Europe/Berlin", "B1")
LANGUAGES = ("en", "de", "fr", "nl", "es")
HOURS = ((None, "07:00"), ("07:00", "12:00"), ("12:00", "18:00"), ("18:00", None))
PRICES = (("FLAT", 0.5), ("ENERGY", 0.4321), ("PARKING_TIME", 6))


def tariff() -> dict[str, object]:
    """Four prices through the day at two rates: a document of up to twelve lines."""
    elements = []
    for start, end in HOURS:
        parts = [{"type": kind, "price": price, "vat": 19 if kind == "ENERGY" else 7, "step_size": 1} for kind, price in PRICES]
        times = {name: at for name, at in (("start_time", start), ("end_time", end)) if at}
        elements.append({"price_components": parts, "restrictions": times})
    return {"country_code": "DE", "party_id": "FCT", "id": "T", "currency": "EUR", "tax_included": "NO", "elements": elements}


SOLD = tariff_version(tariff(), VERSION, OPERATOR, SITE, BEGIN - timedelta(days=30))


def record(number: int) -> ChargeRecord:
    """A long stay: charging and parking by turns, through all four prices."""
    phases, at, total = [], BEGIN - timedelta(hours=4), 0
    for turn in range(8):
        state = PhaseState.CHARGING if turn % 2 == 0 else PhaseState.IDLE
        wh = 4_000 + number % 997 if state is PhaseState.CHARGING else 0
        phases.append(Phase(state, at, at + timedelta(hours=2), wh))
        at, total = at + timedelta(hours=2), total + wh
    return ChargeRecord(
        session_id=SessionId(UUID(int=10_000 + number)),
        operator_id=OPERATOR,
        site_id=SITE,
        evse_id=EvseId(UUID(int=101)),
        charger_id=ChargerId("CP1"),
        transaction=str(number),
        started_at=phases[0].start,
        ended_at=at,
        token=TokenUid("CARD"),
        driver_id=DriverId(UUID(int=3)),
        tariff_version_id=VERSION,
        booking_id=None,
        meter_start_wh=5_000,
        meter_stop_wh=5_000 + total,
        energy_wh=total,
        phases=tuple(phases),
        reason=StopReason.DRIVER,
    )


def document(number: int) -> Invoice:
    buyer = Party(f"Driver {number}", "Weg 2, 75001 Paris", "FR", email="driver@x.example")
    parties = Parties(SELLER, buyer, LANGUAGES[number % len(LANGUAGES)], pays_by=PayBy.CARD)
    draft = bill(record(number), SOLD, PLACE, parties)
    return issue(draft, DocumentId(UUID(int=number + 1)), number + 1, BEGIN + timedelta(days=1))


def cpu_s(work: Callable[[int], object], count: int) -> float:
    for number in range(min(5, count)):
        work(number)
    began = time.process_time()
    for number in range(count):
        work(number)
    return (time.process_time() - began) / count


def views(made: Iterable[Invoice]) -> list[str]:
    """What the typesetter is given of each, without its e-invoice."""
    without = {"xml": "", "xml_name": ""}
    return [json.dumps(view_of(one, PaymentProgress(PaymentStatus.CARD, one.due)) | without, ensure_ascii=False) for one in made]


def bare_typst(views: Sequence[str]) -> Callable[[int], object]:
    """The typesetter alone, as the product asks it, on views that are ready as JSON."""
    bare, layout = typst.Compiler(ignore_system_fonts=True), (Path(invoice_pdf.__file__).parent / "invoice.typ").read_bytes()

    def typeset(number: int) -> object:
        given: Any = {"main.typ": layout, "data.json": views[number].encode()}
        return bare.compile(given, format="pdf", pdf_standards="a-3b")

    return typeset


def memory_mib() -> int:
    return int(next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmRSS")).split()[1]) // 1024


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(description=__doc__)
    made.add_argument("--count", type=int, default=300)
    made.add_argument("--json", type=Path)
    return made


def main() -> None:
    given = parser().parse_args()
    printer = invoice_pdf.InvoicePrinter()
    made = [document(number) for number in range(given.count)]
    printer.files(made[0])
    before = memory_mib()
    whole = cpu_s(lambda number: printer.files(document(number)), given.count)
    after = memory_mib()
    alone = cpu_s(bare_typst(views(made)), given.count)
    figures = {
        "lines of a document": len(made[0].content.lines),
        "whole e-invoices per CPU-second": round(1 / whole, 1),
        "bare typst per CPU-second (the limit)": round(1 / alone, 1),
        "share of the limit": round(alone / whole, 2),
        "rating and issuing, per CPU-second": round(1 / cpu_s(document, given.count)),
        "XML alone, per CPU-second": round(1 / cpu_s(lambda number: cii_xml(made[number]), given.count)),
        "memory before and after, MiB": f"{before} → {after}",
        "memory at most, MiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }
    for name, found in figures.items():
        print(f"{name:<42}{found:>14}")
    if given.json:
        given.json.write_text(json.dumps(figures, indent=1, ensure_ascii=False), "utf-8")


if __name__ == "__main__":
    main()
