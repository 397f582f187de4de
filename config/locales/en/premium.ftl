# Premium in English.

command-premium = Premium

premium-not-yet = You have no premium, and it cannot be bought yet. With it a search goes before others'; all else is for everyone anyway.
premium-until = You have premium until { $until }: your searches go before others'.
premium-unknown = I cannot look that up right now. Try again in a minute.
