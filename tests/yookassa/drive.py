"""The official SDK of YooKassa drives a shop: `drive.py API_URL SHOP SECRET PAY_URL`.

Each line that it prints is something that was seen. PAY_URL is where this says that the payer has paid.
"""

import json
import sys
import urllib.request
import uuid

from yookassa import Configuration, Payment, Refund
from yookassa.domain.exceptions import BadRequestError, NotFoundError, ResponseProcessingError, UnauthorizedError
from yookassa.domain.notification import WebhookNotificationFactory

api, shop, secret, payer = sys.argv[1:5]
Configuration.configure(shop, secret, api_url=api)
ORDER = "0123456789abcdef0123456789abcdef"


def asks(value="149.00", **more):
    return {
        "amount": {"value": value, "currency": "RUB"},
        "capture": True,
        "confirmation": {"type": "redirect", "return_url": "https://t.me/bot"},
        "description": "Premium",
        "metadata": {"order_id": ORDER},
        **more,
    }


def does(what, payment):
    request = urllib.request.Request(f"{payer}/{what}/{payment}", method="POST")
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)


def refused(error, call):
    try:
        call()
    except error as no:
        return no.content
    raise SystemExit(f"not refused by {error.__name__}")


key = str(uuid.uuid4())
first = Payment.create(asks(), key)
assert (first.status, first.paid, first.amount.value) == ("pending", False, 149), first.json()
assert first.confirmation.confirmation_url.startswith("http://"), first.json()
assert Payment.create(asks(), key).id == first.id
told = does("pay", first.id)
paid = Payment.find_one(first.id)
assert (paid.status, paid.paid, paid.metadata["order_id"]) == ("succeeded", True, ORDER), paid.json()
assert str(paid.recipient.account_id) == shop and paid.test is False
event = WebhookNotificationFactory().create(told)
assert (event.event, event.object.id) == ("payment.succeeded", first.id)
print("created, paid and told")

refused(BadRequestError, lambda: Payment.create(asks("150.00"), key))
refused(BadRequestError, lambda: Payment.create(asks("0.50")))
refused(BadRequestError, lambda: Payment.create(asks(amount={"value": "5.00", "currency": "USD"})))
refused(BadRequestError, lambda: Payment.capture(first.id))
refused(NotFoundError, lambda: Payment.find_one("nobody"))
print("errors have their codes")

held = Payment.create({**asks(), "capture": False})
does("pay", held.id)
assert Payment.find_one(held.id).status == "waiting_for_capture"
assert Payment.capture(held.id, {"amount": {"value": "100.00", "currency": "RUB"}}).status == "succeeded"
held = Payment.create({**asks(), "capture": False})
does("pay", held.id)
over = Payment.cancel(held.id)
assert (over.status, over.cancellation_details.reason) == ("canceled", "canceled_by_merchant"), over.json()
print("captured and cancelled")

part = Refund.create({"payment_id": first.id, "amount": {"value": "49.00", "currency": "RUB"}}, "part")
assert (part.status, part.payment_id) == ("succeeded", first.id)
again = Refund.create({"payment_id": first.id, "amount": {"value": "49.00", "currency": "RUB"}}, "part")
assert again.id == part.id
too_much = {"payment_id": first.id, "amount": {"value": "100.01", "currency": "RUB"}}
refused(BadRequestError, lambda: Refund.create(too_much))
rest = Refund.create({"payment_id": first.id, "amount": {"value": "100.00", "currency": "RUB"}})
assert Refund.find_one(rest.id).status == "succeeded"
assert Payment.find_one(first.id).refunded_amount.value == 149
print("given back in parts")

saves = Payment.create(asks(save_payment_method=True))
does("pay", saves.id)
method = Payment.find_one(saves.id).payment_method
assert method.saved, method
auto = {key: value for key, value in asks().items() if key != "confirmation"}
by_itself = Payment.create({**auto, "payment_method_id": method.id})
assert Payment.find_one(by_itself.id).status == "succeeded"
refused(NotFoundError, lambda: Payment.create({**auto, "payment_method_id": "nobody"}))
print("paid by a saved method")

seen, cursor = [], None
while True:
    page = Payment.list({"limit": 2, **({"cursor": cursor} if cursor else {})})
    seen += [payment.id for payment in page.items]
    cursor = page.next_cursor
    if not cursor:
        break
assert len(seen) == len(set(seen)) == 5, seen
print("listed by pages")

declined = Payment.create(asks())
does("decline", declined.id)
assert Payment.find_one(declined.id).cancellation_details.reason == "insufficient_funds"
# Over plain http the SDK asks once and takes 202 for an error.
does("trouble", "202")
refused(ResponseProcessingError, lambda: Payment.create(asks()))
Configuration.configure(shop, "wrong", api_url=api)
refused(UnauthorizedError, lambda: Payment.find_one(first.id))
print("declined, unfinished and unknown")
