//! A table as a file that a spreadsheet opens: CSV (RFC 4180) in UTF-8. What others wrote
//! stands in it, and a spreadsheet runs a cell that begins like a formula, so such a cell
//! begins with an apostrophe here, which is shown as text and runs nothing.

use std::borrow::Cow;

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};

/// Without it some spreadsheets take UTF-8 for something older.
const MARK: &[u8] = b"\xEF\xBB\xBF";

/// A table, written line by line.
pub(super) struct Sheet {
    writer: csv::Writer<Vec<u8>>,
}

impl Sheet {
    /// A table with these columns.
    pub(super) fn new(columns: &[&str]) -> Self {
        let writer = csv::WriterBuilder::new()
            .quote_style(csv::QuoteStyle::Always)
            .terminator(csv::Terminator::CRLF)
            .from_writer(MARK.to_vec());
        let mut sheet = Self { writer };
        sheet.line(columns);
        sheet
    }

    /// One more line, with as many cells as there are columns.
    pub(super) fn line<T: AsRef<str>>(&mut self, cells: &[T]) {
        let cells = cells
            .iter()
            .map(|cell| harmless(cell.as_ref()).into_owned());
        self.writer
            .write_record(cells)
            .expect("memory takes every line of as many cells as there are columns");
    }

    /// The file, to be kept under a name of plain letters.
    pub(super) fn into_file(self, name: &'static str) -> Response {
        let bytes = self.writer.into_inner().expect("memory takes every line");
        let name = format!("attachment; filename=\"{name}\"");
        let name = HeaderValue::from_str(&name).expect("a name of plain letters");
        let headers = [
            (
                header::CONTENT_TYPE,
                HeaderValue::from_static("text/csv; charset=utf-8"),
            ),
            (header::CONTENT_DISPOSITION, name),
            (
                header::X_CONTENT_TYPE_OPTIONS,
                HeaderValue::from_static("nosniff"),
            ),
        ];
        (headers, bytes).into_response()
    }
}

/// A cell that no spreadsheet runs: what begins a formula in one of them, in the wide
/// letters of East Asian keyboards too, or breaks out of the cell, comes after an apostrophe.
fn harmless(cell: &str) -> Cow<'_, str> {
    let begins_formula = |letter: char| {
        matches!(
            letter,
            '=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '|' | '%'
        ) || matches!(letter, '＝' | '＋' | '－' | '＠')
    };
    // Some spreadsheets strip blanks first.
    let first = cell
        .trim_start_matches([' ', '\u{a0}', '\u{3000}', '\u{feff}', '\0'])
        .chars()
        .next();
    match first {
        Some(letter) if begins_formula(letter) => Cow::Owned(format!("'{cell}")),
        _ => Cow::Borrowed(cell),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Attack case 36.
    #[test]
    fn a_cell_that_begins_like_a_formula_is_text() {
        for cell in [
            "=1+1",
            "+1",
            "-2+3",
            "@SUM(A1)",
            "\t=1+1",
            "\r=1+1",
            "\n=1+1",
            " =HYPERLINK(\"https://evil.example\";\"invoice\")",
            "=cmd|' /C calc'!A0",
            "＝1+1",
            "\u{3000}=1",
            "%0A=1",
        ] {
            assert_eq!(harmless(cell), format!("'{cell}"));
        }
        for cell in ["", "Maya", "3 = 3", "a@b.example", "it's", "(2)", "“=”"] {
            assert_eq!(harmless(cell), cell);
        }
    }

    #[test]
    fn what_ends_a_cell_or_a_line_stays_in_it() {
        let mut sheet = Sheet::new(&["a", "b"]);
        let hostile = ["say \"hi\",\r\n=1+1", "x\",=1+1,\""];
        sheet.line(&hostile);
        let bytes = sheet.writer.into_inner().unwrap();
        let mut reader = csv::Reader::from_reader(bytes.strip_prefix(MARK).unwrap());
        let lines: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        assert_eq!(lines, [csv::StringRecord::from(hostile.to_vec())]);
    }
}
