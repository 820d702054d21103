//! Questions from tasks to the person before the screen: a passphrase, a password that is
//! kept nowhere.

use futures_util::future::BoxFuture;
use tokio::sync::{mpsc, oneshot};

use crate::app::Wanted;
use crate::model::Secret;
use crate::secret::{Prompt, Question};

/// A question on its way to the screen.
pub(super) struct Asked {
    pub(super) wanted: Wanted,
    pub(super) answer: oneshot::Sender<Option<Secret>>,
}

/// The screen's prompt. Tasks send, the loop receives; one question at a time is under way,
/// whoever else has one waits for its turn to send.
pub(super) struct Screen(mpsc::Sender<Asked>);

impl Screen {
    pub(super) fn new() -> (Self, mpsc::Receiver<Asked>) {
        let (sender, receiver) = mpsc::channel(1);
        (Self(sender), receiver)
    }
}

impl Prompt for Screen {
    fn ask(&self, question: Question) -> BoxFuture<'_, Option<Secret>> {
        Box::pin(async move {
            let (answer, answered) = oneshot::channel();
            let wanted = words(question);
            self.0.send(Asked { wanted, answer }).await.ok()?;
            answered.await.ok().flatten()
        })
    }
}

fn words(question: Question) -> Wanted {
    match question {
        Question::Passphrase { is_new: true, .. } => Wanted {
            title: "A new encrypted file".to_owned(),
            text: "Passwords are kept in a file that this passphrase encrypts. It is asked for \
                   once a run; without it the passwords in the file are lost."
                .to_owned(),
            is_new: true,
        },
        Question::Passphrase { .. } => Wanted {
            title: "Passphrase".to_owned(),
            text: "Passwords are kept in an encrypted file; its passphrase opens it for this run."
                .to_owned(),
            is_new: false,
        },
        Question::Password { registry, username } => Wanted {
            title: format!("Password for {registry}"),
            text: format!("The password of {username} is kept nowhere, and needed now."),
            is_new: false,
        },
    }
}
