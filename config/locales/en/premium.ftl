# Premium in English.

command-premium = Premium

premium-not-yet = You have no premium, and you cannot buy it yet. With premium your searches go first.
premium-until = You have premium until { $until }: your searches go before others'.
premium-renewing = Your premium is being renewed. Until that is through it goes on: your searches go before others'.
premium-messages = You have { $count ->
        [one] one message
       *[other] { $count } messages
    } to characters beyond what a day has.
premium-unknown = We cannot look that up right now. Try again in a minute.
