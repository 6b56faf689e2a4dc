//! Enumerations that travel as words.

use std::fmt;

use utoipa::openapi::{ObjectBuilder, RefOr, Schema, Type};

/// A word that names no value of an enumeration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{word}` is not one of {known}")]
pub struct UnknownWord {
    /// What was given.
    pub word: String,
    /// The words there are, separated by commas.
    pub known: String,
}

impl UnknownWord {
    pub(crate) fn new(word: &str, known: &[impl fmt::Display]) -> Self {
        let known = known.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        Self { word: word.to_owned(), known }
    }
}

/// Defines an enumeration whose values are words: on the wire, in a path, in a query and in a form.
macro_rules! words {
    ($(#[doc = $doc:literal])* $name:ident { $($(#[doc = $variant_doc:literal])* $variant:ident = $word:literal,)+ }) => {
        $(#[doc = $doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $($(#[doc = $variant_doc])* #[serde(rename = $word)] $variant,)+
        }

        impl $name {
            /// Every value, in the order in which a form offers them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word on the wire.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word),+
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = crate::UnknownWord;

            fn from_str(word: &str) -> Result<Self, Self::Err> {
                match word {
                    $($word => Ok(Self::$variant),)+
                    _ => Err(crate::UnknownWord::new(word, Self::ALL)),
                }
            }
        }

        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                let words = [$(($word, concat!($($variant_doc),*))),+];
                crate::word::schema(concat!($($doc),*), &words)
            }
        }

        impl utoipa::ToSchema for $name {}
    };
}
pub(crate) use words;

/// A text that is one of these words; the description says what each of them means.
pub(crate) fn schema(doc: &str, words: &[(&str, &str)]) -> RefOr<Schema> {
    let meanings: String = words.iter().map(|(word, doc)| format!("\n\n`{word}`: {}", doc.trim())).collect();
    ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(words.iter().map(|(word, _)| *word)))
        .description(Some(format!("{}{meanings}", doc.trim())))
        .into()
}

#[cfg(test)]
mod tests {
    use crate::{RepeatPolicy, RoleKind};

    #[test]
    fn a_word_survives_the_wire() {
        for role in RoleKind::ALL {
            assert_eq!(role.as_str().parse::<RoleKind>().as_ref(), Ok(role));
            assert_eq!(serde_json::to_value(role).unwrap(), role.as_str());
        }
    }

    #[test]
    fn an_unknown_word_is_answered_with_the_known_ones() {
        let error = "worst".parse::<RepeatPolicy>().unwrap_err();
        assert_eq!(error.to_string(), "`worst` is not one of best, latest");
    }
}
