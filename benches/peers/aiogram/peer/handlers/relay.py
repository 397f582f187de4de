"""Everything else goes to the partner."""

import asyncio

from aiogram import F, Router
from aiogram.enums import ContentType
from aiogram.exceptions import TelegramBadRequest, TelegramForbiddenError, TelegramRetryAfter
from aiogram.types import Message, MessageId, ReplyParameters

from ..pairs import Pairs
from ..reply_map import ReplyMap
from ..texts import say
from ..users import Users

router = Router(name="relay")

PASSED_ON = {
    ContentType.TEXT,
    ContentType.PHOTO,
    ContentType.VIDEO,
    ContentType.VOICE,
    ContentType.VIDEO_NOTE,
    ContentType.AUDIO,
    ContentType.DOCUMENT,
    ContentType.STICKER,
    ContentType.ANIMATION,
}
"""Contacts and places tell who somebody is; polls, games and invoices cannot be copied."""


async def copy(message: Message, partner: int, reply: ReplyParameters | None) -> MessageId:
    try:
        return await message.copy_to(partner, reply_parameters=reply)
    except TelegramRetryAfter as error:
        await asyncio.sleep(error.retry_after)
        return await message.copy_to(partner, reply_parameters=reply)


@router.message(F.content_type.in_(PASSED_ON))
async def on_message(message: Message, users: Users, pairs: Pairs, replies: ReplyMap) -> None:
    chat_id = message.chat.id
    pair = await pairs.of(chat_id)
    if pair is None:
        await message.answer(say(await users.language(chat_id), "idle"))
        return
    reply = None
    if message.reply_to_message:
        target = await replies.get(pair.id, chat_id, message.reply_to_message.message_id)
        if target:
            reply = ReplyParameters(message_id=target, allow_sending_without_reply=True)
    try:
        sent = await copy(message, pair.partner, reply)
    except TelegramForbiddenError:
        await pairs.end(chat_id)
        await message.answer(say(await users.language(chat_id), "gone"))
        return
    except TelegramBadRequest:
        await message.answer(say(await users.language(chat_id), "refused"))
        return
    await replies.put(pair.id, chat_id, message.message_id, pair.partner, sent.message_id)


@router.message()
async def on_other(message: Message, users: Users) -> None:
    await message.answer(say(await users.language(message.chat.id), "refused"))
