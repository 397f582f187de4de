//! What is sold apart in dating: each use is paid for once, comes back with what is taken back, and
//! nothing is given without.

use super::context::{Context, NOW};
use super::dating::{card, joins, known};
use crate::support::clock::one_day;
use nameless::capabilities::dating::{Decided, May};
use nameless_domain::capabilities::billing::{Act, Good, Kind, Payment, Price, Product, Stars};
use nameless_domain::capabilities::dating::bot::Token;
use nameless_domain::capabilities::dating::pair::{Verdict, Windows};
use nameless_domain::ids::{Seq, UserId};
use nameless_domain::profile::Gender;
use nameless_domain::time::Millis;

/// What others said keeps a super-like from them for so long.
const DAYS: i64 = 24 * 3_600_000;
const HIM: UserId = UserId(7_821);
const HER: UserId = UserId(7_820);

/// He buys a pack of so many.
async fn buys(c: &Context, good: Good, amount: u32) -> String {
    buys_pack(c, (HIM, u64::from(amount)), good, amount).await
}

/// Somebody buys a pack of so many, by an update of this number.
pub(super) async fn buys_pack(c: &Context, (user, seq): (UserId, u64), good: Good, amount: u32) -> String {
    let stars = Stars::new(10).expect("a price");
    let (id, title, about) = (good.name(), "", "");
    let good = Some(good);
    let product =
        Product { id, kind: Kind::Pack, amount, good, stars: Some(stars), kopecks: None, title, about };
    let order = c.store.open_order((user, None), Seq(seq), product, Price::Stars(stars)).await;
    let payload = order.expect("an answer").expect("an order");
    let charge = format!("pack {id} {} {amount}", user.0);
    let payment = Payment {
        charge: charge.clone(),
        payload,
        currency: "XTR".into(),
        amount: 10,
        until: None,
        is_recurring: false,
    };
    let update = i64::try_from(seq).expect("a number");
    c.store.settle_at(user, Act::Paid(payment), Some(update), NOW).await.expect("settled");
    charge
}

async fn left(c: &Context, good: Good) -> i64 {
    c.store.uses_left(HIM, good).await.unwrap()
}

async fn says(c: &Context, token: Token, verdict: Verdict, limit: u32) -> Decided {
    c.store.dating_say_as(HIM, (token, verdict), (limit, May::default())).await.unwrap()
}

async fn undoes(c: &Context, premium: bool) -> Decided {
    c.store.dating_undo_as(HIM, May { premium, undo_is_sold: true, ..May::default() }).await.unwrap()
}

/// Guards: `use_one` in `say`, `give_back` in `undo`, the place of a super-like's card.
pub async fn what_is_sold_apart_is_paid_for_and_comes_back(c: &mut Context) {
    one_day().await;
    joins(c, HER.0, known(Gender::Female, 0b010), ("24.03.1998", "Kirov")).await;
    for man in [HIM.0, 7_822] {
        joins(c, man, known(Gender::Male, 0b001), ("1.2.1996", "Kirov")).await;
    }
    // A card lies open before her, whosever it is.
    card(c, HER.0).await.expect("a card");
    let (token, whom) = card(c, HIM.0).await.expect("a card");
    assert_eq!(whom, HER);
    assert_eq!(says(c, token, Verdict::SuperLike, 5).await, Decided::Unpaid(Good::DatingSuper));
    let charge = buys(c, Good::DatingSuper, 2).await;
    assert_eq!(left(c, Good::Companion).await, 0, "each good is one of its own");
    assert_eq!(says(c, token, Verdict::SuperLike, 0).await, Decided::Kept, "it takes no like of the day");
    assert_eq!(says(c, token, Verdict::SuperLike, 0).await, Decided::Kept, "a second tap");
    assert_eq!(left(c, Good::DatingSuper).await, 1);
    assert_eq!(card(c, HER.0).await.map(|(_, whom)| whom), Some(HIM), "first among her cards");
    let told = "SELECT count(*) FROM jobs WHERE key LIKE 'dating:super:7820:%'";
    assert_eq!(c.sql(told).await, ["1"]);
    let first = "SELECT count(*) FROM dating_cards WHERE viewer = 7820 AND other = 7821 AND place < 0";
    assert_eq!(c.sql(first).await, ["1"]);

    assert_eq!(undoes(c, false).await, Decided::Kept, "one a day is free");
    assert_eq!((left(c, Good::DatingSuper).await, c.sql(first).await), (2, vec!["0".to_owned()]));
    // Beyond a day's likes.
    assert_eq!(says(c, token, Verdict::Like, 0).await, Decided::Spent);
    buys(c, Good::DatingLikes, 1).await;
    assert_eq!(says(c, token, Verdict::Like, 0).await, Decided::Kept);
    assert_eq!(left(c, Good::DatingLikes).await, 0);
    // The same card is taken back once; of another one the free undo is used up.
    c.sql("UPDATE dating_cards SET undone = false WHERE viewer = 7821").await;
    assert_eq!(undoes(c, false).await, Decided::Unpaid(Good::DatingUndo));
    assert_eq!(left(c, Good::DatingLikes).await, 0, "nothing was taken back");
    buys(c, Good::DatingUndo, 3).await;
    assert_eq!(undoes(c, false).await, Decided::Kept);
    assert_eq!((left(c, Good::DatingUndo).await, left(c, Good::DatingLikes).await), (2, 1));
    assert_eq!(says(c, token, Verdict::Pass, 0).await, Decided::Kept);
    c.sql("UPDATE dating_cards SET undone = false WHERE viewer = 7821").await;
    assert_eq!(undoes(c, true).await, Decided::Kept, "with premium it is free");
    assert_eq!(left(c, Good::DatingUndo).await, 2);
    let spent = "SELECT spent FROM dating_profiles WHERE user_id = 7821";
    assert_eq!(c.sql(spent).await, ["0"], "a like that was bought is none of the day's");

    // A like that becomes a super-like is paid for once, and told once however often it is given.
    assert_eq!(says(c, token, Verdict::Like, 5).await, Decided::Kept);
    assert_eq!(c.sql(spent).await, ["1"]);
    for verdict in [Verdict::SuperLike, Verdict::Pass, Verdict::SuperLike] {
        assert_eq!(says(c, token, verdict, 5).await, Decided::Kept);
        let lies_first = if verdict == Verdict::SuperLike { "1" } else { "0" };
        assert_eq!(c.sql(first).await, [lies_first], "{verdict:?}");
    }
    assert_eq!((c.sql(spent).await, left(c, Good::DatingSuper).await), (vec!["0".to_owned()], 1));
    assert_eq!(c.sql(told).await, ["1"]);
    c.sql("UPDATE dating_cards SET undone = false WHERE viewer = 7821").await;
    assert_eq!(undoes(c, true).await, Decided::Kept);
    assert_eq!(left(c, Good::DatingSuper).await, 2);

    // Who likes him, for a day; where nobody does nothing is used up.
    assert_eq!(c.store.dating_open_likers(HIM).await.unwrap(), Some(false));
    buys(c, Good::DatingLikers, 4).await;
    assert_eq!(c.store.dating_open_likers(HIM).await.unwrap(), Some(true));
    assert_eq!(left(c, Good::DatingLikers).await, 4);
    let hers = "SELECT token::text FROM dating_cards WHERE viewer = 7820 AND other = 7821";
    let hers = c.sql(hers).await[0].parse::<i64>().expect("a name").cast_unsigned();
    let likes = c.store.dating_say(HER, Token(hers), Verdict::Like, 50).await.unwrap();
    assert_eq!(likes, Decided::Kept);
    c.sql("UPDATE dating_profiles SET standing = 'paused' WHERE user_id = 7821").await;
    assert_eq!(c.store.dating_open_likers(HIM).await.unwrap(), None, "nobody would be on it");
    c.sql("UPDATE dating_profiles SET standing = 'shown' WHERE user_id = 7821").await;
    for _ in 0..2 {
        assert_eq!(c.store.dating_open_likers(HIM).await.unwrap(), Some(true));
        assert_eq!(left(c, Good::DatingLikers).await, 3, "a day is one use");
    }
    let all = c.store.dating_left(HIM).await.unwrap();
    assert_eq!((all.supers, all.likes, all.undos, all.likers), (2, 1, 2, 3));
    assert!(all.likers_until > NOW && !all.has_free_undo);
    assert_eq!(c.store.dating_open_likers(UserId(7_829)).await.unwrap(), None, "without a profile");

    // Over a match nothing is used up. With premium a super-like is one of the day's likes.
    assert_eq!(says(c, token, Verdict::Like, 5).await, Decided::Matched);
    assert_eq!(says(c, token, Verdict::SuperLike, 5).await, Decided::Kept);
    assert_eq!(left(c, Good::DatingSuper).await, 2);
    let premium = May { premium: true, undo_is_sold: true, ..May::default() };
    c.sql("UPDATE dating_cards SET undone = false WHERE viewer = 7821").await;
    assert_eq!(undoes(c, true).await, Decided::Kept);
    let gives = c.store.dating_say_as(HIM, (token, Verdict::SuperLike), (5, premium)).await.unwrap();
    assert_eq!((gives, c.sql(spent).await), (Decided::Matched, vec!["1".to_owned()]));
    assert_eq!(left(c, Good::DatingSuper).await, 2);

    // A payment that goes back takes what of it is not used.
    let act = Act::Refunded { charge, currency: "XTR".into(), amount: 10 };
    c.store.settle_at(HIM, act, Some(77), NOW).await.unwrap();
    assert_eq!((left(c, Good::DatingSuper).await, left(c, Good::DatingUndo).await), (0, 2));
    c.write(vec![nameless_actors::ports::Write::Erase { user: HIM }]).await;
    assert_eq!(left(c, Good::DatingUndo).await, 0, "given up");
}

/// With premium a super-like over a like of today is paid for with that; over one of yesterday it
/// is one of today's, and taking it back gives that back and no more. Guard: the day in `was_like`.
pub async fn a_like_of_yesterday_is_none_of_todays(c: &mut Context) {
    one_day().await;
    const HIS: &str = "SELECT spent FROM dating_profiles WHERE user_id = 7826";
    let him = UserId(7_826);
    joins(c, 7_825, known(Gender::Female, 0b010), ("24.03.1998", "Ivanovo")).await;
    joins(c, him.0, known(Gender::Male, 0b001), ("1.2.1996", "Ivanovo")).await;
    let (token, _) = card(c, him.0).await.expect("a card");
    let premium = May { premium: true, undo_is_sold: true, ..May::default() };
    let says = |verdict, limit| c.store.dating_say_as(him, (token, verdict), (limit, premium));
    assert_eq!(says(Verdict::Like, 5).await.unwrap(), Decided::Kept);
    let yesterday = format!("UPDATE dating_pairs SET hi_at = hi_at - {DAYS} WHERE lo = 7825 AND hi = 7826");
    c.sql(&yesterday).await;
    c.sql("UPDATE dating_profiles SET spent = 3 WHERE user_id = 7826").await;
    let says = |verdict, limit| c.store.dating_say_as(him, (token, verdict), (limit, premium));
    let all_given = says(Verdict::SuperLike, 3).await.unwrap();
    assert_eq!(all_given, Decided::Unpaid(Good::DatingSuper), "none of today's is left");
    assert_eq!(says(Verdict::SuperLike, 5).await.unwrap(), Decided::Kept);
    assert_eq!(c.sql(HIS).await, ["4"]);
    assert_eq!(c.store.dating_undo_as(him, premium).await.unwrap(), Decided::Kept);
    assert_eq!(c.sql(HIS).await, ["3"]);
    // Who looks for somebody there later finds neither.
    c.sql("UPDATE dating_profiles SET standing = 'paused' WHERE user_id IN (7825, 7826)").await;
}

/// Of who likes him there is one whom he has passed by, and one whom he does not look for: the list
/// would be empty, and he pays nothing for it. Guard: `shows_any`.
pub async fn an_empty_list_of_likes_costs_nothing(c: &mut Context) {
    let (him, her) = (UserId(7_828), UserId(7_827));
    joins(c, her.0, known(Gender::Female, 0b010), ("24.03.1998", "Belgorod")).await;
    joins(c, him.0, known(Gender::Male, 0b001), ("1.2.1996", "Belgorod")).await;
    buys_pack(c, (him, 7_828), Good::DatingLikers, 2).await;
    let (token, _) = card(c, her.0).await.expect("a card");
    assert_eq!(c.store.dating_say(her, token, Verdict::Like, 5).await.unwrap(), Decided::Kept);
    // She is older than he asks for.
    c.sql("UPDATE dating_profiles SET from_age = 18, to_age = 20 WHERE user_id = 7828").await;
    assert_eq!(c.store.dating_open_likers(him).await.unwrap(), Some(true));
    assert_eq!(c.store.uses_left(him, Good::DatingLikers).await.unwrap(), 2, "nobody would be on it");
    c.sql("UPDATE dating_profiles SET to_age = 60 WHERE user_id = 7828").await;
    let (token, who) = card(c, him.0).await.expect("a card");
    assert_eq!(who, her);
    assert_eq!(c.store.dating_say(him, token, Verdict::Pass, 5).await.unwrap(), Decided::Kept);
    assert_eq!(c.store.dating_open_likers(him).await.unwrap(), Some(true));
    assert_eq!(c.store.uses_left(him, Good::DatingLikers).await.unwrap(), 2, "he has answered her");
    assert_eq!(c.store.dating_undo(him).await.unwrap(), Decided::Kept);
    assert_eq!(c.store.dating_open_likers(him).await.unwrap(), Some(true));
    assert_eq!(c.store.uses_left(him, Good::DatingLikers).await.unwrap(), 1);
}

/// Guards: `is_unheard` in `say`, `unless_seen`.
pub async fn a_super_like_that_nobody_would_see_is_answered_as_any(c: &mut Context) {
    one_day().await;
    let (her, him) = (UserId(7_830), UserId(7_831));
    joins(c, her.0, known(Gender::Female, 0b010), ("24.03.1998", "Tambov")).await;
    joins(c, him.0, known(Gender::Male, 0b001), ("1.2.1996", "Tambov")).await;
    buys_pack(c, (him, 7_831), Good::DatingSuper, 2).await;
    let left = async |c: &Context| c.store.uses_left(him, Good::DatingSuper).await.unwrap();
    let told = "SELECT count(*) FROM jobs WHERE key LIKE 'dating:super:7830:%'";
    let looked = "SELECT count(*) FROM jobs WHERE key LIKE 'dating:unseen:7831:%'";
    let spent = "SELECT spent FROM dating_profiles WHERE user_id = 7831";
    let said = "SELECT coalesce(hi_said, '-') FROM dating_pairs WHERE lo = 7830 AND hi = 7831";

    // She has passed him by: what he is answered, and what he has then, says nothing of that.
    let (hers, whom) = card(c, her.0).await.expect("a card");
    assert_eq!(whom, him);
    assert_eq!(c.store.dating_say(her, hers, Verdict::Pass, 5).await.unwrap(), Decided::Kept);
    // As long ago as it would be: what is seen later is told from what was seen before.
    c.sql("UPDATE dating_cards SET served = served - 1000, answered = answered - 1000 WHERE viewer = 7830")
        .await;
    let (his, _) = card(c, him.0).await.expect("a card");
    for _ in 0..2 {
        let gives = c.store.dating_say_as(him, (his, Verdict::SuperLike), (5, May::default())).await;
        assert_eq!(gives.unwrap(), Decided::Kept);
        assert_eq!((left(c).await, c.sql(spent).await), (1, vec!["0".to_owned()]));
    }
    assert_eq!((c.sql(said).await, c.sql(told).await), (vec!["super_like".to_owned()], vec!["0".to_owned()]));
    assert_eq!(c.sql(looked).await, ["1"]);
    let at = "SELECT hi_at::text FROM dating_pairs WHERE lo = 7830 AND hi = 7831";
    let at = Millis(c.sql(at).await[0].parse().expect("a moment"));

    // Seen within these days, it is used up; by nobody, it is there again, once.
    for (served, comes) in [(at.0, 1), (at.0 - 1, 2), (at.0 - 1, 2)] {
        c.sql(&format!("UPDATE dating_cards SET served = {served} WHERE viewer = 7830 AND other = 7831"))
            .await;
        c.store.dating_super_is_over((him, her), (his, at)).await.expect("done");
        assert_eq!(left(c).await, comes);
    }

    // Long ago: her card of him comes again, and says it.
    c.sql(&format!(
        "UPDATE dating_pairs SET lo_at = lo_at - {}::bigint WHERE lo = 7830 AND hi = 7831;
        DELETE FROM dating_cards WHERE viewer = 7830 AND other <> 7831",
        91 * DAYS
    ))
    .await;
    c.store.dating_deal(her, Windows::default()).await.expect("cards");
    let open = "SELECT count(*) FROM dating_cards WHERE viewer = 7830 AND other = 7831 AND answered IS NULL";
    assert_eq!(c.sql(open).await, ["1"]);
}
