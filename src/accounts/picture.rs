//! A person's picture: fetched from an address they give, or sent by them, and in either case drawn
//! anew by us, kept by us and shown from our own origin.
//!
//! 1. [`fetch`] connects to public addresses alone, whatever a name resolves to.
//! 2. [`remake`] decodes within limits and encodes anew, so that nothing that was hidden in the file
//!    is kept, and what is kept is an image and nothing else.

mod fetch;
mod remake;

use tokio::sync::Semaphore;

use super::own_session::{self, OwnSessionRefusal};
use super::{Accounts, faults_into};
use crate::audit;
use crate::domain::Requester;
use crate::domain::audit_event::{AuditEvent, AuditKind};
use crate::domain::session::Session;
use crate::domain::user::User;
use crate::random;
use crate::store::pictures::{self, NewPicture, Picture};
use crate::store::{StoreError, sessions, users};
use crate::throttle::{Decision, Limit, ThrottleKey};

pub use remake::MOST_BYTES;

/// Pictures that one person may set.
const PICTURES: Limit = Limit::new(20, 60 * 60);
/// Pictures that are drawn at once: each may take some 300 megabytes. A place is held until the
/// drawing is over, whether its request still waits or not.
static DRAWING: Semaphore = Semaphore::const_new(2);

/// Why there is no new picture.
#[derive(Debug, thiserror::Error)]
pub enum PictureRefusal {
    /// Neither a file nor an address.
    #[error("there is no picture")]
    Missing,
    /// Not an https address, or one that leads into a private network.
    #[error("not a public https address")]
    AddressRefused,
    /// Nothing useful came from there.
    #[error("the picture cannot be fetched: {0}")]
    Unreachable(String),
    /// More bytes or more pixels than we take.
    #[error("the picture is too large")]
    TooLarge,
    /// Not a PNG, JPEG or WebP image, or a damaged one.
    #[error("not a PNG, JPEG or WebP image")]
    NotAnImage,
    /// Others are being drawn just now.
    #[error("too many pictures are being drawn just now")]
    Busy,
    /// Too many tries.
    #[error("too many tries")]
    Throttled {
        /// When to come back.
        retry_after_seconds: i64,
    },
    /// The session ended meanwhile.
    #[error("the session is over")]
    SessionIsOver,
    /// Ours.
    #[error(transparent)]
    Fault(super::AccountsFault),
}
faults_into!(PictureRefusal);

impl Accounts {
    /// Fetches the picture at an address, and makes it the person's.
    ///
    /// # Errors
    ///
    /// With why the picture stays as it is.
    pub async fn set_picture_from(
        &self,
        (session, user): (&Session, &User),
        address: &str,
        requester: &Requester,
    ) -> Result<(), PictureRefusal> {
        self.count_picture(user, requester).await?;
        let bytes = fetch::picture(address.trim()).await?;
        self.keep_picture((session, user), bytes, requester).await
    }

    /// Makes a file the picture of a person.
    ///
    /// # Errors
    ///
    /// With why the picture stays as it is.
    pub async fn set_picture(
        &self,
        (session, user): (&Session, &User),
        bytes: Vec<u8>,
        requester: &Requester,
    ) -> Result<(), PictureRefusal> {
        self.count_picture(user, requester).await?;
        self.keep_picture((session, user), bytes, requester).await
    }

    async fn count_picture(
        &self,
        user: &User,
        requester: &Requester,
    ) -> Result<(), PictureRefusal> {
        let tries = [(ThrottleKey::new("picture", user.id.as_str()), PICTURES)];
        match self.count(&tries, requester).await? {
            Decision::Allowed { .. } => Ok(()),
            Decision::Refused { retry_after_seconds, .. } => {
                Err(PictureRefusal::Throttled { retry_after_seconds })
            }
        }
    }

    async fn keep_picture(
        &self,
        (session, user): (&Session, &User),
        bytes: Vec<u8>,
        requester: &Requester,
    ) -> Result<(), PictureRefusal> {
        let place = DRAWING.try_acquire().map_err(|_| PictureRefusal::Busy)?;
        let drawn = tokio::task::spawn_blocking(move || {
            let _place = place;
            remake::remade(&bytes)
        });
        let drawn =
            drawn.await.map_err(|error| PictureRefusal::Unreachable(error.to_string()))??;
        let now = self.clock.now();
        let id = random::identifier();
        let new = NewPicture {
            user_id: &user.id,
            id: &id,
            media_type: drawn.media_type,
            bytes: &drawn.bytes,
        };
        let address = format!("{}pictures/{id}", self.settings.issuer);
        let mut tx = self.store.begin().await?;
        if !sessions::hold(&mut tx, session).await? {
            return Err(PictureRefusal::SessionIsOver);
        }
        pictures::put(&mut tx, &new, now).await?;
        users::set_picture(&mut tx, &user.id, Some(&address), now).await?;
        let event = AuditEvent::success(AuditKind::ProfileUpdated).of(&user.id).from(requester);
        audit::record(&mut tx, event, now).await?;
        Ok(tx.commit().await?)
    }

    /// Takes a person's picture away.
    ///
    /// # Errors
    ///
    /// If the session is over, or the database fails.
    pub async fn remove_picture(
        &self,
        session: &Session,
        requester: &Requester,
    ) -> Result<(), OwnSessionRefusal> {
        let (id, now) = (&session.user_id, self.clock.now());
        let mut tx = self.store.begin().await?;
        // First the account, as everywhere: no two wait for one another.
        own_session::hold(&mut tx, session).await?;
        pictures::delete(&mut tx, id).await?;
        users::set_picture(&mut tx, id, None, now).await?;
        let event = AuditEvent::success(AuditKind::ProfileUpdated).of(id).from(requester);
        audit::record(&mut tx, event, now).await?;
        Ok(tx.commit().await?)
    }

    /// The picture of this id.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn picture(&self, id: &str) -> Result<Option<Picture>, StoreError> {
        pictures::find(&mut self.store.read().await?, id).await
    }
}
