"""Updates of one chat one after the other, those of different chats side by side."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from aiogram import BaseMiddleware
from aiogram.dispatcher.middlewares.user_context import EVENT_CONTEXT_KEY
from aiogram.types import TelegramObject


class InOrder(BaseMiddleware):
    """A lock for each chat with something under way; a chat that is quiet costs nothing."""

    def __init__(self) -> None:
        self.locks: dict[int, tuple[asyncio.Lock, int]] = {}

    async def __call__(
        self,
        handler: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]],
        event: TelegramObject,
        data: dict[str, Any],
    ) -> Any:
        chat_id = data[EVENT_CONTEXT_KEY].chat_id
        if chat_id is None:
            return await handler(event, data)
        lock, holders = self.locks.get(chat_id) or (asyncio.Lock(), 0)
        self.locks[chat_id] = (lock, holders + 1)
        try:
            # Waiters get it in the order in which they came.
            async with lock:
                return await handler(event, data)
        finally:
            lock, holders = self.locks[chat_id]
            if holders == 1:
                del self.locks[chat_id]
            else:
                self.locks[chat_id] = (lock, holders - 1)
