"""Data of the buttons."""

from aiogram.filters.callback_data import CallbackData


class Answer(CallbackData, prefix="on"):
    question: str
    value: str
