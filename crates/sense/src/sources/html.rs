//! A page of HTML to readable Markdown: its main part with headings, lists and links;
//! scripts, menus and what is hidden stay out. The page is read as a stream of tags and
//! never as a tree, so that no nesting, however deep, costs more than its letters.

use std::cell::RefCell;

use html5ever::LocalName;
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::{Rawtext, Rcdata, ScriptData};
use html5ever::tokenizer::{
    BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};

use super::decode::decode;
use super::{MAX_SOURCE_BYTES, SourceFault};
use crate::markdown::{ArticleFault, ParsedArticle};

/// Fewer letters than this are no article: a page that its scripts fill, a sign-in.
const SHORTEST: usize = 40;
/// What is marked as the main part is all that is taken if it holds so many letters.
const MAIN_PART: usize = 200;
/// Elements that are followed into each other; deeper ones are read as plain text.
const DEEPEST: usize = 400;
/// Longer titles are cut.
const LONGEST_TITLE: usize = 200;

/// Elements whose words are no reading matter.
const DROPPED: &str = "script style noscript template svg math iframe object nav aside button select option textarea dialog canvas audio video head menu";
/// Elements that end a paragraph.
const BLOCKS: &str = "address article aside blockquote body center details div dl dt dd fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr html li main nav ol p pre section summary table tbody td tfoot th thead tr ul";
/// Elements that have no end.
const VOID: &str = "area base br col embed hr img input link meta source track wbr";
/// Classes by which sites mark what stands around a text.
const AROUND: &str = "breadcrumb breadcrumbs cookie-banner sidebar navbar footer pagination share social skip-link sr-only visually-hidden";

/// Completes a link by the address of its page; `None` for what leads nowhere.
pub type Complete<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Reads a page. `declared` is the encoding that its server names; `base` the address
/// against which links are completed.
pub fn page(
    bytes: &[u8],
    declared: Option<&str>,
    base: Option<Complete<'_>>,
) -> Result<ParsedArticle, SourceFault> {
    if bytes.len() > MAX_SOURCE_BYTES {
        return Err(SourceFault::TooLarge);
    }
    let said_within = declared.map(str::to_owned).or_else(|| charset(bytes));
    let text = decode(bytes, said_within.as_deref()).ok_or(SourceFault::NotText)?;
    if text.trim().is_empty() {
        return Err(SourceFault::Article(ArticleFault::Empty));
    }
    let read = read(&text);
    let blocks = read.main_part();
    let heading = blocks.iter().find(|block| block.kind == Kind::Heading(1));
    let heading = heading.map(|block| block.plain());
    let title = heading.unwrap_or_else(|| without_site(&read.title));
    let title: String = title.chars().take(LONGEST_TITLE).collect();
    let body = markdown(blocks.iter().copied(), base, Some(&title));
    let letters = body.chars().filter(|c| c.is_alphanumeric()).count();
    if letters < SHORTEST {
        return Err(SourceFault::NoReadableText);
    }
    if title.is_empty() {
        return Err(SourceFault::Article(ArticleFault::NoTitle));
    }
    Ok(ParsedArticle {
        title,
        tags: vec![],
        body,
    })
}

/// A text that may be written in HTML, as exported answers often are.
pub fn fragment(text: &str) -> String {
    let is_marked = ["</", "<br", "<p>", "<li>"]
        .iter()
        .any(|mark| text.contains(mark));
    if !is_marked {
        return text.trim().to_owned();
    }
    let read = read(text);
    let written = markdown(read.blocks.iter(), None, None);
    if written.is_empty() {
        text.trim().to_owned()
    } else {
        written
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Heading(u8),
    Text,
    /// An item at a depth from 0, with its number in an ordered list.
    Item(u8, Option<u32>),
    Code,
    Quote,
}

/// A paragraph, a heading, an item.
struct Block {
    kind: Kind,
    text: String,
    /// Where in the text a link stands, and where it leads.
    links: Vec<(usize, usize, String)>,
    is_main: bool,
}

impl Block {
    fn plain(&self) -> String {
        self.text.trim().to_owned()
    }

    fn letters(&self) -> usize {
        self.text.chars().filter(|c| c.is_alphanumeric()).count()
    }
}

#[derive(Default)]
struct Read {
    title: String,
    blocks: Vec<Block>,
}

impl Read {
    /// The blocks of what the page marks as its main part; all where it marks none, or
    /// where the mark holds nearly nothing.
    fn main_part(&self) -> Vec<&Block> {
        let letters = |is_main: bool| -> usize {
            let counted = self.blocks.iter().filter(|block| block.is_main || !is_main);
            counted.map(Block::letters).sum()
        };
        let (main, all) = (letters(true), letters(false));
        let takes_main = main >= MAIN_PART || main * 2 > all;
        let blocks = self.blocks.iter();
        blocks
            .filter(|block| block.is_main || !takes_main)
            .collect()
    }
}

fn read(text: &str) -> Read {
    let input = BufferQueue::default();
    input.push_back(StrTendril::from(text));
    let tokenizer = Tokenizer::new(Sink::default(), TokenizerOpts::default());
    let _ = tokenizer.feed(&input);
    tokenizer.end();
    let mut pen = tokenizer.sink.pen.into_inner();
    pen.close();
    pen.read
}

#[derive(Default)]
struct Sink {
    pen: RefCell<Pen>,
}

impl TokenSink for Sink {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let mut pen = self.pen.borrow_mut();
        match token {
            Token::CharacterTokens(text) => pen.write(&text),
            Token::TagToken(tag) if tag.kind == TagKind::StartTag => {
                pen.open(&tag);
                return match &*tag.name {
                    "script" => TokenSinkResult::RawData(ScriptData),
                    "style" | "iframe" | "noframes" | "xmp" => TokenSinkResult::RawData(Rawtext),
                    "title" | "textarea" => TokenSinkResult::RawData(Rcdata),
                    _ => TokenSinkResult::Continue,
                };
            }
            Token::TagToken(tag) => pen.end(&tag.name),
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

/// What an open element does to the words in it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Plain,
    Dropped,
    Main,
    Title,
    Heading(u8),
    List,
    Item,
    Code,
    Quote,
    Link,
}

/// Writes blocks while tags open and close.
#[derive(Default)]
struct Pen {
    read: Read,
    open: Vec<(LocalName, Part)>,
    /// Of the lists that are open: the next number, or none where it has no numbers.
    lists: Vec<Option<u32>>,
    block: Option<Block>,
    /// A space is owed before the next word.
    owes_space: bool,
    /// Where an open link began, and where it leads.
    link: Option<(usize, String)>,
    /// How many open elements are a title, dropped, of the main part, code.
    within: [usize; 4],
}

impl Pen {
    fn within(&self, part: Part) -> bool {
        counted(part).is_some_and(|at| self.within[at] > 0)
    }

    fn write(&mut self, text: &str) {
        if self.within(Part::Title) {
            self.read.title.push_str(text);
            return;
        }
        if self.within(Part::Dropped) {
            return;
        }
        if self.within(Part::Code) {
            self.block().text.push_str(text);
            return;
        }
        for (n, word) in text.split(is_space).enumerate() {
            self.owes_space |= n > 0;
            if word.is_empty() {
                continue;
            }
            let owes_space = std::mem::take(&mut self.owes_space);
            let block = self.block();
            if owes_space && !block.text.is_empty() && !block.text.ends_with('\n') {
                block.text.push(' ');
            }
            block.text.push_str(word);
        }
    }

    /// The block that is being written, begun if there is none.
    fn block(&mut self) -> &mut Block {
        if self.block.is_none() {
            self.owes_space = false;
            self.block = Some(Block {
                kind: self.kind(),
                text: String::new(),
                links: vec![],
                is_main: self.within(Part::Main),
            });
        }
        self.block.as_mut().expect("it was begun just now")
    }

    /// What the open elements make of the words in them.
    fn kind(&self) -> Kind {
        let found = self.open.iter().rev().find_map(|(_, part)| match part {
            Part::Heading(level) => Some(Kind::Heading(*level)),
            Part::Code => Some(Kind::Code),
            Part::Quote => Some(Kind::Quote),
            Part::Item => {
                let depth = self.lists.len().saturating_sub(1).min(8) as u8;
                let number = self.lists.last().copied().flatten();
                Some(Kind::Item(depth, number.map(|next| next.saturating_sub(1))))
            }
            _ => None,
        });
        found.unwrap_or(Kind::Text)
    }

    /// Ends the block that is being written.
    fn close(&mut self) {
        self.owes_space = false;
        let link = self.link.take();
        let Some(mut block) = self.block.take() else {
            return;
        };
        if let Some((begin, href)) = link {
            block.links.push((begin, block.text.len(), href));
        }
        if !block.text.trim().is_empty() {
            self.read.blocks.push(block);
        }
    }

    fn open(&mut self, tag: &Tag) {
        let name = &*tag.name;
        match name {
            "br" if !self.within(Part::Dropped) => {
                if let Some(block) = &mut self.block {
                    block.text.push('\n');
                }
                self.owes_space = false;
            }
            "td" | "th" if !self.within(Part::Dropped) => self.cell(),
            _ if is_in(BLOCKS, name) => self.close(),
            _ => {}
        }
        if is_in(VOID, name) || tag.self_closing {
            return;
        }
        // A paragraph or an item ends where the next begins, its end tag or not.
        if matches!(
            name,
            "p" | "li" | "dt" | "dd" | "tr" | "td" | "th" | "option"
        ) {
            self.end_open(name);
        }
        let part = self.part(tag);
        match part {
            Part::List => self.lists.push((name == "ol").then_some(1)),
            Part::Item => {
                if let Some(Some(next)) = self.lists.last_mut() {
                    *next = next.saturating_add(1);
                }
            }
            Part::Link => {
                let begin = self.block.as_ref().map_or(0, |block| block.text.len());
                let owed = usize::from(self.owes_space && begin > 0);
                self.link = attribute(tag, "href").map(|href| (begin + owed, href.to_owned()));
            }
            _ => {}
        }
        if self.open.len() < DEEPEST {
            self.open.push((tag.name.clone(), part));
            if let Some(at) = counted(part) {
                self.within[at] += 1;
            }
        }
    }

    /// The cells of a row stand on one line.
    fn cell(&mut self) {
        if let Some(block) = self.block.as_mut().filter(|block| !block.text.is_empty()) {
            block.text.push_str(" | ");
            self.owes_space = false;
        }
    }

    fn part(&self, tag: &Tag) -> Part {
        let name = &*tag.name;
        let role = attribute(tag, "role").unwrap_or_default();
        let is_page = matches!(name, "html" | "body" | "main" | "article");
        let is_hidden = attribute(tag, "hidden").is_some()
            || attribute(tag, "aria-hidden") == Some("true")
            || attribute(tag, "style")
                .is_some_and(|it| it.replace(' ', "").contains("display:none"));
        let classes = attribute(tag, "class").unwrap_or_default();
        let stands_around = !is_page && classes.split_whitespace().any(|one| is_in(AROUND, one));
        // Heads and feet of the page, but not those of the article itself.
        let frames =
            matches!(name, "header" | "footer") || matches!(role, "banner" | "contentinfo");
        if is_in(DROPPED, name) && name != "head"
            || is_hidden && !is_page
            || stands_around
            || matches!(
                role,
                "navigation" | "search" | "dialog" | "alertdialog" | "complementary"
            )
            || frames && !self.within(Part::Main)
        {
            return Part::Dropped;
        }
        match name {
            "title" if !self.within(Part::Dropped) && self.read.title.is_empty() => Part::Title,
            "main" | "article" => Part::Main,
            _ if role == "main" => Part::Main,
            "h1" => Part::Heading(1),
            "h2" => Part::Heading(2),
            "h3" | "dt" | "summary" => Part::Heading(3),
            "h4" | "h5" | "h6" => Part::Heading(4),
            "ul" | "ol" => Part::List,
            "li" | "tr" => Part::Item,
            "pre" => Part::Code,
            "blockquote" => Part::Quote,
            "a" => Part::Link,
            _ => Part::Plain,
        }
    }

    /// Ends an element of this name that the next of its kind closes; not across a list
    /// or a table that lies between.
    fn end_open(&mut self, name: &str) {
        let bound = match name {
            "li" => "ul ol",
            "dt" | "dd" => "dl",
            "tr" | "td" | "th" => "table",
            _ => "div section article main body blockquote li td",
        };
        let pair = match name {
            "dt" | "dd" => "dt dd",
            "td" | "th" => "td th",
            _ => name,
        };
        for at in (0..self.open.len()).rev() {
            let open = &*self.open[at].0;
            if is_in(pair, open) {
                self.truncate(at);
                return;
            }
            if is_in(bound, open) {
                return;
            }
        }
    }

    fn end(&mut self, name: &LocalName) {
        let Some(at) = self.open.iter().rposition(|(open, _)| open == name) else {
            return;
        };
        if is_in(BLOCKS, name) && !matches!(&**name, "td" | "th") {
            self.close();
        }
        if let (Part::Link, Some((begin, href)), Some(block)) =
            (self.open[at].1, self.link.take(), &mut self.block)
            && begin < block.text.len()
        {
            block.links.push((begin, block.text.len(), href));
        }
        self.truncate(at);
    }

    fn truncate(&mut self, at: usize) {
        let ended = &self.open[at..];
        let lists = ended.iter().filter(|(_, part)| *part == Part::List).count();
        for at in ended.iter().filter_map(|(_, part)| counted(*part)) {
            self.within[at] -= 1;
        }
        self.lists.truncate(self.lists.len().saturating_sub(lists));
        self.open.truncate(at);
    }
}

/// The place of a part in the counts of open elements.
fn counted(part: Part) -> Option<usize> {
    let counted = [Part::Title, Part::Dropped, Part::Main, Part::Code];
    counted.iter().position(|it| *it == part)
}

fn is_space(c: char) -> bool {
    c.is_whitespace() && c != '\u{a0}' || c == '\u{200b}'
}

fn is_in(list: &str, name: &str) -> bool {
    list.split(' ').any(|one| one == name)
}

fn attribute<'a>(tag: &'a Tag, name: &str) -> Option<&'a str> {
    let found = tag.attrs.iter().find(|it| &*it.name.local == name);
    found.map(|it| &*it.value)
}

/// `<meta charset=…>` or its older form, in the first bytes.
fn charset(bytes: &[u8]) -> Option<String> {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(2_048)]).to_lowercase();
    let (_, rest) = head.split_once("charset=")?;
    let rest = rest.trim_start_matches(['"', '\'', ' ']);
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && !"-_:".contains(c));
    let label = &rest[..end.unwrap_or(rest.len())];
    (!label.is_empty()).then(|| label.to_owned())
}

/// `How to pay | Fernhill` is called "How to pay": the site names itself on every page.
fn without_site(title: &str) -> String {
    let title = title.split_whitespace().collect::<Vec<_>>().join(" ");
    let parts = [" | ", " – ", " — ", " - ", " · ", " :: "]
        .iter()
        .find_map(|mark| title.contains(mark).then(|| title.split(mark)));
    let longest = parts.and_then(|parts| parts.max_by_key(|part| part.chars().count()));
    longest.unwrap_or(&title).trim().to_owned()
}

fn markdown<'a>(
    blocks: impl Iterator<Item = &'a Block>,
    base: Option<Complete<'_>>,
    title: Option<&str>,
) -> String {
    let mut out = String::new();
    let mut before: Option<Kind> = None;
    for block in blocks {
        let text = linked(block, base);
        // The title stands above the article already.
        if matches!(block.kind, Kind::Heading(_)) && title == Some(block.text.trim()) {
            continue;
        }
        let is_item = |kind: Kind| matches!(kind, Kind::Item(..));
        match before {
            None => {}
            Some(last) if is_item(last) && is_item(block.kind) => out.push('\n'),
            Some(_) => out.push_str("\n\n"),
        }
        match block.kind {
            Kind::Heading(level) => {
                out.push_str(&"#".repeat(level.into()));
                out.push(' ');
                out.push_str(&text.replace('\n', " "));
            }
            Kind::Text => out.push_str(&text),
            Kind::Item(depth, number) => {
                out.push_str(&"  ".repeat(depth.into()));
                match number {
                    Some(number) => out.push_str(&format!("{number}. ")),
                    None => out.push_str("- "),
                }
                out.push_str(&text.replace('\n', " "));
            }
            Kind::Code => {
                out.push_str("```\n");
                out.push_str(text.trim_matches('\n'));
                out.push_str("\n```");
            }
            Kind::Quote => {
                out.push_str("> ");
                out.push_str(&text.replace('\n', "\n> "));
            }
        }
        before = Some(block.kind);
    }
    out
}

/// The words of a block with its links as Markdown. Links that lead nowhere a reader
/// could go are words.
fn linked(block: &Block, base: Option<Complete<'_>>) -> String {
    if block.kind == Kind::Code {
        return block.text.clone();
    }
    let mut out = String::with_capacity(block.text.len());
    let mut at = 0;
    for (begin, end, href) in &block.links {
        let Some(words) = block.text.get(*begin..*end) else {
            continue;
        };
        let Some(before) = block.text.get(at..*begin) else {
            continue;
        };
        out.push_str(before);
        let href = match base {
            Some(complete) => complete(href),
            None => Some(href.clone()),
        };
        let leads = href.filter(|it| {
            ["https://", "http://", "mailto:"]
                .iter()
                .any(|scheme| it.starts_with(scheme))
                && !it.contains([' ', ')', '('])
        });
        match leads {
            Some(href) if !words.trim().is_empty() && !words.contains('[') => {
                out.push_str(&format!("[{}]({href})", words.trim()));
            }
            _ => out.push_str(words),
        }
        at = *end;
    }
    out.push_str(block.text.get(at..).unwrap_or_default());
    let lines: Vec<&str> = out.lines().map(str::trim).collect();
    lines.join("\n").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILLER: &str = "Every order can be returned within sixty days of its arrival, free of charge, whatever the reason; only worn shoes, opened cosmetics and goods made to measure are kept out of it, and for those the law of your country holds, of which our terms say more.";

    fn check(html: &str, title: &str, body: &str) {
        let article = page(html.as_bytes(), None, None).unwrap();
        assert_eq!(article.title, title, "{html}");
        assert_eq!(article.body, body, "{html}");
    }

    #[test]
    fn the_main_part_is_kept_and_what_stands_around_it_is_not() {
        let html = format!(
            "<!doctype html><title>Returns | Fernhill</title><style>p{{}}</style><script>var a = '<p>no</p>';</script>
             <header>Fernhill <a href=/cart>Cart</a></header><nav><ul><li>Home<li>Help</ul></nav>
             <main><div class=breadcrumbs>Help › Returns</div><header><h1>Returns</h1></header><p>{FILLER}
             <p hidden>secret<aside>Read also: shoes</aside><button>Was this helpful?</button></main>
             <div>Subscribe now</div><footer>© Fernhill</footer>"
        );
        check(&html, "Returns", FILLER);
    }

    #[test]
    fn headings_lists_tables_and_links_stay() {
        let html = format!(
            "<body><h1>Delivery</h1><p>{FILLER}</p><h2>How <em>long</em></h2>
             <ol><li>Order<li>Wait<ul><li>a day</li><li>two&nbsp;days</li></ul></li></ol>
             <dl><dt>Abroad?<dd>Five days.</dl>
             <table><tr><th>Way<th>Price<tr><td>Post<td>4 €</table>
             <pre>a\n  b</pre><blockquote>Fast!</blockquote>
             <p>See <a href='https://fernhill.example/map'>the map</a>, or <a href='javascript:x()'>this</a>.<br>Bye."
        );
        check(
            &html,
            "Delivery",
            &format!(
                "{FILLER}\n\n## How long\n\n1. Order\n2. Wait\n  - a day\n  - two\u{a0}days\n\n### Abroad?\n\nFive days.\n\n- Way | Price\n- Post | 4 €\n\n```\na\n  b\n```\n\n> Fast!\n\nSee [the map](https://fernhill.example/map), or this.\nBye."
            ),
        );
    }

    #[test]
    fn a_page_without_a_heading_is_called_by_its_title_without_the_site() {
        check(
            &format!("<title>Fernhill - How to &amp; when to pay</title><p>{FILLER}"),
            "How to & when to pay",
            FILLER,
        );
    }

    #[test]
    fn links_are_completed_by_the_address_of_the_page() {
        let base = |href: &str| Some(format!("https://fernhill.example/{href}"));
        let html = format!("<h1>A</h1><p>{FILLER} <a href=b>More</a>");
        let article = page(html.as_bytes(), None, Some(&base)).unwrap();
        assert!(article.body.ends_with("[More](https://fernhill.example/b)"));
    }

    #[test]
    fn pages_that_hold_nothing_to_read_say_so() {
        let check = |html: &[u8], fault| {
            assert_eq!(page(html, None, None), Err(fault));
        };
        check(b"", SourceFault::Article(ArticleFault::Empty));
        check(b"\x00\x01", SourceFault::NotText);
        check(
            b"<title>App</title><div id=root></div><script>run()</script><noscript>Please enable JavaScript to run this app in your browser.</noscript>",
            SourceFault::NoReadableText,
        );
        check(
            format!("<p>{FILLER}").as_bytes(),
            SourceFault::Article(ArticleFault::NoTitle),
        );
    }

    #[test]
    fn old_pages_are_read_in_the_encoding_that_they_declare() {
        let html = b"<meta charset=iso-8859-1><h1>Gr\xf6\xdfe</h1><p>Wir haben alle Gr\xf6\xdfen von sechsunddrei\xdfig bis achtundvierzig.";
        let article = page(html, None, None).unwrap();
        assert_eq!(article.title, "Größe");
    }

    /// Attack case: nesting without end costs no stack and no squared time.
    #[test]
    fn a_page_nested_without_end_is_read_in_time() {
        let deep = format!("<h1>A</h1>{}{FILLER}", "<div><b><li>".repeat(40_000));
        assert!(page(deep.as_bytes(), None, None).is_ok());
        let ends = format!("<h1>A</h1><p>{FILLER}{}", "</b></div>".repeat(40_000));
        assert!(page(ends.as_bytes(), None, None).is_ok());
    }
}
