-- What people want to buy. `person` is a keyed hash, as payments outlive an erasure; the ids go with the account.
CREATE TABLE orders (
    order_id    text   PRIMARY KEY,
    person      bytea  NOT NULL,
    user_id     bigint,
    gift_person bytea,
    gift_to     bigint,
    seq         bigint NOT NULL,
    product     text   NOT NULL,
    kind        text   NOT NULL CHECK (kind IN ('once', 'monthly')),
    days        integer NOT NULL CHECK (days > 0),
    currency    text   NOT NULL CHECK (currency IN ('XTR', 'RUB')),
    amount      bigint NOT NULL CHECK (amount > 0),
    state       text   NOT NULL CHECK (state IN ('open', 'paid')),
    created     bigint NOT NULL,
    expires     bigint NOT NULL,
    checked     bigint
);

CREATE INDEX orders_person ON orders (person, created);
CREATE INDEX orders_user ON orders (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX orders_gift ON orders (gift_to) WHERE gift_to IS NOT NULL;
CREATE INDEX orders_expires ON orders (expires);

-- Money that has moved, as its provider tells it. The key is the provider's, with the direction: a refund bears the
-- name of its payment (I8).
CREATE TABLE charges (
    charge_id text    NOT NULL,
    direction text    NOT NULL CHECK (direction IN ('in', 'out')),
    number    bigint  GENERATED ALWAYS AS IDENTITY,
    order_id  text,
    person    bytea   NOT NULL,
    user_id   bigint,
    currency  text    NOT NULL,
    amount    bigint  NOT NULL CHECK (amount > 0),
    at        bigint  NOT NULL,
    cause     bigint,
    PRIMARY KEY (charge_id, direction)
);

CREATE UNIQUE INDEX charges_number ON charges (number);
CREATE INDEX charges_user ON charges (user_id, number) WHERE user_id IS NOT NULL;
CREATE INDEX charges_at ON charges (at);

-- Subscriptions, one an order. Without a first charge only a change of it was told yet.
CREATE TABLE subscriptions (
    order_id     text   PRIMARY KEY,
    person       bytea  NOT NULL,
    user_id      bigint,
    first_charge text,
    state        text   NOT NULL CHECK (state IN ('active', 'canceled', 'failed')),
    paid_until   bigint NOT NULL,
    changed      bigint NOT NULL
);

CREATE INDEX subscriptions_person ON subscriptions (person);
CREATE INDEX subscriptions_user ON subscriptions (user_id) WHERE user_id IS NOT NULL;

-- The ledger: each entry takes from one account what it gives to another, so they add up to zero. Premium is a unit like
-- money, in milliseconds.
CREATE TABLE ledger (
    entry     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at        bigint NOT NULL,
    person    bytea  NOT NULL,
    charge_id text,
    source    text   NOT NULL,
    unit      text   NOT NULL CHECK (unit IN ('XTR', 'RUB', 'premium')),
    debit     text   NOT NULL,
    credit    text   NOT NULL,
    amount    bigint NOT NULL CHECK (amount > 0),
    late      bigint NOT NULL
);

CREATE INDEX ledger_person ON ledger (person, entry) WHERE unit = 'premium';
CREATE INDEX ledger_charge ON ledger (charge_id) WHERE charge_id IS NOT NULL;
CREATE INDEX ledger_at ON ledger (at);

CREATE TRIGGER ledger_append_only BEFORE UPDATE OR DELETE ON ledger
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- How many of a provider's transactions were gone through.
CREATE TABLE billing_cursors (
    name text   PRIMARY KEY,
    rows bigint NOT NULL,
    at   bigint NOT NULL
);

-- What does not fit, for an operator to look at.
CREATE TABLE billing_differences (
    charge_id text   NOT NULL,
    direction text   NOT NULL,
    reason    text   NOT NULL,
    amount    bigint NOT NULL,
    at        bigint NOT NULL,
    PRIMARY KEY (charge_id, direction, reason)
);

CREATE INDEX billing_differences_at ON billing_differences (at);
