"""The forms of a page, read and filled in as a browser does that has no JavaScript and checks nothing."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin

from lxml import html

TYPED = {"text", "number", "email", "date", "time", "datetime-local", "month", "search", "tel", "url", "password", "textarea"}
LIKELY = {
    "number": "1", "email": "some@example.org", "date": "2026-06-10", "time": "18:00", "datetime-local": "2026-06-10T18:00",
    "month": "2026-05", "url": "https://some.example", "textarea": "Because",
}  # fmt: skip
NAMES_ONE = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|[\w-]{43}|[A-Z]{2,4}-[\w-]+|\d+")


@dataclass
class Form:
    """values: what it sends as it stands. asks: the kind of each field that a person fills in; typed: of those to write into. buttons:
    where each leads that sends it, with its own name and value. folded: fields in a line that is to be opened first."""

    method: str
    values: dict[str, list[str]] = field(default_factory=dict)
    asks: dict[str, str] = field(default_factory=dict)
    typed: dict[str, str] = field(default_factory=dict)
    buttons: list[tuple[str, str, str]] = field(default_factory=list)
    folded: set[str] = field(default_factory=set)

    def filled(self, name: str, odd: str, button: tuple[str, str, str]) -> dict[str, list[str]]:
        """With something odd in one field, and what is likely in those that are empty."""
        likely = {one: [LIKELY.get(kind, "1")] for one, kind in self.typed.items() if self.values[one] == [""]}
        return {**self.values, **likely, **({button[1]: [button[2]]} if button[1] else {}), name: [odd]}


def forms_of(page: str, address: str) -> list[Form]:
    return [_form(one, address) for one in html.fromstring(page).iter("form")]


def shape(text: str) -> str:
    """Of an address or a field: without what tells one thing from another of its kind."""
    return NAMES_ONE.sub("…", text)


def _form(element: Any, address: str) -> Form:
    form, to = Form(element.get("method", "get").lower()), urljoin(address, element.get("action") or "")
    for one in _controls(element):
        name, kind = one.get("name", ""), one.get("type", {"input": "text", "button": "submit"}.get(one.tag, one.tag))
        if name and kind not in ("hidden", "submit", "button"):
            form.asks[name] = kind
        if one.get("disabled") is not None or kind in ("button", "file"):
            continue
        if kind == "submit":
            form.buttons.append((urljoin(address, one.get("formaction") or to), name, one.get("value", "")))
        elif name and (kind not in ("checkbox", "radio") or one.get("checked") is not None):
            form.values.setdefault(name, []).append(_value(one))
            if kind in TYPED and one.get("readonly") is None:
                form.typed[name] = kind
            if any(outer.get("open") is None for outer in one.iterancestors("details")):
                form.folded.add(name)
    form.buttons = form.buttons or [(to, "", "")]
    return form


def _controls(element: Any) -> Iterator[Any]:
    """Those within, and those elsewhere that say they are its own."""
    own, kinds = element.get("id"), ("input", "select", "textarea", "button")
    for one in element.getroottree().iter(*kinds):
        if one.get("form") == own if one.get("form") else next(one.iterancestors("form"), None) is element:
            yield one


def _value(one: Any) -> str:
    if one.tag == "select":
        options = list(one.iter("option"))
        chosen = next((option for option in options if option.get("selected") is not None), options[0] if options else None)
        return "" if chosen is None else chosen.get("value", (chosen.text or "").strip())
    return (one.text or "") if one.tag == "textarea" else one.get("value", "on" if one.get("type") == "checkbox" else "")
