//! What speaks against somebody without anybody's report: the same words on several cards, a like
//! for everybody. The engine reports it itself, as nobody (0), so that it stands where operators
//! look; with the words as they were. Their likes tell nobody until an operator has looked, for a
//! week at most, and words that came to many cards within a week are on no further one: a saying
//! that many like comes to them over years. What an operator has let pass is not reported again, of
//! nobody who says the same: those words, whatever their owner says later.

use crate::store::pg::{Conn, Fault};
use nameless_domain::ids::UserId;
use nameless_domain::time::{DAY_MS, Millis};

/// With so many others on whose cards the same stands it is reported.
const ECHOES: i64 = 2;
/// With so many that are there since [`LATELY_MS`] the card is hidden at once.
const MANY_ECHOES: i64 = 4;
/// What programs do they do within this time, milliseconds; and for so long nobody is told of likes
/// that wait for an operator.
const LATELY_MS: i64 = 7 * DAY_MS;
/// Decisions after which it is looked, and how often, whether somebody likes everybody.
const DECISIONS: u32 = 100;
const EVERY: u32 = 50;
/// Of a hundred decisions so many likes are a like for everybody: where a hundred fall within a
/// day, or somebody has never passed by anybody. Over weeks it is how some people are.
const OF_HUNDRED: u32 = 98;

/// Others on whose cards the same stands, as far as it matters, all and of late; and whether an
/// operator has looked at these words and left them where they were. Of reports that do not say
/// which words they are about (programs before 0061 made those) it is what their owner says now.
const ALIKE: &str = "\
    SELECT (SELECT count(*) FROM (SELECT FROM dating_profiles o
            WHERE o.echo = p.echo AND o.user_id <> $1 AND o.standing <> 'draft' LIMIT $2) AS a) AS alike,
        (SELECT count(*) FROM (SELECT FROM dating_profiles o
            WHERE o.echo = p.echo AND o.user_id <> $1 AND o.standing <> 'draft' AND o.since > $3
            LIMIT $2) AS l) AS lately,
        EXISTS (SELECT FROM dating_reports r JOIN dating_profiles o ON o.user_id = r.reported
            WHERE r.echo = p.echo AND r.handled IS NOT NULL AND o.standing IN ('shown', 'paused'))
        OR EXISTS (SELECT FROM dating_profiles o JOIN dating_reports r ON r.reported = o.user_id AND r.reporter = 0
            WHERE o.echo = p.echo AND r.echo IS NULL AND r.handled IS NOT NULL
                AND o.standing IN ('shown', 'paused')) AS passes
    FROM dating_profiles p WHERE p.user_id = $1";

/// Who likes everybody: no words, which nobody says.
const REPORT: &str = "\
    INSERT INTO dating_reports (reporter, reported, at, sealed, reason, echo)
    SELECT 0, user_id, $2::bigint, sealed, 'spam', ''::bytea
    FROM dating_profiles WHERE user_id = $1 AND sealed IS NOT NULL
    ON CONFLICT DO NOTHING";

/// What an operator has looked at stays where it is looked for, beside the next report of the
/// engine's own: each further one has the next number below 0, which is nobody's either.
const LOOKED_AT: &str = "\
    UPDATE dating_reports r SET reporter = (SELECT least(min(k.reporter), 0) - 1 FROM dating_reports k
        WHERE k.reported = $1)
    FROM dating_profiles p
    WHERE p.user_id = $1 AND p.sealed IS NOT NULL AND r.reported = $1 AND r.reporter = 0
        AND r.handled IS NOT NULL AND r.echo IS DISTINCT FROM p.echo";

/// Words that stand on several cards. What waits for an operator waits once.
const REPORT_WORDS: &str = "\
    INSERT INTO dating_reports (reporter, reported, at, sealed, reason, echo)
    SELECT 0, user_id, $2::bigint, sealed, 'spam', echo
    FROM dating_profiles WHERE user_id = $1 AND sealed IS NOT NULL
    ON CONFLICT DO NOTHING";

/// Unless an operator has let it pass.
const HIDE: &str = "\
    UPDATE dating_profiles SET standing = 'hidden', paused = (standing = 'paused')
    WHERE user_id = $1 AND standing IN ('shown', 'paused') AND EXISTS (SELECT FROM dating_reports r
        WHERE r.reported = $1 AND r.reporter = 0 AND r.handled IS NULL)";

const IS_OPEN: &str = "\
    SELECT 1 FROM dating_reports WHERE reported = $1 AND reporter = 0 AND handled IS NULL AND at > $2";

/// Somebody's decisions since `$2`, up to `$3` or somewhat more.
const DECIDED: &str = "\
    SELECT (SELECT count(*) FROM (SELECT FROM dating_pairs
            WHERE lo = $1 AND lo_at > $2 AND lo_said <> 'later' LIMIT $3) AS l)
        + (SELECT count(*) FROM (SELECT FROM dating_pairs
            WHERE hi = $1 AND hi_at > $2 AND hi_said <> 'later' LIMIT $3) AS h) AS decided";

/// Whether such a report waits for an operator, not for too long yet.
pub(super) async fn is_open(conn: &mut Conn, user: UserId, now: Millis) -> Result<bool, Fault> {
    Ok(!conn.query(IS_OPEN, &[&user.0, &now.plus(-LATELY_MS).0]).await?.is_empty())
}

/// Looks whether what somebody says of themselves stands on several other cards.
pub(super) async fn look_for_echoes(conn: &mut Conn, user: UserId, now: Millis) -> Result<(), Fault> {
    let rows = conn.query(ALIKE, &[&user.0, &MANY_ECHOES, &now.plus(-LATELY_MS).0]).await?;
    let Some(row) = rows.first() else { return Ok(()) };
    let (alike, lately): (i64, i64) = (row.try_get("alike")?, row.try_get("lately")?);
    if alike < ECHOES || row.try_get("passes")? {
        return Ok(());
    }
    conn.execute(LOOKED_AT, &[&user.0]).await?;
    conn.execute(REPORT_WORDS, &[&user.0, &now.0]).await?;
    if lately >= MANY_ECHOES {
        conn.execute(HIDE, &[&user.0]).await?;
    }
    Ok(())
}

/// Looks now and then whether somebody likes everybody.
pub(super) async fn look_at_likes(
    conn: &mut Conn,
    user: UserId,
    (decided, liked): (u32, u32),
    now: Millis,
) -> Result<(), Fault> {
    if !likes_everybody(decided, liked) {
        return Ok(());
    }
    if liked < decided {
        let most = i64::from(DECISIONS);
        let rows = conn.query(DECIDED, &[&user.0, &now.plus(-DAY_MS).0, &most]).await?;
        let today: i64 = rows.first().map(|row| row.try_get("decided")).transpose()?.unwrap_or_default();
        if today < most {
            return Ok(());
        }
    }
    conn.execute(REPORT, &[&user.0, &now.0]).await.map(drop)
}

/// Whether it is time to look, and likes are nearly all that somebody says.
fn likes_everybody(decided: u32, liked: u32) -> bool {
    decided >= DECISIONS
        && decided.is_multiple_of(EVERY)
        && u64::from(liked) * 100 >= u64::from(decided) * u64::from(OF_HUNDRED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_like_for_everybody_is_seen_after_a_while() {
        for (decided, liked, is_so) in [
            (99, 99, false),
            (100, 100, true),
            (100, 98, true),
            (100, 97, false),
            (101, 101, false),
            (150, 147, true),
            (150, 146, false),
            (u32::MAX, u32::MAX, false),
        ] {
            assert_eq!(likes_everybody(decided, liked), is_so, "{liked} of {decided}");
        }
    }
}
