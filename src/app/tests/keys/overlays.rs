//! What lies over a page, where nothing is typed.

pub(super) const TABLE: &str = r#"
detail next-tab | read | own history line 0
detail previous-tab | read | own layers line 0
detail next-platform | read | inspects linux/arm/v7
detail raw | read | shows DB_PASSWORD hunter2
detail reload | read | inspects linux/amd64
detail copy-manifest | read | copies {   "schemaVersion": 2,   "layers": [     "a\"b"   ] }
detail open-in-pager | read | shows 82ec1953414d in Pager
detail open-in-editor | read | shows 82ec1953414d in Editor
detail copy-reference | read | copies nexus.example:8443/team/api@sha256:82ec1953414d4d67482fc5f91046b67fc03403539d05939e2305d1c434abfbf4
detail copy-tag | read | copies nexus.example:8443/team/api:1.10.2
detail copy-digest | read | copies sha256:82ec1953414d4d67482fc5f91046b67fc03403539d05939e2305d1c434abfbf4
detail copy-pull | read | copies docker pull nexus.example:8443/team/api@sha256:82ec1953414d4d67482fc5f91046b67fc03403539d05939e2305d1c434abfbf4
detail delete | panes jjjl/team/api<enter>l/1.9.2<enter><enter> | decides delete of fc20ecdb0639
detail keep | panes jjjl/team/api<enter>l/1.9.2<enter><enter> | decides keep of fc20ecdb0639
detail look-again | panes jjjl/team/api<enter>l/1.9.2<enter><enter> | decides look of fc20ecdb0639
detail note | read | over detail line; in line; at -; own Note ``
detail undo | decided <enter> | decides nothing of fc20ecdb0639
detail diff | read | over detail diff; in diff; at -; own 82ec1953414d against before
detail filter | read | in filter
detail back | read /PA<enter> | shows └──────────────────────────────────────────────────────────────────────────────────────────────────────────────────┘
detail next-match | read /PA<enter> | shows └─ /PA ───────────────────────────────────────────────────────────────────────────────────────────── match 2 of 2 ─┘
detail previous-match | read /PA<enter> | shows └─ /PA ───────────────────────────────────────────────────────────────────────────────────────────── match 2 of 2 ─┘
help filter | panes ? | in filter
help back | panes ? | over -; in registries; at gitlab; own row 0 marked 0 filter ``
help next-match | panes ?/crawl<enter> | shows └─ /crawl ───────────────────────────────────────────────────────────────────────────────────────── match 2 of 27 ─┘
help previous-match | panes ?/crawl<enter> | own line 272
diff next-platform | diffed | reads the image no more; reads the image no more; inspects linux/arm64/v8; inspects linux/arm64/v8
diff reload | diffed | reads the image no more; reads the image no more; inspects it; inspects it
usage open | panes jjjU | over -; in repositories; own row 4 marked 0 filter `` Name, descending: false
requests pause | requests | own row 9 still filter ``
requests filter | requests | in filter
requests copy-reference | requests | copies GET https://hub.example/v2/team/api/manifests/10
drift open | panes jjj<space>Dj | over -; in images; at nexus-prod team/api 03047b8fe08c; own row 0 marked 0 filter `` Tag, descending: true; says the image is not in the inventory
drift next-tab | panes jjj<space>Dj | at nexus-prod library/alpine 3e23e8160039 3.20; own row 0 quay nexus-prod
check edit | checked | over check form; in form; own Secret(Password); says token: the token service does not know user `robot$ci` or its password
check check | checked | own line 0 running true; checks Some(1)
failures open | panes jf | over -; in registries; at harbor; own row 1 marked 0 filter ``; says `team/secret` is there no more
failures filter | panes jf | in filter
failures next-match | panes jf/team<enter> | at harbor team/api; own row 1 marked 0 filter `team`
failures previous-match | panes jf/team<enter> | at harbor team/api; own row 1 marked 0 filter `team`
failures mark | panes jf | at harbor team/api; own row 1 marked 1 filter ``
failures mark-range | panes jf<space> | own row 1 marked 2 filter ``
failures mark-all | panes jf | own row 0 marked 3 filter ``
failures retry | panes jf | over -; in registries; at harbor; own row 1 marked 0 filter ``; says reading 1 repository of `harbor` again; retries 2 team/secret
failures copy-reference | panes jf | copies tags: team/secret: listing tags was refused give the user the right to pull from `team/secret`
failures go-to-repository | panes jf | over -; in registries; at harbor; own row 1 marked 0 filter ``; says `team/secret` is there no more
failures back | panes jf/team<enter> | own row 0 marked 0 filter ``
overlay close | panes jjjt | over -; in registries; at nexus-prod; own row 3 marked 0 filter ``; cancels the check
overlay command-line | panes jjjU | over usage palette; in command-line; at -; own row 0 ``
overlay help | panes jjjU | over usage help; in help; at -; own line 0
form-check edit | form-checked | in form; own Secret(Password) checked; says token: the token service does not know user `robot$ci` or its password
form-check next-field | form-checked | in form
form-check check | form-checked | own Setting("name") checking; checks Some(1)
form-check save | form-checked | own Setting("name") checked saving; saves Some(1)
form-check leave | form-checked | in form; own Setting("name")
form-check help | form-checked | over form help; in help; own line 0
confirm yes | panes jjj<c-x> | over -; in registries; at nexus-prod; own row 3 marked 0 filter ``; removes 1
confirm no | panes jjj<c-x> | over -; in registries; at nexus-prod; own row 3 marked 0 filter ``
confirm command-line | panes jjj<c-x> | over confirm palette; in command-line; own row 0 ``
"#;
