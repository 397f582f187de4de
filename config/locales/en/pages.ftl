## The link to the operators' pages

command-admin = Open the operators' pages
pages-link = Here is your way in. It works once, for five minutes:

    { $link }
pages-link-no-address = I do not know where the pages are: set PUBLIC_URL. With a token of <code>nameless token create</code> you can log in without a link.
pages-link-not-made = The database does not answer. Please try again in a moment.

## Around every page

pages-skip = Skip to the content
pages-menu = Pages
pages-locked = needs another role
pages-theme-auto = Colours: device
pages-theme-dark = Colours: dark
pages-theme-light = Colours: light
pages-logout = Log out
pages-moment = { $at }
pages-forever = for good
pages-seconds = { $n ->
        [one] { $n } second
       *[other] { $n } seconds
    }
pages-minutes = { $n ->
        [one] { $n } minute
       *[other] { $n } minutes
    }
pages-hours = { $n ->
        [one] { $n } hour
       *[other] { $n } hours
    }
pages-days = { $n ->
        [one] { $n } day
       *[other] { $n } days
    }
pages-yes = yes
pages-no = no
pages-cancel = Cancel
pages-any = any
pages-deeds = Actions
pages-first = Back to the first
pages-next = Next page
pages-older = Older entries
pages-to-overview = To the overview

## Coming in

pages-login = Log in
pages-login-by-link = This link from the bot lets you in once.
pages-login-how = Send /admin to the bot for a link, or paste a token.
pages-login-token = Token
pages-login-hint = Made with nameless token create NAME --role owner, or on the page “Tokens”.
pages-login-enter = Come in
pages-login-ended = Your session is over: it was ended, nothing happened for an hour, or it was twelve hours old. Please log in again.
pages-login-link-used = This link is of no use: it was used, is older than five minutes, or a newer one was made. Send /admin to the bot for another.
pages-login-no-token = This token is of no use: it was mistyped, revoked, or its time is over.

## What is refused

pages-forbidden = Your role does not reach that far
pages-forbidden-text = This needs the permission { $permission }. The role { $role } has it, and every role above it. The attempt was noted.
pages-flawed = That cannot be done as it is
pages-flaw-user = No user can have this id.
pages-flaw-days = The days go from 1 to 3650.
pages-flaw-reason = Give a reason, of at most 500 characters.
pages-flaw-payer = Whoever paid has erased themselves, or it was somebody else. Give the Telegram id of who paid.
pages-flaw-name = A name has 1 to 40 letters, digits, dots and hyphens.
pages-name-taken = There is a token of this name, or there was one. Take another.
pages-changed = That is not as it was
pages-changed-text = Something has changed since you looked, so nothing was done. Look again.
pages-own-request = You asked for this yourself
pages-own-request-text = Another owner has to agree. Two tokens of one person count as one.
pages-taken = Somebody is on it
pages-taken-text = { $by } is working on this one. It is free again a quarter of an hour after they opened it.
pages-missing = There is nothing here
pages-missing-text = There is nobody, or nothing, of that name or number.
pages-malformed = That is not understood
pages-malformed-text = The address or the form is not as these pages make them. Go back and try again.
pages-foreign = That form was not sent from here
pages-foreign-text = It did not come from a page of your session, so nothing was done. Open the page again and repeat it there.
pages-too-many = Too many attempts
pages-too-many-text = Wait a minute, then try again.
pages-away = No answer right now
pages-away-text = The database does not answer, or too much is under way. It is not certain whether anything was done: look before you try again.

## What was done

pages-done-ban = Banned.
pages-done-shadow = Shadowed.
pages-done-unban = The ban is lifted.
pages-done-grant = Premium is granted.
pages-done-revoke = Premium is ended.
pages-done-dismissed = Dismissed. On to the next one.
pages-done-upheld = Upheld. On to the next one.
pages-done-replay = It is handled again.
pages-done-token = The token is revoked.
pages-done-photo-approve = It is fine from now on. On to the next one.
pages-done-photo-reject = It stays blurred. On to the next one.
pages-done-photo-ban = The picture is banned. On to the next one.
pages-done-photo-alone = Done, for this picture alone: nobody knows what it looks like.
pages-done-refund = The payment is on its way back.
pages-done-erase = They are being erased.
pages-done-many = Done to all of them; the audit log has each.
pages-done-waits = It waits for another owner, for a day.
pages-done-approved = It is done.
pages-done-refused = It is not done.

## Overview

pages-overview = Overview
pages-state-ready = All is well
pages-state-degraded = Degraded: something waits for the database
pages-state-held = Held: no updates are taken
pages-live-on = Up to date every five seconds
pages-live-off = Paused while you look elsewhere
pages-live-lost = No connection; trying again
pages-now = Now
pages-spark = Messages per second during the last five minutes
pages-sessions = Active
pages-sessions-note = sessions on this node
pages-searching = Searching
pages-chats = Chats
pages-chats-note = { $n } within 24 hours
pages-rate = Messages
pages-rate-note = per second, on this node
pages-p50 = Delivery, half
pages-p50-note = or sooner
pages-p99 = Delivery, 99 %
pages-accounts = People
pages-accounts-note = about
pages-bans = Bans
pages-waiting = Waiting
pages-reports-open = Open reports
pages-dead-waiting = Failed updates
pages-outbox = For Telegram
pages-store = For the database
pages-store-waits = Held up by the database
pages-oldest = the oldest for { $ago }
pages-to-reports = Work on reports
pages-troubles = Trouble
pages-relay-failed = Refused by Telegram
pages-told-to-wait = Told to wait
pages-dead-made = Updates set aside
pages-writes-refused = Writes refused or dropped
pages-restarts = Restarts
pages-strangers = Turned away without a key
pages-troubles-note = Counted since this node started.

## Figures

pages-figures = Figures
pages-figures-activity = Activity per day
pages-figures-activity-says = A bar for each of the last 60 days: how many people wrote, { $n } at most. The table below has the figures.
pages-figures-activity-note = Days are in UTC. What was counted within the last minute may be missing.
pages-figures-active = People who wrote
pages-figures-again = Wrote again
pages-figures-fresh = For the first time
pages-figures-dialogs = Chats
pages-figures-messages = Messages
pages-figures-photos = Photos
pages-figures-retention = How many come back
pages-figures-retention-says = Four lines over the days on which people came first: how many of a hundred wrote again 1, 4, 7 and 30 days later. The table below has the figures.
pages-figures-retention-note = By the day on which they came first. Fewer than ten people are no figure: the line is broken there.
pages-figures-people = People
pages-figures-day = Day
pages-figures-table = As a table
pages-figures-none = Nothing was counted yet.

## People

pages-users = People
pages-user = User
pages-find-user = User id
pages-find = Find
pages-users-none = Nobody here yet.
pages-filters = Which people
pages-active-days = Wrote within days
pages-id = Id
pages-doing = Is
pages-since = Since
pages-phase-idle = idle
pages-phase-companion = with a character
pages-phase-searching = searching
pages-phase-chatting = chatting
pages-phase-underage = under 18
pages-phase-onboarding = signing up
pages-no-account = no account
pages-banned = Banned
pages-shadowed = Shadowed
pages-until = until { $at }
pages-dossier = What is known
pages-language = Language
pages-adult = Says they are 18
pages-blocked-bot = Has blocked the bot
pages-premium = Premium
pages-strikes = Strikes
pages-reports-about = Open reports
pages-false-reports = False reports made
pages-chats-had = Chats
pages-rated-up = Rated up
pages-rated-down = Rated down
pages-appeals = Appeals
pages-decisions = History
pages-decisions-none = Nothing was ever decided about them.
pages-all-entries = Everything in the audit log
pages-deeds-note = Each asks once more, and says what follows.
pages-needs-moderate = Bans need the permission moderate, which begins with the role moderator.
pages-needs-erase = Erasing needs the permission erase, which begins with the role owner.
pages-needs-grant = Premium needs the permission grant, which begins with the role admin.

## What is done about people

pages-deed = { $deed }: user
pages-follows = What follows
pages-term = For how long
pages-for-days = Days
pages-reason = Reason
pages-reason-read = They read this, and so do other operators.
pages-reason-kept = Other operators read this; they do not.
pages-ban = Ban
pages-ban-yes = Ban
pages-ban-ends = Their chat and their search end at once. The other one hears that they have left.
pages-ban-told = They are told of it, with your reason, once a day at most.
pages-ban-left = All they can still do is object with /appeal and see to their data.
pages-ban-outlives = It takes the place of a ban they have, and outlives an erasure.
pages-shadow = Shadow
pages-shadow-yes = Shadow
pages-shadow-ends = Their chat ends at once.
pages-shadow-untold = They are told nothing.
pages-shadow-alone = They search and find nobody; what they write reaches nobody.
pages-unban = Lift the ban
pages-unban-yes = Lift the ban
pages-unban-back = They can use the bot again at once.
pages-unban-kept = Why they were banned stays in their history.
pages-grant = Grant premium
pages-grant-yes = Grant
pages-grant-adds = The days are added to what they have.
pages-grant-first = Their searches go first from now on.
pages-revoke = End premium
pages-revoke-yes = End premium
pages-revoke-gone = Their premium ends at once, with all that is left of it.
pages-erase = Erase
pages-erase-yes = Erase
pages-erase-gone = Their chat ends at once, and all that is kept of them goes: profile, words, premium. Nobody can bring it back.
pages-erase-told = They are told, with the reason.
pages-erase-kept = A ban stays, as a hash, and so do open reports about them.
pages-erase-second = Where ADMIN_SECOND_OWNER is on, it waits a day for another owner.

## One act to many

pages-many-dismiss = Dismiss all by this reporter
pages-many-dismiss-follows = Their word weighs less from now on. What somebody else works on is left.
pages-many-ban = Ban all of these
pages-many-replay = Replay all that failed like this
pages-many-replay-follows = Each is handled again. If the cause is not mended, they fail again.
pages-many-drop = Drop all that failed like this
pages-many-drop-follows = They are gone: nobody handles them any more.
pages-drop = Drop
pages-many-each = Each is written to the audit log by itself.
pages-many-error = The reason: { $error }
pages-many-hit = { $n ->
        [one] It hits { $n }:
       *[other] It hits { $n }:
    }
pages-many-more = There are more than { $n }: the rest is left for the next time.
pages-many-users = Ids to ban, with spaces between them

## What waits for a second owner

pages-requests = Requests
pages-requests-lead = What another owner has to agree to within a day. Nobody agrees to their own.
pages-requests-none = Nothing waits.
pages-approve = Agree, and do it
pages-refuse = Refuse

## Reports

pages-reports = Reports
pages-report = Report
pages-reports-lead = The fifty weightiest, minors first. Opening one makes it yours for a quarter of an hour and is noted, as you read what people wrote.
pages-reports-none = No open reports. Well done.
pages-needs-evidence = You see the queue. Opening a report needs the permission see_evidence, which begins with the role moderator.
pages-number = No.
pages-why = Why
pages-about = About
pages-by = By
pages-reporters = { $n ->
        [one] { $n } person
       *[other] { $n } people
    }
pages-trust = Trust
pages-waits = Waiting
pages-taken-by = Taken by
pages-evidence = What was said
pages-evidence-none = There are no messages with this report.
pages-unreadable = { $n ->
        [one] { $n } message cannot be read any more: its sender has erased themselves.
       *[other] { $n } messages cannot be read any more: their sender has erased themselves.
    }
pages-from-reporter = Reporter
pages-from-reported = Reported
pages-about-it = About it
pages-made = Made
pages-verdict = Verdict
pages-verdict-upheld = Upheld
pages-verdict-dismissed = Dismissed
pages-decide = Decide
pages-uphold = Uphold
pages-dismiss = Dismiss
pages-decide-yes = Decide
pages-keys = Keys
pages-keys-off = Turn single keys off
pages-keys-on = Turn single keys on
pages-key-move = down, up
pages-key-open = open
pages-key-reload = look again
pages-key-send = send
pages-key-person = the person
pages-key-queue = back to the queue

## Photos

pages-photos = Photos
pages-photo = Photo
pages-photos-lead = Pictures of open reports first, then those the models were in doubt about. Every look is noted, with your reason.
pages-photos-none = No picture waits. Well done.
pages-photos-needs = You see the queue. Looking at a picture needs the permission see_evidence, which begins with the role moderator.
pages-photo-of = From
pages-photo-of-report = report { $report }
pages-photo-of-doubt = doubt
pages-photo-sender = Sent by
pages-photo-against = Against it
pages-photo-since = Here since
pages-photo-look = Look at photo
pages-photo-look-yes = Look
pages-photo-noted = The look goes into the audit log, with your name and your reason.
pages-photo-veiled = The picture comes blurred. You take the blur away yourself.
pages-photo-unkept = It is shown on this page and kept nowhere. For another look you are asked again.
pages-photo-picture = The picture
pages-photo-alt = Photo { $photo }, as it was sent
pages-photo-unveil = Without the blur
pages-photo-nudity = Nudity, 0 to 1
pages-photo-faces = Faces
pages-photo-face = Face { $n }
pages-photo-scores = quick { $quick }, judge { $judge }
pages-photo-unseen = No model could look at it just now: there are no scores and no frames.
pages-photo-uphold = Uphold
pages-photo-overrule = Overrule
pages-photo-ban = Ban the picture
pages-photo-rulings = Upheld, it stays blurred. Overruled, it is fine from now on, where there was only doubt. Banned, it is taken away from everybody, and so is what looks like it.
pages-photo-banned = banned picture
pages-photo-nude = nude
pages-photo-spam = spam
pages-photo-no-face = no face
pages-photo-several-faces = several faces
pages-photo-small-face = small face
pages-photo-blurred-face = blurred face
pages-photo-dark-face = dark face
pages-photo-bright-face = washed-out face
pages-photo-perhaps-nude = perhaps nude
pages-photo-uncertain-face = uncertain face
pages-photo-unchecked = not checked
pages-photo-code = QR code

## Failed updates

pages-dead = Failed updates
pages-dead-lead = Updates that failed twice and were set aside, the oldest first. Mend the cause, then have them handled again.
pages-dead-none = Nothing has failed.
pages-position = Position
pages-error = Error
pages-replay = Replay

## Actors

pages-actors = Actors
pages-tree = The tree
pages-supervisor = starts the others anew, and ends the process where that does not help
pages-deaths = Deaths
pages-depth = Now
pages-below-shard = a session for each active person
pages-below-relay = a pair for each chat under way
pages-tree-note = Now: calls, writes, seekers, pairs or sessions that it holds. What is not counted has a dash. The words say what happens when it is full.
pages-timed = What takes how long, in ms
pages-what = What
pages-count = Times
pages-half = Half
pages-most = 99 %
pages-counters = Counters

## Audit log

pages-audit = Audit log
pages-audit-none = No entry is like that.
pages-who = By whom
pages-outcome = Outcome
pages-show = Show
pages-all = Show all

## Payments

pages-payments = Payments
pages-payment = Payment
pages-payments-none = No payments yet.
pages-payment-number = Number
pages-payment-amount = Amount
pages-payment-for = For
pages-payment-by = Paid by
pages-payment-at = When
pages-payment-gift = { $product }, a gift
pages-payment-no-order = no order
pages-payment-erased = erased
pages-payment-credited = credited
pages-payment-renews = renews
pages-payment-ends = does not renew
pages-payment-failed = renewal failed
pages-payment-back = went back on { $at }
pages-payment-unused = Not used yet
pages-payment-refunding = It is on its way back. That takes seconds, or as long as Telegram does not answer.
pages-ledger = Books of whoever paid
pages-ledger-note = The newest first: what each payment, grant and refund moved from one account to another.
pages-ledger-accounts = Accounts
pages-refund = Give back
pages-refund-yes = Give it back
pages-refund-money = { $amount } go back to whoever paid.
pages-refund-unused = What is not used of the premium ends: { $time }.
pages-refund-renewal = The subscription does not renew any more.
pages-refund-told = They are told of it, without your reason.
pages-refund-final = It cannot be undone.
pages-refund-part = Only a part, in roubles
pages-refund-part-hint = Such as 50 or 50.00. Leave it empty to give back all that is left.
pages-flaw-part = So much cannot go back: only a part of a payment by card, and no more than is left of it.
pages-refund-payer = Telegram id of who paid
pages-needs-refund = Refunds need the permission refund, which begins with the role admin.

## Tokens

pages-tokens = Tokens
pages-tokens-lead = For scripts, and for logging in here. The database has only their hashes.
pages-tokens-none = There are no tokens.
pages-token-made = { $name } is made
pages-token-once = Copy it now: it is shown this once.
pages-name = Name
pages-role = Role
pages-good-until = Good until
pages-state = State
pages-token-good = good
pages-token-over = expired
pages-token-revoked = revoked
pages-token-new = A new token
pages-token-create = Make
pages-token-revoke = Revoke
pages-token-revoke-heading = Revoke { $name }?
pages-token-revoke-ends = It is of no use from now on, and sessions that began with it end at once.
pages-token-revoke-name = Its name stays taken, as the audit log names it.

## Configuration

pages-config = Configuration
pages-config-lead = What this node runs with, and where each value comes from. Secrets are hidden.
pages-setting = Setting
pages-value = Value
pages-source = From
