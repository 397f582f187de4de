# Reminders: somebody waits, a match wants to talk.

reminders-waiting = 👋 Somebody is waiting right now who fits your wishes. Shall we connect you?
reminders-button-search = 🔎 Yes, search
reminders-match = 💬 One of your matches wanted to talk to you and has had no answer yet.
reminders-button-matches = 💞 My matches
reminders-turn-off = 🔕 No more reminders
reminders-turn-on = 🔔 Remind me
reminders-are-on = When somebody waits whom you could meet, or a match wants to talk, I tell you: twice a week at most, and not at night.
reminders-are-off = You get no reminders. I could tell you when somebody waits whom you could meet, or a match wants to talk: twice a week at most, and not at night.
reminders-turned-off = All right, no more reminders. If you change your mind: /settings
reminders-turned-on = Good, I will remind you now and then.
reminders-unknown = That did not work. Try again a little later.
settings-reminders = ⏰ Reminders

## For operators

reminders-kind-waiting = Somebody waits
reminders-kind-match = A match wants to talk
admin-reminders-figures = <b>Reminders</b> of four weeks, { $kind }:

    Reminded: { $reminded } people, back within 24 hours: { $reminded_back }
    Held out: { $held } people, back within 24 hours: { $held_back }
pages-reminders = Reminders of four weeks
pages-reminders-kind = Of what
pages-reminders-reminded = Reminded
pages-reminders-held = Held out
pages-reminders-back = Back within 24 hours
