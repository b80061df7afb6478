-- Placeholders: {bytes} is the type of bytes. {by device} ends a table whose key begins with the device, and
-- {parts of NAME} makes its parts where the database has them. Times are Unix times in milliseconds.

CREATE TABLE device (
    device BIGINT NOT NULL PRIMARY KEY, -- a hash of source and name
    source TEXT NOT NULL,
    name TEXT NOT NULL,
    version BIGINT NOT NULL, -- number of the newest frame
    seen BIGINT NOT NULL,    -- number of the newest frame that a worker has looked at
    due_ms BIGINT NOT NULL,  -- when a worker may take it; while one has it, the end of its lease
    lease BIGINT NOT NULL,   -- 0: no worker has it
    wake_ms BIGINT NOT NULL, -- when it is due though nothing came
    failures BIGINT NOT NULL, -- how often it was put off; then it is not due before due_ms, whatever comes
    state TEXT,              -- what the rules remember
    hint BIGINT NOT NULL,    -- that waits to be sent to the camera, its bytes as a number; 0: none
    hint_ms BIGINT NOT NULL, -- when the newest frame came of those that it speaks of
    told BIGINT NOT NULL,    -- the hint that was sent last; 0: none
    told_ms BIGINT NOT NULL, -- and when
    heard_ms BIGINT NOT NULL DEFAULT 0 -- when its newest frame came
) {by device};
{parts of device}
CREATE INDEX device_due ON device (due_ms);
CREATE INDEX device_heard ON device (heard_ms);
CREATE INDEX device_named ON device (source, name);
CREATE INDEX device_hint ON device (source, hint_ms) WHERE hint <> 0;

CREATE TABLE frame (
    device BIGINT NOT NULL REFERENCES device (device),
    id BIGINT NOT NULL,
    digest {bytes} NOT NULL, -- frames that count as repeats of each other have the same
    time_ms BIGINT NOT NULL,
    heard_ms BIGINT NOT NULL,
    session TEXT NOT NULL,
    counter_bits BIGINT NOT NULL, -- 0: there is no counter
    counter BIGINT NOT NULL,
    port BIGINT NOT NULL,
    battery BIGINT NOT NULL,
    airtime_us BIGINT NOT NULL DEFAULT 0, -- 0: not known
    picture BIGINT NOT NULL, -- 0: not looked at, or of none
    payload {bytes} NOT NULL,
    PRIMARY KEY (device, id)
) {by device};
{parts of frame}
CREATE INDEX frame_digest ON frame (device, digest);
CREATE INDEX frame_picture ON frame (device, picture) WHERE picture <> 0;
CREATE INDEX frame_stray ON frame (time_ms) WHERE picture = 0;

CREATE TABLE picture (
    device BIGINT NOT NULL REFERENCES device (device),
    id BIGINT NOT NULL, -- of its first frame
    number BIGINT NOT NULL,
    first_ms BIGINT NOT NULL,
    last_ms BIGINT NOT NULL,
    deadline_ms BIGINT NOT NULL,
    packets BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    final BIGINT NOT NULL,
    answer TEXT,
    label TEXT,
    score BIGINT NOT NULL,
    model BIGINT NOT NULL,
    open BIGINT NOT NULL, -- 1: frames may still come to it, though it is final
    seen BIGINT NOT NULL, -- symbols that were known when the vision model saw it
    people BIGINT NOT NULL DEFAULT 0, -- 1: it shows a person, and is dropped once it is final
    evidence BIGINT NOT NULL DEFAULT 0, -- 1: an alarm was raised for it
    shown_ms BIGINT NOT NULL DEFAULT 0, -- when this row was changed
    PRIMARY KEY (device, id)
) {by device};
{parts of picture}
CREATE INDEX picture_newest ON picture (last_ms, device, id);
CREATE INDEX picture_shown ON picture (shown_ms);
CREATE INDEX picture_open ON picture (device, id, deadline_ms) WHERE final = 0;
CREATE INDEX picture_late ON picture (device, id) WHERE final = 0 OR open = 1;
CREATE INDEX picture_ended ON picture (last_ms) WHERE final = 1 AND evidence = 0;
CREATE INDEX picture_evidence ON picture (last_ms) WHERE final = 1 AND evidence = 1;

CREATE TABLE alarm (
    device BIGINT NOT NULL REFERENCES device (device),
    rule TEXT NOT NULL,
    event BIGINT NOT NULL,
    picture BIGINT NOT NULL,
    time_ms BIGINT NOT NULL,
    label TEXT,
    score BIGINT NOT NULL,
    judged BIGINT NOT NULL DEFAULT 0, -- by a person: 1 confirmed, 2 rejected; 0: not yet
    judged_by TEXT,
    judged_ms BIGINT NOT NULL DEFAULT 0,
    changed_ms BIGINT NOT NULL DEFAULT 0, -- when it was raised or judged
    PRIMARY KEY (device, rule, event)
) {by device};
{parts of alarm}
CREATE INDEX alarm_picture ON alarm (device, picture);
CREATE INDEX alarm_judged ON alarm (judged, time_ms);
CREATE INDEX alarm_changed ON alarm (changed_ms);

CREATE TABLE outbox (
    device BIGINT NOT NULL REFERENCES device (device),
    id BIGINT NOT NULL, -- a hash of rule, event and target
    target TEXT NOT NULL,
    body TEXT NOT NULL,
    picture BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    due_ms BIGINT NOT NULL,  -- when it may be taken; while it is being delivered, the end of the lease
    done BIGINT NOT NULL,    -- 0: waits; 1: delivered; 2: failed, and is not tried again
    problem TEXT,            -- of the last attempt
    PRIMARY KEY (device, id)
) {by device};
{parts of outbox}
CREATE INDEX outbox_due ON outbox (target, due_ms, done) WHERE done = 0;
CREATE INDEX outbox_failed ON outbox (target, done) WHERE done = 2;
CREATE INDEX outbox_past ON outbox (due_ms) WHERE done <> 0 AND picture = 0;
CREATE INDEX outbox_picture ON outbox (device, picture);

-- Not by device: these two are small, and each server of a store that is spread over several has all of them
-- (reference tables).
CREATE TABLE account (
    name TEXT NOT NULL PRIMARY KEY,
    hash TEXT NOT NULL,  -- of the password, by crypto_pwhash_str of libsodium
    role BIGINT NOT NULL -- 1: viewer; 2: operator; 3: admin
);

CREATE TABLE session (
    token {bytes} NOT NULL PRIMARY KEY, -- a hash of the token, which only the browser has
    name TEXT NOT NULL REFERENCES account (name),
    made_ms BIGINT NOT NULL,
    seen_ms BIGINT NOT NULL
);
CREATE INDEX session_name ON session (name);
