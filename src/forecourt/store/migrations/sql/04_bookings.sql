CREATE SEQUENCE booking_numbers AS integer MINVALUE 1 CYCLE;

CREATE TABLE bookings (
    operator_id uuid NOT NULL,
    site_id     uuid NOT NULL,
    booking_id  uuid NOT NULL,
    kind        text NOT NULL,
    driver_id   uuid NOT NULL,
    number      integer NOT NULL,
    lane        integer NOT NULL CHECK (lane >= 0),
    slot        tstzrange NOT NULL CHECK (NOT isempty(slot)),
    state       text NOT NULL,
    evse_id     uuid,
    paper       jsonb NOT NULL,
    PRIMARY KEY (operator_id, site_id, booking_id),
    CONSTRAINT bookings_id UNIQUE (booking_id),
    -- The backstop behind the pool lock; checked at commit, because a new booking may move others to another lane.
    CONSTRAINT bookings_lane EXCLUDE USING gist (operator_id WITH =, site_id WITH =, kind WITH =, lane WITH =, slot WITH &&)
        WHERE (state IN ('Confirmed', 'Bound')) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT bookings_evse EXCLUDE USING gist (evse_id WITH =, slot WITH &&)
        WHERE (state = 'Bound') DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT bookings_bound CHECK ((state = 'Bound') = (evse_id IS NOT NULL))
);
CREATE INDEX bookings_live ON bookings (site_id, kind, lower(slot)) WHERE state IN ('Confirmed', 'Bound');
CREATE INDEX bookings_slot ON bookings USING gist (site_id, slot);
CREATE INDEX bookings_of_driver ON bookings (driver_id, lower(slot) DESC);
CREATE INDEX bookings_number ON bookings (site_id, number);
