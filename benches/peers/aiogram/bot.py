"""An anonymous chat bot on aiogram 3: `bot.py default` or `bot.py tuned`. The README beside tells the difference."""

import sys

from peer import default, tuned
from peer.settings import Settings

FORMS = {"default": default.run, "tuned": tuned.run}

if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in FORMS:
        sys.exit("usage: bot.py default|tuned")
    FORMS[sys.argv[1]](Settings.from_env())
