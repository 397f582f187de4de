"""What the bot is told by its environment."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

COMMON = Path(__file__).resolve().parents[2] / "common"
"""Files that all peers share: schema, script, texts."""

NAME = "peer_aiogram"
"""Schema in PostgreSQL, prefix in Redis."""


@dataclass(frozen=True)
class Settings:
    token: str
    telegram_url: str
    database_url: str
    redis_url: str

    @classmethod
    def from_env(cls) -> "Settings":
        names = ("BOT_TOKEN", "TELEGRAM_API_URL", "DATABASE_URL", "REDIS_URL")
        missing = [name for name in names if not os.environ.get(name)]
        if missing:
            sys.exit(f"not set: {', '.join(missing)}")
        return cls(*(os.environ[name] for name in names))
