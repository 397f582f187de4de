## A word to the operators

feedback-how = Tell us what you think: write it right after the command, like this:

    <code>/feedback The search could be faster</code>

    The people who run this bot read it. The person you are chatting with never sees it.
feedback-thanks = Thank you! The people who run this bot will read it.
feedback-too-soon = Thanks, we have your last message. You can send the next one in an hour.
feedback-not-kept = That did not get through. Please try again later.
command-feedback = Write to the team
help-feedback = writes to those who run the bot
