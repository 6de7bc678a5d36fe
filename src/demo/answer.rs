//! The authorization response, by query or by form, before anything in it is believed (RFC 6749 §4.1.2).

use super::error::DemoError;

/// Longest `error_description` that is shown, in characters.
const SHOWN: usize = 300;

/// The parameters of an authorization response.
#[derive(Debug, Default)]
pub(super) struct UnverifiedAnswer {
    pub(super) state: Option<String>,
    pub(super) iss: Option<String>,
    pub(super) code: Option<String>,
    pub(super) error: Option<String>,
    pub(super) error_description: Option<String>,
}

impl UnverifiedAnswer {
    /// Sorts the parameters; a repeated one is refused (RFC 6749 §3.1), an unknown one ignored.
    pub(super) fn from_pairs(pairs: Vec<(String, String)>) -> Result<Self, DemoError> {
        let mut answer = Self::default();
        for (name, value) in pairs {
            let place = match name.as_str() {
                "state" => &mut answer.state,
                "iss" => &mut answer.iss,
                "code" => &mut answer.code,
                "error" => &mut answer.error,
                "error_description" => &mut answer.error_description,
                _ => continue,
            };
            if place.replace(value).is_some() {
                return Err(DemoError::MalformedAnswer);
            }
        }
        Ok(answer)
    }

    /// The code, or what the provider said instead. To be asked after `state` and `iss` were checked.
    pub(super) fn into_code(self) -> Result<String, DemoError> {
        match (self.error, self.code) {
            (Some(error), _) => Err(DemoError::ProviderSaid {
                error: printable(&error),
                description: self.error_description.as_deref().map(printable),
            }),
            (None, Some(code)) if !code.is_empty() => Ok(code),
            (None, _) => Err(DemoError::MalformedAnswer),
        }
    }
}

/// Text of somebody else, fit for a page and a log line: short and without control characters.
pub(super) fn printable(text: &str) -> String {
    text.chars().filter(|character| !character.is_control()).take(SHOWN).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(query: &str) -> Result<UnverifiedAnswer, DemoError> {
        let pairs = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        UnverifiedAnswer::from_pairs(pairs)
    }

    #[test]
    fn a_repeated_parameter_is_refused() {
        assert!(matches!(answer("state=a&code=b&state=a"), Err(DemoError::MalformedAnswer)));
        assert!(answer("state=a&code=b&session_state=x&session_state=y").is_ok());
    }

    #[test]
    fn an_error_wins_over_a_code() {
        let refusal = answer("code=b&error=access_denied&error_description=No%0A%00thanks");
        let Err(DemoError::ProviderSaid { error, description }) = refusal.unwrap().into_code()
        else {
            panic!("not refused");
        };
        assert_eq!(error, "access_denied");
        assert_eq!(description.as_deref(), Some("Nothanks"));
    }

    #[test]
    fn an_answer_without_code_and_error_is_refused() {
        assert!(matches!(answer("state=a").unwrap().into_code(), Err(DemoError::MalformedAnswer)));
        assert!(matches!(answer("code=").unwrap().into_code(), Err(DemoError::MalformedAnswer)));
        assert_eq!(answer("code=b").unwrap().into_code().unwrap(), "b");
    }

    #[test]
    fn long_texts_of_others_are_cut() {
        assert_eq!(printable(&"ä".repeat(1000)).chars().count(), SHOWN);
    }
}
