//! What is sold apart in dating, and the way to pay for it inside Telegram.

use super::problem::Problem;
use super::{Ask, Endpoint, Reply, Spec, Verb};
use nameless_actors::capabilities::Wanted;
use nameless_domain::capabilities::billing::{Good, Product, Way};
use nameless_domain::ids::Seq;
use nameless_domain::text::{Lang, Msg};
use serde_json::{Value, json};

/// What is sold for Stars.
pub(super) struct List;
/// An invoice for one of it.
pub(super) struct Invoice;

fn shown(ask: &Ask<'_>, product: &Product, good: Good, lang: Lang) -> Option<Value> {
    let text = |key| ask.api.port.texts.plain(lang, &Msg::new(key));
    Some(json!({
        "id": product.id, "good": good.name(), "amount": product.amount, "stars": product.stars?.amount(),
        "title": text(product.title), "about": text(product.about),
    }))
}

impl Endpoint for List {
    const SPEC: Spec = Spec {
        summary: "What is sold apart in dating",
        ..Spec::new(Verb::Get, "/app/api/v1/goods", "Goods", "Goods")
    };

    async fn answer(ask: Ask<'_>) -> Result<Reply, Problem> {
        let (lang, shop) = (ask.viewer()?.lang, &ask.api.port.shop);
        let of = |good: Good| shop.of(good).map(move |product| (product, good));
        let all = Good::DATING.into_iter().flat_map(of);
        let goods: Vec<Value> = all.filter_map(|(product, good)| shown(&ask, product, good, lang)).collect();
        Ok(Reply::json(json!({ "goods": goods })))
    }
}

impl Endpoint for Invoice {
    const SPEC: Spec = Spec {
        summary: "An invoice, as an address that Telegram opens; what is paid counts once Telegram has told the bot",
        ..Spec::new(Verb::Post, "/app/api/v1/goods/{id}/invoice", "Invoice", "Invoice")
    };

    async fn answer(ask: Ask<'_>) -> Result<Reply, Problem> {
        let (viewer, once) = (ask.viewer()?, ask.once()?);
        if !ask.api.limits.admits_invoice(viewer.user, ask.now()) {
            return Err(Problem::too_many(10));
        }
        let id = ask.request.match_info().get("id").unwrap_or_default();
        let shop = &ask.api.port.shop;
        let of_dating = |product: &&Product| product.holds().is_some_and(Good::is_of_dating);
        let product = shop.find(id).filter(of_dating).ok_or_else(Problem::unknown)?.id;
        // The same key finds the same order, as the same press does in the chat.
        let seq = Seq(ask
            .api
            .store()
            .keys()
            .photo_name(&format!("invoice:{}", once.key))
            .first_chunk()
            .map_or(0, |bytes| u64::from_ne_bytes(*bytes) >> 1));
        let wanted = Wanted { seq, product, way: Way::Stars, gift_to: None, lang: viewer.lang };
        let billing = &ask.state.engine.env().capabilities.billing;
        let url = billing.invoice_link(viewer.user, wanted).await?.ok_or_else(Problem::unknown)?;
        Ok(Reply::json(json!({ "url": url })))
    }
}
