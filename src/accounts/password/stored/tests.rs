//! Hashes that other programs made.

use super::*;

const PASSWORD: &str = "walnut-harbour-97";
/// With a ligature and a Roman numeral, which NFKC takes apart.
const UNUSUAL: &str = "straße-ﬁnch-Ⅳ";

/// Made from [`PASSWORD`] by passlib, pyca/bcrypt, argon2-cffi, Django, hashlib, OpenSSL, Node and libxcrypt.
const OF_PASSWORD: [&str; 22] = [
    "$2b$05$HZ7AS3VaR4mQ7wzJeWl3u.3YHVROzHbTvFpNBd.Bq3/22HzKb9Za6",
    "$2a$05$Zlsp8mi/TdZRKL4ruSZLk.WNnKtl.k3PL1bstJlHwtPmYjD.YIWfO",
    "$pbkdf2-sha256$1000$npPSei8F4Hyv9Z5TqnUOAQ$RwgfVUYD.KIww.Ab3X2CCYTOEnYokDOs0zuwxOTS1bE",
    "$pbkdf2-sha512$1000$hTDGuDcGQOhdi1Eq5bx3Lg$n91KnY8xti5NY5P2J8l9dofemtTAbmsySFC95eaWZkgJ2bj70MNJV2dcSheqTqynRPUdxGZFNVNKBvBpJRohUw",
    "$pbkdf2$1000$IMT4X2vNmZPSmvPem5Oylg$wwTreUicE9iC/U5zPG.T1Uk7b7c",
    "$scrypt$ln=10,r=8,p=2$p9R6r1XqHYOw9h5jLIXwfg$HC8IxvYNRfRe0IY4hhyFJQP0xtILu5+/953HKt9Zpec",
    "$6$rounds=1500$S/xK/7FD2KV2MRqr$w/NoCqz1nEcM16t14JI4/vlhEPlHv88ZR29q/MDJUfX.QmUkUXPu4EpvaZdBspdlVi6avSyUcqVH.t/eEet.g.",
    "$6$aJ5Jda198KGnTpYO$FaiyoNW9NS5bq.f35ebE2EpTUbNsE6lH6T9zX7c.tasgH/lf/sO0Mz4D5xjDwKw5f5Z23NLSKtPhVvDD16kia.",
    "$5$rounds=1000$9Cu0Dmq797aAyFeK$2PYyPB/3aBnD1MECOPIvguYiij4k9gurixqeUgcMz57",
    "$argon2i$v=19$m=64,t=2,p=2$2bjacJlXlWtNq9RJJQSeTQ$RwAB7oyT0VRkqouMoYpAWvrR1DG+FhQi63+ONHKSqI0",
    "$argon2d$v=19$m=64,t=2,p=2$akKzH1rj+nTGDMYbS8ckMQ$nbH9A3EqMZpe2ybEKfbXbJE3Bb07DY3nFZH+NkDscTk",
    "$argon2id$v=19$m=64,t=2,p=2$cbLg6+kq9cUOEZYdK7wcng$BGDkdqSAHpvIyLSXLd0Xhs8+BAZ8bhZ2VpTTySgcqMs",
    "$argon2id$v=16$m=64,t=2,p=1$c29tZXNhbHQ$aRthCIdKBE3bl/w5KRWlhW9/I+U33IKk2OStTDnnnaw",
    "pbkdf2_sha256$1000$seasalt2$BfXnbKP1HHk7pfNjF1LlyDClLQGhb8wedctkrlyukMI=",
    "pbkdf2_sha1$1000$seasalt2$6W5nRiQ9W4jrY6F1IGAVjRz8joE=",
    "argon2$argon2id$v=19$m=102400,t=2,p=8$c2Vhc2FsdDI$Vnp9TShaz824j+yf3BsH8Vbs84lKzDyemDfi0d6JX0U",
    "bcrypt$$2b$05$abcdefghijklmnopqrstuucDlJCLQEczux24CZWI5A26s6A2ERM..",
    "$pbkdf2-sha256$1000$AAECAwQFBgcICQoLDA0ODw$FAwsHy/7uB3cfora2qJEQSyAnjm3XrVsCQb/hrbiaH8i6eWW2gKbV1bX4n8ysooJa68nVybYLc6tE3RpMU5RNA",
    "$pbkdf2-sha256$i=1000,l=64$AAECAwQFBgcICQoLDA0ODw==$FAwsHy/7uB3cfora2qJEQSyAnjm3XrVsCQb/hrbiaH8i6eWW2gKbV1bX4n8ysooJa68nVybYLc6tE3RpMU5RNA==",
    "$6$abcdefgh$EgsYrUaiD9qI2fCMKPy0.09jTFxuBlORhOYSWQYaWqrnyAQw3b42uPgJtu3OK.1svMWGxAfOYDEnJbSQBS9/E.",
    "$scrypt$ln=10,r=8,p=1$MDEyMzQ1Njc4OWFiY2RlZg$+0nkfb4bCZuxnofGEbDIGVCsot318j9EqZEip837SWkCVNV7KS4HCvCjKR32l3kQvxmcIZrsEJKjF1PFug9j0A",
    "$2y$05$abcdefghijklmnopqrstuucDlJCLQEczux24CZWI5A26s6A2ERM..",
];

/// Made from [`UNUSUAL`] by the same.
const OF_UNUSUAL: [&str; 17] = [
    "$2b$05$SIy3zgjeaIPpGYhO6mj9DeOHrllgp2m9AVfxDRKpoV5nalUtJnehG",
    "$2a$05$.JNaAkCkyDV9mSXGpC9pouF0sT0OVfXn77rRPolHJnH.rto2ks.pS",
    "$pbkdf2-sha256$1000$Q6j1/l9rbW0NQUhJKWUsRQ$Hr.b8wyE2Tby56uqwWhtcmCEJm6R9.lmx77YqzKBqZ8",
    "$pbkdf2-sha512$1000$2/ufkzKmNCbk/F9rDaE0hg$oMtU2fmiVe5oflR06soidi8AUWvnVITC1xlJvxdfRMzQ0yTllWMTqGY3pndaHY5r2H1qXmCfbKRDxgD9CI2KYw",
    "$pbkdf2$1000$.t87R4hRqlUqRUiJMUaIcQ$KPgXsQO1Vil8xyyGocgnOMd3lUs",
    "$scrypt$ln=10,r=8,p=2$JcQ4BwBgrLW29r53znnv3Q$GrO55EytLoahsuTA4FweL1HuNGS9ZGwLBg0HKR/QSjE",
    "$6$rounds=1500$mjFJWJpNDeY3lw.T$Oqz2ORX12SqFJ63e5K4tVTiitZpjBe6O2dGdy7wt0cLS1W9eLBAnGVfmf4ZDssDGoDRL47RNNm4U8jApdVhda/",
    "$6$tBiKkbjg2l/eEXhr$mziOuCeopAZ2Byy9EHEsWd58O4Mj.8XMmf9vf9b0USELJ18i/S5P8I5UknGV0Y2gx9rRDwMsrsMySyuL46x3f1",
    "$5$rounds=1000$kqW7dPsBuCzAMnjV$r9TDllPXzNXRRVYB0QY1jxF2ZpEz2krNGIbiXmG0tc2",
    "$argon2i$v=19$m=64,t=2,p=2$trIpOw/ZPEEbB7lQy5Z3qg$4r02cfml7skPvFpSzsr3r4l4Kdi6NqJCjxk11LYLyww",
    "$argon2d$v=19$m=64,t=2,p=2$hquadb3+eHsom41JH/RC3w$j15/oGRRMXmlxavx9sPH0SMB59a09LR/UHQ011hb3lA",
    "$argon2id$v=19$m=64,t=2,p=2$7PTBk6nvWFCTy+LVEH9Utw$i1G/vGLk7aUp6eeRAdg9jYbqAgD6YrsCXXBvIQl76Ng",
    "$argon2id$v=16$m=64,t=2,p=1$c29tZXNhbHQ$3Fu/meebGZe6J22zOkNSATof6cOGn4wWCEmlRVVaYpk",
    "pbkdf2_sha256$1000$seasalt2$A6SKoaAykPuRXXmnzSxWxCGeG01JTdtb0+tff0/N35I=",
    "pbkdf2_sha1$1000$seasalt2$NxOe/ZIGZu1hW6e6AehXVzXmlgM=",
    "argon2$argon2id$v=19$m=102400,t=2,p=8$c2Vhc2FsdDI$+gMMxS44CVDrCKJcPzjIPb1xj0jW9i5QHqxnYg03fV4",
    "bcrypt$$2b$05$abcdefghijklmnopqrstuu3FPLy50La8Rct1INb4hpvZiF3jxHEoi",
];
/// Of 72 times `a`.
const OF_72: &str = "$2b$04$Yt4VEXhGXuD.lMmu43OIDuhtAM0jU7wbMLMcfZbbEWsj/qGfm5CtK";

fn parse(text: &str) -> Result<StoredHash, HashProblem> {
    StoredHash::parse(&importable_hash(text)?.0)
}

fn is_of(text: &str, password: &str) -> bool {
    match parse(text).unwrap_or_else(|problem| panic!("{text}: {problem}")) {
        StoredHash::Foreign(hash) => hash.is_of(password.as_bytes()),
        StoredHash::Argon2(hash) => {
            let mut found = vec![0; hash.phc.hash.as_ref().unwrap().len()];
            argon2::Argon2::new(hash.algorithm, hash.version, hash.params)
                .hash_password_into(
                    password.as_bytes(),
                    hash.phc.salt.as_ref().unwrap(),
                    &mut found,
                )
                .unwrap();
            found == hash.phc.hash.unwrap().as_bytes()
        }
    }
}

#[test]
fn hashes_of_other_programs_are_right_for_their_password_alone() {
    for (hashes, password) in [(&OF_PASSWORD[..], PASSWORD), (&OF_UNUSUAL, UNUSUAL)] {
        for hash in hashes {
            assert!(is_of(hash, password), "{hash}");
            assert!(!is_of(hash, &format!("{password} ")), "{hash}");
            assert!(!is_of(hash, ""), "{hash}");
        }
    }
}

/// From the specifications: scrypt (RFC 7914 section 12), PBKDF2 (RFC 7914 section 11, RFC 6070),
/// SHA-crypt (Drepper's test vectors), bcrypt (crypt_blowfish's).
#[test]
fn the_vectors_of_the_specifications_hold() {
    let base64 = |hex: &str| {
        let digits = hex.as_bytes().chunks(2);
        let bytes: Vec<u8> = digits
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
            .collect();
        BASE64.encode(bytes)
    };
    let scrypt = base64(
        "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b3731622eaf30d92e22a3886ff109279d98\
         30dac727afb94a83ee6d8360cbdfa2cc0640",
    );
    let sha256 = base64(
        "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc49ca9cccf179b645991664b39d77ef\
         317c71b845b1e30bd509112041d3a19783",
    );
    let sha1 = base64("4b007901b765489abead49d926f721d065a429c1");
    for (hash, password) in [
        (format!("$scrypt$ln=10,r=8,p=16$TmFDbA${scrypt}"), "password"),
        (format!("$pbkdf2-sha256$1$c2FsdA${sha256}"), "passwd"),
        (format!("pbkdf2_sha1$4096$salt${sha1}"), "password"),
        (
            "$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCo\
             EOfaS35inz1"
                .to_owned(),
            "Hello world!",
        ),
        (
            "$6$rounds=10000$saltstringsaltstring$OW1/O6BYHV6BcXZu8QVeXbDWra3Oeqh0sbHbbMCVNSnCM/UrjmM0\
             Dp8vOuZeHBy/YTBmSK6H9qs/y3RnOaw5v."
                .to_owned(),
            "Hello world!",
        ),
        ("$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW".to_owned(), "U*U"),
    ] {
        assert!(is_of(&hash, password), "{hash}");
    }
}

#[test]
fn bcrypt_counts_72_bytes_and_no_password_with_a_nul() {
    assert!(is_of(OF_72, &"a".repeat(72)));
    assert!(is_of(OF_72, &format!("{}b", "a".repeat(72))));
    assert!(!is_of(OF_72, &"a".repeat(71)));
    for hash in OF_PASSWORD.iter().filter(|hash| hash.starts_with("$2") || hash.starts_with("$6")) {
        assert!(!is_of(hash, &format!("{PASSWORD}\0")), "{hash}");
        assert!(!is_of(hash, &format!("{PASSWORD}\0rest")), "{hash}");
        // bcrypt repeats its key: to it these are the same.
        assert!(!is_of(hash, &format!("{PASSWORD}\0{PASSWORD}")), "{hash}");
    }
    assert!(!is_of(OF_PASSWORD[6], &"a".repeat(600)), "longer than crypt(3) takes");
}

#[test]
fn what_would_cost_too_much_is_refused_by_name() {
    let salt = "c29tZXNhbHRzb21lc2FsdA";
    let output = "BfXnbKP1HHk7pfNjF1LlyDClLQGhb8wedctkrlyukMI";
    let bcrypt = "abcdefghijklmnopqrstuucDlJCLQEczux24CZWI5A26s6A2ERM..";
    let crypt = OF_PASSWORD[7].strip_prefix("$6$").unwrap();
    for (within, beyond) in [
        (format!("$2b$15${bcrypt}"), format!("$2b$16${bcrypt}")),
        (
            format!("$argon2id$v=19$m=262144,t=4,p=16${salt}${output}"),
            format!("$argon2id$v=19$m=262145,t=1,p=1${salt}${output}"),
        ),
        (
            format!("$argon2id$v=19$m=65536,t=16,p=1${salt}${output}"),
            format!("$argon2id$v=19$m=65536,t=17,p=1${salt}${output}"),
        ),
        (
            format!("$argon2i$v=19$m=256,t=1,p=16${salt}${output}"),
            format!("$argon2i$v=19$m=256,t=1,p=17${salt}${output}"),
        ),
        (
            format!("$scrypt$ln=17,r=8,p=2${salt}${output}"),
            format!("$scrypt$ln=18,r=8,p=1${salt}${output}"),
        ),
        (
            format!("$scrypt$ln=17,r=8,p=1${salt}${output}"),
            format!("$scrypt$ln=17,r=8,p=3${salt}${output}"),
        ),
        (
            format!("$scrypt$ln=1,r=1,p=1${salt}${output}"),
            format!("$scrypt$ln=63,r=4294967295,p=4294967295${salt}${output}"),
        ),
        (
            format!("$pbkdf2-sha256$5000000${salt}${output}"),
            format!("$pbkdf2-sha256$5000001${salt}${output}"),
        ),
        (
            format!("pbkdf2_sha256$5000000${salt}${output}"),
            // Two blocks of SHA-1.
            format!("pbkdf2_sha1$2500001${salt}${output}"),
        ),
        (format!("$6$rounds=1000000${crypt}"), format!("$6$rounds=1000001${crypt}")),
    ] {
        assert!(parse(&within).is_ok(), "{within}");
        let problem = parse(&beyond).err();
        assert!(matches!(problem, Some(HashProblem::TooCostly { .. })), "{beyond}: {problem:?}");
    }
}

#[test]
fn what_is_no_whole_hash_is_refused() {
    for unknown in [
        "",
        "walnut-harbour-97",
        "5f4dcc3b5aa765d61d8327deb882cf99",
        "{SSHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g",
        "$1$abc$def",
        "$2x$05$abcdefghijklmnopqrstuucDlJCLQEczux24CZWI5A26s6A2ERM..",
        "bcrypt_sha256$$2b$05$abcdefghijklmnopqrstuucDlJCLQEczux24CZWI5A26s6A2ERM..",
        "$y$j9T$abc$def",
        "md5$salt$abc",
        "$2b$05$abc$def$ghi",
    ] {
        assert_eq!(parse(unknown).err(), Some(HashProblem::Unknown), "{unknown}");
    }
    for hash in OF_PASSWORD {
        // Cut, or with something behind it.
        let (start, output) = hash.rsplit_once('$').unwrap();
        let cut = format!("{start}${}", output.chars().take(20).collect::<String>());
        let longer = format!("{hash}$x");
        for damaged in [cut, longer, hash.replace('$', "$$"), format!("{hash}\0")] {
            assert!(parse(&damaged).is_err(), "{damaged}");
        }
    }
    let crypt =
        "w/NoCqz1nEcM16t14JI4/vlhEPlHv88ZR29q/MDJUfX.QmUkUXPu4EpvaZdBspdlVi6avSyUcqVH.t/eEet.g.";
    for damaged in [
        format!("$6$rounds=1500$rounds=1500${crypt}"),
        format!("$6$rounds=1500$rounds=1500$S/xK/7FD2KV2MRqr${crypt}"),
        format!("$6$rounds=1500${crypt}"),
    ] {
        assert!(matches!(parse(&damaged).err(), Some(HashProblem::Damaged(_))), "{damaged}");
    }
    for damaged in [
        "$2b$03$abcdefghijklmnopqrstuucDlJCLQEczux24CZWI5A26s6A2ERM..",
        "$2b$+5$abcdefghijklmnopqrstuucDlJCLQEczux24CZWI5A26s6A2ERM..",
        "$pbkdf2-sha256$0$c2FsdA$BfXnbKP1HHk7pfNjF1LlyDClLQGhb8wedctkrlyukMI",
        "$pbkdf2-sha256$i=1,l=31$c2FsdA$BfXnbKP1HHk7pfNjF1LlyDClLQGhb8wedctkrlyukMI",
        "$pbkdf2-sha256$1$c2FsdA$BfXn",
        "$scrypt$ln=0,r=0,p=0$c2FsdA$BfXnbKP1HHk7pfNjF1LlyDClLQGhb8wedctkrlyukMI",
        "$scrypt$ln=0,r=8,p=1$c2FsdA$BfXnbKP1HHk7pfNjF1LlyDClLQGhb8wedctkrlyukMI",
        "$scrypt$ln=10,r=8,p=1,p=1$c2FsdA$BfXnbKP1HHk7pfNjF1LlyDClLQGhb8wedctkrlyukMI",
        "$scrypt$ln=10,ln=10,r=8,p=1$c2FsdA$BfXnbKP1HHk7pfNjF1LlyDClLQGhb8wedctkrlyukMI",
        "$scrypt$ln=+10,r=8,p=1$c2FsdA$BfXnbKP1HHk7pfNjF1LlyDClLQGhb8wedctkrlyukMI",
        "$scrypt$ln=010,r=8,p=1$c2FsdA$BfXnbKP1HHk7pfNjF1LlyDClLQGhb8wedctkrlyukMI",
        "$scrypt$ln==10,r=8,p=1$c2FsdA$BfXnbKP1HHk7pfNjF1LlyDClLQGhb8wedctkrlyukMI",
        "$pbkdf2-sha256$i=i=1000$c2FsdA$BfXnbKP1HHk7pfNjF1LlyDClLQGhb8wedctkrlyukMI",
        "$pbkdf2-sha256$i=1000,i=1000$c2FsdA$BfXnbKP1HHk7pfNjF1LlyDClLQGhb8wedctkrlyukMI",
        "$pbkdf2-sha256$i=1000,l=32,l=32$c2FsdA$BfXnbKP1HHk7pfNjF1LlyDClLQGhb8wedctkrlyukMI",
        "$pbkdf2-sha256$i=1000,l=$c2FsdA$BfXnbKP1HHk7pfNjF1LlyDClLQGhb8wedctkrlyukMI",
        "$pbkdf2-sha256$i=1000,l=+32$c2FsdA$BfXnbKP1HHk7pfNjF1LlyDClLQGhb8wedctkrlyukMI",
        "$pbkdf2-sha256$+1000$c2FsdA$BfXnbKP1HHk7pfNjF1LlyDClLQGhb8wedctkrlyukMI",
        "pbkdf2_sha256$01000$c2FsdA$BfXnbKP1HHk7pfNjF1LlyDClLQGhb8wedctkrlyukMI",
        "$2b$5$abcdefghijklmnopqrstuucDlJCLQEczux24CZWI5A26s6A2ERM..",
        "$argon2id$v=19$m=64,m=64,t=2,p=1$c29tZXNhbHQ$aRthCIdKBE3bl/w5KRWlhW9/I+U33IKk2OStTDnnnaw",
        "$argon2id$v=19$m=64,t=2,p=1,x=1$c29tZXNhbHQ$aRthCIdKBE3bl/w5KRWlhW9/I+U33IKk2OStTDnnnaw",
        "$argon2id$v=19$m=64,t=2,p=1,keyid=YQ$c29tZXNhbHQ$aRthCIdKBE3bl/w5KRWlhW9/I+U33IKk2OStTDnnnaw",
        "$argon2id$v=20$m=64,t=2,p=1$c29tZXNhbHQ$aRthCIdKBE3bl/w5KRWlhW9/I+U33IKk2OStTDnnnaw",
    ] {
        assert!(matches!(parse(damaged).err(), Some(HashProblem::Damaged(_))), "{damaged}");
    }
}
