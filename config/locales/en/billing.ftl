## What is sold, paid and given back

premium-for-sale = With premium your searches go before others'{ $again ->
        [0] {""}
       *[other] , and you can ask the last person you talked to for another chat
    }{ $dating ->
        [0] {""}
       *[other] , and in dating you see who likes you
    }. You can chat without it, too.

    Choose what suits you.
billing-title-week = Premium for a week
billing-title-month = Premium for a month
billing-title-monthly = Premium, monthly
billing-about = Your searches go before others'. You get it at once, and it adds to what you have.
billing-button-once = { $title } · { $stars } ⭐
billing-button-monthly = { $title } · { $stars } ⭐ a month
billing-button-cards = 💳 By card, in roubles
billing-button-card = { $title } · { $price }
billing-button-card-pay = Pay { $price }
billing-button-gift = 🎁 A gift for the person I am talking to
billing-button-mine = My payments
billing-button-pay = Subscribe for { $stars } ⭐ a month
billing-button-cancel = Cancel renewal of №{ $number }
billing-button-cancel-yes = Yes, do not renew it
billing-button-trial = Try it for { $days ->
        [one] { $days } day
       *[other] { $days } days
    }, free
billing-trial = It is yours: premium for { $days ->
        [one] { $days } day
       *[other] { $days } days
    }, until { $until }. It ends by itself; there is nothing to cancel.
billing-trial-over = You have had your free days already: everybody has them once. /premium
billing-gift = What would you like to give? The person you are talking to will only learn that it is a gift. Neither of you will learn anything about the other.
billing-no-partner = A gift is for the person you are talking to, and nobody is there right now. Find someone first: /search
billing-subscription = Premium for { $stars } ⭐ every 30 days. You can cancel at any time under /premium, My payments; what you have paid for stays yours.
billing-cards = What would you like to pay for by card? You are charged once, and never again by itself.
billing-cards-renew = What would you like to pay for by card? Only what says “a month” is charged again by itself, and only once you have agreed to that.
billing-button-card-monthly = { $title } · { $price } a month
billing-button-agree = I agree, pay { $price }
billing-consent = Your card is charged { $price } now, and again every { $days ->
        [one] day
       *[other] { $days } days
    }, until you switch it off. One tap does that at any time: /premium, My payments. YooKassa keeps the card for that; we neither see nor keep it. Do you agree?
billing-not-charged = Your card could not be charged, so premium does not renew any more. What you have paid for stays yours until { $until }. To go on: /premium
billing-renewal-about = Premium, renewed
billing-preparing = One moment, we are getting the payment page ready.
billing-card = { $price } to pay. The button opens a page of YooKassa, where you can pay by card. Your receipt comes here as soon as the payment is through.
billing-not-now = That did not work just now, and nothing was charged. Try again in a minute.
billing-receipt = Thank you! { $days ->
        [one] A day of premium is yours
       *[other] { $days } days of premium are yours
    }: you now have it until { $until }.

    Receipt №{ $number }: { $price }. If anything is wrong, write to us: /paysupport
billing-receipt-renews = Thank you! You have premium until { $until }, and it renews by itself.

    Receipt №{ $number }: { $price }. To cancel: /premium, My payments. If anything is wrong, write to us: /paysupport
billing-receipt-gift = Thank you! Your gift has arrived: { $days ->
        [one] a day of premium.
       *[other] { $days } days of premium.
    }

    Receipt №{ $number }: { $price }. If anything is wrong, write to us: /paysupport
billing-title-pack = 100 messages to characters
billing-about-pack = When a day's messages to characters are used up, these go on. They do not end by themselves.
billing-receipt-pack = Thank you! { $count ->
        [one] One message to characters is yours
       *[other] { $count } messages to characters are yours
    }. They are used once a day's messages are used up, and wait until then.

    Receipt №{ $number }: { $price }. If anything is wrong, write to us: /paysupport
billing-title-super = 5 super-likes
billing-about-super = Whoever gets a super-like hears of it at once and sees your card first. They do not expire.
billing-title-likes = 50 more likes
billing-about-likes = When a day's likes are used up, these go on. They do not expire.
billing-title-undo = 10 steps back
billing-about-undo = Take back what you said of a card, beyond the one that is free each day. They do not expire.
billing-title-likers = 7 days of seeing who likes you
billing-about-likers = Each opens the list of who likes you for a day, whenever you want. They do not expire.
billing-title-again = Ask back: 5 times
billing-about-again = Each time, you can ask the last person you talked to for another chat. If they do not come, you can try that one again. They do not expire.
billing-receipt-again = Thank you! You can ask the last person you talked to for another chat { $count ->
        [one] once
       *[other] { $count } times
    }: the button is below the end of a chat. It does not expire and waits until you need it.

    Receipt №{ $number }: { $price }. If anything is wrong, write to us: /paysupport
billing-receipt-super = Thank you! { $count ->
        [one] One super-like is yours
       *[other] { $count } super-likes are yours
    }.

    Receipt №{ $number }: { $price }. If anything is wrong, write to us: /paysupport
billing-receipt-likes = Thank you! { $count ->
        [one] One like is yours
       *[other] { $count } likes are yours
    } beyond what a day has.

    Receipt №{ $number }: { $price }. If anything is wrong, write to us: /paysupport
billing-receipt-undo = Thank you! { $count ->
        [one] One step back is yours
       *[other] { $count } steps back are yours
    } beyond the free one of each day.

    Receipt №{ $number }: { $price }. If anything is wrong, write to us: /paysupport
billing-receipt-likers = Thank you! { $count ->
        [one] For a day you can see who likes you
       *[other] On { $count } days you can see who likes you
    }: each begins when you want it.

    Receipt №{ $number }: { $price }. If anything is wrong, write to us: /paysupport
billing-gifted = 🎁 Somebody has given you { $days ->
        [one] a day of premium
       *[other] { $days } days of premium
    }! Your searches go before others' now.
billing-refunded = { $price } of payment №{ $number } are back with you. What you had not used of it has ended.
billing-refunded-part = { $price } of payment №{ $number } are back with you. What it paid for is less by the same share.
billing-refund-about = Refund of a payment
billing-sent-back = Payment №{ $number } could not be matched to an order of yours, so we are sending it back.
billing-renewal-active = Your subscription renews again. You have paid until { $until }.
billing-renewal-canceled = Your subscription will not renew. Premium stays yours until { $until }.
billing-renewal-failed = Telegram could not charge your subscription. You have paid until { $until }; top up your Stars to keep it.
billing-payments = Your last payments (🔁 renews, ↩ given back):

    { $lines }
billing-payments-none = You have not paid for anything yet.
billing-cancel-sure = Cancel the renewal? Premium stays yours for as long as you have paid. You can subscribe again later.
billing-canceling = One moment, we are cancelling it at Telegram.
billing-canceled = Done: it will not renew. Premium stays yours until { $until }.
billing-not-canceled = Telegram did not let us cancel it. You can do it yourself in Telegram: Settings, My Stars. Or write to us: /paysupport
billing-nothing-to-cancel = This subscription does not renew any more.
billing-support-how = Something wrong with a payment? Write it right behind the command, for example:

    <code>/paysupport I paid and do not have premium</code>

    We see your last payments along with it, and nothing of your chats. We give money back if you did not get what you paid for.
billing-support-thanks = Thank you! We have it, along with the numbers of your last payments, and will look into it.
billing-support-too-soon = Thank you, we have your last message. You can write again in an hour.
billing-terms = Terms of payment

    • You pay in Telegram Stars. You get premium at once, and it adds to what you have.
    • A subscription renews every 30 days until you cancel it: /premium, My payments.
    • You may ask for your money back if you did not get what you paid for: /paysupport. When a payment goes back, the part of premium that you have not used ends.
    • If you erase your data, premium that is left ends as well. We keep amounts and dates of payments, without your name and without anything you wrote, as the law asks.
    • Premium does not change the rules: /rules
billing-terms-cards = Paying by card

    • YooKassa carries the payment out. We neither see nor keep your card's details.
    • You are charged once.
    • A refund goes to the same card, usually within a few days.
command-invite = Invite a friend
help-invite = gives you a link for friends, and days of premium for bringing them
billing-button-invite = 💌 Invite a friend: { $days ->
        [one] { $days } day of premium
       *[other] { $days } days of premium
    }
billing-button-share = Send it to somebody
billing-button-copy = Copy the link
billing-invite = Your link:

    { $link }

    When somebody who has never been here comes by it and has had a first real chat, you get { $days ->
        [one] a day of premium
       *[other] { $days } days of premium
    }. You will learn that somebody came, never who, and nobody here is told whose link it was.

    { $brought ->
        [0] Nobody has come by it yet.
        [one] One person has come by it so far.
       *[other] { $brought } people have come by it so far.
    }
billing-invite-both = Your link:

    { $link }

    When somebody who has never been here comes by it and has had a first real chat, each of you gets { $days ->
        [one] a day of premium
       *[other] { $days } days of premium
    }. You will learn that somebody came, never who, and nobody here is told whose link it was.

    { $brought ->
        [0] Nobody has come by it yet.
        [one] One person has come by it so far.
       *[other] { $brought } people have come by it so far.
    }
billing-invite-not-now = We cannot make your link right now. Try again in a minute.
billing-came = Welcome! A friend's link has brought you here. Once you have had a first real chat, whoever gave it to you gets { $days ->
        [one] a day of premium
       *[other] { $days } days of premium
    }. They will only learn that somebody came; nothing of you or of your chats.
billing-came-both = Welcome! A friend's link has brought you here. Once you have had a first real chat, you and whoever gave it to you each get { $days ->
        [one] a day of premium
       *[other] { $days } days of premium
    }. They will only learn that somebody came; nothing of you or of your chats.
billing-brought = 💌 Somebody came by your link and has found someone to talk to: { $days ->
        [one] a day of premium is yours
       *[other] { $days } days of premium are yours
    }, until { $until }. Thank you!
billing-invited = 💌 Your first real chat! { $days ->
        [one] A day of premium is yours
       *[other] { $days } days of premium are yours
    }, until { $until }. It ends by itself; there is nothing to cancel.
billing-terms-cards-renew = Paying by card

    • YooKassa carries the payment out. We neither see nor keep your card's details.
    • You are charged once. Only what says “a month” is charged again by itself, every 30 days, once you have agreed to it. One tap switches it off: /premium, My payments.
    • A refund goes to the same card, usually within a few days.
checkout-unknown = We do not know this invoice. Get a new one: /premium
checkout-not-yours = This invoice is somebody else's. Get your own: /premium
checkout-paid = This invoice is paid already. Get a new one: /premium
checkout-expired = This invoice is too old. Get a new one: /premium
checkout-amount = The price has changed. Get a new invoice: /premium
checkout-under-way = A payment is under way already. Wait a few seconds and look into the chat.
checkout-subscribed = You already have a subscription that renews: /premium, My payments.
checkout-away = We cannot take payments right now, and nothing was charged. Try again in a minute.
command-paysupport = Help with a payment
command-terms = Terms of payment
