//! The log: one event a line, whatever is in it, to standard error. Text for people,
//! JSON for programs. What is logged is the business of whoever logs it: never a message's
//! words, a token, an address or a prompt.

use std::io::{self, Write};

use clap::ValueEnum;
use tracing_subscriber::EnvFilter;
#[cfg(feature = "otel")]
use tracing_subscriber::{
    Layer, Registry, filter::filter_fn, layer::SubscriberExt, util::SubscriberInitExt,
};

/// How lines are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line, for programs.
    Json,
}

/// What is logged if SEGUE_LOG does not say.
const FILTER: &str = "warn,segue_server=info";

/// Begins to log. `SEGUE_LOG` says what, as in `debug` or `warn,segue_server=trace`.
pub fn start(format: LogFormat) {
    let filter = EnvFilter::try_from_env("SEGUE_LOG").unwrap_or_else(|_| EnvFilter::new(FILTER));
    #[cfg(feature = "otel")]
    if let Some(traces) = crate::trace::layer() {
        return with_traces(format, filter, traces);
    }
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(false)
        .with_writer(|| Line(io::stderr()));
    match format {
        LogFormat::Text => lines.init(),
        LogFormat::Json => lines
            .json()
            .flatten_event(true)
            .with_span_list(false)
            .init(),
    }
}

/// The same lines, beside spans that go to a collector.
#[cfg(feature = "otel")]
fn with_traces(format: LogFormat, filter: EnvFilter, traces: impl Layer<Registry> + Send + Sync) {
    let lines = tracing_subscriber::fmt::layer()
        .with_ansi(false)
        .with_writer(|| Line(io::stderr()));
    let lines = match format {
        LogFormat::Text => lines.boxed(),
        LogFormat::Json => lines
            .json()
            .flatten_event(true)
            .with_span_list(false)
            .boxed(),
    };
    let is_for_lines = filter_fn(|it| it.target() != crate::trace::TARGET);
    let lines = lines.with_filter(filter).with_filter(is_for_lines);
    tracing_subscriber::registry()
        .with(traces)
        .with(lines)
        .init();
}

/// Writes each event as one line: a line break or a terminal's escape in it would look like
/// another event, or hide one.
struct Line<W>(W);

impl<W: Write> Write for Line<W> {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(event);
        let text = text.strip_suffix('\n').unwrap_or(&text);
        if text.contains(char::is_control) {
            let mut tame = String::with_capacity(text.len() + 16);
            for c in text.chars() {
                match c {
                    '\n' | '\r' | '\t' => tame.extend(c.escape_default()),
                    // As JSON writes it, so that a line of JSON stays one.
                    _ if c.is_control() => tame.push_str(&format!("\\u{:04x}", u32::from(c))),
                    _ => tame.push(c),
                }
            }
            writeln!(self.0, "{tame}")?;
        } else {
            self.0.write_all(event)?;
        }
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use tracing_subscriber::fmt::MakeWriter;

    use super::*;

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl<'a> MakeWriter<'a> for Kept {
        type Writer = Line<Kept>;

        fn make_writer(&'a self) -> Self::Writer {
            Line(self.clone())
        }
    }

    const FORGED: &str =
        "a\n2026-01-01T00:00:00Z ERROR forged\r\n\u{1b}[2K\u{1b}[31mred\u{7}\u{9b}31m";

    fn log_forged() {
        tracing::warn!(name = FORGED, error = %FORGED, other = ?FORGED, "{FORGED}");
        tracing::info!("another");
    }

    /// Attack case 47: line breaks and a terminal's escapes stay within their line.
    #[test]
    fn what_is_logged_cannot_forge_or_hide_a_line() {
        let kept = Kept::default();
        let text = tracing_subscriber::fmt()
            .with_ansi(false)
            .with_writer(kept.clone())
            .finish();
        tracing::subscriber::with_default(text, log_forged);
        let json = tracing_subscriber::fmt()
            .json()
            .with_writer(kept.clone())
            .finish();
        tracing::subscriber::with_default(json, log_forged);
        let written = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
        let lines: Vec<&str> = written.lines().collect();
        assert_eq!(lines.len(), 4, "{written}");
        assert!(
            !written.replace('\n', "").contains(char::is_control),
            "{written}"
        );
        for line in &lines[2..] {
            let read: serde_json::Value = serde_json::from_str(line).unwrap();
            assert!(read["level"].is_string());
        }
    }
}
