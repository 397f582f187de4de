## News: what people read

news-turn-off = 🔕 No more news
news-turn-on = 🔔 Send me news
news-link = Open
news-are-on = Now and then we tell everybody what is new here, never in the middle of a chat. You get this news.
news-are-off = Now and then we tell everybody what is new here. You get none of it.
news-turned-off = Done, no more news. If you miss it: /news
news-turned-on = Good, you get news again.
news-unknown = That did not get through. Please try again later.
command-news = News from the team
settings-news = 🔔 News from the team

## Broadcasts in the operators' chat

admin-flaw-text = It takes a text, in one language or in both: at most 2000 characters for a broadcast, 1000 for an announcement.
admin-flaw-link = The button leads to an address that begins with https://, of at most 300 characters, and its label has at most 60.
admin-flaw-when = It leaves at a time that is not over and within 60 days, in UTC: <code>at=2026-12-31T18:00</code>
admin-not-now = It stands where this makes no sense. Look at it again: <code>broadcasts</code>
admin-broadcasts-none = No broadcasts yet.
admin-broadcast-draft = <b>Broadcast { $broadcast }</b>, a draft. Above is what people will read. It would go to { $people ->
        [one] { $people } person
       *[other] { $people } people
    }.
admin-broadcast-running = <b>Broadcast { $broadcast }</b> is under way to { $people ->
        [one] { $people } person
       *[other] { $people } people
    }.
admin-broadcast-stuck = <b>Broadcast { $broadcast }</b> has stopped: its job failed for good, <code>failedjobs</code> says why. Press “Wait” and then “Go on”, and it goes on where it stopped; until then those behind it wait. It is for { $people ->
        [one] { $people } person
       *[other] { $people } people
    }.
admin-broadcast-paused = <b>Broadcast { $broadcast }</b> waits. It is for { $people ->
        [one] { $people } person
       *[other] { $people } people
    }.
admin-broadcast-halted = <b>Broadcast { $broadcast }</b> waits: Telegram refused it 20 times in a row. Look at the preview; if it is fine, let it go on. It is for { $people ->
        [one] { $people } person
       *[other] { $people } people
    }.
admin-broadcast-done = <b>Broadcast { $broadcast }</b> is done. It was for { $people ->
        [one] { $people } person
       *[other] { $people } people
    }.
admin-broadcast-cancelled = <b>Broadcast { $broadcast }</b> was cancelled. It was for { $people ->
        [one] { $people } person
       *[other] { $people } people
    }.
admin-broadcast-figures = Have it: { $sent }. Blocked the bot: { $gone }. Not taken by Telegram: { $failed }. Left out: { $left }. In a chat, later: { $waiting }
admin-broadcast-lang = Only who speaks: { $lang }
admin-broadcast-active = Only who wrote within { $days ->
        [one] { $days } day
       *[other] { $days } days
    }
admin-broadcast-premium = Only who has premium
admin-broadcast-free = Only who has no premium
admin-broadcast-silent = Without a sound
admin-broadcast-at = Not before { $at }
admin-broadcast-start = Send…
admin-broadcast-pause = ⏸ Wait
admin-broadcast-resume = ▶️ Go on
admin-broadcast-cancel = Cancel…
admin-broadcast-look = 🔄 How far
admin-broadcast-preview = Send it to me
admin-confirm-broadcast = Send broadcast { $broadcast }? It goes behind everything else, to nobody in the middle of a chat, and never to those who turned news off. What has arrived cannot be taken back.
admin-confirm-broadcast-cancel = Cancel broadcast { $broadcast }? Nobody else gets it, and it cannot be begun again.

## Broadcasts on the pages

pages-broadcasts = Broadcasts
pages-broadcasts-lead = What everybody is told: behind all that people say to each other, never in the middle of a chat.
pages-broadcasts-none = No broadcasts yet.
pages-broadcast = Broadcast { $n }
pages-broadcast-new = A new broadcast
pages-broadcast-ru = Text in Russian
pages-broadcast-en = Text in English
pages-broadcast-text-hint = One is enough: then everybody gets that. At most 2000 characters each. Tags: b, i, u, s, code, spoiler, blockquote, a.
pages-broadcast-link = Address of a button below it
pages-broadcast-label-ru = Its label in Russian
pages-broadcast-label-en = Its label in English
pages-broadcast-lang = Language
pages-broadcast-any = Any
pages-broadcast-active = Wrote within so many days
pages-broadcast-premium = Premium
pages-broadcast-has = Has it
pages-broadcast-has-not = Has none
pages-broadcast-silent = Without a sound
pages-broadcast-at = Not before
pages-broadcast-at-utc = Send it not before (UTC)
pages-broadcast-create = Draft it and count
pages-broadcast-preview = What people read
pages-broadcast-for = Whom it is for
pages-broadcast-everybody = Everybody who wants news
pages-broadcast-state-draft = Draft
pages-broadcast-state-running = Under way
pages-broadcast-state-paused = Waits
pages-broadcast-state-done = Done
pages-broadcast-state-cancelled = Cancelled
pages-broadcast-stuck = Its job failed for good; “Jobs” says why. Press “Wait” and then “Go on”, and it goes on where it stopped. Until then those behind it wait.
pages-broadcast-halted = Telegram refused it 20 times in a row, so it waits for you.
pages-broadcast-people = For
pages-broadcast-sent = Have it
pages-broadcast-gone = Blocked the bot
pages-broadcast-failed = Not taken by Telegram
pages-broadcast-left = Left out
pages-broadcast-left-hint = turned news off, banned or erased meanwhile
pages-broadcast-waiting = In a chat, later
pages-broadcast-progress = How far it is
pages-broadcast-by = Drafted by
pages-broadcast-begun = Confirmed
pages-broadcast-ended = Ended
pages-broadcast-start = Send…
pages-broadcast-pause = Wait
pages-broadcast-resume = Go on
pages-broadcast-cancel = Cancel…
pages-broadcast-to-me = Send it to me
pages-broadcast-to-me-hint = In your private chat with the bot.
pages-broadcast-ask-start = Send broadcast { $n }
pages-broadcast-ask-cancel = Cancel broadcast { $n }
pages-broadcast-start-goes = It goes to { $n ->
        [one] { $n } person
       *[other] { $n } people
    }, by the count of the draft; who fits is looked at again.
pages-broadcast-start-behind = It leaves behind everything else, and never in the middle of a chat: whoever is in one gets it when that is over, or after six hours.
pages-broadcast-start-back = What has arrived cannot be taken back.
pages-broadcast-start-yes = Send it
pages-broadcast-cancel-ends = Nobody else gets it.
pages-broadcast-cancel-again = It cannot be begun again.
pages-broadcast-cancel-yes = Cancel it
pages-flaw-text = It takes a text, in one language or in both: at most 2000 characters for a broadcast, 1000 for an announcement.
pages-flaw-link = The button leads to an address that begins with https://, of at most 300 characters, and its label has at most 60.
pages-not-now = It stands where this makes no sense any more. Look at it again.
pages-done-broadcast = Drafted: nobody gets it before you send it.
pages-done-start = It is under way.
pages-done-pause = It waits.
pages-done-resume = It goes on.
pages-done-cancel = Nobody else gets it.
pages-done-preview = It is in your private chat with the bot.

## Announcements: what people read below the menu

announcement = 📌 { $words }

## Announcements in the alerts chat

admin-announcements-none = There were no announcements yet.
admin-announcement-up = <b>Announcement { $announcement }</b>, up since { $at }. To take it down: <code>takedown { $announcement }</code>
admin-announcement-down = <b>Announcement { $announcement }</b>, down since { $at }.
admin-announcement-text = [{ $lang }] { $words }
admin-confirm-announce = Put this up? Everybody who comes to the menu reads it below the bot's own words, without a sound, until it is taken down. It takes the place of the one that is up.

## Announcements on the pages

pages-announcements = Announcements
pages-announcements-lead = What people read below the menu when they come by: without a sound, until you take it down.
pages-announcements-none = No announcements yet.
pages-announcement-up = Up now
pages-announcement-down = Taken down
pages-announcement-by = Since { $at }, { $by }
pages-announcement-ended = Down since { $at }, { $by }
pages-announcement-take-down = Take it down
pages-announcement-new = A new announcement
pages-announcement-read = Everybody who comes to the menu reads it below the bot's own words, within seconds.
pages-announcement-one = It takes the place of the one that is up.
pages-announcement-text-hint = One language is enough: then everybody reads that. At most 1000 characters each, without formatting.
pages-announcement-put-up = Put it up
pages-done-announced = It is up.
pages-done-taken-down = It is down.
pages-flaw-when = It leaves at a time that is not over, and within 60 days.
