"""The questions at the beginning: at most five taps."""

from aiogram import Router
from aiogram.filters import CommandStart
from aiogram.types import CallbackQuery, Message

from ..callbacks import Answer
from ..texts import is_option, question, say
from ..users import User, Users

router = Router(name="onboarding")


async def ask_next(message: Message, user: User, language_code: str | None) -> bool:
    """Asks what is still unknown; whether there was anything."""
    name = user.next_question
    if name is None:
        return False
    text, keyboard = question(user.language or language_code, name)
    await message.answer(text, reply_markup=keyboard)
    return True


@router.message(CommandStart())
async def on_start(message: Message, users: Users) -> None:
    user = await users.get_or_create(message.from_user.id)
    if not await ask_next(message, user, message.from_user.language_code):
        await message.answer(say(user.language, "ready"))


@router.callback_query(Answer.filter())
async def on_answer(query: CallbackQuery, callback_data: Answer, users: Users) -> None:
    await query.answer()
    if not isinstance(query.message, Message) or not is_option(callback_data.question, callback_data.value):
        return
    language_code = query.from_user.language_code
    if (callback_data.question, callback_data.value) == ("adult", "no"):
        await query.message.edit_text(say(language_code, "underage"))
        return
    user = await users.answer(query.from_user.id, callback_data.question, callback_data.value)
    if user is None:
        return
    name = user.next_question
    if name is None:
        await query.message.edit_text(say(user.language, "ready"))
    else:
        text, keyboard = question(user.language or language_code, name)
        await query.message.edit_text(text, reply_markup=keyboard)
