# The operator's channel, which people join first.

gate-join = Almost there! First join our channel, then come back and press the button below.
gate-button-join = 📣 Open the channel
gate-button-joined = ✅ I have joined
gate-open = Thank you, you are in! What would you like to do?
