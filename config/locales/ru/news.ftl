## Новости: что читают люди

news-turn-off = 🔕 Больше не присылать
news-turn-on = 🔔 Присылать новости
news-link = Открыть
news-are-on = Иногда мы рассказываем всем, что здесь нового, и никогда посреди разговора. Сейчас новости тебе приходят.
news-are-off = Иногда мы рассказываем всем, что здесь нового. Сейчас новости тебе не приходят.
news-turned-off = Хорошо, новостей больше не будет. Передумаешь — /news
news-turned-on = Отлично, новости снова будут приходить.
news-unknown = Не получилось. Попробуй чуть позже.
command-news = Новости от команды
settings-news = 🔔 Новости от команды

## Рассылки в чате команды

admin-flaw-text = Нужен текст на одном языке или на обоих: в рассылке до 2000 символов, в объявлении до 1000.
admin-flaw-link = Кнопка ведёт на адрес, который начинается с https:// и не длиннее 300 символов; надпись — не длиннее 60.
admin-flaw-when = Время отправки — в будущем, не дальше 60 дней, по UTC: <code>at=2026-12-31T18:00</code>
admin-not-now = Сейчас это не имеет смысла. Посмотрите ещё раз: <code>broadcasts</code>
admin-broadcasts-none = Рассылок ещё не было.
admin-broadcast-draft = <b>Рассылка { $broadcast }</b>, черновик. Выше — то, что увидят люди. Получат { $people ->
        [one] { $people } человек
        [few] { $people } человека
       *[other] { $people } человек
    }.
admin-broadcast-running = <b>Рассылка { $broadcast }</b> идёт, получателей: { $people }.
admin-broadcast-stuck = <b>Рассылка { $broadcast }</b> остановилась: её задача не удалась окончательно, почему — в <code>failedjobs</code>. Нажмите «Пауза», потом «Продолжить»: она пойдёт дальше с того же места, а до тех пор следующие за ней ждут. Получателей: { $people }.
admin-broadcast-paused = <b>Рассылка { $broadcast }</b> на паузе, получателей: { $people }.
admin-broadcast-halted = <b>Рассылка { $broadcast }</b> на паузе: Telegram отклонил её 20 раз подряд. Посмотрите, как она выглядит; если всё в порядке, продолжайте. Получателей: { $people }.
admin-broadcast-done = <b>Рассылка { $broadcast }</b> завершена, получателей было: { $people }.
admin-broadcast-cancelled = <b>Рассылка { $broadcast }</b> отменена, получателей было: { $people }.
admin-broadcast-figures = Получили: { $sent }. Заблокировали бота: { $gone }. Не принял Telegram: { $failed }. Пропущены: { $left }. В чате, получат позже: { $waiting }
admin-broadcast-lang = Только с языком: { $lang }
admin-broadcast-active = Только те, кто писал за { $days ->
        [one] { $days } день
        [few] { $days } дня
       *[other] { $days } дней
    }
admin-broadcast-premium = Только с премиумом
admin-broadcast-free = Только без премиума
admin-broadcast-silent = Без звука
admin-broadcast-at = Не раньше: { $at }
admin-broadcast-start = Отправить…
admin-broadcast-pause = ⏸ Пауза
admin-broadcast-resume = ▶️ Продолжить
admin-broadcast-cancel = Отменить…
admin-broadcast-look = 🔄 Как идёт
admin-broadcast-preview = Прислать мне
admin-confirm-broadcast = Отправить рассылку { $broadcast }? Она пойдёт позади всех сообщений, никому не попадёт посреди чата и не придёт тем, кто отключил новости. Доставленное уже не отозвать.
admin-confirm-broadcast-cancel = Отменить рассылку { $broadcast }? Больше её никто не получит, и начать её снова нельзя.

## Рассылки на страницах

pages-broadcasts = Рассылки
pages-broadcasts-lead = То, что узнают все: позади сообщений людей и никогда посреди чата.
pages-broadcasts-none = Рассылок ещё не было.
pages-broadcast = Рассылка { $n }
pages-broadcast-new = Новая рассылка
pages-broadcast-ru = Текст по-русски
pages-broadcast-en = Текст по-английски
pages-broadcast-text-hint = Хватит и одного: тогда его получат все. Не длиннее 2000 символов. Теги: b, i, u, s, code, spoiler, blockquote, a.
pages-broadcast-link = Адрес кнопки под текстом
pages-broadcast-label-ru = Надпись на ней по-русски
pages-broadcast-label-en = Надпись на ней по-английски
pages-broadcast-lang = Язык
pages-broadcast-any = Любой
pages-broadcast-active = Писали за столько дней
pages-broadcast-premium = Премиум
pages-broadcast-has = Есть
pages-broadcast-has-not = Нет
pages-broadcast-silent = Без звука
pages-broadcast-at = Не раньше
pages-broadcast-at-utc = Отправить не раньше (UTC)
pages-broadcast-create = Создать черновик и посчитать
pages-broadcast-preview = Что увидят люди
pages-broadcast-for = Кому
pages-broadcast-everybody = Всем, кто хочет новостей
pages-broadcast-state-draft = Черновик
pages-broadcast-state-running = Идёт
pages-broadcast-state-paused = На паузе
pages-broadcast-state-done = Завершена
pages-broadcast-state-cancelled = Отменена
pages-broadcast-stuck = Её задача не удалась окончательно, почему — в разделе «Задачи». Нажмите «Пауза», потом «Продолжить»: она пойдёт дальше с того же места. До тех пор следующие за ней ждут.
pages-broadcast-halted = Telegram отклонил её 20 раз подряд, поэтому она ждёт вас.
pages-broadcast-people = Получателей
pages-broadcast-sent = Получили
pages-broadcast-gone = Заблокировали бота
pages-broadcast-failed = Не принял Telegram
pages-broadcast-left = Пропущены
pages-broadcast-left-hint = за это время отключили новости, забанены или удалились
pages-broadcast-waiting = В чате, получат позже
pages-broadcast-progress = Как идёт
pages-broadcast-by = Автор
pages-broadcast-begun = Отправлена
pages-broadcast-ended = Закончилась
pages-broadcast-start = Отправить…
pages-broadcast-pause = Пауза
pages-broadcast-resume = Продолжить
pages-broadcast-cancel = Отменить…
pages-broadcast-to-me = Прислать мне
pages-broadcast-to-me-hint = В личный чат с ботом.
pages-broadcast-ask-start = Отправить рассылку { $n }
pages-broadcast-ask-cancel = Отменить рассылку { $n }
pages-broadcast-start-goes = Получат { $n ->
        [one] { $n } человек
        [few] { $n } человека
       *[other] { $n } человек
    } по подсчёту черновика; перед отправкой посчитаем ещё раз.
pages-broadcast-start-behind = Она идёт позади всех сообщений и никогда посреди чата: кто сейчас в чате, получит её, когда он закончится, или через шесть часов.
pages-broadcast-start-back = Доставленное уже не отозвать.
pages-broadcast-start-yes = Отправить
pages-broadcast-cancel-ends = Больше её никто не получит.
pages-broadcast-cancel-again = Начать её снова нельзя.
pages-broadcast-cancel-yes = Отменить
pages-flaw-text = Нужен текст на одном языке или на обоих: в рассылке до 2000 символов, в объявлении до 1000.
pages-flaw-link = Кнопка ведёт на адрес, который начинается с https:// и не длиннее 300 символов; надпись — не длиннее 60.
pages-not-now = Сейчас это уже не имеет смысла. Посмотрите ещё раз.
pages-done-broadcast = Черновик готов: никто его не получит, пока вы не отправите.
pages-done-start = Рассылка пошла.
pages-done-pause = Рассылка на паузе.
pages-done-resume = Рассылка идёт дальше.
pages-done-cancel = Больше её никто не получит.
pages-done-preview = Она в вашем личном чате с ботом.

## Объявления: что люди читают под меню

announcement = 📌 { $words }

## Объявления в чате команды

admin-announcements-none = Объявлений ещё не было.
admin-announcement-up = <b>Объявление { $announcement }</b> висит с { $at }. Снять: <code>takedown { $announcement }</code>
admin-announcement-down = <b>Объявление { $announcement }</b>, снято { $at }.
admin-announcement-text = [{ $lang }] { $words }
admin-confirm-announce = Повесить объявление? Его увидят все, кто вернётся в меню: под словами бота, без звука, пока его не снимут. Прежнее объявление уйдёт.

## Объявления на страницах

pages-announcements = Объявления
pages-announcements-lead = То, что люди читают под меню, когда возвращаются: без звука, пока объявление не снимут.
pages-announcements-none = Объявлений ещё не было.
pages-announcement-up = Висит сейчас
pages-announcement-down = Снято
pages-announcement-by = С { $at }, { $by }
pages-announcement-ended = Снято { $at }, { $by }
pages-announcement-take-down = Снять
pages-announcement-new = Новое объявление
pages-announcement-read = Его увидят все, кто вернётся в меню: под словами бота, в ближайшие секунды.
pages-announcement-one = Прежнее объявление уйдёт.
pages-announcement-text-hint = Хватит и одного языка: тогда этот текст прочитают все. Не длиннее 1000 символов, без форматирования.
pages-announcement-put-up = Повесить
pages-done-announced = Объявление висит.
pages-done-taken-down = Объявление снято.
pages-flaw-when = Время отправки — в будущем, не дальше 60 дней.
