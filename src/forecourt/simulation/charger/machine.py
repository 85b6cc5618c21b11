"""A simulated charger: sockets that people plug cars into, and what the protocols have in common."""

import uuid
from abc import abstractmethod
from collections.abc import Callable
from contextlib import suppress
from typing import TypeAlias

from forecourt.simulation.car import Car
from forecourt.simulation.charger.bay import Bay, Permit, Transaction, each
from forecourt.simulation.charger.card_list import CardList
from forecourt.simulation.charger.evse import UNLIMITED_A, Evse
from forecourt.simulation.charger.external_limits import ExternalLimits, lower
from forecourt.simulation.charger.faults import NO_FAULTS, FaultPlan
from forecourt.simulation.charger.holds import Hold, Holds
from forecourt.simulation.charger.link import CallRefused, LinkLost, Payload
from forecourt.simulation.charger.profiles import LimitUntil, Profile, ProfileRefused, ProfileStore, Purpose
from forecourt.simulation.charger.settings import ChargerSpec, NullObserver, Observer, TransactionTruth
from forecourt.simulation.charger.wire import Wire
from forecourt.simulation.clock import Clock, Timer
from forecourt.simulation.randomness import seeded

REBOOT_S = 30.0
# By the action of the call.
Answers: TypeAlias = dict[str, Callable[[Payload], Payload]]


class SimulatedCharger(Wire):
    """People use plug_in, present_card and unplug; the server sees what a real charger would send."""

    def __init__(
        self,
        spec: ChargerSpec,
        clock: Clock,
        observer: Observer | None = None,
        faults: FaultPlan = NO_FAULTS,
        profiles: ProfileStore | None = None,
    ) -> None:
        super().__init__(spec, clock, faults)
        self.observer: Observer = observer or NullObserver()
        self.profiles = profiles or ProfileStore()
        self.external_limits = ExternalLimits(self)
        self.meter_interval_s = float(spec.meter_interval_s)
        self.plug_timeout_s = 300.0
        self.cards = CardList()
        self.stop_on_invalid = True
        self.bays = {e.number: Bay(self._evse(e.number)) for e in spec.evses}
        self.holds = Holds(self.bays.values(), clock, self._send_all_states, self.hold_ended)
        self._reset_when_idle: str | None = None
        self._answers = self.answers()
        self._keys = seeded(spec.seed, spec.identity, "transactions")

    def _evse(self, number: int) -> Evse:
        spec = next(e for e in self.spec.evses if e.number == number)
        return Evse(spec, lambda current_a, at: self.observer.current_changed(spec.label, current_a, at))

    # what each protocol says

    @property
    def starts_with_cable(self) -> bool:
        return False

    def busy(self, bay: Bay) -> bool:
        """Whether cards are refused there, because somebody pays by other means."""
        return False

    def limit_reached_at(self, bay: Bay, tx: Transaction, at: float) -> float:
        """When the charge reaches its limit, if the current stays as it is."""
        return UNLIMITED_A

    @abstractmethod
    def send_status(self, bay: Bay) -> None:
        """Send the bay's status if it differs from the last one sent."""

    @abstractmethod
    def authorise_call(self, token: str) -> tuple[str, Payload]: ...

    @abstractmethod
    def permitted(self, answer: Payload) -> bool: ...

    @abstractmethod
    def group_in(self, answer: Payload) -> str:
        """The group of the token asked about; empty = none."""

    @abstractmethod
    def send_started(self, bay: Bay, tx: Transaction, trigger: str) -> None: ...

    @abstractmethod
    def send_granted(self, bay: Bay, tx: Transaction, trigger: str) -> None: ...

    @abstractmethod
    def send_meter(self, bay: Bay, context: str) -> None: ...

    @abstractmethod
    def send_state(self, bay: Bay, tx: Transaction) -> None: ...

    @abstractmethod
    def send_ended(self, bay: Bay, tx: Transaction, reason: str) -> None: ...

    @abstractmethod
    def answers(self) -> Answers:
        """The handler of each call that it supports."""

    def send_limit_set(self, source: str, number: int, schedule: Payload) -> None:
        """1.6 has no message for external limits."""

    def send_limit_cleared(self, source: str, number: int) -> None:
        """Nor for lifting them."""

    def handle(self, action: str, payload: Payload) -> Payload:
        answer = self._answers.get(action)
        if answer is None:
            raise CallRefused("NotImplemented", action)
        return answer(payload)

    # what people do

    def plug_in(self, number: int, car: Car) -> None:
        """Raises ValueError when a car is plugged in already."""
        bay = self.bays[number]
        if bay.plugged:
            raise ValueError(f"{bay.evse.spec.label} has a car already")
        bay.evse.plug(car, self.clock.seconds())
        self.send_status(bay)
        if bay.permit is not None:
            permit, bay.permit = bay.permit, None
            self._cancel(bay.plug_timeout)
            self._begin(bay, permit, "CablePluggedIn")
        elif self.starts_with_cable and bay.operative:
            self._begin(bay, None, "CablePluggedIn")

    async def present_card(self, number: int, token: str) -> bool:
        """Hold a card to the reader: starts, or stops if it is the running transaction's card. False: refused."""
        bay = self.bays[number]
        if bay.tx is not None and bay.tx.token is not None:
            if bay.tx.token != token and not (bay.tx.group and bay.tx.group == await self._authorised(token)):
                return False
            self.end(bay, "Local")
            return True
        group = await self._authorised(token) if bay.operative and not self.busy(bay) else None
        if group is None or self.holds.is_reserved_for_others(bay, token, group):
            return False
        if bay.tx is None or bay.tx.token is None:
            self.grant(bay, Permit(token, "Authorized", group=group))
        return True

    def unplug(self, number: int) -> None:
        """The car leaves; a running transaction ends."""
        bay = self.bays[number]
        if bay.tx is not None:
            self.end(bay, "EVDisconnected")
        bay.evse.unplug(self.clock.seconds())
        self.send_status(bay)

    async def _authorised(self, token: str) -> str | None:
        """The group of a token that may charge; None: it may not."""
        try:
            answer = await self.call_and_wait(*self.authorise_call(token))
        except LinkLost:
            return self.cards.group_of(token)
        except CallRefused:
            return None
        return self.group_in(answer) if self.permitted(answer) else None

    # transactions

    def grant(self, bay: Bay, permit: Permit) -> None:
        """Permit a charge: now if the car is there, otherwise when it is plugged in within the timeout."""
        if bay.tx is not None:
            bay.tx.token = permit.token
            bay.tx.remote_start = permit.remote_start
            self.holds.use(bay, bay.tx, permit.group)
            self.send_granted(bay, bay.tx, permit.trigger)
            self.refresh_all()
        elif bay.plugged:
            self._begin(bay, permit, permit.trigger)
        else:
            bay.permit = permit
            bay.plug_timeout = self.clock.call_at(self.clock.seconds() + self.plug_timeout_s, lambda: self._plug_in_timed_out(bay))
            self.send_status(bay)

    def free_bay(self, token: str, wanted: int | None) -> Bay | None:
        """Where a remote start with this token could begin, preferably where a car waits."""
        free = [b for b in self.bays.values() if wanted in (None, b.number) and b.operative and _is_free(b)]
        return next((b for b in sorted(free, key=lambda b: not b.plugged) if not self.holds.is_reserved_for_others(b, token)), None)

    def start_remotely(self, bay: Bay, permit: Permit, profile: Profile | None) -> None:
        """Begin as soon as the answer is sent; an invalid profile is ignored, the charge still starts."""

        def start() -> None:
            if not _is_free(bay):
                return
            self.grant(bay, permit)
            if profile is not None and bay.tx is not None:
                with suppress(ProfileRefused):
                    self.set_profile(bay.number, profile)

        self.after_answer(start)

    def _plug_in_timed_out(self, bay: Bay) -> None:
        bay.permit = None
        self.send_status(bay)

    def _begin(self, bay: Bay, permit: Permit | None, trigger: str) -> None:
        token, remote_start = (permit.token, permit.remote_start) if permit is not None else (None, None)
        at = self.clock.seconds()
        bay.evse.advance(at)
        key = str(uuid.UUID(int=self._keys.getrandbits(128), version=4))
        bay.tx = tx = Transaction(key, token, at, bay.evse.register_wh, remote_start=remote_start)
        if permit is not None:
            self.holds.use(bay, tx, permit.group)
        tx.reported_state = "EVConnected" if token is None else "Charging"
        self.send_started(bay, tx, trigger)
        self._arm_meter(bay, at + self.meter_interval_s)
        self.refresh_all(at)

    def token_refused(self, bay: Bay, tx: Transaction) -> None:
        """The server answered that the token of a running transaction is not valid."""
        if self.stop_on_invalid and bay.tx is tx:
            self.end(bay, "DeAuthorized")

    def end(self, bay: Bay, reason: str) -> None:
        tx = bay.tx
        if tx is None:
            return
        at = self.clock.seconds()
        bay.evse.offer(0.0, at)
        self._cancel(bay.metering)
        self.send_ended(bay, tx, reason)
        bay.tx = None
        self.profiles.end_transaction(bay.number)
        label, number, stop_wh = bay.evse.spec.label, tx.number or tx.key, bay.evse.register_wh
        truth = TransactionTruth(label, number, tx.token, tx.started_at, bay.evse.at, tx.meter_start_wh, stop_wh, reason)
        self.observer.transaction_ended(truth)
        if bay.operative_later is not None:
            bay.operative, bay.operative_later = bay.operative_later, None
        self.refresh_all()
        if self._reset_when_idle is not None and all(b.tx is None for b in self.bays.values()):
            self.restart(self._reset_when_idle)

    def find(self, number: str) -> Bay | None:
        """The bay of the transaction with this id."""
        return next((b for b in self.bays.values() if b.tx is not None and b.tx.number == number), None)

    # power

    def refresh(self, bay: Bay, at: float) -> None:
        """Offer what is allowed at this instant, report changes, and check again when that may change on its own."""
        self._cancel(bay.due)
        evse, tx = bay.evse, bay.tx
        pilot, until = 0.0, UNLIMITED_A
        if tx is not None and tx.token is not None:
            limit = self.limit_at(bay, at, tx.started_at)
            pilot = evse.pilot_for(UNLIMITED_A if limit.limit_a is None else limit.limit_a)
            until = limit.until
            evse.advance(at)
            pilot = pilot if self.limit_reached_at(bay, tx, at) > at else 0.0
        evse.offer(pilot, at)
        if tx is not None and bay.state() != tx.reported_state:
            tx.reported_state = bay.state()
            self.send_state(bay, tx)
        self.send_status(bay)
        step = evse.next_step_at()
        evse.opens_at = self.limit_reached_at(bay, tx, at) if tx is not None and pilot > 0 else UNLIMITED_A
        until = min(until, evse.opens_at, UNLIMITED_A if step is None else step)
        bay.due = None if until == UNLIMITED_A else self.clock.call_at(until, lambda: self.refresh(bay, max(self.clock.seconds(), until)))

    def limit_at(self, bay: Bay, at: float, started_at: float) -> LimitUntil:
        """What we and external limits allow a socket at an instant, in a charge that began then."""
        sharing = self._sharing()
        ours = self.profiles.limit_at(bay.number, at, started_at, bay.evse.spec.power_per_amp_w, sharing)
        return lower(ours, self.external_limits.limit_at(bay.number, at, sharing))

    def refresh_all(self, at: float | None = None) -> None:
        at = self.clock.seconds() if at is None else at
        each(self.bays.values(), lambda bay: self.refresh(bay, at))

    def _sharing(self) -> int:
        """The number of sockets that share the charger's maximum."""
        return max(1, sum(b.tx is not None and b.tx.token is not None for b in self.bays.values()))

    def set_profile(self, evse: int, profile: Profile) -> None:
        """Install it and obey, unless the fault plan says otherwise. Raises ProfileRefused."""
        if profile.purpose is Purpose.TRANSACTION:
            bay = self.bays.get(evse)
            if bay is None or bay.tx is None:
                raise ProfileRefused("no transaction there")
            if profile.transaction is not None and profile.transaction != bay.tx.number:
                raise ProfileRefused(f"transaction {profile.transaction} does not run there")
        elif evse != 0 and evse not in self.bays:
            raise ProfileRefused(f"no socket {evse}")
        plan = self._faults.plan
        if plan.ignore_profiles:
            return
        if plan.delay_profiles_s > 0:
            self.clock.call_at(self.clock.seconds() + plan.delay_profiles_s, lambda: self._install_late(evse, profile))
            return
        self.profiles.install(evse, profile)
        self.refresh_all()

    def _install_late(self, evse: int, profile: Profile) -> None:
        bay = self.bays.get(evse)
        gone = profile.purpose is Purpose.TRANSACTION and (
            bay is None or bay.tx is None or profile.transaction not in (None, bay.tx.number)
        )
        if not gone:
            self.profiles.install(evse, profile)
            self.refresh_all()

    def clear_profiles(self, number: int | None, evse: int | None, purpose: Purpose | None, stack: int | None) -> bool:
        cleared = self.profiles.clear(number, evse, purpose, stack)
        self.refresh_all()
        return cleared > 0

    # metering

    def set_meter_interval(self, seconds: float) -> None:
        """0 switches periodic values off."""
        self.meter_interval_s = seconds
        for bay in self.bays.values():
            self._cancel(bay.metering)
            if bay.tx is not None:
                self._arm_meter(bay, self.clock.seconds() + seconds)

    def _arm_meter(self, bay: Bay, due: float) -> None:
        if self.meter_interval_s > 0:
            bay.metering = self.clock.call_at(due, lambda: self._meter_due(bay, due))

    def _meter_due(self, bay: Bay, due: float) -> None:
        at = max(self.clock.seconds(), due)
        bay.evse.advance(at)
        self.send_meter(bay, "Sample.Periodic")
        late = at - due > self.meter_interval_s
        self._arm_meter(bay, (at if late else due) + self.meter_interval_s)

    def meter_now(self, bay: Bay) -> None:
        """The server requested values out of turn."""
        bay.evse.advance(self.clock.seconds())
        self.send_meter(bay, "Trigger")

    # availability, restart

    def hold_ended(self, hold: Hold) -> None:
        """A reservation expired; only 2.0.1 has a message for it."""

    def _send_all_states(self) -> None:
        each(self.bays.values(), self.send_status)

    def set_operative(self, number: int, operative: bool) -> str:
        """number 0: the whole charger."""
        bays = [b for b in self.bays.values() if number in (0, b.number)]
        if not bays:
            return "Rejected"
        later = False
        for bay in bays:
            if bay.tx is not None and not operative:
                bay.operative_later, later = operative, True
            else:
                bay.operative, bay.operative_later = operative, None
            self.send_status(bay)
        return "Scheduled" if later else "Accepted"

    def restart(self, reason: str) -> None:
        """End what runs, go dark, come back with a boot."""
        self._reset_when_idle = None
        for bay in self.bays.values():
            self.end(bay, reason)
            bay.reported = ""
        self.reboot(reason, REBOOT_S)

    def restart_when_idle(self, reason: str) -> None:
        self._reset_when_idle = reason

    def stop(self) -> None:
        for bay in self.bays.values():
            for timer in (bay.due, bay.metering, bay.plug_timeout):
                self._cancel(timer)
        super().stop()

    @staticmethod
    def _cancel(timer: Timer | None) -> None:
        if timer is not None:
            timer.cancel()


def _is_free(bay: Bay) -> bool:
    """Whether nobody charges there or is about to; in 2.0.1 a transaction may wait for its token."""
    return bay.permit is None and (bay.tx is None or bay.tx.token is None)
