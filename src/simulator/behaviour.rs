//! How the simulated registry behaves: authentication, pages, pace, faults, headers.
//!
//! Plain values; what they do is in [`super::server`] and the files beside it.

use std::time::Duration;

use super::content::Content;
use super::fault::Fault;
use super::product::Product;
use super::quota::Quota;
use crate::model::{Credentials, Secret};

/// How a simulated registry behaves. The default is CNCF Distribution 2.8 as it comes:
/// open to all, at once, without faults.
#[derive(Clone, Debug)]
pub struct Behaviour {
    /// Which product it is. Another than Distribution has users, pages and marks of its own
    /// and does not look at those of this behaviour.
    pub product: Product,
    /// Who may ask.
    pub auth: Auth,
    /// How long each answer takes at least.
    pub latency: Duration,
    /// How much longer it may take, evenly spread.
    pub jitter: Duration,
    /// How lists come in pages.
    pub paging: Paging,
    /// Whether HEAD says `Docker-Content-Digest`.
    pub head_digest: bool,
    /// Whether manifests have an `ETag`, and a matching `If-None-Match` gets 304.
    pub etag: bool,
    /// What goes wrong. The first that fires decides; delays add up.
    pub faults: Vec<Fault>,
    /// What becomes of the content before its catalogue is listed from the beginning, given
    /// how often that was done before: what was pushed meanwhile. To ask for one entry is not
    /// to list.
    pub pushed: Option<fn(&Content, u64)>,
    /// What the token endpoint takes by the `POST` form; `None` where it has none.
    pub identity_token: Option<Secret>,
    /// How many requests a token opens before it ends; `None` where only time ends it.
    pub token_uses: Option<u32>,
    /// Whether it lists referrers.
    pub referrers: bool,
    /// Whether blobs are handed out by another origin, which refuses credentials.
    pub storage: bool,
    /// How many manifests may be read in a while; `None` where nobody counts.
    pub quota: Option<Quota>,
    /// The product's own marks.
    pub marks: Marks,
    /// How many of the latest requests are remembered.
    pub remember: usize,
    /// Makes jitter, tokens and shares of faults what they are.
    pub seed: u64,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            product: Product::Distribution,
            auth: Auth::None,
            latency: Duration::ZERO,
            jitter: Duration::ZERO,
            paging: Paging::default(),
            head_digest: true,
            etag: true,
            faults: Vec::new(),
            pushed: None,
            identity_token: None,
            token_uses: None,
            referrers: false,
            storage: false,
            quota: None,
            marks: Marks::distribution(),
            remember: 100_000,
            seed: 0,
        }
    }
}

/// Who may ask.
#[derive(Clone, Debug)]
pub enum Auth {
    /// Everybody.
    None,
    /// Who sends these credentials to the registry itself (RFC 7617).
    Basic(Credentials),
    /// Who sends a token of the simulator's own `/auth/token`
    /// (Distribution, "Token Authentication Specification").
    Token {
        /// Whose tokens open everything; `None` where nobody can sign in.
        credentials: Option<Credentials>,
        /// Whether tokens without credentials open repositories (not the catalogue).
        anonymous_pull: bool,
        /// How long a token lives.
        lifetime: Duration,
    },
}

/// How lists come in pages.
#[derive(Clone, Debug)]
pub struct Paging {
    /// Entries in a page where the client does not say.
    pub default: usize,
    /// What becomes of a client's larger wish.
    pub cap: Cap,
    /// The `Link` to the next page.
    pub link: LinkStyle,
    /// Whether a page that is full has a `Link` even where nothing comes after it.
    pub link_after_full_page: bool,
    /// Whether lists of tags have pages.
    pub tags: TagPaging,
    /// Whether an empty list of tags is `null`.
    pub null_when_empty: bool,
    /// Whether `n` is listened to.
    pub takes_n: bool,
    /// The parameter that names the entry to go on behind; any other is ignored. `last`
    /// where the server keeps to the specification.
    pub cursor: String,
    /// How entries are ordered.
    pub order: Order,
    /// Whether a page begins with the last entry of the one before.
    pub repeats: bool,
}

impl Default for Paging {
    fn default() -> Self {
        Self {
            default: 100,
            cap: Cap::Refuse(1000),
            link: LinkStyle::Relative,
            link_after_full_page: false,
            tags: TagPaging::Never,
            null_when_empty: true,
            takes_n: true,
            cursor: "last".to_owned(),
            order: Order::Sorted,
            repeats: false,
        }
    }
}

/// What becomes of a wish for a large page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cap {
    /// It is granted.
    None,
    /// The page has this many entries at most.
    Clamp(usize),
    /// More than this is answered by 400 `PAGINATION_NUMBER_INVALID`.
    Refuse(usize),
}

/// The `Link` to the next page (RFC 8288).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkStyle {
    /// A path.
    Relative,
    /// A URL with scheme and host.
    Absolute,
    /// None, however much there is left.
    None,
    /// This text, with `{origin}`, `{path}`, `{last}`, `{raw}` (the last entry without
    /// percent-encoding) and `{n}` filled in.
    Written(String),
}

/// How the entries of a list are ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// As their bytes are, a catalogue as directories are.
    Sorted,
    /// The other way round.
    Reversed,
    /// In none that is known: by a hash of the name.
    Mixed,
}

/// Whether lists of tags have pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TagPaging {
    /// Never, and their order is none: Distribution 2.8.
    Never,
    /// Where the client says `n`: Distribution 3.
    Asked,
    /// Always.
    Always,
}

/// A product's own marks on the wire.
#[derive(Clone, Debug)]
pub struct Marks {
    /// Headers of every answer below `/v2/`.
    pub headers: Vec<(&'static str, String)>,
    /// The realm of its Basic challenge.
    pub realm: String,
    /// The service its Bearer challenge names.
    pub service: String,
}

impl Marks {
    /// CNCF Distribution 2.8.
    pub fn distribution() -> Self {
        Self {
            headers: vec![
                ("docker-distribution-api-version", "registry/2.0".to_owned()),
                ("x-content-type-options", "nosniff".to_owned()),
            ],
            realm: "Registry Realm".to_owned(),
            service: "registry.example".to_owned(),
        }
    }
}
