//! `sql!`: a statement for both engines, registered so that a test can prepare every one of them.

/// A statement of this program, with its place in the source.
#[derive(Debug)]
pub struct Statement {
    pub(crate) sqlite: &'static str,
    pub(crate) postgres: &'static str,
    pub(crate) params: usize,
    pub(crate) package: &'static str,
    pub(crate) file: &'static str,
    pub(crate) line: u32,
}

impl Statement {
    /// Made by [`sql!`](crate::sql); fails to compile when a number between `$1` and the highest one is unused, or when the two
    /// texts do not take the same number of binds.
    #[doc(hidden)]
    pub const fn new(
        sqlite: &'static str,
        postgres: &'static str,
        package: &'static str,
        file: &'static str,
        line: u32,
    ) -> Self {
        let params = count_params(sqlite);
        assert!(params == count_params(postgres), "sql!: both texts must take the same number of binds");
        Self { sqlite, postgres, params, package, file, line }
    }

    /// The text for SQLite.
    pub fn sqlite(&self) -> &'static str {
        self.sqlite
    }

    /// The text for PostgreSQL.
    pub fn postgres(&self) -> &'static str {
        self.postgres
    }

    /// How many values it wants.
    pub fn params(&self) -> usize {
        self.params
    }

    /// Cargo package that contains it.
    pub fn package(&self) -> &'static str {
        self.package
    }

    /// `src/store/plan.rs:42`.
    pub fn place(&self) -> String {
        format!("{}:{}", self.file, self.line)
    }
}

/// The entry of a statement in the registry.
#[doc(hidden)]
pub struct Registered(pub &'static Statement);

inventory::collect!(Registered);

/// Every statement of the packages named, in source order. Statements of all linked packages are registered, in any order.
pub fn statements(packages: &[&str]) -> Vec<&'static Statement> {
    let mut found: Vec<_> = inventory::iter::<Registered>
        .into_iter()
        .map(|registered| registered.0)
        .filter(|statement| packages.contains(&statement.package))
        .collect();
    found.sort_by_key(|statement| (statement.package, statement.file, statement.line));
    found
}

/// Highest `$n` outside of string literals, quoted identifiers and `--` comments. At most 63.
const fn count_params(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut seen: u64 = 0;
    let mut i = 0;
    while i < bytes.len() {
        match bytes[i] {
            quote @ (b'\'' | b'"') => {
                i += 1;
                while i < bytes.len() && bytes[i] != quote {
                    i += 1;
                }
            }
            b'-' if i + 1 < bytes.len() && bytes[i + 1] == b'-' => {
                while i < bytes.len() && bytes[i] != b'\n' {
                    i += 1;
                }
            }
            b'$' => {
                let mut number = 0;
                while i + 1 < bytes.len() && bytes[i + 1].is_ascii_digit() {
                    i += 1;
                    number = number * 10 + (bytes[i] - b'0') as usize;
                }
                assert!(number >= 1 && number <= 63, "sql!: placeholders are $1 to $63");
                seen |= 1 << (number - 1);
            }
            _ => {}
        }
        i += 1;
    }
    let params = seen.trailing_ones() as usize;
    assert!(seen == (1 << params) - 1, "sql!: a placeholder between $1 and the highest one is not used");
    params
}

/// A statement for both engines: `sql!("SELECT name FROM student WHERE student_id = $1").bind(id).opt::<(String,)>(&db)`.
/// Where the texts must differ: `sql!(sqlite = "..", postgres = "..")`. The text is a literal (or `concat!` of literals), so
/// nothing that a user typed can ever be part of it.
#[macro_export]
macro_rules! sql {
    (sqlite = $sqlite:expr, postgres = $postgres:expr $(,)?) => {{
        static STATEMENT: $crate::db::Statement =
            $crate::db::Statement::new($sqlite, $postgres, env!("CARGO_PKG_NAME"), file!(), line!());
        $crate::inventory::submit!($crate::db::Registered(&STATEMENT));
        $crate::db::Query::new(&STATEMENT)
    }};
    ($text:expr $(,)?) => {
        $crate::sql!(sqlite = $text, postgres = $text)
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_counted_outside_of_literals_and_comments() {
        let cases = [
            ("SELECT 1", 0),
            ("SELECT $1", 1),
            ("SELECT $2, $1, $2", 2),
            ("SELECT '$9', \"$8\", $1 -- $7\n, $2", 2),
            ("SELECT $1 -- it's\n, $2", 2),
            ("SELECT $1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11", 11),
        ];
        for (text, params) in cases {
            assert_eq!(count_params(text), params, "{text}");
        }
    }

    #[test]
    #[should_panic(expected = "not used")]
    fn a_gap_in_the_placeholders_is_refused() {
        count_params("SELECT $1, $3");
    }
}
