//! What can be bound to a statement, and the time type of rows.

use std::borrow::Cow;

use jiff::Timestamp;
use sqlx::{
    Arguments, Database, Decode, Type,
    error::BoxDynError,
    postgres::{PgArguments, Postgres},
    sqlite::{Sqlite, SqliteArguments},
};

/// A bound value. `None` is a NULL of the right type, which PostgreSQL wants to know.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// TEXT.
    Text(Option<String>),
    /// BIGINT.
    Int(Option<i64>),
    /// BOOLEAN.
    Bool(Option<bool>),
    /// BYTEA on PostgreSQL, BLOB on SQLite.
    Bytes(Option<Vec<u8>>),
    /// TEXT[] on PostgreSQL, JSON text on SQLite.
    Texts(Vec<Option<String>>),
    /// BIGINT[] on PostgreSQL, JSON text on SQLite.
    Ints(Vec<Option<i64>>),
    /// BOOLEAN[] on PostgreSQL, JSON text on SQLite (of 0 and 1).
    Bools(Vec<bool>),
    /// BYTEA[] on PostgreSQL, JSON text of hexadecimal strings on SQLite (read it with `unhex(value)`).
    Blobs(Vec<Vec<u8>>),
}

impl Value {
    pub(crate) fn is_list(&self) -> bool {
        matches!(self, Self::Texts(_) | Self::Ints(_) | Self::Bools(_) | Self::Blobs(_))
    }
}

/// What [`Query::bind`](super::Query::bind) takes.
pub trait Bind: Sized {
    /// The NULL of this type.
    const NULL: Value;

    /// The value as it is sent.
    fn into_value(self) -> Value;
}

macro_rules! bind {
    ($($type:ty => $variant:ident($convert:expr)),* $(,)?) => {
        $(impl Bind for $type {
            const NULL: Value = Value::$variant(None);

            fn into_value(self) -> Value {
                let convert: fn(Self) -> _ = $convert;
                Value::$variant(Some(convert(self)))
            }
        })*
    };
}

bind! {
    &str => Text(str::to_owned),
    String => Text(|v| v),
    &String => Text(String::clone),
    Cow<'_, str> => Text(Cow::into_owned),
    i64 => Int(|v| v),
    i32 => Int(i64::from),
    i16 => Int(i64::from),
    u32 => Int(i64::from),
    u16 => Int(i64::from),
    u8 => Int(i64::from),
    bool => Bool(|v| v),
    Vec<u8> => Bytes(|v| v),
    &[u8] => Bytes(<[u8]>::to_vec),
    &Vec<u8> => Bytes(Vec::clone),
    Timestamp => Int(Timestamp::as_microsecond),
    Stamp => Int(|v| v.0.as_microsecond()),
}

impl<T: Bind> Bind for Option<T> {
    const NULL: Value = T::NULL;

    fn into_value(self) -> Value {
        self.map_or(T::NULL, T::into_value)
    }
}

macro_rules! bind_list {
    ($($(#[$doc:meta])* $name:ident($item:ty) => $variant:ident($convert:expr)),* $(,)?) => {
        $($(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct $name(pub Vec<$item>);

        impl FromIterator<$item> for $name {
            fn from_iter<I: IntoIterator<Item = $item>>(items: I) -> Self {
                Self(items.into_iter().collect())
            }
        }

        impl Bind for $name {
            const NULL: Value = Value::$variant(Vec::new());

            fn into_value(self) -> Value {
                Value::$variant(self.0.into_iter().map($convert).collect())
            }
        })*
    };
}

bind_list! {
    /// Many texts as one bind: `UNNEST($1)` on PostgreSQL, `json_each($1)` on SQLite.
    Texts(String) => Texts(Some),
    /// [`Texts`] with NULLs.
    OptTexts(Option<String>) => Texts(std::convert::identity),
    /// Many integers as one bind: `UNNEST($1)` on PostgreSQL, `json_each($1)` on SQLite.
    Ints(i64) => Ints(Some),
    /// [`Ints`] with NULLs.
    OptInts(Option<i64>) => Ints(std::convert::identity),
    /// Many truth values as one bind; `json_each` gives 0 and 1 on SQLite.
    Bools(bool) => Bools(std::convert::identity),
    /// Many byte strings as one bind; `unhex(json_each.value)` on SQLite.
    Blobs(Vec<u8>) => Blobs(std::convert::identity),
}

/// A moment as it is stored: BIGINT microseconds since 1970, UTC. Use it as a field of a row type, since
/// [`Timestamp`] itself does not know sqlx.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Stamp(pub Timestamp);

impl From<Stamp> for Timestamp {
    fn from(stamp: Stamp) -> Self {
        stamp.0
    }
}

impl<DB: Database> Type<DB> for Stamp
where
    i64: Type<DB>,
{
    fn type_info() -> DB::TypeInfo {
        <i64 as Type<DB>>::type_info()
    }

    fn compatible(ty: &DB::TypeInfo) -> bool {
        <i64 as Type<DB>>::compatible(ty)
    }
}

impl<'r, DB: Database> Decode<'r, DB> for Stamp
where
    i64: Decode<'r, DB>,
{
    fn decode(value: DB::ValueRef<'r>) -> Result<Self, BoxDynError> {
        Ok(Self(Timestamp::from_microsecond(<i64 as Decode<'r, DB>>::decode(value)?)?))
    }
}

pub(super) fn sqlite_arguments(values: Vec<Value>) -> Result<SqliteArguments, BoxDynError> {
    let mut arguments = SqliteArguments::default();
    for value in values {
        match value {
            Value::Text(v) => add::<Sqlite, _>(&mut arguments, v),
            Value::Int(v) => add::<Sqlite, _>(&mut arguments, v),
            Value::Bool(v) => add::<Sqlite, _>(&mut arguments, v),
            Value::Bytes(v) => add::<Sqlite, _>(&mut arguments, v),
            Value::Texts(v) => add::<Sqlite, _>(&mut arguments, serde_json::to_string(&v)?),
            Value::Ints(v) => add::<Sqlite, _>(&mut arguments, serde_json::to_string(&v)?),
            Value::Bools(v) => add::<Sqlite, _>(&mut arguments, serde_json::to_string(&v)?),
            Value::Blobs(v) => {
                let texts: Vec<String> = v.iter().map(|bytes| hex(bytes)).collect();
                add::<Sqlite, _>(&mut arguments, serde_json::to_string(&texts)?)
            }
        }?;
    }
    Ok(arguments)
}

pub(super) fn postgres_arguments(values: Vec<Value>) -> Result<PgArguments, BoxDynError> {
    let mut arguments = PgArguments::default();
    for value in values {
        match value {
            Value::Text(v) => add::<Postgres, _>(&mut arguments, v),
            Value::Int(v) => add::<Postgres, _>(&mut arguments, v),
            Value::Bool(v) => add::<Postgres, _>(&mut arguments, v),
            Value::Bytes(v) => add::<Postgres, _>(&mut arguments, v),
            Value::Texts(v) => add::<Postgres, _>(&mut arguments, v),
            Value::Ints(v) => add::<Postgres, _>(&mut arguments, v),
            Value::Bools(v) => add::<Postgres, _>(&mut arguments, v),
            Value::Blobs(v) => add::<Postgres, _>(&mut arguments, v),
        }?;
    }
    Ok(arguments)
}

fn add<'t, DB: Database, T>(arguments: &mut DB::Arguments, value: T) -> Result<(), BoxDynError>
where
    T: sqlx::Encode<'t, DB> + Type<DB> + 't,
{
    arguments.add(value)
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_none_keeps_its_type() {
        assert_eq!(None::<&str>.into_value(), Value::Text(None));
        assert_eq!(None::<Timestamp>.into_value(), Value::Int(None));
        assert_eq!(Some(7_u16).into_value(), Value::Int(Some(7)));
    }

    #[test]
    fn bytes_become_hexadecimal() {
        assert_eq!(hex(&[0, 15, 255]), "000fff");
    }
}
