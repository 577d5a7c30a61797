"""The tables, as peewee models: the schema's one description, from which migrations are made.

Conventions, the same on every engine:
- a time is a whole number of microseconds since 1970-01-01 UTC, so it orders and ranges as it is;
- JSON is text written by `store.codec`;
- ids that clients see are text; `key` and `id` counters are the store's own.

What a table cannot say alone (no overlap, occupancy only of a live reservation, revisions) stands
in `store.engines` as triggers. Models carry no database, and only migrations use them.
"""

from __future__ import annotations

import peewee as pw

TIME = pw.BigIntegerField
LONGEST_SITTING_US = 24 * 3600 * 1_000_000
"""`LONGEST_SITTING` of `domain.restaurants` in the store's unit; a test holds the two together."""


class Table(pw.Model):
    """Base of all. Names of two words are spelt out, so that migrations name the same indexes."""


class Restaurant(Table):
    id = pw.TextField(primary_key=True)
    slug = pw.TextField(unique=True)
    name = pw.TextField()
    timezone = pw.TextField()
    city = pw.TextField()
    document = pw.TextField()  # JSON: every directory field that no query asks for
    policy = pw.TextField()  # JSON: domain.restaurants.restaurant.BookingPolicy
    position = pw.IntegerField(unique=True)  # the order of the directory
    source = pw.TextField()  # seed, import or operator
    retired_at = TIME(null=True)  # hidden from guests; its history stays
    created_at = TIME()
    updated_at = TIME()


class Area(Table):
    key = pw.AutoField()
    restaurant = pw.ForeignKeyField(Restaurant, on_delete="CASCADE", index=False)
    id = pw.TextField()
    name = pw.TextField()
    document = pw.TextField()  # JSON: theme, landmarks, unknown keys
    position = pw.IntegerField()
    retired = pw.BooleanField()  # taken off the floor plan; its retired tables still stand in it

    class Meta:
        indexes = ((("restaurant", "id"), True),)


class DiningTable(Table):
    key = pw.AutoField()
    restaurant = pw.ForeignKeyField(Restaurant, on_delete="CASCADE", index=False)
    area = pw.ForeignKeyField(Area, column_name="area_key", on_delete="CASCADE")
    id = pw.TextField()
    name = pw.TextField()
    capacity = pw.IntegerField(constraints=[pw.Check("capacity >= 1")])
    document = pw.TextField()  # JSON: geometry, tags, unknown keys
    position = pw.IntegerField()
    retired = pw.BooleanField()  # taken off the floor plan; past reservations still name it

    class Meta:
        table_name = "dining_table"
        indexes = ((("restaurant", "id"), True),)


class OpeningPeriod(Table):
    """Minutes after the service day's midnight; `closes` beyond 1440 is after midnight."""

    restaurant = pw.ForeignKeyField(Restaurant, on_delete="CASCADE", index=False)
    weekday = pw.IntegerField(constraints=[pw.Check("weekday between 0 and 6")])
    opens = pw.IntegerField(constraints=[pw.Check("opens between 0 and 1439")])
    closes = pw.IntegerField(constraints=[pw.Check("closes between 1 and 2880")])

    class Meta:
        table_name = "opening_period"
        primary_key = pw.CompositeKey("restaurant", "weekday", "opens")
        constraints = [pw.Check("closes > opens")]


class SpecialDay(Table):
    restaurant = pw.ForeignKeyField(Restaurant, on_delete="CASCADE", index=False)
    day = pw.TextField()  # YYYY-MM-DD, the service date
    periods = pw.TextField()  # JSON: [[opens, closes], …]; [] is closed
    note = pw.TextField()

    class Meta:
        table_name = "special_day"
        primary_key = pw.CompositeKey("restaurant", "day")


class RestaurantLedger(Table):
    """Every restaurant that ever existed, and how often it and its occupancy have changed.

    Rows are never deleted: the sample data looks here before it adds a restaurant, so that one an
    operator deleted stays deleted; caches look here to learn whether what they hold is stale.
    Kept by triggers, so that a change made at an SQL prompt counts as well.
    """

    restaurant_id = pw.TextField(primary_key=True)
    # Counted over all restaurants, so that the latest changes are at the end of its index.
    directory_revision = pw.IntegerField(index=True, constraints=[pw.SQL("DEFAULT 0")])
    occupancy_revision = pw.IntegerField(constraints=[pw.SQL("DEFAULT 0")])

    class Meta:
        table_name = "venue_ledger"
        name = "venueledger"  # from which its index has its name


class User(Table):
    id = pw.TextField(primary_key=True)
    name = pw.TextField()
    email = pw.TextField(unique=True)  # lower case
    phone = pw.TextField()
    password_hash = pw.TextField(null=True)  # argon2id, PHC form
    role = pw.TextField(constraints=[pw.Check("role in ('guest', 'admin')")])
    verified_email = pw.BooleanField()
    verified_phone = pw.BooleanField()
    extra = pw.TextField()  # JSON: unknown keys of an import
    disabled_at = TIME(null=True)
    created_at = TIME()
    updated_at = TIME()
    rights = pw.IntegerField(constraints=[pw.SQL("DEFAULT 0")])  # see domain.account
    self_made = pw.BooleanField(constraints=[pw.SQL("DEFAULT 0")])

    class Meta:
        table_name = "user_account"


class RestaurantStaff(Table):
    """Who works for which restaurant."""

    user = pw.ForeignKeyField(User, on_delete="CASCADE", index=False)
    restaurant = pw.ForeignKeyField(Restaurant, on_delete="CASCADE")

    class Meta:
        table_name = "venue_staff"
        name = "venuestaff"  # from which its index has its name
        primary_key = pw.CompositeKey("user", "restaurant")


class UserSession(Table):
    """A device that stays logged in; only the hash of its refresh token is kept."""

    id = pw.TextField(primary_key=True)
    user = pw.ForeignKeyField(User, on_delete="CASCADE")
    refresh_hash = pw.BlobField(unique=True)
    device = pw.TextField()
    created_at = TIME()
    last_used_at = TIME()
    expires_at = TIME(index=True)
    revoked_at = TIME(null=True)
    previous_hash = pw.BlobField(null=True)  # of the token that the present one was given out for
    network = pw.TextField(null=True)  # a mark of where it was last used from

    class Meta:
        table_name = "user_session"


class AccountProof(Table):
    """An e-mailed link: its holder reads the mail of the address.

    Good for one use; only the hash of its token is stored.
    """

    token_hash = pw.BlobField(primary_key=True)
    user = pw.ForeignKeyField(User, on_delete="CASCADE")
    purpose = pw.TextField(constraints=[pw.Check("purpose in ('verify', 'reset')")])
    expires_at = TIME(index=True)

    class Meta:
        table_name = "account_proof"


class LetterSlot(Table):
    """When a letter went to an address, or will: what is written to it is counted by these."""

    id = pw.AutoField()
    mark = pw.BlobField()  # SHA-256 of the address, which may be a stranger's
    topic = pw.TextField(constraints=[pw.Check("topic in ('account', 'notice')")])
    at = TIME(index=True)

    class Meta:
        table_name = "letter_slot"
        indexes = ((("mark", "topic", "at"), False),)


class Reservation(Table):
    id = pw.TextField(primary_key=True)
    restaurant = pw.ForeignKeyField(Restaurant, on_delete="RESTRICT", index=False)
    table = pw.ForeignKeyField(
        DiningTable, column_name="table_key", null=True, on_delete="RESTRICT", index=False
    )
    party_size = pw.IntegerField(constraints=[pw.Check("party_size >= 1")])
    starts_at = TIME(index=True)
    ends_at = TIME()
    held_until = TIME()
    service_date = pw.TextField()  # YYYY-MM-DD
    guest_name = pw.TextField()
    guest_phone = pw.TextField()
    status = pw.TextField(
        constraints=[
            pw.Check("status in ('booked', 'seated', 'completed', 'cancelled', 'no_show')")
        ]
    )
    owner_id = pw.TextField(null=True)  # a user's id or an external subject: no foreign key
    prep = pw.TextField(null=True)  # JSON: domain.reservation.Prep, null for none
    extra = pw.TextField(null=True)  # JSON: unknown keys of an import, null for none
    created_at = TIME()
    updated_at = TIME()
    version = pw.IntegerField()
    notes = pw.TextField(null=True)
    staff_notes = pw.TextField(null=True)
    tags = pw.TextField(null=True)  # JSON: a list of texts, null for none
    source = pw.TextField(constraints=[pw.SQL("DEFAULT 'api'")])  # domain.reservation.Source
    pinned = pw.BooleanField(constraints=[pw.SQL("DEFAULT 0")])
    attention = pw.TextField(null=True)  # JSON: a list of codes, null for none
    cancelled_by = pw.TextField(null=True)  # domain.reservation.CancelledBy
    cancelled_late = pw.BooleanField(constraints=[pw.SQL("DEFAULT 0")])
    hidden = pw.BooleanField(constraints=[pw.SQL("DEFAULT 0")])  # from its guest
    language = pw.TextField(null=True)

    class Meta:
        constraints = [pw.Check("ends_at > starts_at"), pw.Check("held_until >= ends_at")]
        indexes = (
            # With the status, by which a restaurant's past is filtered without its rows.
            (("restaurant", "starts_at", "status"), False),
            (("owner_id", "starts_at"), False),
            (("status", "starts_at"), False),
        )


class TableOccupancy(Table):
    """A table is held from `starts_at` until just before `ends_at`.

    Rows come and go and never change; triggers keep them from overlapping.
    """

    table = pw.ForeignKeyField(
        DiningTable, column_name="table_key", on_delete="RESTRICT", index=False
    )
    starts_at = TIME()
    ends_at = TIME()
    reservation = pw.ForeignKeyField(Reservation, on_delete="CASCADE")

    class Meta:
        table_name = "table_occupancy"
        primary_key = pw.CompositeKey("table", "starts_at")
        without_rowid = True
        constraints = [
            pw.Check("ends_at > starts_at"),
            pw.Check(f"ends_at - starts_at <= {LONGEST_SITTING_US}"),
        ]


class TableSeating(Table):
    """Who sits at a table now: one party at most, since when, and until when they were told.

    Triggers make and take away the rows as reservations become and cease to be `seated`, for
    every writer.
    """

    table = pw.ForeignKeyField(
        DiningTable, column_name="table_key", primary_key=True, on_delete="RESTRICT"
    )
    reservation = pw.ForeignKeyField(Reservation, unique=True, on_delete="CASCADE")
    restaurant = pw.ForeignKeyField(Restaurant, on_delete="CASCADE")
    seated_at = TIME()
    ends_at = TIME(index=True)

    class Meta:
        table_name = "table_seating"


class ArrivalIntent(Table):
    reservation = pw.ForeignKeyField(Reservation, primary_key=True, on_delete="CASCADE")
    status = pw.TextField(
        constraints=[
            pw.Check(
                "status in ('idle', 'requested', 'queued', 'approved', 'rejected',"
                " 'cancelled', 'arrived')"
            )
        ]
    )
    last_signal_at = TIME(null=True)
    document = pw.TextField()  # JSON: domain.reservation.ArrivalIntent
    updated_at = TIME()

    class Meta:
        table_name = "arrival_intent"


class ArrivalTrip(Table):
    """A guest's way to one visit, beside their intent, and when it must be reviewed.

    What sweeps and boards ask for has a column, so that trips that are over cost nothing.
    """

    reservation = pw.ForeignKeyField(Reservation, primary_key=True, on_delete="CASCADE")
    restaurant = pw.ForeignKeyField(Restaurant, on_delete="CASCADE", index=False)
    due_at = TIME(null=True, index=True)  # null once the trip is over
    located_at = TIME(null=True, index=True)  # since when coordinates are kept; null for none
    pinged_at = TIME(null=True)
    fired_at = TIME(null=True)  # when the kitchen was told to start; once
    document = pw.TextField()  # JSON: domain.arrivals.trip.Trip without its intent
    version = pw.IntegerField()
    holds_until = TIME(null=True)  # the projected end of a late guest's hold; null if not late

    class Meta:
        table_name = "arrival_trip"
        indexes = ((("restaurant", "due_at"), False),)


class EtaPrediction(Table):
    """How long a trip was predicted to take, and how long it took once the guest is there.

    While the guest is on the way a row names the reservation. On arrival that goes, `predicted_at`
    is cut to its day, and what remains says nothing of who came, or from where.
    """

    id = pw.AutoField()
    reservation = pw.ForeignKeyField(Reservation, null=True, on_delete="CASCADE", index=False)
    trip = pw.IntegerField(null=True)  # the same for all predictions of a trip that has ended
    predicted_at = TIME()
    predicted_seconds = pw.IntegerField(constraints=[pw.Check("predicted_seconds > 0")])
    actual_seconds = pw.IntegerField(null=True)
    provider = pw.TextField()
    route_metres = pw.IntegerField()
    straight_metres = pw.IntegerField()
    hour = pw.IntegerField(
        constraints=[pw.Check("hour between 0 and 23")]
    )  # by the restaurant's clock
    district = pw.TextField()  # the restaurant's, not the guest's

    class Meta:
        table_name = "eta_prediction"
        constraints = [pw.Check("(reservation_id is null) = (actual_seconds is not null)")]
        indexes = ((("reservation", "predicted_at"), False),)


class EtaSpeeds(Table):
    """The speeds of the fallback, fitted from trips: one row, or none while settings hold."""

    id = pw.IntegerField(primary_key=True, constraints=[pw.Check("id = 1")])
    city_kmh = pw.DoubleField()
    highway_kmh = pw.DoubleField()
    trips = pw.IntegerField()
    fitted_at = TIME()

    class Meta:
        table_name = "eta_speeds"


class IdempotencyKey(Table):
    """A creating call that was answered: the same key and request gets the same answer again."""

    subject = pw.TextField()
    key = pw.TextField()
    fingerprint = pw.BlobField()  # SHA-256 of the method, route and body
    status = pw.IntegerField()
    body = pw.BlobField()
    created_at = TIME(index=True)

    class Meta:
        table_name = "idempotency_key"
        primary_key = pw.CompositeKey("subject", "key")
        without_rowid = True


class Event(Table):
    """What happened, in the order it was committed: live push and the outbox read from here.

    Pruning must keep the newest row, or its id would be given out again.
    """

    id = pw.AutoField()
    at = TIME()
    kind = pw.TextField()
    restaurant_id = pw.TextField(null=True)
    reservation_id = pw.TextField(null=True)
    data = pw.TextField()  # JSON


class Audit(Table):
    """Who changed what. Written in the transaction of the change itself."""

    id = pw.AutoField()
    at = TIME()
    actor_kind = pw.TextField()
    actor = pw.TextField()
    action = pw.TextField()
    noun_id = pw.TextField(index=True)
    changes = pw.TextField()  # JSON
    request_id = pw.TextField()


class ImportRun(Table):
    """A finished `migrate-json`: what was read and what became of it."""

    id = pw.AutoField()
    at = TIME()
    files = pw.TextField()  # JSON: path, size and SHA-256 of each
    report = pw.TextField()  # JSON: the counts

    class Meta:
        table_name = "import_run"


class OutboxCursor(Table):
    """One row: the last event that deliveries were made from."""

    id = pw.IntegerField(primary_key=True, constraints=[pw.Check("id = 1")])
    event_id = pw.BigIntegerField()

    class Meta:
        table_name = "outbox_cursor"


class OutboxDelivery(Table):
    """A notice to one recipient; each event goes to each by each channel once.

    Names what may be gone by the time it is sent, hence no foreign keys.
    """

    id = pw.TextField(primary_key=True)
    event_id = pw.BigIntegerField()
    kind = pw.TextField()
    restaurant_id = pw.TextField()
    reservation_id = pw.TextField()
    subject = pw.TextField(null=True, index=True)  # the owner of the reservation in it
    party = pw.TextField(constraints=[pw.Check("party in ('guest', 'restaurant')")])
    channel = pw.TextField(constraints=[pw.Check("channel in ('email', 'webhook')")])
    recipient = pw.TextField()
    status = pw.TextField(
        constraints=[pw.Check("status in ('waiting', 'sending', 'sent', 'dead', 'dropped')")]
    )
    attempts = pw.IntegerField()
    next_at = TIME()  # when it is due; while it is sent, when its claim ends
    expires_at = TIME()
    error = pw.TextField()
    claim = pw.TextField()
    created_at = TIME()
    settled_at = TIME(null=True)
    forget_at = TIME(index=True)
    notice = pw.TextField()  # JSON: domain.notifications.Notice or AccountLetter, by kind

    class Meta:
        table_name = "outbox_delivery"
        indexes = (
            (("event_id", "channel", "recipient"), True),
            (("status", "next_at"), False),
            (("status", "created_at"), False),
            (("reservation_id", "event_id"), False),
        )


class DeliveryTally(Table):
    """How many deliveries there are of each channel and status. Triggers count them, so that a
    scrape reads ten rows, however many deliveries there are."""

    channel = pw.TextField()
    status = pw.TextField()
    number = pw.IntegerField()

    class Meta:
        table_name = "delivery_tally"
        primary_key = pw.CompositeKey("channel", "status")


class Probe(Table):
    """One row, which the health check writes anew and finds again."""

    id = pw.AutoField()
    number = pw.IntegerField()  # one more with each write
    filling = pw.BlobField()

    class Meta:
        table_name = "probe"


MODELS: tuple[type[Table], ...] = (
    Restaurant,
    Area,
    DiningTable,
    OpeningPeriod,
    SpecialDay,
    RestaurantLedger,
    User,
    RestaurantStaff,
    UserSession,
    AccountProof,
    LetterSlot,
    Reservation,
    TableOccupancy,
    TableSeating,
    ArrivalIntent,
    ArrivalTrip,
    EtaPrediction,
    EtaSpeeds,
    IdempotencyKey,
    Event,
    Audit,
    ImportRun,
    OutboxCursor,
    OutboxDelivery,
    DeliveryTally,
    Probe,
)
