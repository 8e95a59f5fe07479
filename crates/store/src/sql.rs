//! Values and rows that both databases share.

use std::error::Error as StdError;

use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{IsNull, ToSql, Type};

use crate::error::Error;

/// A parameter or a column.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Text, ids and JSON among it.
    Text(String),
    /// Numbers, instants (ms) and truth values.
    Int(i64),
    /// A piece of a file.
    Bytes(Vec<u8>),
    /// Nothing.
    Null,
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::Text(text.into())
    }
}
impl From<String> for Value {
    fn from(text: String) -> Self {
        Value::Text(text)
    }
}
impl From<Vec<u8>> for Value {
    fn from(bytes: Vec<u8>) -> Self {
        Value::Bytes(bytes)
    }
}
impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Value::Int(number)
    }
}
impl From<bool> for Value {
    fn from(truth: bool) -> Self {
        Value::Int(i64::from(truth))
    }
}
impl From<segue_core::time::Timestamp> for Value {
    fn from(at: segue_core::time::Timestamp) -> Self {
        Value::Int(at.as_millis())
    }
}
impl<K> From<&segue_core::ids::Id<K>> for Value {
    fn from(id: &segue_core::ids::Id<K>) -> Self {
        Value::Text(id.as_str().into())
    }
}
impl<V: Into<Value>> From<Option<V>> for Value {
    fn from(value: Option<V>) -> Self {
        value.map_or(Value::Null, Into::into)
    }
}

impl rusqlite::ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
        use rusqlite::types::{ToSqlOutput, Value as Owned, ValueRef};
        Ok(match self {
            Value::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            Value::Int(number) => ToSqlOutput::Owned(Owned::Integer(*number)),
            Value::Bytes(bytes) => ToSqlOutput::Borrowed(ValueRef::Blob(bytes)),
            Value::Null => ToSqlOutput::Owned(Owned::Null),
        })
    }
}

impl ToSql for Value {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn StdError + Sync + Send>> {
        match self {
            // PostgreSQL has no text with a NUL in it, and would refuse the whole verb.
            Value::Text(text) if text.contains('\0') => {
                text.replace('\0', "\u{fffd}").to_sql(ty, out)
            }
            Value::Text(text) => text.to_sql(ty, out),
            Value::Int(number) if *ty == Type::INT4 => i32::try_from(*number)?.to_sql(ty, out),
            Value::Int(number) => number.to_sql(ty, out),
            Value::Bytes(bytes) => bytes.to_sql(ty, out),
            Value::Null => Ok(IsNull::Yes),
        }
    }

    fn accepts(ty: &Type) -> bool {
        [
            Type::TEXT,
            Type::VARCHAR,
            Type::INT8,
            Type::INT4,
            Type::BYTEA,
        ]
        .contains(ty)
    }

    tokio_postgres::types::to_sql_checked!();
}

/// A row that was read; columns by their place in the query.
#[derive(Debug)]
pub struct Row(pub(crate) Vec<Value>);

impl Row {
    pub(crate) fn text(&self, column: usize) -> Result<&str, Error> {
        match &self.0[column] {
            Value::Text(text) => Ok(text),
            other => Err(Error::corrupt(format!(
                "column {column} is {other:?}, not text"
            ))),
        }
    }

    pub(crate) fn text_or_null(&self, column: usize) -> Option<&str> {
        match &self.0[column] {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn bytes(&self, column: usize) -> Result<&[u8], Error> {
        match &self.0[column] {
            Value::Bytes(bytes) => Ok(bytes),
            other => Err(Error::corrupt(format!(
                "column {column} is {other:?}, not bytes"
            ))),
        }
    }

    pub(crate) fn int(&self, column: usize) -> Result<i64, Error> {
        match self.0[column] {
            Value::Int(number) => Ok(number),
            ref other => Err(Error::corrupt(format!(
                "column {column} is {other:?}, not a number"
            ))),
        }
    }

    pub(crate) fn int_or_null(&self, column: usize) -> Option<i64> {
        match self.0[column] {
            Value::Int(number) => Some(number),
            _ => None,
        }
    }

    pub(crate) fn truth(&self, column: usize) -> Result<bool, Error> {
        self.int(column).map(|number| number != 0)
    }

    pub(crate) fn at(&self, column: usize) -> Result<segue_core::time::Timestamp, Error> {
        self.int(column)
            .map(segue_core::time::Timestamp::from_millis)
    }

    pub(crate) fn at_or_null(&self, column: usize) -> Option<segue_core::time::Timestamp> {
        self.int_or_null(column)
            .map(segue_core::time::Timestamp::from_millis)
    }

    pub(crate) fn id<K: segue_core::ids::Kind>(
        &self,
        column: usize,
    ) -> Result<segue_core::ids::Id<K>, Error> {
        let text = self.text(column)?;
        segue_core::ids::Id::parse(text)
            .ok_or_else(|| Error::corrupt(format!("`{text}` is not a {} id", K::PREFIX)))
    }

    pub(crate) fn id_or_null<K: segue_core::ids::Kind>(
        &self,
        column: usize,
    ) -> Option<segue_core::ids::Id<K>> {
        self.text_or_null(column)
            .and_then(segue_core::ids::Id::parse)
    }

    /// A policy, which a newer version may have written.
    pub(crate) fn policy(&self, column: usize) -> Result<segue_core::policy::Policy, Error> {
        segue_core::policy::Policy::stored(self.text(column)?).map_err(Error::corrupt)
    }

    pub(crate) fn json<T: serde::de::DeserializeOwned>(&self, column: usize) -> Result<T, Error> {
        serde_json::from_str(self.text(column)?).map_err(Error::corrupt)
    }
}

/// A value as JSON text for a column.
pub(crate) fn json<T: serde::Serialize>(value: &T) -> Result<Value, Error> {
    serde_json::to_string(value)
        .map(Value::Text)
        .map_err(Error::corrupt)
}

/// `$1` becomes `?1`, because SQLite binds `$1` by order of appearance.
pub(crate) fn for_sqlite(sql: &str) -> String {
    sql.replace('$', "?")
}

macro_rules! params {
    ($($value:expr),* $(,)?) => { &[$($crate::sql::Value::from($value)),*] };
}
pub(crate) use params;
