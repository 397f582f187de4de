## Что читают те, кого забанили

banned-until = Доступ к чату закрыт до { $until }. Причина: { $reason }

    Если это ошибка, напиши нам: <code>/appeal</code> и пара слов. Команда /privacy тоже работает.
banned-for-good = Доступ к чату закрыт навсегда. Причина: { $reason }

    Если это ошибка, напиши нам: <code>/appeal</code> и пара слов. Команда /privacy тоже работает.
banned-toast = Доступ закрыт.
command-appeal = Оспорить бан
appeal-how = Напиши, что нам стоит знать, сразу после команды, вот так:

    <code>/appeal Кажется, вы меня с кем-то перепутали</code>
appeal-kept = Получили, посмотрим.
appeal-lately = Твоё прошлое сообщение у нас. Следующее можно отправить через неделю.
appeal-not-kept = Не получилось передать. Попробуй позже.
appeal-no-need = Бана нет, оспаривать нечего.

warned = Предупреждение от модераторов: { $reason }

    Пожалуйста, общайся уважительно: в следующий раз может быть бан.
appeal-accepted = Мы с тобой согласны, бан снят. { $reason }
erased-by-operators = Модераторы удалили всё, что мы о тебе хранили. { $reason }
appeal-declined = Мы рассмотрели твоё возражение, бан остаётся. { $reason }

## Чат операторов

admin-help = Ваша роль: <b>{ $role }</b>. Команды работают и со слешем, и без:
admin-help-line = <code>{ $usage }</code>
admin-usage = Команда пишется так: <code>{ $usage }</code>
admin-too-many = Слишком много команд: группа принимает 20 сообщений в минуту. Скоро снова отвечу.
admin-busy = Сейчас слишком много дел. Повторите чуть позже.
admin-store-away = База данных не отвечает, поэтому неизвестно, выполнено ли это. Сначала проверьте, потом повторяйте.
admin-forbidden = Для этого нужно право { $permission }, оно есть начиная с роли { $role }. Попытка записана.
admin-taken = Этим занимается { $by }.
admin-changed = Всё уже не так, как было: ничего не сделано. Посмотрите ещё раз.
admin-own-request = Это ваш собственный запрос: согласиться должен другой владелец.
admin-erasing = Данные пользователя <code>{ $user }</code> удаляются.
admin-confirm-erase = Удалить все данные пользователя <code>{ $user }</code>? Чат закончится, всё сохранённое исчезнет, человеку назовут причину. Бан останется в виде хеша. Вернуть ничего не получится.
admin-confirm-approve = Согласиться с запросом { $request } и выполнить его сейчас? Отменить это будет нельзя.
admin-request-asked = <b>Владелец просит о том, на что нужно согласие второго:</b>
admin-request-waits = Ждёт другого владельца.
admin-request-line = <b>{ $request }</b> { $what }: пользователь <code>{ $user }</code>, просит { $who }, до { $until }: { $reason }
admin-request-how = <code>approve { $request }</code> или <code>refuse { $request } ПРИЧИНА</code>
admin-request-refused = Запрос { $request } отклонён: ничего не сделано.
admin-requests-none = Второго владельца ничего не ждёт.
admin-flaw-user = Такого id у пользователя быть не может.
admin-flaw-days = Срок — от 1 до 3650 дней.
admin-flaw-reason = Укажите причину, не длиннее 500 символов.
admin-flaw-part = Столько вернуть нельзя: частью возвращается только платёж картой, и не больше, чем от него осталось.
admin-flaw-payer = Плательщик стёр свои данные, или платил не он. Укажите, кто это был: на странице платежа или командой <code>nameless billing refund НОМЕР --user ID</code>.
admin-flaw-other = В таком виде это сделать нельзя.
admin-missing = Под таким номером никого и ничего нет.
admin-done = Готово.
admin-cancelled = Всё осталось как было.
admin-stale = Кнопка больше не работает. Отправьте команду ещё раз.
admin-not-yours = Эта кнопка для того, кто отправил команду.
admin-yes = Да, выполнить
admin-no = Нет
admin-confirm = Точно?
admin-confirm-ban = <b>{ $kind }</b> на { $days ->
        [one] { $days } день
        [few] { $days } дня
       *[other] { $days } дней
    }: пользователь <code>{ $user }</code>?
admin-confirm-ban-forever = <b>{ $kind }</b> навсегда: пользователь <code>{ $user }</code>?
admin-confirm-revoke = Отключить премиум пользователю <code>{ $user }</code>? Выданное пропадёт.
admin-confirm-refund = Вернуть платёж №{ $payment }? Плательщик получит всё обратно и узнает об этом. Неиспользованный премиум закончится, подписка больше не продлится. Отменить возврат нельзя.
admin-payments-none = Платежей нет.
admin-payment-line = <b>№{ $payment }</b> { $at }: { $product }, { $amount } { $currency }
admin-payment-line-back = <b>№{ $payment }</b> { $at }: { $product }, { $amount } { $currency }, возвращён
admin-payment-line-renews = <b>№{ $payment }</b> { $at }: { $product }, { $amount } { $currency }, продлевается
admin-refund-soon = Платёж №{ $payment } возвращается.
admin-refund-underway = Сейчас возвращается другая сумма платежа №{ $payment }. Эту закажите, когда та вернётся.
admin-refund-before = Платёж №{ $payment } уже возвращён.
admin-reason = Причина: { $reason }
admin-consequences-ban = Чат и поиск сразу закончатся, собеседник увидит, что человек ушёл. Причину сообщим, не чаще раза в день; останутся только возражение и управление своими данными. Бан переживёт удаление данных.
admin-consequences-shadow = Чат сразу закончится. Человек ничего не узнает: ищет и никого не находит, его сообщения ни до кого не доходят. Бан переживёт удаление данных.
admin-free = Пользователь <code>{ $user }</code> не забанен.
admin-banned-until = Пользователь <code>{ $user }</code> забанен до { $until }.
admin-banned-forever = Пользователь <code>{ $user }</code> забанен навсегда.
admin-shadowed-until = Пользователь <code>{ $user }</code> в теневом бане до { $until }.
admin-shadowed-forever = Пользователь <code>{ $user }</code> в теневом бане навсегда.
admin-premium-until = У пользователя <code>{ $user }</code> премиум до { $until }.
admin-premium-none = У пользователя <code>{ $user }</code> нет премиума.
admin-stats = Аккаунтов примерно: { $accounts }
    Ищут: { $searching }
    Чатов сейчас: { $chats }, за сутки: { $day }
    Открытых жалоб: { $reports }
    Действующих банов: { $bans }
    Необработанных обновлений: { $dead }
admin-health = <b>{ $state }</b>
    Сессий: { $sessions }
    Ждут Telegram: { $outbox }
    Ждут базу данных: { $store }
    Упало акторов: { $deaths }
    Работают: { $actors }
admin-person = Пользователь <code>{ $user }</code>, с { $created }, { $lang }, { $phase }
admin-person-gone = У пользователя <code>{ $user }</code> нет аккаунта.
admin-person-figures = Чатов: { $chats }. Оценки: вверх { $up }, вниз { $down }. Жалоб открыто: { $open }, подтверждено: { $strikes }. Ложных жалоб от него: { $false }
admin-person-blocked-bot = Заблокировал бота.
admin-appeal = Возражение от { $at }: { $words }
admin-reports-none = Открытых жалоб нет.
admin-report-line = <b>{ $report }</b> { $reason }: пользователь <code>{ $reported }</code>, жалуются { $reporters ->
        [one] { $reporters } человек
        [few] { $reporters } человека
       *[other] { $reporters } человек
    }, доверие { $trust }, занимается { $taken }
admin-evidence-reporter = <i>автор жалобы:</i> { $words }
admin-evidence-reported = <i>на кого жалуются:</i> { $words }
admin-unreadable = Уже не прочитать, автор удалил свои данные: { $count }
admin-decided = Жалоба { $report }: { $verdict }
admin-dismiss = Отклонить
admin-uphold = Подтвердить
admin-ban-week = Бан на неделю
admin-ban-forever = Бан навсегда
admin-shadow = Теневой бан
admin-audit-none = Журнал пуст.
admin-audit-line = { $seq }. { $at } { $who }: <b>{ $what }</b> { $whom } { $detail } { $reason } ({ $outcome })
admin-dead-none = Необработанных обновлений нет.
admin-dead-line = <code>{ $seq }</code> пользователь <code>{ $user }</code>, { $at }: { $error }
admin-replayed = { $seq } обрабатывается заново.
admin-tokens-none = Токенов нет.
admin-token-line = { $name }: { $role }, до { $expires }
admin-warn = Предупредить
admin-delete = Удалить отправленное
admin-warned = Пользователь <code>{ $user }</code> получит предупреждение. Всего предупреждений: { $count }
admin-noted = Записано. Заметок о пользователе <code>{ $user }</code>: { $count }
admin-note-line = Заметка от { $at }, автор { $by }: { $words }
admin-deleted = Пользователь <code>{ $user }</code>: удаляем сообщений: { $messages }, чатов: { $chats }
admin-confirm-warn = Предупредить пользователя <code>{ $user }</code>? Он узнает причину, а предупреждение останется в его карточке.
admin-confirm-delete = Удалить у собеседников всё, что пользователь <code>{ $user }</code> прислал за 48 часов? Вернуть это нельзя.
admin-confirm-accept = Принять возражение пользователя <code>{ $user }</code>? Бан будет снят, и человек об этом узнает.
admin-confirm-decline = Отклонить возражение пользователя <code>{ $user }</code>? Бан останется, и человек об этом узнает.
admin-appeals-none = Нерассмотренных возражений нет.
admin-appeal-line = Пользователь <code>{ $user }</code>, { $at }: { $words } (бан за: { $reason })
admin-detections-none = Ничего похожего на программу не замечено.
admin-detection-line = Пользователь <code>{ $user }</code>, { $at }: { $pattern }
admin-pattern-rhythm = сообщения строго по часам
admin-pattern-same-words = один и тот же текст многим людям
admin-pattern-links = ссылки в первом же сообщении, многим людям
admin-person-warnings = Предупреждений: { $count }
admin-person-activity = Последнее сообщение: { $seen }. Сеансов: { $sessions }, дней: { $days }, сообщений: { $messages }, из них фото: { $photos }
admin-activity-none = Данных пока нет.
admin-activity-line = { $day }: активных { $active }, новых { $fresh }, чатов { $dialogs }, сообщений { $messages }, фото { $photos }
admin-retention-line = { $day }: пришло { $people }; D1 { $d1 }, D4 { $d4 }, D7 { $d7 }, D30 { $d30 }

## Во что обходятся персонажи

admin-spend-none = На персонажей ничего не потрачено.
admin-spend-line = { $day } <b>{ $cap }</b>: потрачено { $spent }, отложено { $reserved }, запросов { $calls }, из них идут { $open }

pages-characters = Персонажи
pages-characters-lead = Во что обходятся разговоры с персонажами (в валюте цен) и как чувствуют себя те, кто за них отвечает.
pages-characters-back-ends = Серверы моделей
pages-characters-off = Персонажей нет: COMPANIONS не задан.
pages-characters-name = Имя
pages-characters-health = Состояние
pages-characters-well = отвечает
pages-characters-away = отдыхает после сбоев
pages-characters-spend = Расходы
pages-characters-none = Ничего не потрачено.
pages-characters-day = День
pages-characters-cap = Чей бюджет
pages-characters-spent = Потрачено
pages-characters-budget = Бюджет
pages-characters-reserved = Отложено
pages-characters-calls = Запросов

## Долгие задачи

admin-jobs-none = Ничего такого нет.
admin-jobs-line = <b>{ $lane }</b>: ждут { $waiting }, отложено { $delayed }, выполняются { $running }; самая старая ждёт с { $oldest }
admin-jobs-line-running = <b>{ $lane }</b>: выполняются { $running }
admin-jobs-failed = { $at } { $lane }, задача { $job }, пользователь { $user }, попыток: { $attempts }. { $error }

pages-jobs = Задачи
pages-jobs-lead = Работа на секунды и минуты: что ждёт, что выполняется, что не удалось окончательно.
pages-jobs-none = Ничего не ждёт.
pages-jobs-lane = Очередь
pages-jobs-waiting = Ждут
pages-jobs-delayed = Отложены
pages-jobs-running = Выполняются
pages-jobs-oldest = Самая старая ждёт
pages-jobs-failed = Не удались
pages-jobs-failed-none = Таких нет.
pages-jobs-at = Когда
pages-jobs-attempts = Попыток
