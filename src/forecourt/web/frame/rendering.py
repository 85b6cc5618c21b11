"""Templates, with an environment for each language whose filters word numbers and times in that language."""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.ext import Extension
from jinja2.runtime import Context
from markupsafe import Markup, escape

from forecourt.drivers import Driver
from forecourt.kernel import Text, month_name
from forecourt.tariffs import tax_name
from forecourt.web import drawing
from forecourt.web.frame.languages import LANGUAGE_NAMES
from forecourt.web.frame.pills import PILLS
from forecourt.web.frame.remedies import remedy_link
from forecourt.wording import LocalisedValue, Localiser, localiser_for

STATIC = Path(str(files("forecourt.web") / "static"))
# What programs get where a page words it for its reader.
TYPE_ENCODERS = {Text: str, LocalisedValue: str}
_WORDED = (
    "because",
    "clock",
    "clock_s",
    "day",
    "day_options",
    "day_words",
    "countries",
    "distance",
    "duration",
    "duration_of",
    "energy_options",
    "kw",
    "kwh",
    "kwh_exact",
    "kwh_number",
    "label",
    "localise",
    "money",
    "month",
    "payment_progress",
    "percent",
    "price_because",
    "subject",
    "tax_name",
    "tax_words",
    "weekday",
)


def place_name(zone: str) -> str:
    """ "America/Los_Angeles" as "Los Angeles"."""
    return zone.rpartition("/")[2].replace("_", " ")


def is_vat(currency: str) -> bool:
    """Whether tax in this currency's prices is value added tax."""
    return tax_name(currency) == "VAT"


def dialled(phone: str) -> str:
    """+49 (0)30/12-34 as +49301234: what a link dials. A zero in brackets is only dialled within the country."""
    return re.sub(r"[^+0-9]", "", phone.replace("(0)", ""))


def pairs(values: Sequence[str]) -> list[tuple[str, str]]:
    return [(value, value) for value in values]


def fleet_options(drivers: Sequence[Driver]) -> list[tuple[str, str]]:
    return [(str(one.id), one.name) for one in drivers]


@cache
def asset(path: str) -> str:
    """The address of a static file with a digest of its content: cached for ever, never stale."""
    digest = hashlib.sha256((STATIC / path).read_bytes()).hexdigest()[:10]
    return f"/static/{path}?v={digest}"


class _Unindented(Extension):
    """Templates are indented for those who read them; browsers are sent none of it."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        return re.sub(r"^[ \t]+", "", source, flags=re.MULTILINE)


@cache
def _environment(language: str) -> Environment:
    localiser = localiser_for(language)
    environment = Environment(
        loader=PackageLoader("forecourt.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n", _Unindented],
        finalize=localiser.localise,
    )
    environment.policies["ext.i18n.trimmed"] = True
    vars(environment)["newstyle_gettext"] = True  # of the i18n extension: placeholders in a text are filled in and escaped
    environment.globals.update(asset=asset, languages=LANGUAGE_NAMES, language=language, pills=PILLS, **_gettext(localiser))
    environment.filters.update({name: getattr(localiser, name) for name in _WORDED})
    environment.filters.update(is_vat=is_vat, month_name=month_name, place_name=place_name, pairs=pairs, fleet_options=fleet_options)
    environment.filters.update(dialled=dialled, remedy_link=remedy_link)
    environment.filters.update({name: getattr(drawing, name) for name in drawing.__all__})
    environment.filters.update({name: partial(getattr(drawing, name), localiser=localiser) for name in drawing.LOCALIZED})
    return environment


def _gettext(localiser: Localiser) -> dict[str, Callable[..., str]]:
    """Like the templates' own, but values that are texts are worded in the same language."""

    def filled(context: Context, text: str, values: Mapping[str, Any]) -> str:
        localised = {name: escape(localiser.localise(value)) for name, value in values.items()} if context.eval_ctx.autoescape else values
        return Markup(text % localised if values else text.replace("%%", "%"))  # noqa: S704 - ours, from a template or a catalogue

    @pass_context
    def gettext(context: Context, text: str, /, **values: Any) -> str:
        return filled(context, localiser.gettext(text), values)

    @pass_context
    def ngettext(context: Context, one: str, many: str, n: int, /, **values: Any) -> str:
        return filled(context, localiser.ngettext(one, many, n), {"num": n, **values})

    return {"gettext": gettext, "ngettext": ngettext, "_": gettext}


def render(template: str, values: Mapping[str, Any], language: str = "en") -> str:
    """The page as text. Values are escaped; an undefined one is an error rather than an empty string."""
    return _environment(language).get_template(template).render(values)
