## Персонажи, с которыми можно поговорить; за каждого пишет нейросеть

command-characters = Поговорить с персонажем (ИИ)
help-characters = — поговорить с персонажем, за которого пишет нейросеть

companion-enter = 🎭 Поговорить с персонажем
companion-card = <b>{ $name }, { $age }</b>
    { $first }
    { $second }

    🤖 Это персонаж: за него пишет нейросеть, а не человек.
companion-card-adult = <b>{ $name }, { $age }</b>
    { $first }
    { $second }

    🤖 Это персонаж: за него пишет нейросеть, а не человек.
    🔞 Режим для взрослых выключен; включить его можно в самом разговоре, только для него одного.
companion-talk = 💬 Поговорить
companion-card-before = ◀ Назад
companion-card-next = Дальше ▶
companion-dialogs = 📖 Мои разговоры

companion-notice = 🤖 <b>{ $name } — не человек.</b> Это персонаж, за него пишет нейросеть. Она ошибается, выдумывает и не заменит ни врача, ни юриста. Твои слова уходят тому, кто держит нейросеть, но без твоего имени. Выйти из разговора — /stop.
companion-says = 🤖 <b>{ $name } · ИИ</b>
    { $words }
companion-label = 🤖 { $name } · ИИ
companion-opened = Снова { $name } 🤖. Последние слова были такими:

    { $words }
companion-opened-new = Снова { $name } 🤖. Напиши что-нибудь!
companion-leave = 🚪 Выйти
companion-delete = 🗑 Удалить
companion-delete-sure = Удалить этот разговор насовсем, со всем, что в нём сказано?
companion-delete-no = Оставить
companion-delete-yes = Удалить
companion-kept = Разговор остаётся.
companion-deleted = Разговор удалён.
companion-your-dialogs = Твои разговоры. Какой продолжим?
companion-no-dialogs = Разговоров с персонажами пока не было.
companion-dialog = { $name }: { $title } · { $used }
companion-page-before = ◀ Новее
companion-page-next = Старее ▶
companion-left = Разговор закончен и сохранён: он лежит в «Моих разговорах».
companion-going-on = Ты говоришь с персонажем 🤖. Просто пиши, а чтобы выйти — /stop.
companion-answered = 🤖 { $name } отвечает тебе. Ответ ждёт в «Моих разговорах».
companion-busy = Сейчас ты с людьми. /stop закончит поиск или разговор, потом приходи к персонажам.
companion-gone = Этого разговора больше нет.
companion-no-media = Этого персонаж пока не видит и не слышит: до него доходят только слова. Расскажешь словами?
companion-not-now = Сейчас не получается. Попробуй через минуту.

companion-too-many = Слишком много сразу. Продолжим через { $seconds ->
        [one] { $seconds } секунду
        [few] { $seconds } секунды
       *[other] { $seconds } секунд
    }.
companion-script = Сообщения идут ровно, как от программы. Продолжим через { $seconds ->
        [one] { $seconds } секунду
        [few] { $seconds } секунды
       *[other] { $seconds } секунд
    }.
companion-waiting = Несколько твоих сообщений ещё ждут ответа. Сначала дождись его.
companion-away = Ответа нет: нейросеть сейчас недоступна. Твои слова сохранены.
companion-spent = На сегодня всё: дневной запас исчерпан. Твои слова сохранены, попробуй завтра.
companion-too-long = Столько за один раз персонаж не вместит. Отправь частями.
companion-try-again = 🔁 Ещё раз
companion-refused = Нет. Об этом здесь никто писать не будет, кто бы ни просил.
companion-adult-only = Эти разговоры не для этого. Давай о другом.
companion-help = Сейчас я выхожу из роли, потому что это важнее. Если ты думаешь о том, чтобы навредить себе, пожалуйста, поговори с человеком, прямо сейчас:

    { $contacts }

    Я программа и помочь в этом не могу, а они могут.
companion-alert = Персонажи: { $percent } % сегодняшнего запаса «{ $cap }» потрачено или отложено.
companion-alert-held = Персонажи: на персонажа { $shared } пожаловались несколько человек, он никому не виден, пока кто-то из вас не посмотрит: sharedcharacters
companion-other = 🔁 Другой ответ
companion-variant = { $at }/{ $all }
companion-variant-before = ‹
companion-variant-next = ›
companion-variant-shown = Разговор продолжится с этого ответа. Листай: ‹ ›
companion-undo = ↩ Отменить
companion-undone = Отменено: твои последние слова и ответ на них забыты.
companion-too-late = Изменить можно только последние слова, и не пока пишется ответ.
companion-rename = ✏ Назвать
companion-naming = Как назовём этот разговор? Пришли название, до 40 знаков.
companion-naming-no = Оставить как есть
companion-named = ✏ Теперь этот разговор называется «{ $title }».
companion-title-kept = Название остаётся прежним.
companion-memory = 📌 Что обо мне помнят
companion-remember-how = Напиши прямо после команды, что персонажам запомнить о тебе, не больше { $most } знаков:

    <code>/remember У меня есть кот по имени Суп</code>

    Всё, что запомнено, покажет /memory.
companion-remembered = 📌 Запомнено. Теперь это знает каждый персонаж; всё целиком покажет /memory.
companion-full-of-facts = Запомнено уже { $most } фактов, больше не поместится. Сначала забудем что-нибудь?
companion-no-facts = О тебе никто ничего не помнит, кроме того, что сказано в самих разговорах. Это можно изменить: /remember.
companion-facts = 📌 Вот что о тебе знает каждый персонаж:

    { $facts }
companion-facts-and-talks = 📌 Вот что о тебе знает каждый персонаж:

    { $facts }

    А вот что они помнят из долгих разговоров:

    { $talks }

    Здесь только последние три и вкратце; целиком — в копии твоих данных: /privacy.
companion-talks = 📌 Вот что персонажи помнят из долгих разговоров:

    { $talks }

    Здесь только последние три и вкратце; целиком — в копии твоих данных: /privacy.
companion-fact-forget = 🗑 { $fact }
companion-forget-all = Забыть всё
companion-adult-on = 🔞 Режим для взрослых
companion-adult-off = 🔞 Выключить режим для взрослых
companion-adult-sure = 🔞 <b>Включить режим для взрослых в этом разговоре?</b>

    Персонаж сможет говорить о близости откровенно. Включай, только если тебе есть 18 и ты этого хочешь. Действует только здесь, выключается одной кнопкой, а слова уходят тому, кто держит нейросеть. Того, где есть кто-то младше 18, не будет ни в каком режиме.
companion-adult-stay = Нет, оставить как есть
companion-adult-yes = Мне есть 18, включить
companion-adult-no = Всё остаётся как есть: режим для взрослых выключен.
companion-adult-is-on = 🔞 Режим для взрослых включён, только в этом разговоре. Выключить можно в любой момент.
companion-adult-is-off = Режим для взрослых выключен. Сказанное в нём персонаж больше не вспоминает.
companion-no-adult = Здесь режим для взрослых включить нельзя.
companion-show = 🖼 Покажи
companion-drawing = 🎨 Нейросеть рисует. Картинка придёт сюда сама, обычно за минуту-другую.
companion-drawing-stop = ✖ Не надо
companion-drawing-already = Одна картинка уже рисуется. Сначала дождись её или отмени.
companion-pictures-today = Картинок на сегодня хватит. Возвращайся завтра!
companion-picture-caption = 🤖 { $name } · нарисовано ИИ
companion-picture-waits = 🎨 Картинка готова: { $name } 🤖. Показать?
companion-picture-show = 🖼 Показать
companion-picture-stopped = Больше не рисуем.
companion-picture-away = Картинки не будет: нарисовать не получилось. Попробуй чуть позже.
companion-picture-spent = На сегодня картинки закончились: дневной запас исчерпан. Попробуй завтра.
companion-picture-where = Картинку можно попросить в разговоре с персонажем: /characters.
companion-own = ✍ Свои персонажи
companion-own-none = Своих персонажей у тебя пока нет. Опиши своего или принеси карточку: её будешь видеть только ты.
companion-own-list = Твои персонажи. Их видишь только ты.
companion-own-talk = 💬 { $name }, { $age }
companion-own-open = 🪪 Карточка
companion-own-card = <b>{ $name }, { $age }</b>
    «{ $words }»

    🤖 Твой персонаж. За него говорит ИИ.
companion-own-picture = 🖼 Добавить картинку
companion-own-picture-other = 🖼 Другая картинка
companion-own-picture-none = ✖ Без картинки
companion-own-picture-wished = 🖼 Пришли фото в ближайшие десять минут: так и будет выглядеть { $name }. Всё, что ты напишешь, по-прежнему получит персонаж.
companion-own-picture-kept = 🖼 Картинка сохранена.
companion-own-no-picture = Такая картинка не подойдёт. Пришли её как фото, до 1 МБ.
companion-own-bad-picture = Такую картинку на карточку поставить нельзя. Выбери другую.
companion-own-unseen = Сейчас картинку не получилось проверить, поэтому она не сохранена. Попробуй чуть позже.
companion-picture-own = 🖼 На карточку
companion-own-new = ✍ Новый персонаж
companion-own-name = ✍ Как зовут персонажа? Или пришли файлом карточку (PNG, JSON или CHARX, версии 1–3). Фото, отправленное здесь, станет его картинкой. Передумать — /stop.
companion-own-age = Сколько ему или ей лет? Одно число, от 18.
companion-own-about = Кто это? Характер, прошлое, как говорит. Пиши, обращаясь к персонажу: «Ты — …».
companion-own-greeting = С каких слов начнётся ваш разговор?
companion-own-minor = Персонажам здесь есть 18, и никого младше в их историях нет. Этого не будет.
companion-own-no-age = Это не похоже на возраст. Напиши одно число, например 34.
companion-own-no-card = В этом файле нет карточки персонажа, или он слишком большой. Нужен PNG, JSON или CHARX, отправленный именно файлом.
companion-own-full = У тебя уже { $most } своих персонажей, больше не поместится. Сначала удали кого-нибудь.
companion-people = 👥 Персонажи от людей
companion-people-list = Персонажи, которых придумали люди. Каждого посмотрел модератор; чей он — не видно никому.
companion-people-none = Пока никто не поделился персонажем. Твой может стать первым: «Свои персонажи» → «Поделиться».
companion-people-card = <b>{ $name }, { $age }</b>
    «{ $words }»

    🤖 Персонаж, за него пишет ИИ; придумал его кто-то из здешних. Это не человек.
companion-people-report = ⚠ Пожаловаться
companion-people-reported = Спасибо, жалоба принята. Если пожалуются ещё, персонаж исчезнет, пока его не посмотрит модератор.
companion-people-gone = Этого персонажа больше нет: его забрали или сняли. Ваш разговор останется у тебя, пока ты его не удалишь.
companion-share = 📤 Поделиться
companion-share-waits = ⏳ На проверке · забрать
companion-share-off = ✅ Виден всем · забрать
companion-share-held = ⏸ Есть жалобы · забрать
companion-share-sure = 📤 <b>Поделиться персонажем со всеми?</b>

    Сначала его целиком прочитает модератор. Потом с ним сможет поговорить любой. Никто не узнает, что он твой, а чужих разговоров не увидишь и ты. Забрать его можно в любой момент.
companion-share-not = Нет, пусть будет только мой
companion-share-yes = Поделиться
companion-share-kept = Персонаж остаётся только твоим.
companion-share-asked = { $name }: отправлено модератору. Что он решит, придёт сюда.
companion-share-contacts = В описании есть адрес, ник или номер, по которому можно кого-то найти. Таким персонажем поделиться нельзя.
companion-share-waiting = Три твоих персонажа уже ждут модератора. Поделись этим, когда до них дойдёт очередь.
companion-share-refused = Модератор уже отказал этому персонажу. Нового посмотрят заново.
companion-share-closed = Сейчас персонажами здесь не делятся. Твои на месте, в разделе «Свои персонажи».
companion-unshared = Персонаж снова только твой. Кто с ним говорил, узнает, что его больше нет.
companion-share-shown = ✅ { $name } теперь среди персонажей от людей. Чей он — не видно никому.
companion-share-later = ✅ { $name }: модератор разрешил. Сейчас персонажами здесь не делятся, а когда снова начнут, этого персонажа увидят все. Чей он — не видно никому.
companion-share-no = { $name }: поделиться не получится. Модератор объясняет: { $reason }

## Что из этого видят операторы

shared-desk-waits = ждёт проверки
shared-desk-shown = виден всем
shared-desk-refused = отказано
shared-desk-held = есть жалобы, никому не виден
admin-shared-empty = Персонажей на проверку нет.
admin-shared-line = Персонаж { $shared }: { $standing }; жалоб: { $reports }
admin-shared-read = <b>{ $name }</b>, { $age }, автор <code>{ $user }</code>. { $about }
admin-shared-begins = Первые слова: { $greeting }
admin-shared-picture = У персонажа есть картинка. Она на странице общих персонажей.
admin-shared-ruled = Персонаж { $shared }: { $standing }.
pages-shared = Персонажи от людей
pages-shared-lead = Чем люди хотят поделиться со всеми и на что пожаловались другие. Пока никто из вас не посмотрел, больше никто этого не видит.
pages-shared-empty = Персонажей на проверку нет.
pages-shared-number = Персонаж
pages-shared-standing = Сейчас
pages-shared-one = Персонаж от людей
pages-shared-words = Кто это
pages-shared-greeting = Первые слова
pages-shared-picture = Картинка
pages-shared-language = Язык
pages-shared-show = Показать всем
pages-shared-refuse = Отказать
pages-shared-rule-hint = Автору сообщат решение, а при отказе и причину. Кто говорит с персонажем, которого вы снимаете, узнает, что его больше нет.
pages-done-shared-show = Персонаж теперь виден всем.
pages-done-shared-refuse = Персонажу отказано.
