"""The tuned form: the same handlers, as somebody who measures would run them in one process."""

import gc
import logging

import orjson
import uvloop
from aiogram import Bot, Dispatcher
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from redis.asyncio import BlockingConnectionPool, Redis

from . import handlers
from .order import InOrder
from .pairs import MemoryPairs
from .reply_map import BufferedReplyMap
from .search_queue import SearchQueue
from .settings import Settings
from .shutdown import close
from .users import Users, connect

REQUESTS = 256
"""Requests to Telegram at once; aiohttp's default of 100 would be reached."""

TASKS = 512
"""Updates under way at once. Beyond it the poller waits: a queue in Telegram costs no memory here."""


def dumps(value: object) -> str:
    return orjson.dumps(value).decode()


async def main(settings: Settings) -> None:
    pool = await connect(settings.database_url, min_size=4, max_size=16)
    redis = Redis.from_pool(
        BlockingConnectionPool.from_url(settings.redis_url, decode_responses=True, max_connections=16)
    )
    session = AiohttpSession(
        api=TelegramAPIServer.from_base(settings.telegram_url),
        limit=REQUESTS,
        json_loads=orjson.loads,
        json_dumps=dumps,
    )
    bot = Bot(settings.token, session=session)
    users = Users(pool)
    pairs = MemoryPairs(users)
    await pairs.load()
    replies = BufferedReplyMap(redis)
    # No state machine is used, so none is looked up; its isolation of chats is replaced by a lighter one.
    dispatcher = Dispatcher(
        disable_fsm=True, users=users, queue=SearchQueue(redis), pairs=pairs, replies=replies
    )
    dispatcher.update.outer_middleware(InOrder())
    handlers.include(dispatcher)
    # What is there by now lives for ever: no need to walk over it in every collection.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    try:
        await dispatcher.start_polling(
            bot,
            allowed_updates=dispatcher.resolve_used_update_types(),
            tasks_concurrency_limit=TASKS,
        )
    finally:
        await replies.close()
        await close(pool, redis)


def run(settings: Settings) -> None:
    # A line for each update costs more than some of the work.
    logging.basicConfig(level=logging.WARNING)
    uvloop.run(main(settings))
