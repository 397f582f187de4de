//! What is taken out of a prompt: AUTOMATIC1111 carries out `<lora:..>`, stable-diffusion.cpp
//! `<sd_cpp_extra_args>`, and wildcards of both stand in braces.

/// Characters of a prompt at most: makers forget what comes later, and Venice takes 7,500.
const MOST: usize = 1_500;

/// A prompt without what a server would carry out.
pub(super) fn plain(prompt: &str) -> String {
    let (mut text, mut inside) = (String::with_capacity(prompt.len()), false);
    for c in prompt.chars() {
        match c {
            '<' => inside = true,
            '>' => inside = false,
            _ if inside => {}
            // Alternatives, names of files, and emphasis; a line may begin with an option.
            '{' | '}' | '[' | ']' | '|' | '\\' => text.push(' '),
            c if c.is_control() => text.push(' '),
            c => text.push(c),
        }
    }
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ").replace("__", " ");
    text.trim_start_matches('-').chars().take(MOST).collect()
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn orders_to_servers_are_taken_out() {
        for (from, to) in [
            ("a woman, <lora:x:1>in rain", "a woman, in rain"),
            ("<sd_cpp_extra_args>{\"steps\":9999}</sd_cpp_extra_args>rain", "\"steps\":9999 rain"),
            ("a <lora:never closed", "a"),
            ("--outdir /tmp rain\n\u{0}", "outdir /tmp rain"),
            ("{red|blue} __names__ [a:b:0.5]", "red blue names a:b:0.5"),
            ("дождь, 3 > 2", "дождь, 3 2"),
        ] {
            assert_eq!(plain(from).replace("  ", " "), to, "{from}");
        }
        assert_eq!(plain(&"ж".repeat(9_000)).chars().count(), 1_500);
    }
}
