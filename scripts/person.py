#!/usr/bin/env python3
"""Somebody made up, in a terminal, who talks to the bot through the simulator (`nameless simulator`).

    person.py http://127.0.0.1:8081 Anna [ru]
    person.py http://127.0.0.1:8081 ID --group [GROUP]    the same person in a group with the bot, a new one or that one

What the bot shows is printed, its buttons with numbers. What you type:

    words, /command     are sent
    a number            presses that button, or is sent if there is none; an invoice is paid by it
    > words             replies to what the bot showed last: to a letter, say
    @ 55.75 37.62       sends a place on the map
    :photo, :voice, ... sends something made up of that kind
    Ctrl-D              ends it; the person stays, and `person.py URL ID` goes on as them
"""
import http.client
import json
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

SHOWN = ["photo", "video", "animation", "audio", "voice", "video_note", "sticker", "document", "dice", "contact", "location"]


def ask(url, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


class Person:
    def __init__(self, base, user, group=None):
        self.chat = f"{base}/sim/users/{user}"
        self.where = f"?group={group}" if group else ""
        self.seen = {}
        self.buttons = []
        self.last = None
        self.lock = threading.Lock()

    def watch(self):
        """Prints what is new or has changed, as the simulator tells it: one event a line."""
        with urllib.request.urlopen(f"{self.chat}/events{self.where}", timeout=60) as events:
            for line in events:
                if line.startswith(b"data: "):
                    self.hear(json.loads(line[6:]))

    def hear(self, event):
        kind = event["type"]
        if kind == "hello":
            for message in event["messages"]:
                self.look(message)
        elif kind in ("message_added", "message_edited"):
            self.look(event["message"])
        elif kind == "callback_answered" and event["answer"].get("text"):
            # What Telegram shows for a moment above the chat.
            print(f"\n({event['answer']['text']})")
        elif kind == "reaction_changed" and event["by_bot"]:
            print("".join(one.get("emoji", "") for one in event["reactions"]) + " below what you wrote")

    def look(self, message):
        if not message["from_bot"] or message["deleted"]:
            return
        state = (message["edited"], json.dumps(message["json"].get("reply_markup")))
        if self.seen.get(message["message_id"]) != state:
            self.seen[message["message_id"]] = state
            self.show(message)

    def show(self, message):
        content = message["json"]
        self.last = message["message_id"]
        kinds = [kind for kind in SHOWN if kind in content]
        words = content.get("text") or content.get("caption") or ""
        invoice = content.get("invoice")
        if invoice:
            words = f"{invoice['title']}: {invoice['description']}"
        print("\n" + " ".join([f"[{kind}]" for kind in kinds] + [words]))
        keys = []
        if invoice:
            keys.append((f"Pay {invoice['total_amount']} {invoice['currency']}", ("pay", {"message_id": message["message_id"]})))
        for button in sum((content.get("reply_markup") or {}).get("inline_keyboard", []), []):
            link = button.get("url") or (button.get("web_app") or {}).get("url")
            if "callback_data" in button:
                act = ("press", {"message_id": message["message_id"], "data": button["callback_data"]})
            elif link and link.startswith("https://t.me/$"):
                act = ("pay", {"url": link})
            elif "web_app" in button:
                act = ("app", link)
            else:
                act = ("open", link)
            if not (invoice and button.get("pay")):
                keys.append((button["text"], act))
        for key in sum((message.get("keyboard") or {}).get("keyboard", []), []):
            text = key if isinstance(key, str) else key["text"]
            here = not isinstance(key, str) and key.get("request_location")
            keys.append((text, ("messages", {"kind": "location"} if here else {"text": text})))
        if keys:
            with self.lock:
                self.buttons = [act for _, act in keys]
            print("  ".join(f"({n}) {text}" for n, (text, _) in enumerate(keys, 1)))

    def app(self, link):
        """Where a browser finds the Mini App. As in Telegram the address says who opens it, behind the #. On this machine
        nothing speaks TLS; and a browser has no button back, so it passes for an old Telegram, for which the app has one."""
        if link.startswith(("https://127.0.0.1", "https://localhost")):
            link = "http" + link[len("https"):]
        signed = ask(f"{self.chat}/app-data")["init_data"]
        told = {"tgWebAppData": signed, "tgWebAppVersion": "6.0", "tgWebAppPlatform": "unknown"}
        return f"{link}#{urllib.parse.urlencode(told)}"

    def act(self, line):
        with self.lock:
            known = self.buttons
        if line.isdigit() and 0 < int(line) <= len(known):
            path, body = known[int(line) - 1]
            if path in ("open", "app"):
                return print(f"opens {self.app(body) if path == 'app' else body}")
        elif line.startswith("@"):
            latitude, longitude = map(float, line[1:].replace(",", " ").split())
            place = {"latitude": latitude, "longitude": longitude}
            path, body = "messages", {"kind": "location", "raw": {"location": place}}
        elif line.startswith(">"):
            path, body = "messages", {"text": line[1:].strip(), "reply_to": self.last}
        elif line.startswith(":"):
            path, body = "messages", {"kind": line[1:].strip()}
        else:
            path, body = "messages", {"text": line}
        ask(f"{self.chat}/{path}{self.where}", body)


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    base, name, *more = sys.argv[1].rstrip("/"), *sys.argv[2:]
    in_group = more[:1] == ["--group"]
    lang = more[0] if more and not in_group else "en"
    user = name if name.isdigit() else ask(f"{base}/sim/users", {"first_name": name, "language_code": lang})["id"]
    person = Person(base, user)
    ask(f"{person.chat}/chat")
    if in_group:
        group = more[1] if len(more) > 1 else ask(f"{person.chat}/groups", {})["id"]
        person = Person(base, user, group)
        # Into one that it has left it is put again.
        ask(f"{person.chat}/unblock{person.where}", {})
        print(f"{name} and the bot are in the group {group}.", flush=True)
    else:
        print(f"{name} is {user}. Begin with /start; {sys.argv[0]} without anything tells what else.")

    def watch():
        while True:
            try:
                person.watch()
            except (OSError, ValueError, http.client.HTTPException) as problem:
                print(f"\nthe simulator does not answer: {problem}")
            time.sleep(1)

    threading.Thread(target=watch, daemon=True).start()
    for line in sys.stdin:
        try:
            if line.strip():
                person.act(line.strip())
        except urllib.error.HTTPError as refused:
            print(refused.read().decode())
        except (OSError, ValueError) as problem:
            print(problem)
    # What still arrives is shown.
    time.sleep(1)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass
    except urllib.error.HTTPError as refused:
        sys.exit(f"the simulator does not know that number: {refused.read().decode()}")
    except OSError as problem:
        sys.exit(f"the simulator does not answer ({problem}): is `nameless simulator` running there?")
