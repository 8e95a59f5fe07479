//! Reads a knowledge base file: optional front matter (`title`, `tags`), then
//! Markdown. A fault says what to do about it.

use std::fmt;

/// The largest file that is read.
pub const MAX_BYTES: usize = 1024 * 1024;

/// An article as it stands in its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParsedArticle {
    /// From the front matter, else the first heading.
    pub title: String,
    /// From the front matter, as written.
    pub tags: Vec<String>,
    /// The Markdown after the front matter.
    pub body: String,
}

/// Why a file is no article.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArticleFault {
    /// Nothing but white space.
    Empty,
    /// Holds bytes that are no UTF-8.
    NotUtf8,
    /// Larger than `MAX_BYTES`.
    TooLarge,
    /// Front matter that is opened and never closed.
    FrontMatterOpen,
    /// Neither `title:` nor a heading.
    NoTitle,
    /// A title and nothing under it.
    NoText,
}

impl ArticleFault {
    /// Its name for programs and for words in other languages.
    pub const fn code(self) -> &'static str {
        match self {
            ArticleFault::Empty => "empty",
            ArticleFault::NotUtf8 => "not_utf8",
            ArticleFault::TooLarge => "too_large",
            ArticleFault::FrontMatterOpen => "front_matter_open",
            ArticleFault::NoTitle => "no_title",
            ArticleFault::NoText => "no_text",
        }
    }

    /// What is wrong and what to do, for the operator.
    pub const fn words(self) -> &'static str {
        match self {
            ArticleFault::Empty => "the file is empty; write something or delete it",
            ArticleFault::NotUtf8 => "the file is not UTF-8 text; save it as UTF-8",
            ArticleFault::TooLarge => {
                "the file is larger than 1 MiB; split it into several articles"
            }
            ArticleFault::FrontMatterOpen => {
                "the front matter has no closing line; add `---` after it"
            }
            ArticleFault::NoTitle => {
                "the article has no title; add `title:` to the front matter or start with `# Title`"
            }
            ArticleFault::NoText => {
                "the article has a title but no text; write the answer under it"
            }
        }
    }
}

impl fmt::Display for ArticleFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words())
    }
}

impl std::error::Error for ArticleFault {}

/// Reads the file of one article. The name is used only where nothing else names the
/// article and the name is words ("how-to-return.md").
pub fn parse_article(file_name: &str, bytes: &[u8]) -> Result<ParsedArticle, ArticleFault> {
    if bytes.len() > MAX_BYTES {
        return Err(ArticleFault::TooLarge);
    }
    let text = std::str::from_utf8(bytes).map_err(|_| ArticleFault::NotUtf8)?;
    let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n");
    if text.trim().is_empty() {
        return Err(ArticleFault::Empty);
    }
    let (front, body) = split_front_matter(&text)?;
    let title = field(front, "title")
        .or_else(|| first_heading(body))
        .or_else(|| title_of_name(file_name))
        .ok_or(ArticleFault::NoTitle)?;
    let has_text = body
        .lines()
        .any(|line| !line.trim().is_empty() && !line.starts_with('#'));
    if !has_text {
        return Err(ArticleFault::NoText);
    }
    Ok(ParsedArticle {
        title,
        tags: tags(front),
        body: body.trim().to_owned(),
    })
}

fn split_front_matter(text: &str) -> Result<(&str, &str), ArticleFault> {
    let Some(rest) = text.trim_start().strip_prefix("---\n") else {
        return Ok(("", text));
    };
    if let Some(body) = rest.strip_prefix("---\n") {
        return Ok(("", body));
    }
    let closing = ["\n---\n", "\n...\n"]
        .iter()
        .filter_map(|mark| rest.find(mark))
        .min();
    match closing {
        Some(at) => Ok((&rest[..at], &rest[at + 5..])),
        None if rest.trim_end().ends_with("\n---") => {
            Ok((rest.trim_end().trim_end_matches('-'), ""))
        }
        // A rule at the top of a text without fields is no front matter.
        None if !rest.lines().next().unwrap_or_default().contains(':') => Ok(("", rest)),
        None => Err(ArticleFault::FrontMatterOpen),
    }
}

fn field(front: &str, name: &str) -> Option<String> {
    let value = front.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.trim()
            .eq_ignore_ascii_case(name)
            .then(|| unquote(value))
    })?;
    (!value.is_empty()).then_some(value)
}

fn unquote(value: &str) -> String {
    let value = value.trim();
    let inside = ['"', '\'']
        .iter()
        .find_map(|quote| value.strip_prefix(*quote)?.strip_suffix(*quote));
    inside.unwrap_or(value).trim().to_owned()
}

/// `tags: [a, b]`, `tags: a, b`, or a list of `- a` lines.
fn tags(front: &str) -> Vec<String> {
    let mut lines = front.lines().skip_while(|line| {
        !line
            .split_once(':')
            .is_some_and(|(key, _)| key.trim().eq_ignore_ascii_case("tags"))
    });
    let Some((_, value)) = lines.next().and_then(|line| line.split_once(':')) else {
        return Vec::new();
    };
    let value = value.trim().trim_start_matches('[').trim_end_matches(']');
    let listed: Vec<String> = if value.is_empty() {
        lines
            .map_while(|line| line.trim().strip_prefix("- "))
            .map(unquote)
            .collect()
    } else {
        value.split(',').map(unquote).collect()
    };
    listed.into_iter().filter(|tag| !tag.is_empty()).collect()
}

fn first_heading(body: &str) -> Option<String> {
    let heading = body.lines().find(|line| line.starts_with('#'))?;
    let title = crate::passages::plain(heading.trim_start_matches('#'));
    (!title.is_empty()).then_some(title)
}

fn title_of_name(file_name: &str) -> Option<String> {
    let stem = file_name.rsplit(['/', '\\']).next()?.strip_suffix(".md")?;
    let words = stem.replace(['-', '_'], " ");
    let mut letters = words.chars();
    let first = letters.next()?;
    let is_words = words.contains(' ') && !words.chars().any(|c| c.is_ascii_digit());
    is_words.then(|| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_read_or_refused_with_advice() {
        let check = |bytes: &[u8], expected: Result<(&str, &[&str], &str), ArticleFault>| {
            let parsed = parse_article("a.md", bytes);
            let seen = parsed.as_ref().map_err(|fault| *fault).map(|article| {
                (
                    article.title.clone(),
                    article.tags.clone(),
                    article.body.clone(),
                )
            });
            let expected = expected.map(|(title, tags, body)| {
                (
                    title.to_owned(),
                    tags.iter().map(|tag| (*tag).to_owned()).collect::<Vec<_>>(),
                    body.to_owned(),
                )
            });
            assert_eq!(seen, expected, "{}", String::from_utf8_lossy(bytes));
        };
        check(
            b"---\ntitle: \"Returns\"\ntags: [a, b]\n---\nSend it back.",
            Ok(("Returns", &["a", "b"], "Send it back.")),
        );
        check(
            b"---\r\ntitle: Returns\r\ntags:\r\n  - a\r\n  - b\r\n---\r\nText",
            Ok(("Returns", &["a", "b"], "Text")),
        );
        check(
            b"# How to **pay**\n\nBy card.",
            Ok(("How to pay", &[], "# How to **pay**\n\nBy card.")),
        );
        check(b"\xef\xbb\xbf# T\nx", Ok(("T", &[], "# T\nx")));
        check(b"", Err(ArticleFault::Empty));
        check(b" \n ", Err(ArticleFault::Empty));
        check(b"\xff\xfe", Err(ArticleFault::NotUtf8));
        check(b"just text", Err(ArticleFault::NoTitle));
        check(b"# Only a title", Err(ArticleFault::NoText));
        check(
            b"---\ntitle: x\nnever closed",
            Err(ArticleFault::FrontMatterOpen),
        );
        check(&vec![b'a'; MAX_BYTES + 1], Err(ArticleFault::TooLarge));
    }

    #[test]
    fn a_file_name_of_words_is_a_title() {
        assert_eq!(
            parse_article("kb/how-to-return.md", b"Send it.")
                .unwrap()
                .title,
            "How to return"
        );
    }
}
