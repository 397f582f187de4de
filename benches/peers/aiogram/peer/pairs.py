"""Who talks with whom: PostgreSQL decides, and something quicker is asked for every message."""

from abc import ABC, abstractmethod

from redis.asyncio import Redis

from .search_queue import PREFIX
from .users import Pair, Users

SECONDS = 24 * 3600
"""How long Redis keeps a pair without being asked; PostgreSQL keeps it for good."""


class Pairs(ABC):
    def __init__(self, users: Users) -> None:
        self.users = users

    @abstractmethod
    async def of(self, user_id: int) -> Pair | None:
        """The chat that the user is in."""

    @abstractmethod
    async def remember(self, first: int, second: int, pair_id: int) -> None: ...

    @abstractmethod
    async def forget(self, first: int, second: int) -> None: ...

    async def open(self, first: int, second: int) -> bool:
        pair_id = await self.users.open_pair(first, second)
        if pair_id is None:
            return False
        await self.remember(first, second, pair_id)
        return True

    async def end(self, user_id: int) -> Pair | None:
        ended = await self.users.end_pair(user_id)
        if ended:
            await self.forget(user_id, ended.partner)
        return ended


class RedisPairs(Pairs):
    """For a bot that may run in several copies."""

    def __init__(self, users: Users, redis: Redis) -> None:
        super().__init__(users)
        self.redis = redis

    async def of(self, user_id: int) -> Pair | None:
        known = await self.redis.get(f"{PREFIX}pair:{user_id}")
        if known:
            pair_id, partner = known.split(":")
            return Pair(int(pair_id), int(partner))
        pair = await self.users.pair_of(user_id)
        if pair:
            await self.remember(user_id, pair.partner, pair.id)
        return pair

    async def remember(self, first: int, second: int, pair_id: int) -> None:
        async with self.redis.pipeline(transaction=False) as pipe:
            pipe.set(f"{PREFIX}pair:{first}", f"{pair_id}:{second}", ex=SECONDS)
            pipe.set(f"{PREFIX}pair:{second}", f"{pair_id}:{first}", ex=SECONDS)
            await pipe.execute()

    async def forget(self, first: int, second: int) -> None:
        await self.redis.delete(f"{PREFIX}pair:{first}", f"{PREFIX}pair:{second}")


class MemoryPairs(Pairs):
    """For a bot that is one process: no question leaves it."""

    def __init__(self, users: Users) -> None:
        super().__init__(users)
        self.live: dict[int, Pair] = {}

    async def load(self) -> None:
        self.live = await self.users.live_pairs()

    async def of(self, user_id: int) -> Pair | None:
        return self.live.get(user_id)

    async def remember(self, first: int, second: int, pair_id: int) -> None:
        self.live[first] = Pair(pair_id, second)
        self.live[second] = Pair(pair_id, first)

    async def forget(self, first: int, second: int) -> None:
        self.live.pop(first, None)
        self.live.pop(second, None)
