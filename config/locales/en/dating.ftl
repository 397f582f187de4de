## Profiles, cards, matches

command-dating = Dating
command-matches = My matches
command-stats = My figures in dating
help-dating = shows you people you might like

dating-home = <b>Dating</b>

    Look through the cards and say whom you like. If they like you too, you both hear of it and can talk here, without names or numbers.

    Likes left today: { $likes }. Matches: { $matches }.
dating-hidden = Your card is hidden at the moment: nobody is shown it. Your matches are still there. If you think this is a mistake, write to us: /feedback
dating-paused = You are taking a break: nobody is shown your card. Your matches are still there.
dating-in-chat = You are talking to somebody right now. Finish that first: /stop
dating-too-young = Dating is for people of 18 and older only. Come back when you are.
dating-away = That did not work just now. Try again in a minute.
dating-left = All right, whenever you like: /dating

dating-ask-birth = A few questions and your card is ready. When were you born? Day, month, year, for example 24.03.1998

    Others only see your age.
dating-ask-name = What should your card call you? A first name or a nickname is enough.
dating-ask-city = Which city are you in? Write its name, or send a place on the map. Others only see roughly how far away you are.
dating-ask-place = Where are you now? Write a city, or send a place on the map. Others only see roughly how far away you are.
dating-pin = Tap the button below the chat, and I know where you are. Or choose any place near you: 📎 → Location. I keep only the square of about ten kilometres around it, never the point itself. On a computer, just write a city.
dating-pin-or-city = or write a city
dating-placed-in = 📍 Noted: { $city }.
dating-placed-near = 📍 Noted. The nearest big city is { $city }; the exact place is not kept.
dating-placed = 📍 Noted. The exact place is not kept.
dating-ask-goal = What are you looking for?
dating-ask-bio = A few words about you: what you love, what makes you laugh. Up to 300 characters.
dating-ask-photo = And a photo, just you and your face clearly visible. Cards with a photo are looked at much more.

dating-ask-more = Send another photo, or several. They stand behind the first one on your card.

dating-photos = Your photos: { $count } of { $most }. The first one is the face of your card.{ $waiting ->
        [0] {""}
        [one] {" "}Others see one of them blurred until they tap it.
       *[other] {" "}Others see { $waiting } of them blurred until they tap them.
    }
dating-photos-none = No photos on your card yet. Up to { $most } fit; on the first one just you, your face clearly visible.
dating-photos-no-face = Your photos: { $count } of { $most }. None of them shows exactly one clear face, so others see none yet: add one that does.{ $waiting ->
       *[other] {""}
    }
dating-photos-full = There are six photos already. Remove one first.
dating-photos-often = You have changed your photos often enough for today. Tomorrow you can again; removing one works any time.
dating-photo-kept = 🖼 Photo for your dating card
dating-photo-moved = A photo can stand first only if it shows exactly one face, clearly visible. Have a look at your photos.
dating-photo-gone = One of your photos cannot be on a card, so it is gone from yours.

dating-no-date = That is not a date I understand. Day, month, year, for example 24.03.1998
dating-too-long = Too long, or empty: a name has up to 30 characters, the words about you up to 300. Try again.
dating-contact = No links, @names, numbers or addresses on the card, please: you can share those later with somebody you trust. Try again.
dating-minor = Please do not mention any age under 18, not even somebody else's. Try again.
dating-no-city = I do not know this city. Write the nearest big one.
dating-live-place = That is a live location: it would go on telling where you are. Please stop it and send a plain place, or write a city.
dating-no-face = There should be exactly one face in the photo, and clearly visible. Try another one.
dating-no-picture = This picture cannot be on a card. Try another one.
dating-moves = You have changed the city often enough for today. Write the one you had, or come back tomorrow.
dating-goal-often = You have changed that often enough for today. Choose the one you had, or come back tomorrow.
dating-known-often = You have changed your gender and topics often enough for today: your card keeps the ones it has, and you can change them tomorrow. And what should it call you?
dating-ready = Your card is ready. Have a look at others?

dating-goal-relationship = Something serious
dating-goal-dates = Dates, and then we will see
dating-goal-friendship = Friends
dating-goal-open = Not sure yet

dating-band-near = 📍 less than 10 km away
dating-band-25 = 📍 10–25 km away
dating-band-50 = 📍 25–50 km away
dating-band-100 = 📍 50–100 km away
dating-band-beyond = 📍 more than 100 km away
dating-card-widened = <i>Nobody is left who is exactly what you are looking for. A step further:</i>
dating-card-head = <b>{ $name }</b>, { $age }
dating-card-goal = 🎯 { $goal }
dating-card-shared = ✨ You both like: { $topics }
dating-card-topics = ✨ { $topics }
dating-card-bio = { "" }
    { $bio }
dating-card-lacks = { "" }
    <i>📝 Only you see this: your card is { $percent } % complete. You could add: { $hints }.</i>
dating-hint-photo = a photo with your face
dating-hint-bio = a few more words about you
dating-hint-interests = three topics (in /profile)
dating-hint-goal = what you are looking for
dating-fit-some = You have something in common
dating-fit-good = You go well together
dating-fit-great = You go together wonderfully

dating-dry = That is everybody for now. New people come every day, look in again later.
dating-spent = You have no likes left today. There will be new ones tomorrow.
dating-gone = This card is not there any more.
dating-too-late = There is nothing left to take back.
dating-match = 💞 It is mutual: you and { $name }, { $age }, like each other! You can talk right here; neither of you sees who the other is.
dating-wanted = 💬 { $name }, { $age }, would like to talk to you.
dating-talk = 💬 This is { $name }, your match. What you write now goes to them.

    /stop to end.
dating-talk-on = 💬 Your chat with a match goes on. What you write now goes to them.

    /stop to end.
dating-letter-to = ✍️ What you write now goes to { $name }, { $age }, as a letter, and to nobody else, until you press “Back”. A reply to a letter goes to whoever wrote it, without this.
dating-letter-head = ✉️ { $name }, { $age }, wrote to you:
dating-letter-lost = ✉️ { $name }, { $age }, sent you something that doesn’t get through to you here. Ask for it in words?
dating-letter-back = All right, no more letters. To write another: /matches
dating-letter-back-chat = You are back in your chat: what you write now goes there.
dating-letter-back-character = You are back with your character: what you write now goes there.
dating-letter-kinds = This one can’t go by letter, so nobody got it. Words, photos, videos, voice messages, music, files and stickers can 🕊
dating-letter-far = A file of yours didn’t get through, so its 🕊 is gone. Up to 20 MB it has the best chance: try a smaller one, or say it in words 🙏
dating-letter-failed = { $count ->
        [one] A letter of yours didn’t arrive after all, so its 🕊 is gone. Please send it again.
       *[other] { $count } letters of yours didn’t arrive after all, so their 🕊 is gone. Please send them again.
    }
dating-letter-long = A letter has up to { $most } characters; this one has { $is } and went to nobody. Make two of it?
dating-letter-again = This letter went to nobody yet. Please send it once more in a moment.
dating-letter-gone = This match is not there any more, so nothing was sent.
dating-letter-enough = That is enough letters to this match for one day: { $most } within 24 hours. This one went to nobody.
dating-letter-enough-all = That is enough letters for one day: { $most } within 24 hours. This one went to nobody.
dating-letter-waiting = { $count } letters of yours wait there already, as these are quiet hours for them. This one went to nobody; try again later.
dating-letter-why = What is wrong with this letter?
dating-liked = { $count ->
        [one] 💛 Somebody likes you
       *[other] 💛 { $count } people like you
    }. They are among the cards: like them back, and you both hear of it.
dating-button-filters = 🔎 Filters
dating-filters = What your cards have to have. These are kept strictly, and nobody sees them. Ages and distance are under “⚙️”, whom to meet under /profile.
dating-filters-often = You have changed your filters often enough for today. They stay as they are until tomorrow.
dating-filter-shared-on = ✅ Something in common
dating-filter-shared-off = ▫️ Something in common
dating-filter-photo-on = ✅ With a photo
dating-filter-photo-off = ▫️ With a photo
dating-filter-ever = ▫️ Recently here
dating-filter-month = ✅ Here in the last 30 days
dating-filter-week = ✅ Here in the last 7 days
dating-filter-goal-on = ✅ { $goal }
dating-filter-goal-off = ▫️ { $goal }
dating-button-choices = ⚙️ Ages, place, notices
dating-button-place = 🗺 Change my place
dating-button-pin = 📍 Send a place on the map
dating-button-here = 📍 I am here
dating-button-stats = 📊 My figures
dating-choices = You want to meet people aged { $from } to { $to }, { $within }. Below is what I tell you, and when, and what others see.
dating-within-near = up to 10 km away
dating-within-25 = up to 25 km away
dating-within-50 = up to 50 km away
dating-within-100 = up to 100 km away
dating-within-beyond = at any distance
dating-choose-from = from { $age }
dating-choose-to = to { $age }
dating-choose-within = 📍 { $within }
dating-choose-match = Tell me of matches
dating-choose-like = Tell me that I am liked
dating-choose-message = Tell me who wants to talk
dating-choose-digest = Likes and matches in the evening only
dating-choose-quiet = Silence from { $from } to { $to }
dating-choose-online = Others see that I am here
dating-stats = 📊 Your figures; only you see them. What others did is as of midnight (UTC).

    👀 decisions on your card: { $seen }
    ❤️ likes from you: { $given }
    💛 likes to you: { $received }
    💞 matches: { $matches }
dating-stats-talked = 📊 Your figures; only you see them. What others did is as of midnight (UTC).

    👀 decisions on your card: { $seen }
    ❤️ likes from you: { $given }
    💛 likes to you: { $received }
    💞 matches: { $matches }
    💬 of these you have talked to: { $talked } %
dating-superliked = ⭐ Somebody gave you a super-like! You will see their card first.
dating-card-super = ⭐ <b>Gave you a super-like</b>
dating-goods = What you have beyond what everybody has:

    ⭐ super-likes: { $supers }
    ❤️ likes beyond a day's: { $likes }
    ↩️ steps back beyond the free one: { $undos }
    💛 days of seeing who likes you: { $likers }
dating-offer-super = ⭐ You have no super-likes. Whoever gets one hears of it at once and sees your card first.
dating-offer-likes = You have no likes left today. There will be new ones tomorrow; more of them go on at once.
dating-offer-undo = You have taken your free step back for today. There will be one tomorrow; with these you need not wait.
dating-offer-likers = 💛 See who likes you with premium, or a day at a time.
dating-share-sure = Let this match see who you are? If they agree, too, each of you learns who the other is in Telegram. Until then you can take it back, afterwards you cannot.
dating-share-none = Contacts with { $name } are closed: neither of you sees who the other is.
dating-share-mine = 🤝 You have agreed. As soon as { $name } agrees, too, both of you learn who the other is.
dating-share-theirs = 🤝 { $name } would like you both to see who the other is.
dating-share-open = 🤝 You and { $name } both agreed: who they are in Telegram stands in a message of its own in this chat.
dating-known = 🤝 You both agreed. { $name } in Telegram: { $username }
dating-known-link = 🤝 You both agreed. { $name } in Telegram: <a href="tg://user?id={ $user }">open the profile</a>
dating-known-elsewhere = 🤝 You both agreed. { $name } has no @name in Telegram, though, and uses another of our bots, so there is no link to the profile. You can go on talking here.
dating-matches = Your matches. Who would you like to write to?
dating-ask-find = Whom are you looking for? Write the name or a part of it.
dating-find-how = Send /matches with a name or a part of it, for example: /matches An
dating-found = Found for “{ $part }”. Who would you like to write to?
dating-found-none = Nobody with “{ $part }” in the name. Try a shorter part of it.
dating-no-matches = No matches yet. The more cards you look at, the sooner there is one.
dating-part-sure = End this match? You will not be shown to each other again. They are not told.
dating-parted = The match has ended.
dating-delete-sure = Delete your profile? Your likes and matches go with it. Whoever you blocked stays blocked.
dating-deleted = Your profile is gone. If you change your mind: /dating

dating-button-app = Open cards
dating-button-cards = 👀 Show people
dating-button-me = My card
dating-button-matches = 💞 Matches
dating-button-matches-all = 💞 All matches
dating-button-find = 🔎 Find by name
dating-button-before = ‹ Newer
dating-button-after = Older ›
dating-button-super = ⭐ Super-like
dating-button-goods = ⭐ Super-likes and more
dating-button-likers = 💛 See who likes me
dating-button-photos = 🖼 My photos
dating-button-photo-add = ➕ Add a photo
dating-button-photo-first = Put { $n } first
dating-button-photo-away = 🗑 Remove { $n }
dating-button-album = 🖼 All photos: { $count }
dating-button-fill = ✏️ Change my card
dating-button-pause = ⏸ Take a break
dating-button-resume = ▶️ I am back
dating-button-delete = 🗑 Delete my profile
dating-button-delete-yes = Yes, delete it
dating-button-home = « Dating
dating-button-later = Later
dating-button-skip = Skip
dating-button-like = ❤️ Like
dating-button-pass = ✖️ Pass
dating-button-wait = Not now
dating-button-undo = ↩️ Back
dating-button-report = ⚠️ Report
dating-button-letter = ✍️ Answer
dating-button-letter-of = ✍️ Answer { $name }, { $age }
dating-button-letter-back = « Back
dating-button-letter-report = ⚠️ Report
dating-button-letter-block = 🚫 Just stop their letters
dating-button-stop = Enough
dating-button-write = 💬 Write
dating-button-write-to = 💬 { $name }, { $age }
dating-button-share = 🤝 Share contacts
dating-button-share-with = 🤝 Contacts
dating-button-share-yes = Yes, share mine
dating-button-unshare = Take it back
dating-button-part = End the match
dating-button-part-from = End with { $name }
dating-button-part-yes = Yes, end it

dating-report-why = What is wrong with this card?
dating-reported = Thank you, your report is in. You will not see each other again.
dating-button-block = 🚫 Just don't show them again
dating-blocked = Done. You will not see each other again.
dating-button-report-no = « Nothing, next card

## Reported profiles, for operators

dating-desk-shown = shown
dating-desk-paused = takes a break
dating-desk-hidden = hidden
dating-desk-draft = not finished
dating-desk-none = deleted

admin-dating-empty = No dating profile waits for you.
admin-dating-line = <code>{ $user }</code>: { $standing }; { $reporters ->
        [one] { $reporters } person reports it
       *[other] { $reporters } people report it
    }. { $reasons }
admin-dating-now = On the card now: <b>{ $name }</b>, { $age }. { $bio }
admin-dating-then = { $at }, { $reason }: <b>{ $name }</b>. { $bio }
admin-dating-letter = Wrote to whoever reported it: { $words }
admin-dating-photo = A photo of it is number { $photo } of the pictures under review.
admin-dating-ruled = The dating profile of <code>{ $user }</code>: { $standing }.
admin-confirm-dating-remove = Remove this dating profile? Its likes and matches go with it and are lost. Its owner can make a new one.

pages-dating = Dating profiles
pages-dating-lead = Profiles that people reported, and those that are hidden. Enough trustworthy reports hide a profile until one of you has looked.
pages-dating-empty = No profile waits for you.
pages-dating-standing = Now
pages-dating-profile = Dating profile
pages-dating-now = What the card says
pages-dating-no-words = There is no card any more.
pages-dating-photo = Look at photo
pages-dating-reports = As it was when it was reported
pages-dating-no-reports = Nobody has reported it.
pages-dating-then = { $at }: { $reason }
pages-dating-letter = Wrote to whoever reported it
pages-dating-show = Show it
pages-dating-hide = Hide it
pages-dating-remove = Remove it
pages-dating-rule-hint = Each of these closes the reports. A hidden person keeps their matches, and a profile they make anew stays hidden until one of you shows it. A removed profile is lost, but its owner can make a new one: ban whoever should not come back.
pages-done-dating-hide = The profile is hidden.
pages-done-dating-show = The profile is no longer hidden.
pages-done-dating-remove = The profile is gone.

## Figures, for operators

dating-few = under 10
dating-step-began = Began a profile
dating-step-finished = Finished it
dating-step-decided = Decided about a card
dating-step-liked = Liked somebody
dating-step-matched = Have a match
dating-step-talked = Talked to a match
dating-step-shared = Know who a match is

admin-dating-figures = <b>Dating</b>, counted { $at }

    Here today: { $today } of { $profiles } profiles
    Likes that became a match: { $match_rate }
    Matches with 20 messages each way: { $conversations }, of all { $conversation_rate }
    Newcomers with a match in 7 days: { $newcomers_matched } of { $newcomers }
    Cards are shown unevenly (Gini): { $gini }
    Shown to nobody for a week: { $starved }
admin-dating-funnel = Of those who began within four weeks:

    Began a profile: { $began }
    Finished it: { $finished }
    Decided about a card: { $decided }
    Liked somebody: { $liked }
    Have a match: { $matched }
    Talked to a match: { $talked }
    Know who a match is: { $shared }

pages-analytics = Dating in figures
pages-analytics-lead = Counted from the tables, at most every ten minutes. People are counted in tens, shares of fewer than a hundred people in tens of percent, and what would tell of fewer than ten is not shown.
pages-analytics-figures = How it goes
pages-analytics-figure = Figure
pages-analytics-value = Now
pages-analytics-means = What it means
pages-analytics-today = Here today
pages-analytics-today-note = People with a shown profile who looked in within 24 hours
pages-analytics-profiles = Profiles
pages-analytics-profiles-note = Shown ones: finished, not on a break, not hidden
pages-analytics-match-rate = Match rate
pages-analytics-match-rate-note = Likes that became a match, of people who were here within a week
pages-analytics-talks = Conversations
pages-analytics-talks-note = Matches of four weeks with 20 messages or more by each side in their last chat
pages-analytics-talk-rate = Share of matches
pages-analytics-talk-rate-note = These conversations, of all matches of four weeks
pages-analytics-newcomers = Newcomers with a match
pages-analytics-newcomers-note = Of those who came one to five weeks ago: a match within their first seven days
pages-analytics-gini = Gini of exposure
pages-analytics-gini-note = How unevenly cards were shown within a week: 0 is all alike, 1 is one card only
pages-analytics-starved = Starved
pages-analytics-starved-note = Here within a week, and shown to nobody meanwhile
pages-analytics-funnel = How far people come
pages-analytics-step = Step
pages-analytics-people = People
pages-analytics-share = Of those who began
