//! `/account/profile`.

use protekt::domain::session::Session;
use protekt::domain::user::User;

use super::steps::{count, execute};
use crate::support::app::{apps, claims};
use crate::support::protocol::ADA;

#[tokio::test]
async fn what_is_saved_is_shown_again_and_told_to_apps_that_may_know_it() {
    for app in apps().await {
        app.with_ada().await;
        let mut browser = app.browser();
        browser.sign_in(ADA).await;
        let page = browser.get("/account/profile").await;
        assert!(page.body.contains("value=\"Ada Okafor\""), "{}", page.body);
        let fields = [
            ("name", "Ada Lovelace <b>"),
            ("given_name", "Ada"),
            ("family_name", "Lovelace"),
            ("nickname", "AL"),
            ("username", "Ada_L"),
            ("phone_number", "+49 30 123456"),
            ("street_address", "1 Long Lane"),
            ("locality", "Lagos"),
            ("country", "Nigeria"),
            ("locale", "en"),
            ("zoneinfo", "lagos"),
        ];
        let answer = browser.submit(&page, "profile-form", &fields).await;
        assert_eq!(
            (answer.status, answer.header("location")),
            (303, "/account/profile?done=saved")
        );
        let page = browser.follow(answer).await;
        assert!(page.body.contains("Ada Lovelace &#60;b&#62;"), "{}", page.body);
        assert!(page.body.contains("value=\"Africa/Lagos\""), "{}", page.body);
        assert!(page.body.contains("value=\"+4930123456\""), "{}", page.body);
        let tokens = app.exchange(&browser.code(ADA).await).await;
        let known = claims(&tokens.text("id_token"));
        for (name, value) in [
            ("name", "Ada Lovelace <b>"),
            ("family_name", "Lovelace"),
            ("preferred_username", "Ada_L"),
            ("zoneinfo", "Africa/Lagos"),
            ("locale", "en"),
        ] {
            assert_eq!(known[name], value, "{known}");
        }
        let mut other = app.browser();
        let page = other.open("/login").await;
        let answer = super::steps::enter(&mut other, &page, "ada_l", crate::support::app::PASSWORD);
        assert_eq!(answer.await.status, 303, "{}: the username signs in", app.engine);
        let trail = "SELECT COUNT(*) FROM audit_events WHERE kind = 'profile_updated'";
        assert_eq!(count(&app, trail).await, 1, "{}", app.engine);
        // Saved again as it is: there is nothing to tell.
        let page = browser.get("/account/profile").await;
        let saved = browser.submit(&page, "profile-form", &fields).await;
        assert_eq!(saved.status, 303, "{saved:?}");
        assert_eq!(count(&app, trail).await, 1, "{}", app.engine);
    }
}

#[tokio::test]
async fn what_cannot_be_kept_is_named_and_nothing_typed_is_lost() {
    for app in apps().await {
        app.person(ADA).await;
        let mut browser = app.browser();
        browser.sign_in(ADA).await;
        let page = browser.get("/account/profile").await;
        for (name, typed, text) in [
            ("username", "grace@example.com", "without @"),
            ("phone_number", "12", "country code"),
            ("nickname", &"n".repeat(201), "at most 200 characters"),
            ("zoneinfo", "Mars/Olympus", "Enter a large city"),
            ("zoneinfo", "Kolkatta", "Did you mean one of these? Asia/Kolkata"),
            ("locale", "tlh", "Choose one from the list"),
        ] {
            let fields = [("family_name", "Hopper"), (name, typed)];
            let answer = browser.submit(&page, "profile-form", &fields).await;
            assert_eq!(answer.status, 422, "{name} {answer:?}");
            assert!(answer.body.contains(text), "{name}: {}", answer.body);
            assert!(answer.body.contains(&format!("href=\"#{name}\"")), "{name}: {}", answer.body);
            assert!(answer.body.contains("value=\"Hopper\""), "{name}: {}", answer.body);
        }
        let kept = "SELECT COUNT(*) FROM users WHERE family_name IS NULL";
        assert_eq!(count(&app, kept).await, 1, "{}", app.engine);
    }
}

#[tokio::test]
async fn a_username_is_one_persons_however_it_is_spelt_and_cannot_be_asked_for_endlessly() {
    for app in apps().await {
        app.person("grace@example.com").await;
        app.person(ADA).await;
        execute(
            &app,
            "UPDATE users SET username = 'Grace', username_canonical = 'grace'
            WHERE email = 'grace@example.com'",
        )
        .await;
        let mut browser = app.browser();
        browser.sign_in(ADA).await;
        let page = browser.get("/account/profile").await;
        for typed in ["grace", "GRACE", "ｇｒａｃｅ"] {
            let answer = browser.submit(&page, "profile-form", &[("username", typed)]).await;
            assert_eq!(answer.status, 422, "{typed} {answer:?}");
            assert!(answer.body.contains("Somebody else has this username"), "{}", answer.body);
        }
        for _ in 0..17 {
            browser.submit(&page, "profile-form", &[("username", "grace")]).await;
        }
        let answer = browser.submit(&page, "profile-form", &[("username", "free")]).await;
        assert_eq!(answer.status, 429, "{answer:?}");
        let answer = browser.submit(&page, "profile-form", &[("nickname", "still good")]).await;
        assert_eq!(answer.status, 303, "{}: {answer:?}", app.engine);
    }
}

/// Of many who want a username at once one gets it.
#[tokio::test]
async fn a_username_wanted_by_several_at_once_goes_to_one() {
    for app in apps().await {
        let mut people = Vec::new();
        for n in 0..6 {
            let email = format!("p{n}@example.com");
            let user = app.person(&email).await;
            app.browser().sign_in(&email).await;
            let sessions = app.app.accounts.sessions_of(&user.id).await.unwrap();
            people.push((user, sessions.into_iter().next().unwrap().session));
        }
        for round in 0..10 {
            let wish = |(user, session): &(User, Session)| {
                let accounts = app.app.accounts.clone();
                let (user, session) = (user.clone(), session.clone());
                let typed = protekt::domain::profile::UncheckedProfile {
                    username: format!("name-{round}"),
                    ..Default::default()
                };
                tokio::spawn(async move {
                    let from = crate::support::people::from("192.0.2.1");
                    accounts.update_profile((&user, &session), &typed, &from).await.is_ok()
                })
            };
            let wishes: Vec<_> = people.iter().map(wish).collect();
            let mut won = 0;
            for wish in wishes {
                won += usize::from(wish.await.unwrap());
            }
            assert_eq!(won, 1, "round {round} {}", app.engine);
        }
    }
}

#[tokio::test]
async fn a_number_that_changes_is_no_longer_verified_and_one_that_stays_is() {
    for app in apps().await {
        app.person(ADA).await;
        execute(
            &app,
            "UPDATE users SET phone_number = '+4930123456', phone_number_verified_at = 1",
        )
        .await;
        let verified = "SELECT COUNT(*) FROM users WHERE phone_number_verified_at IS NOT NULL";
        let mut browser = app.browser();
        browser.sign_in(ADA).await;
        let page = browser.get("/account/profile").await;
        browser.submit(&page, "profile-form", &[("phone_number", "+49 (0)30 123456")]).await;
        assert_eq!(count(&app, verified).await, 1, "{}", app.engine);
        browser.submit(&page, "profile-form", &[("phone_number", "+4930123457")]).await;
        assert_eq!(count(&app, verified).await, 0, "{}", app.engine);
    }
}

/// What one window saves, another that was open before does not take back.
#[tokio::test]
async fn two_windows_of_the_profile_keep_what_the_other_saved() {
    const BOTH: &str = "SELECT COUNT(*) FROM users WHERE nickname = 'Countess'
        AND family_name = 'Lovelace' AND address LIKE '%Lagos%' AND zoneinfo = 'Africa/Lagos'";
    for app in apps().await {
        app.person(ADA).await;
        let mut browser = app.browser();
        browser.sign_in(ADA).await;
        let (one, other) =
            (browser.get("/account/profile").await, browser.get("/account/profile").await);
        let of_one = [("nickname", "Countess"), ("locality", "Lagos"), ("username", "Ada L")];
        assert_eq!(browser.submit(&one, "profile-form", &of_one).await.status, 303);
        let of_other = [("family_name", "Lovelace"), ("zoneinfo", "lagos"), ("phone_number", "1")];
        let wrong = browser.submit(&other, "profile-form", &of_other).await;
        assert_eq!(wrong.status, 422, "{wrong:?}");
        assert!(wrong.body.contains("value=\"Countess\""), "shown beside what was typed");
        let mended = browser.submit(&wrong, "profile-form", &[("phone_number", "")]).await;
        assert_eq!(mended.status, 303, "{mended:?}");
        assert_eq!(count(&app, BOTH).await, 1, "{}", app.engine);
        // What is emptied goes all the same.
        let page = browser.get("/account/profile").await;
        let answer = browser.submit(&page, "profile-form", &[("username", "")]).await;
        assert_eq!(answer.status, 303, "{answer:?}");
        let named = "SELECT COUNT(*) FROM users WHERE username IS NOT NULL";
        assert_eq!(count(&app, named).await, 0, "{}", app.engine);
    }
}

/// An import keeps what we would not offer: it is shown, stays as it is, and can be taken away.
#[tokio::test]
async fn what_an_import_left_is_shown_and_stays_until_it_is_changed() {
    const LEFT: &str = "UPDATE users SET locale = 'pt-BR', zoneinfo = 'US/Pacific',
        picture = 'https://pictures.example.org/ada.png'";
    const STILL: &str = "SELECT COUNT(*) FROM users WHERE locale = 'pt-BR'
        AND zoneinfo = 'US/Pacific' AND picture = 'https://pictures.example.org/ada.png'";

    for app in apps().await {
        app.person(ADA).await;
        execute(&app, LEFT).await;
        let mut browser = app.browser();
        browser.sign_in(ADA).await;
        let page = browser.get("/account/profile").await;
        assert!(page.body.contains("<option value=\"pt-BR\" selected>"), "{}", page.body);
        assert!(page.body.contains("value=\"US/Pacific\""), "{}", page.body);
        assert!(page.body.contains("Your picture is at pictures.example.org"), "{}", page.body);
        assert!(!page.body.contains("pictures.example.org/ada.png"), "its host would learn of it");
        let fields = [("locale", "pt-BR"), ("nickname", "Countess")];
        let answer = browser.submit(&page, "profile-form", &fields).await;
        assert_eq!(answer.header("location"), "/account/profile?done=saved", "{answer:?}");
        assert_eq!(count(&app, STILL).await, 1, "{}", app.engine);
        let fields = [("locale", "pt-PT"), ("zoneinfo", "US/Central")];
        let answer = browser.submit(&page, "profile-form", &fields).await;
        assert_eq!(answer.status, 422, "others are still refused: {answer:?}");
        assert_eq!(browser.submit(&page, "picture-remove", &[]).await.status, 303);
        assert_eq!(count(&app, STILL).await, 0, "{}", app.engine);
    }
}

/// Names that turn or hide the text around them (Unicode Technical Report 36).
#[tokio::test]
async fn a_name_that_turns_or_hides_text_is_refused_in_words() {
    for app in apps().await {
        app.person(ADA).await;
        let mut browser = app.browser();
        browser.sign_in(ADA).await;
        let page = browser.get("/account/profile").await;
        for name in
            ["Ada \u{202e}ecalevol", "\u{2066}Ada", "Ada\u{200f}", "\u{200b}", "A\u{feff}da"]
        {
            for field in ["name", "given_name", "nickname", "locality"] {
                let answer = browser.submit(&page, "profile-form", &[(field, name)]).await;
                assert_eq!(answer.status, 422, "{field} {name:?} {answer:?}");
                assert!(answer.body.contains("none that hide or turn text"), "{}", answer.body);
            }
        }
        let fine = [("name", "می\u{200c}خواهم"), ("nickname", "José")];
        assert_eq!(browser.submit(&page, "profile-form", &fine).await.status, 303);
    }
}

/// RC-04: two people who swap their usernames at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_that_swap_usernames_do_not_block_one_another() {
    for app in apps().await {
        let mut people = Vec::new();
        for (email, username) in [(ADA, "first one"), ("bea@example.com", "second one")] {
            app.person(email).await;
            let mut browser = app.browser();
            browser.sign_in(email).await;
            people.push((browser, username));
        }
        for round in 0..30 {
            execute(&app, "DELETE FROM throttle_counters").await;
            execute(&app, "UPDATE users SET username = NULL, username_canonical = NULL").await;
            for (browser, username) in &mut people {
                let page = browser.get("/account/profile").await;
                browser.submit(&page, "profile-form", &[("username", username)]).await;
            }
            let [(first, one), (second, other)] = &mut people[..] else { panic!("two people") };
            let pages = (first.get("/account/profile").await, second.get("/account/profile").await);
            let fields = ([("username", &**other)], [("username", &**one)]);
            let (first, second) = tokio::join!(
                first.submit(&pages.0, "profile-form", &fields.0),
                second.submit(&pages.1, "profile-form", &fields.1)
            );
            assert!(first.status < 500 && second.status < 500, "{round} {first:?} {second:?}");
        }
    }
}
