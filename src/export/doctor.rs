//! What `doctor` found: `doctor --format json`, one object; for people, a line a subject.

use serde::Serialize;

use crate::model::text;

/// How something stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Condition {
    /// As it should be.
    Ok,
    /// It works, and something about it will surprise.
    Warning,
    /// Something does not work.
    Trouble,
}

impl Condition {
    /// In a word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Trouble => "trouble",
        }
    }
}

/// One subject that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Diagnosis {
    subject: &'static str,
    state: Condition,
    detail: String,
    hint: Option<String>,
}

impl Diagnosis {
    /// All is well with `subject`.
    pub fn ok(subject: &'static str, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        Self {
            subject,
            state: Condition::Ok,
            detail: text::harmless(&detail).into_owned(),
            hint: None,
        }
    }

    /// Less than that, and what to do about it.
    pub fn bad(
        subject: &'static str,
        state: Condition,
        detail: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        let hint = hint.into();
        Self {
            state,
            hint: Some(text::harmless(&hint).into_owned()),
            ..Self::ok(subject, detail)
        }
    }

    /// How it stands.
    pub fn condition(&self) -> Condition {
        self.state
    }
}

/// All that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Examination {
    ok: bool,
    findings: Vec<Diagnosis>,
}

impl Examination {
    /// The whole of what was found, in the order in which it is told.
    pub fn new(findings: Vec<Diagnosis>) -> Self {
        Self {
            ok: findings
                .iter()
                .all(|found| found.state < Condition::Trouble),
            findings,
        }
    }

    /// Whether nothing is in trouble.
    pub fn is_ok(&self) -> bool {
        self.ok
    }

    /// For people: a line a subject, with the next step below it.
    pub fn sentences(&self) -> String {
        let mut out = String::new();
        for found in &self.findings {
            let (state, subject) = (found.state.as_str(), found.subject);
            out.push_str(&format!("{state:<8} {subject:<13} {}\n", found.detail));
            if let Some(hint) = &found.hint {
                out.push_str(&format!("{:<8} {:<13} → {hint}\n", "", ""));
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warnings_are_no_trouble() {
        let ok = Diagnosis::ok("state", "/s");
        let warning = Diagnosis::bad("terminal", Condition::Warning, "it is dumb", "set `TERM`");
        let trouble = Diagnosis::bad("inventory", Condition::Trouble, "damaged", "repair it");
        assert!(Examination::new(vec![ok.clone(), warning.clone()]).is_ok());
        let all = Examination::new(vec![ok, warning, trouble]);
        assert!(!all.is_ok());
        assert_eq!(
            all.sentences(),
            "ok       state         /s\n\
             warning  terminal      it is dumb\n\
             \x20                      → set `TERM`\n\
             trouble  inventory     damaged\n\
             \x20                      → repair it\n"
        );
        assert_eq!(
            serde_json::to_string(&Examination::new(vec![Diagnosis::ok(
                "state",
                "a\u{1b}[2Jb"
            )]))
            .unwrap(),
            r#"{"ok":true,"findings":[{"subject":"state","state":"ok","detail":"a�[2Jb","hint":null}]}"#
        );
    }
}
