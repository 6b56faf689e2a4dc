//! Tables `package` and `package_class`.

use std::collections::HashMap;

use chassis::db::{DbError, On, Texts, Tx};
use chassis::sql;

use super::small;
use crate::rules::period::PeriodCode;

/// Classes that are taken together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// UUIDv7.
    pub id: String,
    /// Period.
    pub period: PeriodCode,
    /// Study programme.
    pub programme_id: String,
    /// Year of entry; 0 for all.
    pub cohort: u32,
    /// Name.
    pub name: String,
    /// Its classes, as they were written.
    pub class_ids: Vec<String>,
    /// From 1.
    pub version: i64,
}

#[derive(Debug, sqlx::FromRow)]
struct PackageRow {
    package_id: String,
    period_code: String,
    programme_id: String,
    cohort: i64,
    name: String,
    version: i64,
}

/// Rows with the classes of each.
async fn assemble(tx: &mut Tx, rows: Vec<PackageRow>) -> Result<Vec<Package>, DbError> {
    let ids: Texts = rows.iter().map(|row| row.package_id.clone()).collect();
    let query = sql!(
        sqlite = "SELECT package_id, class_id FROM package_class
                  WHERE package_id IN (SELECT value FROM json_each($1)) ORDER BY package_id, place",
        postgres = "SELECT package_id, class_id FROM package_class
                    WHERE package_id = ANY($1) ORDER BY package_id, place"
    );
    let mut classes: HashMap<String, Vec<String>> = HashMap::new();
    for (package, class) in query.bind(ids).all::<(String, String)>(tx).await? {
        classes.entry(package).or_default().push(class);
    }
    let package = |row: PackageRow| {
        Ok(Package {
            period: super::period(&row.period_code)?,
            cohort: small(row.cohort)?,
            class_ids: classes.remove(&row.package_id).unwrap_or_default(),
            id: row.package_id,
            programme_id: row.programme_id,
            name: row.name,
            version: row.version,
        })
    };
    rows.into_iter().map(package).collect()
}

/// One package.
pub async fn get(tx: &mut Tx, id: &str) -> Result<Option<Package>, DbError> {
    let query =
        sql!("SELECT package_id, period_code, programme_id, cohort, name, version FROM package WHERE package_id = $1");
    let rows = query.bind(id).all::<PackageRow>(&mut *tx).await?;
    Ok(assemble(tx, rows).await?.pop())
}

/// One package, locked until the transaction ends.
pub async fn lock(tx: &mut Tx, id: &str) -> Result<Option<Package>, DbError> {
    let query = sql!(
        sqlite =
            "SELECT package_id, period_code, programme_id, cohort, name, version FROM package WHERE package_id = $1",
        postgres =
            "SELECT package_id, period_code, programme_id, cohort, name, version FROM package WHERE package_id = $1
                    FOR UPDATE"
    );
    let rows = query.bind(id).all::<PackageRow>(&mut *tx).await?;
    Ok(assemble(tx, rows).await?.pop())
}

/// Study programme of a package.
pub async fn programme_of(on: impl Into<On<'_>>, id: &str) -> Result<Option<String>, DbError> {
    let query = sql!("SELECT programme_id FROM package WHERE package_id = $1");
    Ok(query.bind(id).opt::<(String,)>(on).await?.map(|(programme,)| programme))
}

/// Where a package stands in a list: code of its programme, cohort, name, id.
pub type Position = (String, i64, String, String);

/// Which packages of a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    /// Period.
    pub period: PeriodCode,
    /// Only of this study programme; empty for all.
    pub programme_id: String,
    /// Only those meant for this year of entry; `None` for all.
    pub cohort: Option<u32>,
}

/// Packages by programme, cohort and name, after a position.
pub async fn list(
    tx: &mut Tx,
    filter: &Filter,
    after: &Position,
    limit: i64,
) -> Result<Vec<(Package, Position)>, DbError> {
    let query = sql!(
        "SELECT k.package_id, k.period_code, k.programme_id, k.cohort, k.name, k.version, COALESCE(p.code, '') AS code
         FROM package k LEFT JOIN programme p ON p.programme_id = k.programme_id
         WHERE k.period_code = $1 AND ($2 = '' OR k.programme_id = $2) AND ($3 < 0 OR k.cohort = 0 OR k.cohort = $3)
           AND (COALESCE(p.code, ''), k.cohort, k.name, k.package_id) > ($4, $5, $6, $7)
         ORDER BY COALESCE(p.code, ''), k.cohort, k.name, k.package_id LIMIT $8"
    );
    let query = query.bind(filter.period.to_string()).bind(&filter.programme_id);
    let query = query.bind(filter.cohort.map_or(-1, i64::from));
    let query = query.bind(&after.0).bind(after.1).bind(&after.2).bind(&after.3).bind(limit);
    #[derive(Debug, sqlx::FromRow)]
    struct Listed {
        #[sqlx(flatten)]
        row: PackageRow,
        code: String,
    }
    let rows = query.all::<Listed>(&mut *tx).await?;
    let (codes, rows): (Vec<_>, Vec<_>) = rows.into_iter().map(|listed| (listed.code, listed.row)).unzip();
    let packages = assemble(tx, rows).await?;
    let position = |(package, code): (Package, String)| {
        let position = (code, i64::from(package.cohort), package.name.clone(), package.id.clone());
        (package, position)
    };
    Ok(packages.into_iter().zip(codes).map(position).collect())
}

/// Adds a package. Violates `uq_package_period_code_programme_id_name` when the programme has one of that name. The caller
/// holds the lock of the period, so that its classes stay.
pub async fn insert(tx: &mut Tx, package: &Package) -> Result<(), DbError> {
    let query = sql!(
        "INSERT INTO package (package_id, period_code, programme_id, cohort, name, version)
         VALUES ($1, $2, $3, $4, $5, $6)"
    );
    let query = query.bind(&package.id).bind(package.period.to_string()).bind(&package.programme_id);
    query.bind(package.cohort).bind(&package.name).bind(package.version).run(&mut *tx).await?;
    insert_classes(tx, package).await
}

/// Replaces what may change of a package, version and classes included. Violates
/// `uq_package_period_code_programme_id_name` when the programme has another one of that name. The caller holds the locks
/// of the period and of the package.
pub async fn update(tx: &mut Tx, package: &Package) -> Result<(), DbError> {
    let query = sql!("UPDATE package SET cohort = $2, name = $3, version = $4 WHERE package_id = $1");
    let query = query.bind(&package.id).bind(package.cohort).bind(&package.name);
    query.bind(package.version).run(&mut *tx).await?;
    sql!("DELETE FROM package_class WHERE package_id = $1").bind(&package.id).run(&mut *tx).await?;
    insert_classes(tx, package).await
}

async fn insert_classes(tx: &mut Tx, package: &Package) -> Result<(), DbError> {
    let query = sql!(
        sqlite = "INSERT INTO package_class (package_id, place, class_id)
                  SELECT $1, n.key, n.value FROM json_each($2) AS n",
        postgres = "INSERT INTO package_class (package_id, place, class_id)
                    SELECT $1, n.place, n.class_id FROM UNNEST($2::text[]) WITH ORDINALITY AS n (class_id, place)"
    );
    query.bind(&package.id).bind(Texts(package.class_ids.clone())).run(tx).await.map(drop)
}

/// Removes a package. The caller holds its lock.
pub async fn delete(tx: &mut Tx, id: &str) -> Result<(), DbError> {
    sql!("DELETE FROM package_class WHERE package_id = $1").bind(id).run(&mut *tx).await?;
    sql!("DELETE FROM package WHERE package_id = $1").bind(id).run(tx).await.map(drop)
}

/// How many packages have a class.
pub async fn with_class(on: impl Into<On<'_>>, class_id: &str) -> Result<u32, DbError> {
    let query = sql!("SELECT COUNT(*) FROM package_class WHERE class_id = $1");
    small(query.bind(class_id).one::<(i64,)>(on).await?.0)
}
