"""The default form: as aiogram's documentation shows a bot."""

import asyncio
import logging

from aiogram import Bot, Dispatcher
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.fsm.storage.memory import SimpleEventIsolation
from redis.asyncio import BlockingConnectionPool, Redis

from . import handlers
from .pairs import RedisPairs
from .reply_map import ReplyMap
from .search_queue import SearchQueue
from .settings import Settings
from .shutdown import close
from .users import Users, connect


async def main(settings: Settings) -> None:
    pool = await connect(settings.database_url)
    redis = Redis.from_pool(BlockingConnectionPool.from_url(settings.redis_url, decode_responses=True))
    session = AiohttpSession(api=TelegramAPIServer.from_base(settings.telegram_url))
    bot = Bot(settings.token, session=session)
    users = Users(pool)
    # Updates run side by side; those of one chat one after the other, so that messages stay in order.
    dispatcher = Dispatcher(
        events_isolation=SimpleEventIsolation(),
        users=users,
        queue=SearchQueue(redis),
        pairs=RedisPairs(users, redis),
        replies=ReplyMap(redis),
    )
    handlers.include(dispatcher)
    try:
        await dispatcher.start_polling(bot, allowed_updates=dispatcher.resolve_used_update_types())
    finally:
        await close(pool, redis)


def run(settings: Settings) -> None:
    logging.basicConfig(level=logging.INFO)
    asyncio.run(main(settings))
