"""Which message is the copy of which, so that a reply reaches the right one. Scoped to the pair: after its end
nothing points at a former partner."""

import asyncio
import logging

from redis.asyncio import Redis
from redis.exceptions import RedisError

from .search_queue import PREFIX

SECONDS = 24 * 3600
"""How long a message can be replied to."""

log = logging.getLogger(__name__)


def _key(pair_id: int, chat_id: int, message_id: int) -> str:
    return f"{PREFIX}copy:{pair_id}:{chat_id}:{message_id}"


class ReplyMap:
    """Each message's two entries go to Redis in one pipeline."""

    def __init__(self, redis: Redis) -> None:
        self.redis = redis

    async def put(self, pair_id: int, chat_id: int, message_id: int, partner: int, copy_id: int) -> None:
        async with self.redis.pipeline(transaction=False) as pipe:
            pipe.set(_key(pair_id, chat_id, message_id), copy_id, ex=SECONDS)
            pipe.set(_key(pair_id, partner, copy_id), message_id, ex=SECONDS)
            await pipe.execute()

    async def get(self, pair_id: int, chat_id: int, message_id: int) -> int | None:
        found = await self.redis.get(_key(pair_id, chat_id, message_id))
        return int(found) if found else None


class BufferedReplyMap(ReplyMap):
    """The same, written behind: what came in meanwhile goes out in one pipeline."""

    LIMIT = 20_000
    """Entries that wait; beyond it writers wait for Redis themselves."""

    def __init__(self, redis: Redis) -> None:
        super().__init__(redis)
        self.waiting: dict[str, int] = {}
        self.under_way: dict[str, int] = {}
        self.wake = asyncio.Event()
        self.writer = asyncio.create_task(self._write())

    async def put(self, pair_id: int, chat_id: int, message_id: int, partner: int, copy_id: int) -> None:
        if len(self.waiting) >= self.LIMIT:
            await super().put(pair_id, chat_id, message_id, partner, copy_id)
            return
        self.waiting[_key(pair_id, chat_id, message_id)] = copy_id
        self.waiting[_key(pair_id, partner, copy_id)] = message_id
        self.wake.set()

    async def get(self, pair_id: int, chat_id: int, message_id: int) -> int | None:
        key = _key(pair_id, chat_id, message_id)
        found = self.waiting.get(key) or self.under_way.get(key)
        return found or await super().get(pair_id, chat_id, message_id)

    async def _write(self) -> None:
        while True:
            await self.wake.wait()
            self.wake.clear()
            await self.flush()
            # A little longer, so that a pipeline is worth its way.
            await asyncio.sleep(0.005)

    async def flush(self) -> None:
        self.under_way, self.waiting = self.waiting, {}
        try:
            async with self.redis.pipeline(transaction=False) as pipe:
                for key, value in self.under_way.items():
                    pipe.set(key, value, ex=SECONDS)
                await pipe.execute()
        except RedisError as error:
            # Replies to these messages will come without the reference; nothing else is lost.
            log.error("the reply map was not written: %s", type(error).__name__)
        self.under_way = {}

    async def close(self) -> None:
        self.writer.cancel()
        await asyncio.gather(self.writer, return_exceptions=True)
        self.waiting = {**self.under_way, **self.waiting}
        await self.flush()
