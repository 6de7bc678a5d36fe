//! Opening a database that is not there yet.

use std::time::Duration;

use futures_util::future::join_all;
use protekt::store::Connect;

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
