# The last partner asked back, in English.

again-button = ↩️ Ask them back
again-for-premium = With premium you can ask the last person you talked to for another chat: if they want to talk again too, within a day you two are together again.
again-asked = Asked. If they want to talk again too, you will be together again within a day. Nobody learns who the other one is. Meanwhile search on as you like; /stop takes it back.
again-asked-pack = Asked. If they want to talk again too, you will be together again within a day. Nobody learns who the other one is. { $left ->
        [0] That was the last one of your pack.
       *[other] In your pack: { $left } more.
    } If they do not come, it comes back to you when the day is over. /stop takes the question back.
again-offer = Each one lets you ask the last person you talked to for another chat: if they want to talk again too, within a day you two are together again. If they do not come, it is given back to you.
again-button-premium = ⭐ Premium
again-asked-before = You have asked them already. If they want to, you will be together again.
again-none-left = { $most ->
        [one] You can ask one person back a day, and you have.
       *[other] You can ask { $most } people back a day, and you have.
    } Tomorrow is another day.
again-too-late = That does not work any more: such a question stands for one day.
again-parted = You do not want to meet this person again, so they will not be asked.
again-in-chat = You are talking to somebody. End this chat first.
again-question = Somebody you talked to a short while ago would like to talk to you again. Do you want to, too? Whatever you answer, nobody learns who you are.
again-yes = Yes, gladly
again-no = No
again-declined = All right. They will not be told.
again-busy = They are talking to somebody else right now. Tap “Yes, gladly” again a little later.
again-not-back = The one whom you asked back did not come this time. Others are waiting: /search
again-not-back-returned = The one whom you asked back did not come, so it is back in your pack. Others are waiting: /search
again-not-now = That did not work just now. Try again in a minute.
