# Напоминания: кто-то ждёт, пара хочет поговорить.

reminders-waiting = 👋 Прямо сейчас ждёт кто-то, кто тебе подходит. Соединить вас?
reminders-button-search = 🔎 Да, искать
reminders-match = 💬 Одна из твоих взаимных симпатий хотела поговорить и ещё ждёт ответа.
reminders-button-matches = 💞 Взаимные
reminders-turn-off = 🔕 Больше не напоминать
reminders-turn-on = 🔔 Напоминать
reminders-are-on = Когда ждёт кто-то подходящий или хочет поговорить тот, с кем у вас взаимно, я напишу: не чаще двух раз в неделю и не ночью.
reminders-are-off = Напоминания выключены. Могу писать, когда ждёт кто-то подходящий или хочет поговорить тот, с кем у вас взаимно: не чаще двух раз в неделю и не ночью.
reminders-turned-off = Хорошо, больше не напоминаю. Если передумаешь: /settings
reminders-turned-on = Отлично, буду иногда напоминать.
reminders-unknown = Не получилось. Попробуй чуть позже.
settings-reminders = ⏰ Напоминания

## Для операторов

reminders-kind-waiting = Кто-то ждёт
reminders-kind-match = Пара хочет поговорить
admin-reminders-figures = <b>Напоминания</b> за четыре недели, { $kind }:

    Напомнили: { $reminded } чел., вернулись за сутки: { $reminded_back }
    Без напоминаний: { $held } чел., вернулись за сутки: { $held_back }
pages-reminders = Напоминания за четыре недели
pages-reminders-kind = О чём
pages-reminders-reminded = Напомнили
pages-reminders-held = Без напоминаний
pages-reminders-back = Вернулись за сутки
