"""Bookings in every state there is, at random."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import strategies as st

from forecourt.drivers import Token, TokenKind
from forecourt.kernel import BookingId, DriverId, EvseId, Money, OperatorId, SessionId, SiteId, Span, TariffVersionId, TokenUid
from forecourt.ocpi import BookingContext, Conditions, Party
from forecourt.reservations import Booking, Bound, Broken, Cancelled, Confirmed, Kept, Missed, Note, PowerPromise, Quote

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
OPERATOR, SITE = OperatorId(UUID(int=1)), SiteId(UUID(int=2))
PARTY = Party("DE", "FCT")
instants = st.integers(0, 10**7).map(lambda tenths: NOON + timedelta(milliseconds=100 * tenths))
ids = st.uuids()
states = st.one_of(
    st.just(Confirmed()),
    st.builds(Bound, ids.map(EvseId), instants),
    st.builds(Kept, ids.map(SessionId), instants),
    st.builds(Cancelled, instants, st.booleans()),
    st.builds(Missed, instants),
    st.builds(Broken, instants, st.sampled_from(["fault", "overstay", "walk_in", "closed", "maintenance"]), st.none()),
)
quotes = st.builds(Quote, ids.map(TariffVersionId), st.integers(1, 90_000), st.just(Money(500, "EUR")), st.text(max_size=5))
powers = st.builds(PowerPromise, st.integers(1400, 22_000), st.integers(1, 9_000), st.just(60), st.none() | st.just(NOON))
notes = st.lists(st.builds(Note, instants, st.sampled_from(["bay", "changed", "extended", "time_moved"]), st.just("x")), max_size=3)


@st.composite
def bookings(draw) -> Booking:
    window = Span(start := draw(instants), start + timedelta(seconds=draw(st.integers(600, 86_400))))
    spare = draw(st.none() | st.integers(0, 180).map(lambda minutes: timedelta(minutes=minutes)))
    return Booking(
        BookingId(draw(ids)),
        OPERATOR,
        SITE,
        draw(st.sampled_from(["T2-22kW", "CCS 150 kW", "Typ 2 ü"])),
        DriverId(draw(ids)),
        TokenUid(draw(st.sampled_from(["04AABBCC", "GUEST-0123456789ABC"]))),
        window,
        1,
        0,
        draw(instants),
        draw(states),
        draw(st.none() | quotes),
        None if spare is None else Span(window.start - spare, window.end + spare),
        notified=tuple(draw(notes)),
        power=draw(st.none() | powers),
    )


@st.composite
def arounds(draw, booking: Booking) -> BookingContext:
    token = draw(st.none() | st.sampled_from(TokenKind).map(lambda kind: Token(booking.token, OPERATOR, booking.driver_id, kind)))
    terms = Conditions(draw(st.integers(0, 10_080)), draw(st.booleans()), draw(st.none() | st.just("https://a.example/x")))
    evse_id = draw(ids.map(EvseId)) if isinstance(booking.state, Kept) else None
    return BookingContext(PARTY, terms, token, evse_id, 22_080, draw(st.booleans()), draw(st.none() | instants))


copies = bookings().flatmap(lambda booking: st.tuples(st.just(booking), arounds(booking)))
