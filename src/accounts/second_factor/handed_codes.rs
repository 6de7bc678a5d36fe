//! Setting a factor up in an application: the backup codes are handed out with it, and count when it
//! does.

use secrecy::SecretString;

use super::super::Accounts;
use super::backup_code;
use super::enrolment::EnrolmentRefusal;
use crate::domain::Requester;
use crate::domain::second_factor::{FactorKind, SecondFactor};
use crate::domain::session::Session;
use crate::domain::user::User;
use crate::keys::{Purpose, Sealed};
use crate::store::{StoreError, backup_codes, second_factors};

impl Accounts {
    /// Begins to set up a factor of this kind, and hands out the backup codes that come with a first
    /// one; none where the person has some.
    ///
    /// # Errors
    ///
    /// With why that cannot be.
    pub async fn begin_factor_with_codes(
        &self,
        owner: (&User, &Session),
        (kind, phone): (FactorKind, Option<&str>),
        (locale, requester): (&str, &Requester),
    ) -> Result<Vec<String>, EnrolmentRefusal> {
        match kind {
            FactorKind::Totp => self.begin_totp(owner).await?,
            FactorKind::Sms => {
                let phone = phone.unwrap_or_default();
                self.begin_code_factor(owner, Some(phone), locale, requester).await?;
            }
            FactorKind::Email => self.begin_code_factor(owner, None, locale, requester).await?,
            FactorKind::Passkey | FactorKind::BackupCode => {
                return Err(EnrolmentRefusal::NotOffered);
            }
        }
        Ok(self.hand_out_codes(owner, kind).await?)
    }

    async fn hand_out_codes(
        &self,
        (user, session): (&User, &Session),
        kind: FactorKind,
    ) -> Result<Vec<String>, super::super::AccountsFault> {
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        let begun = second_factors::find_begun(&mut tx, session, kind, now).await?;
        let has_codes = backup_codes::count_left(&mut tx, &user.id).await? > 0;
        let Some(begun) = begun.filter(|_| !has_codes) else { return Ok(Vec::new()) };
        let codes = backup_code::expose(&self.first_backup_codes());
        let text = codes.join(" ");
        let sealed = self.kek.seal(Purpose::BackupCode, &begun.id, text.as_bytes())?;
        second_factors::keep_backup_codes(&mut tx, &begun.id, &sealed.0).await?;
        tx.commit().await?;
        Ok(codes)
    }

    /// The backup codes that come with a factor: those that were handed out with it, or new ones.
    pub(super) fn codes_of_begun(
        &self,
        begun: &SecondFactor,
    ) -> Result<Vec<SecretString>, StoreError> {
        let Some(sealed) = begun.backup_codes_sealed.clone() else {
            return Ok(self.first_backup_codes());
        };
        let corrupt = || StoreError::Corrupt("handed out backup codes cannot be opened".to_owned());
        let opened = self.kek.open(Purpose::BackupCode, &begun.id, &Sealed(sealed));
        let opened = opened.map_err(|_| corrupt())?;
        let text = std::str::from_utf8(&opened).map_err(|_| corrupt())?;
        Ok(text.split(' ').map(SecretString::from).collect())
    }

    /// The kinds of the factors that wait in this session to be confirmed by a code.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn begun_kinds(&self, session: &Session) -> Result<Vec<FactorKind>, StoreError> {
        let now = self.clock.now();
        let mut tx = self.store.read().await?;
        let mut begun = Vec::new();
        for kind in [FactorKind::Totp, FactorKind::Sms, FactorKind::Email] {
            if second_factors::find_begun(&mut tx, session, kind, now).await?.is_some() {
                begun.push(kind);
            }
        }
        Ok(begun)
    }
}
