"""Who searches: sorted sets in Redis, one script that finds a partner or lets the seeker wait."""

from redis.asyncio import Redis

from .settings import COMMON, NAME
from .users import User

PREFIX = f"{NAME}:"


class SearchQueue:
    def __init__(self, redis: Redis) -> None:
        self.redis = redis
        self.match = redis.register_script((COMMON / "match.lua").read_text(encoding="utf-8"))

    async def find(self, user: User) -> int | None:
        """The partner; none: the user waits now."""
        found = await self.match(args=[PREFIX, user.id, user.gender, user.wish])
        return int(found) if found else None

    async def leave(self, user: User) -> bool:
        """Whether the user was waiting."""
        return await self.redis.zrem(f"{PREFIX}queue:{user.gender}:{user.wish}", user.id) > 0
