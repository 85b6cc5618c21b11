"""Keeps the catalogues of the pages' words: src/forecourt/wording/pages/<language>.po, one entry for each text of a driver or partner.

make words             # collect the texts, add what is new with an empty translation, drop what is no longer said
python tools/words.py --check               # say what is missing, wrong or no longer said
python tools/words.py --merge BASE OURS THEIRS    # for git (see docs/words.md): both sides' entries, into OURS
"""

import ast
import re
import sys
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

from babel.messages.plurals import get_plural
from babel.messages.pofile import escape, read_po
from jinja2.ext import babel_extract

PACKAGE = Path(__file__).parents[1] / "src" / "forecourt"
TEMPLATES = PACKAGE / "web" / "templates"
CATALOGUES = PACKAGE / "wording" / "pages"
LANGUAGES = ("de", "es", "fr", "nl")
# Written in English alone: who works here, or writes programs, reads it. Of the components, what the console alone has.
ENGLISH_ALONE = {"console", "console.html", "components.html", "reference.html"}
# Where drivers and partners are refused something: the texts of these files' errors are translated, and their values stand beside them.
REFUSES_DRIVERS = (
    "billing/party_details.py",
    "flows/desk/fleets.py",
    "flows/desk/fleet_import.py",
    "web/views/fleet_list.py",
    "billing/bank_details.py",
    "billing/buyer_corrections.py",
    "billing/complaints.py",
    "drivers/limits.py",
    "drivers/permission.py",
    "flows/billing/buyer_corrections.py",
    "flows/bookings/availability.py",
    "flows/bookings/blocked_bay.py",
    "flows/bookings/driver_tokens.py",
    "flows/bookings/queueing.py",
    "flows/bookings/recurring.py",
    "flows/bookings/reserving.py",
    "flows/bookings/waitlist.py",
    "flows/chargers/socket_codes.py",
    "flows/charging/closed_sites.py",
    "flows/charging/early_arrivals.py",
    "flows/charging/driver_needs.py",
    "flows/charging/starting.py",
    "flows/desk/email_change.py",
    "flows/desk/devices.py",
    "flows/desk/driver_accounts.py",
    "flows/desk/passwords.py",
    "flows/desk/second_factors.py",
    "flows/desk/signed_in.py",
    "flows/guests/booking.py",
    "flows/guests/longer_stays.py",
    "flows/guests/scanning.py",
    "flows/guests/visits.py",
    "flows/offers/coupons.py",
    "flows/offers/memberships.py",
    "flows/paying/balances.py",
    "flows/paying/booking_costs.py",
    "flows/paying/cards.py",
    "flows/paying/deposits.py",
    "flows/paying/guest",
    "flows/paying/mandates.py",
    "flows/paying/top_up_pages.py",
    "flows/paying/secured_bookings.py",
    "flows/paying/wallet.py",
    "flows/prices/price_finding.py",
    "notices/addresses.py",
    "offers/codes.py",
    "payments/mandates.py",
    "payments/wallet.py",
    "reservations/booking.py",
    "reservations/series.py",
    "reservations/ticket.py",
    "reservations/waitlist.py",
    "web/charging/booking_forms.py",
    "web/charging/deposits.py",
    "web/charging/place_search.py",
    "web/charging/guest",
    "web/charging/need_form.py",
    "web/charging/place_page.py",
    "web/charging/booking_changes.py",
    "web/frame/amounts.py",
    "web/frame/code_attempts.py",
    "web/frame/visitor.py",
    "web/money/cards.py",
    "web/money/mandates.py",
    "web/money/own_account.py",
    "web/money/pay_ins.py",
    "web/money/wallet.py",
    "web/offers/benefits.py",
    "web/offers/host_shares.py",
    "web/offers/partner_home.py",
    "web/offers/partner_lines.py",
    "web/people/email.py",
    "web/people/oauth.py",
    "web/people/registration.py",
    "web/queries/statements.py",
    "web/queries/bookings.py",
    "web/queries/charges.py",
    "web/queries/deposits.py",
    "web/queries/guest",
    "web/queries/pay_in.py",
    "web/queries/places.py",
    "web/queries/queues.py",
    "web/queries/receipts.py",
    "web/queries/site_lookup.py",
    "web/queries/wallet.py",
)
_REFUSALS = {"BadInput", "Conflict", "Forbidden", "NotFound", "Refused", "TooManyAttempts"}
_PLACE = re.compile(r"%\(\w+\)s|\{\w*(?:![rs])?(?::[^}]*)?\}")
_TAG = re.compile(r"</?\w+[^>]*>")
# Of a template: what is marked as said, what is no text, and what is the same in every language.
_MARKED = re.compile(
    r'\b(?:_|ngettext)\(\s*(?:"(?:[^"\\]|\\.)*"(?:,\s+(?="))?)+|\{% trans.*?endtrans %\}|\{% block place %\}\w+', re.DOTALL
)
_CODE = re.compile(r"\{[{%#].*?[#%}]\}", re.DOTALL)
_LITERAL = re.compile(r'"\s*([A-Z][a-z]+[^"]*)"')
_LABEL = re.compile(r'(?:aria-label|alt|placeholder|title)="(\w[^"]*)"')
_SAME = {"CSV", "Console", "Forecourt", "PDF", "\u00b7 Forecourt"}

Said = tuple[str, str]  # as it is for one, and for many where the number counts


class Entry(NamedTuple):
    said: Said
    told: tuple[str, ...]


def texts() -> set[Said]:
    """Everything a driver can be told by a page."""
    found = {text for path in TEMPLATES.rglob("*.html") if path.parent.name != "console" for text in _of_template(path)}
    for path in PACKAGE.rglob("*.py"):
        refuses = path.relative_to(PACKAGE).as_posix().startswith(REFUSES_DRIVERS)
        found |= set(_of_python(ast.parse(path.read_text("utf-8")), refuses))
    return {text for text in found if re.search(r"[^\W\d_]", _PLACE.sub("", text[0]))}


def _of_template(path: Path) -> Iterator[Said]:
    options = {"extensions": "jinja2.ext.i18n", "trimmed": "true", "silent": "false"}
    for _, function, message, _ in babel_extract(BytesIO(path.read_bytes()), ("_", "gettext", "ngettext"), (), options):
        one, *more = (message,) if isinstance(message, str) else message or ("",)
        yield one or "", (more[0] or "") if function == "ngettext" else ""


def _of_python(tree: ast.Module, refuses: bool) -> Iterator[Said]:
    own = {node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef) and _REFUSALS & set(map(ast.unparse, node.bases))}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        name = ast.unparse(node.func)
        if name == "Text":
            yield from ((text, "") for text in _strings(node.args[0]))
        elif name == "Text.counted":
            yield from zip(_strings(node.args[0]), _strings(node.args[1]), strict=True)
        elif refuses and name in _REFUSALS | own | {"super().__init__"}:
            yield from ((text, "") for part in node.args[1:3] for text in _strings(part))


def _strings(node: ast.expr) -> Iterator[str]:
    """The text, or both of a choice."""
    if isinstance(node, ast.IfExp):
        yield from _strings(node.body)
        yield from _strings(node.orelse)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value:
        yield node.value


def read(path: Path) -> tuple[str, dict[Said, Entry]]:
    """The language of a catalogue and its entries. A fuzzy one is nobody's word: it counts as not translated."""
    catalogue = read_po(BytesIO(path.read_bytes()))
    entries: dict[Said, Entry] = {}
    for message in catalogue:
        if message.id:
            one, *more = (message.id,) if isinstance(message.id, str) else message.id
            said = one, more[0] if more else ""
            told = (message.string,) if isinstance(message.string, str) else message.string or ()
            entries[said] = Entry(said, tuple("" if message.fuzzy else text or "" for text in told))
    return str(catalogue.locale), entries


def written(language: str, entries: Iterable[Entry]) -> str:
    """One entry after the other by its English text, a line for each string, no places, no dates: what two people add meets seldom."""
    head = (f"Language: {language}", "Content-Type: text/plain; charset=utf-8", f"Plural-Forms: {get_plural(language)}")
    lines = "".join(f'"{one}\\n"\n' for one in head)
    return f'msgid ""\nmsgstr ""\n{lines}' + "".join(_block(one) for one in sorted(entries))


def _block(entry: Entry) -> str:
    (one, many), told = entry
    if not many:
        return f"\nmsgid {escape(one)}\nmsgstr {escape(told[0])}\n"
    forms = "".join(f"msgstr[{number}] {escape(text)}\n" for number, text in enumerate(told))
    return f"\nmsgid {escape(one)}\nmsgid_plural {escape(many)}\n{forms}"


def unmarked(template: str) -> set[str]:
    """What a template says to its reader in English alone: words between its tags, in its labels, or in its code."""
    rest = _MARKED.sub("", template)
    bare = _CODE.sub("", rest)
    shown = {line.strip() for line in re.sub("<[^>]+>", "\n", bare).splitlines() if re.search("[A-Za-z]{2}", line)}
    literals = {text for code in _CODE.findall(rest) if not code.startswith("{#") for text in _LITERAL.findall(code)}
    return (shown | literals | set(_LABEL.findall(bare))) - _SAME


def put_together() -> Iterator[str]:
    """Refusals of drivers whose text has its values in it already: it can be in no catalogue."""
    for path in sorted(PACKAGE.rglob("*.py")):
        place = path.relative_to(PACKAGE).as_posix()
        for node in ast.walk(ast.parse(path.read_text("utf-8"))) if place.startswith(REFUSES_DRIVERS) else ():
            if (
                isinstance(node, ast.Call)
                and ast.unparse(node.func) in _REFUSALS
                and any(isinstance(part, ast.JoinedStr) for part in node.args[1:3])
            ):
                yield f"{place}:{node.lineno}: a driver's refusal as an f-string: write names in braces, and their values beside it"


def update() -> None:
    """Every text has its entry, and no other has: new ones wait for their translation."""
    wanted = texts()
    for path in map(_catalogue, LANGUAGES):
        language, known = read(path)
        entries = [known.get(said, Entry(said, ("", "") if said[1] else ("",))) for said in wanted]
        path.write_text(written(language, entries), "utf-8")
        print(f"{path.name}: {len(entries)} texts, {sum(not all(one.told) for one in entries)} to be translated")


def check() -> Iterator[str]:
    wanted = texts()
    yield from put_together()
    for path in sorted(TEMPLATES.rglob("*.html")):
        if not {path.parent.name, path.name} & ENGLISH_ALONE:
            yield from (f"{path.relative_to(TEMPLATES)}: in English alone: {text!r}" for text in sorted(unmarked(path.read_text("utf-8"))))
    for path in map(_catalogue, LANGUAGES):
        language, known = read(path)
        yield from (f"{path.name}: not there: {one!r}" for one, _ in sorted(wanted - known.keys()))
        yield from (f"{path.name}: nobody says {one!r}" for one, _ in sorted(known.keys() - wanted))
        yield from (f"{path.name}: {doubt}" for entry in known.values() for doubt in _doubts(entry))
        if path.read_text("utf-8") != written(language, known.values()):
            yield f"{path.name}: not in its order: run make words"


def _doubts(entry: Entry) -> Iterator[str]:
    """Of a translation: it is there, with the names and the tags of the English text. One of something may go without its number."""
    for number, told in enumerate(entry.told):
        said = entry.said[1] or entry.said[0]
        one_of_many = bool(entry.said[1]) and number == 0
        if not told:
            yield f"not translated: {said!r}"
        elif set(_PLACE.findall(told)) - {"%(num)s", "{n}"} != set(_PLACE.findall(said)) - {"%(num)s", "{n}"}:
            yield f"other names in braces: {said!r} {told!r}"
        elif not one_of_many and len(_PLACE.findall(told)) < len(_PLACE.findall(said)):
            yield f"a name is missing: {said!r} {told!r}"
        elif sorted(_TAG.findall(told)) != sorted(_TAG.findall(said)):
            yield f"other tags: {said!r} {told!r}"


def merge(base: Path, ours: Path, theirs: Path) -> None:
    """What either side added or changed is there, what either dropped is not. Where both changed an entry, theirs holds."""
    (_, was), (language, mine), (_, other) = read(base), read(ours), read(theirs)
    kept = {said for said in mine.keys() | other.keys() if said not in was or (said in mine and said in other)}
    changed = {said: entry for said, entry in other.items() if entry != was.get(said) and all(entry.told)}
    ours.write_text(written(language, (({**other, **mine, **changed})[said] for said in kept)), "utf-8")


def _catalogue(language: str) -> Path:
    return CATALOGUES / f"{language}.po"


if __name__ == "__main__":
    match sys.argv[1:]:
        case []:
            update()
        case ["--check"]:
            findings = list(check())
            print(*findings, sep="\n")
            sys.exit(bool(findings))
        case ["--merge", *paths]:
            merge(*map(Path, paths))
        case _:
            sys.exit(__doc__)
