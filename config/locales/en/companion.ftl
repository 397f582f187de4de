## Characters to talk to, each of them an AI

command-characters = Talk to a character (AI)
help-characters = lets you talk to a character, played by an AI

companion-enter = 🎭 Talk to a character
companion-card = <b>{ $name }, { $age }</b>
    { $first }
    { $second }

    🤖 A character played by an AI, not a person.
companion-card-adult = <b>{ $name }, { $age }</b>
    { $first }
    { $second }

    🤖 A character played by an AI, not a person.
    🔞 Adult mode is off; you can switch it on inside a conversation, for that one alone.
companion-talk = 💬 Talk
companion-card-before = ◀ Previous
companion-card-next = Next ▶
companion-dialogs = 📖 My conversations

companion-notice = 🤖 <b>{ $name } is not a person.</b> This is a character: an AI writes for it. It can be wrong, it makes things up, and it is no doctor and no lawyer. What you write goes to the AI's provider, without your name. /stop leaves the conversation.
companion-says = 🤖 <b>{ $name } · AI</b>
    { $words }
companion-label = 🤖 { $name } · AI
companion-opened = You are back with { $name } 🤖. The last words were:

    { $words }
companion-opened-new = You are back with { $name } 🤖. Say something!
companion-leave = 🚪 Leave
companion-delete = 🗑 Delete
companion-delete-sure = Delete this conversation for good, with everything said in it?
companion-delete-no = Keep it
companion-delete-yes = Delete it
companion-kept = The conversation stays.
companion-deleted = The conversation is deleted.
companion-your-dialogs = Your conversations. Which one shall we go on with?
companion-no-dialogs = You have not talked to any character yet.
companion-dialog = { $name }: { $title } · { $used }
companion-page-before = ◀ Newer
companion-page-next = Older ▶
companion-left = You have left the conversation. It is kept: find it under “My conversations”.
companion-going-on = You are in a conversation with a character 🤖. Just write, or /stop to leave it.
companion-answered = 🤖 { $name } has answered you. The answer waits in “My conversations”.
companion-busy = You are busy with people right now. /stop ends the search or the chat; then come and meet a character.
companion-gone = This conversation is not there any more.
companion-no-media = This character cannot hear or see that yet: only words arrive. Put it into words?
companion-not-now = That does not work right now. Please try again in a minute.

companion-too-many = That was a lot at once. Go on in { $seconds ->
        [one] a second
       *[other] { $seconds } seconds
    }.
companion-script = Your messages come as evenly as a program's. Go on in { $seconds ->
        [one] a second
       *[other] { $seconds } seconds
    }.
companion-waiting = Several of your messages still wait for an answer. Let it catch up first.
companion-away = No answer came: the AI cannot be reached at the moment. What you wrote is kept.
companion-spent = That is all for today: there is no room left in today's budget. What you wrote is kept; try again tomorrow.
companion-too-long = That is more than this character can take in at once. Send it in smaller parts.
companion-try-again = 🔁 Try again
companion-refused = No. This is not something anybody here will write about, whoever asks.
companion-adult-only = That is not what these conversations are for. Let us talk about something else.
companion-help = I am stepping out of the story now, because this matters more. If you are thinking of harming yourself, please talk to a person, now:

    { $contacts }

    I am a program and cannot help with this, but they can.
companion-alert = Characters: { $percent } % of today's budget “{ $cap }” is spent or reserved.
companion-alert-held = Characters: number { $shared }, which somebody shares, is reported by several people and shown to nobody until one of you has looked: sharedcharacters
companion-other = 🔁 Another answer
companion-variant = { $at }/{ $all }
companion-variant-before = ‹
companion-variant-next = ›
companion-variant-shown = The conversation goes on from this answer. Turn with ‹ and ›.
companion-undo = ↩ Undo
companion-undone = Undone: what you said last, and the answer to it, are forgotten.
companion-too-late = Only the last words can be changed, and not while an answer is being written.
companion-rename = ✏ Rename
companion-naming = What should this conversation be called? Send a title, up to 40 characters.
companion-naming-no = Leave it as it is
companion-named = ✏ This conversation is now called “{ $title }”.
companion-title-kept = The title stays as it was.
companion-memory = 📌 What you remember of me
companion-remember-how = Say what characters should remember of you right after the command, in { $most } letters at most:

    <code>/remember I have a cat called Soup</code>

    /memory shows all of it.
companion-remembered = 📌 Remembered. Every character knows it from now on; /memory shows all of it.
companion-full-of-facts = { $most } things are remembered already, and there is no room for more. Forget one first.
companion-no-facts = No character remembers anything of you beyond what was said in a conversation. /remember changes that.
companion-facts = 📌 This is what every character knows of you:

    { $facts }
companion-facts-and-talks = 📌 This is what every character knows of you:

    { $facts }

    And from longer conversations:

    { $talks }

    These are the latest three, shortened. A copy of your data has all of them: /privacy.
companion-talks = 📌 What characters remember from longer conversations:

    { $talks }

    These are the latest three, shortened. A copy of your data has all of them: /privacy.
companion-fact-forget = 🗑 { $fact }
companion-forget-all = Forget all of it
companion-adult-on = 🔞 Adult mode
companion-adult-off = 🔞 Switch adult mode off
companion-adult-sure = 🔞 <b>Switch adult mode on in this conversation?</b>

    The character may then speak openly about intimacy. Only do this if you are 18 or older and want it. It holds for this conversation alone, one button switches it off, and your words go to the AI's provider. Nothing with anybody under 18 in it will be written in any mode.
companion-adult-stay = No, leave it as it is
companion-adult-yes = I am 18 or older, switch it on
companion-adult-no = Everything stays as it is: adult mode is off.
companion-adult-is-on = 🔞 Adult mode is on, in this conversation only. You can switch it off at any moment.
companion-adult-is-off = Adult mode is off. The character does not recall what was said in it.
companion-no-adult = Adult mode cannot be switched on here.
companion-show = 🖼 Show me
companion-drawing = 🎨 The AI is drawing. The picture comes here by itself, usually within a minute or two.
companion-drawing-stop = ✖ Never mind
companion-drawing-already = A picture is being drawn already. Wait for it, or call it off first.
companion-pictures-today = That is enough pictures for today. Come back tomorrow!
companion-picture-caption = 🤖 { $name } · drawn by AI
companion-picture-waits = 🎨 The picture is ready: { $name } 🤖. Shall I show it?
companion-picture-show = 🖼 Show it
companion-picture-stopped = The drawing is called off.
companion-picture-away = There is no picture: it could not be drawn. Try again a little later.
companion-picture-spent = No more pictures today: the day's budget is used up. Try again tomorrow.
companion-picture-where = You can ask for a picture in a conversation with a character: /characters.
companion-own = ✍ My own characters
companion-own-none = You have no characters of your own yet. Describe one, or bring a card: nobody but you will see it.
companion-own-list = Your own characters. Nobody but you sees them.
companion-own-talk = 💬 { $name }, { $age }
companion-own-open = 🪪 Card
companion-own-card = <b>{ $name }, { $age }</b>
    “{ $words }”

    🤖 A character of your own, played by an AI.
companion-own-picture = 🖼 Add a picture
companion-own-picture-other = 🖼 Another picture
companion-own-picture-none = ✖ No picture
companion-own-picture-wished = 🖼 Send a photo in the next ten minutes: that is what { $name } will look like. Anything you write goes to { $name } as usual.
companion-own-picture-kept = 🖼 The picture is kept.
companion-own-no-picture = That is no picture a character can have. Send one as a photo, up to 1 MB.
companion-own-bad-picture = This picture cannot stand on a card. Choose another one.
companion-own-unseen = The picture could not be looked at just now, so it is not kept. Try again in a little while.
companion-picture-own = 🖼 Put it on the card
companion-own-new = ✍ A new character
companion-own-name = ✍ What is the character called? Or send a card as a file (PNG, JSON or CHARX, versions 1 to 3). A photo you send here is its picture. /stop if you change your mind.
companion-own-age = How old are they? One number, 18 or more.
companion-own-about = Who is it? Nature, past, way of speaking. Write to the character: “You are …”.
companion-own-greeting = With which words does your conversation begin?
companion-own-minor = Characters here are 18 or older, and nobody younger is in their stories. This one is not taken.
companion-own-no-age = That does not look like an age. Send one number, 34 for example.
companion-own-no-card = There is no character card in this file, or it is too large. Send a PNG, JSON or CHARX, as a file.
companion-own-full = You have { $most } characters of your own, and there is no room for more. Delete one first.
companion-people = 👥 Characters from people
companion-people-list = Characters that people here have made. Moderators have looked at each; nobody sees who made it.
companion-people-none = Nobody has shared a character yet. Yours could be the first: “My own characters”, then “Share”.
companion-people-card = <b>{ $name }, { $age }</b>
    “{ $words }”

    🤖 A character played by an AI, made by somebody here. Not a person.
companion-people-report = ⚠ Report
companion-people-reported = Thank you. It is noted; if several people say so, the character goes until a moderator has looked.
companion-people-gone = This character is not there any more: it was taken back, or taken down. What you two said is kept until you delete it.
companion-share = 📤 Share
companion-share-waits = ⏳ Being looked at · take back
companion-share-off = ✅ Shared · take back
companion-share-held = ⏸ Reported · take back
companion-share-sure = 📤 <b>Share this character with everybody?</b>

    A moderator reads all of it first. Then whoever likes can talk to it. Nobody is told that it is yours, and what others say to it you do not see. You can take it back at any time.
companion-share-not = No, it stays mine
companion-share-yes = Share it
companion-share-kept = It stays yours alone.
companion-share-asked = { $name } goes to a moderator. You will hear what comes of it.
companion-share-contacts = There is an address, a name or a number in it by which somebody could be found. Such a character cannot be shared.
companion-share-waiting = Three of your characters wait for a moderator already. Share this one when they are through.
companion-share-refused = A moderator has already said no to this character. A new one will be looked at afresh.
companion-share-closed = Characters are not shared here at the moment. Yours are all there, under “My own characters”.
companion-unshared = It is yours alone again. Whoever talked to it hears that it is gone.
companion-share-shown = ✅ { $name } is among the characters from people now. Nobody sees that it is yours.
companion-share-later = ✅ { $name } has passed. Characters are not shared here at the moment: once they are again, everybody can meet it. Nobody sees that it is yours.
companion-share-no = { $name } is not shared. A moderator says why: { $reason }

## What operators see of it

shared-desk-waits = waits for a look
shared-desk-shown = shared
shared-desk-refused = refused
shared-desk-held = reported, shown to nobody
admin-shared-empty = No character waits for you.
admin-shared-line = Character { $shared }: { $standing }; reports: { $reports }
admin-shared-read = <b>{ $name }</b>, { $age }, by <code>{ $user }</code>. { $about }
admin-shared-begins = It begins: { $greeting }
admin-shared-picture = It has a picture. Look at it on the page of shared characters.
admin-shared-ruled = Character { $shared }: { $standing }.
pages-shared = Characters from people
pages-shared-lead = What people want to share with everybody, and what others reported. Until one of you has looked, nobody else sees it.
pages-shared-empty = No character waits for you.
pages-shared-number = Character
pages-shared-standing = Now
pages-shared-one = Character from people
pages-shared-words = What it is
pages-shared-greeting = How it begins
pages-shared-picture = Its picture
pages-shared-language = Language
pages-shared-show = Share it
pages-shared-refuse = Do not share it
pages-shared-rule-hint = The one who made it is told, and reads the reason if you say no. Whoever talks to a character that you take down hears that it is gone.
pages-done-shared-show = The character is shared.
pages-done-shared-refuse = The character is not shared.
