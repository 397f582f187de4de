## Что бот сам сообщает операторам в чат оповещений

alarm-head = ⚠️ <b>{ $node }</b>
alarm-line-begun = 🔴 { $what } → docs/operations.md#{ $paragraph }
alarm-line-lasting = 🟠 Всё ещё, уже { $minutes } мин: { $what } → docs/operations.md#{ $paragraph }
alarm-line-over = 🟢 Прошло через { $minutes } мин: { $what }
alarm-moved = 🟠 Эта группа стала супергруппой, и её номер изменился. Я нашёл её и продолжаю писать сюда. Чтобы я знал её и после перезапуска, поправьте настройки: <code>{ $line }</code>

alarm-blocked = Один из потоков бота стоит.
alarm-journal = Диск журнала ничего не принимает, апдейты остаются у Telegram.
alarm-journal-fills = Журнал почти заполнен незавершёнными апдейтами.
alarm-disk = На диске осталось мало места.
alarm-held = Бот так отстал, что апдейты остаются у Telegram.
alarm-telegram = Telegram не отдаёт боту апдейты.
alarm-node = Одна из копий бота пропала, её людей подхватили остальные.
alarm-database = База данных не отвечает: чаты идут, поиск ждёт.
alarm-slow-database = База данных отвечает медленно.
alarm-history = Сообщения доходят, но не сохраняются: база сильно отстала.
alarm-queue = Redis не отвечает, поиск ждёт.
alarm-slow-queue = Redis отвечает медленно.
alarm-refused = Telegram отклоняет больше одного сообщения из двадцати.
alarm-slow = Одно сообщение из ста идёт дольше пяти секунд.
alarm-restarts = Части бота падают снова и снова.
alarm-dead-letter = Апдейт дважды не удалось обработать, он отложен.
alarm-told-to-wait = Telegram постоянно просит бота сбавить темп.
alarm-photos = Фотографии никто не проверяет, они остаются под спойлером.
alarm-jobs = Долгие задания срываются окончательно.
alarm-strangers = Кто-то упорно пробует войти к операторам.
alarm-clock = Часы этой машины переставили.
alarm-certificate = Сертификат адреса бота истекает в ближайшие десять дней, или Telegram его не принимает.
