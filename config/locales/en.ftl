# The bot's texts in English. Mark-up is HTML as Telegram reads it.
# $history_days is filled in by the loader; every other $name is an argument from the code.

## Buttons

# Mark of the present choice, in front of a button's label.
button-chosen = ✅ { $label }
button-back = ⬅️ Back

## Dates

# A moment, wherever one is named; $month is 1 to 12.
date-and-time = { $day } { $month ->
        [1] January
        [2] February
        [3] March
        [4] April
        [5] May
        [6] June
        [7] July
        [8] August
        [9] September
        [10] October
        [11] November
       *[12] December
    } { $year }, { $time } UTC

## Language

lang-ask = Hi! This is an anonymous one-to-one chat: the other person sees neither your name nor your number.

    Which language shall we use?
lang-choose = Which language shall we use?
lang-ru = Русский
lang-en = English
lang-changed = English it is.

## 18+

adult-ask = This place is for adults. Conversations can get frank, and you will meet all sorts of people.

    Please confirm that you are 18 or older. By continuing you agree to the /rules.
adult-yes = I am 18 or older
adult-no = I am not 18 yet
adult-turned-away = Thank you for being honest. This chat is for adults only, so you cannot search yet.

    Come back once you are 18: you will be welcome. If things are hard right now, please talk to an adult you trust, or to a helpline in your country.

## Gender and age

gender-ask = Who are you?
gender-female = A woman
gender-male = A man
gender-other = Rather not say
age-ask = How old are you?
age-18 = 18–21
age-22 = 22–25
age-26 = 26–35
age-36 = 36–45
age-46 = 46 or older

## Whom to meet

wish-ask = Who would you like to meet?
wish-anyone = Anyone
wish-female = A woman
wish-male = A man
wish-gender-title = Who should we look for? You can tick several.
wish-age-title = What age should they be? You can tick several.
wish-age-any = Any age
wish-lang-title = Which languages are you happy to talk in?
wish-shared-interest = Shared topics only
wish-keep-one = At least one has to stay ticked.

## Topics

topic-ask = What do you like to talk about? Pick as many as you like, or none.
topic-none = none
topic-music = 🎧 Music
topic-films = 🎬 Films and series
topic-games = 🎮 Games
topic-books = 📚 Books
topic-travel = 🧭 Travel
topic-sport = 🏃 Sport
topic-tech = 💻 Tech
topic-art = 🎨 Art
topic-food = 🍜 Food
topic-pets = 🐾 Animals
topic-study = 🎓 Studies
topic-life = ☕ Just life

## The home screen

home-title = What would you like to do?
home-in-chat = Your chat goes on; the other person sees none of this.
home-dating = 💘 Dating
home-characters = 🎭 Characters (AI)
home-premium = ⭐ Premium
home-me = 👤 Me and settings
home-back = ‹ Menu

## Search

search-start = 🔎 Find someone
search-again = 🔎 Search again
search-ready = All set. Tap the button whenever you like, and we will find someone to talk to.
search-started = Looking for someone…

    Changed your mind? /stop
search-already = Already looking. To stop, /stop.
search-widened-interests = Nobody with shared topics so far. We are now looking without them.
search-widened-ages = Nobody of that age so far. We are now looking at all ages.
search-timeout = We have not found anyone suitable yet. Keep looking?
search-go-on = Yes, keep looking
search-give-up = That's enough
search-stop-button = ✋ Stop searching
search-goes-on = Still looking.
search-delayed = The search is held up on our side right now. It will go on by itself: you do not need to do anything.
search-gave-up = Nobody suitable turned up, so the search has ended. Try again later, or widen your wishes in /profile.
search-in-chat = You are already talking to someone. /next for someone else, /stop to end.
search-stopped = Search stopped. To come back to it, /search.

## Chat

chat-found = Someone is here. Say hello!

    /next for someone else, /stop to end.
chat-again = You both said yes: someone you have talked to before is here again. Say hello!

    /next for someone else, /stop to end.
chat-shared-topics = You have something in common: { $topics }.
chat-going-on = The chat is going on.
chat-older = A message you wrote before this chat began was not passed on. If it is for the person who is here now, send it again.
chat-none = You are not talking to anyone right now. To find someone, /search.
elsewhere-chat = Your chat goes on in another of our bots: write there. To end it, /stop.
elsewhere-search = You are searching in another of our bots: the chat will open there. To stop, /stop.
chat-not-passed = Not passed on: { $what }. It could reveal who you are.
chat-dice = Telegram throws { $emoji } anew for each of you. We tell them your result in words: { $value }.
chat-voice-warning = Voices and faces are easy to recognise. Keep that in mind when you send them.
chat-file-warning = We rename files and remove places and tags from videos and audio. But a document may still hold its author's name and other data. We cannot remove those.
chat-spoiler = Photos and videos reach the other person blurred until tapped.
chat-delete-how = To remove a message for both of you, reply to it with “delete” or /delete.
chat-delete-not-yours = You can only remove your own messages of this chat.
chat-delete-too-late = That message is more than two days old; Telegram no longer lets us remove it.
chat-delete-failed = We could not remove that message on the other side. Please try once more.
chat-edit-not-passed = This edit could not be passed on: the other person still sees the old version. Send what is right as a new message.
chat-held-up = Telegram is holding up messages to the other person for a while. Yours will arrive, in order, as soon as it lets them through.
chat-send-failed = This message did not arrive. Please send it again.
chat-send-unsure = Telegram did not answer for a long time, so we cannot tell whether your last message arrived. If no reply comes, send it again.
chat-send-refused = Telegram does not accept this message, so the other person did not get it. Try to say it in another way.
chat-files-busy = Too many files are on their way right now, and yours did not get through. Give it a few minutes and try again.
chat-no-voice = This person does not accept voice messages, so yours was not delivered. You can write instead.
chat-no-video-notes = This person does not accept video messages, so yours was not delivered. You can write instead.

## End of a chat

ended-confirm = You have only just started. End it already?
ended-confirm-yes = Yes, end it
ended-confirm-next = Yes, next
ended-confirm-no = No, I'm staying
ended-kept = Good, the chat goes on.
ended-next = The chat is over. Looking for someone else…
ended-by-you = The chat is over.
ended-by-partner = The other person ended the chat.
ended-vanished = The other person is gone, so the chat is over.
ended-lost = The chat broke off because of a fault on our side. Sorry about that.

## Rating

rate-up = 👍
rate-down = 👎
rate-already = You have already rated this chat.
rate-thanks = Thanks, noted.
rate-too-late = That chat can no longer be rated: it ended more than a day ago.

## Reports and blocks

report-button = 🚩 Report
report-ask = What happened? We keep the latest messages as evidence, and you two will not be paired again.
report-ask-live = What happened? The chat will end. We keep its latest messages as evidence, and you two will not be paired again.
report-sent = Thank you, your report is in. You will not be paired with this person again.
report-sent-full = Thank you, your report is in. But your list of people you do not want to meet is full, so you may be paired with this person again.
report-already = You have already reported this chat.
report-none = There is nobody to report yet: you can report the current chat or the last one. If something else is wrong, tell us: /feedback
report-too-late = That chat ended more than a day ago; it can no longer be reported. You can still tell us about it: /feedback
reason-minor = Under 18
reason-abuse = Insults, threats
reason-sexual = Unwanted sexual content
reason-spam = Ads or fraud
reason-other = Something else
block-button = 🚫 Don't pair us again
block-done = Done, you will not be paired with this person again.
block-full = Your list of people you do not want to meet is full, so you may be paired with this person again.

## Settings and profile

settings-title = <b>Settings</b>
settings-privacy = 🔒 My data
settings-language = 🌐 Language
settings-profile = 👤 Profile
settings-confirm-end = Ask before ending
settings-nude-photos = 🔞 Nude photos: fine by me
settings-nude-on = Only with people who want them too, and always blurred until tapped. Tap again to switch it off.
settings-nude-off = Switched off: nude photos no longer reach you.
profile-title = <b>Your profile</b>

    Gender: { $gender }
    Age: { $age }
    Language: { $language }
    Topics: { $topics }

    <b>Whom to meet</b>
    { $genders }; { $ages }; { $langs }

    The other person does not see this, except for topics you both picked.
profile-unknown = not said yet
lang-any = any language
profile-gender = Gender
profile-age = Age
profile-topics = Topics
profile-wish-gender = Who to meet
profile-wish-age = Their age
profile-wish-lang = Languages

## Rules, help, privacy

rules-text = <b>Rules</b>

    1. You must be 18 or older. Anyone younger, and anyone looking for minors, has no place here.
    2. No threats, no harassment, no pressure. No means no.
    3. Intimate talk only if you both want it.
    4. No advertising, no selling, no asking for money.
    5. Do not try to find out who the other person is, and do not expose anyone.

    Something wrong? /report ends the chat, and the two of you will not be paired again.
help-menu = shows everything there is
help-search = finds someone to talk to
help-next = moves on to someone else
help-stop = ends the chat or the search
help-report = reports the other person
help-profile = shows your profile
help-settings = opens the settings
help-language = changes the language
help-rules = shows the rules
help-privacy = tells what we keep; export and erase it there
help-text = <b>How it works</b>

    { $commands }

    More about:
help-topic-chat = 💬 The chat
help-topic-safety = 🛡 Safety
help-back = ‹ Help
help-about-chat = <b>The chat</b>

    The other person sees whatever you send at once: text, photos, voice messages, stickers, albums. Replies, edits and reactions arrive too.

    To remove a message of yours for both, reply to it with “delete”. If you only delete it on your side, Telegram does not tell us.

    /next moves on to someone else, /stop ends the chat. Nobody is told who you are, before or after.
help-about-safety = <b>Safety</b>

    We do not pass on contacts and locations, and we hide links, @names and phone numbers in your words when we notice them: they can reveal who you are.

    Never send money, and never share codes from messages. Whoever asks for them is no friend: /report ends the chat and tells us, with what was said last.

    Uncomfortable with someone? You owe nobody an explanation: /stop is enough. What we keep, and how to erase it: /privacy.
help-about-dating = <b>Dating</b>

    You fill in a profile once and see people one at a time. Nobody learns that you like them unless they like you too. Then you can write to each other here, still without names.

    Contacts open only when both of you press “Share contacts”. Until then you can take it back at any time.

    We know only roughly where you are, and others see how far away that is, as in “10–25 km away”. You can pause or delete the profile whenever you like.
help-about-characters = <b>Characters</b>

    An AI plays them, always: it is never a person who writes to you. What they say can be wrong, so do not rely on it where it matters.

    A character remembers what you told it. /memory shows what is kept, and “Forget all of it” below it does just that.

    The number of messages a day is limited; the character says when it is reached.
help-about-payments = <b>Premium and payments</b>

    Premium puts your searches ahead of others, within fair bounds. What it gives, what it costs and all your payments: /premium

    A subscription renews itself until you switch it off there. Something went wrong with a payment? Write to us with /paysupport and we will look into it.
privacy-text = <b>Privacy</b>

    <b>What the other person sees.</b> Only what you write and send, and topics you both picked. Not your name, number, profile picture or @name. Photos and videos arrive blurred until tapped.

    <b>What we cannot promise.</b> We hide links, @names and phone numbers when we recognise them, but not every hint or name. Voices and faces can be recognised. Documents may hold their author's data inside. The other person can take a screenshot. Telegram knows your account, and we know its number.

    <b>What we keep.</b> Your profile answers, settings, pairings, ratings and reports. Messages are kept encrypted for { $history_days ->
        [one] { $history_days } day
       *[other] { $history_days } days
    } in case of a report, then deleted. If a chat is reported, its latest messages are kept for a year, and an operator may read them. Ratings and reports are deleted after a year, too. The rest stays until you erase it.

    <b>Your rights.</b> You can get a copy of your data as a file, or erase it, right here.
privacy-export = 📄 Get my data
privacy-erase = 🗑 Erase everything about me
privacy-export-wait = We are putting the file together. It will not take long.
privacy-export-lately = You asked for a copy less than an hour ago. We make one an hour, so please come back a little later.
privacy-export-failed = The copy could not be made, or not all of it. Please try again a little later.
privacy-erase-confirm = Erase your profile, settings and messages? The chat will end, and nothing can be brought back.

    What stays for others: open reports by you and about you with their messages, until they are decided, and that someone asked not to meet you again.
privacy-erase-yes = Yes, erase
privacy-erase-no = No, keep it
privacy-erase-kept = Good, everything stays.
privacy-erased = Done, we no longer remember you. If you want to come back, /start.

## What is not passed on

refused-contact = The contact was not passed on: it reveals who someone is.
refused-location = The location was not passed on: it reveals where someone is.
refused-poll = The poll was not passed on: it shows who made it. Ask your question in words.
refused-story = The story was not passed on: it shows whose it is. Send the photo or video by itself.
refused-paid = Paid media, invoices and gifts are not passed on.
refused-game = Games are not passed on.
refused-image-as-file = The image file was not passed on: it may hold the place and the camera's data. Send it as a photo.
refused-video-as-file = The video was not passed on: it may hold the place where it was filmed, and we cannot remove that. Send it as a video from the Telegram app on your phone, which makes a fresh copy, or record it right in Telegram.
refused-audio-as-file = The audio file was not passed on: it holds tags that we cannot remove. Send it as an MP3, or record a voice message.
refused-too-large = The file was not passed on: it is over 20 MB, so we cannot look inside and remove what reveals who you are. Send a smaller one.
refused-unknown = We do not know how to pass on a message like this yet. Try to say it in words.
finding-link = a link
finding-username = an @name or a name in a messenger
finding-phone = a phone number or something like it
finding-email = an e-mail address
finding-forward-origin = where it was forwarded from
finding-via-bot = the name of a bot
finding-keyboard = buttons
finding-external-reply = a quote from another chat
finding-custom-emoji = custom emoji
finding-sticker-set = the sticker set
finding-file-name = the file's name
finding-effect = the message effect
finding-motion = the motion of a live photo (the picture went through)
finding-embedded = pictures and other media inside the text

## Descriptions of commands

command-start = Start
command-menu = Menu
command-search = Find someone to talk to
command-next = Someone else
command-stop = End the chat or the search
command-settings = Settings
command-profile = My profile
command-report = Report
command-rules = Rules
command-help = Help
command-language = Language
command-privacy = My data and privacy

## When something goes wrong

busy-session = Too fast: some of your messages were not passed on. Wait a moment and send them again.
busy-search = Too many people are searching right now. Try again in a minute.
busy-store = We cannot reach our records right now, so the answer will take a while. Nothing is lost: we will go on as soon as we can.
error-unexpected = Something broke on our side, and this message was not passed on. Try once more; if it fails again, say it in another way.
said-unsure = Telegram did not answer for a long time, so we cannot tell whether our reply reached you. If you do not see it, send the command or press the button again.
error-unreadable = This message reached us garbled, and it was not passed on. Please send it again, perhaps in other words.
error-old-button = This button no longer works. Open /menu.
error-unknown-command = There is no such command. See /help for what there is.
group-hello = I only work in private chats: write to me there, and we will find you someone to talk to. I am leaving this one.
