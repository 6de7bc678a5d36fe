//! What the database says of itself: every table, every column, every text.

use std::fmt::Write as _;

use protekt::store::Store;

/// A column of a table.
#[derive(Clone, Debug)]
pub struct Column {
    /// The table.
    pub table: String,
    /// Its name.
    pub name: String,
    /// Its type, in small letters.
    pub kind: String,
    /// Whether a row needs it.
    pub is_required: bool,
}

/// Every column of every table of ours.
pub async fn columns(store: &Store) -> Vec<Column> {
    const SQLITE: &str = "
        SELECT m.name, p.name, lower(p.type), p.\"notnull\" = 1 OR p.pk > 0
        FROM sqlite_master m JOIN pragma_table_info(m.name) p
        WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite!_%' ESCAPE '!'
            AND m.name NOT LIKE '!_sqlx%' ESCAPE '!' ORDER BY m.name, p.cid";
    const POSTGRES: &str = "
        SELECT CAST(table_name AS TEXT), CAST(column_name AS TEXT), CAST(data_type AS TEXT),
            is_nullable = 'NO'
        FROM information_schema.columns
        WHERE table_schema = ANY (current_schemas(false)) AND table_name NOT LIKE '!_sqlx%' ESCAPE '!'
        ORDER BY table_name, ordinal_position";
    let rows: Vec<(String, String, String, bool)> = match store {
        Store::Sqlite { readers, .. } => sqlx::query_as(SQLITE).fetch_all(readers).await.unwrap(),
        Store::Postgres { pool, .. } => sqlx::query_as(POSTGRES).fetch_all(pool).await.unwrap(),
    };
    let column = |(table, name, kind, is_required)| Column { table, name, kind, is_required };
    rows.into_iter().map(column).collect()
}

/// Every text in the database, each behind the table and the column it stands in.
pub async fn dump(store: &Store) -> String {
    let mut dump = String::new();
    for column in columns(store).await.iter().filter(|column| column.kind == "text") {
        let Column { table, name, .. } = column;
        let sql = format!("SELECT {name} FROM {table} WHERE {name} IS NOT NULL");
        let sql = sqlx::AssertSqlSafe(sql);
        let texts: Vec<String> = match store {
            Store::Sqlite { readers, .. } => {
                sqlx::query_scalar(sql).fetch_all(readers).await.unwrap()
            }
            Store::Postgres { pool, .. } => sqlx::query_scalar(sql).fetch_all(pool).await.unwrap(),
        };
        for text in texts {
            writeln!(dump, "{table}.{name} {text}").unwrap();
        }
    }
    dump
}
