//! A look at the product's API, for a check: what it would list, by its first answers.

use std::collections::VecDeque;

use super::Registry;
use super::api::NoApi;
use super::list;
use crate::model::{Failure, RepositoryName};

/// Answers looked at for something that is listed.
const ANSWERS: usize = 6;

/// What a look at the product's API showed.
#[derive(Clone, Debug, PartialEq)]
pub enum Survey {
    /// There is none to look at; why.
    None(String),
    /// It lists.
    Lists {
        /// Its name, as in `listed_by`.
        name: &'static str,
        /// What was seen, one line.
        said: String,
        /// Some of the repositories that it names.
        repositories: Vec<RepositoryName>,
    },
    /// It refused or failed: V2 lists instead.
    Refused {
        /// Its name.
        name: &'static str,
        /// How.
        failure: Failure,
    },
}

impl Registry {
    /// Looks at the product's API, with as few requests as show something.
    pub async fn survey(&self) -> Survey {
        let api = match self.choose_api() {
            Ok(api) => api,
            Err(NoApi::None) => {
                return Survey::None("no API of its own lists what is here: V2 does".to_owned());
            }
            Err(NoApi::Off) => return Survey::None("`v2-only` is set".to_owned()),
            Err(NoApi::Because(why)) => return Survey::None(format!("V2 lists: {why}")),
        };
        let name = api.lister.name();
        let hint = api.lister.instead_of_catalogue();
        let hint = hint.map_or_else(String::new, |hint| format!(" ({hint})"));
        let mut waiting: VecDeque<_> = api.lister.repositories().into();
        let stores = api.lister.stores().into_iter();
        waiting.extend(stores.flat_map(|store| store.asks));
        if waiting.is_empty() {
            return Survey::None(format!(
                "V2 lists the repositories, for which the sign-in is none of the API's; {name} \
                 lists what they hold{hint}"
            ));
        }
        let (mut seen, mut first) = (0, None);
        while let Some(ask) = waiting.pop_front()
            && seen < ANSWERS
        {
            seen += 1;
            let (ask, attempt, came) = self.ask_api(api, ask).await;
            let (response, standing) = match came {
                Ok(answer) => answer,
                Err(failure) => return Survey::Refused { name, failure },
            };
            if !response.status.is_success() {
                let Some(instead) = ask.reader.instead(&ask, &response) else {
                    let failure = attempt.refused(&response, standing);
                    return Survey::Refused { name, failure };
                };
                waiting.extend(instead);
                continue;
            }
            let answer = match ask.reader.read(&ask, &response) {
                Ok(answer) => answer,
                Err(refusal) => {
                    let failure = list::refused(&attempt, &response, refusal.clone());
                    if let list::Refusal::NotSignedIn(_) = refusal {
                        self.refuse_at_api(&failure);
                    }
                    return Survey::Refused { name, failure };
                }
            };
            if let Some(version) = answer.version {
                // One answer tells it.
                let _ = self.inner.version.set(version);
            }
            let stores = answer.stores.len();
            let mut repositories = answer.repositories;
            repositories.extend(answer.entries.into_iter().map(|(name, _)| name));
            repositories.dedup();
            if !repositories.is_empty() {
                let and = first.map_or_else(String::new, |first: String| format!("{first}; "));
                let said = format!(
                    "{name} lists: {and}{} in the first answer",
                    counted(repositories.len(), "repository", "repositories")
                );
                return Survey::Lists {
                    name,
                    said,
                    repositories,
                };
            }
            if stores > 0 {
                first.get_or_insert_with(|| counted(stores, "store", "stores"));
            }
            let asks = answer.stores.into_iter().flat_map(|store| store.asks);
            waiting.extend(asks.chain(answer.next));
        }
        Survey::Lists {
            name,
            said: match first {
                Some(first) => format!("{name} lists {first}, empty as far as was looked"),
                None => format!("{name} answers, and lists nothing: V2 is asked as well{hint}"),
            },
            repositories: Vec::new(),
        }
    }
}

fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}
