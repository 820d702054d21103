//! The other pages, and what every page has.

pub(super) const TABLE: &str = r#"
search open | panes sapi 1.9<down> | page Browse; in images; at nexus-prod team/api 01f07a1cc186; own row 2 marked 0 filter `` Tag, descending: true
search diff | panes sapi 1.9<down> | over diff; in diff; at -; own 01f07a1cc186 against before
search filter | panes sapi 1.9<down> | in search-line
search back | panes sapi 1.9<down> | in search-line
search next-tab | panes sapi 1.9<down> | own row 0 tags `api 1.9`
search previous-tab | panes sapi 1.9<down> | at -; own row 0 digests `api 1.9`
search copy-reference | panes sapi 1.9<down> | copies nexus.example:8443/team/api@sha256:01f07a1cc186805b0e1ed20f3820d9283957927e1397dd54f3d2c6c51607eadb
search copy-tag | panes sapi 1.9<down> | copies nexus.example:8443/team/api:1.9.3
search copy-digest | panes sapi 1.9<down> | copies sha256:01f07a1cc186805b0e1ed20f3820d9283957927e1397dd54f3d2c6c51607eadb
search copy-pull | panes sapi 1.9<down> | copies docker pull nexus.example:8443/team/api@sha256:01f07a1cc186805b0e1ed20f3820d9283957927e1397dd54f3d2c6c51607eadb
changes open | panes 3 | page Browse; in images; at nexus-prod team/api 03047b8fe08c; own row 0 marked 0 filter `` Tag, descending: true; says the image is not in the inventory
changes diff | panes 3/latest<enter> | over diff; in diff; at -; own From cba06b5736fa to latest (11507a0e2f5e); inspects it; inspects it
changes filter | panes 3 | in filter
changes period | panes 3 | own row 0 of 30 days filter ``
changes previous-tab | panes 3 | own row 0 of 7 days crawl 7 filter ``
changes next-tab | panes 3[ | own row 0 of 7 days filter ``
changes back | panes 3/latest<enter> | own row 2 of 7 days filter ``
changes copy-reference | panes 3/latest<enter> | copies nexus.example:8443/team/api@sha256:11507a0e2f5e69d5dfa40a62a1bd7b6ee57e6bcd85c67c9b8431b36fff21c437
changes copy-tag | panes 3/latest<enter> | copies nexus.example:8443/team/api:latest
changes copy-digest | panes 3/latest<enter> | copies sha256:11507a0e2f5e69d5dfa40a62a1bd7b6ee57e6bcd85c67c9b8431b36fff21c437
changes copy-pull | panes 3/latest<enter> | copies docker pull nexus.example:8443/team/api@sha256:11507a0e2f5e69d5dfa40a62a1bd7b6ee57e6bcd85c67c9b8431b36fff21c437
crawls open | panes 4j | over failures; in failures; at gitlab team/secret; own row 0 marked 0 filter ``
crawls failures | panes 4j | over failures; in failures; at gitlab team/secret; own row 0 marked 0 filter ``
crawls crawl | panes 4 | crawls 1
crawls pause | crawling 4 | says the crawl of `nexus-prod` is paused; p goes on with it; pauses 1 true
crawls cancel | crawling 4 | cancels 1
crawls retry | panes 4j | says reading again what failed in `gitlab`; retries 3
crawls copy-reference | panes 4j | copies tags: team/secret: listing tags was refused give the user the right to pull from `team/secret`
crawls next-pane | panes 4j | at gitlab team/secret; own failure 0
crawls previous-pane | panes 4j | at gitlab team/secret; own failure 0
crawls right | panes 4j | at gitlab team/secret; own failure 0
crawls left | panes 4jl | at gitlab; own crawl 1
crawls back | panes 4jl | at gitlab; own crawl 1
plan open | panes 5/1.8.0<enter> | page Browse; in images; own row 4 marked 0 filter `` Tag, descending: true
plan filter | panes 5 | in filter
plan back | panes 5/delete<enter> | own row 0 marked 0 filter `` Decision, descending: false
plan mark | panes 5 | at nexus-prod team/api 4a05ffd995b0; own row 1 marked 1 filter `` Decision, descending: false
plan mark-range | panes 5<space>jj | own row 3 marked 4 filter `` Decision, descending: false
plan mark-all | panes 5 | own row 0 marked 6 filter `` Decision, descending: false
plan delete | panes 5/keep<enter> | decides delete of 1.9.3
plan keep | panes 5/1.8.0<enter> | decides keep of 4a05ffd995b0
plan look-again | panes 5/1.8.0<enter> | decides look of 4a05ffd995b0
plan note | panes 5/1.8.0<enter> | over line; in line; at -; own Note `superseded by 1.9`
plan save | panes 5 | over line; in line; at -; own Save what is shown `decisions-2026-11-20.ndjson`
plan order-by-decision | panes 5j | at nexus-prod team/api 01f07a1cc186 1.9.3; own row 0 marked 0 filter `` Decision, descending: true; says ordered by decision, descending
plan order-by-name | panes 5j | at nexus-prod team/api 0.1; own row 0 marked 0 filter `` Repository, descending: false; says ordered by repository, ascending
plan order-by-tag | panes 5j | at nexus-prod team/api 0.1; own row 0 marked 0 filter `` Subject, descending: false; says ordered by tag, ascending
plan order-by-size | panes 5j | at nexus-prod team/api 0.1; own row 0 marked 0 filter `` Frees, descending: false; says ordered by what it frees, ascending
plan order-by-built | panes 5j | own row 0 marked 0 filter `` Age, descending: false; says ordered by age, ascending
plan order-by-pulled | panes 5j | at nexus-prod team/api 0.1; own row 0 marked 0 filter `` Pulled, descending: false; says ordered by last pull, ascending
plan copy-reference | panes 5/1.8.0<enter> | copies nexus.example:8443/team/api@sha256:4a05ffd995b02b593413a0cf37a670376dd7116a0291d5256a3961fd2781cedf
plan copy-tag | panes 5/1.8.0<enter> | copies nexus.example:8443/team/api:1.8.0
plan copy-digest | panes 5/1.8.0<enter> | copies sha256:4a05ffd995b02b593413a0cf37a670376dd7116a0291d5256a3961fd2781cedf
plan copy-pull | panes 5/1.8.0<enter> | copies docker pull nexus.example:8443/team/api@sha256:4a05ffd995b02b593413a0cf37a670376dd7116a0291d5256a3961fd2781cedf
pages browse | panes 3 | page Browse; in registries; at gitlab; own row 0 marked 0 filter ``
pages search | panes | page Search; in search-line; at -; own row 0 all ``
pages changes | panes | page Changes; in changes; at nexus-prod team/api 6ca20016b9c8; own row 0 of 7 days filter ``
pages crawls | panes | page Crawls; in crawls; at nexus-prod; own crawl 0
pages plan | panes | page Plan; in plan; at nexus-prod team/api 0.1; own row 0 marked 0 filter `` Decision, descending: false
pages go-back | panes 3 | page Browse; in registries; at gitlab; own row 0 marked 0 filter ``
pages go-to-repository | panes 3 | page Browse; in repositories; at nexus-prod team/api; own row 2 marked 0 filter `` Name, descending: false
pages crawl-all | panes | says crawling 5 registries; crawls 1; crawls 2; crawls 3; crawls 4; crawls 5
pages reload | panes | says read again
pages add | panes 3 | over form; in form; at -; own Setting("name")
pages import | panes | over line; in line; at -; own Import registries ``
pages command-line | panes | over palette; in command-line; at -; own row 0 ``
pages help | panes | over help; in help; at -; own line 0
pages quit | panes | Quit
pages requests | panes | over requests; in requests; at -; own row 0 filter ``; reads requests behind 0
pages undo | decided | says -; decides nothing of fc20ecdb0639
global quit | panes | Quit
global suspend | panes | Suspend
global redraw | panes | Redraw
"#;
