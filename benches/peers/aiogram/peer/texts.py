"""What the bot says, in two languages."""

import json

from aiogram.types import InlineKeyboardMarkup
from aiogram.utils.keyboard import InlineKeyboardBuilder

from .callbacks import Answer
from .settings import COMMON

_texts = json.loads((COMMON / "texts.json").read_text(encoding="utf-8"))

QUESTIONS: list[str] = _texts["questions"]


def say(language: str | None, key: str) -> str:
    return _texts[language if language in ("en", "ru") else "en"][key]


def question(language: str | None, name: str) -> tuple[str, InlineKeyboardMarkup]:
    asked = say(language, name)
    builder = InlineKeyboardBuilder()
    for value, label in asked["options"]:
        builder.button(text=label, callback_data=Answer(question=name, value=value))
    return asked["text"], builder.adjust(1).as_markup()


def is_option(name: str, value: str) -> bool:
    return name in QUESTIONS and any(value == option for option, _ in _texts["en"][name]["options"])
