-- Links by which people invite others.
CREATE TABLE invitations (
    user_id bigint PRIMARY KEY,
    code    text   NOT NULL UNIQUE,
    at      bigint NOT NULL
);

-- Who came by such a link: a keyed hash, as erasing makes nobody new. `inviter` is forgotten once they have talked.
CREATE TABLE arrivals (
    person  bytea  PRIMARY KEY,
    inviter bigint,
    at      bigint NOT NULL
);

CREATE INDEX arrivals_inviter ON arrivals (inviter) WHERE inviter IS NOT NULL;
CREATE INDEX arrivals_at ON arrivals (at) WHERE inviter IS NOT NULL;

-- Packs: so many uses of something. `days` of an order is how many.
ALTER TABLE orders DROP CONSTRAINT orders_kind_check,
    ADD CONSTRAINT orders_kind_check CHECK (kind IN ('once', 'monthly', 'pack'));
ALTER TABLE ledger DROP CONSTRAINT ledger_unit_check,
    ADD CONSTRAINT ledger_unit_check CHECK (unit IN ('XTR', 'RUB', 'premium', 'companion'));

CREATE INDEX ledger_pieces ON ledger (person, entry) WHERE unit = 'companion';

-- By which a subscription by card is charged again: the provider's name of it. Null where it does not renew, and with Stars.
ALTER TABLE subscriptions ADD COLUMN method text;

CREATE INDEX subscriptions_due ON subscriptions (paid_until) WHERE method IS NOT NULL;
