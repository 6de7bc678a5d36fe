//! `/account/data`, `/account/delete` and `/account/restore`.

use protekt::accounts::NewRole;

use super::proof::unproven;
use super::steps::{are_signed_in, code_in, count, enter, execute, hidden, texts};
use crate::support::answer::Answer;
use crate::support::apis::ORDERS;
use crate::support::app::{PASSWORD, TestApp, apps, authorize_url};
use crate::support::authenticator::Authenticator;
use crate::support::browser::{Browser, parameter, sent_to};
use crate::support::factors::{add_passkey, first_half, set_up_totp, way};
use crate::support::protocol::ADA;
use crate::support::schema::{Column, columns, dump};

const DAY: i64 = 24 * 3_600;

/// [`ADA`] asks to have her account deleted.
async fn leave(app: &TestApp) -> (Browser, Answer) {
    let mut browser = app.browser();
    browser.sign_in(ADA).await;
    let page = browser.get("/account/delete").await;
    let answer = browser.submit(&page, "delete-form", &[("confirm", "ADA@example.com")]).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert!(answer.body.contains("data-outcome=\"requested\""), "{}", answer.body);
    (browser, answer)
}

async fn restore_link(app: &TestApp) -> String {
    let mails = app.mails().await;
    let words = mails.iter().flat_map(|mail| mail.split_whitespace());
    let mut links = words.filter(|word| word.contains("/account/restore?token="));
    links.next_back().unwrap().strip_prefix("https://id.example.com").unwrap().to_owned()
}

#[tokio::test]
async fn the_copy_holds_what_is_known_and_no_secret() {
    for app in apps().await {
        app.with_ada().await;
        app.person("grace@example.com").await;
        app.api(ORDERS, "Orders").await;
        app.give_role(ADA, "staff").await;
        app.permit_role("staff", &[(ORDERS, "read")]).await;
        app.permit(ADA, &[(ORDERS, "write")]).await;
        let mut browser = app.browser();
        let tokens = app.exchange(&browser.code(ADA).await).await;
        let page = browser.get("/account/data").await;
        let copy = browser.submit(&page, "export-form", &[]).await;
        assert_eq!((copy.status, copy.header("content-type")), (200, "application/json"));
        assert!(copy.header("content-disposition").starts_with("attachment"), "{copy:?}");
        assert_eq!(copy.header("cache-control"), "no-store");
        let json: serde_json::Value = serde_json::from_str(&copy.body).unwrap();
        assert_eq!(json["account"]["email"], ADA);
        assert_eq!(json["account"]["name"], "Ada Okafor");
        assert_eq!(json["sign_in"]["password"], true);
        assert_eq!(json["apps"][0]["name"], "Northwind Notes");
        assert_eq!(json["roles"][0], "staff");
        assert_eq!(json["permissions"][0]["permission"], "read");
        assert_eq!(json["permissions"][0]["by_role"], "staff");
        assert_eq!(json["permissions"][1]["api"], ORDERS);
        assert_eq!(json["sessions"].as_array().unwrap().len(), 1);
        let kinds: Vec<_> = json["activity"].as_array().unwrap().iter().collect();
        assert!(kinds.iter().any(|event| event["kind"] == "consent_given"), "{json}");
        for secret in ["argon2", "ptk_", "digest", "grace", &tokens.text("refresh_token")] {
            assert!(!copy.body.contains(secret), "{secret} in {}", copy.body);
        }
        for cookie in browser.cookies.values() {
            assert!(!copy.body.contains(cookie.as_str()), "{}", app.engine);
        }
        for _ in 0..9 {
            browser.submit(&page, "export-form", &[]).await;
        }
        assert_eq!(browser.submit(&page, "export-form", &[]).await.status, 429, "{}", app.engine);
    }
}

#[tokio::test]
async fn a_copy_that_was_taken_is_told_by_mail_but_not_each_of_many() {
    const TOLD: &str = "Subject: Your Example ID data was downloaded";
    for app in apps().await {
        app.person(ADA).await;
        let mut browser = app.browser();
        browser.sign_in(ADA).await;
        let page = browser.get("/account/data").await;
        for _ in 0..11 {
            browser.submit(&page, "export-form", &[]).await;
        }
        let mails = app.mails().await;
        let told: Vec<_> = mails.iter().filter(|mail| mail.contains(TOLD)).collect();
        assert_eq!(told.len(), 1, "{} {mails:?}", app.engine);
        for part in ["To: ada@example.com", "not you", "127.0.0.1", "/password/forgot"] {
            assert!(told[0].contains(part), "{part} in {}", told[0]);
        }
        app.clock.advance(3_600);
        let mut browser = app.browser();
        browser.sign_in(ADA).await;
        let page = browser.get("/account/data").await;
        assert_eq!(browser.submit(&page, "export-form", &[]).await.status, 200);
        let mails = app.mails().await;
        assert_eq!(mails.iter().filter(|mail| mail.contains(TOLD)).count(), 2, "{}", app.engine);
    }
}

/// [`ADA`] with one of everything that signs in, and a second browser that is trusted; gives hers,
/// and what of it is secret.
async fn with_every_way_in(app: &TestApp) -> (Browser, Vec<String>) {
    app.person(ADA).await;
    let mut browser = app.browser();
    let page = browser.open("/login").await;
    let fields = [("username", ADA), ("password", PASSWORD), ("remember", "1")];
    browser.submit(&page, "login-form", &fields).await;
    let page = browser.open("/account/2fa/totp").await;
    let key = page.body.split("id=\"key\">").nth(1).unwrap().split('<').next().unwrap();
    let key = key.replace(' ', "");
    let (phone, codes) = set_up_totp(app, &mut browser).await;
    add_passkey(&mut browser, &mut Authenticator::new()).await;
    let page = browser.open("/account/2fa/sms").await;
    let number = [("phone", "+49 151 2345-6789")];
    let sent = browser.submit(&page, "begin-form", &number).await;
    let page = browser.follow(sent).await;
    let code = code_in(&app.texts().await[0]);
    assert!(browser.submit(&page, "code-form", &[("code", &code)]).await.status < 400);
    let mut trusting = app.browser();
    let page = first_half(&mut trusting, ADA).await;
    let page = trusting.get(&way(&page, "totp")).await;
    let fields = [("code", &*phone.code(app, 0)), ("trust_device", "1")];
    assert_eq!(trusting.submit(&page, "mfa-form", &fields).await.status, 303);
    let mut secrets = vec![key.clone(), key.to_lowercase()];
    secrets.extend(codes.iter().flat_map(|code| [code.clone(), code.replace('-', "")]));
    (browser, secrets)
}

#[tokio::test]
async fn the_copy_tells_how_one_signs_in_and_holds_nothing_that_signs_in() {
    for app in apps().await {
        let (mut browser, mut secrets) = with_every_way_in(&app).await;
        let page = browser.get("/account/data").await;
        let copy = browser.submit(&page, "export-form", &[]).await;
        let json: serde_json::Value = serde_json::from_str(&copy.body).unwrap();
        let own = &json["sign_in"];
        let mut kinds: Vec<_> = own["second_factors"].as_array().unwrap().iter().collect();
        kinds.sort_by_key(|factor| factor["kind"].as_str().unwrap().to_owned());
        assert_eq!(kinds.len(), 2, "{own}");
        assert_eq!((&kinds[0]["kind"], &kinds[1]["kind"]), (&"sms".into(), &"totp".into()));
        assert_eq!(kinds[0]["phone_number"], "+4915123456789");
        for time in ["added_at", "confirmed_at", "last_used_at"] {
            assert!(kinds[1][time].as_str().unwrap().ends_with('Z'), "{own}");
        }
        assert_eq!(own["passkeys"].as_array().unwrap().len(), 1, "{own}");
        assert!(
            own["passkeys"][0]["name"].is_string() && own["passkeys"][0]["transports"].is_array()
        );
        assert_eq!(own["backup_codes_left"], 10, "{own}");
        assert_eq!(own["browsers_without_second_step"].as_array().unwrap().len(), 1, "{own}");
        assert!(!own["known_browsers"].as_array().unwrap().is_empty(), "{own}");
        assert_eq!(own["browsers_that_list_the_account"].as_array().unwrap().len(), 1, "{own}");

        // Whatever of these tables could be used to sign in, or found by it, is not in the copy.
        for sql in [
            "SELECT secret_sealed FROM second_factors WHERE secret_sealed IS NOT NULL",
            "SELECT id FROM second_factors",
            "SELECT mac FROM backup_codes",
            "SELECT credential FROM passkeys",
            "SELECT credential_id FROM passkeys",
            "SELECT passkey_handle FROM users WHERE passkey_handle IS NOT NULL",
            "SELECT password_hash FROM users",
            "SELECT token_digest FROM trusted_browsers",
            "SELECT browser_digest FROM known_devices",
            "SELECT browser_digest FROM browser_accounts",
            "SELECT id_digest FROM sessions WHERE id_digest IS NOT NULL",
        ] {
            let found = texts(&app, sql).await;
            assert!(!found.is_empty(), "{sql}");
            secrets.extend(found);
        }
        for secret in secrets {
            assert!(!copy.body.contains(&secret), "{secret} in {}", copy.body);
        }
    }
}

/// CS-09
#[tokio::test]
async fn a_copy_and_a_deletion_ask_for_a_proof() {
    for app in apps().await {
        app.person(ADA).await;
        let mut browser = unproven(&app).await;
        let csrf = hidden(&browser.get("/account").await, "csrf");
        let fields = [("csrf", &*csrf), ("confirm", ADA)];
        for (path, name) in [("/account/data/export", "data"), ("/account/delete", "delete")] {
            let answer = browser.post(path, &fields).await;
            let reauth = format!("/login/reauth?to={name}&again=1");
            assert_eq!((answer.status, answer.header("location")), (303, &*reauth), "{path}");
        }
        let leaving = "SELECT COUNT(*) FROM users WHERE deletion_due_at IS NOT NULL";
        assert_eq!(count(&app, leaving).await, 0, "{}", app.engine);
        app.clock.advance(-600);
        let page = browser.get("/account/delete").await;
        let wrong = browser.submit(&page, "delete-form", &[("confirm", "yes")]).await;
        assert_eq!(wrong.status, 422, "{wrong:?}");
        assert_eq!(count(&app, leaving).await, 0, "{}", app.engine);
    }
}

#[tokio::test]
async fn the_last_administrator_reads_what_to_do_before_they_can_leave() {
    for app in apps().await {
        app.person(ADA).await;
        app.person("grace@example.com").await;
        let mut browser = app.browser();
        browser.sign_in(ADA).await;
        let form = browser.get("/account/delete").await;
        app.give_role(ADA, "admin").await;
        let page = browser.get("/account/delete").await;
        assert!(page.body.contains("id=\"last-administrator\""), "{}", page.body);
        assert!(page.body.contains("Give another person the role admin first."), "{}", page.body);
        assert!(!page.body.contains("id=\"delete-form\""), "{}", page.body);
        // The page was open before.
        let refused = browser.submit(&form, "delete-form", &[("confirm", ADA)]).await;
        assert_eq!(refused.status, 422, "{refused:?}");
        assert!(refused.body.contains("id=\"last-administrator\""), "{}", refused.body);
        assert!(are_signed_in(&app, &browser.cookies).await, "{}", app.engine);
        let leaving = "SELECT COUNT(*) FROM users WHERE deletion_due_at IS NOT NULL";
        assert_eq!(count(&app, leaving).await, 0, "{}", app.engine);
        assert_eq!(app.mails().await, [""; 0], "{}", app.engine);
        app.give_role("grace@example.com", "admin").await;
        leave(&app).await;
        assert_eq!(count(&app, leaving).await, 1, "{}", app.engine);
    }
}

/// RT-09, TK-14
#[tokio::test]
async fn an_account_that_leaves_ends_everything_at_once_and_answers_no_app() {
    for app in apps().await {
        app.with_ada().await;
        let tokens = app.tokens().await;
        let mut other = app.browser();
        other.sign_in(ADA).await;
        let (mut browser, _) = leave(&app).await;
        assert!(!are_signed_in(&app, &other.cookies).await, "{}", app.engine);
        assert!(!are_signed_in(&app, &browser.cookies).await, "{}", app.engine);
        assert_eq!(app.refresh(&tokens.text("refresh_token")).await.error(), "invalid_grant");
        assert_eq!(app.userinfo(&tokens.text("access_token")).await.status, 401);
        // A sign-in offers the way back, and nothing else.
        let page = browser.open(&authorize_url(&[])).await;
        let answer = enter(&mut browser, &page, ADA, PASSWORD).await;
        let page = browser.follow(answer).await;
        assert!(page.body.contains("id=\"restore-form\""), "{}", page.body);
        for path in ["/account", "/account/profile", "/account/password"] {
            let answer = browser.get(path).await;
            assert_eq!(answer.header("location"), "/account/restore", "{path} {answer:?}");
        }
        let silent = browser.get(&authorize_url(&[("prompt", Some("none"))])).await;
        assert_eq!(parameter(&sent_to(&silent), "error").as_deref(), Some("login_required"));
        let page = browser.open("/account/restore").await;
        let answer = browser.submit(&page, "restore-form", &[]).await;
        assert_eq!((answer.status, answer.header("location")), (303, "/account?done=kept"));
        let home = browser.follow(answer).await;
        assert!(home.body.contains("Your account stays"), "{}", home.body);
        // What was ended stays so.
        assert!(!are_signed_in(&app, &other.cookies).await, "{}", app.engine);
        assert_eq!(app.refresh(&tokens.text("refresh_token")).await.error(), "invalid_grant");
        assert_eq!(app.userinfo(&tokens.text("access_token")).await.status, 401);
        assert_eq!(app.exchange(&browser.code(ADA).await).await.status, 200, "{}", app.engine);
    }
}

#[tokio::test]
async fn who_keeps_their_account_on_the_way_to_an_app_comes_to_the_app() {
    for app in apps().await {
        app.with_ada().await;
        app.code().await;
        for has_session in [false, true] {
            leave(&app).await;
            let link = restore_link(&app).await;
            let mut browser = app.browser();
            if has_session {
                browser.sign_in(ADA).await;
            }
            let begun = browser.get(&authorize_url(&[])).await;
            let page = browser.follow(begun).await;
            let page = if has_session {
                page
            } else {
                let answer = enter(&mut browser, &page, ADA, PASSWORD).await;
                browser.follow(answer).await
            };
            let form = page.body.split("id=\"restore-form\"").nth(1);
            assert!(form.is_some_and(|form| form.contains("name=\"flow\"")), "{}", page.body);
            assert!(page.body.contains("Northwind Notes"), "{}", page.body);
            let answer = browser.submit(&page, "restore-form", &[]).await;
            assert!(parameter(&sent_to(&answer), "code").is_some(), "{answer:?}");
            // Clicked twice, or come back to.
            let again = browser.submit(&page, "restore-form", &[]).await;
            assert_eq!(again.status, 200, "{again:?}");
            assert!(again.body.contains("href=\"/account\""), "{}", again.body);
            let back = format!("/account/restore?flow={}", hidden(&page, "flow"));
            assert_eq!(browser.get(&back).await.status, 200, "{}", app.engine);
            // A link of a mail that was opened here before is nothing to the app.
            browser.get(&link).await;
            let back = browser.get(&back).await;
            assert_eq!(back.status, 200, "{} {back:?}", app.engine);
            assert!(!back.body.contains("data-outcome=\"over\""), "{}", back.body);
        }
    }
}

/// Whoever has another account goes on to the app with that one.
#[tokio::test]
async fn who_lets_an_account_go_comes_to_the_app_with_another() {
    for app in apps().await {
        app.with_ada().await;
        app.person("grace@example.com").await;
        for prompt in [None, Some("select_account"), Some("login")] {
            leave(&app).await;
            let mut browser = app.browser();
            browser.sign_in(ADA).await;
            let page = browser.open(&authorize_url(&[("prompt", prompt)])).await;
            assert!(page.body.contains("id=\"restore-form\""), "{}", page.body);
            assert!(!page.body.contains("id=\"sign-out\""), "{}", page.body);
            let fields = [("account", "another")];
            let answer = browser.submit(&page, "another", &fields).await;
            assert!(!are_signed_in(&app, &browser.cookies).await, "{}", app.engine);
            let page = browser.follow(answer).await;
            assert!(page.body.contains("id=\"login-form\""), "{prompt:?} {}", page.body);
            let answer = enter(&mut browser, &page, "grace@example.com", PASSWORD).await;
            let mut page = browser.follow(answer).await;
            if page.body.contains("id=\"consent-form\"") {
                page = browser.submit(&page, "consent-form", &[("decision", "allow")]).await;
            }
            assert!(parameter(&sent_to(&page), "code").is_some(), "{prompt:?} {page:?}");
            let leaving = "SELECT COUNT(*) FROM users WHERE deletion_due_at IS NOT NULL";
            assert_eq!(count(&app, leaving).await, 1, "{}", app.engine);
            execute(&app, "UPDATE users SET deletion_due_at = NULL, deletion_undo_digest = NULL")
                .await;
        }
    }
}

#[tokio::test]
async fn the_link_in_the_mail_keeps_the_account_once_and_a_scanner_changes_nothing() {
    for app in apps().await {
        app.person(ADA).await;
        leave(&app).await;
        let link = restore_link(&app).await;
        let leaving = "SELECT COUNT(*) FROM users WHERE deletion_due_at IS NOT NULL";
        let mut browser = app.browser();
        let moved = browser.get(&link).await;
        assert_eq!((moved.status, moved.header("location")), (303, "/account/restore"));
        let page = browser.follow(moved).await;
        assert_eq!(count(&app, leaving).await, 1, "{}", app.engine);
        let kept = browser.submit(&page, "restore-form", &[]).await;
        assert!(kept.body.contains("data-outcome=\"kept\""), "{}", kept.body);
        assert_eq!(count(&app, leaving).await, 0, "{}", app.engine);
        let again = app.browser().open(&link).await;
        assert_eq!(again.status, 410, "{again:?}");
        for path in ["?token=x", "?token=ptk_ml_unknown", "?token="] {
            let page = app.browser().open(&format!("/account/restore{path}")).await;
            assert_eq!(page.status, 410, "{path} {page:?}");
        }
        let nobody = app.browser().get("/account/restore").await;
        assert_eq!((nobody.status, nobody.header("location")), (303, "/account"));
    }
}

/// Every table that says whose a row is, but for the trail, which is erased rather than emptied.
async fn personal_tables(app: &TestApp) -> Vec<String> {
    let columns = columns(&app.store.store).await;
    let personal = columns.into_iter().filter(|column| column.name == "user_id");
    personal.map(|column| column.table).filter(|table| table != "audit_events").collect()
}

/// Gives each of these tables a row of the person, where it has none.
async fn fill(app: &TestApp, tables: &[String], user_id: &str) {
    let columns = columns(&app.store.store).await;
    for table in tables {
        let own = format!("SELECT COUNT(*) FROM {table} WHERE user_id = '{user_id}'");
        if count(app, &own).await > 0 {
            continue;
        }
        let needed: Vec<_> = columns
            .iter()
            .filter(|column| column.table == *table)
            .filter(|column| column.is_required || column.name == "user_id")
            .collect();
        let value = |column: &&Column| match (&*column.name, &*column.kind) {
            ("user_id", _) => format!("'{user_id}'"),
            ("client_id", _) => "'notes'".to_owned(),
            ("role_id", _) => "(SELECT MIN(id) FROM roles)".to_owned(),
            ("resource_server_id", _) => "(SELECT MIN(id) FROM resource_servers)".to_owned(),
            ("addition_id", _) => "(SELECT MIN(id) FROM factor_additions)".to_owned(),
            (_, "text") => format!("'filled-{table}'"),
            (_, "boolean") => "FALSE".to_owned(),
            (_, "bytea" | "blob") => "''".to_owned(),
            _ => "1".to_owned(),
        };
        let names: Vec<&str> = needed.iter().map(|column| &*column.name).collect();
        let values: Vec<String> = needed.iter().map(value).collect();
        let (names, values) = (names.join(", "), values.join(", "));
        execute(app, &format!("INSERT INTO {table} ({names}) VALUES ({values})")).await;
        assert_eq!(count(app, &own).await, 1, "{table} {}", app.engine);
    }
}

#[tokio::test]
async fn after_two_weeks_nothing_is_left_of_the_person() {
    for app in apps().await {
        let id = app.with_ada().await.id.0;
        app.tokens().await;
        let staff = NewRole { name: "staff".to_owned(), ..NewRole::default() };
        app.app.accounts.create_role(staff).await.unwrap();
        app.api(ORDERS, "Orders").await;
        let mut browser = app.browser();
        let page = browser.open("/password/forgot").await;
        browser.submit(&page, "forgot-form", &[("email", ADA)]).await;
        leave(&app).await;
        app.mails().await;
        let tables = personal_tables(&app).await;
        assert!(tables.len() >= 20, "{tables:?}");
        fill(&app, &tables, &id).await;
        app.clock.advance(14 * DAY - 1);
        assert_eq!(app.app.accounts.delete_due_accounts().await.unwrap(), 0, "{}", app.engine);
        let link = restore_link(&app).await;
        app.clock.advance(1);
        assert_eq!(app.browser().open(&link).await.status, 410, "its time is over");
        assert_eq!(app.app.accounts.delete_due_accounts().await.unwrap(), 1, "{}", app.engine);
        assert_eq!(app.app.accounts.delete_due_accounts().await.unwrap(), 0, "{}", app.engine);
        for table in tables.iter().map(|table| &**table).chain(["audit_events"]) {
            let left = format!("SELECT COUNT(*) FROM {table} WHERE user_id = '{id}'");
            assert_eq!(count(&app, &left).await, 0, "{table} {}", app.engine);
        }
        for table in ["users", "refresh_tokens", "email_verifications", "password_resets"] {
            let left = count(&app, &format!("SELECT COUNT(*) FROM {table}")).await;
            assert_eq!(left, 0, "{table} {}", app.engine);
        }
        let last = app.mails().await;
        assert!(last.iter().any(|mail| mail.contains("is gone") || mail.contains("deleted")));
        // The last mail goes when it is cleared away.
        execute(&app, "DELETE FROM outbox WHERE template = 'account_deleted'").await;
        let dump = dump(&app.store.store).await;
        for of_ada in [id.as_str(), ADA, "Okafor"] {
            let found = dump.lines().find(|line| line.contains(of_ada));
            assert_eq!(found, None, "{of_ada} {}", app.engine);
        }
        let page = app.browser().open("/login").await;
        assert!(page.body.contains("id=\"login-form\""));
        app.person(ADA).await;
    }
}

/// A stop between the steps loses nothing: the next round goes on.
#[tokio::test]
async fn a_deletion_that_was_stopped_goes_on() {
    for app in apps().await {
        app.with_ada().await;
        app.tokens().await;
        leave(&app).await;
        app.clock.advance(14 * DAY);
        // As after a stop: the steps were taken, the account is still there.
        execute(&app, "DELETE FROM grants").await;
        execute(&app, "DELETE FROM outbox").await;
        assert_eq!(app.app.accounts.delete_due_accounts().await.unwrap(), 1, "{}", app.engine);
        assert_eq!(count(&app, "SELECT COUNT(*) FROM users").await, 0, "{}", app.engine);
    }
}

#[tokio::test]
async fn several_instances_delete_an_account_once() {
    for app in apps().await {
        for _ in 0..5 {
            app.person(ADA).await;
            leave(&app).await;
            app.clock.advance(14 * DAY);
            let delete = || {
                let accounts = app.app.accounts.clone();
                tokio::spawn(async move { accounts.delete_due_accounts().await.unwrap() })
            };
            let rounds = [delete(), delete(), delete(), delete()];
            let mut gone = 0;
            for round in rounds {
                gone += round.await.unwrap();
            }
            assert_eq!(gone, 1, "{}", app.engine);
        }
        let mails = "SELECT COUNT(*) FROM outbox WHERE template = 'account_deleted'";
        assert_eq!(count(&app, mails).await, 5, "{}", app.engine);
        app.mails().await;
        let kept = "SELECT COUNT(*) FROM outbox WHERE recipient <> '' AND state = 'sent'";
        assert_eq!(count(&app, mails).await, 5, "{}", app.engine);
        assert_eq!(count(&app, kept).await, 0, "nothing is left of them: {}", app.engine);
    }
}
