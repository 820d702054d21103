//! Questions to the inventory, and what is done with answers and news.

use super::command::stop_check;
use super::document::Tone;
use super::overlay::{Ask, Failures, Overlay};
use super::pane::Wanted;
use super::words::{cause, count, counted, gist, unsaved};
use super::{App, Effect, Event, Ticket, Work};
use crate::config::keys::Command;
use crate::model::{
    Answer, CheckReport, CrawlRecord, Failure, Filter, Outcome, Question, RegistryId, RegistryRow,
    SaveError, StoreOffer, Summary, Trouble,
};
use crate::query;

impl App {
    pub(super) fn ask_all(&mut self, effects: &mut Vec<Effect>) {
        self.ask_registries(effects);
        self.ask_repositories(effects);
        self.ask_images(effects);
    }

    fn ask_registries(&mut self, effects: &mut Vec<Effect>) {
        if let Some((ticket, _)) = self.state.registries.ask(&mut self.last) {
            // There are few: the filter is applied to those at hand.
            let question = Question::Registries;
            effects.push(Effect::Ask { ticket, question });
        }
    }

    pub(super) fn ask_repositories(&mut self, effects: &mut Vec<Effect>) {
        if let Some((ticket, view)) = self.state.repositories.ask(&mut self.last) {
            let question = Question::Repositories {
                registry: view.scope,
                filter: view.filter,
                order: view.order,
            };
            effects.push(Effect::Ask { ticket, question });
        }
    }

    pub(super) fn ask_images(&mut self, effects: &mut Vec<Effect>) {
        if let Some((ticket, view)) = self.state.images.ask(&mut self.last) {
            let (registry, repository) = view.scope;
            let question = Question::Images {
                registry,
                repository,
                filter: view.filter,
                order: view.order,
            };
            effects.push(Effect::Ask { ticket, question });
        }
    }

    /// Makes the panes on the right follow the cursors on their left, and asks again
    /// what changed while a question was in flight.
    pub(super) fn follow(&mut self, effects: &mut Vec<Effect>) {
        if self.state.registries.must_ask_again() {
            self.ask_registries(effects);
        }
        let wanted = self.wanted_repositories();
        if self.state.repositories.want(wanted) || self.state.repositories.must_ask_again() {
            self.ask_repositories(effects);
        }
        let wanted = match (self.state.registry(), self.state.repository()) {
            (Some(registry), Some(row)) => Wanted::Of((registry.id, row.name.clone())),
            _ if self.state.repositories.is_loading() => Wanted::Unknown,
            _ => Wanted::Nothing,
        };
        if self.state.images.want(wanted) || self.state.images.must_ask_again() {
            self.ask_images(effects);
        }
        let state = &mut self.state;
        let withdrawn = [state.repositories.withdraw(), state.images.withdraw()];
        let withdrawn = withdrawn.into_iter().flatten();
        effects.extend(withdrawn.map(|ticket| Effect::Do(Work::Withdraw { ticket })));
        self.follow_failures(effects);
    }

    /// Takes an answer or news. `true` where something visible may have changed.
    pub(super) fn take(&mut self, event: Event, effects: &mut Vec<Effect>) -> bool {
        match event {
            Event::Answered { ticket, result } => match result {
                Ok(answer) => self.answered(ticket, answer, effects),
                Err(trouble) => {
                    self.unanswered(ticket, &trouble);
                    true
                }
            },
            Event::Progress(progress) => {
                let changed = self.state.progress != progress;
                self.state.starting.retain(|id| !progress.contains_key(id));
                self.state.progress = progress;
                changed
            }
            Event::CrawlEnded {
                registry,
                summary,
                record,
            } => {
                self.crawl_over(registry);
                self.say_crawled(registry, &summary, &record);
                self.remember(registry, &record);
                self.ask_all(effects);
                true
            }
            Event::CrawlRefused { registry, failure } => {
                self.crawl_over(registry);
                self.say_refused(registry, &failure);
                // Where another process crawls it, it says so by itself.
                let row = self.state.known(registry);
                if !row.is_some_and(|row| self.state.is_crawled_elsewhere(row)) {
                    self.state.refused.insert(registry, failure);
                }
                self.ask_all(effects);
                true
            }
            Event::Checked {
                ticket,
                report,
                done,
            } => self.checked(ticket, &report, done),
            Event::Saved { ticket, result } => self.saved(ticket, result, effects),
            Event::StoresTried(offers) => self.offered(&offers),
            Event::Removed { registry, result } => {
                self.removed(registry, result);
                self.ask_all(effects);
                true
            }
            Event::InventoryChanged => {
                self.ask_all(effects);
                false
            }
            Event::Copied { text, result } => {
                match result {
                    Ok(()) => self.state.say(Tone::Good, format!("copied {text}")),
                    Err(trouble) => self.state.say_trouble(&trouble),
                }
                true
            }
            Event::SecretWanted { ticket, request } => {
                let ask = Ask::new(ticket, request);
                // What is typed from now on is a secret, and not for a line that shows it.
                self.state.command_line = None;
                self.state.overlays.push(Overlay::Ask(Box::new(ask)));
                true
            }
            Event::Notice(trouble) => {
                self.state.say_trouble(&trouble);
                true
            }
            Event::Key(_)
            | Event::Paste(_)
            | Event::Resize { .. }
            | Event::Tick(_)
            | Event::Due(_)
            | Event::Quit => false,
        }
    }

    fn answered(&mut self, ticket: Ticket, answer: Answer, effects: &mut Vec<Effect>) -> bool {
        match answer {
            Answer::Registries(rows) => self.registries_listed(ticket, rows, effects),
            Answer::Repositories(listing) => self.state.repositories.answer(ticket, listing),
            Answer::Images(listing) => {
                let shown = self.state.images.answer(ticket, listing);
                if shown {
                    self.refresh_detail();
                }
                shown
            }
            Answer::Failures(failures) => self.failures_listed(ticket, failures),
            // Asked by the command line alone, for now.
            Answer::Crawls(_)
            | Answer::Selected(_)
            | Answer::Ranked { .. }
            | Answer::Search(_)
            | Answer::Changes(_)
            | Answer::History(_)
            | Answer::Usage(_)
            | Answer::Drift(_)
            | Answer::Decisions(_) => false,
        }
    }

    /// Takes all registries; whatever filter is set now holds for them.
    fn registries_listed(
        &mut self,
        ticket: Ticket,
        rows: Vec<RegistryRow>,
        effects: &mut Vec<Effect>,
    ) -> bool {
        if self.state.registries.arrived(ticket).is_none() {
            return false;
        }
        let changed = self.state.all != rows;
        self.forget_refusals(&rows);
        self.state.all = rows;
        let filter = &self.state.registries.filter;
        let listing = query::registries(self.state.all.clone(), filter);
        let shown = self.state.registries.accept((), listing);
        self.select_added();
        if std::mem::take(&mut self.crawls_at_once) {
            self.crawl_all(effects);
            return true;
        }
        changed || shown
    }

    /// Filters the registries at hand; there are few, and all are known.
    pub(super) fn show_registries(&mut self) {
        let listing = query::registries(self.state.all.clone(), &self.state.registries.filter);
        if self.state.registries.is_current() {
            self.state.registries.accept((), listing);
        }
    }

    fn select_added(&mut self) {
        let Some(id) = self.select else { return };
        if self.state.known(id).is_none() {
            return;
        }
        self.select = None;
        let find = |app: &Self| {
            let rows = &app.state.registries.listing.rows;
            rows.iter().position(|row| row.id == id)
        };
        let at = find(self).or_else(|| {
            // What was just saved is not to be hidden by an older filter.
            self.state.registries.filter = Filter::default();
            self.show_registries();
            find(self)
        });
        self.state.registries.list.cursor = at.unwrap_or(0);
    }

    fn refresh_detail(&mut self) {
        for overlay in &mut self.state.overlays {
            if let Overlay::Detail(detail) = overlay {
                let rows = &self.state.images.listing.rows;
                let same = |row: &&crate::model::ImageRow| {
                    row.registry == detail.image.registry
                        && row.repository == detail.image.repository
                        && row.digest == detail.image.digest
                };
                if let Some(row) = rows.iter().find(same) {
                    detail.image = row.clone();
                }
            }
        }
    }

    fn crawl_over(&mut self, registry: RegistryId) {
        self.state.starting.remove(&registry);
        self.state.paused.remove(&registry);
        self.state.stopping.remove(&registry);
        // The sample of a crawl that is over would go on saying that it runs.
        if self.state.progress.contains_key(&registry) {
            let mut progress = (*self.state.progress).clone();
            progress.remove(&registry);
            self.state.progress = progress.into();
        }
        self.state.refused.remove(&registry);
    }

    /// Until the inventory is read again, the row would say that the crawl runs.
    fn remember(&mut self, registry: RegistryId, record: &CrawlRecord) {
        let state = &mut self.state;
        let shown = state.registries.listing.rows.iter_mut();
        for row in state.all.iter_mut().chain(shown) {
            if row.id == registry {
                row.last_crawl = Some(record.clone());
            }
        }
    }

    /// Why a crawl did not start is of no interest any more once another one has ended.
    fn forget_refusals(&mut self, rows: &[RegistryRow]) {
        for row in rows {
            let ended = |row: &RegistryRow| {
                let crawl = row.last_crawl.as_ref()?;
                crawl.outcome.map(|_| crawl.number)
            };
            let before = self.state.known(row.id).and_then(ended);
            if ended(row).is_some_and(|number| before != Some(number)) {
                self.state.refused.remove(&row.id);
            }
        }
    }

    /// Takes the failures of a crawl into the page that asked for them.
    fn failures_listed(&mut self, ticket: Ticket, failures: Vec<Failure>) -> bool {
        let Some(page) = self.asked_by(ticket) else {
            return false;
        };
        page.failures = failures;
        page.trouble = None;
        true
    }

    /// The page of failures that waits for the answer with this ticket; it waits no more.
    fn asked_by(&mut self, ticket: Ticket) -> Option<&mut Failures> {
        let mut pages = self.state.overlays.iter_mut();
        pages.find_map(|overlay| match overlay {
            Overlay::Failures(page) => {
                let waits = page.asked.take_if(|asked| *asked == ticket).is_some();
                waits.then_some(&mut **page)
            }
            _ => None,
        })
    }

    /// Asks again for failures of a crawl that has recorded more of them meanwhile.
    fn follow_failures(&mut self, effects: &mut Vec<Effect>) {
        let state = &mut self.state;
        for overlay in &mut state.overlays {
            let Overlay::Failures(page) = overlay else {
                continue;
            };
            let row = state.all.iter().find(|row| row.id == page.registry);
            let Some(crawl) = row.and_then(|row| row.last_crawl.as_ref()) else {
                continue;
            };
            if page.asked.is_none()
                && crawl.number == page.crawl.number
                && crawl.failures != page.crawl.failures
            {
                page.crawl = crawl.clone();
                self.last.0 += 1;
                page.asked = Some(self.last);
                let question = Question::Failures {
                    registry: page.registry,
                    crawl: crawl.number,
                };
                effects.push(Effect::Ask {
                    ticket: self.last,
                    question,
                });
            }
        }
    }

    fn name_of(&self, registry: RegistryId) -> String {
        self.state.known(registry).map_or_else(
            || "the registry".to_owned(),
            |row| row.spec.name.to_string(),
        )
    }

    fn say_crawled(&mut self, registry: RegistryId, summary: &Summary, record: &CrawlRecord) {
        let name = self.name_of(registry);
        let changes = format!(
            "{} new, {} gone, {} moved",
            count(record.new),
            count(record.gone),
            count(record.moved)
        );
        let key = self.key_of(Command::Failures);
        let failures = counted(summary.progress.failures, "failure", "failures");
        let (tone, text) = match summary.outcome {
            Outcome::Complete => (Tone::Good, format!("{name}: complete, {changes}")),
            Outcome::Partial => (
                Tone::Warn,
                format!("{name}: partial, {failures} ({key} lists them), {changes}"),
            ),
            Outcome::Cancelled => (Tone::Warn, format!("{name}: cancelled, {changes}")),
            Outcome::Failed => {
                let why = summary.failures.first();
                let why = why.map_or("", |failure| gist(&failure.message));
                (Tone::Bad, format!("{name}: crawl failed: {why}"))
            }
        };
        let hint = match summary.outcome {
            Outcome::Failed => summary.failures.first().and_then(|f| f.hint.clone()),
            _ => None,
        };
        self.state.say(tone, text);
        if let Some(notice) = &mut self.state.notice {
            notice.hint = hint;
        }
    }

    fn say_refused(&mut self, registry: RegistryId, failure: &Failure) {
        let name = self.name_of(registry);
        self.state.say_trouble(&Trouble {
            message: format!("{name}: not started: {}", cause(failure)),
            hint: failure.hint.clone(),
        });
    }

    fn checked(&mut self, ticket: Ticket, report: &CheckReport, done: bool) -> bool {
        let page = self.state.areas().map(|areas| areas.page.inside());
        for overlay in &mut self.state.overlays {
            let (running, shown) = match overlay {
                Overlay::Check(check) => (&mut check.running, &mut check.report),
                Overlay::Form(form) => match &mut form.check {
                    Some(check) => (&mut check.running, &mut check.report),
                    None => continue,
                },
                _ => continue,
            };
            if *running == Some(ticket) {
                *shown = report.clone();
                if done {
                    *running = None;
                }
                // Before the end a page stays where its reader is.
                if let (Overlay::Check(check), Some(page), true) = (overlay, page, done) {
                    check.reveal(page.width, page.height);
                }
                return true;
            }
        }
        false
    }

    fn offered(&mut self, offers: &[StoreOffer]) -> bool {
        let mut shown = false;
        for overlay in &mut self.state.overlays {
            if let Overlay::Form(form) = overlay {
                form.offered(offers.to_vec());
                shown = true;
            }
        }
        shown
    }

    fn saved(
        &mut self,
        ticket: Ticket,
        result: Result<RegistryId, SaveError>,
        effects: &mut Vec<Effect>,
    ) -> bool {
        let at = self.state.overlays.iter().position(
            |overlay| matches!(overlay, Overlay::Form(form) if form.saving == Some(ticket)),
        );
        match result {
            Ok(id) => {
                if let Some(at) = at {
                    let mut closed = self.state.overlays.split_off(at);
                    if let Some(Overlay::Form(form)) = closed.first() {
                        stop_check(form, effects);
                    }
                    if let Some(Overlay::Form(form)) = closed.first_mut()
                        && let Some((spec, _)) = form.filled()
                    {
                        let text = if form.id.is_none() {
                            let key = self.key_of(Command::Crawl);
                            format!("`{}` is added; {key} crawls it", spec.name)
                        } else {
                            format!("`{}` is saved", spec.name)
                        };
                        self.state.say(Tone::Good, text);
                    }
                    self.select = Some(id);
                }
                self.state.refused.remove(&id);
                self.ask_all(effects);
            }
            Err(error) => {
                let form = at.and_then(|at| self.state.overlays.get_mut(at));
                if let Some(Overlay::Form(form)) = form {
                    form.refused(&error);
                } else {
                    let text = format!("not saved: {}", unsaved(&error));
                    self.state.say(Tone::Bad, text);
                }
            }
        }
        true
    }

    fn removed(&mut self, registry: RegistryId, result: Result<(), Trouble>) {
        let name = self.name_of(registry);
        match result {
            Ok(()) => {
                self.crawl_over(registry);
                self.state.say(Tone::Good, format!("`{name}` is removed"));
            }
            Err(trouble) => self.state.say_trouble(&trouble),
        }
    }

    /// Takes the news that the inventory could not be read.
    fn unanswered(&mut self, ticket: Ticket, trouble: &Trouble) {
        if let Some(page) = self.asked_by(ticket) {
            page.trouble = Some(trouble.clone());
        }
        let state = &mut self.state;
        let _ = state.registries.failed(ticket, trouble)
            || state.repositories.failed(ticket, trouble)
            || state.images.failed(ticket, trouble);
        state.say_trouble(trouble);
    }
}
