use std::collections::BTreeSet;

use secrecy::ExposeSecret as _;

use super::*;

fn env(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
}

fn load(text: &str, pairs: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("protekt.toml");
    std::fs::write(&path, text).unwrap();
    Config::load(Some(&path), env(pairs))
}

fn refusal(text: &str, pairs: &[(&str, &str)]) -> String {
    load(text, pairs).unwrap_err().to_string()
}

fn problems(config: &Config) -> String {
    let found = config.check_production().into_iter();
    found.flat_map(|found| [found.problem, found.fix]).collect::<Vec<_>>().join("\n")
}

#[test]
fn nothing_needs_to_be_set() {
    let config = Config::load(None, []).unwrap();
    assert_eq!(config.server.issuer, "http://localhost:5500/");
    assert_eq!(config.tokens.refresh_idle, 14 * 86_400);
    assert_eq!(config.notes, [""; 0]);
    assert_eq!(config.check_production(), []);
}

#[test]
fn the_environment_wins_over_the_file_and_our_names_over_plain_ones() {
    let text = "[tokens]\naccess = \"10m\"\n[log]\nlevel = \"warn\"";
    assert_eq!(load(text, &[]).unwrap().tokens.access, 600);
    let pairs = [("JWT_ACCESS_EXPIRATION_MINUTES", "30"), ("LOG_LEVEL", "http")];
    let config = load(text, &pairs).unwrap();
    assert_eq!(config.tokens.access, 1_800);
    assert_eq!(config.log.level, log::Level::Debug);
    let pairs = [("PROTEKT_TOKENS__ACCESS", "1h"), ("JWT_ACCESS_EXPIRATION_MINUTES", "30")];
    assert_eq!(load(text, &pairs).unwrap().tokens.access, 3_600);
}

#[test]
fn a_neutral_sign_up_needs_addresses_to_be_verified() {
    let text = "[authentication_api]\nneutral_sign_up = true\n";
    assert!(load(text, &[]).unwrap().authentication_api.neutral_sign_up);
    let text = format!("{text}[accounts]\nemail_verification = false\n");
    assert!(refusal(&text, &[]).contains("needs accounts.email_verification"));
}

#[test]
fn the_roles_stand_under_a_name_of_their_own_or_under_none() {
    let claim = |text: &str| load(text, &[]).unwrap().tokens.roles_claim;
    assert_eq!(claim("").as_deref(), Some("roles"));
    let named = "[tokens]\nroles_claim = \"https://example.com/roles\"\nroles_in_id_token = true";
    assert_eq!(claim(named).as_deref(), Some("https://example.com/roles"));
    assert!(load(named, &[]).unwrap().tokens.roles_in_id_token);
    assert_eq!(claim("[tokens]\nroles_claim = \"\""), None);
    let env = [("PROTEKT_TOKENS__ROLES_CLAIM", "groups")];
    assert_eq!(load("", &env).unwrap().tokens.roles_claim.as_deref(), Some("groups"));
    let text = refusal("[tokens]\nroles_claim = [\"roles\"]", &[]);
    assert!(text.contains("tokens.roles_claim") && text.contains("name of a claim"), "{text}");
}

/// CF-09.
#[test]
fn an_unknown_key_is_refused_with_its_line_and_the_nearest_name() {
    let text = refusal("[server]\nlisten = [\"0.0.0.0:1\"]\nisuer = \"https://a.example\"\n", &[]);
    assert!(text.contains("line 3") && text.contains("Did you mean server.issuer?"), "{text}");
    let text = refusal("[sever]\nissuer = \"https://a.example\"\n", &[]);
    assert!(text.contains("line 2") && text.contains("Did you mean server.issuer?"), "{text}");
    let text = refusal("[server]\n[sesions]\n", &[]);
    assert!(text.contains("line 2") && text.contains("Did you mean [sessions]?"), "{text}");
    let text = refusal("issuer = \"https://a.example\"\n", &[]);
    assert!(text.contains("line 1") && text.contains("[server]"), "{text}");
    let text = refusal("", &[("PROTEKT_SERVER__ISUER", "https://a.example")]);
    assert!(text.contains("Did you mean PROTEKT_SERVER__ISSUER?"), "{text}");
}

#[test]
fn a_duration_is_refused_in_the_unit_of_its_name() {
    let text = refusal("", &[("PASSWORD_RESET_TOKEN_EXPIRATION_HOURS", "900")]);
    assert!(text.contains("a whole number of hours from 1 to "), "{text}");
    assert!(!text.contains("seconds"), "{text}");
    let text = refusal("", &[("PROTEKT_ACCOUNTS__PASSWORD_RESET_LIFETIME", "900h")]);
    assert!(text.contains("seconds"), "{text}");
}

#[test]
fn a_name_of_another_program_is_left_alone() {
    load("", &[("PROTEKT_DOMAIN", "x"), ("PATH", "/bin"), ("PROTEKT_CLIENT_ID", "x")]).unwrap();
}

#[test]
fn every_problem_is_told_at_once() {
    let text = refusal(
        "[server]\nissuer = \"https://a.example/auth\"\n[tokens]\naccess = \"soon\"\n\
         [sessions]\nidle = \"8d\"\n[database]\nurl = \"mysql://u:hunter22@h/d\"\n",
        &[],
    );
    for part in ["server.issuer", "tokens.access", "line 4", "sessions.idle", "database.url"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains("hunter22"), "{text}");
}

#[test]
fn a_fault_of_syntax_is_told_with_its_line() {
    assert!(refusal("[server]\nissuer = \n", &[]).contains("line 2"));
}

#[test]
fn names_of_other_systems_are_accepted_with_a_note() {
    let pairs = [
        ("NODE_ENV", "production"),
        ("JWT_SECRET_KEY", "your-secret-key"),
        ("TOTP_ISSUER", "Example ID"),
        ("TOTP_BACKUP_CODES_COUNT", "12"),
        ("SMS_FROM", ""),
        ("DATABASE_URL", "file:./dev.db"),
    ];
    let config = load("", &pairs).unwrap();
    assert_eq!(config.notes.len(), 2, "{:?}", config.notes);
    assert_eq!(config.second_factors.totp_issuer.as_deref(), Some("Example ID"));
    assert_eq!(config.second_factors.backup_codes, 12);
    assert_eq!(config.database.sqlite_path().unwrap().to_str(), Some("./dev.db"));
    let text = refusal("", &[("EMAIL_PROVIDER", "pigeon")]);
    assert!(text.contains("\"smtp\"") && text.contains("EMAIL_PROVIDER"), "{text}");
}

#[test]
fn an_installation_without_mail_must_switch_verification_off() {
    assert!(refusal("", &[("EMAIL_PROVIDER", "none")]).contains("accounts.email_verification"));
    let off = ("PROTEKT_ACCOUNTS__EMAIL_VERIFICATION", "false");
    load("", &[("EMAIL_PROVIDER", "none"), off]).unwrap();
}

#[test]
fn a_second_factor_that_cannot_work_here_is_refused_with_what_to_change() {
    let required = "policy = \"required\"\n";
    let unverified = "[accounts]\nemail_verification = false\n[email]\nprovider = \"none\"\n";
    let by_number = "[server]\nissuer = \"https://192.0.2.7\"\n";
    let cases = [
        ("", "policy = \"optional\"\n", "[]", "name at least one"),
        ("", required, "[]", "name at least one"),
        ("", required, "[\"sms\"]", "sms.provider"),
        ("", required, "[\"totp\", \"sms\"]", "sms.provider"),
        ("", "", "[\"sms\"]", "sms.provider"),
        (by_number, required, "[\"passkey\"]", "server.issuer"),
        ("[server]\nissuer = \"https://[2001:db8::1]\"\n", required, "[\"passkey\"]", "host name"),
        (unverified, required, "[\"email\", \"totp\"]", "email.provider"),
    ];
    for (rest, policy, methods, told) in cases {
        let text = format!("[second_factors]\n{policy}methods = {methods}\n{rest}");
        let refusal = refusal(&text, &[]);
        assert!(refusal.contains("second_factors.methods"), "{text}{refusal}");
        assert!(refusal.contains(told), "{text}{refusal}");
    }
}

#[test]
fn second_factors_of_which_one_works_are_accepted_and_the_others_told() {
    let names = |text: &str| {
        let unworkable = load(text, &[]).unwrap().unworkable_methods();
        unworkable.into_iter().map(|(method, _)| method.as_str()).collect::<Vec<_>>()
    };
    assert_eq!(names("[second_factors]\npolicy = \"required\"\n"), ["sms"]);
    assert_eq!(names("[second_factors]\nmethods = [\"totp\", \"sms\"]\n"), ["sms"]);
    let text = "[second_factors]\npolicy = \"required\"\nmethods = [\"sms\"]\n[sms]\n\
                provider = \"file\"\n";
    assert_eq!(names(text), [""; 0]);
}

#[test]
fn a_secret_may_lie_in_a_file_but_not_in_both_places() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("password");
    std::fs::write(&path, "from a file\n").unwrap();
    let file =
        format!("smtp_username = \"u\"\nsmtp_password_file = {:?}\n", path.to_str().unwrap());
    let config = load(&format!("[email]\n{file}"), &[]).unwrap();
    assert_eq!(config.email.smtp.password.unwrap().expose_secret(), "from a file");
    let text = refusal(&format!("[email]\n{file}smtp_password = \"x\"\n"), &[]);
    assert!(text.contains("keep one"), "{text}");
    let text = refusal("[email]\nsmtp_password_file = \"/nonexistent\"\n", &[]);
    assert!(text.contains("/nonexistent") && text.contains("line 2"), "{text}");
}

#[test]
fn a_secret_is_never_printed() {
    let pairs = [
        ("DATABASE_URL", "postgres://u:hunter22@h/d"),
        ("PROTEKT_EMAIL__SMTP_USERNAME", "u"),
        ("PROTEKT_EMAIL__SMTP_PASSWORD", "hunter22"),
        ("PROTEKT_KEYS__KEY_ENCRYPTION_KEY", "hunter22"),
    ];
    assert!(!format!("{:?}", load("", &pairs).unwrap()).contains("hunter22"));
}

/// CF-09.
#[test]
fn what_is_unsafe_for_strangers_is_told_with_the_fix() {
    let config = load("[server]\nissuer = \"http://id.example\"\n", &[]).unwrap();
    let text = problems(&config);
    assert!(text.contains("not https") && text.contains("EMAIL_PROVIDER"), "{text}");
    let pairs = [
        ("PROTEKT_SERVER__ISSUER", "https://id.example"),
        ("EMAIL_PROVIDER", "file"),
        ("DATABASE_URL", "sqlite:/tmp/protekt.db"),
    ];
    assert!(problems(&load("", &pairs).unwrap()).contains("/tmp/protekt.db"));
    for everybody in ["0.0.0.0/0", "::/0", "128.0.0.0/1"] {
        let text = format!(
            "[server]\nissuer = \"https://id.example\"\ntrusted_proxies = [\"{everybody}\"]"
        );
        let told = problems(&load(&text, &[("EMAIL_PROVIDER", "file")]).unwrap());
        assert!(told.contains(everybody) && told.contains("trusted_proxies"), "{told}");
    }
    let pairs = [("PROTEKT_SERVER__ISSUER", "https://id.example"), ("EMAIL_PROVIDER", "file")];
    assert_eq!(load("", &pairs).unwrap().check_production(), []);
}

/// CF-09.
#[test]
fn well_known_secrets_are_refused_even_on_the_own_machine() {
    let pairs = [
        ("PROTEKT_EMAIL__SMTP_USERNAME", "u"),
        ("PROTEKT_EMAIL__SMTP_PASSWORD", "changeme"),
        ("PROTEKT_KEYS__KEY_ENCRYPTION_KEY", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="),
    ];
    let text = problems(&load("", &pairs).unwrap());
    assert!(text.contains("email.smtp_password") && text.contains("key_encryption_key"), "{text}");
    let key_of_equal_bytes = "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE=";
    for (pairs, key) in [
        (
            &[("DATABASE_URL", "postgres://postgres:postgres@db/p?sslmode=require")][..],
            "database.url",
        ),
        (&[("PROTEKT_KEYS__KEY_ENCRYPTION_KEY", key_of_equal_bytes)], "keys.key_encryption_key"),
        (
            &[("PROTEKT_EMAIL__SMTP_USERNAME", "notes"), ("PROTEKT_EMAIL__SMTP_PASSWORD", "Notes")],
            "email.smtp_password",
        ),
    ] {
        let text = problems(&load("", pairs).unwrap());
        assert!(text.contains(key) && !text.contains("postgres:"), "{key}: {text}");
    }
}

/// CF-09.
#[cfg(unix)]
#[test]
fn files_with_secrets_that_others_can_read_are_refused() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("protekt.toml");
    let key = folder.path().join("key-encryption-key");
    let text = format!(
        "[keys]\nfolder = {:?}\n[email]\nsmtp_username = \"u\"\nsmtp_password = \"long and random\"\n",
        folder.path().to_str().unwrap()
    );
    std::fs::write(&path, text).unwrap();
    std::fs::write(&key, "").unwrap();
    for (mode, expected) in [(0o644, 2), (0o600, 0)] {
        for file in [&path, &key] {
            std::fs::set_permissions(file, std::fs::Permissions::from_mode(mode)).unwrap();
        }
        let found = Config::load(Some(&path), []).unwrap().check_production();
        assert_eq!(found.len(), expected, "{found:?}");
        assert!(found.iter().all(|found| found.fix.contains("chmod 600")), "{found:?}");
    }
}

#[test]
fn the_example_file_names_every_key_with_its_default() {
    let example = include_str!("../../protekt.example.toml");
    // Keys are commented out with `#key`, text with `# text`.
    let switched_on: String = example
        .lines()
        .map(|line| match line.strip_prefix('#') {
            Some(rest) if !rest.starts_with(' ') => format!("{rest}\n"),
            _ => format!("{line}\n"),
        })
        .collect();
    let table: toml::Table = switched_on.parse().unwrap();
    let mut shown = BTreeSet::new();
    for (section, keys) in &table {
        shown.extend(keys.as_table().unwrap().keys().map(|key| format!("{section}.{key}")));
    }
    let known: BTreeSet<String> = known_keys().into_iter().collect();
    assert_eq!(shown, known);

    // With the secrets and places that have no default left out, it says what is so anyway.
    let with_default = switched_on.lines().filter(|line| !line.contains("no default"));
    let without = with_default.collect::<Vec<_>>().join("\n");
    let shown = load(&without, &[]).unwrap();
    let default = Config::load(None, []).unwrap();
    let same =
        |config: Config| format!("{:?}", Config { file: None, secrets: Vec::new(), ..config });
    assert_eq!(shown.database.url.expose_secret(), default.database.url.expose_secret());
    assert_eq!(same(shown), same(default));
}

#[test]
fn a_provider_by_http_needs_its_key() {
    let text = refusal("", &[("EMAIL_PROVIDER", "sendgrid"), ("SMS_PROVIDER", "twilio")]);
    for part in ["EMAIL_SERVICE_API_KEY", "ACCOUNT_SID:SECRET", "SMS_FROM"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let text = refusal("", &[("SMS_PROVIDER", "twilio"), ("SMS_SERVICE_API_KEY", "hunter22")]);
    assert!(text.contains("ACCOUNT_SID:SECRET") && !text.contains("hunter22"), "{text}");
    let config = load(
        "",
        &[
            ("EMAIL_PROVIDER", "sendgrid"),
            ("EMAIL_SERVICE_API_KEY", "SG.key"),
            ("SMS_PROVIDER", "twilio"),
            ("SMS_FROM", "+14155550123"),
            ("SMS_SERVICE_API_KEY", "AC1:a:b"),
        ],
    )
    .unwrap();
    assert_eq!(config.notes, [""; 0]);
    let (sid, secret) = config.sms.account().unwrap();
    assert_eq!((sid.as_str(), secret.expose_secret()), ("AC1", "a:b"));
    assert!(!format!("{config:?}").contains("SG.key"));
}

#[test]
fn a_service_in_clear_on_another_machine_is_refused() {
    for key in ["EMAIL", "SMS"] {
        let name = format!("PROTEKT_{key}__SERVICE_URL");
        let text = refusal("", &[(&name, "http://api.example.com")]);
        assert!(text.contains("https://api.example.com"), "{text}");
        load("", &[(&name, "http://127.0.0.1:8025")]).unwrap();
    }
}

#[test]
fn sms_in_the_log_are_no_production() {
    let text = "[server]\nissuer = \"https://id.example\"\n[email]\nprovider = \"file\"\n";
    assert_eq!(problems(&load(text, &[]).unwrap()), "");
    let found = problems(&load(text, &[("SMS_PROVIDER", "console")]).unwrap());
    assert!(found.contains("SMS go to the log"), "{found}");
}

/// PR-01
#[test]
fn a_page_for_new_passwords_is_one_that_nobody_on_the_way_reads() {
    for good in [
        "https://www.example.com/new-password",
        "https://www.example.com/account?page=reset&lang=de",
        "http://localhost:3000/reset",
        "http://127.0.0.1:3000/reset",
        "http://[::1]:3000/reset",
    ] {
        let config = load("", &[("PASSWORD_RESET_URL", good)]).unwrap();
        assert_eq!(config.accounts.password_reset_url.as_deref(), Some(good));
        assert_eq!(config.notes, [""; 0], "it is used");
    }
    for bad in [
        "http://www.example.com/reset",
        "http://localhost.example.com/reset",
        "https://user:secret@www.example.com/reset",
        "https://www.example.com/#/reset",
        "https://www.example.com/reset?token=mine",
        "https://www.example.com/reset?%74oken=mine",
        "javascript:alert(1)",
        "//www.example.com/reset",
        "reset",
    ] {
        let text = refusal("", &[("PASSWORD_RESET_URL", bad)]);
        assert!(text.contains("PASSWORD_RESET_URL") && text.contains("https://"), "{bad}: {text}");
    }
    let text = refusal("[accounts]\npassword_reset_url = \"http://a.example\"\n", &[]);
    assert!(text.contains("line 2") && text.contains("accounts.password_reset_url"), "{text}");
}
