"""Pages and redirects: every page gets the visitor, the form token, the theme and a message left by the last step."""

from typing import Any, NamedTuple, TypeVar

from litestar import Request
from litestar.background_tasks import BackgroundTask
from litestar.datastructures import Cookie
from litestar.enums import MediaType
from litestar.response import Redirect, Response

from forecourt.web.frame import sealing
from forecourt.web.frame.languages import language_of
from forecourt.web.frame.rendering import render
from forecourt.web.frame.visit import FORM_COOKIE, may, ports_of, visitor_of

Asked = Request[Any, Any, Any]
_R = TypeVar("_R", bound=Response[Any])
FLASH_COOKIE = "fc_flash"
THEME_COOKIE = "fc_theme"
DEVICE_COOKIE = "fc_device"
THEMES = ("auto", "dark", "light")

_MEDIA = {"pdf": "application/pdf", "xml": "application/xml"}


class Flash(NamedTuple):
    tone: str
    title: str
    text: str


# Messages travel as a code in a cookie and are worded here, so that no text of a stranger is ever shown.
FLASHES = {
    "booked": Flash("good", "Booked.", "Your bay is chosen shortly before you come."),
    "changed": Flash("good", "The booking is changed.", ""),
    "longer": Flash("good", "You may stay longer.", ""),
    "queued": Flash("good", "You are in the queue.", "When it is your turn a bay is kept for you."),
    "passed": Flash("good", "The next one goes first.", "You stay right behind."),
    "left_queue": Flash("good", "You left the queue.", ""),
    "test_begun": Flash("good", "The test has begun.", "It takes a few minutes; until it is over, all the socket can draw is kept free."),
    "test_cancelled": Flash("good", "The test is cancelled.", "What was known of the socket stands."),
    "energy_costs": Flash("good", "The prices of energy are kept.", "They hold from the next plan on."),
    "plant_kept": Flash("good", "Kept.", "The next plan counts on it; no limit is lifted by it."),
    "hosts_kept": Flash("good", "Kept.", "The shares hold for what is issued from then on; the log says who changed what."),
    "hours_kept": Flash("good", "Kept.", "It holds from now on; the log says who changed what."),
    "limits_kept": Flash("good", "The limits hold.", "The next plan obeys them, within seconds; the log says who changed what."),
    "at_once": Flash("good", "It does not wait.", "Power comes as soon as there is room for it."),
    "sharing_kept": Flash("good", "Kept.", "Power is shared so from the next plan on."),
    "booking_rules": Flash("good", "The rules are kept.", "They hold from now on."),
    "cancelled": Flash("good", "The booking is cancelled.", ""),
    "starting": Flash("good", "Starting.", "The charger is asked to begin; plug in if you have not."),
    "holding": Flash("good", "Starting.", "Your card is checked first; the charger begins as soon as it is."),
    "stopping": Flash("good", "Stopping.", "The charger is asked to end the charge."),
    "need_kept": Flash("good", "Noted.", "Power is shared with this in mind."),
    "revoked": Flash("good", "The token is revoked.", "Programs that used it are signed out."),
    "card_linked": Flash("good", "The card is linked.", "Hold it to any charger to start."),
    "member": Flash("good", "You are a member.", "It holds from now on; the first month is on your receipts."),
    "plan_changed": Flash("good", "Changed.", "The other plan holds from the next month on."),
    "plan_cancelled": Flash("good", "Cancelled.", "It holds to the end of the month, and nothing more is taken."),
    "code_taken": Flash("good", "It is yours.", "Your next charge uses it, also one that is running."),
    "voucher_taken": Flash("good", "Taken.", "You can give it out now; it stands on your statement."),
    "paying": Flash("good", "It is being taken.", "As soon as it is there, you can charge again."),
    "credited": Flash("good", "Credited.", "What was paid of it is on its way back."),
    "credited_by_hand": Flash("warn", "Credited.", "It was paid by bank transfer: what goes back waits under Documents, to be paid back."),
    "email_changed": Flash("good", "Your e-mail address is changed.", "Sign in with the new one from now on."),
    "email_back": Flash("good", "Your old address is back.", "Everybody is signed out. Choose a new password."),
    "complained": Flash("good", "Your words are with the operator.", "You are told what comes of it."),
    "declined": Flash("good", "Declined.", "The driver is told your words."),
    "paid_back": Flash("good", "Marked as paid back.", "It stands in the ledger; the log says who said so."),
    "loading": Flash("good", "Your card is asked.", "The amount is on your balance as soon as it says yes."),
    "auto_kept": Flash("good", "Kept.", ""),
    "returning": Flash("good", "It is on its way back.", "Your bank shows it in a few days."),
    "pay_by_kept": Flash("good", "Changed.", "Your next charge is paid like that."),
    "card_stored": Flash("good", "The card is stored.", ""),
    "card_default": Flash("good", "Changed.", "This card is asked from now on."),
    "card_removed": Flash("good", "The card is removed.", ""),
    "password_chosen": Flash("good", "Your new password holds.", "Everybody else who was signed in with this account is signed out."),
    "password_changed": Flash("good", "Your password is changed.", "Other browsers are signed out; API tokens go on."),
    "account_closed": Flash("good", "Your account is closed.", "What named you is gone. Receipts were yours to keep; we keep them by law."),
    "factor_off": Flash("good", "The second factor is off.", "Signing in asks for your password alone."),
    "kept": Flash("good", "Done.", "The log says who did it."),
    "sent_again": Flash("good", "It is on its way again.", "Look again in a minute."),
    "month_closed": Flash("good", "The month is closed.", "What comes late is dated to the first open day and says which day it is about."),
    "looked_at": Flash("good", "Marked as looked at.", ""),
    "welcome": Flash("good", "Welcome.", "Your account is ready."),
    "approved": Flash("good", "The charger is approved.", "It may charge from its next message on."),
    "card_given": Flash("good", "The card is theirs.", "It starts a charge from now on."),
    "card_blocked": Flash("good", "The card is blocked.", "It starts nothing any more."),
    "card_unblocked": Flash("good", "The card is not blocked any more.", ""),
    "charger_retired": Flash("good", "The charger is out of service.", "It is refused at the door; its charges and bills stay."),
    "site_added": Flash("good", "The site is added.", "Nobody is shown it until it has a charger."),
    "price_published": Flash("good", "Published.", "Charges that run keep their price."),
    "price_scheduled": Flash("good", "Scheduled.", "It holds from its day on; until then it can be withdrawn below."),
    "price_withdrawn": Flash("good", "Withdrawn.", "The version ahead of it goes on."),
    "entry_kept": Flash("good", "The price holds.", "Charges that run keep theirs."),
    "entry_ended": Flash("good", "The price has ended.", "Charges that run keep it."),
    "groups_kept": Flash("good", "Groups are kept.", ""),
    "rules_kept": Flash("good", "The rules are kept.", "Better prices are looked for once a day, or now."),
    "proposed": Flash("good", "Looked.", "What was found stands below."),
    "no_proposal": Flash("good", "Looked.", "No prices within the rules bring enough more than today's."),
    "price_approved": Flash("good", "Approved.", "Charges that run keep their price."),
    "price_rejected": Flash("good", "Rejected.", "The price stays as it is."),
    "refused": Flash("good", "The charger is refused.", "It stays listed, and gets no service."),
}


def page(request: Asked, template: str, status: int = 200, **values: Any) -> Response[str]:
    """Render in the caller's thread. values: what the template names; tab marks the entry of the menu."""
    visitor, secret_key = visitor_of(request), ports_of(request).secret_key
    cookies: list[Cookie] = []
    binding = visitor.binding
    if not request.cookies.get(FORM_COOKIE):
        fresh = sealing.fresh_secret()
        binding = f"{fresh}{binding}" if binding.startswith(":") else f"{fresh}:"
        cookies.append(cookie(request, FORM_COOKIE, fresh))
    flash = FLASHES.get(request.cookies.get(FLASH_COOKIE, ""))
    if flash:
        cookies.append(cookie(request, FLASH_COOKIE, "", max_age=0))
    shown = {
        "me": visitor,
        "csrf": sealing.form_token(secret_key, binding),
        "theme": theme_of(request),
        "path": request.url.path,
        "here": here(request),
        "looked_at": "user" in request.scope,  # else nobody knows whether somebody is signed in: no such address, or not this way
        "flash": flash,
        "tab": "",
        "live": False,
        "looks_only": visitor.staff and not may(request, visitor),
        **values,
    }
    return Response(render(template, shown), media_type=MediaType.HTML, status_code=status, cookies=cookies)


def here(request: Asked) -> str:
    """The address of a page, to come back to; the start page where it answers a form, or is one of the ways in itself."""
    url = request.url
    if request.method != "GET" or url.path.startswith(("/login", "/register", "/password")):
        return "/"
    return f"{url.path}?{url.query}" if url.query else url.path


def go(request: Asked, path: str, flash: str = "", cookies: list[Cookie] | None = None) -> Redirect:
    """See other: after a form was taken. Only addresses of this site."""
    extra = [cookie(request, FLASH_COOKIE, flash, max_age=60)] if flash in FLASHES else []
    return Redirect(own_path(path), status_code=303, cookies=[*(cookies or []), *extra])


def plan_soon(request: Asked, answer: _R) -> _R:
    """The planner is told to look at once; without that word it looks within seconds."""
    answer.background = BackgroundTask(ports_of(request).tell, "plan")
    return answer


def cookie(request: Asked, name: str, value: str, max_age: int | None = None) -> Cookie:
    return Cookie(key=name, value=value, path="/", max_age=max_age, secure=ports_of(request).secure_cookies, httponly=True, samesite="lax")


def letters_in(request: Asked) -> str:
    """The language in which somebody without an account is written to, if they choose no other."""
    return language_of(request.headers.get("accept-language", ""))


def theme_of(request: Asked) -> str:
    wanted = request.cookies.get(THEME_COOKIE, "auto")
    return wanted if wanted in THEMES else "auto"


def own_path(path: str) -> str:
    """The path if it stays on this site, else the start page: a sign-in must not send people elsewhere."""
    good = path.startswith("/") and not path.startswith(("//", "/\\")) and all(char.isprintable() and char != "\\" for char in path)
    return path if good else "/"


def file_asked(name: str) -> tuple[str, str]:
    """Number and ending ("pdf", "xml") of what is asked for; without an ending it is the page."""
    number, _, ending = name.rpartition(".")
    return (number, ending) if ending in _MEDIA else (name, "")


def file_answer(name: str, body: bytes) -> Response[bytes]:
    ending = file_asked(name)[1]
    shown = "inline" if ending == "pdf" else "attachment"
    return Response(body, media_type=_MEDIA[ending], headers={"content-disposition": f'{shown}; filename="{name}"'})
