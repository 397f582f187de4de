"""A small chat bot for the tests of `nameless bench`, which can be told to be a bad one. Standard library only.

Usage: bot.py <good|drops|doubles|swaps|mixes_up|lonely>, with BOT_TOKEN and TELEGRAM_API_URL in the environment. Where
WEBHOOK_PORT and WEBHOOK_SECRET are set, it takes updates there instead of asking for them.
"""

import http.client
import http.server
import json
import os
import sys
import urllib.parse

MODE = sys.argv[1]
URL = urllib.parse.urlsplit(os.environ["TELEGRAM_API_URL"])
TOKEN = os.environ["BOT_TOKEN"]
connection = http.client.HTTPConnection(URL.hostname, URL.port, timeout=60)

waiting: list[int] = []
partners: dict[int, int] = {}
relayed = 0
held_back: dict[int, str] = {}


def call(method: str, **parameters):
    body = json.dumps(parameters)
    connection.request("POST", f"/bot{TOKEN}/{method}", body, {"Content-Type": "application/json"})
    answer = json.loads(connection.getresponse().read())
    # A naive bot: what was refused is gone.
    return answer.get("result")


def say(chat: int, text: str, **more) -> None:
    call("sendMessage", chat_id=chat, text=text, **more)


def ask(chat: int, step: int) -> None:
    rows = [[{"text": "Yes", "callback_data": f"step:{step}"}], [{"text": "No", "callback_data": "no"}]]
    say(chat, f"Question {step}?", reply_markup={"inline_keyboard": rows})


def search(user: int) -> None:
    if user in partners or user in waiting:
        return
    if waiting and MODE != "lonely":
        other = waiting.pop(0)
        partners[user], partners[other] = other, user
        for member in (user, other):
            say(member, "Somebody is here")
    else:
        waiting.append(user)
        say(user, "Looking")


def relay(user: int, text: str) -> None:
    global relayed
    to = partners[user]
    relayed += 1
    # The first messages are those that find out who is in a chat with whom: all bots here are good at them.
    bad = relayed > 2 * len(partners) and relayed % 7 == 0
    if bad and MODE == "drops":
        return
    if bad and MODE == "mixes_up":
        to = next(other for other in partners if other not in (user, to))
    if bad and MODE == "swaps" and user not in held_back:
        held_back[user] = text
        return
    say(to, text)
    if bad and MODE == "doubles":
        say(to, text)
    if user in held_back:
        say(to, held_back.pop(user))


def handle(update: dict) -> None:
    if query := update.get("callback_query"):
        call("answerCallbackQuery", callback_query_id=query["id"])
        user, data = query["from"]["id"], query["data"]
        if data == "step:1":
            ask(user, 2)
        elif data == "step:2":
            say(user, "Now /search")
        return
    message = update.get("message", {})
    user, text = message.get("from", {}).get("id"), message.get("text", "")
    if text == "/start":
        ask(user, 1)
    elif text == "/search":
        search(user)
    elif user in partners and text:
        relay(user, text)


class Hook(http.server.BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        update = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        known = self.headers["X-Telegram-Bot-Api-Secret-Token"] == os.environ["WEBHOOK_SECRET"]
        if known:
            handle(update)
        self.send_response(200 if known else 403)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_) -> None:
        pass


if port := os.environ.get("WEBHOOK_PORT"):
    # One at a time: order is this bot's least concern.
    http.server.HTTPServer(("127.0.0.1", int(port)), Hook).serve_forever()

offset = 0
while True:
    for update in call("getUpdates", offset=offset, timeout=20) or []:
        offset = update["update_id"] + 1
        handle(update)
