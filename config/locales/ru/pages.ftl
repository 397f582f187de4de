## Ссылка на страницы операторов

command-admin = Открыть страницы операторов
pages-link = Вот вход. Ссылка сработает один раз, в течение пяти минут:

    { $link }
pages-link-no-address = Я не знаю, где находятся страницы: задайте PUBLIC_URL. Без ссылки можно войти по токену из <code>nameless token create</code>.
pages-link-not-made = База данных не отвечает. Попробуйте ещё раз чуть позже.

## Вокруг каждой страницы

pages-skip = К содержанию
pages-menu = Страницы
pages-locked = нужна другая роль
pages-theme-auto = Цвета: система
pages-theme-dark = Цвета: тёмные
pages-theme-light = Цвета: светлые
pages-logout = Выйти
pages-moment = { $at }
pages-forever = навсегда
pages-seconds = { $n ->
        [one] { $n } секунда
        [few] { $n } секунды
       *[many] { $n } секунд
    }
pages-minutes = { $n ->
        [one] { $n } минута
        [few] { $n } минуты
       *[many] { $n } минут
    }
pages-hours = { $n ->
        [one] { $n } час
        [few] { $n } часа
       *[many] { $n } часов
    }
pages-days = { $n ->
        [one] { $n } день
        [few] { $n } дня
       *[many] { $n } дней
    }
pages-yes = да
pages-no = нет
pages-cancel = Отмена
pages-any = любое
pages-deeds = Действия
pages-first = К началу
pages-next = Дальше
pages-older = Более ранние
pages-to-overview = На главную

## Вход

pages-login = Вход
pages-login-by-link = Эта ссылка от бота впустит вас один раз.
pages-login-how = Отправьте боту /admin, и он пришлёт ссылку. Или вставьте токен.
pages-login-token = Токен
pages-login-hint = Из nameless token create ИМЯ --role owner или со страницы «Токены».
pages-login-enter = Войти
pages-login-ended = Сеанс закончился: его завершили, час ничего не происходило или прошло двенадцать часов. Войдите ещё раз.
pages-login-link-used = Эта ссылка больше не действует: по ней уже вошли, прошло пять минут или появилась новая. Отправьте боту /admin ещё раз.
pages-login-no-token = Этот токен не подходит: в нём опечатка, его отозвали или истёк срок.

## В чём отказано

pages-forbidden = Вашей роли этого мало
pages-forbidden-text = Нужно право { $permission }. Оно есть у роли { $role } и у всех ролей выше. Попытка записана.
pages-flawed = Так сделать нельзя
pages-flaw-user = У пользователя не может быть такого номера.
pages-flaw-days = Дней может быть от 1 до 3650.
pages-flaw-reason = Укажите причину, не длиннее 500 знаков.
pages-flaw-payer = Плательщик стёр свои данные, или платил не он. Укажите Telegram id того, кто платил.
pages-flaw-name = В имени от 1 до 40 латинских букв, цифр, точек и дефисов.
pages-name-taken = Токен с таким именем есть или был. Выберите другое.
pages-changed = Всё уже не так
pages-changed-text = С тех пор, как вы смотрели, что-то изменилось, поэтому ничего не сделано. Посмотрите ещё раз.
pages-own-request = Это ваш собственный запрос
pages-own-request-text = Согласиться должен другой владелец. Два токена одного человека считаются за один.
pages-taken = Этим уже занимаются
pages-taken-text = Жалобу разбирает { $by }. Она освободится через четверть часа после того, как её открыли.
pages-missing = Здесь ничего нет
pages-missing-text = Никого и ничего с таким именем или номером.
pages-malformed = Непонятный запрос
pages-malformed-text = Адрес или форма не такие, какими их делают эти страницы. Вернитесь и попробуйте снова.
pages-foreign = Форма отправлена не отсюда
pages-foreign-text = Она пришла не со страницы вашего сеанса, поэтому ничего не сделано. Откройте страницу заново и повторите.
pages-too-many = Слишком много попыток
pages-too-many-text = Подождите минуту и попробуйте снова.
pages-away = Сейчас нет ответа
pages-away-text = База данных не отвечает, или дел слишком много. Неизвестно, сделано ли что-нибудь: сначала посмотрите, потом повторяйте.

## Что сделано

pages-done-ban = Заблокирован.
pages-done-shadow = Отправлен в тень.
pages-done-unban = Блокировка снята.
pages-done-grant = Премиум выдан.
pages-done-revoke = Премиум закончен.
pages-done-dismissed = Отклонено. Следующая жалоба.
pages-done-upheld = Подтверждено. Следующая жалоба.
pages-done-replay = Обрабатывается снова.
pages-done-erase = Данные удаляются.
pages-done-many = Сделано со всеми; в журнале — отдельная запись о каждом.
pages-done-waits = Ждёт другого владельца — сутки.
pages-done-approved = Сделано.
pages-done-refused = Отклонено: ничего не сделано.
pages-done-token = Токен отозван.
pages-done-photo-approve = Впредь эта картинка в порядке. Следующая.
pages-done-photo-reject = Остаётся размытой. Следующая.
pages-done-photo-ban = Картинка запрещена. Следующая.
pages-done-photo-alone = Готово, но только для этой картинки: как она выглядит, неизвестно.
pages-done-refund = Платёж возвращается.

## Обзор

pages-overview = Обзор
pages-state-ready = Всё в порядке
pages-state-degraded = С трудом: что-то ждёт базу данных
pages-state-held = Стоп: обновления не принимаются
pages-live-on = Обновляется каждые пять секунд
pages-live-off = Пауза, пока вы смотрите в другое окно
pages-live-lost = Нет связи, пробуем ещё
pages-now = Сейчас
pages-spark = Сообщений в секунду за последние пять минут
pages-sessions = Активны
pages-sessions-note = сеансов на этом узле
pages-searching = Ищут
pages-chats = Чаты
pages-chats-note = { $n } за сутки
pages-rate = Сообщения
pages-rate-note = в секунду, на этом узле
pages-p50 = Доставка, половина
pages-p50-note = или быстрее
pages-p99 = Доставка, 99 %
pages-accounts = Люди
pages-accounts-note = примерно
pages-bans = Блокировки
pages-waiting = Ждут
pages-reports-open = Открытые жалобы
pages-dead-waiting = Сбойные обновления
pages-outbox = Ждут Telegram
pages-store = Ждут базу данных
pages-store-waits = Задержаны базой данных
pages-oldest = самой старой { $ago }
pages-to-reports = Разбирать жалобы
pages-troubles = Неполадки
pages-relay-failed = Отказы Telegram
pages-told-to-wait = Просьбы подождать
pages-dead-made = Отложено обновлений
pages-writes-refused = Не записано в базу
pages-restarts = Перезапуски
pages-strangers = Пришли без ключа
pages-troubles-note = С запуска этого узла.

## Показатели

pages-figures = Показатели
pages-figures-activity = Активность по дням
pages-figures-activity-says = Столбик на каждый из последних 60 дней: сколько людей писали, не больше { $n }. Числа — в таблице ниже.
pages-figures-activity-note = Дни по UTC. То, что посчитано за последнюю минуту, может ещё не войти.
pages-figures-active = Писали
pages-figures-again = Писали снова
pages-figures-fresh = Впервые
pages-figures-dialogs = Чаты
pages-figures-messages = Сообщения
pages-figures-photos = Фото
pages-figures-retention = Сколько возвращаются
pages-figures-retention-says = Четыре линии по дням, когда люди пришли впервые: сколько из ста писали снова через 1, 4, 7 и 30 дней. Числа — в таблице ниже.
pages-figures-retention-note = По дню, когда люди пришли впервые. Меньше десяти человек — не показатель: там линия прерывается.
pages-figures-people = Людей
pages-figures-day = День
pages-figures-table = Таблицей
pages-figures-none = Пока ничего не посчитано.

## Люди

pages-users = Люди
pages-user = Пользователь
pages-find-user = Номер пользователя
pages-find = Найти
pages-users-none = Пока никого.
pages-filters = Какие люди
pages-active-days = Писали за дней
pages-id = Номер
pages-doing = Чем занят
pages-since = С какого времени
pages-phase-idle = ничем
pages-phase-companion = с персонажем
pages-phase-searching = ищет
pages-phase-chatting = в чате
pages-phase-underage = нет 18
pages-phase-onboarding = знакомится с ботом
pages-no-account = нет аккаунта
pages-banned = Заблокирован
pages-shadowed = В тени
pages-until = до { $at }
pages-dossier = Что известно
pages-language = Язык
pages-adult = Говорит, что есть 18
pages-blocked-bot = Заблокировал бота
pages-premium = Премиум
pages-strikes = Нарушения
pages-reports-about = Открытые жалобы
pages-false-reports = Ложные жалобы от него
pages-chats-had = Чаты
pages-rated-up = Оценки «за»
pages-rated-down = Оценки «против»
pages-appeals = Возражения
pages-decisions = История
pages-decisions-none = О нём ещё ничего не решали.
pages-all-entries = Всё из журнала
pages-deeds-note = Каждое ещё раз спросит и скажет, что будет.
pages-needs-moderate = Для блокировок нужно право moderate, оно есть начиная с роли moderator.
pages-needs-erase = Для удаления нужно право erase, оно есть у роли owner.
pages-needs-grant = Для премиума нужно право grant, оно есть начиная с роли admin.

## Что делают с людьми

pages-deed = { $deed }: пользователь
pages-follows = Что будет
pages-term = На какой срок
pages-for-days = Дней
pages-reason = Причина
pages-reason-read = Её прочтут и он сам, и другие операторы.
pages-reason-kept = Её прочтут другие операторы, но не он сам.
pages-ban = Заблокировать
pages-ban-yes = Заблокировать
pages-ban-ends = Чат и поиск закончатся сразу. Собеседник узнает, что он ушёл.
pages-ban-told = Ему скажут о блокировке и вашу причину, не чаще раза в день.
pages-ban-left = Он сможет только возразить через /appeal и распорядиться своими данными.
pages-ban-outlives = Заменит прежнюю блокировку и останется даже после удаления данных.
pages-shadow = В тень
pages-shadow-yes = Отправить в тень
pages-shadow-ends = Чат закончится сразу.
pages-shadow-untold = Ему ничего не скажут.
pages-shadow-alone = Он будет искать и никого не найдёт, а его сообщения никому не дойдут.
pages-unban = Снять блокировку
pages-unban-yes = Снять блокировку
pages-unban-back = Он сразу сможет пользоваться ботом.
pages-unban-kept = Причина блокировки останется в истории.
pages-grant = Выдать премиум
pages-grant-yes = Выдать
pages-grant-adds = Дни добавятся к тем, что есть.
pages-grant-first = Его поиск теперь будет идти первым.
pages-revoke = Закончить премиум
pages-revoke-yes = Закончить премиум
pages-erase = Удалить данные
pages-erase-yes = Удалить
pages-erase-gone = Чат закончится сразу, и всё, что о человеке хранится, исчезнет: профиль, слова, премиум. Вернуть это не сможет никто.
pages-erase-told = Человеку сообщат об этом и назовут причину.
pages-erase-kept = Бан останется в виде хеша, открытые жалобы — тоже.
pages-erase-second = Если включён ADMIN_SECOND_OWNER, удаление сутки ждёт согласия другого владельца.
pages-many-dismiss = Отклонить все жалобы этого человека
pages-many-dismiss-follows = Его слово теперь весит меньше. То, чем занят другой модератор, останется.
pages-many-ban = Забанить всех
pages-many-replay = Повторить всё, что сломалось так же
pages-many-replay-follows = Каждое обработается заново. Если причина не устранена, оно сломается снова.
pages-many-drop = Выбросить всё, что сломалось так же
pages-many-drop-follows = Они исчезнут: никто их больше не обработает.
pages-drop = Выбросить
pages-many-each = О каждом будет отдельная запись в журнале.
pages-many-error = Причина: { $error }
pages-many-hit = { $n ->
        [one] Затронет { $n }:
        [few] Затронет { $n }:
       *[many] Затронет { $n }:
    }
pages-many-more = Их больше { $n }: остальное — в следующий раз.
pages-many-users = Номера для бана через пробел
pages-requests = Запросы
pages-requests-lead = То, на что в течение суток должен согласиться другой владелец. Со своим запросом согласиться нельзя.
pages-requests-none = Ничего не ждёт.
pages-approve = Согласиться и выполнить
pages-refuse = Отклонить
pages-revoke-gone = Премиум закончится сразу, остаток пропадёт.

## Жалобы

pages-reports = Жалобы
pages-report = Жалоба
pages-reports-lead = Пятьдесят самых важных, о детях — первыми. Открытая жалоба ваша на четверть часа, и это записывается: вы читаете чужие слова.
pages-reports-none = Открытых жалоб нет. Отлично.
pages-needs-evidence = Вы видите очередь. Чтобы открыть жалобу, нужно право see_evidence, оно есть начиная с роли moderator.
pages-number = №
pages-why = За что
pages-about = На кого
pages-by = От кого
pages-reporters = { $n ->
        [one] { $n } человек
        [few] { $n } человека
       *[many] { $n } человек
    }
pages-trust = Доверие
pages-waits = Ждёт
pages-taken-by = Разбирает
pages-evidence = Что было сказано
pages-evidence-none = К этой жалобе нет сообщений.
pages-unreadable = { $n ->
        [one] { $n } сообщение уже не прочесть: отправитель удалил свои данные.
        [few] { $n } сообщения уже не прочесть: отправитель удалил свои данные.
       *[many] { $n } сообщений уже не прочесть: отправитель удалил свои данные.
    }
pages-from-reporter = Кто жалуется
pages-from-reported = На кого жалуются
pages-about-it = О жалобе
pages-made = Когда
pages-verdict = Решение
pages-verdict-upheld = Подтверждена
pages-verdict-dismissed = Отклонена
pages-decide = Решить
pages-uphold = Подтвердить
pages-dismiss = Отклонить
pages-decide-yes = Решить
pages-keys = Клавиши
pages-keys-off = Выключить клавиши
pages-keys-on = Включить клавиши
pages-key-move = вниз, вверх
pages-key-open = открыть
pages-key-reload = обновить
pages-key-send = отправить
pages-key-person = пользователь
pages-key-queue = назад к очереди

## Фото

pages-photos = Фото
pages-photo = Фото
pages-photos-lead = Сначала картинки из открытых жалоб, потом те, в которых модели сомневались. Каждый просмотр записывается вместе с причиной.
pages-photos-none = Ни одна картинка не ждёт. Отлично.
pages-photos-needs = Вы видите очередь. Чтобы посмотреть картинку, нужно право see_evidence, оно есть начиная с роли moderator.
pages-photo-of = Откуда
pages-photo-of-report = жалоба { $report }
pages-photo-of-doubt = сомнение
pages-photo-sender = Отправитель
pages-photo-against = Что не так
pages-photo-since = Здесь с
pages-photo-look = Посмотреть фото
pages-photo-look-yes = Посмотреть
pages-photo-noted = Просмотр попадёт в журнал: кто смотрел и почему.
pages-photo-veiled = Картинка придёт размытой. Размытие вы снимаете сами.
pages-photo-unkept = Она показывается на этой странице и нигде не остаётся. Перед следующим просмотром вас спросят снова.
pages-photo-picture = Картинка
pages-photo-alt = Фото { $photo }, каким его отправили
pages-photo-unveil = Без размытия
pages-photo-nudity = Нагота, от 0 до 1
pages-photo-faces = Лица
pages-photo-face = Лицо { $n }
pages-photo-scores = быстрая модель { $quick }, судья { $judge }
pages-photo-unseen = Сейчас посмотреть моделями не вышло: ни оценок, ни рамок нет.
pages-photo-uphold = Оставить как есть
pages-photo-overrule = Это не нарушение
pages-photo-ban = Запретить картинку
pages-photo-rulings = Как есть — остаётся размытой. Не нарушение — впредь показывается, если было только сомнение. Запрещённая пропадёт у всех, и похожие на неё тоже.
pages-photo-banned = запрещённая картинка
pages-photo-nude = нагота
pages-photo-spam = спам
pages-photo-no-face = нет лица
pages-photo-several-faces = несколько лиц
pages-photo-small-face = мелкое лицо
pages-photo-blurred-face = размытое лицо
pages-photo-dark-face = тёмное лицо
pages-photo-bright-face = засвеченное лицо
pages-photo-perhaps-nude = возможно, нагота
pages-photo-uncertain-face = лицо под вопросом
pages-photo-unchecked = не проверено
pages-photo-code = QR-код

## Сбойные обновления

pages-dead = Сбойные обновления
pages-dead-lead = Обновления, которые дважды не удались и отложены; сверху самые старые. Устраните причину и обработайте их снова.
pages-dead-none = Сбоев нет.
pages-position = Позиция
pages-error = Ошибка
pages-replay = Повторить

## Акторы

pages-actors = Акторы
pages-tree = Дерево
pages-supervisor = запускает остальных заново, а если не помогает, завершает процесс
pages-deaths = Смерти
pages-depth = Сейчас
pages-below-shard = сеанс на каждого активного человека
pages-below-relay = пара на каждый идущий чат
pages-tree-note = Сейчас: сколько у него вызовов, записей, ищущих, пар или сеансов. Где не считают, там прочерк. Слова говорят, что бывает, когда он полон.
pages-timed = Что сколько длится, мс
pages-what = Что
pages-count = Раз
pages-half = Половина
pages-most = 99 %
pages-counters = Счётчики

## Журнал

pages-audit = Журнал действий
pages-audit-none = Таких записей нет.
pages-who = Кто
pages-outcome = Итог
pages-show = Показать
pages-all = Показать всё

## Платежи

pages-payments = Платежи
pages-payment = Платёж
pages-payments-none = Платежей пока нет.
pages-payment-number = Номер
pages-payment-amount = Сумма
pages-payment-for = За что
pages-payment-by = Кто платил
pages-payment-at = Когда
pages-payment-gift = { $product }, подарок
pages-payment-no-order = без заказа
pages-payment-erased = данные стёрты
pages-payment-credited = зачислен
pages-payment-renews = продлевается
pages-payment-ends = не продлевается
pages-payment-failed = продление не удалось
pages-payment-back = возвращён { $at }
pages-payment-unused = Ещё не использовано
pages-payment-refunding = Платёж возвращается. Обычно это секунды; если Telegram не отвечает, дольше.
pages-ledger = Книга плательщика
pages-ledger-note = Сначала новое: что каждый платёж, выдача и возврат перенесли с одного счёта на другой.
pages-ledger-accounts = Счета
pages-refund = Вернуть платёж
pages-refund-yes = Вернуть
pages-refund-money = Плательщику вернётся { $amount }.
pages-refund-unused = Неиспользованный премиум закончится: { $time }.
pages-refund-renewal = Подписка больше не продлится.
pages-refund-told = Плательщик узнает о возврате, но не увидит причину.
pages-refund-final = Отменить возврат нельзя.
pages-refund-part = Только часть, в рублях
pages-refund-part-hint = Например, 50 или 50.00. Оставьте пустым, чтобы вернуть всё, что осталось.
pages-flaw-part = Столько вернуть нельзя: частью возвращается только платёж картой, и не больше, чем от него осталось.
pages-refund-payer = Telegram id того, кто платил
pages-needs-refund = Для возвратов нужно право refund, оно есть начиная с роли admin.

## Токены

pages-tokens = Токены
pages-tokens-lead = Для скриптов и для входа сюда. В базе данных только их хеши.
pages-tokens-none = Токенов нет.
pages-token-made = { $name } готов
pages-token-once = Скопируйте сейчас: второй раз его не покажут.
pages-name = Имя
pages-role = Роль
pages-good-until = Действует до
pages-state = Состояние
pages-token-good = действует
pages-token-over = истёк
pages-token-revoked = отозван
pages-token-new = Новый токен
pages-token-create = Создать
pages-token-revoke = Отозвать
pages-token-revoke-heading = Отозвать { $name }?
pages-token-revoke-ends = Он сразу перестанет действовать, и сеансы по нему закончатся.
pages-token-revoke-name = Имя останется занятым: его помнит журнал.

## Настройки

pages-config = Настройки
pages-config-lead = С чем работает этот узел и откуда взято каждое значение. Секреты скрыты.
pages-setting = Настройка
pages-value = Значение
pages-source = Откуда
