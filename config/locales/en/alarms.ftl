## What the bot tells its operators by itself, in the alerts chat

alarm-head = ⚠️ <b>{ $node }</b>
alarm-line-begun = 🔴 { $what } → docs/operations.md#{ $paragraph }
alarm-line-lasting = 🟠 Still so after { $minutes } min: { $what } → docs/operations.md#{ $paragraph }
alarm-line-over = 🟢 Over after { $minutes } min: { $what }
alarm-moved = 🟠 This group has become a supergroup, which has another id. I found it and go on here. So that I know it after a restart, change the settings to: <code>{ $line }</code>

alarm-blocked = A thread of the bot stands still.
alarm-journal = The journal's disk takes nothing; updates stay with Telegram.
alarm-journal-fills = The journal is nearly full of unfinished updates.
alarm-disk = The disk has little room left.
alarm-held = The bot is so far behind that updates stay with Telegram.
alarm-telegram = Telegram gives the bot no updates.
alarm-node = Another copy of the bot is gone; the others have its users.
alarm-database = The database does not answer; chats go on, searches wait.
alarm-slow-database = The database answers slowly.
alarm-history = Messages are passed on but not kept; the database is far behind.
alarm-queue = Redis does not answer; searches wait.
alarm-slow-queue = Redis answers slowly.
alarm-refused = Telegram refuses more than one message in twenty.
alarm-slow = One message in a hundred takes more than five seconds.
alarm-restarts = Parts of the bot crash again and again.
alarm-dead-letter = An update failed twice and was set aside.
alarm-told-to-wait = Telegram keeps telling the bot to slow down.
alarm-photos = Photos are not looked at; they stay behind their spoiler.
alarm-jobs = Durable work fails for good.
alarm-strangers = Somebody keeps trying the operators' doors.
alarm-clock = This machine's clock was set.
alarm-certificate = A certificate of the bot's address ends within ten days, or Telegram does not accept it.
