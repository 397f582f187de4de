"""The end of both forms."""

import asyncio
import logging

import asyncpg
from redis.asyncio import Redis

SECONDS = 2
"""How long connections may take to be given back; a handler that hangs must not keep the process."""


async def close(pool: asyncpg.Pool, redis: Redis) -> None:
    try:
        async with asyncio.timeout(SECONDS):
            await pool.close()
            await redis.aclose()
    except TimeoutError:
        logging.warning("connections were not given back in time")
        pool.terminate()
