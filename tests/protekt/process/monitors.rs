//! Monitors.

use super::installation::Installation;
use super::wire::Request;
use crate::support::machine::free_ports;

/// Monitors have an address of their own, where nothing else is; at that of people they are nobody.
#[test]
fn metrics_are_read_at_an_address_of_their_own() {
    let monitors = free_ports();
    let installation =
        Installation::new("").with("PROTEKT_METRICS__LISTEN", &format!("127.0.0.1:{monitors}"));
    let server = installation.serve();
    assert_eq!(server.get("/metrics").status, 404);
    let read = |path| Request::get(monitors, path, &[]).send().unwrap();
    let metrics = read("/metrics");
    assert_eq!(metrics.status, 200, "{metrics:?}");
    let line = "protekt_http_requests_total{method=\"GET\",route=\"/metrics\",status=\"404\"} 1";
    assert!(metrics.body.contains(line), "{}", metrics.body);
    assert!(metrics.body.contains("process_resident_memory_bytes "), "{}", metrics.body);
    for path in ["/", "/login", "/health", "/oauth/token"] {
        assert_eq!(read(path).status, 404, "{path}");
    }
    server.stop();
    Installation::new("")
        .with("PROTEKT_METRICS__TOKEN", "short")
        .command(&["serve"])
        .output()
        .map(|done| {
            let told = String::from_utf8_lossy(&done.stderr).into_owned();
            assert!(told.contains("metrics.token must have at least 16 characters"), "{told}");
        })
        .unwrap();
}
