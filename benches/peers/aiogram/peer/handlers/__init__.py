"""The bot's handlers, in the order in which they are asked."""

from aiogram import Dispatcher

from . import chat, onboarding, relay


def include(dispatcher: Dispatcher) -> None:
    for module in (onboarding, chat, relay):
        dispatcher.include_router(module.router)
