//! One request, as often as it takes: its own tries, its own refusals, and the waiting that
//! it shares with everybody else.

use std::sync::Arc;
use std::time::Duration;

use super::gate::MAX_HOLD;
use super::host::{Host, Look, Next, Outcome};
use super::retry::{self, Tries, Verdict};
use super::slot;
use super::{Http, Request};

/// What a request does after a try that brought nothing.
enum Rest {
    /// It tries again after this.
    Pause(Duration),
    /// Its tries are used up.
    GiveUp,
}

impl Http {
    /// Sends `request`, and again what may fare better.
    pub(super) async fn try_often(&self, request: &Request) -> Outcome {
        let inner = &*self.inner;
        let host = inner.hosts.of(&request.url);
        let mut tries = Tries::new(if request.may_repeat() { self.tries } else { 1 });
        let mut last: Option<Outcome> = None;
        let mut rest = None;
        let mut refused_for = Duration::ZERO;
        let mut outages = host.outages();
        loop {
            let look = if self.tries > 1 {
                match self.pass(&host, request).await {
                    Ok(look) => look,
                    // What came of this request itself says more than what others met.
                    Err(outcome) => return last.unwrap_or(*outcome),
                }
            } else {
                None
            };
            if outages != host.outages() {
                outages = host.outages();
                tries.forgive();
                rest = None;
            }
            match (rest.take(), &look) {
                (Some(Rest::Pause(pause)), None) => {
                    slot::outside(tokio::time::sleep(pause)).await;
                    continue;
                }
                (Some(Rest::GiveUp), None) => {
                    if let Some(outcome) = last {
                        host.gave_up(request, false);
                        return outcome;
                    }
                }
                _ => {}
            }
            let looks = look.is_some();
            let limit = look.as_ref().and_then(|_| host.look_limit());
            let tried = self.try_at(&host, request, limit, looks).await;
            drop(look);
            let Some((outcome, verdict)) = tried else {
                continue;
            };
            if last.is_some() {
                inner.counters.retry();
            }
            match verdict {
                Verdict::Good | Verdict::Failed => return outcome,
                Verdict::Trouble | Verdict::Away => {
                    if tries.is_single() {
                        return outcome;
                    }
                    // What only showed that the host is still away is no try of its own.
                    if looks && verdict == Verdict::Away {
                        last = Some(outcome);
                        continue;
                    }
                    let slow = outcome.as_ref().is_err_and(super::HttpError::is_slow);
                    let pause = tries
                        .next(slow)
                        .filter(|_| slow || !host.is_hopeless(request));
                    rest = Some(pause.map_or(Rest::GiveUp, Rest::Pause));
                    let may_be_hosts = verdict == Verdict::Away;
                    if pause.is_none() && !(may_be_hosts && host.doubt(&outcome)) {
                        host.gave_up(request, false);
                        return outcome;
                    }
                }
                Verdict::Refused(asked) => {
                    let is_limit = outcome.as_ref().is_ok_and(super::Response::is_throttled);
                    let everybody = (is_limit && inner.is_accounts()) || host.is_refused();
                    let own = if everybody && host.excuses(is_limit) {
                        Some(tries.excused())
                    } else {
                        tries.next(false).filter(|_| !host.is_hopeless(request))
                    };
                    let pause = asked.or(own).unwrap_or(retry::FIRST);
                    let is_over = refused_for + pause > MAX_HOLD || host.is_given_up();
                    let gives_up = !tries.is_single() && (own.is_none() || is_over);
                    if gives_up {
                        // Others that have more patience ask for themselves.
                        host.gave_up(request, everybody);
                        return outcome;
                    }
                    if everybody && let Ok(status) = outcome.as_ref().map(|answer| answer.status) {
                        self.hold(pause, status);
                    }
                    if tries.is_single() {
                        return outcome;
                    }
                    refused_for += pause;
                    rest = Some(Rest::Pause(pause));
                }
            }
            tracing::debug!(request = %request.shown(), ?verdict, "tried again");
            last = Some(outcome);
        }
    }

    /// Waits until the host of `request` is there, as far as is known, and looks for it
    /// where nobody else does. With `Some`, the request itself is what looks. Fails with
    /// what came last of a host that nobody waits for.
    async fn pass(
        &self,
        host: &Arc<Host>,
        request: &Request,
    ) -> Result<Option<Look>, Box<Outcome>> {
        let mut look = None;
        loop {
            match host.next(request, look.as_ref()) {
                Next::Send => return Ok(None),
                Next::Fail(outcome) => return Err(outcome),
                Next::Own => return Ok(look),
                Next::Wait(until) => host.wait(until).await,
                Next::Take => {
                    look = host.take_look();
                    if look.is_none() {
                        return host.failure(request).map_or(Ok(None), Err);
                    }
                }
                Next::Queue => look = Some(host.queue().await),
                Next::Repeat(light) => {
                    self.inner.counters.retry();
                    let limit = host.look_limit();
                    let _looked = self.try_at(host, &light, limit, true).await;
                }
            }
        }
    }

    /// Sends `request` once and takes down what came of it; `None` where it was not sent,
    /// because its host came into doubt while it waited for its turn.
    async fn try_at(
        &self,
        host: &Host,
        request: &Request,
        limit: Option<Duration>,
        look: bool,
    ) -> Option<(Outcome, Verdict)> {
        let is_wanted = || look || self.tries == 1 || host.is_there();
        let (outcome, took) = self.try_once(request, limit, is_wanted).await?;
        // Others may have reached it while this one waited for its turn.
        let verdict = retry::judge(&outcome, host.is_reached());
        host.note(request, &outcome, verdict, took, look);
        if verdict == Verdict::Good {
            self.gate.answered();
        }
        Some((outcome, verdict))
    }
}
