"""The chain of seals over the log: what a seal covers, and how the chain is verified."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from forecourt.flows.ports.audit_log import AuditRecord, LogSeal
from forecourt.kernel import BadInput, instant_text

START = "0" * 64
# A unit of work dates an entry when it begins, and may end after others were sealed; in normal operation never as late as this.
LATE = timedelta(days=1)
_FORM = "forecourt-log-1"


@dataclass(frozen=True, slots=True)
class SavedSeal:
    """A copy of a seal that somebody saved elsewhere."""

    number: int
    total: int
    digest: str


def format_seal(seal: LogSeal) -> str:
    """The text of a seal, for saving elsewhere."""
    return f"{_FORM} {seal.number} {seal.total} {instant_text(seal.sealed_at)} {seal.digest}"


def parse_seal(text: str) -> SavedSeal:
    """Parse a saved seal. Raises BadInput."""
    match text.split():
        case [form, number, total, _, digest] if form == _FORM and number.isdecimal() and total.isdecimal() and len(digest) == len(START):
            return SavedSeal(int(number), int(total), digest)
    raise BadInput("seal", f"{text[:120]!r} is not a log seal.", f"It begins with {_FORM} and ends with 64 letters and digits.")


def entry_digest(entry: AuditRecord) -> str:
    """SHA-256 over all of an entry. Its text is included as a salted digest, so that it could be deleted while the digest stays."""
    text_digest = _digest(str(entry.salt), entry.subject, entry.data)
    return _digest(entry.number, str(entry.id), str(entry.operator_id), _instant(entry.at), entry.actor, entry.action, text_digest)


def seal_entries(previous: LogSeal | None, entries: Sequence[AuditRecord], at: datetime) -> LogSeal:
    """The next seal, over entries that are in none. At least one."""
    seal = LogSeal(
        number=previous.number + 1 if previous else 1,
        sealed_at=at,
        until=max(previous.until if previous else entries[0].at, *(one.at for one in entries)),
        total=len(entries) + (previous.total if previous else 0),
        previous=previous.digest if previous else START,
        digest="",
        entries=tuple(one.number for one in entries),
        digests=tuple(entry_digest(one) for one in entries),
    )
    return replace(seal, digest=_seal_digest(seal))


def differences(chain: Iterable[tuple[LogSeal, Sequence[AuditRecord]]], saved: SavedSeal | None = None) -> Iterator[str]:
    """Differences from what was sealed, first one first. saved: a seal that somebody saved, which the chain must contain; late entries
    before it were reported then. The entries of a seal: those that exist, in any order."""
    before: LogSeal | None = None
    seen = False
    for seal, entries in chain:
        yield from _link_differences(before, seal)
        yield from _entry_differences(seal, {one.number: one for one in entries})
        known = saved is not None and seal.number <= saved.number
        if before is not None and not known:
            yield from (
                f"{_named(one)} was inserted later than it says: entries older than this were already sealed with seal {before.number}."
                for one in entries
                if is_backdated(one, before)
            )
        if saved is not None and seal.number == saved.number:
            seen = True
            if (seal.total, seal.digest) != (saved.total, saved.digest):
                yield f"Seal {seal.number} is not the one that was kept: something up to it was changed and sealed again."
        before = seal
    if saved is not None and not seen:
        yield f"Seal {saved.number}, which was kept, is missing."


def is_backdated(entry: AuditRecord, newest: LogSeal) -> bool:
    """Whether an entry is dated so long before what is already sealed that it cannot have been written then."""
    return entry.at < newest.until - LATE


def find_unsealed(unsealed: Iterable[tuple[AuditRecord, bool]], newest: LogSeal | None) -> Iterator[str]:
    """Unsealed entries that should be sealed, or that do not fit their place."""
    for entry, is_waiting in unsealed:
        if not is_waiting:
            yield f"{_named(entry)} is not in any seal and is not waiting for one."
        elif newest is not None and is_backdated(entry, newest):
            yield f"{_named(entry)} was inserted later than it says: seal {newest.number} was made without it."


def _link_differences(before: LogSeal | None, seal: LogSeal) -> Iterator[str]:
    number, total, previous = (before.number, before.total, before.digest) if before else (0, 0, START)
    if seal.number != number + 1:
        yield f"Seal {number + 1} is missing."
    elif (seal.previous, seal.total) != (previous, total + len(seal.entries)):
        yield f"Seal {seal.number} does not follow from the one before it."
    if seal.digest != _seal_digest(seal):
        yield f"Seal {seal.number} itself was changed."


def _entry_differences(seal: LogSeal, exported: dict[int, AuditRecord]) -> Iterator[str]:
    for number, digest in zip(seal.entries, seal.digests, strict=False):
        entry = exported.get(number)
        if entry is None:
            yield f"Entry {number}, sealed with seal {seal.number}, is missing."
        elif entry_digest(entry) != digest:
            yield f"{_named(entry)} is not what was sealed with seal {seal.number}."


def _named(entry: AuditRecord) -> str:
    return f"Entry {entry.number} ({instant_text(entry.at)}, {entry.action} {entry.subject})"


def _seal_digest(seal: LogSeal) -> str:
    return _digest(
        _FORM, seal.number, _instant(seal.sealed_at), _instant(seal.until), seal.total, seal.previous, seal.entries, seal.digests
    )


def _digest(*parts: object) -> str:
    return sha256(json.dumps(parts, separators=(",", ":")).encode()).hexdigest()


def _instant(at: datetime) -> str:
    """To the microsecond, as the database stores it."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")
