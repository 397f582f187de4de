"""/search, /next, /stop."""

from aiogram import Bot, Router
from aiogram.exceptions import TelegramForbiddenError
from aiogram.filters import Command
from aiogram.types import Message

from ..pairs import Pairs
from ..search_queue import SearchQueue
from ..texts import say
from ..users import User, Users
from .onboarding import ask_next

router = Router(name="chat")


async def known(message: Message, users: Users) -> User | None:
    """The sender, if all questions are answered; else the next one is asked."""
    user = await users.get_or_create(message.from_user.id)
    return None if await ask_next(message, user, message.from_user.language_code) else user


async def tell(bot: Bot, users: Users, user_id: int, key: str) -> None:
    """Says something to somebody who did not just write and may have left."""
    try:
        await bot.send_message(user_id, say(await users.language(user_id), key))
    except TelegramForbiddenError:
        pass


async def search(message: Message, user: User, users: Users, queue: SearchQueue, pairs: Pairs) -> None:
    while (partner := await queue.find(user)) is not None:
        if await pairs.open(user.id, partner):
            await message.answer(say(user.language, "found"))
            await tell(message.bot, users, partner, "found")
            return
        # One of the two has got into a chat meanwhile.
        if await pairs.of(user.id):
            return
    await message.answer(say(user.language, "searching"))


async def end(message: Message, user: User, users: Users, pairs: Pairs) -> bool:
    ended = await pairs.end(user.id)
    if ended:
        await tell(message.bot, users, ended.partner, "left")
    return ended is not None


@router.message(Command("search"))
async def on_search(message: Message, users: Users, queue: SearchQueue, pairs: Pairs) -> None:
    user = await known(message, users)
    if user is None:
        return
    if await pairs.of(user.id):
        await message.answer(say(user.language, "busy"))
        return
    await search(message, user, users, queue, pairs)


@router.message(Command("next"))
async def on_next(message: Message, users: Users, queue: SearchQueue, pairs: Pairs) -> None:
    user = await known(message, users)
    if user is None:
        return
    await end(message, user, users, pairs)
    await search(message, user, users, queue, pairs)


@router.message(Command("stop"))
async def on_stop(message: Message, users: Users, queue: SearchQueue, pairs: Pairs) -> None:
    user = await known(message, users)
    if user is None:
        return
    left = await queue.leave(user)
    ended = await end(message, user, users, pairs)
    await message.answer(say(user.language, "stopped" if left or ended else "idle"))
