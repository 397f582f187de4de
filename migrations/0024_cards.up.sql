-- Payments by card. What goes back of one has a name of its own and may be a part: `returns` names the payment. Null where
-- both bear one name, as with Stars.
ALTER TABLE charges ADD COLUMN returns text;

CREATE INDEX charges_returns ON charges (coalesce(returns, charge_id)) WHERE direction = 'out';
