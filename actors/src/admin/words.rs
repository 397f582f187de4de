//! Words of anybody, as the alerts chat shows them.

/// Characters of one piece of evidence.
const WORDS: usize = 500;

/// Words of anybody as they are shown: on one line, and with nothing that turns the text around.
pub(crate) fn shown(words: &str) -> String {
    let turns = |c: char| matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{206f}');
    let breaks = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    words.chars().filter(|c| !turns(*c)).map(|c| if breaks(c) { ' ' } else { c }).take(WORDS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Mark-up is the renderer's to escape; formulas are none in a chat.
    #[test]
    fn words_stay_on_their_line_and_steer_nothing() {
        for (words, line) in [
            ("one\ntwo\r\nthree\u{2028}four", "one two  three four"),
            ("\u{202e}drawkcab\u{202c} \u{61c}\u{2067}x\u{2069}", "drawkcab x"),
            ("\u{1b}[31mred\u{7}", " [31mred "),
            ("<b>=1+1</b>", "<b>=1+1</b>"),
        ] {
            assert_eq!(shown(words), line, "{words:?}");
        }
        assert_eq!(shown(&"я".repeat(2 * WORDS)).chars().count(), WORDS);
    }
}
