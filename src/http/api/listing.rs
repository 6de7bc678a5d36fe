//! What a call wants of a list: which page, what to search, and which members of each entry.

use serde_json::{Map, Value};

use super::error::{ApiError, FieldError};
use crate::accounts::MOST_PAGED;
use crate::clock::Timestamp;
use crate::domain::UserId;
use crate::domain::user_query::UserQuery;
use crate::oauth::Parameters;
use crate::oauth::params::UnusableParameter;
use crate::store::user_search::Part;

const PER_PAGE: i64 = 50;
const MOST_PER_PAGE: i64 = 100;
const LONGEST_CURSOR: usize = 255;

/// Which entries are wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// A page, counted from 0.
    Page {
        /// What is searched.
        query: Option<UserQuery>,
        /// Which part.
        part: Part,
        /// Whether it stands in an object that tells how many there are.
        with_totals: bool,
    },
    /// So many behind the last one that the caller has; from the first where there is none yet.
    After {
        /// The last one.
        from: UserId,
        /// How many.
        take: i64,
    },
}

/// A call for a list, and what is wrong with it.
#[derive(Debug)]
pub(super) struct ListCall<'call> {
    parameters: &'call Parameters,
    errors: Vec<FieldError>,
}

impl<'call> ListCall<'call> {
    /// Of the query of a URL.
    pub(super) const fn new(parameters: &'call Parameters) -> Self {
        Self { parameters, errors: Vec::new() }
    }

    /// Which people are wanted.
    pub(super) fn users(&mut self) -> Wanted {
        let query = self.filter("q");
        if let Some(after) = self.after() {
            return after;
        }
        let query = query.and_then(|text| match text.parse() {
            Ok(query) => Some(query),
            Err(problem) => {
                let problem: crate::domain::user_query::UserQueryProblem = problem;
                self.refuse("q", &problem.to_string());
                None
            }
        });
        let (part, with_totals) = self.page_of_people();
        Wanted::Page { query, part, with_totals }
    }

    /// Which of somebody's people are wanted, where nothing is searched.
    pub(super) fn members(&mut self) -> Wanted {
        self.after().unwrap_or_else(|| {
            let (part, with_totals) = self.page_of_people();
            Wanted::Page { query: None, part, with_totals }
        })
    }

    /// Which page is wanted, and whether with how many there are.
    pub(super) fn page(&mut self) -> (Part, bool) {
        let page = self.number("page", 0, MOST_PAGED).unwrap_or(0);
        let limit = self.number("per_page", 1, MOST_PER_PAGE).unwrap_or(PER_PAGE);
        let part = Part { offset: page.saturating_mul(limit), limit };
        // Who asks for people behind somebody is led elsewhere before.
        for other in ["from", "take"] {
            self.absent(other, "is for people alone: this list goes by page and per_page");
        }
        (part, self.flag("include_totals", false))
    }

    /// The same of a list that is too long to be paged to its end.
    fn page_of_people(&mut self) -> (Part, bool) {
        let (part, with_totals) = self.page();
        if part.offset >= MOST_PAGED {
            self.refuse("page", "leads to the first 1,000 at most: go on with from and take");
        }
        (part, with_totals)
    }

    /// The list behind the last one that the caller has, where that is wanted.
    fn after(&mut self) -> Option<Wanted> {
        let from = self.text("from");
        let take = self.number("take", 1, MOST_PER_PAGE);
        if from.is_none() && take.is_none() {
            return None;
        }
        for other in ["page", "per_page", "include_totals", "q"] {
            self.absent(other, "does not go with from and take");
        }
        if from.is_some_and(|from| from.len() > LONGEST_CURSOR) {
            self.refuse("from", "must be the next of the answer before");
        }
        let from = UserId(from.unwrap_or_default().to_owned());
        Some(Wanted::After { from, take: take.unwrap_or(PER_PAGE) })
    }

    /// A parameter that narrows the list. One without a value is refused: whoever lost the value would be given
    /// everybody's.
    pub(super) fn filter(&mut self, name: &'static str) -> Option<&'call str> {
        if self.parameters.stands_empty(name) {
            self.refuse(name, "is empty: leave it out, or give it a value");
        }
        self.text(name)
    }

    /// Which members of an entry are wanted.
    pub(super) fn fields(&mut self) -> Fields {
        let named = self.text("fields").unwrap_or_default();
        let named = named.split(',').map(|name| name.trim().to_owned());
        let named: Vec<String> = named.filter(|name| !name.is_empty()).collect();
        Fields { named, are_included: self.flag("include_fields", true) }
    }

    /// Whether something is so, where that matters.
    pub(super) fn optional_flag(&mut self, name: &'static str) -> Option<bool> {
        self.parameters.has(name).then(|| self.flag(name, false))
    }

    /// A time, or the beginning of a day.
    pub(super) fn time(&mut self, name: &'static str) -> Option<Timestamp> {
        let text = self.filter(name)?;
        let time = Timestamp::of_day_or_time(text);
        if time.is_none() {
            self.refuse(name, "must be a day, 2026-11-21, or a time, 2026-11-21T08:00:00Z");
        }
        time
    }

    /// One of some words, each of which means something.
    pub(super) fn choice<T: Copy>(
        &mut self,
        name: &'static str,
        choices: &[(&str, T)],
    ) -> Option<T> {
        let word = self.filter(name)?;
        let found = choices.iter().find(|(known, _)| *known == word).map(|(_, meant)| *meant);
        if found.is_none() {
            self.refuse(name, &format!("must be one of {}", words(choices)));
        }
        found
    }

    /// Several of them, with commas between.
    pub(super) fn choices<T: Copy>(&mut self, name: &'static str, choices: &[(&str, T)]) -> Vec<T> {
        let Some(text) = self.filter(name) else { return Vec::new() };
        let meant =
            |word| choices.iter().find(|(known, _)| *known == word).map(|(_, meant)| *meant);
        let found: Option<Vec<T>> = text.split(',').map(|word| meant(word.trim())).collect();
        if found.is_none() {
            self.refuse(name, &format!("must be some of {}", words(choices)));
        }
        found.unwrap_or_default()
    }

    /// A parameter that must be there.
    pub(super) fn required(&mut self, name: &'static str) -> &'call str {
        let value = self.text(name);
        if value.is_none() {
            self.refuse(name, "is missing");
        }
        value.unwrap_or_default()
    }

    /// The end of reading.
    ///
    /// # Errors
    ///
    /// With everything that is wrong.
    pub(super) fn check(self) -> Result<(), ApiError> {
        if self.errors.is_empty() { Ok(()) } else { Err(ApiError::Query(self.errors)) }
    }

    fn text(&mut self, name: &'static str) -> Option<&'call str> {
        match self.parameters.single(name) {
            Ok(value)
                if value.is_some_and(|value| value.contains(|c: char| c.is_ascii_control())) =>
            {
                self.refuse(name, "must be a text without control characters");
                None
            }
            Ok(value) => value,
            Err(UnusableParameter::Repeated(_)) => {
                self.refuse(name, "stands more than once");
                None
            }
            Err(UnusableParameter::Malformed(_)) => {
                self.refuse(name, "must be a text without control characters");
                None
            }
        }
    }

    fn number(&mut self, name: &'static str, least: i64, most: i64) -> Option<i64> {
        let text = self.filter(name)?;
        let number = text.parse().ok().filter(|number| (least..=most).contains(number));
        if number.is_none() {
            self.refuse(name, &format!("must be a whole number from {least} to {most}"));
        }
        number
    }

    fn flag(&mut self, name: &'static str, otherwise: bool) -> bool {
        match self.filter(name) {
            None => otherwise,
            Some("true") => true,
            Some("false") => false,
            Some(_) => {
                self.refuse(name, "must be true or false");
                otherwise
            }
        }
    }

    /// A parameter that must not be there.
    pub(super) fn absent(&mut self, name: &'static str, message: &str) {
        if self.parameters.has(name) {
            self.refuse(name, message);
        }
    }

    /// Notes what is wrong with a parameter.
    pub(super) fn refuse(&mut self, field: &'static str, message: &str) {
        if self.errors.iter().all(|error| error.field != field) {
            self.errors.push(FieldError { field, message: message.to_owned() });
        }
    }
}

fn words<T>(choices: &[(&str, T)]) -> String {
    choices.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ")
}

/// Members of an entry by name; all of them where none is named.
#[derive(Clone, Debug)]
pub(super) struct Fields {
    named: Vec<String>,
    are_included: bool,
}

impl Fields {
    /// The entry with what is wanted of it.
    pub(super) fn of(&self, mut entry: Map<String, Value>) -> Value {
        if !self.named.is_empty() {
            entry.retain(|name, _| self.named.contains(name) == self.are_included);
        }
        Value::Object(entry)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn users(query: &str) -> Result<Wanted, Vec<&'static str>> {
        let parameters = Parameters::from_form(query.as_bytes());
        let mut call = ListCall::new(&parameters);
        let wanted = call.users();
        call.fields();
        match call.check() {
            Ok(()) => Ok(wanted),
            Err(ApiError::Query(errors)) => {
                Err(errors.into_iter().map(|error| error.field).collect())
            }
            Err(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_page_has_bounds_and_the_other_kind_goes_on_behind_them() {
        let page = |page, limit| Wanted::Page {
            query: None,
            part: Part { offset: page * limit, limit },
            with_totals: false,
        };
        for (query, wanted) in [
            ("", page(0, 50)),
            ("page=9&per_page=100", page(9, 100)),
            ("page=19", page(19, 50)),
            ("page=999&per_page=1&search_engine=v3", page(999, 1)),
        ] {
            assert_eq!(users(query), Ok(wanted), "{query}");
        }
        let after = |from: &str, take| Wanted::After { from: UserId(from.to_owned()), take };
        for (query, wanted) in
            [("take=10", after("", 10)), ("from=auth0%7C5f", after("auth0|5f", 50))]
        {
            assert_eq!(users(query), Ok(wanted), "{query}");
        }
        for (query, fields) in [
            ("page=-1", vec!["page"]),
            ("page=20", vec!["page"]),
            ("page=10&per_page=100", vec!["page"]),
            ("page=x&per_page=0", vec!["page", "per_page"]),
            ("per_page=101", vec!["per_page"]),
            ("page=99999999999999999999", vec!["page"]),
            ("include_totals=1", vec!["include_totals"]),
            ("include_fields=no&fields=a", vec!["include_fields"]),
            ("take=101", vec!["take"]),
            ("from=a&page=1&q=email:a", vec!["page", "q"]),
            ("q=a", vec!["q"]),
            ("page=1&page=2", vec!["page"]),
            ("from=a%00b", vec!["from"]),
        ] {
            assert_eq!(users(query), Err(fields), "{query}");
        }
    }
}
