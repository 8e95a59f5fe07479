//! A table of questions and answers. Columns are found by their names, in several
//! languages; commas, semicolons and tabs part them.

use std::collections::HashMap;

use super::decode::decode;
use super::html;
use super::{Found, MAX_SOURCE_BYTES, Reading, SourceFault};
use crate::markdown::{ArticleFault, ParsedArticle};

const QUESTION: &str = "question questions q title subject frage titel betreff titre sujet pregunta título titulo asunto pergunta assunto 问题 标题 質問 タイトル 件名 السؤال سؤال العنوان عنوان";
const ANSWER: &str = "answer answers a text body content reply antwort inhalt réponse reponse texte contenu respuesta texto contenido resposta conteúdo conteudo 答案 回答 内容 本文 الإجابة إجابة جواب الجواب النص نص";
const TAGS: &str = "tags tag category categories topic topics kategorie thema schlagworte catégorie categorie étiquettes categoría categoria etiquetas 分类 标签 カテゴリ タグ الفئة وسوم";
const KEY: &str = "id key slug";

/// A question longer than this is no title.
const LONGEST_TITLE: usize = 300;

struct Columns {
    question: usize,
    answer: usize,
    tags: Option<usize>,
    key: Option<usize>,
}

/// Reads a table; every row becomes an article.
pub fn read(name: &str, bytes: &[u8]) -> Reading {
    if bytes.len() > MAX_SOURCE_BYTES {
        return Reading::fault(SourceFault::TooLarge);
    }
    let Some(text) = decode(bytes, None) else {
        return Reading::fault(SourceFault::NotText);
    };
    if text.trim().is_empty() {
        return Reading::fault(SourceFault::Article(ArticleFault::Empty));
    }
    let (parted_by, text, skipped) = delimiter(&text);
    let mut rows = csv::ReaderBuilder::new()
        .delimiter(parted_by)
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    let mut records = rows.records();
    let columns = match records.next() {
        Some(Ok(names)) => columns(&names),
        Some(Err(_)) | None => None,
    };
    let Some(columns) = columns else {
        return Reading::fault(SourceFault::NoColumns);
    };
    let mut reading = Reading::default();
    let mut seen: HashMap<String, usize> = HashMap::new();
    for record in records {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line) + skipped;
                reading.faults.push(SourceFault::BrokenRow { line });
                continue;
            }
        };
        let line = record.position().map_or(0, csv::Position::line) + skipped;
        let cell = |at: usize| record.get(at).unwrap_or_default().trim();
        let (question, answer) = (cell(columns.question), cell(columns.answer));
        match (question.is_empty(), answer.is_empty()) {
            (true, true) => continue,
            (true, false) => reading.faults.push(SourceFault::NoQuestion { line }),
            (false, true) => reading.faults.push(SourceFault::NoAnswer { line }),
            (false, false) => {
                let key = columns.key.map(cell).filter(|key| !key.is_empty());
                let mut key = slug(key.unwrap_or(question));
                let again = seen.entry(key.clone()).or_default();
                *again += 1;
                if *again > 1 {
                    key = format!("{key}-{again}");
                }
                reading.found.push(Found {
                    source: format!("{name}#{key}"),
                    article: ParsedArticle {
                        title: title(question),
                        tags: tags(columns.tags.map_or("", cell)),
                        body: html::fragment(answer),
                    },
                });
            }
        }
    }
    if reading.found.is_empty() && reading.faults.is_empty() {
        reading.faults.push(SourceFault::NoRows);
    }
    reading
}

/// What parts the columns, told from the first line; spreadsheets may say it in a line of
/// its own, `sep=;`. With the text from there, and how many lines were passed over.
fn delimiter(text: &str) -> (u8, &str, u64) {
    if let Some(rest) = text.strip_prefix("sep=")
        && let Some((said, rest)) = rest.split_once('\n')
        && let Some(byte) = said.bytes().next()
    {
        return (byte, rest, 1);
    }
    let first = text.lines().next().unwrap_or_default();
    let mut quoted = false;
    let mut counts = [(b',', 0), (b';', 0), (b'\t', 0)];
    for byte in first.bytes() {
        quoted ^= byte == b'"';
        if let Some((_, count)) = counts.iter_mut().find(|(it, _)| *it == byte && !quoted) {
            *count += 1;
        }
    }
    let most = counts.into_iter().rev().max_by_key(|(_, count)| *count);
    (most.map_or(b',', |(byte, _)| byte), text, 0)
}

fn columns(names: &csv::StringRecord) -> Option<Columns> {
    let names: Vec<String> = names.iter().map(|it| it.trim().to_lowercase()).collect();
    let find = |known: &str| {
        let is_known = |name: &String| known.split(' ').any(|one| one == name);
        names.iter().position(is_known)
    };
    Some(Columns {
        question: find(QUESTION)?,
        answer: find(ANSWER)?,
        tags: find(TAGS),
        key: find(KEY),
    })
}

fn title(question: &str) -> String {
    let line = question.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().take(LONGEST_TITLE).collect()
}

fn tags(cell: &str) -> Vec<String> {
    let tags = cell.split([',', ';', '|']).map(str::trim);
    tags.filter(|tag| !tag.is_empty())
        .map(str::to_owned)
        .collect()
}

/// What tells a row from the others: its letters and digits, short.
fn slug(text: &str) -> String {
    let words = text.split(|c: char| !c.is_alphanumeric());
    let words = words.filter(|word| !word.is_empty());
    let joined = words.collect::<Vec<_>>().join("-").to_lowercase();
    joined.chars().take(80).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(table: &[u8], expected: &[(&str, &str, &str)], faults: &[SourceFault]) {
        let reading = read("faq.csv", table);
        let seen: Vec<_> = reading
            .found
            .iter()
            .map(|it| {
                (
                    it.source.as_str(),
                    it.article.title.as_str(),
                    it.article.body.as_str(),
                )
            })
            .collect();
        let text = String::from_utf8_lossy(table);
        assert_eq!(seen, expected, "{text}");
        assert_eq!(reading.faults, faults, "{text}");
    }

    #[test]
    fn columns_are_found_by_name_whatever_parts_them() {
        let row = [("faq.csv#how-long", "How long?", "3 days, at most.")];
        check(
            b"question,answer\nHow long?,\"3 days, at most.\"",
            &row,
            &[],
        );
        check(
            b"\xef\xbb\xbfFrage;Antwort\r\nHow long?;3 days, at most.\r\n",
            &row,
            &[],
        );
        check(b"sep=;\nTitle;Text\nHow long?;3 days, at most.", &row, &[]);
        check(
            b"\"Answer\"\t\"Question\"\n3 days, at most.\tHow long?\n\t\n",
            &row,
            &[],
        );
    }

    #[test]
    fn tags_keys_and_html_are_read() {
        let table = "id,question,answer,tags\nR1,Can I return?,\"<p>Yes.</p><ul><li>Unused<li>Within 60 days</ul>\",\"orders; money\"";
        let reading = read("faq.csv", table.as_bytes());
        let found = &reading.found[0];
        assert_eq!(found.source, "faq.csv#r1");
        assert_eq!(found.article.tags, ["orders", "money"]);
        assert_eq!(found.article.body, "Yes.\n\n- Unused\n- Within 60 days");
    }

    #[test]
    fn a_bad_row_is_named_by_its_line_and_the_rest_is_taken() {
        check(
            b"question,answer\nA?,Yes.\nB?,\n,No.\nC?,Perhaps.\nA?,Again.",
            &[
                ("faq.csv#a", "A?", "Yes."),
                ("faq.csv#c", "C?", "Perhaps."),
                ("faq.csv#a-2", "A?", "Again."),
            ],
            &[
                SourceFault::NoAnswer { line: 3 },
                SourceFault::NoQuestion { line: 4 },
            ],
        );
        check(b"name,price\nA,1", &[], &[SourceFault::NoColumns]);
        check(b"question,answer\n", &[], &[SourceFault::NoRows]);
        check(b"PK\x03\x04\x00", &[], &[SourceFault::NotText]);
    }

    #[test]
    fn old_spreadsheets_keep_their_umlauts() {
        check(
            b"Frage;Antwort\nGr\xf6\xdfe?;F\xfcnf.",
            &[("faq.csv#größe", "Größe?", "Fünf.")],
            &[],
        );
    }
}
