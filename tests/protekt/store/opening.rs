//! Opening a database that is not there yet.

use std::time::Duration;

use futures_util::future::join_all;
use protekt::store::{Connect, StoreError};

use crate::support::stores::stores;

/// Several instances may start at once (a new installation, a restart of all of them).
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_may_open_a_new_sqlite_file_at_once() {
    for _ in 0..20 {
        let folder = tempfile::tempdir().unwrap();
        let connect = Connect {
            url: format!("sqlite:{}", folder.path().join("protekt.db").display()).into(),
            max_connections: 2,
            acquire_timeout: Duration::from_secs(20),
        };
        let opened = join_all((0..8).map(|_| {
            let connect = connect.clone();
            tokio::spawn(async move {
                let store = connect.open().await?;
                store.migrate().await?;
                store.ping().await
            })
        }));
        for outcome in opened.await {
            outcome.unwrap().unwrap();
        }
    }
}

#[tokio::test]
async fn a_database_says_whether_it_is_empty_up_to_date_or_newer() {
    for test in stores().await {
        assert!(!test.store.is_empty().await.unwrap(), "{}", test.engine);
        assert_eq!(test.store.pending_migrations().await.unwrap(), [], "{}", test.engine);
        test.run("UPDATE _sqlx_migrations SET version = 9999 WHERE version = 1").await;
        let refused = test.store.pending_migrations().await.unwrap_err();
        assert!(matches!(refused, StoreError::Newer { version: 9999 }), "{refused}");
    }
}

#[tokio::test]
async fn an_empty_database_has_every_migration_pending() {
    let folder = tempfile::tempdir().unwrap();
    let mut urls = vec![format!("sqlite:{}", folder.path().join("protekt.db").display())];
    if let Ok(url) = std::env::var("TEST_PG") {
        let separator = if url.contains('?') { '&' } else { '?' };
        urls.push(format!("{url}{separator}options=-csearch_path%3Da_schema_of_nobody"));
    }
    for url in urls {
        let connect = Connect {
            url: url.into(),
            max_connections: 2,
            acquire_timeout: Duration::from_secs(20),
        };
        let store = connect.open().await.unwrap();
        assert!(store.is_empty().await.unwrap(), "{store:?}");
        assert_eq!(store.pending_migrations().await.unwrap()[0].version, 1);
    }
}

#[tokio::test]
async fn opening_what_exists_makes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data/protekt.db");
    let connect = Connect {
        url: format!("sqlite:{}", path.display()).into(),
        max_connections: 2,
        acquire_timeout: Duration::from_secs(20),
    };
    let refused = connect.open_existing().await.unwrap_err();
    assert!(matches!(refused, StoreError::Absent { .. }), "{refused}");
    assert!(!path.parent().unwrap().exists());
}
