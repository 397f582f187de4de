DROP INDEX subscriptions_due;
ALTER TABLE subscriptions DROP COLUMN method;
DROP INDEX ledger_pieces;
ALTER TABLE ledger DROP CONSTRAINT ledger_unit_check,
    ADD CONSTRAINT ledger_unit_check CHECK (unit IN ('XTR', 'RUB', 'premium'));
ALTER TABLE orders DROP CONSTRAINT orders_kind_check,
    ADD CONSTRAINT orders_kind_check CHECK (kind IN ('once', 'monthly'));
DROP TABLE arrivals;
DROP TABLE invitations;
