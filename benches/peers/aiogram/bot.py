"""An anonymous chat bot on aiogram 3: `bot.py default` or `bot.py tuned`. The README beside tells the difference."""

import importlib
import sys

from peer.settings import Settings

if __name__ == "__main__":
    if sys.argv[1:] not in (["default"], ["tuned"]):
        sys.exit("usage: bot.py default|tuned")
    # Only the form that runs: the other one needs packages of its own.
    importlib.import_module(f"peer.{sys.argv[1]}").run(Settings.from_env())
