//! Secrets that tasks want of the person before the screen: a passphrase, a password that
//! is kept nowhere.

use futures_util::future::BoxFuture;
use tokio::sync::{mpsc, oneshot};

use crate::app::SecretRequest;
use crate::model::Secret;
use crate::secret::{Prompt, Request};

/// A request on its way to the screen, and where the secret goes.
pub(super) struct Requested {
    pub(super) request: SecretRequest,
    pub(super) secret: oneshot::Sender<Option<Secret>>,
}

/// A prompt that asks on the screen. Tasks send, the loop receives; one request at a time
/// is under way, whoever else has one waits for its turn to send.
pub(super) struct ScreenPrompt(mpsc::Sender<Requested>);

impl ScreenPrompt {
    pub(super) fn new() -> (Self, mpsc::Receiver<Requested>) {
        let (sender, receiver) = mpsc::channel(1);
        (Self(sender), receiver)
    }
}

impl Prompt for ScreenPrompt {
    fn ask(&self, request: Request) -> BoxFuture<'_, Option<Secret>> {
        Box::pin(async move {
            let (secret, given) = oneshot::channel();
            let request = in_words(request);
            self.0.send(Requested { request, secret }).await.ok()?;
            given.await.ok().flatten()
        })
    }
}

fn in_words(request: Request) -> SecretRequest {
    match request {
        Request::Passphrase { is_new: true, .. } => SecretRequest {
            title: "A new encrypted file".to_owned(),
            text: "Passwords are kept in a file that this passphrase encrypts. It is asked for \
                   once a run; without it the passwords in the file are lost."
                .to_owned(),
            is_new: true,
        },
        Request::Passphrase { .. } => SecretRequest {
            title: "Passphrase".to_owned(),
            text: "Passwords are kept in an encrypted file; its passphrase opens it for this run."
                .to_owned(),
            is_new: false,
        },
        Request::Password { registry, username } => SecretRequest {
            title: format!("Password for {registry}"),
            text: format!("The password of {username} is kept nowhere, and needed now."),
            is_new: false,
        },
        Request::ApiToken { registry } => SecretRequest {
            title: format!("API token for {registry}"),
            text: "The token of the product's own API is kept nowhere, and needed now.".to_owned(),
            is_new: false,
        },
    }
}
