## What banned people read

banned-until = You are banned until { $until }. The reason: { $reason }

    If this is a mistake, tell us: <code>/appeal</code> and a few words. /privacy still works as well.
banned-for-good = You are banned. The reason: { $reason }

    If this is a mistake, tell us: <code>/appeal</code> and a few words. /privacy still works as well.
banned-toast = You are banned.
command-appeal = Object to a ban
appeal-how = Write what we should know right after the command, like this:

    <code>/appeal I think you mean somebody else</code>
appeal-kept = We have it, and will look at it.
appeal-lately = We have your last message. You can write again in a week.
appeal-not-kept = That did not get through. Please try again later.
appeal-no-need = You are not banned, so there is nothing to object to.

warned = A warning from the moderators: { $reason }

    Please keep it civil: next time it may be a ban.
appeal-accepted = You were right, and your ban is lifted. { $reason }
erased-by-operators = The operators have deleted everything we kept about you. { $reason }
appeal-declined = We have looked at your objection, and the ban stays. { $reason }

## The operators' chat

admin-help = Your role here: <b>{ $role }</b>. With or without a slash:
admin-help-line = <code>{ $usage }</code>
admin-usage = It is written like this: <code>{ $usage }</code>
admin-too-many = Too many commands: a group takes 20 messages a minute. I will answer again in a moment.
admin-busy = Too much is under way. Try again in a moment.
admin-store-away = The database does not answer, so I cannot say whether it was done. Look before you try again.
admin-forbidden = That needs the permission { $permission }, which begins with the role { $role }. It was noted.
admin-taken = { $by } is working on this one.
admin-changed = This has changed meanwhile, so nothing was done. Look again.
admin-own-request = You asked for this yourself: another owner has to agree.
admin-erasing = User <code>{ $user }</code> is being erased.
admin-confirm-erase = Erase user <code>{ $user }</code>? Their chat ends, all that is kept of them goes, and they are told the reason. A ban stays as a hash. It cannot be brought back.
admin-confirm-approve = Agree to request { $request }, and have it carried out now? It cannot be taken back.
admin-request-asked = <b>An owner asks for something that a second one has to agree to:</b>
admin-request-waits = It waits for another owner.
admin-request-line = <b>{ $request }</b> { $what }: user <code>{ $user }</code>, asked by { $who }, until { $until }: { $reason }
admin-request-how = <code>approve { $request }</code> or <code>refuse { $request } REASON</code>
admin-request-refused = Request { $request } is refused: nothing is done.
admin-requests-none = Nothing waits for a second owner.
admin-flaw-user = No user can have this id.
admin-flaw-days = The days go from 1 to 3650.
admin-flaw-reason = Give a reason, of at most 500 characters.
admin-flaw-part = So much cannot go back: only a part of a payment by card, and no more than is left of it.
admin-flaw-payer = Whoever paid has erased themselves, or it was somebody else. Say who it was, on the page of the payment or with <code>nameless billing refund NUMBER --user ID</code>.
admin-flaw-other = That cannot be done as it is.
admin-missing = There is nobody, or nothing, of that number.
admin-done = Done.
admin-cancelled = Left as it was.
admin-stale = This button no longer works. Give the command again.
admin-not-yours = This button is for whoever asked.
admin-yes = Yes, do it
admin-no = No
admin-confirm = Really?
admin-confirm-ban = <b>{ $kind }</b> for { $days ->
        [one] { $days } day
       *[other] { $days } days
    }: user <code>{ $user }</code>?
admin-confirm-ban-forever = <b>{ $kind }</b> for good: user <code>{ $user }</code>?
admin-confirm-revoke = End the premium of user <code>{ $user }</code>? What they were granted is gone.
admin-confirm-refund = Give payment №{ $payment } back? The payer gets all of it and is told so. What is not used of the premium ends, and a subscription does not renew any more. It cannot be taken back.
admin-payments-none = No payments.
admin-payment-line = <b>№{ $payment }</b> { $at }: { $product }, { $amount } { $currency }
admin-payment-line-back = <b>№{ $payment }</b> { $at }: { $product }, { $amount } { $currency }, went back
admin-payment-line-renews = <b>№{ $payment }</b> { $at }: { $product }, { $amount } { $currency }, renews
admin-refund-soon = Payment №{ $payment } is on its way back.
admin-refund-underway = Another sum of payment №{ $payment } is on its way back. Order this one once that is done.
admin-refund-before = Payment №{ $payment } went back before.
admin-reason = Reason: { $reason }
admin-consequences-ban = Their chat and their search end at once, and the other one hears that they have left. They are told why, once a day at most, and can do nothing but object and see to their data. It outlives an erasure.
admin-consequences-shadow = Their chat ends at once. They are told nothing: they search and find nobody, and what they write reaches nobody. It outlives an erasure.
admin-free = User <code>{ $user }</code> is not banned.
admin-banned-until = User <code>{ $user }</code> is banned until { $until }.
admin-banned-forever = User <code>{ $user }</code> is banned for good.
admin-shadowed-until = User <code>{ $user }</code> is shadowed until { $until }.
admin-shadowed-forever = User <code>{ $user }</code> is shadowed for good.
admin-premium-until = User <code>{ $user }</code> has premium until { $until }.
admin-premium-none = User <code>{ $user }</code> has no premium.
admin-stats = Accounts, about: { $accounts }
    Searching: { $searching }
    Chats now: { $chats }, within 24 hours: { $day }
    Open reports: { $reports }
    Bans in force: { $bans }
    Failed updates: { $dead }
admin-health = <b>{ $state }</b>
    Sessions: { $sessions }
    Waiting for Telegram: { $outbox }
    Waiting for the database: { $store }
    Actors that died: { $deaths }
    Running: { $actors }
admin-person = User <code>{ $user }</code>, since { $created }, { $lang }, { $phase }
admin-person-gone = User <code>{ $user }</code> has no account.
admin-person-figures = Chats: { $chats }. Rated up { $up }, down { $down }. Open reports: { $open }, upheld: { $strikes }. False reports made: { $false }
admin-person-blocked-bot = Has blocked the bot.
admin-appeal = Objected on { $at }: { $words }
admin-reports-none = No open reports.
admin-report-line = <b>{ $report }</b> { $reason }: user <code>{ $reported }</code>, reported by { $reporters ->
        [one] { $reporters } person
       *[other] { $reporters } people
    }, trust { $trust }, taken by { $taken }
admin-evidence-reporter = <i>reporter:</i> { $words }
admin-evidence-reported = <i>reported:</i> { $words }
admin-unreadable = Not readable any more, as whoever wrote it has erased themselves: { $count }
admin-decided = Report { $report }: { $verdict }
admin-dismiss = Dismiss
admin-uphold = Uphold
admin-ban-week = Ban for a week
admin-ban-forever = Ban for good
admin-shadow = Shadow
admin-audit-none = The log is empty.
admin-audit-line = { $seq }. { $at } { $who }: <b>{ $what }</b> { $whom } { $detail } { $reason } ({ $outcome })
admin-dead-none = No failed updates.
admin-dead-line = <code>{ $seq }</code> user <code>{ $user }</code>, { $at }: { $error }
admin-replayed = { $seq } is handled again.
admin-tokens-none = No tokens.
admin-token-line = { $name }: { $role }, until { $expires }
admin-warn = Warn
admin-delete = Delete what they sent
admin-warned = User <code>{ $user }</code> is being told. Warnings: { $count }
admin-noted = Noted. Notes about user <code>{ $user }</code>: { $count }
admin-note-line = Note of { $at } by { $by }: { $words }
admin-deleted = User <code>{ $user }</code>: messages on their way out of { $chats } chats: { $messages }
admin-confirm-warn = Warn user <code>{ $user }</code>? They are told the reason, and it stays on their dossier.
admin-confirm-delete = Delete what partners of user <code>{ $user }</code> got from them within 48 hours? It cannot be brought back.
admin-confirm-accept = Accept the objection of user <code>{ $user }</code>? Their ban is lifted, and they are told.
admin-confirm-decline = Decline the objection of user <code>{ $user }</code>? The ban stays, and they are told.
admin-appeals-none = No open objections.
admin-appeal-line = User <code>{ $user }</code>, { $at }: { $words } (banned for: { $reason })
admin-detections-none = Nothing was written as programs write.
admin-detection-line = User <code>{ $user }</code>, { $at }: { $pattern }
admin-pattern-rhythm = messages to the beat of a clock
admin-pattern-same-words = one text to many people
admin-pattern-links = links first of all, to many people
admin-person-warnings = Warnings: { $count }
admin-person-activity = Last wrote on { $seen }. Sessions: { $sessions }, days: { $days }, messages: { $messages }, photos among them: { $photos }
admin-activity-none = No figures yet.
admin-activity-line = { $day }: active { $active }, new { $fresh }, chats { $dialogs }, messages { $messages }, photos { $photos }
admin-retention-line = { $day }: came { $people }; D1 { $d1 }, D4 { $d4 }, D7 { $d7 }, D30 { $d30 }

## What characters cost

admin-spend-none = Nothing was spent on characters.
admin-spend-line = { $day } <b>{ $cap }</b>: { $spent } spent, { $reserved } reserved, calls: { $calls }, under way: { $open }

pages-characters = Characters
pages-characters-lead = What talks with characters cost, in the currency of the prices, and how those are who answer.
pages-characters-back-ends = Back ends
pages-characters-off = There are no characters: COMPANIONS is not set.
pages-characters-name = Name
pages-characters-health = Health
pages-characters-well = answers
pages-characters-away = left alone for a while after failures
pages-characters-spend = Spend
pages-characters-none = Nothing was spent.
pages-characters-day = Day
pages-characters-cap = Budget of
pages-characters-spent = Spent
pages-characters-budget = Budget
pages-characters-reserved = Reserved
pages-characters-calls = Calls

## Durable work

admin-jobs-none = Nothing of that kind.
admin-jobs-line = <b>{ $lane }</b>: { $waiting } waiting, { $delayed } for later, { $running } under way; the oldest since { $oldest }
admin-jobs-line-running = <b>{ $lane }</b>: { $running } under way
admin-jobs-failed = { $at } { $lane }, job { $job }, user { $user }, attempts: { $attempts }. { $error }

pages-jobs = Jobs
pages-jobs-lead = Work that takes seconds to minutes: what waits, what is under way, what failed for good.
pages-jobs-none = Nothing waits.
pages-jobs-lane = Lane
pages-jobs-waiting = Waiting
pages-jobs-delayed = For later
pages-jobs-running = Under way
pages-jobs-oldest = The oldest has waited
pages-jobs-failed = Failed for good
pages-jobs-failed-none = Nothing failed.
pages-jobs-at = Failed
pages-jobs-attempts = Attempts
