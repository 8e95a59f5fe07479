//! Cuts an article into passages of plain text: by heading, then by paragraph, each
//! short enough to be an answer. Lists stay whole, with one line an item.

/// A passage grows until it has this many letters.
const FULL: usize = 700;
/// A paragraph longer than this is cut at a sentence.
const LONGEST: usize = 1_400;

/// What is read as one meaning grows until it has this many bytes, some 80 tokens.
const UNIT: usize = 340;

/// A passage of an article.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passage {
    /// The nearest heading above it, unless that is the article's title.
    pub heading: Option<String>,
    /// Plain text; list items on lines of their own, paragraphs apart by a blank line.
    pub text: String,
}

/// Cuts an article's Markdown into passages.
pub fn passages(title: &str, markdown: &str) -> Vec<Passage> {
    let mut passages = Vec::new();
    let mut heading: Option<String> = None;
    let mut open = String::new();
    for block in blocks(markdown) {
        match block {
            Block::Heading(text) => {
                close(&mut open, heading.as_ref(), &mut passages);
                heading =
                    (!text.eq_ignore_ascii_case(title.trim()) && !text.is_empty()).then_some(text);
            }
            Block::Text(text) => {
                let letters = text.chars().count();
                // A list belongs to the sentence that announces it.
                let continues = open.ends_with(':') && letters < LONGEST;
                if !open.is_empty() && !continues && open.chars().count() + letters > FULL {
                    close(&mut open, heading.as_ref(), &mut passages);
                }
                if !open.is_empty() {
                    open.push_str("\n\n");
                }
                open.push_str(&text);
                while open.chars().count() > LONGEST {
                    let rest = cut(&mut open);
                    close(&mut open, heading.as_ref(), &mut passages);
                    open = rest;
                }
            }
        }
    }
    close(&mut open, heading.as_ref(), &mut passages);
    passages
}

/// A passage in pieces of a few sentences or lines each, so that none drowns in a long one.
pub fn units(passage: &str) -> Vec<&str> {
    let mut units = Vec::new();
    let mut start = 0;
    let mut end = 0;
    for (at, length) in ends(passage) {
        let next = at + length;
        let is_full = next - start > UNIT && end > start;
        if is_full {
            units.push(passage[start..end].trim());
            start = end;
        }
        end = next;
    }
    units.push(passage[start..].trim());
    units.retain(|unit| !unit.is_empty());
    units
}

/// Where sentences and lines end: the place and the length of the end's mark.
fn ends(text: &str) -> impl Iterator<Item = (usize, usize)> + '_ {
    let marks = text.char_indices().filter_map(|(at, c)| {
        let after = text[at + c.len_utf8()..].chars().next();
        let is_end = match c {
            '\n' | '。' | '！' | '？' => true,
            '.' | '!' | '?' | '؟' => after.is_none_or(char::is_whitespace),
            _ => false,
        };
        is_end.then_some((at, c.len_utf8()))
    });
    marks.chain([(text.len(), 0)])
}

fn close(open: &mut String, heading: Option<&String>, passages: &mut Vec<Passage>) {
    let text = std::mem::take(open).trim().to_owned();
    if !text.is_empty() {
        passages.push(Passage {
            heading: heading.cloned(),
            text,
        });
    }
}

/// Cuts a text after `FULL` letters, at a line or a sentence where there is one.
fn cut(text: &mut String) -> String {
    let limit = text
        .char_indices()
        .nth(FULL)
        .map_or(text.len(), |(at, _)| at);
    let head = &text[..limit];
    let ends = ["\n", ". ", "? ", "! ", "。", " "];
    let at = ends
        .iter()
        .filter_map(|end| head.rfind(end).map(|at| at + end.len()))
        .find(|at| *at > limit / 2)
        .unwrap_or(limit);
    let rest = text[at..].trim_start().to_owned();
    text.truncate(at);
    rest
}

enum Block {
    Heading(String),
    Text(String),
}

fn blocks(markdown: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut lines: Vec<String> = Vec::new();
    let mut in_code = false;
    let flush = |lines: &mut Vec<String>, blocks: &mut Vec<Block>| {
        if !lines.is_empty() {
            blocks.push(Block::Text(lines.join("\n")));
            lines.clear();
        }
    };
    for line in markdown.lines() {
        let trimmed = line.trim();
        if trimmed.starts_with("```") || trimmed.starts_with("~~~") {
            in_code = !in_code;
            continue;
        }
        if in_code {
            lines.push(line.trim_end().to_owned());
            continue;
        }
        let hashes = trimmed.bytes().take_while(|b| *b == b'#').count();
        let is_heading = (1..=6).contains(&hashes) && trimmed[hashes..].starts_with(' ');
        let is_rule = trimmed.len() >= 3
            && trimmed
                .bytes()
                .all(|b| matches!(b, b'-' | b'*' | b'_' | b'=' | b' '));
        let is_table_rule = trimmed.contains("---")
            && trimmed
                .bytes()
                .all(|b| matches!(b, b'-' | b'|' | b':' | b' '));
        if is_heading {
            flush(&mut lines, &mut blocks);
            blocks.push(Block::Heading(plain(
                trimmed.trim_start_matches('#').trim_end_matches('#'),
            )));
        } else if trimmed.is_empty() || is_rule || is_table_rule {
            // A blank line between items does not end a list.
            if !is_table_rule && !lines.last().is_some_and(|last| is_item(last)) {
                flush(&mut lines, &mut blocks);
            }
        } else {
            add_line(trimmed, &mut lines, &mut blocks);
        }
    }
    flush(&mut lines, &mut blocks);
    blocks
}

fn add_line(line: &str, lines: &mut Vec<String>, blocks: &mut Vec<Block>) {
    let line = line.trim_start_matches(['>', ' ']);
    let item = item_of(line);
    let text = item
        .clone()
        .unwrap_or_else(|| plain(&line.replace('|', " ")));
    let after_item = lines.last().is_some_and(|last| is_item(last));
    match (lines.last_mut(), item.is_some()) {
        (Some(_), true) if !after_item => {
            // The announcing sentence and its list are joined by `passages`.
            blocks.push(Block::Text(lines.join("\n")));
            lines.clear();
            lines.push(text);
        }
        (None, _) | (_, true) => lines.push(text),
        // A wrapped line continues the one above.
        (Some(last), false) => {
            last.push(' ');
            last.push_str(&text);
        }
    }
}

/// "- x", "* x", "1. x" as "- x" or "1. x" in plain text.
fn item_of(line: &str) -> Option<String> {
    if let Some(rest) = ["- ", "* ", "+ "]
        .iter()
        .find_map(|mark| line.strip_prefix(mark))
    {
        return Some(format!(
            "- {}",
            plain(rest.trim_start_matches("[ ] ").trim_start_matches("[x] "))
        ));
    }
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    let rest = line
        .get(digits..)?
        .strip_prefix(['.', ')'])?
        .strip_prefix(' ')?;
    (1..=3)
        .contains(&digits)
        .then(|| format!("{}. {}", &line[..digits], plain(rest)))
}

/// Whether a plain line is an item of a list.
pub(crate) fn is_item(line: &str) -> bool {
    line.starts_with("- ") || is_step(line)
}

/// Whether a plain line is a numbered step.
pub(crate) fn is_step(line: &str) -> bool {
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    (1..=3).contains(&digits) && line[digits..].starts_with(". ")
}

/// One line of Markdown without its markup.
pub(crate) fn plain(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    let mut rest = line.trim();
    while let Some(c) = rest.chars().next() {
        if let Some((label, after)) = link(rest) {
            text.push_str(&plain(label));
            rest = after;
            continue;
        }
        if c == '<'
            && let Some(end) = tag_end(rest)
        {
            rest = &rest[end..];
            continue;
        }
        if c == '\\' && rest[1..].starts_with(|next: char| next.is_ascii_punctuation()) {
            text.push_str(&rest[1..2]);
            rest = &rest[2..];
            continue;
        }
        let in_word = text.ends_with(char::is_alphanumeric)
            && rest[c.len_utf8()..].starts_with(char::is_alphanumeric);
        let is_markup = matches!(c, '*' | '`') || (c == '_' && !in_word) || rest.starts_with("~~");
        if !is_markup {
            text.push(c);
        }
        rest = &rest[c.len_utf8()..];
    }
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    text.replace("&nbsp;", " ")
        .replace("&amp;", "&")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .trim()
        .to_owned()
}

/// "[label](address)" or "![label](address)" at the start: the label and what follows.
fn link(text: &str) -> Option<(&str, &str)> {
    let inside = text.strip_prefix('!').unwrap_or(text).strip_prefix('[')?;
    let close = inside.find("](")?;
    let label = &inside[..close];
    // Brackets in brackets are not worth a parser.
    if label.contains('[') || close > 400 {
        return None;
    }
    let address = &inside[close + 2..];
    let end = address.find(')')?;
    Some((label, &address[end + 1..]))
}

/// The end of an HTML tag at the start of a text.
fn tag_end(text: &str) -> Option<usize> {
    let looks = text[1..].starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '!');
    let end = text.find('>')?;
    (looks && end < 200).then_some(end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_article_is_cut_by_headings_without_markup() {
        let markdown = "# Returns\n\nYou have **30 days**. See [the form](https://x.y/z).\n\n## Steps\n\nDo this:\n\n1. Print the `label`.\n2. Pack it\n   well.\n\n- [ ] done\n\n## Cost\nIt is free.";
        let cut = passages("Returns", markdown);
        let seen: Vec<(Option<&str>, &str)> = cut
            .iter()
            .map(|p| (p.heading.as_deref(), p.text.as_str()))
            .collect();
        assert_eq!(
            seen,
            [
                (None, "You have 30 days. See the form."),
                (
                    Some("Steps"),
                    "Do this:\n\n1. Print the label.\n2. Pack it well.\n- done"
                ),
                (Some("Cost"), "It is free."),
            ]
        );
    }

    #[test]
    fn long_text_is_cut_and_none_is_lost() {
        let sentence = "This sentence is here to fill the passage. ".repeat(200);
        let cut = passages("T", &sentence);
        assert!(cut.len() > 5 && cut.iter().all(|p| p.text.chars().count() <= LONGEST));
        let words: usize = cut.iter().map(|p| p.text.split_whitespace().count()).sum();
        assert_eq!(words, sentence.split_whitespace().count());
        assert!(!passages("T", &"x".repeat(100_000)).is_empty());
        assert!(passages("", "").is_empty());
    }
}
