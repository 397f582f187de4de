//! The columns of profiles, as statements name them.

/// Those of a profile `p` that [`people::shown`](super::people::shown) reads.
macro_rules! shown {
    () => {
        "p.user_id, p.standing, extract(year FROM p.birth)::int AS year, extract(month FROM p.birth)::int AS month,
        extract(day FROM p.birth)::int AS day_of_month, p.gender, p.genders, p.from_age, p.to_age, p.reach,
        p.cell, p.interests, p.goal, p.sealed, p.photo, p.photo_checked, p.since, p.changed,
        p.active, p.show_online, p.wish_shared, p.wish_goals, p.wish_photo, p.wish_active,
        coalesce((SELECT w.crowd FROM bots w WHERE w.bot = p.bot), 0) AS crowd,
        EXISTS (SELECT FROM bans b
            WHERE b.user_id = p.user_id AND b.until > (extract(epoch FROM now()) * 1000)::bigint) AS banned"
    };
}

pub(crate) use shown;

/// All that [`people::read`](super::people::read) reads: beside these what is learnt of them, and
/// the day's bounds.
macro_rules! read {
    () => {
        concat!(
            $crate::capabilities::dating::store::columns::shown!(),
            ", p.cards, p.likes, p.decided, p.liked, p.wants, p.offers, p.price, p.passes, p.day, p.spent"
        )
    };
}

pub(crate) use read;
