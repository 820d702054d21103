//! Where text is typed.

pub(super) const TABLE: &str = r#"
search-line open | panes sapi 1.9 | page Browse; in images; at nexus-prod team/api 01f07a1cc186; own row 2 marked 0 filter `` Tag, descending: true
search-line accept | panes sapi 1.9 | in search
search-line next-tab | panes sapi 1.9 | own row 0 tags `api 1.9`
search-line previous-tab | panes sapi 1.9 | at -; own row 0 digests `api 1.9`
search-line back | panes sapi 1.9 | at -; own row 0 all ``
search-line go-back | panes sapi | page Browse; in registries; at gitlab; own row 0 marked 0 filter ``
search-line help | panes sapi | over help; in help; at -; own line 0
filter accept | panes /nexus | in registries
filter back | panes /nexus | in registries; own row 3 marked 0 filter ``
command-line accept | panes :plan | page Plan; over -; in plan; at nexus-prod team/api 0.1; own row 0 marked 0 filter `` Decision, descending: false
command-line next-field | panes :pla | own row 0 `plan`
command-line leave | panes :plan | over -; in registries; at gitlab; own row 0 marked 0 filter ``
command-line down | panes : | own row 1 ``
command-line up | panes :<down><down> | own row 1 ``
command-line page-down | panes : | own row 12 ``
command-line page-up | panes :<pgdn> | own row 0 ``
command-line help | panes : | over palette help; in help; own line 0
form next-field | panes jjje | own Setting("address")
form previous-field | panes jjje | own Setting("http-version")
form check | panes jjje | in form-check; own Setting("name") checking; checks Some(1)
form save | panes jjje | own Setting("name") saving; saves Some(1)
form next-tab | panes jjje | own Setting("auth")
form previous-tab | panes jjje | own Setting("insecure-skip-tls-verify")
form advance | panes jjje | own Setting("address")
form leave | panes jjje | over -; in registries; at nexus-prod; own row 3 marked 0 filter ``
form help | panes jjje | over form help; in help; own line 0
ask advance | asked hunter2 | over -; in registries; at gitlab; own row 0 marked 0 filter ``; gives the secret
ask leave | asked hunter2 | over -; in registries; at gitlab; own row 0 marked 0 filter ``; gives none
line advance | panes ietc/x.toml | imports etc/x.toml
line leave | panes ietc/x.toml | over -; in registries; at gitlab; own row 0 marked 0 filter ``
"#;
