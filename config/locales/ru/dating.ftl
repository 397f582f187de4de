## Анкеты, карточки, взаимные симпатии

command-dating = Знакомства
command-matches = Взаимные симпатии
command-stats = Моя статистика знакомств
help-dating = — анкеты тех, кто может понравиться

dating-home = <b>Знакомства</b>

    Смотри карточки и отмечай тех, кто нравится. Если это взаимно, вы оба об этом узнаете и сможете поговорить прямо здесь — без имён и номеров.

    Симпатий на сегодня: { $likes }. Взаимных: { $matches }.
dating-hidden = Твоя анкета сейчас скрыта, другие её не видят. Взаимные симпатии на месте. Если думаешь, что это ошибка, напиши нам: /feedback
dating-paused = Перерыв: твою карточку никто не видит. Взаимные симпатии на месте.
dating-in-chat = Сейчас ты с кем-то разговариваешь. Сначала закончи этот разговор: /stop
dating-too-young = Знакомства только для тех, кому уже есть 18. Приходи, когда исполнится.
dating-away = Сейчас не получилось. Попробуй через минуту.
dating-left = Хорошо, в любой момент: /dating

dating-ask-birth = Несколько вопросов — и карточка готова. Назови дату рождения: день, месяц, год, например 24.03.1998

    Другие увидят только возраст.
dating-ask-name = Как тебя назвать на карточке? Хватит имени или прозвища.
dating-ask-city = В каком ты городе? Напиши название или пришли место на карте. Другие увидят только примерное расстояние.
dating-ask-place = Где ты теперь? Напиши город или пришли место на карте. Другие увидят только примерное расстояние.
dating-pin = Нажми кнопку под чатом, и я узнаю, где ты. Или выбери любое место рядом: 📎 → Геопозиция. Сохраню только квадрат примерно десять на десять километров, сама точка нигде не останется. На компьютере просто напиши город.
dating-pin-or-city = или напиши город
dating-placed-in = 📍 Готово: { $city }.
dating-placed-near = 📍 Готово. Ближайший большой город — { $city }; точное место не сохраняется.
dating-placed = 📍 Готово. Точное место не сохраняется.
dating-ask-goal = Что ищешь?
dating-ask-bio = Пара слов о себе: что любишь, над чем смеёшься. До 300 знаков.
dating-ask-photo = И фото: только ты, лицо хорошо видно. На карточки с фото смотрят гораздо охотнее.

dating-ask-more = Пришли ещё одно фото, можно сразу несколько. На карточке они встанут за первым.

dating-photos = Твои фото: { $count } из { $most }. Первое — лицо карточки.{ $waiting ->
        [0] {""}
        [one] {" "}{ $waiting } фото другие видят размытым, пока не нажмут.
       *[other] {" "}{ $waiting } фото другие видят размытыми, пока не нажмут.
    }
dating-photos-none = На карточке пока нет фото. Можно до { $most }; на первом только ты, лицо хорошо видно.
dating-photos-no-face = Твои фото: { $count } из { $most }. Пока ни на одном не видно одного чёткого лица, поэтому другие их не видят. Добавь фото, где видно только твоё лицо.{ $waiting ->
       *[other] {""}
    }
dating-photos-full = Шесть фото уже есть. Сначала удали какое-нибудь.
dating-photos-often = На сегодня изменений фото хватит, завтра можно снова. Удалить фото можно всегда.
dating-photo-kept = 🖼 Фото для твоей анкеты
dating-photo-moved = Первым может стоять только фото, где хорошо видно ровно одно лицо. Загляни в свои фото.
dating-photo-gone = Одно из твоих фото не подходит для карточки, и мы его убрали.

dating-no-date = Не разберу дату. День, месяц, год, например 24.03.1998
dating-too-long = Слишком длинно или пусто: в имени до 30 знаков, в рассказе о себе до 300. Попробуй ещё раз.
dating-contact = На карточке — без ссылок, @имён, номеров и адресов: ими можно поделиться потом, с тем, кому доверяешь. Попробуй ещё раз.
dating-minor = Не упоминай, пожалуйста, возраст до 18 лет, даже чужой. Попробуй ещё раз.
dating-no-city = Такого города я не знаю. Напиши ближайший крупный.
dating-live-place = Это трансляция геопозиции: она и дальше показывает, где ты. Останови её и пришли просто место или напиши город.
dating-no-face = На фото должно быть ровно одно лицо, и его должно быть хорошо видно. Попробуй другое.
dating-no-picture = Такую картинку на карточку нельзя. Попробуй другую.
dating-moves = На сегодня хватит переездов. Напиши прежний город или возвращайся завтра.
dating-goal-often = На сегодня изменений хватит. Выбери, что было, или возвращайся завтра.
dating-known-often = На сегодня изменений хватит: пол и темы на карточке останутся прежними, поменять их можно завтра. А как тебя на ней назвать?
dating-ready = Карточка готова. Посмотрим на других?

dating-goal-relationship = Серьёзные отношения
dating-goal-dates = Свидания, а там посмотрим
dating-goal-friendship = Дружба
dating-goal-open = Пока не знаю

dating-band-near = 📍 ближе 10 км
dating-band-25 = 📍 10–25 км
dating-band-50 = 📍 25–50 км
dating-band-100 = 📍 50–100 км
dating-band-beyond = 📍 дальше 100 км
dating-card-widened = <i>Те, кого ты ищешь, закончились. Чуть шире:</i>
dating-card-head = <b>{ $name }</b>, { $age }
dating-card-goal = 🎯 { $goal }
dating-card-shared = ✨ Вы оба любите: { $topics }
dating-card-topics = ✨ { $topics }
dating-card-bio = { "" }
    { $bio }
dating-card-lacks = { "" }
    <i>📝 Это видишь только ты: карточка заполнена на { $percent } %. Можно добавить: { $hints }.</i>
dating-hint-photo = фото, где видно лицо
dating-hint-bio = ещё пару слов о себе
dating-hint-interests = три темы (в /profile)
dating-hint-goal = что ты ищешь
dating-fit-some = Кое-что общее у вас есть
dating-fit-good = Вы хорошо подходите друг другу
dating-fit-great = Вы отлично подходите друг другу

dating-dry = Пока это все. Новые люди появляются каждый день, загляни позже.
dating-spent = Симпатии на сегодня закончились. Завтра будут новые.
dating-gone = Этой карточки уже нет.
dating-too-late = Отменять уже нечего.
dating-match = 💞 Взаимно! { $name }, { $age }: вы понравились друг другу. Поговорить можно прямо здесь, и никто не увидит, кто вы.
dating-wanted = 💬 { $name }, { $age }, хочет поговорить с тобой.
dating-talk = 💬 Это { $name }, у вас взаимная симпатия. Всё, что напишешь сейчас, получит собеседник.

    /stop — закончить.
dating-talk-on = 💬 Твой разговор со взаимной симпатией продолжается. Всё, что напишешь сейчас, получит собеседник.

    /stop — закончить.
dating-letter-to = ✍️ Всё, что напишешь сейчас, уйдёт письмом: { $name }, { $age }. Больше никто этого не увидит, пока не нажмёшь «Назад». Ответ на письмо и так уходит тому, от кого оно.
dating-letter-head = ✉️ { $name }, { $age }, пишет тебе:
dating-letter-lost = ✉️ { $name }, { $age }, шлёт тебе то, что сюда не проходит. Попросишь рассказать словами?
dating-letter-back = Хорошо, писем больше нет. Написать ещё: /matches
dating-letter-back-chat = Ты снова в чате: всё, что напишешь, уйдёт туда.
dating-letter-back-character = Ты снова с персонажем: всё, что напишешь, уйдёт туда.
dating-letter-kinds = Такое письмом не отправить, поэтому этого никто не получил. А вот слова, фото, видео, голосовые, музыка, файлы и стикеры — пожалуйста 🕊
dating-letter-far = Твой файл не дошёл: 🕊 на нём больше нет. Лучше всего доходят файлы до 20 МБ: попробуй поменьше или расскажи словами 🙏
dating-letter-failed = { $count ->
        [one] Так и не дошло { $count } твоё письмо: 🕊 на нём больше нет. Отправь его ещё раз.
        [few] Так и не дошли { $count } твоих письма: 🕊 на них больше нет. Отправь их ещё раз.
       *[many] Так и не дошло { $count } твоих писем: 🕊 на них больше нет. Отправь их ещё раз.
    }
dating-letter-long = В письме до { $most } знаков, а здесь { $is }, поэтому его никто не получил. Может, двумя письмами?
dating-letter-again = Это письмо пока никто не получил. Отправь его ещё раз через минуту.
dating-letter-gone = Этой взаимной симпатии уже нет, поэтому ничего не отправлено.
dating-letter-enough = Сюда на сегодня писем хватит: не больше { $most } за сутки. Это письмо никто не получил.
dating-letter-enough-all = На сегодня писем хватит: не больше { $most } за сутки. Это письмо никто не получил.
dating-letter-waiting = Там сейчас тихие часы, и твоих писем уже ждёт { $count }. Это никто не получил — попробуй позже.
dating-letter-why = Что не так с этим письмом?
dating-liked = { $count ->
        [one] 💛 Ты нравишься { $count } человеку
        [few] 💛 Ты нравишься { $count } людям
       *[many] 💛 Ты нравишься { $count } людям
    }. Они есть среди карточек: ответишь тем же — узнаете оба.
dating-button-filters = 🔎 Фильтры
dating-filters = Что должно быть у тех, кого тебе показывать. Это соблюдается строго, и никто этого не видит. Возраст и расстояние меняются в «⚙️», кого искать — в /profile.
dating-filters-often = На сегодня изменений фильтров хватит. До завтра они останутся такими.
dating-filter-shared-on = ✅ Есть что-то общее
dating-filter-shared-off = ▫️ Есть что-то общее
dating-filter-photo-on = ✅ С фото
dating-filter-photo-off = ▫️ С фото
dating-filter-ever = ▫️ Заходили недавно
dating-filter-month = ✅ Заходили за 30 дней
dating-filter-week = ✅ Заходили за 7 дней
dating-filter-goal-on = ✅ { $goal }
dating-filter-goal-off = ▫️ { $goal }
dating-button-choices = ⚙️ Возраст, место, уведомления
dating-button-place = 🗺 Сменить место
dating-button-pin = 📍 Прислать место на карте
dating-button-here = 📍 Я здесь
dating-button-stats = 📊 Статистика
dating-choices = Тебе показывают людей от { $from } до { $to ->
        [one] { $to } года
       *[other] { $to } лет
    }, { $within }. Ниже — о чём и когда тебе писать и что видят другие.
dating-within-near = не дальше 10 км
dating-within-25 = не дальше 25 км
dating-within-50 = не дальше 50 км
dating-within-100 = не дальше 100 км
dating-within-beyond = на любом расстоянии
dating-choose-from = от { $age }
dating-choose-to = до { $age }
dating-choose-within = 📍 { $within }
dating-choose-match = Писать о взаимности
dating-choose-like = Писать, что я нравлюсь
dating-choose-message = Писать, кто хочет поговорить
dating-choose-digest = О симпатиях только вечером
dating-choose-quiet = Тишина с { $from } до { $to }
dating-choose-online = Видно, что я здесь
dating-stats = 📊 Твоя статистика; её видишь только ты. Что сделали другие, считается на полночь (UTC).

    👀 ответов на твою карточку: { $seen }
    ❤️ симпатий от тебя: { $given }
    💛 симпатий к тебе: { $received }
    💞 взаимных: { $matches }
dating-stats-talked = 📊 Твоя статистика; её видишь только ты. Что сделали другие, считается на полночь (UTC).

    👀 ответов на твою карточку: { $seen }
    ❤️ симпатий от тебя: { $given }
    💛 симпатий к тебе: { $received }
    💞 взаимных: { $matches }
    💬 с кем из них был разговор: { $talked } %
dating-superliked = ⭐ Суперсимпатия к тебе! Эту карточку увидишь первой.
dating-card-super = ⭐ <b>Суперсимпатия к тебе</b>
dating-goods = Что у тебя есть сверх обычного:

    ⭐ суперсимпатии: { $supers }
    ❤️ симпатии сверх дневных: { $likes }
    ↩️ шаги назад сверх бесплатного: { $undos }
    💛 дни, когда видно, кому ты нравишься: { $likers }
dating-offer-super = ⭐ Суперсимпатий у тебя нет. Тот, кому отправишь суперсимпатию, узнает о ней сразу и увидит твою карточку первой.
dating-offer-likes = Симпатии на сегодня закончились. Завтра будут новые, а с этими можно не ждать.
dating-offer-undo = Бесплатный шаг назад на сегодня уже был. Завтра будет новый, а с этими можно не ждать.
dating-offer-likers = 💛 Кому ты нравишься, видно с премиумом или по дням.
dating-share-sure = Показать, кто ты? Если согласятся в ответ, вы оба узнаете, кто есть кто в Telegram. До тех пор можно передумать, потом уже нет.
dating-share-none = { $name }: контакты закрыты, никто из вас не видит, кто другой.
dating-share-mine = 🤝 Твоё согласие есть. Как только { $name } ответит тем же, вы оба узнаете, кто есть кто.
dating-share-theirs = 🤝 { $name } предлагает обменяться контактами.
dating-share-open = 🤝 { $name }: вы обменялись контактами, они — отдельным сообщением в этом чате.
dating-known = 🤝 Вы оба согласились. { $name } в Telegram: { $username }
dating-known-link = 🤝 Вы оба согласились. { $name } в Telegram: <a href="tg://user?id={ $user }">открыть профиль</a>
dating-known-elsewhere = 🤝 Вы оба согласились. { $name }: @имени в Telegram нет, а боты у вас разные, поэтому ссылки на профиль не будет. Писать друг другу можно здесь.
dating-matches = Взаимные симпатии. Кому напишем?
dating-ask-find = Кого ищем? Напиши имя или его часть.
dating-find-how = Отправь /matches и имя или его часть, например: /matches Ан
dating-found = Вот кто нашёлся по «{ $part }». Кому напишем?
dating-found-none = Никого с «{ $part }» в имени. Попробуй короче.
dating-no-matches = Взаимных симпатий пока нет. Чем больше карточек посмотришь, тем скорее появятся.
dating-part-sure = Закончить? Вас больше не покажут друг другу. Мы об этом никому не скажем.
dating-parted = Готово, этой симпатии больше нет.
dating-delete-sure = Удалить карточку? Симпатии, в том числе взаимные, исчезнут вместе с ней. Блокировки останутся.
dating-deleted = Карточки больше нет. Передумаешь — /dating

dating-button-app = Открыть карточки
dating-button-cards = 👀 Смотреть карточки
dating-button-me = Моя карточка
dating-button-matches = 💞 Взаимные
dating-button-matches-all = 💞 Все взаимные
dating-button-find = 🔎 Найти по имени
dating-button-before = ‹ Новее
dating-button-after = Раньше ›
dating-button-super = ⭐ Суперсимпатия
dating-button-goods = ⭐ Суперсимпатии и не только
dating-button-likers = 💛 Кому я нравлюсь
dating-button-photos = 🖼 Мои фото
dating-button-photo-add = ➕ Добавить фото
dating-button-photo-first = ⭐ Сделать { $n } главным
dating-button-photo-away = 🗑 Удалить { $n }
dating-button-album = 🖼 Все фото: { $count }
dating-button-fill = ✏️ Изменить карточку
dating-button-pause = ⏸ Перерыв
dating-button-resume = ▶️ Хочу вернуться
dating-button-delete = 🗑 Удалить карточку
dating-button-delete-yes = Да, удалить
dating-button-home = « Знакомства
dating-button-later = Позже
dating-button-skip = Пропустить
dating-button-like = ❤️ Нравится
dating-button-pass = ✖️ Мимо
dating-button-wait = Не сейчас
dating-button-undo = ↩️ Назад
dating-button-report = ⚠️ Жалоба
dating-button-letter = ✍️ Ответить
dating-button-letter-of = ✍️ Ответить: { $name }, { $age }
dating-button-letter-back = « Назад
dating-button-letter-report = ⚠️ Жалоба
dating-button-letter-block = 🚫 Просто больше не получать
dating-button-stop = Хватит
dating-button-write = 💬 Написать
dating-button-write-to = 💬 { $name }, { $age }
dating-button-share = 🤝 Обменяться контактами
dating-button-share-with = 🤝 Контакты
dating-button-share-yes = Да, показать
dating-button-unshare = Передумать
dating-button-part = Закончить
dating-button-part-from = Закончить: { $name }
dating-button-part-yes = Да, закончить

dating-report-why = Что не так с этой карточкой?
dating-reported = Спасибо, жалоба отправлена. Больше вы друг другу не встретитесь.
dating-button-block = 🚫 Просто больше не показывать
dating-blocked = Готово. Больше вы друг другу не встретитесь.
dating-button-report-no = « Всё в порядке, дальше

## Анкеты с жалобами, для операторов

dating-desk-shown = показывается
dating-desk-paused = на паузе
dating-desk-hidden = скрыта
dating-desk-draft = не закончена
dating-desk-none = удалена

admin-dating-empty = Ни одна анкета не ждёт решения.
admin-dating-line = <code>{ $user }</code>: { $standing }; { $reporters ->
        [one] пожаловался { $reporters } человек
        [few] пожаловались { $reporters } человека
       *[many] пожаловались { $reporters } человек
    }. { $reasons }
admin-dating-now = В анкете сейчас: <b>{ $name }</b>, { $age }. { $bio }
admin-dating-then = { $at }, { $reason }: <b>{ $name }</b>. { $bio }
admin-dating-letter = Письмо тому, кто пожаловался: { $words }
admin-dating-photo = Фото из неё — номер { $photo } среди снимков на проверке.
admin-dating-ruled = Анкета <code>{ $user }</code>: { $standing }.
admin-confirm-dating-remove = Удалить эту анкету? Вместе с ней пропадут все симпатии, вернуть их нельзя. Человек сможет создать новую.

pages-dating = Анкеты
pages-dating-lead = Анкеты, на которые пожаловались, и скрытые. Если жалоб от надёжных людей хватает, анкета скрывается, пока кто-то из вас на неё не посмотрит.
pages-dating-empty = Ни одна анкета не ждёт решения.
pages-dating-standing = Сейчас
pages-dating-profile = Анкета
pages-dating-now = Что в анкете
pages-dating-no-words = Анкеты больше нет.
pages-dating-photo = Посмотреть фото
pages-dating-reports = Какой она была, когда на неё пожаловались
pages-dating-no-reports = Никто не жаловался.
pages-dating-then = { $at }: { $reason }
pages-dating-letter = Письмо тому, кто пожаловался
pages-dating-show = Показывать
pages-dating-hide = Скрыть
pages-dating-remove = Удалить
pages-dating-rule-hint = Любое решение закрывает жалобы. У скрытой анкеты взаимные симпатии остаются, а если человек создаст её заново, она тоже будет скрыта, пока её не покажет кто-то из вас. Удалённую не вернуть, но вместо неё можно создать новую: кому здесь не место, того нужно заблокировать.
pages-done-dating-hide = Анкета скрыта.
pages-done-dating-show = Анкета больше не скрыта.
pages-done-dating-remove = Анкета удалена.

## Цифры, для операторов

dating-few = меньше 10
dating-step-began = Начали анкету
dating-step-finished = Закончили её
dating-step-decided = Оценили хотя бы одну карточку
dating-step-liked = Кому-то поставили симпатию
dating-step-matched = Есть взаимная симпатия
dating-step-talked = Поговорили с парой
dating-step-shared = Обменялись контактами

admin-dating-figures = <b>Знакомства</b>, подсчитано { $at }

    Сегодня заходили: { $today }, всего анкет: { $profiles }
    Симпатии, ставшие взаимными: { $match_rate }
    Пары, где каждый написал 20 сообщений: { $conversations }, из всех пар { $conversation_rate }
    Новички с парой за 7 дней: { $newcomers_matched } из { $newcomers }
    Неравномерность показов (Джини): { $gini }
    За неделю никому не показаны: { $starved }
admin-dating-funnel = Из тех, кто начал за четыре недели:

    Начали анкету: { $began }
    Закончили её: { $finished }
    Оценили хотя бы одну карточку: { $decided }
    Кому-то поставили симпатию: { $liked }
    Есть взаимная симпатия: { $matched }
    Поговорили с парой: { $talked }
    Обменялись контактами: { $shared }

pages-analytics = Знакомства в цифрах
pages-analytics-lead = Считается по таблицам, не чаще раза в десять минут. Люди считаются десятками, доли в группах меньше сотни округляются до десятков процентов; о группах меньше десяти человек здесь ничего нет.
pages-analytics-figures = Как идут дела
pages-analytics-figure = Показатель
pages-analytics-value = Сейчас
pages-analytics-means = Что это значит
pages-analytics-today = Заходили сегодня
pages-analytics-today-note = Люди с видимой анкетой, которые заглянули за последние сутки
pages-analytics-profiles = Анкеты
pages-analytics-profiles-note = Видимые: законченные, не на паузе и не скрытые
pages-analytics-match-rate = Доля взаимности
pages-analytics-match-rate-note = Сколько симпатий стали взаимными у тех, кто заходил за неделю
pages-analytics-talks = Разговоры
pages-analytics-talks-note = Пары за четыре недели, где в последнем чате каждый написал 20 сообщений или больше
pages-analytics-talk-rate = Доля от всех пар
pages-analytics-talk-rate-note = Сколько таких разговоров среди всех пар за четыре недели
pages-analytics-newcomers = Новички с парой
pages-analytics-newcomers-note = Из пришедших одну–пять недель назад: нашли пару за первые семь дней
pages-analytics-gini = Джини показов
pages-analytics-gini-note = Насколько неравномерно показывались карточки за неделю: 0 — всем поровну, 1 — всё одной
pages-analytics-starved = Остались без показов
pages-analytics-starved-note = Заходили за неделю, но их карточку никто не увидел
pages-analytics-funnel = Как далеко доходят
pages-analytics-step = Шаг
pages-analytics-people = Люди
pages-analytics-share = Доля начавших
