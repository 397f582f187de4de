//! Every constant of the companions' pure parts, each with where it comes from. "Ours" is a
//! proposal to be calibrated on real talks.

/// Turns of both sides that the detector judges together with a new one. Ours: a split word or an
/// age said a little earlier lies within.
pub const WINDOW_TURNS: usize = 8;
/// Characters of earlier turns in that window; the new turn itself is always judged whole. Ours:
/// two long messages of Telegram.
pub const WINDOW_CHARS: usize = 8_000;

/// Years from which a person is an adult everywhere the bot may be used.
pub const ADULT: u32 = 18;

/// Characters a token, before anything is learnt. Measured: Russian 1.9 to 2.3 (cl100k) and 3.2 to
/// 3.6 (o200k).
pub const CYRILLIC_PER_TOKEN: f64 = 2.0;
/// The same for other alphabets. Measured: English 4.5; kept lower as names and code are denser.
pub const LATIN_PER_TOKEN: f64 = 4.0;
/// The same for emoji and signs beyond letters. Measured: 0.4 to 0.7.
pub const EMOJI_PER_TOKEN: f64 = 0.4;
/// Tokens that a message's role and borders take. OpenAI's published counting: 3 to 4.
pub const TOKENS_A_MESSAGE: u32 = 4;
/// How much of a new observation enters what is learnt, where the estimate was too high. Ours.
pub const LEARN: f64 = 0.2;
/// Bounds of what is learnt, so that a lying `usage` cannot make the budget useless. Ours: SmolLM2
/// needs 1.5 times the estimate for Russian, o200k 0.6.
pub const SCALE: (f64, f64) = (0.25, 4.0);
/// Part of a context that is kept free, in percent (chatgpt-telegram-bot#610 forgot to).
pub const SPARE_PERCENT: u32 = 10;
/// History is dropped in blocks of so many turns, so that the prefix a cache may keep stays equal
/// for a while. Ours.
pub const TRIM_BLOCK: usize = 8;

/// A reply is a loop where zlib makes it so many times smaller. Measured: ordinary Russian and
/// English 1.4 to 2.8, a model's loop 11.6.
pub const LOOP_RATIO: f64 = 3.0;
/// Bytes below which that ratio says nothing.
pub const LOOP_BYTES: usize = 300;
/// The same line, or the same four words, so many times running. Ours.
pub const RUNS: usize = 3;
/// Words in a run and in an n-gram.
pub const GRAM: usize = 4;
/// More of a reply's n-grams than this, in percent, stand in earlier replies. Ours.
pub const SEEN_PERCENT: usize = 30;
/// Replies that are compared with, for n-grams and for openings.
pub const COMPARED: (usize, usize) = (5, 3);
/// So many of the last replies with the same opening, the new one included, are too many.
pub const SAME_OPENINGS: usize = 3;
/// Bytes between two looks at a reply that streams. Ours.
pub const LOOK_EVERY: usize = 256;

/// UTF-16 units that a message of Telegram's holds.
pub const MESSAGE_UNITS: usize = 4_096;
/// Entities that a message of Telegram's keeps; more are dropped by the server without a word.
pub const MESSAGE_ENTITIES: usize = 100;

/// Percent of a cap at which operators are told.
pub const ALERTS: [u32; 3] = [50, 80, 100];

/// So many equal intervals between what somebody says are a program's. Ours.
pub const SCRIPT_GAPS: usize = 8;
/// Milliseconds by which equal intervals differ at most. Ours: a timer's jitter behind a network.
pub const SCRIPT_JITTER_MS: i64 = 60;
/// How long a program waits, milliseconds. Ours.
pub const SCRIPT_WAIT_MS: i64 = 60_000;

/// Milliseconds of talk after which it is said again that a character is an AI (New York, General
/// Business Law 1702; Washington HB 2225).
pub const NOTICE_MS: i64 = 3 * 3_600_000;
/// Turns of a person's that wait for their reply at most.
pub const WAITING: usize = 3;
/// Characters of a turn; words that come while it waits join it up to there. Ours: three long
/// messages of Telegram.
pub const TURN_CHARS: usize = 12_000;
/// Different stems of a turn by which it is found again. Ours.
pub const STEMS: usize = 64;
/// Turns that are recalled for a prompt (SillyTavern's vectors insert 3).
pub const RECALLED: i64 = 3;
/// The last turns of a dialog, which are not recalled: they stand in the prompt (SillyTavern's
/// vectors protect 5).
pub const NEAR: i32 = 5;
/// Turns among which it is looked for those: a dialog of years takes no longer than one of months.
/// Ours.
pub const RECALL_WITHIN: i32 = 500;
/// Stems of what is said by which it is looked for. Ours: long words say the same more than once.
pub const ASKED_STEMS: usize = 16;
/// What reciprocal rank fusion adds to a rank (Cormack, Clarke, Büttcher 2009: 60).
pub const FUSED_RANK: f64 = 60.0;
/// Letters of each side of a turn of which a vector is made. Ours: small models read 512 tokens.
pub const MEANT_CHARS: usize = 500;
/// Turns after which the vectors of those that have none are made. Ours: by the time that one may
/// be recalled ([`NEAR`]) it has its own.
pub const MEANT_EVERY: i32 = 4;
/// Texts of one call for vectors. Ours.
pub const MEANT_AT_ONCE: i64 = 32;
/// Letters of each side of a recalled turn. Ours.
pub const RECALLED_CHARS: usize = 300;
/// What is kept of a prompt for recalled turns: percent of its tokens, and tokens at most. Without
/// it nothing could be recalled just before the history lets go of a block. Ours: RisuAI gives
/// memory 20 %, but that is its summaries, too; three turns of [`RECALLED_CHARS`] a side are some
/// 500 tokens of English and 1,000 of Russian.
pub const RECALL_SHARE: (u32, u32) = (10, 1_000);
/// Turns that a prompt has no room for, before they are summed up. Ours: half a block.
pub const SUMMED_TURNS: i32 = 4;
/// Turns that one summary takes in. Ours.
pub const SUMMED_AT_ONCE: i64 = 40;
/// Words that a summary is asked for in (SillyTavern: 200), tokens that it may take, letters that
/// are kept of it.
pub const SUMMARY: (u32, u32, usize) = (200, 400, 1_500);
/// Answers to one turn that are kept; no more are asked for. Ours.
pub const VARIANTS: usize = 5;
/// Letters of a dialog's title.
pub const TITLE: usize = 40;
/// Milliseconds for which words are taken for a title, once somebody wants to give one. Ours.
pub const NAMING_MS: i64 = 10 * 60_000;
/// Milliseconds for which a photo is taken for the picture of a character, once that is wished for.
/// Ours.
pub const OWN_PICTURE_MS: i64 = 10 * 60_000;
/// Characters of one person's that wait for an operator at a time. Ours.
pub const SHARES_WAITING: i64 = 3;
/// People who report a shared character before it is shown to nobody until an operator has looked.
/// Ours.
pub const SHARED_REPORTS: i64 = 3;
/// Characters that one person may report in a day, so that nobody takes all of them away. Ours.
pub const SHARED_REPORTS_A_DAY: i64 = 10;
/// Calls of models for one turn, whatever fails: the first, and one more.
pub const CALLS_A_TURN: usize = 2;
/// Calls that a turn may have cost for one message of a pack and be asked again where it failed:
/// those that all of its answers take at most.
pub const CALLS_A_USE: i64 = (VARIANTS * CALLS_A_TURN) as i64;
/// Turns of the history that are read for a prompt. Ours: beyond, no context here holds them.
pub const HISTORY_TURNS: i64 = 60;
