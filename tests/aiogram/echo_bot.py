"""A real aiogram 3 bot, pointed at the simulator: the judge of how faithful its Bot API is.

Usage: echo_bot.py <url> <token>. Prints "ready" once it is about to poll; every update that a handler gets is
parsed by aiogram's own pydantic models first, so a malformed one fails here.
"""

import asyncio
import io
import sys

from aiogram import Bot, Dispatcher, F
from aiogram.client.default import DefaultBotProperties
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import TelegramAPIError, TelegramMigrateToChat
from aiogram.filters import Command
from aiogram.types import (
    BotCommand,
    BotSubscriptionUpdated,
    BufferedInputFile,
    CallbackQuery,
    ChatMemberUpdated,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaPhoto,
    LabeledPrice,
    Message,
    MessageReactionUpdated,
    PreCheckoutQuery,
    ReactionTypeEmoji,
)

dispatcher = Dispatcher()
albums: dict[str, list[Message]] = {}


@dispatcher.message(Command("start"))
async def on_start(message: Message) -> None:
    me = await message.bot.me()
    keyboard = InlineKeyboardMarkup(inline_keyboard=[[InlineKeyboardButton(text="Press me", callback_data="pressed")]])
    await message.answer(f"<b>hello</b> {message.from_user.first_name} from {me.id}", reply_markup=keyboard)


@dispatcher.message(Command("errors"))
async def on_errors(message: Message) -> None:
    """Answers with what aiogram makes of a refusal."""
    names = []
    for chat_id, text in ((1, "x"), (message.chat.id, "x" * 5000)):
        try:
            await message.bot.send_message(chat_id, text)
        except TelegramAPIError as error:
            names.append(f"{type(error).__name__}: {error.message}")
    await message.answer(" | ".join(names), parse_mode=None)


@dispatcher.message(Command("pay"))
async def on_pay(message: Message) -> None:
    prices = [LabeledPrice(label="A week", amount=75)]
    common = {"title": "A week", "description": "Seven days", "provider_token": "", "currency": "XTR"}
    await message.answer_invoice(payload="once", prices=prices, start_parameter="pay", **common)
    link = await message.bot.create_invoice_link(
        payload="monthly", prices=prices, subscription_period=2592000, **common
    )
    await message.answer(link, parse_mode=None)


@dispatcher.pre_checkout_query()
async def on_checkout(query: PreCheckoutQuery) -> None:
    fits = query.currency == "XTR" and query.total_amount == 75
    await query.answer(ok=fits, error_message=None if fits else "no")


@dispatcher.message(F.successful_payment)
async def on_paid(message: Message) -> None:
    paid = message.successful_payment
    first = f"{paid.is_recurring} {paid.is_first_recurring} {paid.subscription_expiration_date is not None}"
    await message.answer(f"paid {paid.invoice_payload} {paid.total_amount} {first}")


@dispatcher.message(F.refunded_payment)
async def on_refunded(message: Message) -> None:
    page = await message.bot.get_star_transactions(offset=0, limit=100)
    balance = await message.bot.get_my_star_balance()
    sides = " ".join("in" if t.source else "out" for t in page.transactions)
    await message.answer(f"refunded {message.refunded_payment.total_amount}: {sides}, {balance.amount} left")


@dispatcher.message(Command("refund"))
async def on_refund(message: Message) -> None:
    page = await message.bot.get_star_transactions(offset=0, limit=100)
    for charge in [t.id for t in page.transactions if t.source][:1]:
        await message.bot.refund_star_payment(message.chat.id, charge)
        try:
            await message.bot.refund_star_payment(message.chat.id, charge)
        except TelegramAPIError as error:
            await message.answer(f"again: {error.message}", parse_mode=None)


@dispatcher.message(Command("cancel"))
async def on_cancel(message: Message) -> None:
    page = await message.bot.get_star_transactions(offset=0, limit=100)
    charge = next(t.id for t in page.transactions if t.source and t.source.subscription_period)
    done = await message.bot.edit_user_star_subscription(message.chat.id, charge, is_canceled=True)
    await message.answer(f"cancelled: {done}")


@dispatcher.subscription()
async def on_subscription(update: BotSubscriptionUpdated) -> None:
    await update.bot.send_message(update.user.id, f"subscription {update.invoice_payload}: {update.state}")


@dispatcher.message(F.media_group_id)
async def on_album(message: Message) -> None:
    items = albums.setdefault(message.media_group_id, [])
    items.append(message)
    if len(items) == 3:
        media = [InputMediaPhoto(media=m.photo[-1].file_id, caption=m.caption) for m in items]
        sent = await message.bot.send_media_group(message.chat.id, media)
        await message.answer(f"album of {len(sent)}")


@dispatcher.message(F.photo)
async def on_photo(message: Message) -> None:
    content: io.BytesIO = await message.bot.download(message.photo[-1])
    await message.answer_photo(message.photo[-1].file_id, caption=f"{len(content.getvalue())} bytes", has_spoiler=True)
    await message.answer_document(BufferedInputFile(b"made by the bot", filename="made.txt"))


@dispatcher.message(F.migrate_to_chat_id)
async def on_moved(message: Message) -> None:
    """The group is a supergroup by now: aiogram's own exception says which."""
    try:
        await message.answer("to the former one")
    except TelegramMigrateToChat as moved:
        same = moved.migrate_to_chat_id == message.migrate_to_chat_id
        await message.bot.send_message(moved.migrate_to_chat_id, f"moved: {same}")


@dispatcher.message(F.migrate_from_chat_id)
async def on_moved_here(message: Message) -> None:
    await message.answer(f"a {message.chat.type} that was {message.migrate_from_chat_id}")


@dispatcher.message(F.group_chat_created)
async def on_group(message: Message) -> None:
    await message.answer(f"a {message.chat.type}")


@dispatcher.message(F.text)
async def on_text(message: Message) -> None:
    await message.react([ReactionTypeEmoji(emoji="👍")])
    await message.reply(message.html_text)


@dispatcher.message()
async def on_anything(message: Message) -> None:
    await message.send_copy(message.chat.id)


@dispatcher.edited_message()
async def on_edit(message: Message) -> None:
    await message.answer(f"edited: {message.text or message.caption}")


@dispatcher.callback_query()
async def on_press(query: CallbackQuery) -> None:
    await query.answer("got it", show_alert=True)
    await query.message.edit_text("<i>edited after the press</i>")


@dispatcher.message_reaction()
async def on_reaction(update: MessageReactionUpdated) -> None:
    emoji = ",".join(r.emoji for r in update.new_reaction)
    await update.bot.send_message(update.chat.id, f"reacted: {emoji}")


@dispatcher.my_chat_member()
async def on_member(update: ChatMemberUpdated) -> None:
    if update.new_chat_member.status == "member":
        await update.bot.send_message(update.chat.id, "welcome back")


async def main(url: str, token: str) -> None:
    session = AiohttpSession(api=TelegramAPIServer.from_base(url))
    bot = Bot(token, session=session, default=DefaultBotProperties(parse_mode="HTML"))
    await bot.delete_webhook(drop_pending_updates=False)
    commands = [BotCommand(command="start", description="Begin")]
    await bot.set_my_commands(commands, language_code="ru")
    kept = await bot.get_my_commands(language_code="ru")
    assert [c.model_dump() for c in kept] == [c.model_dump() for c in commands], kept
    print("ready", flush=True)
    await dispatcher.start_polling(bot, allowed_updates=dispatcher.resolve_used_update_types())


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
