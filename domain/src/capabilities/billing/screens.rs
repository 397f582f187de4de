//! What people see of billing.

use super::{
    Event, Good, Kind, Kopecks, Line, Notice, Price, Product, Receipt, Renewal, Shop, Stars, invite,
};
use crate::text::{Action, Button, Msg, Screen};

/// The buttons below /premium: the trial for who has not had it, what is sold, a gift where there
/// is somebody, what was paid.
pub(crate) fn offers(mut screen: Screen, shop: &Shop, may_try: bool, in_chat: bool) -> Screen {
    if may_try && shop.trial_days > 0 {
        let label = Msg::new("billing-button-trial").number("days", shop.trial_days.into());
        screen = screen.row([Button { label, ..Button::new("billing-button-trial", "bl:trial") }]);
    }
    if shop.products.is_empty() {
        return with_invitation(screen, shop);
    }
    for (product, stars) in shop.for_stars().filter(|(product, _)| is_here(product)) {
        screen = screen.row([offer("bl:buy", product, stars)]);
    }
    if shop.for_cards().any(|(product, _)| is_here(product)) {
        screen = screen.row([Button::new("billing-button-cards", "bl:cards")]);
    }
    if in_chat && shop.for_stars().any(|(product, _)| product.kind == Kind::Once) {
        screen = screen.row([Button::new("billing-button-gift", "bl:gifts")]);
    }
    with_invitation(screen, shop).row([Button::new("billing-button-mine", "bl:mine")])
}

/// What is of use in dating alone is offered there.
fn is_here(product: &Product) -> bool {
    !product.holds().is_some_and(Good::is_of_dating)
}

/// The same screen with the packs of this that are sold, for Stars and by card.
pub(crate) fn offers_of(mut screen: Screen, shop: &Shop, good: Good) -> Screen {
    for product in shop.of(good) {
        if let Some(stars) = product.stars {
            screen = screen.row([offer("bl:buy", product, stars)]);
        }
        if let Some(kopecks) = product.kopecks {
            let price = Price::Kopecks(kopecks).to_string();
            let label = Msg::new("billing-button-card").key("title", product.title).words("price", price);
            let data = format!("bl:card:{}", product.id);
            screen = screen.row([Button { label, ..Button::new("billing-button-card", data) }]);
        }
    }
    screen
}

fn with_invitation(screen: Screen, shop: &Shop) -> Screen {
    match invite::button(shop.invites) {
        Some(button) => screen.row([button]),
        None => screen,
    }
}

/// What can be given to the partner.
pub(super) fn gifts(shop: &Shop) -> Screen {
    let once = shop.for_stars().filter(|(product, _)| product.kind == Kind::Once);
    once.fold(Screen::text("billing-gift"), |screen, (product, stars)| {
        screen.row([offer("bl:gift", product, stars)])
    })
}

fn offer(does: &str, product: &Product, stars: Stars) -> Button {
    let key = match product.kind {
        Kind::Once | Kind::Pack => "billing-button-once",
        Kind::Monthly => "billing-button-monthly",
    };
    let label = Msg::new(key).key("title", product.title).number("stars", stars.amount());
    Button { label, ..Button::new(key, format!("{does}:{}", product.id)) }
}

/// What can be paid by card; none where nothing can.
pub(super) fn cards(shop: &Shop) -> Option<Screen> {
    let mut sold = shop.for_cards().filter(|(product, _)| is_here(product)).peekable();
    sold.peek()?;
    let key = if shop.card_renews() { "billing-cards-renew" } else { "billing-cards" };
    Some(sold.fold(Screen::text(key), |screen, (product, kopecks)| {
        let price = Price::Kopecks(kopecks).to_string();
        let renews = product.kind == Kind::Monthly;
        let (key, does) =
            if renews { ("billing-button-card-monthly", "auto") } else { ("billing-button-card", "card") };
        let label = Msg::new(key).key("title", product.title).words("price", price);
        screen.row([Button { label, ..Button::new(key, format!("bl:{does}:{}", product.id)) }])
    }))
}

/// What somebody agrees to before a card is charged again by itself.
pub(super) fn consent(product: &Product, price: Kopecks) -> Screen {
    let price = Price::Kopecks(price).to_string();
    let label = Msg::new("billing-button-agree").words("price", price.clone());
    Screen::of(Msg::new("billing-consent").words("price", price).number("days", product.amount.into()))
        .row([Button { label, ..Button::new("billing-button-agree", format!("bl:agree:{}", product.id)) }])
        .row([Button::new("billing-button-cards", "bl:cards")])
}

/// Before a subscription is cancelled for good.
pub(super) fn sure(number: i64) -> Screen {
    Screen::text("billing-cancel-sure")
        .row([Button::new("billing-button-cancel-yes", format!("bl:cancel-yes:{number}"))])
        .row([Button::new("billing-button-mine", "bl:mine")])
}

/// What an event says.
pub(super) fn of(event: Event) -> Screen {
    match event {
        Event::Link { url, stars } => {
            let label = Msg::new("billing-button-pay").number("stars", stars.amount());
            let button = Button { label, ..Button::with("billing-button-pay", Action::Url(url)) };
            Screen::of(Msg::new("billing-subscription").number("stars", stars.amount())).row([button])
        }
        Event::Preparing => Screen::text("billing-preparing"),
        Event::Card { url, price } => {
            let price = Price::Kopecks(price).to_string();
            let label = Msg::new("billing-button-card-pay").words("price", price.clone());
            let button = Button { label, ..Button::with("billing-button-card-pay", Action::Url(url)) };
            Screen::of(Msg::new("billing-card").words("price", price)).row([button])
        }
        Event::NobodyThere => Screen::text("billing-no-partner"),
        Event::Payments(lines) => payments(&lines),
        Event::Canceling => Screen::text("billing-canceling"),
        Event::NothingToCancel => Screen::text("billing-nothing-to-cancel"),
        Event::Canceled { until } => Screen::of(Msg::new("billing-canceled").moment("until", until)),
        Event::NotCanceled => Screen::text("billing-not-canceled"),
        Event::Trial { days, until } => {
            Screen::of(Msg::new("billing-trial").number("days", days.into()).moment("until", until))
        }
        Event::NoTrial => Screen::text("billing-trial-over"),
        Event::Receipt { receipt, .. } => self::receipt(receipt),
        Event::Say(notice) => owed(notice),
        Event::Supported => Screen::text("billing-support-thanks"),
        Event::SupportedLately => Screen::text("billing-support-too-soon"),
        Event::Subscribed => Screen::text("checkout-subscribed"),
        Event::NoLink => Screen::text("billing-invite-not-now"),
        Event::NotNow
        | Event::PaidSince
        | Event::Invoice { .. }
        | Event::Invite(_)
        | Event::Came { .. }
        | Event::Waits(_) => Screen::text("billing-not-now"),
    }
}

fn payments(lines: &[Line]) -> Screen {
    if lines.is_empty() {
        return Screen::text("billing-payments-none");
    }
    let words = lines.iter().map(line).collect::<Vec<_>>().join("\n");
    let mut screen = Screen::of(Msg::new("billing-payments").words("lines", words));
    for line in lines {
        if let Some((Renewal::Active, _)) = line.renewal {
            let label = Msg::new("billing-button-cancel").number("number", line.number);
            // A card is switched off by one tap; what Telegram has cancelled stays so.
            let does = if matches!(line.price, Price::Kopecks(_)) { "cancel-yes" } else { "cancel" };
            let data = format!("bl:{does}:{}", line.number);
            screen = screen.row([Button { label, ..Button::new("billing-button-cancel", data) }]);
        }
    }
    screen
}

/// A line without words, so that it needs no translation: number, day, sum, and ↩ if it came back.
fn line(line: &Line) -> String {
    let (year, month, day) = line.at.date();
    let back = if line.is_refunded { " ↩" } else { "" };
    let again = match line.renewal {
        Some((Renewal::Active, _)) => " 🔁",
        _ => "",
    };
    format!("№{} · {day:02}.{month:02}.{year} · {}{back}{again}", line.number, line.price)
}

fn receipt(receipt: Receipt) -> Screen {
    let Receipt { number, price, days, until, renews, pack, good } = receipt;
    if pack {
        let msg = Msg::new(match good.unwrap_or(Good::Companion) {
            Good::Companion => "billing-receipt-pack",
            Good::DatingLikers => "billing-receipt-likers",
            Good::DatingUndo => "billing-receipt-undo",
            Good::DatingLikes => "billing-receipt-likes",
            Good::DatingSuper => "billing-receipt-super",
            Good::Again => "billing-receipt-again",
        });
        let msg = msg.number("number", number).number("count", days.into());
        return Screen::of(msg.words("price", price.to_string()));
    }
    let key = match (until, renews) {
        (None, _) => "billing-receipt-gift",
        (Some(_), false) => "billing-receipt",
        (Some(_), true) => "billing-receipt-renews",
    };
    let msg = Msg::new(key).number("number", number).number("days", days.into());
    let msg = msg.words("price", price.to_string());
    Screen::of(match until {
        Some(until) => msg.moment("until", until),
        None => msg,
    })
}

/// What an owed line says.
pub(super) fn owed(notice: Notice) -> Screen {
    Screen::of(match notice {
        Notice::Receipt(receipt) => return self::receipt(receipt),
        Notice::Gift { days, .. } => Msg::new("billing-gifted").number("days", days.into()),
        Notice::Refund { number, price, part } => {
            let key = if part { "billing-refunded-part" } else { "billing-refunded" };
            Msg::new(key).number("number", number).words("price", price.to_string())
        }
        Notice::Invitation { days, came, until, .. } => invite::reward(days, came, until),
        Notice::NotCharged { until } => Msg::new("billing-not-charged").moment("until", until),
        Notice::SentBack { number } => Msg::new("billing-sent-back").number("number", number),
        Notice::Renewal { state, until } => {
            let key = match state {
                Renewal::Active => "billing-renewal-active",
                Renewal::Canceled => "billing-renewal-canceled",
                Renewal::Failed => "billing-renewal-failed",
            };
            Msg::new(key).moment("until", until)
        }
    })
}
