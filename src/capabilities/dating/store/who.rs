//! The statements by which cards are dealt: who may be on somebody's next ones.

use super::columns;
use super::pairs::{self, avoided};
use crate::store::aggregates::bots::apart;

/// People of one cell and gender, of an age that is asked for, that are looked at before any other
/// filter, and of one gender wherever they are before all: whoever asks for what few have does not
/// have a city, or everybody, looked through each time. Literals, so that a plan for all values
/// knows how few they are.
macro_rules! looked_at {
    (cell) => {
        "1000"
    };
    (anywhere) => {
        "4000"
    };
}

/// That a verdict of `$1`, or what has become of the two, counts still.
macro_rules! said {
    ($what:literal, $at:literal) => {
        concat!(
            "q.closed OR q.lo_blocked OR q.hi_blocked OR q.matched_at IS NOT NULL
                OR ",
            $what,
            " IN ('like', 'super_like')
                OR ",
            $at,
            " > CASE ",
            $what,
            " WHEN 'pass' THEN $8::bigint ELSE $9::bigint END"
        )
    };
}

/// The row of `$1` and whoever `p` is, as `o`. Of two people the one with the lower number stands
/// first, so that there are two ways to it: each goes by the rows of `$1`, which lie beside each
/// other in an index. Asked for by an equal sign it would be looked for by whoever `p` is, which is
/// another page each time.
macro_rules! pair {
    () => {
        concat!(
            " LEFT JOIN LATERAL (
                SELECT ",
            pairs::columns_of!("q"),
            ", ",
            said!("q.lo_said", "q.lo_at"),
            " AS said FROM dating_pairs q
                    WHERE $1 < p.user_id AND q.lo = $1 AND q.hi BETWEEN p.user_id AND p.user_id
                UNION ALL
                SELECT ",
            pairs::columns_of!("q"),
            ", ",
            said!("q.hi_said", "q.hi_at"),
            " AS said FROM dating_pairs q
                    WHERE $1 > p.user_id AND q.hi = $1 AND q.lo BETWEEN p.user_id AND p.user_id
            ) AS o ON true "
        )
    };
}

/// Of whom `$1` has said nothing that still counts, and who is not `$1`: asked before the bound
/// above, so that those who were decided on do not stand before those who were not. A column, of
/// which the planner expects nothing: by the words themselves it would expect almost nobody, and
/// sort everybody.
macro_rules! unsaid {
    () => {
        "p.user_id <> $1 AND o.said IS NOT TRUE"
    };
}

/// Who is of an age that `$1` asks for. Of a cell before the bound: its index has the date of
/// birth, and whoever is too old or too young is passed by in it.
macro_rules! of_age {
    () => {
        "p.birth <= current_date - make_interval(years => $4::integer)
            AND p.birth > current_date - make_interval(years => $5::integer + 1)"
    };
}

/// Who may be on a card of `$1`, of gender `$3`, beside where and of what age: filters of both
/// sides, blocks, bans, cards that wait already.
macro_rules! fit {
    () => {
        concat!(
            "p.genders & (1 << $6::integer) <> 0 AND $7::integer BETWEEN p.from_age AND p.to_age
            AND (p.interests & $12::bigint <> 0 OR NOT ($13::boolean OR p.wish_shared))
            AND $14::integer & (1 << p.goal) <> 0 AND p.wish_goals & (1 << $15::integer) <> 0
            AND (p.photo IS NOT NULL OR NOT $16::boolean) AND ($17::boolean OR NOT p.wish_photo)
            AND (p.active >= $18::bigint OR NOT p.show_online)
            AND NOT EXISTS (SELECT FROM dating_cards c
                WHERE c.viewer = $1 AND c.other = p.user_id AND c.answered IS NULL)
            AND NOT EXISTS (SELECT FROM bans n
                WHERE n.user_id = p.user_id AND n.until > (extract(epoch FROM now()) * 1000)::bigint)
            AND NOT (",
            avoided!("$1", "p.user_id"),
            ")"
        )
    };
}

/// The nearest cells first, and of each those who were here last: an index has them in this order.
/// The rows that were found are what is answered: none is looked up a second time.
macro_rules! near {
    ($bots:literal, $theirs:literal) => {
        concat!(
            "SELECT ",
            columns::read!(),
            ", ",
            pairs::columns!(),
            " FROM (SELECT f.* FROM unnest($2::integer[]) WITH ORDINALITY AS e (cell, n)
        CROSS JOIN unnest($3::smallint[]) AS g (gender)",
            $bots,
            " CROSS JOIN LATERAL (SELECT p.* FROM (
                SELECT p.*, ",
            pairs::columns_of!("o"),
            " FROM dating_profiles p",
            pair!(),
            "WHERE ",
            $theirs,
            "p.cell = e.cell AND p.gender = g.gender AND p.standing = 'shown' AND ",
            of_age!(),
            " AND ",
            unsaid!(),
            " ORDER BY p.active DESC LIMIT ",
            looked_at!(cell),
            ") AS p WHERE ",
            fit!(),
            " ORDER BY p.active DESC LIMIT $10) AS f
        LIMIT $11) AS p
    CROSS JOIN LATERAL (SELECT ",
            pairs::columns_of!("p"),
            ") AS d"
        )
    };
}

/// The same wherever they are. Who is of what age is asked after the bound: there is no end to
/// those who are not.
macro_rules! anywhere {
    ($bots:literal, $theirs:literal) => {
        concat!(
            "SELECT ",
            columns::read!(),
            ", ",
            pairs::columns!(),
            " FROM (SELECT f.* FROM unnest($3::smallint[]) AS g (gender)",
            $bots,
            " CROSS JOIN LATERAL (SELECT p.* FROM (
                SELECT p.*, ",
            pairs::columns_of!("o"),
            " FROM dating_profiles p",
            pair!(),
            "WHERE ",
            $theirs,
            "p.gender = g.gender AND p.standing = 'shown' AND ",
            unsaid!(),
            " ORDER BY p.active DESC LIMIT ",
            looked_at!(anywhere),
            ") AS p WHERE $2::integer[] IS NOT NULL AND ",
            of_age!(),
            " AND ",
            fit!(),
            " ORDER BY p.active DESC LIMIT $10) AS f
        LIMIT $11) AS p
    CROSS JOIN LATERAL (SELECT ",
            pairs::columns_of!("p"),
            ") AS d"
        )
    };
}

pub(super) const NEAR: &str = near!("", "");
pub(super) const ANYWHERE: &str = anywhere!("", "");

/// Each bot's people by an index of their own: those of the other crowds are not passed by, so they
/// use up nothing of the bound.
macro_rules! of_bots {
    ($statement:ident) => {
        $statement!(" CROSS JOIN unnest($19::smallint[]) AS own (bot)", "p.bot = own.bot AND ")
    };
}

/// The same of the bots of one crowd (`$19`), where others are apart.
pub(super) const NEAR_APART: &str = of_bots!(near);
pub(super) const ANYWHERE_APART: &str = of_bots!(anywhere);

/// Who likes somebody and waits for their word; their own wishes may have changed since.
pub(super) const LIKERS: &str = concat!(
    "SELECT ",
    columns::read!(),
    ", ",
    pairs::columns!(),
    " FROM (
        SELECT hi AS other FROM dating_pairs
            WHERE lo = $1 AND hi_said IN ('like', 'super_like') AND lo_said IS NULL
        UNION ALL
        SELECT lo FROM dating_pairs
            WHERE hi = $1 AND lo_said IN ('like', 'super_like') AND hi_said IS NULL
        LIMIT $2) AS likes
    JOIN dating_profiles p ON p.user_id = likes.other
    JOIN dating_pairs d ON d.lo = least($1, p.user_id) AND d.hi = greatest($1, p.user_id)
    WHERE NOT EXISTS (SELECT FROM dating_cards c
            WHERE c.viewer = $1 AND c.other = p.user_id AND c.answered IS NULL)
        AND NOT (",
    avoided!("$1", "p.user_id"),
    " OR ",
    apart!("$1", "p.bot"),
    ")"
);
