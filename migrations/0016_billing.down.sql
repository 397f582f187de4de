DROP TABLE billing_differences;
DROP TABLE billing_cursors;
DROP TABLE ledger;
DROP TABLE subscriptions;
DROP TABLE charges;
DROP TABLE orders;
