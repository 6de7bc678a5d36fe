//! Typed identifiers, so that one kind is never taken for another.

macro_rules! id_type {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, sqlx::Type, serde::Serialize,
            serde::Deserialize,
        )]
        #[sqlx(transparent)]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl $name {
            /// The identifier as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(value: &str) -> Self {
                Self(value.to_owned())
            }
        }
    };
}

id_type! {
    /// A person's account; the `sub` claim.
    UserId
}
id_type! {
    /// An application, by its `client_id`.
    ClientId
}
id_type! {
    /// One authorization of one client by one person.
    GrantId
}
id_type! {
    /// A browser session, by its public `sid`.
    SessionId
}
id_type! {
    /// What people are given, by its id that stays.
    RoleId
}
id_type! {
    /// An API that takes our access tokens, by its id that stays.
    ResourceServerId
}
id_type! {
    /// Where events are told.
    WebhookId
}
id_type! {
    /// What one client may ask one API for.
    ClientGrantId
}
id_type! {
    /// Something that is done with many people at once, by its id.
    JobId
}
